"""The delivery channel, its three delivery states, and what was delivered."""

from __future__ import annotations

import msgspec

from backend.model.moment import HOUR, Moment

FREQUENCIES: dict[str, Moment] = {
    "One_Hour": HOUR,
    "Three_Hours": 3 * HOUR,
    "Six_Hours": 6 * HOUR,
    "Twelve_Hours": 12 * HOUR,
    "TwentyFour_Hours": 24 * HOUR,
}
"""AWS's frequency words and their length (CHN-06; MaximumExecutionFrequency in the model)."""


class DeliveryChannel(msgspec.Struct, frozen=True, kw_only=True):
    """Where items go (CHN-01, CHN-04)."""

    name: str
    bucket: str
    prefix: str | None = None
    kms_key_arn: str | None = None
    topic_arn: str | None = None
    frequency: str | None = None


class DeliveryState(msgspec.Struct, frozen=True, kw_only=True):
    """One of the three delivery states; an empty `status` means nothing was tried yet (CHN-08..CHN-11)."""

    status: str = ""
    error_code: str = ""
    error_message: str = ""
    last_attempt: Moment | None = None
    last_success: Moment | None = None
    next_delivery: Moment | None = None
    status_changed: Moment | None = None


class ChannelStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The states of snapshot, history and stream delivery, side by side."""

    name: str
    snapshot: DeliveryState
    history: DeliveryState
    stream: DeliveryState


_DELIVERED = {"_ConfigSnapshot_": "snapshot", "_ConfigHistory_": "history"}


def delivered_as(name: str) -> str:
    """What AWS Config delivered a file as, by its name: `snapshot`, `history`, or empty for anything else (HIS-12)."""
    return next((what for mark, what in _DELIVERED.items() if mark in name), "")


class StoredObject(msgspec.Struct, frozen=True, kw_only=True):
    """An object in a bucket, or a folder when `folder` is true."""

    bucket: str
    key: str
    size: int = 0
    modified: Moment | None = None
    folder: bool = False

    @property
    def delivers(self) -> str:
        """What AWS Config delivered it as, see `delivered_as`."""
        return delivered_as(self.key.rpartition("/")[2])

"""The delivery channel and its three states over the API."""

from __future__ import annotations

from backend.client.api import Api
from backend.model.channel_document import read_channel, write_channel
from backend.model.delivery import ChannelStatus, DeliveryChannel, DeliveryState
from backend.model.item import Document
from backend.model.spelling import read_moment


class DeliveryOverApi:
    """Reads and changes the region's one delivery channel."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def channel(self) -> DeliveryChannel | None:
        answer = await self._api.call("config", "DescribeDeliveryChannels")
        channels = answer.get("DeliveryChannels") or []
        return read_channel(channels[0]) if channels else None

    async def status(self) -> ChannelStatus | None:
        answer = await self._api.call("config", "DescribeDeliveryChannelStatus")
        states = answer.get("DeliveryChannelsStatus") or []
        return read_status(states[0]) if states else None

    async def deliver(self, name: str) -> str:
        answer = await self._api.call("config", "DeliverConfigSnapshot", deliveryChannelName=name)
        return str(answer.get("configSnapshotId") or "")

    async def put(self, channel: DeliveryChannel) -> None:
        await self._api.call("config", "PutDeliveryChannel", DeliveryChannel=write_channel(channel))

    async def delete(self, name: str) -> None:
        await self._api.call("config", "DeleteDeliveryChannel", DeliveryChannelName=name)


def read_status(answer: Document) -> ChannelStatus:
    """The three states; a block that is `{}` or absent has an empty status (CHN-09)."""
    return ChannelStatus(
        name=answer.get("name") or "",
        snapshot=_state(answer.get("configSnapshotDeliveryInfo") or {}),
        history=_state(answer.get("configHistoryDeliveryInfo") or {}),
        stream=_state(answer.get("configStreamDeliveryInfo") or {}),
    )


def _state(info: Document) -> DeliveryState:
    return DeliveryState(
        status=_status_word(info.get("lastStatus") or ""),
        error_code=info.get("lastErrorCode") or "",
        error_message=info.get("lastErrorMessage") or "",
        last_attempt=read_moment(info.get("lastAttemptTime")),
        last_success=read_moment(info.get("lastSuccessfulTime")),
        next_delivery=read_moment(info.get("nextDeliveryTime")),
        status_changed=read_moment(info.get("lastStatusChangeTime")),
    )


def _status_word(word: str) -> str:
    """The service writes `SUCCESS`, its model says `Success`, and `Not_Applicable` comes as one word too (X-05)."""
    upper = word.upper()
    return "NOT_APPLICABLE" if upper == "NOTAPPLICABLE" else upper

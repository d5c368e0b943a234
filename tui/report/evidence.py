"""What a report tells: plain values, the same for the same data, with nothing of when or where it was made."""

from __future__ import annotations

import msgspec

from backend.model.compliance import Evaluation, Rule
from backend.model.delivery import ChannelStatus, DeliveryChannel
from backend.model.estate import Source
from backend.model.item import ConfigurationItem, ResourceKey
from backend.model.moment import Moment
from backend.model.recorder import Recorder


class Caused(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a resource in the period, and the call behind it as far as CloudTrail tells."""

    captured: Moment
    key: ResourceKey
    name: str = ""
    change: str = ""
    """`CREATE`, `UPDATE` or `DELETE`."""
    fields: tuple[str, ...] = ()
    event: str = ""
    user: str = ""
    address: str = ""
    agent: str = ""
    event_id: str = ""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All of a report."""

    target: str
    """What was looked at, in a few words."""
    account: str
    region: str
    who: str
    version: str
    moment: Moment
    """As of when it tells."""
    is_now: bool
    since: Moment
    """The beginning of the period whose changes are told."""
    items: tuple[ConfigurationItem, ...] = ()
    """Every resource that was there, by type and id; verdicts of AWS Config about resources are no resources."""
    deleted: tuple[tuple[ResourceKey, Moment], ...] = ()
    """Resources that had been there, as far as they are known."""
    recorder: Recorder | None = None
    """As it is set now."""
    channel: DeliveryChannel | None = None
    deliveries: ChannelStatus | None = None
    rules: tuple[Rule, ...] = ()
    verdicts: tuple[Evaluation, ...] = ()
    changes: tuple[Caused, ...] = ()
    sources: tuple[Source, ...] = ()
    gaps: tuple[str, ...] = ()
    """What is not known or not recorded, in sentences."""

    def counts(self) -> list[tuple[str, int]]:
        """Resources by type, most first."""
        counted: dict[str, int] = {}
        for item in self.items:
            counted[item.resource_type] = counted.get(item.resource_type, 0) + 1
        return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))

    def broken(self) -> list[Evaluation]:
        """The verdicts that are not compliant."""
        return [one for one in self.verdicts if one.compliance == "NON_COMPLIANT"]

"""CloudTrail's event history over the API: who did what.

Items carry no event ids since format 1.3, so that the call behind an item has to be looked for: by the names of the
resource, in the time before the item was captured (aws-config.md §12, around-config.md §1.9).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from backend.client.api import Api
from backend.model.item import ConfigurationItem, Document, Relationship, ResourceKey
from backend.model.moment import MINUTE, SECOND, Moment, to_datetime
from backend.model.spelling import read_moment, same_type
from backend.model.trail import TrailEvent

_PAGE = 50

RECORDED_WITHIN = 15 * MINUTE
"""How long after a call AWS Config may capture what it did; usually half a minute (recorded.md §3)."""

_SKEW = 5 * SECOND
"""How much later than the item an event may be dated: events have whole seconds, and clocks differ."""

_LOOKUPS = 8
"""Lookups for one item; CloudTrail answers two in a second."""

_GLOBAL_EVENTS = "us-east-1"
"""Where events of services without a region are kept."""

_RECORDER = "AWS::Config::ConfigurationRecorder"
_VERDICT = "AWS::Config::ResourceCompliance"
_CONFIG_CALLS = frozenset(
    {
        "PutConfigurationRecorder",
        "DeleteConfigurationRecorder",
        "StartConfigurationRecorder",
        "StopConfigurationRecorder",
        "AssociateResourceTypes",
        "DisassociateResourceTypes",
        "PutServiceLinkedConfigurationRecorder",
        "DeleteServiceLinkedConfigurationRecorder",
        "PutResourceConfig",
        "DeleteResourceConfig",
    }
)
"""Calls of AWS Config that write items themselves; their events name no resource (recorded.md §3)."""


class TrailOverApi:
    """Looks events up; CloudTrail keeps 90 days and takes one attribute for each lookup."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def lookup(
        self,
        resource: str | None = None,
        earlier: Moment | None = None,
        later: Moment | None = None,
        limit: int = 50,
        write_only: bool = False,
    ) -> list[TrailEvent]:
        attributes: list[Document] = []
        if resource:
            attributes = [{"AttributeKey": "ResourceName", "AttributeValue": resource}]
        elif write_only:
            attributes = [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}]
        return await self._find(attributes, earlier, later, limit, lambda event: not (write_only and event.read_only))

    async def cause(self, item: ConfigurationItem, previous: ConfigurationItem | None = None) -> TrailEvent | None:
        """The newest successful write that named the resource, after its item before this one.

        An item whose own resource no call named may tell of links that came or went with another resource: then the
        call that named that one is the cause.
        """
        begin = item.capture_time - RECORDED_WITHIN
        if previous is not None:
            begin = max(begin, previous.capture_time // SECOND * SECOND)
        window = (begin, item.capture_time + _SKEW)
        api = self._api.elsewhere(_GLOBAL_EVENTS) if item.region == "global" else self._api
        here = TrailOverApi(api)
        for name in [*_names(item), *_moved(item, previous)][:_LOOKUPS]:
            events = await here.lookup(name, *window, write_only=True)
            found = _chosen([event for event in events if _means(event, name, item)], item, previous)
            if found is not None:
                return found
        if item.resource_type == _RECORDER or not _of_aws(item.resource_type):
            return await here._own_call(item, previous, window)
        return None

    async def _own_call(
        self, item: ConfigurationItem, previous: ConfigurationItem | None, window: tuple[Moment, Moment]
    ) -> TrailEvent | None:
        """The call of AWS Config behind an item of its recorder, or of a resource of a type of somebody's own."""
        source = [{"AttributeKey": "EventSource", "AttributeValue": "config.amazonaws.com"}]
        events = await self._find(source, *window, _PAGE, lambda event: _concerns(event, item))
        return _chosen(events, item, previous)

    async def _find(
        self,
        attributes: list[Document],
        earlier: Moment | None,
        later: Moment | None,
        limit: int,
        wanted: Callable[[TrailEvent], bool],
    ) -> list[TrailEvent]:
        asked: dict[str, Any] = {"MaxResults": min(limit, _PAGE)}
        if earlier is not None:
            asked["StartTime"] = to_datetime(earlier)
        if later is not None:
            asked["EndTime"] = to_datetime(later)
        if attributes:
            asked["LookupAttributes"] = attributes
        events: list[TrailEvent] = []
        async for page in self._api.pages("cloudtrail", "LookupEvents", **asked):
            found = [read_event(event) for event in page.get("Events") or ()]
            events.extend(event for event in found if wanted(event))
            if len(events) >= limit:
                break
        return events[:limit]


def _names(item: ConfigurationItem) -> list[str]:
    """What CloudTrail may call a resource: its id, its name, its ARN, the last part of it."""
    if item.resource_type == _VERDICT:
        # A verdict changes with what it is about (`AWS::EC2::Volume/vol-…`).
        return [item.resource_id.partition("/")[2]]
    arn = item.arn or ""
    last = arn.rpartition("/")[2].rpartition(":")[2]
    return list(dict.fromkeys(name for name in (item.resource_id, item.resource_name, last, arn) if name))


def _moved(item: ConfigurationItem, previous: ConfigurationItem | None) -> Iterator[str]:
    """What is at the other end of links that came or went since the item before."""
    if previous is None:
        return
    now, before = ({_end(link) for link in each.relationships} for each in (item, previous))
    yield from (end for _, end in sorted(now ^ before) if end)


def _means(event: TrailEvent, name: str, item: ConfigurationItem) -> bool:
    """Whether an event found by a name is about the item: things of other types may have its name, never its id."""
    if name != item.resource_name or name == item.resource_id:
        return True
    kinds = [kind for kind, called in event.resources if called == name]
    return not kinds or any(not kind or same_type(kind, item.resource_type) for kind in kinds)


def _end(link: Relationship) -> ResourceKey:
    return ResourceKey(link.resource_type, link.resource_id or link.resource_name or "")


def _chosen(events: list[TrailEvent], item: ConfigurationItem, previous: ConfigurationItem | None) -> TrailEvent | None:
    """The event behind an item, of those (newest first) that may be; refused calls changed nothing.

    Of several in one second the oldest is taken, unless the item before is of that second too and took it.
    """
    candidates = [event for event in events if not event.error_code]
    told = [event for event in candidates if event.time <= item.capture_time] or candidates
    if not told:
        return None
    second = [event for event in told if event.time == told[0].time]
    taken = previous is not None and previous.capture_time // SECOND * SECOND == told[0].time
    return second[0] if taken else second[-1]


def _of_aws(resource_type: str) -> bool:
    return resource_type.startswith("AWS::")


def _concerns(event: TrailEvent, item: ConfigurationItem) -> bool:
    if event.name not in _CONFIG_CALLS:
        return False
    about_resources = event.name in ("PutResourceConfig", "DeleteResourceConfig")
    if item.resource_type == _RECORDER:
        return not about_resources
    asked = event.record.get("requestParameters")
    return about_resources and isinstance(asked, dict) and asked.get("resourceId") == item.resource_id


def read_event(event: Document) -> TrailEvent:
    """An event of LookupEvents with the record inside it; a record that is no JSON is left out."""
    record: Document = {}
    try:
        decoded = msgspec.json.decode(event.get("CloudTrailEvent") or "{}")
        record = decoded if isinstance(decoded, dict) else {}
    except msgspec.DecodeError:
        record = {}
    return TrailEvent(
        event_id=event.get("EventId") or "",
        time=read_moment(event.get("EventTime")) or 0,
        name=event.get("EventName") or "",
        source=event.get("EventSource") or "",
        user=event.get("Username") or _caller(record),
        source_ip=str(record.get("sourceIPAddress") or ""),
        user_agent=str(record.get("userAgent") or ""),
        region=str(record.get("awsRegion") or ""),
        read_only=str(event.get("ReadOnly", record.get("readOnly", False))).casefold() == "true",
        error_code=str(record.get("errorCode") or ""),
        resources=tuple(
            (one.get("ResourceType") or "", one.get("ResourceName") or "") for one in event.get("Resources") or ()
        ),
        record=record,
    )


def _caller(record: Document) -> str:
    """Who called, where LookupEvents names nobody: services have no user name."""
    identity = record.get("userIdentity")
    if not isinstance(identity, dict):
        return ""
    return str(identity.get("userName") or identity.get("invokedBy") or identity.get("arn") or "")

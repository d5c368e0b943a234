"""CloudTrail's event history over the API: who did what."""

from __future__ import annotations

from typing import Any

import msgspec

from backend.client.api import Api
from backend.model.item import Document
from backend.model.moment import Moment, to_datetime
from backend.model.spelling import read_moment
from backend.model.trail import TrailEvent

_PAGE = 50


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
        asked: dict[str, Any] = {"MaxResults": min(limit, _PAGE)}
        if earlier is not None:
            asked["StartTime"] = to_datetime(earlier)
        if later is not None:
            asked["EndTime"] = to_datetime(later)
        if resource:
            asked["LookupAttributes"] = [{"AttributeKey": "ResourceName", "AttributeValue": resource}]
        elif write_only:
            asked["LookupAttributes"] = [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}]
        events: list[TrailEvent] = []
        async for page in self._api.pages("cloudtrail", "LookupEvents", **asked):
            found = [read_event(event) for event in page.get("Events") or ()]
            events.extend(event for event in found if not (write_only and event.read_only))
            if len(events) >= limit:
                break
        return events[:limit]


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

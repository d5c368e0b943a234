"""CloudTrail's event history: every call recorded, looked up for ninety days.

Facts: around-config.md §1.9. The history needs no trail; log files are the subject of trails.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from datetime import datetime

from backend.engine.around import events, trail_records
from backend.engine.context import Call, Context
from backend.engine.engine import Operation, is_read
from backend.engine.errors import ServiceError
from backend.engine.store import Row, dumps, loads
from backend.engine.world import estate
from backend.model.item import Document
from backend.model.moment import DAY, SECOND, Moment, from_datetime, to_datetime

KEPT: Moment = 90 * DAY
"""How far back the event history goes (TRE-22, TRE-24)."""

_PAGE = 50
_TRAIL = "AWS::CloudTrail::Trail"

SCHEMA = """
CREATE TABLE IF NOT EXISTS trail_events (
    seq INTEGER PRIMARY KEY,
    region TEXT NOT NULL,
    at INTEGER NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    user TEXT NOT NULL,
    access_key TEXT NOT NULL,
    read_only INTEGER NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS trail_by_time ON trail_events (region, at);
CREATE INDEX IF NOT EXISTS trail_by_name ON trail_events (name, at);
CREATE TABLE IF NOT EXISTS trail_resources (
    seq INTEGER NOT NULL REFERENCES trail_events (seq) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (seq, position)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS trail_resources_by_name ON trail_resources (name);
CREATE INDEX IF NOT EXISTS trail_resources_by_type ON trail_resources (type);
"""


def record_call(ctx: Context, call: Call, answer: Document | None, refusal: ServiceError | None) -> None:
    """Record a call that the engine answered or refused; data-plane calls are left out (TRE-01, TRE-18)."""
    if call.operation in trail_records.DATA_PLANE.get(call.service, ()):
        return
    _write(
        ctx,
        source=trail_records.source_of(call.service),
        name=call.operation,
        request=call.params,
        response=answer,
        resources=tuple(trail_records.touched(ctx, call, answer)),
        read_only=is_read(call.operation),
        error=None if refusal is None else (_error_code(refusal.code), refusal.message),
    )


def record(
    ctx: Context,
    *,
    source: str,
    name: str,
    request: Document | None,
    response: Document | None = None,
    resources: Sequence[tuple[str, str]] = (),
    at: Moment | None = None,
    read_only: bool = False,
    event_type: str = "AwsApiCall",
    error: tuple[str, str] | None = None,
) -> str:
    """Record what a scenario's actor did to a service that has no operations here; the event's id.

    The caller is the context's. `source` is `ec2` or `ec2.amazonaws.com`; `resources` are (type, id or name)
    pairs, so that a lookup by the resource finds its cause; `event_type` tells sign-ins and service events from
    API calls (TRE-03); `error` is (code, message) of an attempt that failed (TRE-19).
    """
    return _write(
        ctx,
        source=trail_records.source_of(source),
        name=name,
        request=request,
        response=response,
        resources=resources,
        read_only=read_only,
        at=at,
        event_type=event_type,
        error=error,
    )


def _write(
    ctx: Context,
    *,
    source: str,
    name: str,
    request: Document | None,
    response: Document | None,
    resources: Sequence[tuple[str, str]],
    read_only: bool,
    at: Moment | None = None,
    event_type: str = "AwsApiCall",
    error: tuple[str, str] | None = None,
) -> str:
    moment = (ctx.now if at is None else at) // SECOND * SECOND
    made = trail_records.make(
        ctx,
        source=source,
        name=name,
        at=moment,
        request=request,
        response=response,
        read_only=read_only,
        event_type=event_type,
        error=error,
    )
    store = ctx.store
    store.run(
        "INSERT INTO trail_events (region, at, id, name, source, user, access_key, read_only, record)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (made.region, moment, made.id, name, source, made.user, made.access_key, read_only, made.text),
    )
    if resources:
        store.run_many(
            "INSERT INTO trail_resources VALUES ((SELECT max(seq) FROM trail_events), ?, ?, ?)",
            [(place, kind, target) for place, (kind, target) in enumerate(dict.fromkeys(resources))],
        )
    store.run("DELETE FROM trail_events WHERE region = ? AND at < ?", (made.region, ctx.now - KEPT))
    _tell_bus(ctx.within(made.region), made.document, event_type)
    return made.id


_DETAIL_TYPES = {
    "AwsApiCall": "AWS API Call via CloudTrail",
    "AwsServiceEvent": "AWS Service Event via CloudTrail",
    "AwsConsoleSignIn": "AWS Console Sign In via CloudTrail",
    "AwsConsoleAction": "AWS Console Action via CloudTrail",
}


def _tell_bus(ctx: Context, document: Document, event_type: str) -> None:
    """EventBridge hears of what a trail covers; of reads only where a rule asks for all management events."""
    if document["readOnly"] and not events.wants_reads(ctx):
        return
    if not _covered(ctx):
        return
    events.emit(
        ctx,
        _DETAIL_TYPES[event_type],
        document,
        source="aws." + document["eventSource"].partition(".")[0],
        read_only=document["readOnly"],
    )


def _covered(ctx: Context) -> bool:
    """Whether a trail of this region, or one of all regions, exists."""
    rows = ctx.store.all("SELECT region, body FROM resources WHERE type = ?", (_TRAIL,))
    return any(
        row["region"] == ctx.region or (estate.decode(row).configuration or {}).get("isMultiRegionTrail")
        for row in rows
    )


_ERROR_CODES = {
    "AccessDeniedException": "AccessDenied",
    "AuthorizationError": "AccessDenied",
    # A refused HeadBucket has no body: its callers know a status, the trail the reason.
    "403": "AccessDenied",
    "404": "NoSuchBucket",
}


def _error_code(code: str) -> str:
    return _ERROR_CODES.get(code, code)


def lookup_events(ctx: Context, params: Document) -> Document:
    """Management events of the region in the last ninety days, newest first; both bounds inclusive.

    Raises InvalidLookupAttributesException, InvalidTimeRangeException and InvalidNextTokenException.
    """
    if params.get("EventCategory"):
        return {"Events": []}
    attributes = params.get("LookupAttributes") or []
    if len(attributes) > 1:
        raise ServiceError("InvalidLookupAttributesException", "You can only use one lookup attribute at a time.")
    start, end = _bound(params.get("StartTime")), _bound(params.get("EndTime"))
    if start is not None and end is not None and start > end:
        raise ServiceError("InvalidTimeRangeException", "The end time must be after the start time.")
    earliest = ctx.now - KEPT
    conditions = ["e.region = ?", "e.at >= ?"]
    values: list[object] = [ctx.region, earliest if start is None else max(start, earliest)]
    if end is not None:
        conditions.append("e.at <= ?")
        values.append(end)
    for attribute in attributes:
        condition, value = _condition(attribute["AttributeKey"], attribute["AttributeValue"])
        conditions.append(condition)
        values.append(value)
    token = params.get("NextToken")
    fingerprint = _fingerprint(params)
    if token is not None:
        at, seq = _position(token, fingerprint)
        conditions.append("(e.at < ? OR (e.at = ? AND e.seq < ?))")
        values += [at, at, seq]
    limit = params.get("MaxResults") or _PAGE
    rows = ctx.store.all(
        f"SELECT * FROM trail_events e WHERE {' AND '.join(conditions)} ORDER BY e.at DESC, e.seq DESC LIMIT ?",
        (*values, limit + 1),
    )
    answer: Document = {"Events": [_event(ctx, row) for row in rows[:limit]]}
    if len(rows) > limit:
        last = rows[limit - 1]
        answer["NextToken"] = base64.b64encode(dumps([fingerprint, last["at"], last["seq"]]).encode()).decode()
    return answer


_COLUMNS = {
    "EventId": "e.id = ?",
    "EventName": "e.name = ?",
    "EventSource": "e.source = ?",
    "Username": "e.user = ?",
    "AccessKeyId": "e.access_key = ?",
    "ReadOnly": "e.read_only = ?",
    "ResourceName": "e.seq IN (SELECT seq FROM trail_resources WHERE name = ?)",
    "ResourceType": "e.seq IN (SELECT seq FROM trail_resources WHERE type = ?)",
}


def _condition(key: str, value: str) -> tuple[str, object]:
    if key not in _COLUMNS:
        raise ServiceError("InvalidLookupAttributesException", f"The lookup attribute {key} is not valid.")
    return _COLUMNS[key], ({"true": 1, "false": 0}.get(value, -1) if key == "ReadOnly" else value)


def _event(ctx: Context, row: Row) -> Document:
    event: Document = {
        "EventId": row["id"],
        "EventName": row["name"],
        "ReadOnly": "true" if row["read_only"] else "false",
    }
    if row["access_key"]:
        event["AccessKeyId"] = row["access_key"]
    event["EventTime"] = to_datetime(row["at"])
    event["EventSource"] = row["source"]
    if row["user"]:
        event["Username"] = row["user"]
    touched = ctx.store.all("SELECT type, name FROM trail_resources WHERE seq = ? ORDER BY position", (row["seq"],))
    event["Resources"] = [{"ResourceType": each["type"], "ResourceName": each["name"]} for each in touched]
    event["CloudTrailEvent"] = row["record"]
    return event


def _bound(value: datetime | None) -> Moment | None:
    return None if value is None else from_datetime(value)


def _fingerprint(params: Document) -> str:
    """A token is good only with the parameters it was given for; the page size may differ."""
    kept = [str(params.get(name)) for name in ("LookupAttributes", "StartTime", "EndTime", "EventCategory")]
    return hashlib.sha256("\n".join(kept).encode()).hexdigest()[:16]


def _position(token: str, fingerprint: str) -> tuple[int, int]:
    try:
        found, at, seq = loads(base64.b64decode(token, validate=True))
    except (binascii.Error, ValueError, TypeError) as error:
        raise ServiceError("InvalidNextTokenException", "The NextToken is invalid.") from error
    if found != fingerprint:
        raise ServiceError("InvalidNextTokenException", "The NextToken was given for other parameters.")
    return int(at), int(seq)


OPERATIONS: dict[str, Operation] = {"LookupEvents": lookup_events}

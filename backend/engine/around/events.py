"""EventBridge: the bus on which AWS Config and CloudTrail tell what happened.

Facts: around-config.md §6. The events of AWS services go to the default bus of their region; rules pick some
and hand them to targets.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from backend.engine.around import event_buses, event_rules, event_targets, identity, patterns
from backend.engine.clock import Due
from backend.engine.context import Context
from backend.engine.engine import DueHandler, Operation
from backend.engine.errors import ServiceError
from backend.engine.store import dumps, loads
from backend.model.item import Document
from backend.model.moment import Moment, from_datetime, to_iso

SCHEMA = (
    event_buses.SCHEMA
    + event_rules.SCHEMA
    + """
CREATE TABLE IF NOT EXISTS bus_events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    region TEXT NOT NULL,
    at INTEGER NOT NULL,
    detail_type TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS bus_events_in_order ON bus_events (region, seq);
"""
)

KEPT = 500
"""Events the log keeps of each region: enough to try a pattern on (EVB-32)."""

_LIMIT = 256 * 1024
_BATCH = 10
_REQUIRED = ("id", "account", "source", "time", "region", "detail-type")


class BusEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it went over the default bus."""

    at: Moment
    detail_type: str
    body: Document


def emit(
    ctx: Context,
    detail_type: str,
    detail: Document,
    *,
    resources: Sequence[str] = (),
    source: str = "aws.config",
    read_only: bool = False,
) -> str:
    """Put an event of an AWS service on the region's default bus; its id (EVB-04, EVB-06, EVB-11).

    `resources` are ARNs. A `read_only` one (a management event that only reads) reaches rules that ask for all
    management events, and no others.
    """
    event = _event(ctx, detail_type, detail, resources, source, ctx.now)
    _pass_on(ctx, event_buses.DEFAULT, event, read_only=read_only)
    return str(event["id"])


def wants_reads(ctx: Context) -> bool:
    """Whether any rule of the region asks for management events that only read."""
    found = ctx.store.one(
        "SELECT 1 FROM event_rules WHERE region = ? AND state = ? LIMIT 1", (ctx.region, event_rules.ALL_EVENTS)
    )
    return found is not None


def log(ctx: Context, limit: int = KEPT) -> list[BusEvent]:
    """The newest events of the region's default bus, newest first."""
    rows = ctx.store.all(
        "SELECT at, detail_type, body FROM bus_events WHERE region = ? ORDER BY seq DESC LIMIT ?", (ctx.region, limit)
    )
    return [BusEvent(at=row["at"], detail_type=row["detail_type"], body=loads(row["body"])) for row in rows]


def _event(
    ctx: Context, detail_type: str, detail: Document, resources: Sequence[str], source: str, at: Moment
) -> Document:
    return {
        "version": "0",
        "id": ctx.ids.uuid(),
        "detail-type": detail_type,
        "source": source,
        "account": ctx.account,
        "time": to_iso(at)[:19] + "Z",
        "region": ctx.region,
        "resources": list(resources),
        "detail": detail,
    }


def run_schedule(ctx: Context, due: Due) -> None:
    """The time of a rule has come: its targets, and nobody else, get an event of it (EVB-02)."""
    rule = event_rules.scheduled(ctx, due.key)
    event = _event(ctx, "Scheduled Event", {}, [rule.arn], "aws.events", ctx.now)
    for there, bus in event_targets.invoke(ctx, rule, event):
        _pass_on(there, bus, event, beyond=True)
    event_rules.plan(ctx, due.key)


def _pass_on(ctx: Context, bus: str, event: Document, *, read_only: bool = False, beyond: bool = False) -> None:
    text = dumps(event)
    if bus == event_buses.DEFAULT:
        store = ctx.store
        store.run(
            "INSERT INTO bus_events (region, at, detail_type, body) VALUES (?, ?, ?, ?)",
            (ctx.region, ctx.now, event["detail-type"], text),
        )
        store.run(
            "DELETE FROM bus_events WHERE region = :region AND seq <="
            " (SELECT seq FROM bus_events WHERE region = :region ORDER BY seq DESC LIMIT 1 OFFSET :kept)",
            {"region": ctx.region, "kept": KEPT},
        )
    rules = event_rules.enabled(ctx, bus, all_management_only=read_only)
    # The targets see the event as JSON, so the patterns are tried on that and not on our own objects.
    seen: Document = loads(text) if rules else {}
    for rule in rules:
        if rule.pattern is not None and patterns.matches(rule.pattern, seen):
            for there, bus_beyond in event_targets.invoke(ctx, rule, seen):
                # An event goes from bus to bus once: a rule there does not send it on, so that none can go round.
                if not beyond:
                    _pass_on(there, bus_beyond, seen, beyond=True)


def put_events(ctx: Context, params: Document) -> Document:
    """Custom events, up to ten; each entry succeeds or fails by itself. Raises ValidationException."""
    entries = params["Entries"]
    if len(entries) > _BATCH:
        raise ServiceError("ValidationException", f"Total number of entries in the request exceeds {_BATCH}.")
    if sum(_size(entry) for entry in entries) > _LIMIT:
        raise ServiceError("ValidationException", "Total size of the entries in the request is over the limit.")
    answers: list[Document] = []
    for entry in entries:
        refusal = _refusal(ctx, entry)
        if refusal is not None:
            answers.append({"ErrorCode": refusal[0], "ErrorMessage": refusal[1]})
            continue
        at = from_datetime(entry["Time"]) if "Time" in entry else ctx.now
        detail: Document = loads(entry["Detail"])
        event = _event(ctx, entry["DetailType"], detail, entry.get("Resources") or [], entry["Source"], at)
        bus = entry.get("EventBusName")
        _pass_on(event_buses.place(ctx, bus), event_buses.name_of(bus), event)
        answers.append({"EventId": event["id"]})
    return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}


def _size(entry: Document) -> int:
    texts = [entry.get("Source", ""), entry.get("DetailType", ""), entry.get("Detail", ""), *entry.get("Resources", [])]
    return (14 if "Time" in entry else 0) + sum(len(text.encode()) for text in texts)


def _refusal(ctx: Context, entry: Document) -> tuple[str, str] | None:
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            return "InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument."
    if entry["Source"].startswith("aws."):
        return "NotAuthorizedForSourceException", "Not authorized for the source."
    try:
        detail = loads(entry["Detail"])
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        return "MalformedDetail", "Detail is malformed."
    there, bus = event_buses.place(ctx, entry.get("EventBusName")), event_buses.name_of(entry.get("EventBusName"))
    if not event_buses.exists(there, bus):
        return "InvalidArgument", f"Event bus {bus} does not exist."
    if not event_buses.takes(ctx, there, bus, identity.principal(ctx).arn):
        return "NotAuthorizedException", "Not authorized to put events on the event bus."
    return None


def test_event_pattern(ctx: Context, params: Document) -> Document:
    """Whether an event fits a pattern. Raises InvalidEventPatternException and ValidationException."""
    pattern = event_rules.compiled(params["EventPattern"])
    try:
        event = loads(params["Event"])
    except ValueError as error:
        raise ServiceError("ValidationException", f"Parameter Event is not valid. Reason: {error}") from error
    if not isinstance(event, dict):
        raise ServiceError("ValidationException", "Parameter Event is not valid. Reason: it must be a JSON object.")
    absent = [name for name in _REQUIRED if name not in event]
    if absent:
        reason = f"Event must contain {', '.join(absent)}"
        raise ServiceError("ValidationException", f"Parameter Event is not valid. Reason: {reason}.")
    return {"Result": patterns.matches(pattern, event)}


DUE: dict[str, DueHandler] = {event_rules.SCHEDULE: run_schedule}

OPERATIONS: dict[str, Operation] = {
    **event_buses.OPERATIONS,
    **event_rules.OPERATIONS,
    "PutEvents": put_events,
    "TestEventPattern": test_event_pattern,
}

"""The one write path: a change of the estate becomes configuration items, messages and verdicts.

estate.put / estate.remove → on_change → the recorder decides → item and diff → stream → rules
                                       → the other sides of links that came or went, in the same way
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backend.engine.clock import Due
from backend.engine.config import items, recorder_state, relationships, roles, rules, stream
from backend.engine.config.recorder_state import GLOBAL_TYPES, RECORDER_TYPE, RecorderState
from backend.engine.context import Context
from backend.engine.engine import DueHandler
from backend.engine.store import dumps
from backend.engine.world import estate
from backend.engine.world.estate import GLOBAL, Resource
from backend.model import moment
from backend.model.diff import item_diff
from backend.model.item import DELETED_STATUSES, Document
from backend.model.moment import DAY, MINUTE, Moment

DAILY_RUN = "config.daily"
"""The due thing that records, once a day, what is recorded daily only."""

LATE_RUN = "config.late"
"""The due thing that records the relationships of a resource with very many of them."""

_CROWD = 500
_LAG: Moment = 10 * MINUTE
"""With so many links to it, a resource's own item tells of new ones that much later, and of all of them at once.

The service lags there too (a VPC's list of what it contains is seldom complete: recorded.md §3); here it keeps a
large network from being written anew for each of its members.
"""

SCHEMA = """
CREATE TABLE IF NOT EXISTS daily_changes (
    region TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (region, type, id)
) WITHOUT ROWID;
"""

_MEANING = ("configuration", "supplementaryConfiguration", "tags", "resourceName", "availabilityZone")
"""The members of an item whose change makes a new one; relationships too, whatever their order."""


def on_change(ctx: Context, before: Resource | None, after: Resource | None) -> None:
    """Record a change of one resource, wherever a recorder watches it (REC-05, REL-07).

    IAM resources have no region: every region whose recorder includes global types gets its own item.
    """
    resource = after or before
    if resource is None:
        return
    others = relationships.touched(ctx, before, after)
    where = recorder_state.regions(ctx) if resource.region == GLOBAL else [resource.region]
    for region in where:
        here = ctx if region == ctx.region else ctx.within(region)
        recorder = recorder_state.of(here)
        if recorder is None or not recorder.recording:
            continue
        done = [_record(here, recorder, resource, gone=after is None)]
        done += [_record(here, recorder, other) for other in others if not _crowded(here, other)]
        _note(here, done)


def discover(ctx: Context) -> None:
    """Bring the items of the region up to what is there: on start, and after the recording group changed (REC-06).

    New resources are discovered, changed ones recorded, and those that went while nobody looked are recorded as
    deleted; what is as it was gets no item.
    """
    recorder = recorder_state.of(ctx)
    if recorder is None or not recorder.recording:
        return
    done = [
        _record(ctx, recorder, resource, discovered=True)
        for region in (ctx.region, GLOBAL)
        for resource in estate.in_region(ctx, region)
    ]
    _note(ctx, done, everything=True)
    for document in items.without_resource(ctx):
        _forget(ctx, recorder, document)


def record_state(ctx: Context, resource: Resource, *, gone: bool = False) -> None:
    """Record a resource that is no part of the estate (the recorder itself, the compliance of a resource)."""
    _write(ctx, items.latest(ctx, resource.resource_type, resource.resource_id), resource, gone=gone)


def note_recorder(ctx: Context, recorder: RecorderState, *, gone: bool = False) -> None:
    """The recorder is recorded itself, at once and whether it runs or not (recorded.md §3)."""
    group, mode = recorder_state.group_document(recorder), recorder_state.mode_document(recorder)
    configuration = {
        "Id": recorder.name,
        "Name": recorder.name,
        "RoleARN": recorder.role_arn,
        "RecordingGroup": _pascal(group),
        "Recording": recorder.recording,
        "RecordingMode": _pascal(mode),
        "RecordingScope": "PAID",
    }
    resource = Resource(
        resource_type=RECORDER_TYPE,
        resource_id=recorder.name,
        region=ctx.region,
        configuration=configuration,
        tags=recorder.tags,
    )
    record_state(ctx, resource, gone=gone)


def record_daily(ctx: Context, due: Due) -> None:
    """Once a day: the newest state of each resource that changed and is recorded daily, if it differs."""
    recorder = recorder_state.of(ctx)
    rows = ctx.store.all("SELECT type, id FROM daily_changes WHERE region = ? ORDER BY type, id", (ctx.region,))
    ctx.store.run("DELETE FROM daily_changes WHERE region = ?", (ctx.region,))
    if recorder is None or not recorder.recording:
        return
    for row in rows:
        region = GLOBAL if row["type"] in GLOBAL_TYPES else ctx.region
        before = items.latest(ctx, row["type"], row["id"])
        resource = estate.get(ctx, row["type"], row["id"], region)
        if resource is not None:
            _write(ctx, before, resource, daily=True)
        elif before is not None and before["configurationItemStatus"] not in DELETED_STATUSES:
            _forget(ctx, recorder, before, daily=True)


def record_late(ctx: Context, due: Due) -> None:
    """Record what came and went at a crowded resource since it was put off."""
    recorder = recorder_state.of(ctx)
    resource = estate.get(ctx, *due.payload)
    if recorder is not None and recorder.recording and resource is not None:
        _note(ctx, [_record(ctx, recorder, resource)])


DUE: dict[str, DueHandler] = {DAILY_RUN: record_daily, LATE_RUN: record_late}


class _Done(NamedTuple):
    """What became of one resource that was to be recorded."""

    written: bool = False
    refused: str = ""
    """Why the role may not read it."""


def _record(
    ctx: Context, recorder: RecorderState, resource: Resource, *, gone: bool = False, discovered: bool = False
) -> _Done:
    """Record a resource of the estate as it is now, if the recorder records it."""
    kind = resource.resource_type
    before = items.latest(ctx, kind, resource.resource_id)
    if not recorder.records(kind, ctx.region):
        if not gone or before is None:
            return _Done()
        return _Done(_write(ctx, before, resource, gone=True, recorded=False))
    if not roles.can_read(ctx, recorder.role_arn, kind):
        return _Done(refused=f"The role {recorder.role_arn} does not allow AWS Config to read resources of {kind}.")
    if recorder.daily(kind) and not discovered:
        _put_off(ctx, resource)
        return _Done()
    return _Done(_write(ctx, before, resource, gone=gone, discovered=discovered))


def _forget(ctx: Context, recorder: RecorderState, document: Document, *, daily: bool = False) -> None:
    """Record the end of a resource of which only its last item is left."""
    resource = Resource(
        resource_type=document["resourceType"],
        resource_id=document["resourceId"],
        region=document["awsRegion"],
        name=document["resourceName"],
        arn=document["ARN"],
    )
    recorded = recorder.records(resource.resource_type, ctx.region)
    _write(ctx, document, resource, gone=True, recorded=recorded, daily=daily)


def _write(
    ctx: Context,
    before: Document | None,
    resource: Resource,
    *,
    gone: bool = False,
    discovered: bool = False,
    recorded: bool = True,
    daily: bool = False,
) -> bool:
    """Make the item of a resource and tell everybody; false when it would say nothing new."""
    alive = before is not None and before["configurationItemStatus"] not in DELETED_STATUSES
    if gone:
        if not alive:
            return False
        status = "ResourceDeleted" if recorded else "ResourceDeletedNotRecorded"
    else:
        status = "OK" if alive else "ResourceDiscovered"
    document = _item(ctx, resource, status)
    if alive and not gone and before is not None and _same(before, document):
        return False
    captured = ctx.clock.unique()
    document["configurationItemCaptureTime"] = moment.to_iso(captured)
    document["configurationStateId"] = captured
    if daily:
        document["recordingFrequency"] = recorder_state.DAILY
        document["configurationItemDeliveryTime"] = moment.to_iso(ctx.now)
    diff = item_diff(before, document)
    items.add(ctx, document)
    stream.item_changed(ctx, document, diff, discovered=discovered and not alive)
    rules.on_item(ctx, document, diff)
    return True


def _same(before: Document, after: Document) -> bool:
    """Whether two items say the same of a resource."""
    if any(before[name] != after[name] for name in _MEANING):
        return False
    old, new = before["relationships"], after["relationships"]
    return bool(old == new or sorted(map(dumps, old)) == sorted(map(dumps, new)))


def _item(ctx: Context, resource: Resource, status: str) -> Document:
    """An item in file spelling, members in the order of real files; a deleted resource has no body (recorded.md §3)."""
    gone = status in DELETED_STATUSES
    name = resource.name
    if gone and resource.resource_type == "AWS::SQS::Queue":
        name = resource.resource_id
    return {
        "relatedEvents": [],
        "relationships": [] if gone else relationships.of(ctx, resource),
        "configuration": None if gone else resource.configuration,
        "supplementaryConfiguration": {} if gone else resource.supplementary,
        "tags": {} if gone else resource.tags,
        "configurationItemVersion": "1.3",
        "configurationItemCaptureTime": "",
        "configurationStateId": 0,
        "awsAccountId": ctx.account,
        "configurationItemStatus": status,
        "resourceType": resource.resource_type,
        "resourceId": resource.resource_id,
        "resourceName": name,
        "ARN": resource.arn,
        "awsRegion": resource.region,
        "availabilityZone": None if gone else resource.zone,
        "configurationStateMd5Hash": "",
        "resourceCreationTime": None if gone or resource.created is None else moment.to_iso(resource.created),
    }


def _crowded(ctx: Context, resource: Resource) -> bool:
    """Whether a resource has so many links to it that its item comes later; sees to it that it comes."""
    if relationships.crowd(ctx, resource) < _CROWD:
        return False
    key = f"{resource.resource_type}/{resource.resource_id}"
    if ctx.clock.when(LATE_RUN, ctx.region, key) is None:
        ctx.clock.schedule(ctx.now + _LAG, LATE_RUN, ctx.region, key, [*resource.key, resource.region])
    return True


def _put_off(ctx: Context, resource: Resource) -> None:
    ctx.store.run(
        "INSERT OR IGNORE INTO daily_changes VALUES (?, ?, ?)",
        (ctx.region, resource.resource_type, resource.resource_id),
    )
    if ctx.clock.when(DAILY_RUN, ctx.region) is None:
        ctx.clock.schedule(_next_midnight(ctx.now), DAILY_RUN, ctx.region)


def _next_midnight(now: Moment) -> Moment:
    return (now // DAY + 1) * DAY


def _note(ctx: Context, done: Sequence[_Done], *, everything: bool = False) -> None:
    """Every processed event moves the recorder's time of change; a type it may not read shows as FAILURE (PRM-03).

    Where everything could be read, a failure is over even when there was nothing new to write.
    """
    refused = next((each.refused for each in done if each.refused), "")
    written = any(each.written for each in done)
    recorder = recorder_state.of(ctx) if refused or written or everything else None
    if recorder is None or not (refused or written or recorder.status == "FAILURE"):
        return
    code = "AccessDenied" if refused else ""
    status = "FAILURE" if refused else "PENDING" if recorder.status == "PENDING" else "SUCCESS"
    recorder_state.change(ctx, recorder, status=status, status_changed=ctx.now, error_code=code, error_message=refused)


def _pascal(value: object) -> object:
    """A body of the API in the spelling of the recorder's own item."""
    if isinstance(value, dict):
        return {name[:1].upper() + name[1:]: _pascal(each) for name, each in value.items()}
    return [_pascal(each) for each in value] if isinstance(value, list) else value

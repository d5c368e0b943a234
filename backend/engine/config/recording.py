"""The one write path: a change of the estate becomes configuration items, messages and verdicts.

estate.put / estate.remove → on_change → the recorders decide → item and diff → stream → rules
                                       → the other sides of links that came or went, in the same way
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backend.engine.clock import Due
from backend.engine.config import (
    coverage,
    deferral,
    faults,
    items,
    recorder_state,
    relationships,
    rules,
    stream,
    tagging,
)
from backend.engine.config.coverage import Coverage
from backend.engine.config.recorder_state import RecorderState
from backend.engine.context import Context
from backend.engine.engine import DueHandler
from backend.engine.store import dumps
from backend.engine.world import estate
from backend.engine.world.estate import GLOBAL, Resource
from backend.model import moment
from backend.model.coverage import DAILY, RECORDER_TYPE, UNRECORDABLE
from backend.model.diff import CREATE, DELETE, item_diff
from backend.model.item import DELETED_STATUSES, Document
from backend.model.moment import MINUTE, Moment

SCHEMA = deferral.SCHEMA

_CROWD = 500
_CROWD_LAG: Moment = 10 * MINUTE
"""With so many links to it, a resource's own item tells of new ones that much later, and of all of them at once.

The service lags there too (a VPC's list of what it contains is seldom complete: recorded.md §3); here it keeps a
large network from being written anew for each of its members.
"""

_MEANING = ("configuration", "supplementaryConfiguration", "tags", "resourceName", "availabilityZone")
"""The members of an item whose change makes a new one; relationships too, whatever their order."""

_STACK = "AWS::CloudFormation::Stack"
_RECORDED_STACKS = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_ROLLBACK_FAILED",
        "DELETE_FAILED",
        "DELETE_COMPLETE",
    }
)
"""The states in which a stack gets an item; one whose creation failed never does (model: ListDiscoveredResources)."""


def on_change(ctx: Context, before: Resource | None, after: Resource | None) -> None:
    """Record a change of one resource, wherever a recorder watches it (REC-05, REL-07).

    Resources of global services have no region: every region whose recorder includes them gets its own item.
    """
    resource = after or before
    if resource is None or resource.resource_type in UNRECORDABLE:
        return
    others = relationships.touched(ctx, before, after)
    where = recorder_state.regions(ctx) if resource.region == GLOBAL else [resource.region]
    for region in where:
        here = ctx if region == ctx.region else ctx.within(region)
        recorders = coverage.running(here)
        if not recorders:
            continue
        lag = faults.active(here, "recording-lag")
        if lag is not None:
            for each in (resource, *others):
                deferral.late(here, each, here.now + lag.milliseconds)
            continue
        done = [_record(here, recorders, resource, gone=after is None)]
        done += [_record(here, recorders, other) for other in others if not _crowded(here, other)]
        _note(here, recorders, done)


def discover(ctx: Context) -> None:
    """Bring the items of the region up to what is there: on start, and after the recording group changed (REC-06).

    New resources are discovered, changed ones recorded, and those that went while nobody looked are recorded as
    deleted; what is as it was gets no item.
    """
    recorders = coverage.running(ctx)
    if not recorders:
        return
    done = [
        _record(ctx, recorders, resource, discovered=True)
        for region in (ctx.region, GLOBAL)
        for resource in estate.in_region(ctx, region)
        if resource.resource_type not in UNRECORDABLE
    ]
    _note(ctx, recorders, done, everything=True)
    for document in items.without_resource(ctx):
        _forget(ctx, recorders, document)


def record_state(ctx: Context, resource: Resource, *, gone: bool = False) -> bool:
    """Record a resource that is no part of the estate, if a recorder records its type; whether an item was made.

    A recorder's own items are made always, running or not; compliance and customers' own types when it runs.
    """
    how = coverage.ALWAYS
    if resource.resource_type != RECORDER_TYPE:
        how = coverage.of(ctx, coverage.running(ctx), resource.resource_type)
    if not how.recorded:
        return False
    before = items.latest(ctx, resource.resource_type, resource.resource_id)
    return _write(ctx, before, resource, how, gone=gone, reported=True)


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
        "RecordingScope": recorder.scope,
        **({"ServicePrincipal": recorder.principal} if recorder.linked else {}),
    }
    resource = Resource(
        resource_type=RECORDER_TYPE,
        resource_id=recorder.name,
        region=ctx.region,
        configuration=configuration,
        tags=tagging.of(ctx, recorder.arn),
    )
    record_state(ctx, resource, gone=gone)


def record_daily(ctx: Context, due: Due) -> None:
    """Once a day: the newest state of each resource that changed and is recorded daily, if it differs."""
    waiting, recorders = deferral.take_changed(ctx), coverage.running(ctx)
    if recorders:
        _note(ctx, recorders, [_catch_up(ctx, recorders, *key, waited=True) for key in waiting])


def record_late(ctx: Context, due: Due) -> None:
    """Record what came and went at a resource since it was put off."""
    recorders = coverage.running(ctx)
    if recorders:
        kind, resource_id = due.payload
        _note(ctx, recorders, [_catch_up(ctx, recorders, kind, resource_id)])


DUE: dict[str, DueHandler] = {deferral.DAILY_RUN: record_daily, deferral.LATE_RUN: record_late}


class _Done(NamedTuple):
    """What became of one resource that was to be recorded."""

    written: bool = False
    refused: str = ""
    """Why the role may not read it."""


def _record(
    ctx: Context,
    recorders: Sequence[RecorderState],
    resource: Resource,
    *,
    gone: bool = False,
    discovered: bool = False,
    waited: bool = False,
) -> _Done:
    """Record a resource of the estate as it is now, as far as the recorders do.

    `waited`: a day has passed for what is recorded daily. Of types that nobody records only the coming and going is
    noticed, and of some not even that (`_noticed`).
    """
    how = coverage.of(ctx, recorders, resource.resource_type)
    if not how.recorded and (how.refused or not _noticed(resource) or not coverage.notices(recorders)):
        return _Done(refused=how.refused)
    if not gone and not _settled(resource):
        return _Done(refused=how.refused)
    if how.daily and not waited and not discovered:
        deferral.until_midnight(ctx, resource)
        return _Done(refused=how.refused)
    before = items.latest(ctx, resource.resource_type, resource.resource_id)
    if how.daily and not waited and _alive(before):
        # At most one item a day, also when the recorder is stopped and started in between.
        deferral.until_midnight(ctx, resource)
        return _Done(refused=how.refused)
    return _Done(_write(ctx, before, resource, how, gone=gone, discovered=discovered), how.refused)


def _noticed(resource: Resource) -> bool:
    """Whether a resource that nobody records is seen to come and go.

    What has no region is not; nor are inventories, of which no item appears while the type is not recorded (INV-19).
    """
    return resource.region != GLOBAL and resource.resource_type != "AWS::SSM::ManagedInstanceInventory"


def _catch_up(
    ctx: Context, recorders: Sequence[RecorderState], kind: str, resource_id: str, *, waited: bool = False
) -> _Done:
    """Record what has become of a resource since a change of it was put off."""
    resource = estate.get(ctx, kind, resource_id) or estate.get(ctx, kind, resource_id, GLOBAL)
    if resource is not None:
        return _record(ctx, recorders, resource, waited=waited)
    document = items.latest(ctx, kind, resource_id)
    return _Done(document is not None and _forget(ctx, recorders, document))


def _forget(ctx: Context, recorders: Sequence[RecorderState], document: Document) -> bool:
    """Record the end of a resource of which only its last item is left."""
    resource = Resource(
        resource_type=document["resourceType"],
        resource_id=document["resourceId"],
        region=document["awsRegion"],
        name=document["resourceName"],
        arn=document["ARN"],
    )
    how = coverage.of(ctx, recorders, resource.resource_type)
    if not how.recorded and (how.refused or not coverage.notices(recorders)):
        return False
    return _write(ctx, document, resource, how, gone=True)


def _write(
    ctx: Context,
    before: Document | None,
    resource: Resource,
    how: Coverage,
    *,
    gone: bool = False,
    discovered: bool = False,
    reported: bool = False,
) -> bool:
    """Make the item of a resource and tell everybody; false when it would say nothing new."""
    alive = _alive(before)
    if not alive or (before is not None and before["configurationItemStatus"] == items.NOT_RECORDED):
        known = None
    else:
        known = before
    if gone:
        if not alive:
            return False
        status = "ResourceDeleted" if how.recorded else "ResourceDeletedNotRecorded"
    elif not how.recorded:
        if alive:
            return False
        status = items.NOT_RECORDED
    else:
        status = "OK" if known else "ResourceDiscovered"
    document = _item(ctx, resource, status)
    if known and not gone and _same(known, document):
        if not how.delivered or items.was_delivered(ctx, known):
            return False
        # So far only the free recorder of a service has seen it like that: to the customer it is new.
        known, document["configurationItemStatus"] = None, "ResourceDiscovered"
    captured = ctx.clock.unique()
    document["configurationItemCaptureTime"] = moment.to_iso(captured)
    document["configurationStateId"] = captured
    if how.daily:
        document["recordingFrequency"] = DAILY
        document["configurationItemDeliveryTime"] = moment.to_iso(max(ctx.now, captured))
    items.add(ctx, document, delivered=how.delivered, reported=reported)
    if how.recorded and not how.delivered:
        return True
    # Of what is not recorded people are told that it came or went, and no more (the guide on non-recorded resources).
    bare: Document = {"changedProperties": {}, "changeType": DELETE if gone else CREATE}
    diff = item_diff(known, document) if how.recorded else bare
    short = None
    if how.recorded or not discovered:
        short = stream.item_changed(ctx, document, diff, discovered=discovered and not known)
    rules.on_item(ctx, document, diff, short)
    return True


def _alive(before: Document | None) -> bool:
    """Whether a resource was there when its last item was made."""
    return before is not None and before["configurationItemStatus"] not in DELETED_STATUSES


def _settled(resource: Resource) -> bool:
    """Whether a resource is in a state of which items are made."""
    if resource.resource_type != _STACK or not isinstance(resource.configuration, dict):
        return True
    return resource.configuration.get("stackStatus", "CREATE_COMPLETE") in _RECORDED_STACKS


def _same(before: Document, after: Document) -> bool:
    """Whether two items say the same of a resource."""
    if any(before[name] != after[name] for name in _MEANING):
        return False
    old, new = before["relationships"], after["relationships"]
    return bool(old == new or sorted(map(dumps, old)) == sorted(map(dumps, new)))


def _item(ctx: Context, resource: Resource, status: str) -> Document:
    """An item in file spelling, members in the order of real files.

    A deleted resource has no body (recorded.md §3), nor has one whose type is not recorded (aws-config.md §1.2).
    """
    bare = status in DELETED_STATUSES or status == items.NOT_RECORDED
    name = resource.name
    if status in DELETED_STATUSES and resource.resource_type == "AWS::SQS::Queue":
        name = resource.resource_id
    return {
        "relatedEvents": [],
        "relationships": [] if bare else relationships.of(ctx, resource),
        "configuration": None if bare else resource.configuration,
        "supplementaryConfiguration": {} if bare else resource.supplementary,
        "tags": {} if bare else resource.tags,
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
        "availabilityZone": None if bare else resource.zone,
        "configurationStateMd5Hash": "",
        "resourceCreationTime": None if bare or resource.created is None else moment.to_iso(resource.created),
    }


def _crowded(ctx: Context, resource: Resource) -> bool:
    """Whether a resource has so many links to it that its item comes later; sees to it that it comes."""
    if relationships.crowd(ctx, resource) < _CROWD:
        return False
    deferral.late(ctx, resource, ctx.now + _CROWD_LAG)
    return True


def _note(ctx: Context, recorders: Sequence[RecorderState], done: Sequence[_Done], *, everything: bool = False) -> None:
    """Every processed event moves a recorder's time of change; a type it may not read shows as FAILURE (PRM-03).

    Where everything could be read, a failure is over even when there was nothing new to write.
    """
    refused = next((each.refused for each in done if each.refused), "")
    written = any(each.written for each in done)
    for recorder in recorders:
        trouble = "" if recorder.linked else refused
        if not (trouble or written or (everything and recorder.status == "FAILURE")):
            continue
        code = "AccessDenied" if trouble else ""
        status = "FAILURE" if trouble else "PENDING" if recorder.status == "PENDING" else "SUCCESS"
        recorder_state.change(
            ctx, recorder, status=status, status_changed=ctx.now, error_code=code, error_message=trouble
        )


def _pascal(value: object) -> object:
    """A body of the API in the spelling of the recorder's own item."""
    if isinstance(value, dict):
        return {name[:1].upper() + name[1:]: _pascal(each) for name, each in value.items()}
    return [_pascal(each) for each in value] if isinstance(value, list) else value

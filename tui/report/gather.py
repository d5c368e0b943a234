"""Gathering the evidence: all parts are asked, and what one refuses to tell becomes a gap, not an end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from importlib import metadata
from typing import TypeAlias, TypeVar

from backend.client.session import ResourcesPart, Session
from backend.connect import Connection
from backend.model.comparison import telling
from backend.model.compliance import Evaluation, Rule
from backend.model.delivery import FREQUENCIES, ChannelStatus, DeliveryChannel
from backend.model.diff import changes
from backend.model.estate import RECORDER, VERDICT, Estate, Source
from backend.model.item import ConfigurationItem, ResourceKey
from backend.model.moment import HOUR, MINUTE, SECOND, Moment, to_iso
from backend.model.problem import BadInput, Problem
from backend.model.recorder import Recorder
from backend.model.trail import TrailEvent
from backend.model.verdicts import recorded_verdicts
from tui.report.evidence import Caused, Evidence

T = TypeVar("T")
Report: TypeAlias = Callable[[int, int, str], None]

PERIOD = 7 * 24 * HOUR
"""How far back changes are told."""
CHANGED = 500
"""Resources whose history is read for their changes."""
CALLS = 2_000
"""Calls that are read from CloudTrail, which answers two pages of fifty in a second."""
AT_A_TIME = 4
WITHIN = 15 * MINUTE
"""How long after a call AWS Config may capture what it did."""
SKEW = 5 * SECOND
STALE = 2
"""A delivery is stale when it is later than so many of its periods."""


async def gather(
    connection: Connection, now: Moment, moment: Moment | None, since: Moment | None, report: Report
) -> Evidence:
    """All evidence as of a moment (None: now). Raises `Problem` only where there is nothing to tell at all."""
    session = connection.session
    if session.resources is None:
        raise BadInput("There is nothing to report on here")
    at = moment if moment is not None else now
    begin = since if since is not None else at - PERIOD
    gaps: list[str] = []
    estate = await session.resources.estate(moment, report)
    gaps += estate.gaps
    recorder, channel, deliveries = await _settings(session, gaps)
    gaps += [*_recording(recorder), *_delivering(channel, deliveries, at)]
    if moment is not None:
        gaps.append("The settings of the recorder, the channel and the rules are those of now, not of then.")
    rules, verdicts = await _compliance(session, estate, moment is None, gaps, report)
    changed = await _changes(session, estate, begin, at, gaps, report)
    sources = [*estate.sources, *await _snapshot(session, channel, at, gaps)]
    items = [item for item in estate.items.values() if item.resource_type != VERDICT]
    deleted = sorted((key, time) for key, time in estate.deleted.items() if key.resource_type != VERDICT)
    if deleted:
        gaps.append(
            f"{len(deleted)} deleted resources are still known; their last items are kept, they are not counted."
        )
    return Evidence(
        target=connection.label,
        account=session.account,
        region=session.region,
        who=session.who,
        version=_version(),
        moment=at,
        is_now=moment is None,
        since=begin,
        items=tuple(sorted(items, key=lambda item: item.key)),
        deleted=tuple(deleted),
        recorder=recorder,
        channel=channel,
        deliveries=deliveries,
        rules=tuple(sorted(rules, key=lambda rule: rule.name)),
        verdicts=tuple(sorted(verdicts, key=_verdict_order)),
        changes=tuple(changed),
        sources=tuple(sources),
        gaps=tuple(dict.fromkeys(gaps)),
    )


async def _told(asking: Awaitable[T], otherwise: T, gaps: list[str]) -> T:
    """An answer; a refusal is a gap of the report."""
    try:
        return await asking
    except Problem as problem:
        gaps.append(str(problem))
        return otherwise


async def _settings(
    session: Session, gaps: list[str]
) -> tuple[Recorder | None, DeliveryChannel | None, ChannelStatus | None]:
    if session.recorder is None or session.delivery is None:
        gaps.append("A file tells nothing of the recorder, the deliveries and the rules.")
        return None, None, None
    recorder = await _told(session.recorder.get(), None, gaps)
    channel = await _told(session.delivery.channel(), None, gaps)
    status = await _told(session.delivery.status(), None, gaps)
    if recorder is None and not gaps:
        gaps.append("This region has no recorder: nothing is recorded.")
    if channel is None and not gaps:
        gaps.append("This region has no delivery channel: nothing is delivered.")
    return recorder, channel, status


def _recording(recorder: Recorder | None) -> Iterator[str]:
    """What the recorder's settings leave out."""
    if recorder is None:
        return
    group = recorder.group
    if not recorder.recording:
        since = f" since {to_iso(recorder.last_stop_time)}" if recorder.last_stop_time is not None else ""
        yield f"The recorder {recorder.name} is stopped{since}: changes after that are not known."
    if recorder.last_status == "FAILURE":
        yield f"The recorder fails: {recorder.last_error_code} {recorder.last_error_message}".strip() + "."
    if group.resource_types and not group.all_supported:
        yield f"Only {len(group.resource_types)} types are recorded: {', '.join(sorted(group.resource_types))}."
    elif group.excluded_types:
        yield f"{len(group.excluded_types)} types are left out: {', '.join(sorted(group.excluded_types))}."
    elif group.all_supported and not group.include_global:
        yield "Global resources (IAM users, groups, roles and policies) are not recorded in this region."
    if recorder.frequency == "DAILY":
        yield "Recording is daily: of several changes on one day only the last state is known."
    for override in recorder.overrides:
        if override.frequency == "DAILY":
            yield f"{', '.join(override.resource_types)}: recorded once a day only."


def _delivering(channel: DeliveryChannel | None, status: ChannelStatus | None, at: Moment) -> Iterator[str]:
    """Deliveries that fail, or are later than they should be."""
    if status is None:
        return
    for name, one in (("snapshots", status.snapshot), ("history", status.history), ("the stream", status.stream)):
        if one.status.upper() == "FAILURE":
            yield f"The delivery of {name} fails: {one.error_code} {one.error_message}".strip() + "."
    period = FREQUENCIES.get(channel.frequency or "") if channel is not None else None
    last = status.snapshot.last_success
    if period is not None and last is not None and at - last > STALE * period:
        yield f"The last snapshot was delivered {to_iso(last)}, though one is due every {period // HOUR} h."


async def _compliance(
    session: Session, estate: Estate, is_now: bool, gaps: list[str], report: Report
) -> tuple[list[Rule], list[Evaluation]]:
    if session.compliance is None or session.recorded:
        return [], list(_then(estate))
    rules = await _told(session.compliance.rules(), [], gaps)
    if not is_now:
        return rules, list(_then(estate))
    found: list[Evaluation] = []
    for number, rule in enumerate(rules):
        report(number, len(rules), "rules")
        found += await _told(session.compliance.details(rule.name, ()), [], gaps)
    return rules, found


def _then(estate: Estate) -> Iterator[Evaluation]:
    """The verdicts that were recorded as items: with no annotation, which is not recorded."""
    return (found for item in estate.verdicts for found in recorded_verdicts(item))


async def _changes(
    session: Session, estate: Estate, begin: Moment, at: Moment, gaps: list[str], report: Report
) -> list[Caused]:
    part = session.resources
    assert part is not None
    changed = [key for key, item in estate.items.items() if begin <= item.capture_time <= at]
    changed += [key for key, time in estate.deleted.items() if begin <= time <= at]
    changed = sorted(key for key in changed if key.resource_type != VERDICT)
    if len(changed) > CHANGED:
        gaps.append(f"{len(changed)} resources changed in the period; the changes of {CHANGED} of them are told.")
        changed = changed[:CHANGED]
    calls = await _calls(session, begin, at, gaps, report)
    found: list[Caused] = []
    for first in range(0, len(changed), AT_A_TIME):
        report(first, len(changed), "histories")
        some = changed[first : first + AT_A_TIME]
        for told in await asyncio.gather(*(_told(_of(part, key, begin, at, calls), [], gaps) for key in some)):
            found += told
    gaps += _off(found, estate)
    return sorted(found, key=lambda one: (-one.captured, one.key))


async def _of(
    part: ResourcesPart, key: ResourceKey, begin: Moment, at: Moment, calls: Sequence[TrailEvent]
) -> list[Caused]:
    """The changes of one resource in the period."""
    items = await part.history(key, begin, at)
    before = await part.history(key, None, begin - 1, 1) if items else []
    found = []
    for place, item in enumerate(items):
        previous = items[place + 1] if place + 1 < len(items) else next(iter(before), None)
        kind = "DELETE" if item.deleted else "CREATE" if previous is None or previous.deleted else "UPDATE"
        fields = (
            [each.path for each in changes(telling(previous), telling(item))] if previous and kind == "UPDATE" else []
        )
        call = _cause(item, previous, calls)
        found.append(
            Caused(
                captured=item.capture_time,
                key=key,
                name=item.label if item.label != item.resource_id else "",
                change=kind,
                fields=tuple(fields),
                event=call.name if call else "",
                user=call.user if call else "",
                address=call.source_ip if call else "",
                agent=call.user_agent if call else "",
                event_id=call.event_id if call else "",
            )
        )
    return found


async def _calls(session: Session, begin: Moment, at: Moment, gaps: list[str], report: Report) -> list[TrailEvent]:
    if session.trail is None:
        gaps.append("Who made the changes is not known: there is no trail here.")
        return []
    report(0, 0, "calls of the trail")
    found = await _told(
        session.trail.lookup(earlier=begin - WITHIN, later=at + SKEW, limit=CALLS, write_only=True), [], gaps
    )
    if len(found) >= CALLS:
        gaps.append(f"Only the newest {CALLS} calls of the period were read: who made older changes is not told.")
    return found


def _cause(
    item: ConfigurationItem, previous: ConfigurationItem | None, calls: Sequence[TrailEvent]
) -> TrailEvent | None:
    """The newest successful call that named the resource, not long before its item and after the item before."""
    begin = item.capture_time - WITHIN
    if previous is not None:
        begin = max(begin, previous.capture_time // SECOND * SECOND)
    arn = item.arn or ""
    names = {item.resource_id, item.resource_name or "", arn, arn.rpartition("/")[2].rpartition(":")[2]} - {""}
    told = [
        event
        for event in calls
        if begin <= event.time <= item.capture_time + SKEW
        and not event.error_code
        and not names.isdisjoint(name for _, name in event.resources)
    ]
    return max(told, key=lambda event: (event.time, event.event_id), default=None)


def _off(found: Sequence[Caused], estate: Estate) -> Iterator[str]:
    """Changes of the recorder itself in the period: recording may have been off in between."""
    for one in found:
        if one.key.resource_type == RECORDER and one.fields:
            yield f"The recorder was changed {to_iso(one.captured)} ({', '.join(one.fields[:3])})."


async def _snapshot(session: Session, channel: DeliveryChannel | None, at: Moment, gaps: list[str]) -> list[Source]:
    """The newest snapshot file up to the moment, with its hash: what was delivered can be held against this."""
    if session.snapshots is None or channel is None:
        return []
    stored = [
        one for one in await _told(session.snapshots.recent(channel, 100, at), [], gaps) if one.delivers == "snapshot"
    ]
    if not stored:
        gaps.append("No snapshot file of this moment or before is among the newest of the bucket.")
        return []
    newest = max(stored, key=lambda one: (one.modified or 0, one.key))
    path = await _told(session.snapshots.download(newest), None, gaps)
    if path is None:
        return []
    from backend.files.comparison import sha256

    digest = await asyncio.to_thread(sha256, path)
    return [Source(kind="snapshot", bucket=newest.bucket, key=newest.key, sha256=digest, moment=newest.modified)]


def _verdict_order(one: Evaluation) -> tuple[bool, str, str, str]:
    return one.compliance != "NON_COMPLIANT", one.rule, one.resource_type, one.resource_id


def _version() -> str:
    try:
        return metadata.version("configscope")
    except metadata.PackageNotFoundError:
        return "of a checkout"

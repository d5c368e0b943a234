"""What the pulse says, in words: pure functions from what was fetched to lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.content import Content

from backend.model.compliance import Rule
from backend.model.cost import Churn, estimate
from backend.model.coverage import Coverage, coverage
from backend.model.delivery import ChannelStatus, DeliveryChannel, DeliveryState, StoredObject
from backend.model.item import ResourceKey
from backend.model.moment import DAY, HOUR, Moment
from backend.model.problem import Problem
from backend.model.recorder import Recorder
from backend.model.trail import TrailEvent
from tui import times
from tui.glyphs import Glyphs
from tui.panes.delivery import frequency_words
from tui.panes.facts import sign, state, words
from tui.panes.recorder import group_words, on_or_off
from tui.panes.spelling import called, counted, kind, short_type
from tui.text import legible
from tui.widgets.entries import Line

if TYPE_CHECKING:
    from backend.files.recent import Recent

_BLOCKS = "▁▂▃▄▅▆▇█"
_ASCII_BLOCKS = ".:-=+*%#"
_DEAREST = 6
"""Types whose price is told where there is room."""
_WORTH = 0.01
"""USD a day from which a saving is worth a word."""
_UNJUDGED = "not known: open FILE --rules RULES judges what the files hold"
_KEPT = 9
"""Cells of the column of names in a line of the delivery and of the rules."""


@dataclass(frozen=True, slots=True)
class Led:
    """Where a line leads: to a pane, and there to a resource."""

    pane_id: str
    resource: ResourceKey | None = None
    about: str = ""
    """What tells lines apart that lead to the same pane: the name of a rule."""


@dataclass
class Findings:
    """What was fetched so far; None is not known yet, a `Problem` says why it never will be."""

    recorder: Recorder | Problem | None = None
    counts: Mapping[str, int] | Problem | None = None
    channel: DeliveryChannel | Problem | None = None
    status: ChannelStatus | None = None
    """None also for the past: AWS Config keeps no states of deliveries."""
    files: Sequence[StoredObject] | Problem | None = None
    """For the past: the newest files that had been delivered by then."""
    rules: Sequence[Rule] | Problem | None = None
    calls: Sequence[TrailEvent] | Problem | None = None
    calls_cut: bool = False
    types: Sequence[str] | Problem | None = None
    """All types that AWS Config can record."""
    churn: Churn | None = None
    """Items by type in the last day, as far as something tells."""
    region: str = ""
    has_account: bool = True
    files_called: str = ""
    """The names of files, where they are what is looked at."""
    recent: Recent | None = None
    """What those hold, in short."""
    remarks: Sequence[str] = ()
    """What has to be said of them."""
    asked: frozenset[str] = field(default_factory=frozenset)
    """The parts that have been answered, also with nothing."""


def recording(found: Findings, now: Moment, signs: Glyphs) -> Iterator[Line]:
    """Is it recording?"""
    to = Led("recorder")
    recorder = found.recorder
    if isinstance(recorder, Problem):
        yield from problem_lines(recorder, "Recording", to, signs)
    elif recorder is None:
        none = "There is no recorder: nothing is recorded." if "recorder" in found.asked else "…"
        yield Line(
            Content.styled(none, "$text-warning" if "recorder" in found.asked else "$text-muted"), "Recording", to
        )
        if "recorder" in found.asked:
            yield Line(Content("U sets one up, with bucket, topic and role."))
    else:
        since = recorder.last_start_time if recorder.recording else recorder.last_stop_time
        age = f"  for {times.length(now - since)}" if since is not None else ""
        yield Line(Content.assemble(on_or_off(recorder, signs), age), "Recording", to)
        told = Content.assemble("records ", group_words(recorder.group))
        if isinstance(found.counts, Mapping):
            total = sum(found.counts.values())
            told = Content.assemble(told, f"; {counted(total, 'resource')} of {counted(len(found.counts), 'type')}")
        yield Line(told, "", Led("snapshots"))
        if recorder.last_error_code or recorder.last_error_message:
            why = f"{recorder.last_error_code} {recorder.last_error_message}".strip()
            yield Line(Content.styled(legible(why), "$text-error"))
    if isinstance(found.counts, Mapping) and not isinstance(recorder, Recorder):
        total = sum(found.counts.values())
        told = Content(f"{counted(total, 'resource')} of {counted(len(found.counts), 'type')}")
        yield Line(told, "", Led("snapshots"))
    elif isinstance(found.counts, Problem):
        yield from problem_lines(found.counts, "", Led("snapshots"), signs)


def delivery(found: Findings, now: Moment, signs: Glyphs) -> Iterator[Line]:
    """When did each delivery last succeed?"""
    to = Led("delivery")
    if isinstance(found.channel, Problem):
        yield from problem_lines(found.channel, "Delivery", to, signs)
        return
    if found.channel is None:
        asked = "channel" in found.asked
        told = "There is no delivery channel: nothing is delivered." if asked else "…"
        yield Line(Content.styled(told, "$text-warning" if asked else "$text-muted"), "Delivery", to)
        return
    status = found.status
    if status is None and "files" in found.asked:
        yield from _delivered_by(found.files, now, signs)
    names = (("snapshot", "Delivery"), ("history", ""), ("stream", ""))
    for part, section in names:
        one: DeliveryState | None = getattr(status, part, None)
        if one is not None:
            about = Led("delivery", about=part)
            yield Line(_delivered(part, one, found.channel, now, signs), section, about)
            if one.error_code or one.error_message:
                why = ": ".join(filter(None, (one.error_code, one.error_message)))
                yield Line(Content.styled(legible(why), "$text-error"))


def _delivered(part: str, one: DeliveryState, channel: DeliveryChannel, now: Moment, signs: Glyphs) -> Content:
    line = Content.assemble(f"{part:<{_KEPT}}", state(one.status, signs))
    if part == "stream":
        if one.status_changed is not None:
            line = Content.assemble(line, (f"  for {times.length(now - one.status_changed)}", "$text-muted"))
        return (
            line
            if channel.topic_arn
            else Content.assemble(f"{part:<{_KEPT}}", (f"{signs.off} no topic: no messages are sent", "$text-muted"))
        )
    if one.last_success is not None:
        line = Content.assemble(line, f"  arrived {times.ago(one.last_success, now)}")
    elif one.status:
        line = Content.assemble(line, ("  never arrived", "$text-error"))
    following = one.next_delivery
    if following is not None:
        line = Content.assemble(line, (f"  next {times.ago(following, now)}", "$text-muted"))
    elif part == "snapshot":
        line = Content.assemble(
            line,
            ("  " + (frequency_words(channel.frequency) if channel.frequency else "on demand only"), "$text-muted"),
        )
    return line


def _delivered_by(files: Sequence[StoredObject] | Problem | None, then: Moment, signs: Glyphs) -> Iterator[Line]:
    """What had arrived by a moment in the past, as the files in the bucket tell."""
    if isinstance(files, Problem):
        yield from problem_lines(files, "Delivery", Led("delivery"), signs)
        return
    for part, section in (("snapshot", "Delivery"), ("history", "")):
        newest = max((one.modified or 0 for one in files or () if one.delivers == part), default=None)
        told = Content.styled("no file of then is there", "$text-muted")
        if newest is not None:
            told = Content(f"arrived {times.ago(newest, then)}")
        yield Line(Content.assemble(f"{part:<{_KEPT}}", told), section, Led("delivery", about=part))


def missing(found: Findings, signs: Glyphs, most: int) -> Iterator[Line]:
    """Which types are not recorded, and what else the record does not tell? At most so many lines."""
    to = Led("recorder", about="types")
    if isinstance(found.recorder, Problem):
        return
    if not isinstance(found.types, Sequence) or "recorder" not in found.asked:
        yield Line(Content.styled("…", "$text-muted"), "Gaps", to)
        return
    known = found.counts if isinstance(found.counts, Mapping) else None
    told = coverage(found.recorder, found.types, known, region=found.region)
    lines = [_covered(told, signs)]
    for gap in told.gaps:
        sign_of, style = (signs.bad, "$text-error") if gap.grave else (signs.warning, "$text-warning")
        lines.append(Content.assemble((f"{sign_of} ", style), legible(gap.what)))
    if len(lines) > max(1, most):
        lines = [*lines[: most - 1], Content.styled(f"{signs.ellipsis} {len(lines) - most + 1} more", "$text-muted")]
    for number, line in enumerate(lines):
        yield Line(line, "" if number else "Gaps", to if not number else None)


def _covered(told: Coverage, signs: Glyphs) -> Content:
    left_out = told.unrecorded
    if not left_out:
        return Content.styled(f"{signs.good} none: every type that can be recorded here is", "$text-success")
    names = ", ".join(short_type(one.resource_type) for one in left_out[:3])
    more = f" and {len(left_out) - 3:,} more" if len(left_out) > 3 else ""
    of = f"{len(left_out):,} of {len(told.types):,} types are not recorded"
    return Content.assemble((f"{signs.warning} {of}", "$text-warning"), f": {names}{more}")


def cost(found: Findings, signs: Glyphs, *, full: bool) -> Iterator[Line]:
    """What does it cost?"""
    to = Led("recorder", about="cost")
    if isinstance(found.recorder, Problem):
        return
    if found.churn is None:
        yield Line(Content.styled("…", "$text-muted"), "Cost", to)
        return
    rules = found.rules if isinstance(found.rules, list) else []
    counts = found.counts if isinstance(found.counts, Mapping) else {}
    told = estimate(found.recorder, found.churn, rules, counts)
    if not told.known:
        why = found.churn.unknown or "nothing tells how many items are recorded"
        yield Line(Content.styled(f"not known: {legible(why)}", "$text-muted"), "Cost", to)
        return
    amount = f"{signs.about} {told.per_day:,.2f} USD a day, {told.per_month:,.2f} a month"
    yield Line(Content.assemble((amount, "bold"), ("  an estimate", "$text-muted")), "Cost", to)
    if not full:
        return
    yield Line(Content.styled(told.basis, "$text-muted"))
    items = f"{told.items:,.0f} items {told.items_price:,.2f}, {told.evaluations:,.0f} evaluations of rules "
    yield Line(
        Content.styled(f"{items}{told.evaluations_price:,.2f}; by {legible(found.churn.rests_on)}", "$text-muted")
    )
    for one in told.types[:_DEAREST]:
        saving = f"  DAILY would save {one.saving:,.2f}" if one.saving >= _WORTH else ""
        name = f"{one.items:>6,.0f}  {short_type(one.resource_type)}"
        yield Line(Content.assemble(name, (f"  {one.price:,.2f}", "$text-muted"), (saving, "$text-warning")))


def broken(found: Findings, signs: Glyphs, most: int) -> Iterator[Line]:
    """What is broken? At most so many lines."""
    to = Led("compliance")
    rules = found.rules
    if isinstance(rules, Problem):
        yield from problem_lines(rules, "Broken", to, signs)
        return
    if rules is None:
        yield Line(Content.styled("…", "$text-muted"), "Broken", to)
        return
    if not rules:
        told = "There are no rules: nothing is checked." if found.has_account else _UNJUDGED
        yield Line(Content.styled(told, "$text-muted"), "Broken", to)
        return
    failing = sorted(
        (rule for rule in rules if rule.compliance == "NON_COMPLIANT"),
        key=lambda rule: (-rule.non_compliant_count, rule.name),
    )
    if not failing:
        well = f"{signs.good} nothing: all {len(rules)} rules hold or have no verdict"
        yield Line(Content.styled(well, "$text-success"), "Broken", to)
        return
    capped = any(rule.count_capped for rule in failing)
    verdicts = f"{counted(sum(rule.non_compliant_count for rule in failing), 'verdict')}{' or more' if capped else ''}"
    told = f"{signs.bad} {len(failing)} of {counted(len(rules), 'rule')}, {verdicts}"
    yield Line(Content.styled(told, "$text-error bold"), "Broken", to)
    shown = failing[: max(0, most - 1)] if len(failing) <= most - 1 else failing[: max(0, most - 2)]
    for rule in shown:
        count = f"{rule.non_compliant_count}{'+' if rule.count_capped else ''}"
        yield Line(
            Content.assemble((f"{count:>5}  ", "$text-error"), legible(rule.name)),
            "",
            Led("compliance", about=rule.name),
        )
    if len(failing) > len(shown) and most > 1:
        yield Line(Content.styled(f"{signs.ellipsis:>5}  {len(failing) - len(shown)} more", "$text-muted"))


def changed(found: Findings, names: Mapping[ResourceKey, str], now: Moment, signs: Glyphs, most: int) -> Iterator[Line]:
    """What changed in 24 hours? At most so many lines, the newest changes first."""
    to = Led("stream")
    calls = found.calls
    if isinstance(calls, Problem):
        yield from problem_lines(calls, "Changed", to, signs)
        return
    if calls is None:
        yield Line(Content.styled("…", "$text-muted"), "Changed", to)
        return
    if not calls:
        told = "nothing in 24 hours, as far as CloudTrail's event history tells"
        yield Line(Content.styled(told, "$text-muted"), "Changed", to)
        return
    more = " or more" if found.calls_cut else ""
    refused = sum(1 for call in calls if call.error_code)
    also = f", {refused} refused" if refused else ""
    told = f"{counted(len(calls) - refused, 'change')}{more}{also} in 24 h  "
    yield Line(Content.assemble((told, "bold"), (bars(hourly(calls, now), signs), "$primary")), "Changed", to)
    by = Counter(call.user or "somebody" for call in calls)
    who = ", ".join(f"{legible(name)} {count}" for name, count in by.most_common(3))
    yield Line(Content.styled(f"by {who}", "$text-muted"))
    for call in calls[: max(0, most - 2)]:
        yield _call(call, names, now, signs)


def subject(call: TrailEvent) -> ResourceKey | None:
    """The resource that a call was about, if it names one by type and id."""
    return next((ResourceKey(*each) for each in call.resources if all(each)), None)


def _call(call: TrailEvent, names: Mapping[ResourceKey, str], now: Moment, signs: Glyphs) -> Line:
    key = subject(call)
    about = f"{kind(key.resource_type)} {legible(called(key, names))}" if key is not None else ""
    failed = Content.styled(f"{signs.bad} refused ", "$text-error") if call.error_code else Content("")
    told = Content.assemble(
        (f"{times.brief(call.time, now):>5} ago  ", "$text-muted"),
        failed,
        (legible(_VERSION.sub("", call.name)), "bold"),
        f"  {about}" if about else "",
        (f"  {legible(call.user)}" if call.user else "", "$text-muted"),
    )
    known = key if key is not None and key in names else None
    return Line(told, "", Led("stream" if known is None else "snapshots", known, call.event_id))


def hourly(calls: Sequence[TrailEvent], now: Moment) -> list[int]:
    """How many changes there were in each of the last 24 hours, the oldest first."""
    hours = [0] * 24
    for call in calls:
        age = (now - call.time) // HOUR
        if 0 <= age < 24:
            hours[23 - age] += 1
    return hours


def bars(hours: Sequence[int], signs: Glyphs) -> str:
    """Numbers as columns, a cell each."""
    most = max(hours)
    blocks = _ASCII_BLOCKS if signs.ascii_only else _BLOCKS
    nothing = " " if signs.ascii_only else "▁"
    if not most:
        return nothing * len(hours)
    return "".join(blocks[(count * (len(blocks) - 1) + most - 1) // most] if count else nothing for count in hours)


def problem_lines(problem: Problem, section: str, to: Led, signs: Glyphs) -> Iterator[Line]:
    """What failed, why and what to do, a line each: none of it may be cut off where it is narrow."""
    yield Line(Content.assemble(sign("FAILURE", signs), " ", words(problem.what, "$text-error")), section, to)
    yield from (Line(words(part, "$text-error")) for part in (problem.why, problem.remedy) if part)


_VERSION = re.compile(r"\d{8}(v\d+)?$")
"""The version of its API that Lambda puts behind the names of its calls."""

WINDOW = DAY
"""How far back the pulse looks for changes."""

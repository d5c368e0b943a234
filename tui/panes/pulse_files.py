"""What the pulse says of files: what they hold, from when to when, what changed at their end, and what they lack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from textual.content import Content

from backend.model.moment import Moment
from backend.model.problem import Problem
from tui import times
from tui.glyphs import Glyphs
from tui.panes.pulse_lines import Findings, Led, bars, problem_lines
from tui.panes.spelling import counted, kind, short_type
from tui.text import legible
from tui.times import Zone
from tui.widgets.entries import Line

_TYPES = 12
"""Types that are told where there is room."""


def holding(found: Findings, now: Moment, zone: Zone, signs: Glyphs) -> Iterator[Line]:
    """Which files, with what in them?"""
    to = Led("snapshots")
    yield Line(Content.styled(legible(found.files_called), "bold"), "Files", to)
    counts = found.counts
    if isinstance(counts, Problem):
        yield from problem_lines(counts, "", to, signs)
        return
    if counts is None:
        yield Line(Content.styled("…", "$text-muted"))
        return
    told = Content(f"{counted(sum(counts.values()), 'resource')} of {counted(len(counts), 'type')}")
    recent = found.recent
    if recent is None:
        yield Line(told)
        return
    more = f", {counted(recent.items, 'item')}" if recent.items != sum(counts.values()) else ""
    yield Line(Content.assemble(told, more))
    yield Line(Content.styled(f"captured {times.full(recent.first, zone)}", "$text-muted"))
    until = f"      to {times.stated(recent.last, zone)}, {times.ago(recent.last, now)}"
    yield Line(Content.styled(until, "$text-muted"))


def lacking(found: Findings, signs: Glyphs, most: int) -> Iterator[Line]:
    """What was left out, and what cannot be known? At most so many lines."""
    if isinstance(found.counts, Mapping):
        lines = [
            Content.assemble((f"{signs.warning} ", "$text-warning"), legible(remark)) for remark in found.remarks
        ] or [Content.styled(f"{signs.good} nothing was left out of what the files hold", "$text-success")]
        if len(lines) > max(1, most):
            lines = [
                *lines[: most - 1],
                Content.styled(f"{signs.ellipsis} {len(lines) - most + 1} more", "$text-muted"),
            ]
        for number, line in enumerate(lines):
            yield Line(line, "" if number else "Gaps")


def types(found: Findings) -> Iterator[Line]:
    """Of which types are there most?"""
    counts = found.counts if isinstance(found.counts, Mapping) else {}
    for number, (name, count) in enumerate(list(counts.items())[:_TYPES]):
        yield Line(Content(f"{count:>7,}  {short_type(name)}"), "" if number else "Types", Led("snapshots", about=name))
    if len(counts) > _TYPES:
        yield Line(Content.styled(f"{'':>7}  {len(counts) - _TYPES} more", "$text-muted"))


def changed(found: Findings, now: Moment, signs: Glyphs, most: int) -> Iterator[Line]:
    """What changed in the last 24 hours of the files? At most so many lines, the newest changes first."""
    recent = found.recent
    if recent is None:
        return
    told = f"{counted(recent.changes, 'item')} in the last 24 h of them  "
    yield Line(Content.assemble((told, "bold"), (bars(recent.hours, signs), "$primary")), "Changed", Led("snapshots"))
    for change in recent.newest[: max(0, most - 1)]:
        age = f"{times.brief(change.captured, now):>5} ago  "
        name = legible(change.name or change.key.resource_id)
        gone = (f"  {signs.bad} deleted", "$text-warning") if change.deleted else ""
        line = Content.assemble((age, "$text-muted"), (kind(change.key.resource_type), "bold"), f"  {name}", gone)
        yield Line(line, "", Led("snapshots", change.key, f"{change.captured}"))

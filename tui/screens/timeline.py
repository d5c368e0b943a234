"""The timeline of a resource: its items on a line and in a list, who caused each, and what differs between two.

The item under the cursor is compared with the marked one, or with the one before it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from backend.client.session import Session
from backend.model.estate import VERDICT
from backend.model.item import ConfigurationItem, ResourceKey
from backend.model.moment import DAY, Moment, to_iso
from backend.model.problem import Problem
from backend.model.trail import TrailEvent
from tui import marks, times
from tui.glyphs import Glyphs
from tui.marks import Mark
from tui.restyling import flip
from tui.screens.timeline_rows import IGNORED, SIGNS, Line, Stage, kind_sign, lines, stages
from tui.text import legible
from tui.widgets.axis import Axis, Tick
from tui.widgets.columns import Column
from tui.widgets.json_nodes import value_text
from tui.widgets.lines import Cell
from tui.widgets.table import BigTable
from tui.work import begin
from tui.workspace import Workspace

MOST = 1_000
"""Items that are shown; the newest of a period that has more."""

_VALUE_SHOWN = 400
"""Characters of a changed value that can come to show in a cell."""

_AROUND = 8
"""Items on either side of the cursor whose callers are looked for."""

_RESTED = 0.15
"""Seconds the cursor rests before callers are looked for: CloudTrail takes two lookups in a second."""

_TRAIL_KEEPS = 90 * DAY

_REFUSED = "the trail cannot be asked: "


@dataclass(frozen=True, slots=True)
class Period:
    """From when to when items are shown; None: from the first one, until now."""

    earlier: Moment | None = None
    later: Moment | None = None


WHOLE = Period()


def read_period(text: str, now: Moment, zone: times.Zone) -> Period:
    """`2026-03-01..2026-03-07`, `-7d..now`, `-7d`, `all`. Raises `ValueError` with a sentence."""
    words = text.strip()
    if words.casefold() in ("all", ""):
        return WHOLE
    begin, dots, end = words.partition("..")
    earlier = times.read_moment(begin, now, zone) if begin.strip() else None
    later = times.read_moment(end, now, zone) if dots else None
    if earlier is not None and later is not None and earlier > later:
        raise ValueError(f"This period ends before it begins: {times.stated(earlier, zone)} is the later one.")
    return Period(earlier, later)


class Timeline(Vertical):
    """The items of one resource. Whoever owns it loads it (`load`) and tells it the moment looked at (`show_place`)."""

    DEFAULT_CSS = """
    Timeline { height: 1fr; width: 1fr; }
    Timeline > #timeline-note { height: auto; display: none; padding: 0 1; color: $text-warning; }
    Timeline > #timeline-note.-shown { display: block; }
    Timeline > #timeline-items { height: 1fr; }
    Timeline > #timeline-who { height: 2; padding: 0 1; background: $surface; color: $text; }
    Timeline > #timeline-changes { height: 1fr; min-height: 5; }
    Timeline.-tall > #timeline-changes { height: 2fr; }
    """

    class Chosen(Message):
        """The person wants everything to be shown as of an item; None: it is the newest, so as of now."""

        def __init__(self, moment: Moment | None) -> None:
            super().__init__()
            self.moment = moment

    class Asked(Message):
        """The person wants to read a difference in full."""

        def __init__(self, line: Line) -> None:
            super().__init__()
            self.line = line

    def __init__(self, workspace: Workspace, signs: Glyphs) -> None:
        super().__init__()
        self._workspace = workspace
        self._signs = signs
        self._key: ResourceKey | None = None
        self.period = WHOLE
        self.stages: list[Stage] = []
        self.changes_shown: list[Line] = []
        self._told: Sequence[str] = ()
        """What the files say of the resource besides its items."""
        self._opened: frozenset[str] = frozenset()
        self._causes: dict[tuple[Moment, str], TrailEvent | str] = {}
        self._note = Static(Content(""), id="timeline-note")
        self._axis = Axis(lambda moment: times.stated(moment, workspace.zone)[:16] + f" {workspace.zone.name}")
        self.items: BigTable[Stage] = BigTable(
            (
                Column("kind", "", width=1, sortable=False),
                Column("time", times.titled("captured", workspace.zone), width=19, sortable=False),
                Column("age", "", width=14, drop=4, sortable=False),
                Column("status", "status", minimum=18, maximum=27, drop=3, sortable=False),
                Column("count", "n", width=4, right=True, sortable=False),
                Column("who", "who", minimum=15, maximum=44, weight=2, drop=2, sortable=False),
                Column("what", "what changed", minimum=30, weight=3, sortable=False),
            ),
            self._item_cells,
            key=lambda stage: stage.key,
            empty="…",
            id="timeline-items",
        )
        self._who = Static(Content(""), id="timeline-who")
        self.changes: BigTable[Line] = BigTable(
            (
                Column("kind", "", width=1, sortable=False),
                Column("path", "field", minimum=16, weight=2, shorten="start", sortable=False),
                Column("before", "before", minimum=10, weight=2, shorten="middle", sortable=False),
                Column("after", "after", minimum=10, weight=2, shorten="middle", sortable=False),
            ),
            self._change_cells,
            key=lambda line: line.key,
            empty="",
            id="timeline-changes",
        )

    def compose(self) -> ComposeResult:
        yield self._note
        yield self._axis
        yield self.items
        yield self._who
        yield self.changes

    def on_mount(self) -> None:
        workspace = self._workspace
        self.items.show_marks(lambda stage: self._mark_of(stage) in workspace.marks)
        workspace.marks_changed.subscribe(self, lambda _: self.compare())
        workspace.noise_changed.subscribe(self, lambda _: self.compare())
        workspace.zone_changed.subscribe(self, lambda _: self.compare())

    def on_resize(self) -> None:
        flip(self, "-tall", self.size.height >= 26)

    # Loading

    def clear(self, key: ResourceKey | None) -> None:
        """Another resource is to be shown; its items are on their way."""
        self._key = key
        self.period = WHOLE
        self._causes.clear()
        self._opened = frozenset()
        self.stages = []
        self._told = ()
        self.items.set_empty("…")
        self._show_stages()

    async def load(self, session: Session, key: ResourceKey) -> None:
        """Fetch the items of the period and show them. Raises `Problem`."""
        if session.resources is None:
            return
        period = self.period
        history = await session.resources.history(key, period.earlier, period.later, limit=MOST)
        if not history and period == WHOLE:
            item = await session.resources.item(key)
            history = [item] if item is not None else []
        if key == self._key and period == self.period:
            self._told = session.told_of(key) if session.told_of is not None else ()
            self.take(history)

    def take(self, history: Sequence[ConfigurationItem]) -> None:
        """Show these items, newest first."""
        self.items.set_empty(
            "No items are known." if self.period == WHOLE else "No item is of this period. :history all shows all."
        )
        known = {stage.key: stage for stage in self.stages}
        # An item is what it was; what was worked out about it stays, unless one came to light before it.
        fresh = stages(history)
        self.stages = [
            old if (old := known.get(stage.key)) is not None and old.first == stage.first else stage for stage in fresh
        ]
        self._show_stages()

    def _show_stages(self) -> None:
        self.items.set_list(self.stages)
        self._axis.display = bool(self.stages)
        if self.stages:
            oldest = self.stages[-1].item.capture_time
            begin = oldest if self.period.earlier is None else self.period.earlier
            newest = self.stages[0].item.capture_time
            end = max(newest, self._workspace.now() if self.period.later is None else self.period.later)
            self._axis.show([self._tick(stage) for stage in reversed(self.stages)], begin, end)
        self._say_note()
        self.compare()

    def _tick(self, stage: Stage) -> Tick:
        sign, style = SIGNS[stage.kind]
        sign = getattr(self._signs, "on" if stage.kind == "UPDATE" else sign)
        return Tick(stage.item.capture_time, sign, style, gap=stage.item.deleted)

    def _say_note(self) -> None:
        said = []
        period, zone = self.period, self._workspace.zone
        if period != WHOLE:
            begin = times.stated(period.earlier, zone) if period.earlier is not None else "the first item"
            end = times.stated(period.later, zone) if period.later is not None else "now"
            said.append(f"Only from {begin} to {end}. :history all shows all.")
        if len(self.stages) >= MOST:
            said.append(f"Only the newest {MOST:,} items are shown: :history from..to shows a period.")
        said += self._told
        self._note.update(Content(legible(" ".join(said))))
        self._note.set_class(bool(said), "-shown")

    # Where one is

    def show_place(self, item: ConfigurationItem) -> None:
        """Put the cursor on the item of the moment looked at, where the period has it."""
        place = next((place for place, stage in enumerate(self.stages) if stage.key == Stage(item, None).key), None)
        if place is not None and place != self.items.cursor:
            self.items.put_cursor(place)
            self.compare()
            self.look_for_callers()

    @property
    def current(self) -> Stage | None:
        return self.items.current

    @property
    def other(self) -> ConfigurationItem | None:
        """What the item under the cursor is compared with: the marked one, else the one before it."""
        stage = self.current
        if stage is None:
            return None
        marked = self._marked
        return marked.item if marked is not None else stage.before

    @property
    def _marked(self) -> Stage | None:
        """The item that was marked last, of those that are shown, but for the one under the cursor."""
        return next(
            (
                stage
                for mark in reversed(list(self._workspace.marks))
                for stage in self.stages
                if stage is not self.current and mark == self._mark_of(stage)
            ),
            None,
        )

    def _mark_of(self, stage: Stage) -> Mark:
        return marks.of_item(stage.item.key, stage.item.capture_time, self._workspace.zone, stage.item.label)

    def markable(self) -> Mark | None:
        """What `m` marks: the item under the cursor."""
        return self._mark_of(self.current) if self.current is not None else None

    def copy_text(self) -> str:
        """What `y` copies: the value after of the difference under the cursor, else the id of the call."""
        line = self.changes.current
        if self.changes.has_focus and line is not None:
            return value_text(line.value if line.change is None else line.change.after or line.change.before)
        stage = self.current
        cause = self._causes.get(stage.key) if stage is not None else None
        if isinstance(cause, TrailEvent):
            return cause.event_id
        return (stage.item.arn or stage.item.resource_id) if stage is not None else ""

    def noise_path(self) -> str:
        """The field under the cursor, where the differences have the focus."""
        line = self.changes.current if self.changes.has_focus else None
        return line.path if line is not None else ""

    # What differs

    def compare(self) -> None:
        """Show what differs between the item under the cursor and the other one."""
        stage, other = self.current, self.other
        if stage is None or other is None:
            none = "There is no item before it to compare with." if stage is not None else ""
            self.changes.set_empty(none)
            self.changes_shown = []
            self.changes.set_list(())
            self._title_changes(None, None)
        else:
            before, after = sorted((other, stage.item), key=lambda item: item.capture_time)
            self._title_changes(before, after)
            self.changes.set_empty("Nothing of substance differs.")
            self.changes_shown = lines(before, after, self._workspace.noise, self._opened)
            self.changes.set_list(self.changes_shown)
        self._point(other)
        self._say_who()
        self.items.refresh()

    def _point(self, other: ConfigurationItem | None) -> None:
        count = len(self.stages)
        place = next((place for place, stage in enumerate(self.stages) if stage.item is other), None)
        self._axis.point(
            count - 1 - self.items.cursor if count else None, count - 1 - place if place is not None else None
        )

    # Who

    def look_for_callers(self) -> None:
        """Look for the calls behind the items near the cursor, those that are not known yet."""
        begin(self, self._look_for_callers, "timeline-who")

    async def _look_for_callers(self) -> None:
        await asyncio.sleep(_RESTED)
        session, at = self._workspace.session, self.items.cursor
        near = sorted(range(max(0, at - _AROUND), min(len(self.stages), at + _AROUND + 1)), key=lambda n: abs(n - at))
        for stage in [self.stages[number] for number in near]:
            if stage.key in self._causes or session is None:
                continue
            self._causes[stage.key] = found = await self._caller(session, stage)
            self._say_who()
            self.items.refresh()
            if isinstance(found, str) and found.startswith(_REFUSED):
                return

    async def _caller(self, session: Session, stage: Stage) -> TrailEvent | str:
        """The call behind an item, or why it is not known."""
        if session.trail is None:
            return "not known: a file holds no trail"
        if stage.item.capture_time < self._workspace.now() - _TRAIL_KEEPS:
            return "not known: the trail keeps 90 days"
        try:
            event = await session.trail.cause(stage.item, stage.before)
        except Problem as problem:
            self._workspace.remember("Timeline", problem)
            return f"{_REFUSED}{problem}"
        if event is not None:
            return event
        if stage.item.resource_type == VERDICT:
            return "not known: a rule judged anew, without a call that names the resource"
        if stage.first:
            return "not known: the first item, found when recording began or made before the trail tells"
        return "not known: no call in the trail names this resource then; some changes are no calls"

    def _say_who(self) -> None:
        stage = self.current
        if stage is None:
            self._who.update(Content(""))
            return
        zone = self._workspace.zone
        cause = self._causes.get(stage.key)
        if isinstance(cause, TrailEvent):
            told = Content.assemble(
                (legible(cause.name), "bold"),
                " by ",
                (legible(cause.user or "nobody named"), "bold"),
                f" at {times.stated(cause.time, zone)}",
                f" from {legible(cause.source_ip)}" if cause.source_ip else "",
                f" with {legible(cause.user_agent)}" if cause.user_agent else "",
            )
        else:
            told = Content.styled(f"who: {legible(cause or 'looking in the trail …')}", "$text-muted")
        self._who.update(told)

    def _title_changes(self, before: ConfigurationItem | None, after: ConfigurationItem | None) -> None:
        """Say in the titles of the differences which two items they are of."""
        zone, marked = self._workspace.zone, self._marked
        titles = {"before": "before", "after": "after"}
        for name, item in (("before", before), ("after", after)):
            if item is not None:
                is_marked = marked is not None and marked.item is item
                titles[name] = f"{'marked' if is_marked else name} {times.full(item.capture_time, zone)[5:16]}"
        columns = [replace(column, title=titles.get(column.key, column.title)) for column in self.changes.columns]
        if tuple(columns) != self.changes.columns:
            self.changes.set_columns(columns)

    # Drawing

    def _item_cells(self, stage: Stage) -> tuple[Cell, ...]:
        item, noise = stage.item, self._workspace.noise
        told = [change for change in stage.changes if not noise.hides(change.path)]
        ignored = len(stage.changes) - len(told)
        paths = ", ".join(change.path for change in told[:8])
        what = "first item known" if stage.first else paths or "nothing of substance"
        if stage.again:
            what = "made again after its deletion"
        elif item.deleted:
            what = "deleted"
        cause = self._causes.get(stage.key)
        unknown = Content.styled(self._signs.nothing, "$text-muted")
        who = "" if cause is None else unknown if isinstance(cause, str) else f"{cause.name}  {cause.user}"
        return (
            kind_sign(stage.kind, self._signs),
            times.full(item.capture_time, self._workspace.zone),
            Content.styled(times.ago(item.capture_time, self._workspace.now()), "$text-muted"),
            Content.styled(legible(item.status), "$text-error") if item.deleted else item.status,
            str(len(told)) if told else "",
            who,
            f"{what}  ({ignored} ignored)" if ignored else what,
        )

    def _change_cells(self, line: Line) -> tuple[Cell, ...]:
        if line.kind == "group":
            return self._group_cells(line)
        if line.change is None:
            value = Content.styled(legible(value_text(line.value)[:_VALUE_SHOWN]), "$text-muted")
            return " ", Content.styled(f"  {legible(line.path)}", "$text-muted"), value, value
        change = line.change
        nothing = Content.styled(self._signs.nothing, "$text-muted")
        return (
            kind_sign(change.kind, self._signs) if line.kind == "change" else Content(self._signs.bullet),
            f"  {change.path}",
            nothing if change.before is None else value_text(change.before)[:_VALUE_SHOWN],
            nothing if change.after is None else value_text(change.after)[:_VALUE_SHOWN],
        )

    def _group_cells(self, line: Line) -> tuple[Cell, ...]:
        fold = self._signs.unfolded if line.opened else self._signs.folded
        if line.group == IGNORED:
            return fold, Content.styled(f"{line.changed} ignored", "$text-muted"), "", ""
        changed = f"{line.changed} changed" if line.changed else ""
        same = f"{line.same} field{'' if line.same == 1 else 's'} the same" if line.same else ""
        name = Content.styled(line.group, "bold" if line.changed else "$text-muted")
        return fold if line.same else " ", name, changed, Content.styled(same, "$text-muted")

    # What the person does

    @on(Axis.Reached)
    def _clicked(self, event: Axis.Reached) -> None:
        event.stop()
        self.items.go_to(len(self.stages) - 1 - event.number)

    @on(BigTable.Highlighted, "#timeline-items")
    def _reached(self, event: BigTable.Highlighted) -> None:
        event.stop()
        self.compare()
        self.look_for_callers()

    @on(BigTable.Highlighted, "#timeline-changes")
    def _passed(self, event: BigTable.Highlighted) -> None:
        event.stop()

    @on(BigTable.Selected, "#timeline-items")
    def _chosen(self, event: BigTable.Selected) -> None:
        event.stop()
        newest = event.index == 0 and self.period.later is None
        self.post_message(self.Chosen(None if newest else event.row.item.capture_time))

    @on(BigTable.Selected, "#timeline-changes")
    def _opened_line(self, event: BigTable.Selected) -> None:
        event.stop()
        line: Line = event.row
        if line.kind == "group":
            self._opened ^= {line.group}
            self.compare()
        else:
            self.post_message(self.Asked(line))

    def export(self) -> tuple[str, str]:
        """The items shown, each with what changed and who caused it as far as that is known."""
        return "json", json.dumps([self._record(stage) for stage in self.stages], indent=2, default=str)

    def _record(self, stage: Stage) -> dict[str, object]:
        cause = self._causes.get(stage.key)
        called = cause if isinstance(cause, TrailEvent) else None
        return {
            "resourceType": stage.item.resource_type,
            "resourceId": stage.item.resource_id,
            "captureTime": to_iso(stage.item.capture_time),
            "status": stage.item.status,
            "changeType": stage.kind,
            "changes": [
                {
                    "path": change.path,
                    "changeType": change.kind,
                    "before": change.before,
                    "after": change.after,
                    "ignored": self._workspace.noise.hides(change.path),
                }
                for change in stage.changes
            ],
            "cause": None
            if called is None
            else {
                "eventId": called.event_id,
                "eventName": called.name,
                "eventTime": to_iso(called.time),
                "user": called.user,
                "sourceIPAddress": called.source_ip,
                "userAgent": called.user_agent,
            },
            "causeNote": cause if isinstance(cause, str) else None,
        }

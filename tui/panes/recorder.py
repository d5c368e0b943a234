"""The recorder pane: is anything recorded, what, since when, and how many resources of each type (REC-11)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from backend.model.cost import Churn, Estimate, estimate
from backend.model.coverage import Coverage, Gap, TypeCoverage, coverage
from backend.model.moment import Moment
from backend.model.problem import Denied, Refused
from backend.model.recorder import LinkedRecorder, Recorder, RecordingGroup
from backend.model.recorder_document import write_recorder
from backend.model.retention import LONGEST
from tui.glyphs import Glyphs
from tui.panes.facts import NOTHING, Fact, Facts, moment, state, words
from tui.panes.pane import Pane
from tui.panes.recorded_types import COLUMNS, VIEWS, TypeRow, cells, heading, matching, rows
from tui.panes.spelling import counted, short_type
from tui.times import Zone
from tui.widgets.table import BigTable
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.client.session import RecorderPart, Session

TALL = 18
"""From this many rows on there is room for some gaps in full."""

_WHILE_STOPPED = "What changes now leaves no item, no message and no verdict, and cannot be told later. s starts it."
_WHILE_STOPPED_SHORT = "What changes now leaves no trace."

_LINKED = "AWSConfigurationRecorderFor"
"""How the names of the recorders of AWS services begin."""


class RecorderPane(Pane):
    """The one customer recorder of the region, and what it has found."""

    LOADS_HIDDEN = True
    THEN = "As its own item told it then; errors and other recorders are not kept."

    DEFAULT_CSS = """
    RecorderPane #recorder-facts { height: auto; max-height: 60%; scrollbar-size-vertical: 1; }
    RecorderPane #recorder-heading { height: auto; max-height: 4; padding: 0 1; background: $surface; }
    RecorderPane #recorder-types { min-height: 3; }
    """

    class TypeOpened(Message):
        """The resources of a type are to be shown."""

        def __init__(self, resource_type: str) -> None:
            super().__init__()
            self.resource_type = resource_type

    def __init__(self, workspace: Workspace, pane_id: str, name: str, number: int) -> None:
        super().__init__(workspace, pane_id, name, number)
        self.recorder: Recorder | None = None
        self.coverage = Coverage(types=(), recording=False)
        self.view = VIEWS[0]
        self._linked: tuple[LinkedRecorder, ...] = ()
        self._kept = self._kept_refusal = ""
        """How long items are kept, in words; why it could not be asked."""
        self._refusal = ""
        """Why the recorders of AWS services could not be listed; told once, not at every load."""
        self._counts: Mapping[str, int] | None = None
        """None until they are known."""
        self._known_types: tuple[str, ...] = ()
        self._churn: Churn | None = None
        self._estimate: Estimate | None = None
        self._filter = ""
        self._told = ""
        self._shown: list[TypeRow] = []
        self._facts = Facts()
        self._scroll = VerticalScroll(self._facts, id="recorder-facts", can_focus=False)
        self._heading = Static(Content(""), id="recorder-heading")
        self._table: BigTable[TypeRow] = BigTable(
            COLUMNS[self.view],
            lambda row: cells(self.view, row),
            key=lambda row: row.resource_type,
            empty="",
            id="recorder-types",
        )

    def body(self) -> ComposeResult:
        yield self._scroll
        yield self._heading
        yield self._table

    def main_part(self) -> Widget:
        return self._table

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)

    def on_resize(self) -> None:
        if self.recorder is not None:
            self._show_facts(self.recorder)

    async def load(self, session: Session) -> None:
        if session.recorder is not None:
            self.recorder = await session.recorder.get()
            self.show()
            self._linked = await self._others(session.recorder)
            await self._read_retention(session.recorder)
        if session.resources is not None:
            if session.recorder is not None and not self._known_types:
                self._known_types = await session.resources.types()
                self.show()
            self._counts = await session.resources.counts()
        if session.recorder is None:
            self._show_file()
        else:
            self.show()
            if self.view == "cost":
                await self._reckon(session)

    async def _reckon(self, session: Session) -> None:
        """What it costs, by what was recorded in the last day."""
        from backend.client.churn import churn  # it reads files, which nothing needs before this is asked

        self._churn = await churn(session, self.workspace.now())
        rules = await session.compliance.rules() if session.compliance is not None else []
        self._estimate = estimate(self.recorder, self._churn, rules, self._counts)
        self._show_types()

    async def _others(self, part: RecorderPart) -> tuple[LinkedRecorder, ...]:
        """The recorders of AWS services; who may not list them, or cannot, sees the customer's all the same."""
        try:
            return await part.linked()
        except (Denied, Refused) as problem:
            if str(problem) != self._refusal:
                self._refusal = str(problem)
                self.workspace.remember(self.pane_name, problem)
            return ()

    async def _read_retention(self, part: RecorderPart) -> None:
        """How long items are kept; who may not ask sees all else."""
        try:
            self._kept = kept_words(await part.retention())
        except (Denied, Refused) as problem:
            self._kept = ""
            if str(problem) != self._kept_refusal:
                self._kept_refusal = str(problem)
                self.workspace.remember(self.pane_name, problem)

    def _tick(self) -> None:
        """Ages grow while nothing else happens."""
        if self.recorder is not None and self.is_on_screen:
            self._show_facts(self.recorder)

    def _show_facts(self, recorder: Recorder) -> None:
        then = self.workspace.selection.view.moment is not None
        facts = recorder_facts(recorder, self.workspace.looked_at_from, self.signs, self.workspace.zone, then=then)
        gaps = gap_facts(self.coverage.gaps, 3 if self.size.height >= TALL else 1)
        kept = [Fact("kept", words(self._kept))] if self._kept and not then else []
        self._facts.show([*facts, *kept, *linked_facts(self._linked), *gaps])

    def show(self) -> None:
        """Show the recorder as last fetched, with ages of this moment."""
        session = self.workspace.session
        region = session.region if session is not None else ""
        self.coverage = coverage(self.recorder, self._known_types, self._counts, region=region)
        if self.recorder is None:
            told = "There is no recorder in this region: nothing is recorded. U sets AWS Config up."
            self._facts.show([Fact("", Content(told)), *linked_facts(self._linked)])
            none = Content(f"{self.signs.off} none").stylize("$text-warning")
            self.retitle(none, none[:1])
        else:
            self._show_facts(self.recorder)
            told_state = on_or_off(self.recorder, self.signs)
            self.retitle(told_state, told_state[:1])
        self._show_types()

    def _show_file(self) -> None:
        self._facts.show([Fact("", Content("A file has no recorder. It holds:").stylize("$text-muted"))])
        types = tuple(
            TypeCoverage(resource_type=name, recorded=True, count=count) for name, count in (self._counts or {}).items()
        )
        self.coverage = Coverage(types=types, recording=False)
        self._show_types()
        self.retitle(Content(f"{self.signs.off} file").stylize("$text-muted"))

    # The list of types

    def _show_types(self) -> None:
        found = rows(self.view, self.coverage, self._estimate)
        self._shown = matching(found, self._filter)
        words_ = self._filter.casefold().split()
        self._table.set_match(words_[0] if len(words_) == 1 else "")
        self._table.set_empty(self._nothing(bool(found)))
        at_top = self._table.cursor == 0
        self._table.set_list(self._shown)
        if at_top:
            self._table.put_cursor(0)
        told = heading(self.view, self.coverage, len(self._shown), self._estimate, self._churn)
        if told.markup != self._told:
            self._told = told.markup
            self._heading.update(told)

    def _nothing(self, filtered: bool) -> str:
        if filtered:
            return "No type has these words in its name; esc shows all."
        return {
            "recorded": "No type is recorded.",
            "not recorded": "Every type that can be recorded here is recorded.",
            "cost": "No item was recorded in the last day." if self._churn and self._churn.known else "",
        }.get(self.view, "")

    def turn(self, word: str = "") -> None:
        """The next view of the list, or the one that was named."""
        named = next((view for view in VIEWS if word and view.startswith(word.lower())), "")
        self.view = named or VIEWS[(VIEWS.index(self.view) + 1) % len(VIEWS)]
        self._table.set_columns(COLUMNS[self.view])
        self._show_types()
        self._table.go_to(0)
        if self.view == "cost":
            self.reload()

    @on(BigTable.Selected)
    def opened(self, event: BigTable.Selected) -> None:
        event.stop()
        self.post_message(self.TypeOpened(event.row.resource_type))

    def filter_text(self) -> str | None:
        return self._filter

    def filter_note(self) -> str:
        return f"{len(self._shown):,} of {len(rows(self.view, self.coverage, self._estimate)):,}"

    def apply_filter(self, text: str) -> None:
        self._filter = text
        self._show_types()
        self.retitle()

    def copy_text(self) -> str:
        row = self._table.current
        return row.resource_type if row is not None else self.recorder.role_arn if self.recorder else ""

    def export(self) -> tuple[str, str]:
        """The recorder as DescribeConfigurationRecorders tells it, and the counts."""
        recorder = self.recorder
        return "json", json.dumps(
            {
                "recorder": None
                if recorder is None
                else {
                    **write_recorder(recorder),
                    "recording": recorder.recording,
                    "lastStatus": recorder.last_status,
                },
                "serviceLinkedRecorders": [
                    {"name": each.name, "servicePrincipal": each.principal} for each in self._linked
                ],
                "resourceCounts": dict(self._counts or {}),
                "gaps": [gap.what for gap in self.coverage.gaps],
                "types": [
                    {
                        "resourceType": one.resource_type,
                        "recorded": one.recorded,
                        "frequency": one.frequency,
                        "why": one.why,
                    }
                    for one in self.coverage.types
                ],
            },
            indent=2,
        )


def on_or_off(recorder: Recorder, signs: Glyphs) -> Content:
    """Recording or not, by sign, word and colour."""
    if not recorder.recording:
        return Content(f"{signs.off} stopped").stylize("$text-warning bold")
    if recorder.last_status.upper() == "FAILURE":
        return Content(f"{signs.bad} recording fails").stylize("$text-error bold")
    return Content(f"{signs.on} recording").stylize("$text-success bold")


def recorder_facts(recorder: Recorder, now: Moment, signs: Glyphs, zone: Zone, *, then: bool = False) -> Iterator[Fact]:
    """The facts of a recorder, the most asked first. `then`: as its item told it, which knows no status."""
    yield Fact("name", Content.assemble(words(recorder.name), "  ", on_or_off(recorder, signs)))
    status = Content("not kept").stylize("$text-muted") if then else state(recorder.last_status, signs)
    yield Fact("status", status)
    if recorder.last_error_code or recorder.last_error_message:
        yield Fact("error", words(f"{recorder.last_error_code} {recorder.last_error_message}".strip(), "$text-error"))
    yield moment("started", recorder.last_start_time, now, zone)
    if recorder.last_stop_time is not None:
        yield moment("stopped", recorder.last_stop_time, now, zone)
    if not recorder.recording and not then:
        yield Fact("gap", words(_WHILE_STOPPED, "$text-warning"), short=(words(_WHILE_STOPPED_SHORT, "$text-warning"),))
    yield Fact("records", group_words(recorder.group))
    if recorder.overrides or recorder.frequency not in ("", "CONTINUOUS"):
        yield Fact("frequency", Content("; ").join(mode_words(recorder)))
    yield Fact("role", words(recorder.role_arn), short=(words(recorder.role_arn.rpartition("/")[2]),), middle=True)


def kept_words(days: int | None) -> str:
    """How long items are kept, in days and where that says more in years."""
    if days is None:
        return "7 years, as without a setting"
    return "7 years" if days == LONGEST else counted(days, "day")


def mode_words(recorder: Recorder) -> Iterator[Content]:
    """How often a recorder records: its own frequency, then that of the types which have another."""
    yield words(recorder.frequency.lower())
    for override in recorder.overrides:
        types = words(", ".join(map(short_type, override.resource_types)))
        yield Content.assemble(words(override.frequency.lower()), " for ", types)


def linked_facts(linked: Sequence[LinkedRecorder]) -> Iterator[Fact]:
    """The recorders of AWS services, which the customer cannot change."""
    names = [each.name.removeprefix(_LINKED) for each in linked]
    if names:
        yield Fact("linked", words(", ".join(names)), short=(words(counted(len(names), "AWS service")),))


def group_words(group: RecordingGroup) -> Content:
    """The recording group as a sentence."""
    if group.excluded_types:
        return Content.assemble("all types but ", words(", ".join(short_type(name) for name in group.excluded_types)))
    if group.all_supported:
        return Content("all types + global" if group.include_global else "all types but global")
    if not group.resource_types:
        return NOTHING
    return Content.assemble("only ", words(", ".join(short_type(name) for name in group.resource_types)))


def gap_facts(gaps: Sequence[Gap], most: int) -> Iterator[Fact]:
    """What the record will not tell, at most so many; the recorder's own state is told elsewhere."""
    told = [gap for gap in gaps if not gap.grave]
    for number, gap in enumerate(told[:most]):
        more = f"; {len(told) - most} more" if number == most - 1 and len(told) > most else ""
        yield Fact("gap", words(f"{gap.what}{more}", "$text-warning"))

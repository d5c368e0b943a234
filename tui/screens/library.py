"""The library of managed rules: searched as one types, with what each needs, how it decides, and how it stands here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from backend.model.compliance import Rule
from backend.model.problem import Problem
from tui import glyphs, library
from tui.glyphs import Glyphs
from tui.library import Entry
from tui.panes.facts import Fact, Facts, sign, state, words
from tui.panes.spelling import counted, kind, short_type
from tui.plain.output import csv_text
from tui.restyling import flip
from tui.screens.filtered import FilteredScreen
from tui.screens.title import TitleBar
from tui.text import legible
from tui.widgets.columns import Column
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.lines import Cell
from tui.widgets.scroll import Scroll
from tui.widgets.table import BigTable
from tui.work import begin
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.client.session import CompliancePart
    from backend.rules.catalogue import Parameter

BESIDE = 110
"""From this many columns on the rule under the cursor stands beside the list, not below."""

_WORST = {"NON_COMPLIANT": 0, "INSUFFICIENT_DATA": 1, "COMPLIANT": 2, "NOT_APPLICABLE": 3}
_TRIGGERS = {
    "change": "when a resource changes",
    "periodic": "on a schedule: every 24 hours, unless put otherwise",
    "both": "when a resource changes, and on a schedule",
}


class LibraryScreen(FilteredScreen):
    """The page: all managed rules, those that most packs name first."""

    PLACE: ClassVar[str] = "library"
    DEFAULT_CSS = """
    LibraryScreen { layout: vertical; }
    LibraryScreen #library-heading {
        height: 1; padding: 0 1; background: $surface; text-wrap: nowrap; text-overflow: ellipsis;
    }
    LibraryScreen #library-body { height: 1fr; layout: vertical; }
    LibraryScreen BigTable { height: 1fr; }
    LibraryScreen VerticalScroll {
        height: 45%; max-height: 11; border-top: solid $panel-lighten-1; scrollbar-size-vertical: 1;
    }
    LibraryScreen VerticalScroll:focus { border-top: solid $accent; }
    LibraryScreen.-beside #library-body { layout: horizontal; }
    LibraryScreen.-beside BigTable { width: 3fr; }
    LibraryScreen.-beside VerticalScroll {
        width: 2fr; height: 1fr; max-height: 100%; border-top: none; border-left: solid $panel-lighten-1;
    }
    LibraryScreen.-beside VerticalScroll:focus { border-top: none; border-left: solid $accent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Out", id="library.leave", show=False)]

    def __init__(self, workspace: Workspace, put: Callable[[str], None], search: str = "") -> None:
        """`put` opens the form of the rule with an identifier."""
        super().__init__()
        self._put = put
        self._workspace = workspace
        self._filter = search
        self._entries: Sequence[Entry] = ()
        self._shown: Sequence[Entry] = ()
        self._there: Mapping[str, Sequence[Rule]] = {}
        self._unasked = ""
        """Why it is not known which rules the account has."""
        self._heading = Static(Content(""), id="library-heading")
        self._table: BigTable[Entry] = BigTable(
            (
                Column("there", "", width=1, sortable=False),
                Column("name", "rule", minimum=30, weight=4, shorten="middle", sortable=False),
                Column("trigger", "trigger", width=8, drop=2, sortable=False),
                Column("types", "judges", minimum=14, weight=2, sortable=False),
                Column("here", "here", width=4, drop=1, sortable=False),
                Column("packs", "packs", width=5, right=True, drop=3, sortable=False),
            ),
            self._cells,
            key=lambda entry: entry.rule.identifier,
            empty="reading …",
            id="library-rules",
        )
        self._facts = Facts(widget_id="library-facts")

    def compose(self) -> ComposeResult:
        yield TitleBar(self._workspace)
        yield self._heading
        yield Container(self._table, Scroll(self._facts), id="library-body")
        hints = [Hint("/", "search"), Hint("tab", "the rule"), Hint("y", "copy"), Hint("esc", "out")]
        if self._workspace.circumstances.has_account:
            hints[:0] = [Hint("enter", "put")]
            hints[-1:-1] = [Hint("A", "own rule"), Hint("K", "pack")]
        yield KeyBar(hints)

    def on_mount(self) -> None:
        self._table.focus()
        self._say()
        begin(self, self._read, "library")
        self._workspace.data_changed.subscribe(self, lambda _: self._ask())
        self._ask()

    def on_resize(self, event: events.Resize) -> None:
        flip(self, "-beside", event.size.width >= BESIDE)

    # What is known

    async def _read(self) -> None:
        self._entries = await asyncio.to_thread(library.entries)
        self._table.set_empty("No managed rule is meant by this.")
        self._show()

    def _ask(self) -> None:
        """Which of them the account has, and how they stand."""
        session = self._workspace.session
        part = session.compliance if session is not None else None
        if part is None:
            self._unasked = "a file holds no rules"
        else:
            begin(self, lambda: self._load(part), "library-rules")

    async def _load(self, part: CompliancePart) -> None:
        try:
            rules = await part.rules()
        except Problem as problem:
            self._workspace.remember("the rules of the account", problem)
            self._unasked = str(problem)
            self._show()
            return
        there: dict[str, list[Rule]] = {}
        for rule in sorted(rules, key=lambda rule: (_WORST.get(rule.compliance, 1), rule.name)):
            if rule.owner in ("AWS", ""):
                there.setdefault(rule.identifier, []).append(rule)
        self._there, self._unasked = there, ""
        self._show()

    # Showing

    def _show(self, *, first: bool = False) -> None:
        self._shown = library.matching(self._entries, self._filter, self._there)
        looked_for = library.words(self._filter)
        self._table.set_match(looked_for[0] if len(looked_for) == 1 else "")
        self._table.set_list(self._shown)
        if first:
            self._table.put_cursor(0)
        self._say()
        self._show_facts()

    def _say(self) -> None:
        evaluated = sum(entry.evaluated for entry in self._entries)
        there = sum(identifier in self._there for identifier in (one.rule.identifier for one in self._entries))
        told = f"  {counted(len(self._entries), 'rule')}, {evaluated:,} evaluated here, {there:,} in this account"
        if self._filter:
            told = f"  {self.filter_note()}: {legible(self._filter)}"
        self._heading.update(
            Content.assemble(("Managed rules", "bold"), (told if self._entries else "", "$text-muted"))
        )

    def _cells(self, entry: Entry) -> tuple[Cell, ...]:
        there = self._there.get(entry.rule.identifier, ())
        types = entry.rule.types
        judges = kind(types[0]) if types else "the account"
        more = f" and {len(types) - 1} more" if len(types) > 1 else ""
        return (
            sign(there[0].compliance, self._signs) if there else "",
            entry.rule.title,
            entry.trigger,
            f"{judges}{more}",
            "yes" if entry.evaluated else Content.styled("no", "$text-muted"),
            f"{entry.rule.packs}" if entry.rule.packs else "",
        )

    @property
    def _signs(self) -> Glyphs:
        return glyphs.of(self.app)

    @on(BigTable.Highlighted)
    def row_reached(self, event: BigTable.Highlighted) -> None:
        event.stop()
        self.query_one(VerticalScroll).scroll_home(animate=False)
        self._show_facts()

    @on(BigTable.Selected)
    def row_chosen(self, event: BigTable.Selected) -> None:
        event.stop()
        if isinstance(event.row, Entry) and self._workspace.circumstances.has_account:
            self._put(event.row.rule.identifier)
        else:
            self.query_one(VerticalScroll).focus()

    @property
    def current(self) -> Entry | None:
        """The rule under the cursor."""
        return self._table.current

    def _show_facts(self) -> None:
        entry = self.current
        self._facts.show(list(self._told(entry)) if entry is not None else [])

    def _told(self, entry: Entry) -> Iterator[Fact]:
        """All that is known of a rule."""
        rule = entry.rule
        yield Fact(rule.title)
        if entry.decides:
            yield Fact("decides", words(library.sentence(entry.decides)))
        elif self._workspace.clock is not None:
            told = "not evaluated by the local engine: its verdict stays INSUFFICIENT_DATA"
            yield Fact("decides", words(told, "$text-warning"))
        else:
            yield Fact("decides", words("AWS evaluates it; how is not known here, its page tells", "$text-muted"))
        yield from self._standing(rule.identifier)
        yield Fact("identifier", words(rule.identifier))
        told = _TRIGGERS.get(entry.trigger, "")
        yield Fact("runs", words(f"{told}; of changes after it was put alone" if rule.only_later else told))
        yield Fact("judges", words(", ".join(map(short_type, rule.types)) or "the account as a whole"))
        if rule.proactive:
            yield Fact("also", words("judges a resource before it is made (proactive)"))
        if not rule.parameters:
            yield Fact("needs", Content.styled("nothing: it has no parameters", "$text-muted"))
        for number, parameter in enumerate(rule.parameters):
            yield Fact(" " if number else "needs", _parameter(parameter))
        yield Fact("used", words(f"{rule.packs or 'none'} of {library.SAMPLE_PACKS} public sample packs name it"))
        yield Fact("AWS says", words(entry.page))

    def _standing(self, identifier: str) -> Iterator[Fact]:
        """What is true of it in the account."""
        there = self._there.get(identifier, ())
        if self._unasked:
            yield Fact("account", words(self._unasked, "$text-muted"))
        elif not there:
            yield Fact("account", Content.styled("not put here", "$text-muted"))
        for number, rule in enumerate(there):
            bad = rule.non_compliant_count
            count = f"  {bad:,}{'+' if rule.count_capped else ''} not as it should be" if bad else ""
            told = Content.assemble(state(rule.compliance, self._signs), "  ", legible(rule.name), count)
            yield Fact(" " if number else "account", told)

    # Searching

    filter_hint = library.HINT

    def apply_filter(self, text: str) -> None:
        """Show only the rules that meet it; the first of them is looked at, and without a search the one before."""
        self._filter = text
        self._show(first=bool(text))

    def filter_note(self) -> str:
        """How much the filter leaves."""
        return f"{len(self._shown):,} of {len(self._entries):,}"

    def filter_problem(self) -> str:
        """What is wrong with what is typed."""
        return library.wrong_in(self._filter)

    def complete_filter(self, text: str) -> list[str]:
        """What a filter could become."""
        return library.complete(text, self._entries)

    @property
    def export_name(self) -> str:
        """What an exported list is named for."""
        return "managed-rules"

    def export(self) -> tuple[str, str]:
        """The rules that are shown, as a table."""
        return "csv", csv_text(library.LISTED, map(library.row, self._shown))

    def copy_text(self) -> str:
        """The identifier, as a rule names it."""
        return self.current.rule.identifier if self.current is not None else ""

    def copy_path(self) -> str:
        """The address of AWS's page."""
        return self.current.page if self.current is not None else ""


def _parameter(parameter: Parameter) -> Content:
    """A parameter with its kind, and whether it is needed."""
    required = Content.styled(", required", "$text-warning") if parameter.required else Content("")
    default = f" = {parameter.default}" if parameter.default is not None else ""
    return Content.assemble((parameter.name, "bold"), (f"  {parameter.kind}", "$text-muted"), required, default)

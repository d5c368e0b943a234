"""Trying a rule, a Guard policy or a handler on the items of a resource. Nothing is stored, nobody is told.

What is written is asked of every item as it is typed; a handler, which is a person's own program, runs on enter only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static, TextArea

from backend.model.item import ConfigurationItem, ResourceKey
from backend.model.problem import BadInput, Problem
from tui import glyphs, times
from tui.glyphs import UNICODE, Glyphs
from tui.item_fields import fields
from tui.panes.facts import state
from tui.panes.spelling import called, counted, short_type
from tui.restyling import flip
from tui.screens.title import TitleBar
from tui.screens.verdict import resolved
from tui.text import legible
from tui.trying import Meant, Tried, judged, meant, policy, run
from tui.widgets.columns import Column
from tui.widgets.entries import Entries, Line
from tui.widgets.json_nodes import value_text
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.lines import Cell
from tui.widgets.plain_input import PlainInput
from tui.widgets.table import BigTable
from tui.work import begin
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.connect import Connection

BESIDE = 110
"""From this many columns on the policy stands beside the verdicts."""
_ITEMS = 200
"""Items of the resource, newest first, that a rule is asked of."""
_PAUSE = 0.15
"""Seconds without a key before what was typed is tried."""
_VALUE = 300
_PLACEHOLDER = "restricted-ssh, a file (.guard .yaml .json .py), or nothing"
_EXAMPLE = """\
rule tagged when resourceType exists {
    tags.Owner exists <<every resource has an owner>>
}
"""


class Row(NamedTuple):
    """A verdict on one item."""

    item: ConfigurationItem
    tried: Tried


class TryScreen(Screen[None]):
    """The page: what is tried, the items with its verdicts, and what decided the one under the cursor."""

    PLACE: ClassVar[str] = "try"
    DEFAULT_CSS = """
    TryScreen { layout: vertical; }
    TryScreen #try-heading {
        height: 1; padding: 0 1; background: $surface; text-wrap: nowrap; text-overflow: ellipsis;
    }
    TryScreen #try-named { height: 1; padding: 0 1; layout: horizontal; }
    TryScreen #try-named Static { width: auto; color: $text-accent; text-style: bold; padding-right: 1; }
    TryScreen #try-note { height: 1; padding: 0 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    TryScreen #try-note.-wrong { color: $text-error; }
    TryScreen #try-body { height: 1fr; layout: vertical; }
    TryScreen TextArea, TryScreen TextArea:focus {
        height: 7; border: none; border-top: solid $panel-lighten-1; padding: 0 1; background: transparent;
    }
    TryScreen #try-found { height: 1fr; border-top: solid $panel-lighten-1; }
    TryScreen BigTable { height: 1fr; }
    TryScreen Entries { height: auto; max-height: 7; border-top: solid $panel-lighten-1; }
    TryScreen.-beside #try-body { layout: horizontal; }
    TryScreen.-beside TextArea, TryScreen.-beside TextArea:focus { width: 2fr; height: 1fr; }
    TryScreen.-beside #try-found { width: 3fr; border-left: solid $panel-lighten-1; }
    TryScreen.-beside Entries { max-height: 14; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Out", id="try.leave", show=False),
        Binding("ctrl+r", "run", "Run a handler", id="try.run", show=False),
    ]

    def __init__(self, workspace: Workspace, key: ResourceKey, named: str = "", signs: Glyphs = UNICODE) -> None:
        super().__init__()
        self._workspace, self._key, self._signs = workspace, key, signs
        self._items: list[ConfigurationItem] = []
        self._waiting: Timer | None = None
        self._heading = Static(Content(""), id="try-heading")
        self._named = PlainInput(named, placeholder=_PLACEHOLDER, id="try-name")
        self._text = TextArea(_EXAMPLE, id="try-policy", show_line_numbers=True)
        self._note = Static(Content(""), id="try-note")
        self._table: BigTable[Row] = BigTable(
            (
                Column("captured", "captured", width=20),
                Column("verdict", "verdict", width=19),
                Column("rule", "rule", minimum=10, weight=1, drop=1),
                Column("why", "why", minimum=16, weight=3),
            ),
            self._cells,
            empty="No item of this resource is known.",
            id="try-rows",
        )
        self._reasons = Entries(names=1, id="try-reasons")

    def compose(self) -> ComposeResult:
        yield TitleBar(self._workspace)
        yield self._heading
        yield Container(Static(Content("try")), self._named, id="try-named")
        yield self._note
        yield Container(self._text, Vertical(self._table, self._reasons, id="try-found"), id="try-body")
        yield KeyBar(
            [
                Hint("tab", "next part"),
                Hint("enter", "show in the item"),
                Hint("ctrl+r", "run handler"),
                Hint("esc", "out"),
            ]
        )

    def on_mount(self) -> None:
        name = called(self._key, self._workspace.names)
        self._heading.update(
            Content.assemble(
                (f"{short_type(self._key.resource_type)} ", "$text-muted"),
                (legible(name), "bold"),
                ("   tried here, nothing is stored", "$text-muted"),
            )
        )
        self._text.cursor_blink = False
        (self._named if self._named.value else self._text).focus()
        begin(self, self._load, "try-items")

    def on_resize(self, event: events.Resize) -> None:
        flip(self, "-beside", event.size.width >= BESIDE)

    async def _load(self) -> None:
        session = self._workspace.session
        if session is None or session.resources is None:
            return
        try:
            self._items = await session.resources.history(self._key, limit=_ITEMS)
        except Problem as problem:
            self._workspace.remember("the items to try a rule on", problem)
            self._say(str(problem), wrong=True)
            return
        await self._try()

    # Trying

    @on(PlainInput.Changed)
    def name_typed(self) -> None:
        self._text.display = not self._named.value.strip()
        self._soon()

    @on(TextArea.Changed)
    def policy_typed(self) -> None:
        self._soon()

    def _soon(self) -> None:
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(_PAUSE, lambda: begin(self, self._try, "try"))

    async def _try(self) -> None:
        """Ask what is written of all items. What cannot be read is said, and the verdicts of before stay."""
        try:
            chosen = await asyncio.to_thread(self._meant)
        except BadInput as problem:
            self._say(str(problem), wrong=True)
            return
        if chosen.handler is not None:
            self._say(f"ctrl+r runs {chosen.handler.name} on the newest item, in a process of its own.")
            self._show([])
            return
        now = self._workspace.now()
        items = self._items
        rows = await asyncio.to_thread(
            lambda: [Row(item, one) for item in items for one in judged(chosen.rules, item, now)]
        )
        self._show(rows)
        self._say(self._summary(chosen, rows))

    def _meant(self) -> Meant:
        named = self._named.value.strip()
        return meant(named) if named else policy(self._text.text)

    def _summary(self, chosen: Meant, rows: list[Row]) -> str:
        if not self._items:
            return "The resource has no items."
        if not rows:
            types = sorted({short_type(kind) for rule in chosen.rules for kind in rule.types or ()})
            return f"The rule does not look at this resource; it looks at {', '.join(types) or 'the account'}."
        bad = sum(row.tried.compliance == "NON_COMPLIANT" for row in rows)
        asked = f"{counted(len(self._items), 'item')}, {counted(len(chosen.rules), 'rule')}"
        return f"{asked}: {bad:,} of {len(rows):,} not compliant."

    def action_run(self) -> None:
        connection = self._workspace.connection
        if connection is not None and self._items:
            begin(self, partial(self._run, connection), "try-handler")

    async def _run(self, connection: Connection) -> None:
        """Run the handler on the newest item: it is a person's own program, so only when that is asked for."""
        try:
            chosen = await asyncio.to_thread(self._meant)
            if chosen.handler is None:
                self._say("Only a handler is run: name a .py file or an RDK folder.")
                return
            self._say(f"{chosen.handler.name} is running …")
            told = await run(connection, chosen.handler, self._items[0], {})
        except Problem as problem:
            self._workspace.remember("trying a handler", problem)
            self._say(str(problem), wrong=True)
            return
        self._show([Row(self._items[0], one) for one in told])
        wrong = next((one.obstacle for one in told if one.obstacle), "")
        took = told[0].seconds or 0
        self._say(wrong or f"{chosen.handler.name} took {took * 1000:,.0f} ms.", wrong=bool(wrong))

    # Showing

    def _say(self, text: str, *, wrong: bool = False) -> None:
        flip(self._note, "-wrong", wrong)
        self._note.update(Content(legible(text)))

    def _show(self, rows: list[Row]) -> None:
        self._table.set_list(rows)
        self._show_reasons(rows[0] if rows else None)

    def _cells(self, row: Row) -> tuple[Cell, ...]:
        tried = row.tried
        return (
            times.stated(row.item.capture_time, self._workspace.zone)[: len("2026-01-31 10:20:30")],
            state(tried.compliance or "INSUFFICIENT_DATA", self._signs),
            tried.rule,
            tried.obstacle or tried.annotation,
        )

    @on(BigTable.Highlighted)
    def row_reached(self, event: BigTable.Highlighted) -> None:
        event.stop()
        if isinstance(event.row, Row):
            self._show_reasons(event.row)

    def _show_reasons(self, row: Row | None) -> None:
        self._reasons.show(list(self._told(row)) if row is not None else [])

    def _told(self, row: Row) -> Iterator[Line]:
        signs = glyphs.of(self.app)
        for reason in row.tried.reasons:
            found = "not set" if reason.found is None else value_text(reason.found)[:_VALUE]
            yield Line(
                Content.assemble(
                    (f"{legible(reason.path) or 'around it'} ", "bold"),
                    (f"{signs.minus} is ", "$text-error"),
                    legible(found),
                    (f"  {signs.plus} expected ", "$text-success"),
                    legible(reason.expected),
                ),
                "",
                resolved(reason.path, dict(fields(row.item))) or None,
            )
        for line in row.tried.log.splitlines():
            yield Line(Content.styled(legible(line), "$text-muted"))

    @on(BigTable.Selected)
    def row_chosen(self, event: BigTable.Selected) -> None:
        event.stop()
        if isinstance(event.row, Row):
            lines = [line for line in self._reasons.entries if isinstance(line.goes_to, tuple)]
            self._open(event.row.item, lines[0].goes_to if lines else ())

    @on(Entries.Chosen)
    def reason_chosen(self, event: Entries.Chosen) -> None:
        event.stop()
        row = self._table.current
        if row is not None:
            self._open(row.item, event.goes_to)

    def _open(self, item: ConfigurationItem, path: object) -> None:
        """Show the item, with the property that decided."""
        from tui.screens.item import ItemScreen

        self._workspace.selection.choose(self._key)
        if item is not self._items[0]:
            self._workspace.selection.look_at(item.capture_time)
        page = ItemScreen(self._workspace, self._signs)
        if isinstance(path, tuple) and path:
            page.show_field(path)
        self.app.push_screen(page)

    def action_leave(self) -> None:
        self.dismiss()

"""Types to choose some of: a list that can be searched, with a mark on each that is chosen (INV-11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tui import glyphs
from tui.panes.spelling import counted
from tui.screens.title import TitleBar
from tui.text import legible
from tui.widgets.columns import Column
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.table import BigTable
from tui.workspace import Workspace


class TypesScreen(Screen[tuple[str, ...] | None]):
    """Answers with the chosen types by name, or None when it is left."""

    PLACE = "types"
    DEFAULT_CSS = """
    TypesScreen { layout: vertical; }
    TypesScreen #types-heading { height: 1; padding: 0 1; background: $surface; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", id="types.leave", show=False),
        Binding("space", "mark", "Mark", id="types.mark", show=False),
        Binding("a", "mark_all", "Mark what is shown", id="types.all", show=False),
        Binding("u", "mark_none", "Unmark what is shown", id="types.none", show=False),
    ]

    def __init__(
        self,
        workspace: Workspace,
        title: str,
        types: Iterable[str],
        chosen: Sequence[str],
        counts: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__()
        self._workspace = workspace
        self._title = title
        self._chosen = set(chosen)
        self._types = sorted({*types, *chosen}, key=lambda name: (name not in self._chosen, name))
        self._counts = counts or {}
        self._shown = self._types
        self._filter = ""
        self._heading = Static(Content(""), id="types-heading")
        self._table: BigTable[str] = BigTable(
            (
                Column("mark", "", width=3, sortable=False),
                Column("type", "type", minimum=30, weight=3, shorten="middle", sortable=False),
                Column("count", "resources", width=9, right=True, drop=1, sortable=False),
            ),
            self._cells,
            key=lambda name: name,
            empty="No type has these words in its name.",
        )

    def compose(self) -> ComposeResult:
        yield TitleBar(self._workspace)
        yield self._heading
        yield self._table
        yield KeyBar(
            [
                Hint("space", "mark"),
                Hint("enter", "done"),
                Hint("/", "search"),
                Hint("a", "mark all shown"),
                Hint("u", "unmark"),
                Hint("esc", "leave"),
            ]
        )

    def on_mount(self) -> None:
        self._table.focus()
        self._show()

    def _show(self) -> None:
        words = self._filter.casefold().split()
        self._shown = [name for name in self._types if all(word in name.casefold() for word in words)]
        self._table.set_match(words[0] if len(words) == 1 else "")
        self._table.set_list(self._shown)
        self._say()

    def _say(self) -> None:
        told = f"{len(self._chosen):,} of {counted(len(self._types), 'type')} marked"
        self._heading.update(Content.assemble(legible(self._title), (f"  {told}", "$text-muted")))

    def _cells(self, name: str) -> tuple[str | Content, ...]:
        mark = glyphs.of(self.app).good if name in self._chosen else " "
        count = self._counts.get(name, 0)
        return Content.styled(f"[{mark}]", "$text-success bold"), name, f"{count:,}" if count else ""

    @on(BigTable.Selected)
    def entered(self, event: BigTable.Selected) -> None:
        event.stop()
        self.dismiss(tuple(sorted(self._chosen)))

    def action_mark(self) -> None:
        name = self._table.current
        if name is not None:
            self._chosen ^= {name}
            self._say()
            self._table.action_step(1)
            self._table.refresh()

    def action_mark_all(self) -> None:
        self._chosen.update(self._shown)
        self._say()
        self._table.refresh()

    def action_mark_none(self) -> None:
        self._chosen.difference_update(self._shown)
        self._say()
        self._table.refresh()

    def action_leave(self) -> None:
        if self._filter:
            self.apply_filter("")
        else:
            self.dismiss(None)

    def filter_text(self) -> str:
        """The filter in force."""
        return self._filter

    def filter_note(self) -> str:
        """How much the filter leaves."""
        return f"{len(self._shown):,} of {len(self._types):,}"

    def apply_filter(self, text: str) -> None:
        """Show only the types whose names contain all words."""
        self._filter = text
        self._show()

    def copy_text(self) -> str:
        return self._table.current or ""

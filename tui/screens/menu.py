"""Things to choose from, under headings: the form of the help and of the clock control."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.style import Style
from textual.widgets import Static

from tui.screens.modal import Modal
from tui.text import fit, legible, width
from tui.widgets.columns import Column
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.lines import Cell
from tui.widgets.sheet import Sheet
from tui.widgets.table import BigTable

_WIDTH = 96
"""Cells of the sheet, as its style says."""
_MOST_LINES = 3
"""Lines that the sentence about an entry may take."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A choice: the key that makes it at once, its name, and a sentence about it. Without an `id` it only informs."""

    id: str
    keys: str
    name: str
    detail: str = ""
    heading: bool = False


class Menu(BigTable[Entry]):
    """The list; headings are passed by."""

    def is_stop(self, number: int) -> bool:
        entry = self.row(number)
        return entry is not None and not entry.heading

    def draw_line(self, number: int, cells: int, style: Style, plain: bool) -> list[Segment]:
        entry = self.row(number)
        if entry is not None and entry.heading:
            heading = Content.styled(fit(f" {entry.name}", cells), "$text-muted bold")
            return self.paint(heading, style)
        return super().draw_line(number, cells, style, plain)


def with_headings(groups: Sequence[tuple[str, Sequence[Entry]]]) -> list[Entry]:
    """Groups as one list, each under its heading, with a blank line between them."""
    entries: list[Entry] = []
    for title, members in groups:
        if not members:
            continue
        if entries:
            entries.append(Entry("", "", "", heading=True))
        entries += [Entry("", "", title, heading=True), *members]
    return entries


class MenuScreen(Modal[str | None]):
    """Answers with the `id` of the chosen entry, or None when it is left."""

    DEFAULT_CSS = """
    MenuScreen { align: center middle; background: $background 50%; }
    MenuScreen:ansi { background: transparent; }
    MenuScreen Sheet { width: 96; }
    MenuScreen Menu { height: auto; max-height: 100%; background: transparent; }
    MenuScreen #menu-detail { padding: 0 1; margin-top: 1; color: $text; }
    MenuScreen KeyBar { background: transparent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Close", id="menu.leave", show=False),
    ]

    def __init__(
        self,
        title: str,
        groups: Sequence[tuple[str, Sequence[Entry]]],
        *,
        choose: str = "do it",
        shortcuts: bool = False,
        at: str = "",
    ) -> None:
        """With `shortcuts` the key of an entry chooses it at once. `at` is the entry the cursor begins on."""
        super().__init__()
        self._shortcuts = {entry.keys: entry.id for _, group in groups for entry in group} if shortcuts else {}
        self._title = title
        self._entries = with_headings(groups)
        self._choose = choose
        self._at = at
        keys = min(16, max((width(legible(entry.keys)) for entry in self._entries), default=1))
        self._menu = Menu(
            (
                Column("keys", "", width=max(1, keys)),
                Column("name", "", minimum=18, maximum=34, weight=2),
                Column("detail", "", minimum=20, weight=5, drop=1),
            ),
            self._cells,
            header=False,
        )
        self._detail = Static(Content(""), id="menu-detail")

    def compose(self) -> ComposeResult:
        hints = [Hint("enter", self._choose), Hint("esc", "close")]
        yield Sheet(self._title, self._menu, self._detail, KeyBar(hints))

    def on_mount(self) -> None:
        self._menu.set_list(self._entries)
        stops = [place for place in range(len(self._entries)) if self._menu.is_stop(place)]
        here = [place for place in stops if self._at and self._entries[place].id == self._at]
        self._menu.put_cursor(next(iter(here or stops), 0))
        self._menu.focus()
        self._explain(self._menu.current)

    def on_key(self, event: events.Key) -> None:
        chosen = self._shortcuts.get(event.key)
        if chosen:
            event.stop()
            self.dismiss(chosen)

    def fit(self, size: Size) -> None:
        # As many lines as the longest sentence takes, so that nothing jumps when the cursor moves.
        room = max(20, min(_WIDTH, size.width * 96 // 100) - 6)
        lines = max((len(Content(legible(entry.detail)).wrap(room)) for entry in self._entries), default=1)
        self._detail.styles.height = lines = max(1, min(lines, _MOST_LINES))
        # Room for the border, the title, the sentence and the key row, whatever is listed.
        self._menu.styles.height = min(len(self._entries), max(3, size.height * 94 // 100 - 6 - lines))

    def _cells(self, entry: Entry) -> tuple[Cell, ...]:
        return (
            Content.styled(legible(entry.keys), "$text-accent bold"),
            Content(legible(entry.name)),
            Content.styled(legible(entry.detail), "$text-muted"),
        )

    def _explain(self, entry: Entry | None) -> None:
        """The sentence about an entry in full: beside its name it may be cut."""
        self._detail.update(Content(legible(entry.detail) if entry is not None else ""))

    @on(BigTable.Highlighted)
    def _reached(self, event: BigTable.Highlighted) -> None:
        event.stop()
        self._explain(event.row)

    @on(BigTable.Selected)
    def _chosen(self, event: BigTable.Selected) -> None:
        event.stop()
        if event.row.id:
            self.dismiss(event.row.id)

    def action_leave(self) -> None:
        self.dismiss(None)

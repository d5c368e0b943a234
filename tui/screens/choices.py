"""Things to switch on and off, each at once: what is under the dialog follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from tui.screens.modal import Modal
from tui.text import legible
from tui.widgets.columns import Column
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.lines import Cell
from tui.widgets.sheet import Sheet
from tui.widgets.table import BigTable


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be on or off."""

    id: str
    name: str
    detail: str = ""


class ChoicesScreen(Modal[None]):
    """Tells `changed` the ids that are on, in the order of the choices, after each change; the last one stays on."""

    DEFAULT_CSS = """
    ChoicesScreen { align: center middle; background: $background 50%; }
    ChoicesScreen:ansi { background: transparent; }
    ChoicesScreen BigTable { height: auto; background: transparent; }
    ChoicesScreen .choices--note { height: auto; padding: 0 1; margin-top: 1; color: $text-muted; }
    ChoicesScreen KeyBar { background: transparent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Close", id="choices.leave", show=False),
        Binding("space", "switch", "On or off", id="choices.switch", show=False),
    ]

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        on: Sequence[str],
        changed: Callable[[Sequence[str]], None],
        *,
        note: str = "",
    ) -> None:
        super().__init__()
        self._title = title
        self._choices = list(choices)
        self._on = set(on)
        self._changed = changed
        self._note = note
        self._table: BigTable[Choice] = BigTable(
            (
                Column("on", "", width=3),
                Column("name", "", minimum=14, maximum=30, weight=2),
                Column("detail", "", minimum=20, weight=5, drop=1),
            ),
            self._cells,
            key=lambda choice: choice.id,
            header=False,
        )

    def compose(self) -> ComposeResult:
        keys = KeyBar([Hint("space", "on or off"), Hint("esc", "close")])
        note = Static(Content(legible(self._note)), classes="choices--note")
        yield Sheet(self._title, self._table, note, keys)

    def on_mount(self) -> None:
        self._table.set_list(self._choices)
        self._table.focus()

    def fit(self, size: Size) -> None:
        # Room for the border, the title, the note and the key row.
        self._table.styles.height = min(len(self._choices), max(3, size.height * 94 // 100 - 9))

    def _cells(self, choice: Choice) -> tuple[Cell, ...]:
        mark = Content.styled("[x]", "$text-accent bold") if choice.id in self._on else Content("[ ]")
        return mark, Content(legible(choice.name)), Content.styled(legible(choice.detail), "$text-muted")

    @on(BigTable.Highlighted)
    def _reached(self, event: BigTable.Highlighted) -> None:
        event.stop()

    @on(BigTable.Selected)
    def _chosen(self, event: BigTable.Selected) -> None:
        event.stop()
        self.action_switch()

    def action_switch(self) -> None:
        choice = self._table.current
        if choice is None or self._on == {choice.id}:
            return
        self._on ^= {choice.id}
        self._table.refresh_line(self._table.cursor + self._table.header_lines)
        self._changed([one.id for one in self._choices if one.id in self._on])

    def action_leave(self) -> None:
        self.dismiss(None)

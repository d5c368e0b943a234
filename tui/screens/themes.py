"""The themes to choose from, each tried on as the cursor reaches it; esc puts the old one back on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.theme import Theme
from textual.widgets import Static

from tui import glyphs
from tui.screens.modal import Modal
from tui.text import legible
from tui.widgets.columns import Column
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.lines import Cell
from tui.widgets.sheet import Sheet
from tui.widgets.table import BigTable

KEEP, WRITE = "keep", "write"
"""What to do with the chosen theme: for now, or in the settings too."""


class ThemesScreen(Modal[str | None]):
    """Answers with `KEEP` or `WRITE` for the theme that is on by then, None when the old one is back on."""

    DEFAULT_CSS = """
    ThemesScreen { align: right middle; background: transparent; }
    ThemesScreen Sheet { width: 46; margin: 1 2; }
    ThemesScreen BigTable { background: transparent; }
    ThemesScreen #themes-sample { padding: 0 1; margin-top: 1; height: auto; }
    ThemesScreen KeyBar { background: transparent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Leave", id="themes.leave", show=False),
        Binding("w", "write", "Write it to the settings", id="themes.write", show=False),
        Binding("T", "next", "Next", id="themes.next", show=False),
    ]

    def __init__(self, names: Sequence[str], current: str, try_on: Callable[[str], None], own: set[str]) -> None:
        super().__init__()
        self._names = tuple(names)
        self._before = current
        self._try_on = try_on
        self._own = own
        self._table: BigTable[str] = BigTable(
            (Column("name", "", minimum=12, weight=2), Column("kind", "", width=20)),
            self._cells,
            header=False,
        )
        self._sample = Static(Content(""), id="themes-sample")

    def compose(self) -> ComposeResult:
        hints = [Hint("enter", "keep"), Hint("w", "write"), Hint("esc", "as before")]
        yield Sheet("Themes", self._table, self._sample, KeyBar(hints))

    def on_mount(self) -> None:
        self._table.set_list(self._names)
        self._table.styles.height = max(3, min(len(self._names), self.size.height - 14))
        self._table.put_cursor(self._names.index(self._before) if self._before in self._names else 0)
        self._table.focus()
        self._sample.update(self.sample())

    def _cells(self, name: str) -> tuple[Cell, ...]:
        theme = self.app.available_themes[name]
        return (legible(name), Content.styled("yours" if name in self._own else kind_of(theme), "$text-muted"))

    def sample(self) -> Content:
        """The words of state as this theme shows them: each with its sign."""
        signs = glyphs.of(self.app)
        return Content.assemble(
            (f"{signs.good} COMPLIANT", "$text-success"),
            "  ",
            (f"{signs.bad} NON_COMPLIANT", "$text-error bold"),
            "\n",
            (f"{signs.warning} PENDING", "$text-warning"),
            "    ",
            ("a quieter word", "$text-muted"),
            "  ",
            ("a key", "$text-accent bold"),
        )

    @on(BigTable.Highlighted)
    def reached(self, event: BigTable.Highlighted) -> None:
        event.stop()
        self._try_on(event.row)
        self._sample.update(self.sample())

    @on(BigTable.Selected)
    def chosen(self, event: BigTable.Selected) -> None:
        event.stop()
        self.dismiss(KEEP)

    def action_next(self) -> None:
        self._table.go_to((self._table.cursor + 1) % len(self._names))

    def action_write(self) -> None:
        self.dismiss(WRITE)

    def action_leave(self) -> None:
        self._try_on(self._before)
        self.dismiss(None)


def kind_of(theme: Theme) -> str:
    """What a theme is for, in a word or two."""
    for_whom = {
        "contrast": "high contrast",
        "safe": "colour-blind safe",
        "stage": "projector",
        "terminal": "16 colours",
        "mono": "no colours",
    }
    return for_whom.get(theme.name, "dark" if theme.dark else "light")

"""One difference between two items in full: before and after, side by side where there is room."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from backend.model.item import Json
from tui.restyling import flip
from tui.screens.modal import Modal
from tui.screens.timeline_rows import Line
from tui.text import legible
from tui.widgets.json_nodes import value_text
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.scroll import Scroll
from tui.widgets.sheet import Sheet

_SHOWN = 100_000
"""Characters of a value that are shown; more is copied, not read."""

_BESIDE = 100
"""From this many columns on before and after stand side by side."""


class DifferenceScreen(Modal[None]):
    """The values of one field; only to be read and copied."""

    DEFAULT_CSS = """
    DifferenceScreen { align: center middle; background: $background 50%; }
    DifferenceScreen Sheet { width: 96%; }
    DifferenceScreen .difference--both { height: auto; max-height: 100%; layout: vertical; }
    DifferenceScreen.-beside .difference--both { layout: horizontal; }
    DifferenceScreen .difference--both Static { width: 1fr; height: auto; padding: 0 1; }
    DifferenceScreen KeyBar { background: transparent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "leave", "Close", id="difference.leave", show=False)
    ]

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def compose(self) -> ComposeResult:
        change = self._line.change
        if change is None:
            parts = [_told("in both", self._line.value)]
        else:
            parts = [_told("before", change.before), _told("after", change.after)]
        yield Sheet(
            self._line.path,
            Scroll(Container(*(Static(part) for part in parts), classes="difference--both")),
            KeyBar([Hint("↑ ↓", "scroll"), Hint("y", "copy"), Hint("esc", "close")]),
        )

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def fit(self, size: Size) -> None:
        flip(self, "-beside", size.width >= _BESIDE)

    def copy_text(self) -> str:
        """The value after; the one before where nothing is left."""
        change = self._line.change
        if change is None:
            return value_text(self._line.value)
        return value_text(change.before if change.after is None else change.after)

    def action_leave(self) -> None:
        self.dismiss(None)


def _told(name: str, value: Json) -> Content:
    text = "nothing" if value is None else _readable(value)
    if len(text) > _SHOWN:
        text = f"{text[:_SHOWN]} … and {len(text) - _SHOWN:,} characters more"
    lines = "\n".join(legible(line) for line in text.split("\n"))
    return Content.assemble((f"{name}\n", "$text-muted bold"), lines)


def _readable(value: Json) -> str:
    """A value as text; what has parts, over several lines."""
    text = value_text(value)
    if not isinstance(value, (dict, list)):
        return text
    return msgspec.json.format(text, indent=2)

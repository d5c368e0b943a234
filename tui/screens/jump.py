"""A letter on every part of the screen that can have the focus: press one to be there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from tui.screens.modal import Modal
from tui.widgets.key_bar import Hint, KeyBar

LETTERS = "asdfghjklqwertyuiopzxcvbnm"
"""The home row first: what is near the fingers goes to the first parts."""


@dataclass(frozen=True, slots=True)
class Target:
    """A part to jump to."""

    letter: str
    widget: Widget


def targets(screen: Screen[object]) -> list[Target]:
    """The parts in sight that can have the focus, from the top left on."""
    parts = [
        widget
        for widget in screen.query("*")
        if widget.focusable and widget.is_on_screen and widget.region.intersection(screen.region).area
    ]
    parts.sort(key=lambda widget: (widget.region.y, widget.region.x))
    return [Target(letter, widget) for letter, widget in zip(LETTERS, parts, strict=False)]


class _Letter(Static):
    """One letter, where its part begins."""

    DEFAULT_CSS = """
    _Letter {
        position: absolute; width: 3; height: 1; background: $accent; color: $background; text-style: bold;
        content-align: center middle;
    }
    _Letter:ansi { background: ansi_default; color: ansi_default; text-style: bold reverse; }
    """

    class Chosen(Message):
        """The letter was clicked."""

        def __init__(self, letter: str) -> None:
            super().__init__()
            self.letter = letter

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Chosen((self.id or "")[-1]))


class JumpScreen(Modal[Widget | None]):
    """Answers with the part whose letter was pressed or clicked, or None."""

    DEFAULT_CSS = """
    JumpScreen { background: transparent; }
    JumpScreen KeyBar { dock: bottom; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave", id="jump.leave", show=False)]

    def __init__(self, found: Sequence[Target]) -> None:
        super().__init__()
        self._found = {target.letter: target.widget for target in found}

    def compose(self) -> ComposeResult:
        for letter, widget in self._found.items():
            label = _Letter(Content(letter), id=f"jump-{letter}")
            label.styles.offset = (widget.region.x, widget.region.y)
            yield label
        yield KeyBar([Hint("a letter", "goes to that part"), Hint("esc", "stay")])

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            return
        event.stop()
        self.dismiss(self._found.get(event.key))

    def on_click(self) -> None:
        self.dismiss(None)

    @on(_Letter.Chosen)
    def letter_chosen(self, event: _Letter.Chosen) -> None:
        self.dismiss(self._found.get(event.letter))

    def on_resize(self, event: events.Resize) -> None:
        if any(label.region.offset != self._found[(label.id or "")[-1]].region.offset for label in self.query(_Letter)):
            self.call_after_refresh(self.place)

    def place(self) -> None:
        """Put the letters where their parts are by now."""
        for label in self.query(_Letter):
            region = self._found[(label.id or "")[-1]].region
            label.styles.offset = (region.x, region.y)

    def action_leave(self) -> None:
        self.dismiss(None)

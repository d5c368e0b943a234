"""One of a few words, in a row of a form: left and right change it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tui import glyphs
from tui.text import legible


class Choice(Widget, can_focus=True):
    """The row. What is shown beside the word is `note`."""

    DEFAULT_CSS = """
    Choice { height: 1; width: 1fr; padding: 0 1; background: $panel; }
    Choice:focus { background: $primary-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "turn(-1)", "Before", id="choice.before", show=False),
        Binding("right,l,space", "turn(1)", "Next", id="choice.next", show=False),
        Binding("enter", "enter", "Enter", id="choice.enter", show=False),
    ]

    class Changed(Message):
        """Another word was chosen."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

        @property
        def control(self) -> Choice:
            return self.choice

    class Entered(Changed):
        """Enter was pressed on it."""

    def __init__(self, words: Sequence[tuple[str, str]], value: str, *, id: str | None = None) -> None:  # noqa: A002
        """`words` are values, each with how it is told."""
        super().__init__(id=id)
        self._words = tuple(words)
        self._note = ""
        self.value = value

    def put(self, value: str) -> None:
        """Choose a word, without a message."""
        if value != self.value:
            self.value = value
            self.refresh()

    def say(self, note: str) -> None:
        """What to say beside the word."""
        if note != self._note:
            self._note = note
            self.refresh()

    def render(self) -> Content:
        told = dict(self._words).get(self.value, self.value)
        left, right = glyphs.of(self.app).inward, glyphs.of(self.app).outward
        note = Content.styled(f"  {legible(self._note)}", "$text-muted") if self._note else Content("")
        return Content.assemble(
            (f"{left} ", "$text-muted"), (legible(told), "bold"), (f" {right}", "$text-muted"), note
        ).truncate(max(1, self.size.width), ellipsis=True)

    def action_turn(self, by: int) -> None:
        values = [value for value, _ in self._words]
        at = values.index(self.value) if self.value in values else 0
        self.put(values[(at + by) % len(values)])
        self.post_message(self.Changed(self))

    def action_enter(self) -> None:
        self.post_message(self.Entered(self))

    def on_click(self, event: events.Click) -> None:
        self.action_turn(1)

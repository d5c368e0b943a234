"""One line to type into, with a sign before it and a remark behind it: the filter and the `:` line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from tui.text import legible
from tui.widgets.plain_input import PlainInput

if TYPE_CHECKING:
    from textual.app import ComposeResult

Completer: TypeAlias = Callable[[str], Sequence[str]]
"""From what is typed to whole lines it could become, the likeliest first."""

LONGEST = 4_000
"""Characters of a line: each key looks at all of them, and a megabyte pasted by mistake would hold the screen."""

_OFFERED = 8
"""Completions that are told at most."""


class _Field(PlainInput):
    """The field itself, which the up and down keys fetch earlier lines into."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Only keys that type nothing: a letter of one's own here is text.
        Binding("up", "recall(-1)", "Earlier line", id="line.earlier", show=False),
        Binding("down", "recall(1)", "Later line", id="line.later", show=False),
    ]

    def action_recall(self, by: int) -> None:
        line = self.parent
        if isinstance(line, LineInput):
            line.recall(by)

    def restricted(self) -> None:
        """More was pasted than a line holds: nothing of it is taken, and the line says so."""
        line = self.parent
        if isinstance(line, LineInput):
            line.say(f"a line holds {LONGEST:,} characters, this would be more", problem=True)


class LineInput(Horizontal):
    """A line of text. Enter accepts it, escape leaves it, tab completes it where there is something to complete."""

    DEFAULT_CSS = """
    LineInput { height: 1; width: 1fr; background: $panel; }
    LineInput > .line--sign { width: auto; padding: 0 1; color: $text-accent; text-style: bold; }
    LineInput > .line--note { width: auto; max-width: 60%; padding: 0 1; color: $text-muted; }
    LineInput.-problem > .line--note { color: $text-error; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", id="line.leave", show=False),
        Binding("tab", "complete", "Complete", id="line.complete", show=False),
    ]

    class Changed(Message):
        """Something was typed."""

        def __init__(self, line: LineInput, value: str) -> None:
            super().__init__()
            self.line = line
            self.value = value

        @property
        def control(self) -> LineInput:
            return self.line

    class Accepted(Changed):
        """Enter: the line is meant."""

    class Left(Changed):
        """Escape: it is not."""

    def __init__(
        self,
        sign: str,
        *,
        hint: str = "",
        complete: Completer | None = None,
        earlier: list[str] | None = None,
        id: str | None = None,  # noqa: A002
    ) -> None:
        """`hint` stands in the empty line. What is accepted joins `earlier`, which the up key recalls."""
        super().__init__(id=id)
        self._complete = complete
        self._earlier = earlier if earlier is not None else []
        self._recalled = 0
        self._sign = Static(Content(legible(sign)), classes="line--sign")
        self._field = _Field(placeholder=legible(hint), select_on_focus=False, max_length=LONGEST)
        self._field.cursor_blink = False
        self._note = Static(Content(""), classes="line--note")

    def compose(self) -> ComposeResult:
        yield self._sign
        yield self._field
        yield self._note

    @property
    def value(self) -> str:
        return self._field.value

    def open(self, text: str = "") -> None:
        """Type on after `text`, which itself is no change."""
        self._put(text)
        self._recalled = len(self._earlier)
        self._field.focus()

    def say(self, note: str, *, problem: bool = False) -> None:
        """A remark behind the line: how many rows match, what is wrong with what is typed."""
        self.set_class(problem, "-problem")
        self._note.update(Content(legible(note)))

    def recall(self, by: int) -> None:
        """Fetch a line accepted before; past the newest is an empty one."""
        if not self._earlier:
            return
        self._recalled = max(0, min(self._recalled + by, len(self._earlier)))
        self._field.value = self._earlier[self._recalled] if self._recalled < len(self._earlier) else ""
        self._field.cursor_position = len(self.value)

    def _put(self, text: str) -> None:
        with self._field.prevent(Input.Changed):
            self._field.value = text
        self._field.cursor_position = len(text)

    def action_leave(self) -> None:
        self.post_message(self.Left(self, self.value))

    def action_complete(self) -> None:
        """Complete as far as all that the line could become agree."""
        choices = list(self._complete(self.value)) if self._complete is not None else []
        if not choices:
            return
        shared = choices[0]
        for choice in choices[1:]:
            while not choice.startswith(shared):
                shared = shared[:-1]
        if len(shared) > len(self.value):
            self._field.value = shared
            self._field.cursor_position = len(shared)
        if len(choices) > 1:
            # Only what differs: the line itself stands beside it.
            start = max(shared.rfind(" "), shared.rfind(":") if shared.count(":") == 1 else -1) + 1
            more = f"  and {len(choices) - _OFFERED} more" if len(choices) > _OFFERED else ""
            self.say("  ".join(choice[start:] for choice in choices[:_OFFERED]) + more)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(self, event.value))

    @on(Input.Submitted)
    def _accept(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value and event.value not in self._earlier[-1:]:
            self._earlier.append(event.value)
        self.post_message(self.Accepted(self, event.value))

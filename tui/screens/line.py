"""The line at the foot of whatever is on the screen: commands after `:`, a filter after `/`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from textual import events, on
from textual.app import ComposeResult

from tui.screens.modal import Modal
from tui.widgets.line_input import Completer, LineInput

_ON_THE_WAY = 64
"""Keys that can be on their way from the line to the app at the same time."""


class LineScreen(Modal[str | None]):
    """Answers with the line that was accepted, or None when it was left."""

    DEFAULT_CSS = """
    LineScreen { background: transparent; }
    LineScreen LineInput { dock: bottom; }
    """

    def __init__(
        self,
        sign: str,
        *,
        text: str = "",
        hint: str = "",
        note: str = "",
        complete: Completer | None = None,
        typed: Callable[[str], str] | None = None,
        told: Callable[[], str] | None = None,
        wrong: Callable[[], str] | None = None,
        refuse: Callable[[str], str] | None = None,
        earlier: list[str] | None = None,
        problem: bool = False,
    ) -> None:
        """`typed` is told each change and gives the remark to show, `wrong` then what is wrong with it; `told` gives
        the remark again where it is found out only after a while (`tell_again`). `refuse` gives the reason why a line
        cannot be meant, empty when it can. `earlier` are lines accepted before, to be recalled; the accepted one joins
        them. With `problem` the note says what was wrong with the text."""
        super().__init__()
        self._text = text
        self._note = note
        self._problem = problem
        self._typed = typed
        self._told = told
        self._wrong = wrong
        self._refuse = refuse
        self._line = LineInput(sign, hint=hint, complete=complete, earlier=earlier)
        self._ahead: list[events.Key] = []
        self._own: deque[events.Key] = deque(maxlen=_ON_THE_WAY)

    def compose(self) -> ComposeResult:
        yield self._line

    def on_mount(self) -> None:
        self._line.open(self._text)
        self._line.say(self._note, problem=self._problem)

    def say(self, note: str, *, problem: bool = False) -> None:
        """A remark behind the line."""
        self._line.say(note, problem=problem)

    # What is typed ahead: whoever types fast, pastes, or sits behind a slow link types on after `:` at once

    def pressed(self, key: events.Key) -> None:
        """A key was pressed while this line is in front."""
        if self._line.has_focus_within:
            self._own.append(key)

    def takes_back(self, key: events.Key) -> bool:
        """True for a key that was meant for this line and went elsewhere, because the line was only opening."""
        if any(key is own for own in self._own):
            return False
        if self._line.has_focus_within:
            self._type(key)
        else:
            self._ahead.append(key)
        return True

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        ahead, self._ahead = self._ahead, []
        for key in ahead:
            self._type(key)

    def _type(self, key: events.Key) -> None:
        self.app.post_message(events.Key(key.key, key.character))

    @on(LineInput.Changed)
    def changed(self, event: LineInput.Changed) -> None:
        event.stop()
        if self._typed is not None:
            self._remark(self._typed(event.value))

    def tell_again(self) -> None:
        """What is to be remarked may have been found out meanwhile."""
        if self._told is not None:
            self._remark(self._told())

    def _remark(self, remark: str) -> None:
        wrong = self._wrong() if self._wrong is not None else ""
        self._line.say(wrong or remark, problem=bool(wrong))

    @on(LineInput.Accepted)
    def accepted(self, event: LineInput.Accepted) -> None:
        event.stop()
        reason = self._refuse(event.value) if self._refuse is not None else ""
        if reason:
            self._line.say(reason, problem=True)
        else:
            self.dismiss(event.value)

    @on(LineInput.Left)
    def left(self, event: LineInput.Left) -> None:
        event.stop()
        self.dismiss(None)

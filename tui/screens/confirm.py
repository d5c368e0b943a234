"""The question before anything is changed in an account: what will be, and the `aws` command that does the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Input, Static

from tui.screens.modal import Modal
from tui.text import legible, width
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.plain_input import PlainInput
from tui.widgets.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `typed` names a word that must be typed, for what cannot be taken back."""

    title: str
    changes: tuple[tuple[str, str], ...] = ()
    """Label and value, one a line; a value of the form (before → after) is the caller's to write."""
    warning: str = ""
    command: str = ""
    """The equivalent command, ready to paste into a shell."""
    yes: str = "do it"
    typed: str = ""


class ConfirmScreen(Modal[bool]):
    """Answers True only when the person said yes: `y` or enter, or the word typed and enter."""

    DEFAULT_CSS = """
    ConfirmScreen { align: center middle; background: $background 50%; }
    ConfirmScreen:ansi { background: transparent; }
    ConfirmScreen VerticalScroll { height: auto; max-height: 100%; padding: 0 1; scrollbar-size-vertical: 1; }
    ConfirmScreen #confirm-body { width: 1fr; height: auto; }
    ConfirmScreen #confirm-ask { height: auto; padding: 0 1; margin-top: 1; color: $text-warning; }
    ConfirmScreen PlainInput, ConfirmScreen PlainInput:focus { padding: 0 1; background: $panel; }
    ConfirmScreen KeyBar { background: transparent; margin-top: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "answer(True)", "Yes", id="confirm.yes", show=False),
        Binding("n,q", "answer(False)", "No", id="confirm.no", show=False),
        Binding("escape", "answer(False)", "No", id="confirm.leave", show=False),
    ]

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        question = self._question
        body = VerticalScroll(Static(_body(question), id="confirm-body"), can_focus=not question.typed)
        danger = bool(question.typed or question.warning)
        if question.typed:
            ask = Static(Content(f"Type “{legible(question.typed)}” to go on:"), id="confirm-ask")
            field = PlainInput(select_on_focus=False)
            field.cursor_blink = False
            keys = KeyBar([Hint("enter", question.yes), Hint("esc", "leave it as it is")])
            yield Sheet(question.title, body, ask, field, keys, danger=danger)
        else:
            keys = KeyBar([Hint("y", question.yes), Hint("n", "leave it as it is")])
            yield Sheet(question.title, body, keys, danger=danger)

    def fit(self, size: Size) -> None:
        # However much there is to say, the keys stay in sight: border, title, question and keys take the rest.
        others = (8 if self._question.typed else 5) + Sheet.title_lines(self._question.title, size.width)
        self.query_one(VerticalScroll).styles.max_height = max(3, size.height * 94 // 100 - others)

    def on_mount(self) -> None:
        if self._question.typed:
            self.query_one(Input).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "answer" and parameters == (True,) and self._question.typed:
            return False  # only the typed word says yes
        return super().check_action(action, parameters)

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip() == self._question.typed:
            self.dismiss(True)
        else:
            self.query_one("#confirm-ask", Static).update(
                Content(f"That was not “{legible(self._question.typed)}”. Nothing is changed yet; esc leaves.")
            )

    @on(KeyBar.Clicked)
    def _clicked(self, event: KeyBar.Clicked) -> None:
        event.stop()
        if event.hint.key in ("y", "enter"):
            if not self._question.typed:
                self.dismiss(True)
        else:
            self.dismiss(False)

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)


def _body(question: Question) -> Content:
    parts: list[Content] = []
    if question.changes:
        column = min(40, max(width(legible(label)) for label, _ in question.changes)) + 2
        for label, value in question.changes:
            name = Content.styled(legible(label), "$text-muted").truncate(column - 1, ellipsis=True)
            parts.append(Content.assemble(name, " " * (column - name.cell_length), legible(value)))
    if question.warning:
        parts += [Content(""), Content.styled(legible(question.warning), "$text-warning")]
    if question.command:
        parts += [Content(""), Content.styled("The same on the command line:", "$text-muted")]
        # Written over several lines the command keeps them; each of them is plain text on its own.
        parts += [Content.styled(f"  {legible(line)}", "$text-accent") for line in question.command.splitlines()]
    return Content("\n").join(parts)

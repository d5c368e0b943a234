"""What an open file is: its form, its counts and times, and what is odd in it and where."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from backend.model.problem import Problem
from backend.model.reading import OpenedFile
from tui.panes.facts import Fact, Facts, words
from tui.screens.modal import Modal
from tui.text import legible
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.scroll import Scroll
from tui.widgets.sheet import Sheet
from tui.work import begin
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

_STYLES = {"wrong": "$text-error", "to know": "$text-warning"}


class InspectionScreen(Modal[None]):
    """The file, looked through once more, to be read and copied."""

    PLACE = "inspection"
    DEFAULT_CSS = """
    InspectionScreen { align: center middle; background: $background 50%; }
    InspectionScreen Sheet { width: 110; }
    InspectionScreen KeyBar { background: transparent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "leave", "Close", id="inspection.leave", show=False),
    ]

    def __init__(self, workspace: Workspace, opened: OpenedFile) -> None:
        super().__init__()
        self._workspace = workspace
        self._opened = opened
        self._facts = Facts()

    def compose(self) -> ComposeResult:
        yield Sheet(
            legible(self._opened.name),
            Scroll(self._facts),
            KeyBar([Hint("↑ ↓", "scroll"), Hint("y", "copy"), Hint("esc", "close")]),
        )

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()
        if self._opened.size is None:
            self._say(
                "It cannot be read once more: it came through a pipe, or is gone. What was read is in the other panes."
            )
            return
        self._say("looking through it …", "$text-muted")
        begin(self, partial(self._look, self._opened), "inspection")

    async def _look(self, opened: OpenedFile) -> None:
        from backend.client.types import recordable_types
        from backend.files.inspection import inspect
        from tui.inspection_text import rows_of

        try:
            found = await asyncio.to_thread(inspect, opened.path, recordable_types(), opened.largest)
        except Problem as problem:
            self._workspace.remember(self._opened.name, problem)
            self._say(str(problem), "$text-error")
            return
        facts = [Fact(what, words(told, _STYLES.get(what, ""))) for what, told in rows_of(found)]
        self._facts.show(sorted(facts, key=lambda fact: fact.label not in _STYLES))  # what is odd first

    def _say(self, text: str, style: str = "") -> None:
        self._facts.show([Fact("", words(text, style))])

    def copy_text(self) -> str:
        """All of it as text."""
        return f"{self._opened.path}\n{self._facts.text()}"

    def action_leave(self) -> None:
        self.dismiss(None)

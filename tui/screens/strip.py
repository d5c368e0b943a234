"""The strip of pane names, for screens that show one pane at a time."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

_CURRENT = "bold reverse"


class Strip(Widget):
    """` 1 Recorder ● 2 Delivery …` in one row; the current one stands out. A click goes there."""

    DEFAULT_CSS = """
    Strip { height: 1; width: 1fr; background: $surface; color: $text-muted; }
    """

    class Chosen(Message):
        """A name was clicked."""

        def __init__(self, pane_id: str) -> None:
            super().__init__()
            self.pane_id = pane_id

    def __init__(self, names: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._names = tuple(names)
        self._current = ""
        self._marks: dict[str, Content] = {}
        self._shown: tuple[str, dict[str, str]] = ("", {})

    def show(self, current: str, marks: dict[str, Content]) -> None:
        """Set the current pane and the sign that each pane wears beside its name."""
        shown = (current, {pane_id: mark.markup for pane_id, mark in marks.items()})
        if shown != self._shown:
            self._shown = shown
            self._current = current
            self._marks = dict(marks)
            self.refresh()

    def render(self) -> Content:
        cells = self._cells()
        line = Content("")
        before = ""
        for pane_id, content in cells:
            line = Content.assemble(line, (" ", _CURRENT if self._current in (before, pane_id) else ""), content)
            before = pane_id
        return Content.assemble(line, (" ", _CURRENT if self._current == before else ""))

    def _cells(self) -> list[tuple[str, Content]]:
        """Number, name and sign of each pane, one blank apart; the longest names give way first."""
        marks = {pane_id: mark for pane_id, mark in self._marks.items() if mark.plain}
        room = self.size.width - 1 - 3 * len(self._names) - sum(mark.cell_length + 1 for mark in marks.values())
        longest = max(len(name) for _, name in self._names)
        while longest > 4 and sum(min(len(name), longest) for _, name in self._names) > room:
            longest -= 1
        cells = []
        for number, (pane_id, name) in enumerate(self._names, start=1):
            label = name if len(name) <= longest else f"{name[: longest - 1]}…"
            style = _CURRENT if pane_id == self._current else ""
            cell = Content.assemble((f"{number} {label}", style))
            if pane_id in marks:
                cell = Content.assemble(cell, (" ", style), marks[pane_id].stylize(style) if style else marks[pane_id])
            cells.append((pane_id, cell))
        return cells

    def on_click(self, event: events.Click) -> None:
        end = 0
        for pane_id, content in self._cells():
            end += 1 + content.cell_length
            if event.x < end:
                self.post_message(self.Chosen(pane_id))
                return

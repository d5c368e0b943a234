"""The strip of pane names, for screens that show one pane at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tui.text import legible
from tui.workspace import Workspace

_CURRENT = "bold reverse"
_GAP = 2
_TRAIL = 12
"""Resources of the trail that are told of at most."""


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

    def __init__(
        self, names: Sequence[tuple[str, str]], *, first: int = 1, short: Mapping[str, str] | None = None
    ) -> None:
        """`first` is the number of the first name: the key that goes there. `short` names serve where room is short."""
        super().__init__()
        self._names = tuple(names)
        self._first = first
        self._short = short or {}
        self._trail: tuple[str, ...] = ()
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

    def set_trail(self, trail: Sequence[str]) -> None:
        """Say at the right edge, where there is room, which resources led here: the newest last."""
        if tuple(trail) != self._trail:
            self._trail = tuple(trail)
            self.refresh()

    def render(self) -> Content:
        line = self._names_line()
        room = self.size.width - line.cell_length - _GAP
        trail = self._trail_line(room)
        blanks = self.size.width - line.cell_length - trail.cell_length
        return Content.assemble(line, " " * max(0, blanks), trail) if trail.plain else line

    def _trail_line(self, room: int) -> Content:
        """As much of the trail as there is room for; where it is cut, an ellipsis says so."""
        told = Content("")
        for number, name in enumerate(reversed(self._trail)):
            part = Content.styled(legible(name), "bold $text" if number == 0 else "")
            longer = Content.assemble(part, " › ", told) if told.plain else part
            if longer.cell_length + 3 > room:
                return (
                    Content.assemble("… › ", told, " ") if told.plain and told.cell_length + 5 <= room else Content("")
                )
            told = longer
        return Content.assemble(told, " ") if told.plain else told

    def _names_line(self) -> Content:
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
        names = self._names
        if sum(len(name) for _, name in names) > room:
            names = tuple((pane_id, self._short.get(pane_id, name)) for pane_id, name in names)
        longest = max(len(name) for _, name in names)
        while longest > 4 and sum(min(len(name), longest) for _, name in names) > room:
            longest -= 1
        cells = []
        for number, (pane_id, name) in enumerate(names, start=self._first):
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


def trail_of(workspace: Workspace) -> list[str]:
    """The resources that led to the chosen one, it being the last."""
    from tui.panes.spelling import called, kind  # the strip is drawn before there is any pane

    return [f"{kind(key.resource_type)} {called(key, workspace.names)}" for key in workspace.selection.trail[-_TRAIL:]]

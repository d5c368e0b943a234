"""A span of time in one row: how much changed when, marks on it, and where one is. It knows no more than numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tui import glyphs

_LEVELS = "▁▂▃▄▅▆▇█"
_PLAIN_LEVELS = ".:-=+*#@"
_LEAST = 20
"""Cells of the bar below which it goes without words beside it."""


class TimeBar(Widget):
    """The density of changes over a span; a click asks for the moment below it."""

    DEFAULT_CSS = """
    TimeBar { height: 1; width: 1fr; background: $surface; color: $text; }
    """

    class Asked(Message):
        """The person pointed at a moment: that of the mark nearby, else that of the cell."""

        def __init__(self, moment: int) -> None:
            super().__init__()
            self.moment = moment

    def __init__(self) -> None:
        super().__init__()
        self._begin = self._end = 0
        self._changes: tuple[int, ...] = ()
        self._marks: tuple[int, ...] = ()
        self._at: int | None = None
        self._left = self._right = ""

    def show(
        self,
        begin: int,
        end: int,
        changes: Sequence[int],
        marks: Sequence[int] = (),
        at: int | None = None,
        labels: tuple[str, str] = ("", ""),
    ) -> None:
        """Show when things changed between `begin` and `end`; `marks` stand out, `at` is where one is."""
        fresh = (begin, max(end, begin + 1), tuple(changes), tuple(marks), at, *labels)
        if fresh != (self._begin, self._end, self._changes, self._marks, self._at, self._left, self._right):
            self._begin, self._end, self._changes, self._marks, self._at, self._left, self._right = fresh
            self.refresh()

    @property
    def _room(self) -> tuple[int, int]:
        """Where the bar begins, and its cells; the labels give way to it on a narrow screen."""
        room = self.size.width - len(self._left) - len(self._right) - 4
        return (len(self._left) + 2, room) if room >= _LEAST else (1, self.size.width - 2)

    def cell_of(self, moment: int) -> int:
        """The cell of the bar in which a moment is, or nearest to it."""
        cells = max(1, self._room[1])
        return max(0, min(cells - 1, (moment - self._begin) * cells // (self._end - self._begin)))

    def on_click(self, event: events.Click) -> None:
        start, cells = self._room
        cell = event.x - start
        if not 0 <= cell < cells:
            return
        event.stop()
        near = [mark for mark in self._marks if abs(self.cell_of(mark) - cell) <= 1]
        middle = self._begin + (2 * cell + 1) * (self._end - self._begin) // (2 * cells)
        self.post_message(self.Asked(min(near, key=lambda mark: abs(mark - middle)) if near else middle))

    def render(self) -> Content:
        start, cells = self._room
        if cells < 1:
            return Content("")
        signs = glyphs.of(self.app)
        levels = _PLAIN_LEVELS if signs.ascii_only else _LEVELS
        counts = [0] * cells
        for moment in self._changes:
            if self._begin <= moment <= self._end:
                counts[self.cell_of(moment)] += 1
        most = max(counts, default=0)
        row: list[tuple[str, str]] = [
            (levels[_level(count, most, len(levels))], "$text-accent") if count else (signs.rule, "$text-muted")
            for count in counts
        ]
        for mark in self._marks:
            if self._begin <= mark <= self._end:
                row[self.cell_of(mark)] = (signs.marked, "$text-success bold")
        if self._at is not None:
            row[self.cell_of(self._at)] = (signs.trunk, "$text-warning bold reverse")
        if start == 1:
            return Content.assemble(" ", *row)
        return Content.assemble((f" {self._left} ", "$text-muted"), *row, (f" {self._right}", "$text-muted"))


def _level(count: int, most: int, levels: int) -> int:
    """How high a count stands: by its logarithm, for the first discovery of everything would flatten all else."""
    return min(levels - 1, int(math.log(count + 1) / math.log(most + 2) * levels))

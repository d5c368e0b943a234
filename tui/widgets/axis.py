"""A line of time with marks on it, in two rows: the marks, and below them when it begins and ends and where one is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tui import glyphs
from tui.text import fit

_ENDS = 2
"""Cells left free at either side."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Something at a moment: a sign of one cell in a style. After one with `gap` there is nothing until the next."""

    moment: int
    sign: str
    style: str = ""
    gap: bool = False


class Axis(Widget):
    """Ticks in the order of time. Where several share a cell, the one under the cursor shows, else the last."""

    DEFAULT_CSS = """
    Axis { height: 2; width: 1fr; padding: 0; }
    """

    class Reached(Message):
        """The person clicked the axis: the number of the tick that is nearest."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, label: Callable[[int], str], *, widget_id: str | None = None) -> None:
        """`label` says a moment in words."""
        super().__init__(id=widget_id)
        self._label = label
        self._ticks: tuple[Tick, ...] = ()
        self._begin = self._end = 0
        self._cursor: int | None = None
        self._other: int | None = None

    def show(self, ticks: Sequence[Tick], begin: int, end: int) -> None:
        """Show ticks over a span of time."""
        self._ticks = tuple(ticks)
        self._begin, self._end = begin, max(end, begin)
        self._cursor = self._other = None
        self.refresh()

    def point(self, cursor: int | None, other: int | None = None) -> None:
        """Stand on one tick; `other` is the one it is compared with."""
        if (cursor, other) != (self._cursor, self._other):
            self._cursor, self._other = cursor, other
            self.refresh()

    def cell_of(self, moment: int, cells: int) -> int:
        """The cell of a moment in a line of so many cells."""
        room = max(1, cells - 2 * _ENDS - 1)
        span = self._end - self._begin
        part = (moment - self._begin) / span if span else 0.5
        return _ENDS + round(min(max(part, 0.0), 1.0) * room)

    def on_click(self, event: events.Click) -> None:
        if not self._ticks:
            return
        event.stop()
        cells = self.size.width
        near = min(
            range(len(self._ticks)), key=lambda number: abs(self.cell_of(self._ticks[number].moment, cells) - event.x)
        )
        self.post_message(self.Reached(near))

    def render(self) -> Content:
        cells = self.size.width
        if cells <= 2 * _ENDS or not self._ticks:
            return Content("")
        return Content.assemble(self._line(cells), "\n", self._words(cells))

    def _line(self, cells: int) -> Content:
        signs = glyphs.of(self.app)
        row: list[tuple[str, str]] = [(" ", "")] * cells
        places = [self.cell_of(tick.moment, cells) for tick in self._ticks]
        for number, tick in enumerate(self._ticks):
            end = places[number + 1] if number + 1 < len(places) else self.cell_of(self._end, cells)
            sign, style = (" ", "") if tick.gap else (signs.rule, "$text-muted")
            for cell in range(places[number] + 1, end + 1):
                row[cell] = (sign, style)
        last = [number for number in (self._other, self._cursor) if number is not None and number < len(self._ticks)]
        for number in [*range(len(self._ticks)), *last]:
            tick = self._ticks[number]
            chosen = "reverse bold" if number == self._cursor else "bold underline" if number == self._other else ""
            row[places[number]] = (tick.sign, f"{tick.style} {chosen}".strip())
        return Content.assemble(*row)

    def _words(self, cells: int) -> Content:
        begin, end = self._label(self._begin), self._label(self._end)
        row = Content(f" {begin}{' ' * max(1, cells - len(begin) - len(end) - 2)}{end} ").stylize("$text-muted")
        if self._cursor is None or self._cursor >= len(self._ticks):
            return row if row.cell_length <= cells else Content(fit(begin, cells))
        here = self._label(self._ticks[self._cursor].moment)
        at = self.cell_of(self._ticks[self._cursor].moment, cells) - len(here) // 2
        at = max(0, min(at, cells - len(here)))
        left = f" {begin}" if at > len(begin) + 2 else ""
        right = f"{end} " if at + len(here) < cells - len(end) - 2 else ""
        gap = max(0, cells - at - len(here) - len(right))
        return Content.assemble(
            (left + " " * (at - len(left)), "$text-muted"), (here, "bold"), (" " * gap + right, "$text-muted")
        )

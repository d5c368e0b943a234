"""Sends a terminal only what differs from what it shows already.

Textual repaints whole regions, and the whole screen several times when a dialog opens or closes; over a slow link
each of those is tens of kilobytes. Here a frame is compared, cell by cell, with what was sent before, and only the
runs that changed go out. What a cell looks like is compared, not how the style came about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TypeAlias

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.control import Control
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

Cell: TypeAlias = tuple[str, Style | None]
"""What stands in a cell; the second cell of a wide letter is empty."""

GAP = 4
"""Unchanged cells between two changed runs that cost no more to send again than to jump over."""


class Frames:
    """What the terminal shows, as far as we know."""

    def __init__(self) -> None:
        self._rows: dict[int, list[Cell | None]] = {}

    def forget(self) -> None:
        """Nothing is known any more: the terminal was resized, or something else wrote to it."""
        self._rows.clear()

    def difference(self, update: CompositorUpdate) -> CompositorUpdate | None:
        """What has to be sent for `update`, and is from now on taken as shown; None when that is nothing."""
        if isinstance(update, LayoutUpdate):
            pieces = _of_layout(update)
        elif isinstance(update, ChopsUpdate):
            pieces = _of_chops(update)
        else:
            self.forget()
            return update
        runs = [run for y, x, cells in pieces for run in self._changed(y, x, cells)]
        return Difference(runs) if runs else None

    def _changed(self, y: int, x: int, cells: list[Cell]) -> Iterator[tuple[int, int, list[Cell]]]:
        """The runs of a piece of row `y` that differ from what stands there, as (y, x, cells)."""
        row = self._rows.setdefault(y, [])
        if len(row) < x + len(cells):
            row.extend([None] * (x + len(cells) - len(row)))
        changed = [at for at, cell in enumerate(cells) if not _same(cell, row[x + at])]
        row[x : x + len(cells)] = cells
        start = 0
        while start < len(changed):
            end = start
            while end + 1 < len(changed) and changed[end + 1] - changed[end] <= GAP:
                end += 1
            first, last = changed[start], changed[end] + 1
            # Half a wide letter cannot be sent.
            while first > 0 and not cells[first][0]:
                first -= 1
            while last < len(cells) and not cells[last][0]:
                last += 1
            yield y, x + first, cells[first:last]
            start = end + 1


class Difference(CompositorUpdate):
    """The runs of cells that changed."""

    def __init__(self, runs: list[tuple[int, int, list[Cell]]]) -> None:
        self.runs = runs

    def render_segments(self, console: Console) -> str:
        """The runs as terminal sequences, each moved to."""
        return "".join(
            Control.move_to(x, y).segment.text + Strip(list(_segments(cells))).render(console)
            for y, x, cells in self.runs
        )


def _of_layout(update: LayoutUpdate) -> Iterator[tuple[int, int, list[Cell]]]:
    for y, line in enumerate(update.strips, update.region.y):
        yield y, update.region.x, [cell for strip in line for cell in _cells(strip)]


def _of_chops(update: ChopsUpdate) -> Iterator[tuple[int, int, list[Cell]]]:
    """The pieces of lines that the update would write, cut to its spans."""
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is None or x >= x2 or end <= x1:
                continue
            cells = list(_cells(strip))
            first, last = max(0, x1 - x), min(len(cells), x2 - x)
            while 0 < first < len(cells) and not cells[first][0]:
                first -= 1
            while last < len(cells) and not cells[last][0]:
                last += 1
            yield y, x + first, cells[first:last]


def _cells(strip: Iterable[Segment]) -> Iterator[Cell]:
    for text, style, control in strip:
        if control:
            continue
        if text.isascii():
            for letter in text:
                yield letter, style
        else:
            yield from _wide_cells(text, style)


def _wide_cells(text: str, style: Style | None) -> Iterator[Cell]:
    """Text with marks and wide letters: a mark joins the letter before it, a wide letter takes two cells."""
    letters: list[str] = []
    for letter in text:
        if letters and cell_len(letter) == 0:
            letters[-1] += letter
        else:
            letters.append(letter)
    for letter in letters:
        yield letter, style
        for _ in range(cell_len(letter) - 1):
            yield "", style


def _segments(cells: list[Cell]) -> Iterator[Segment]:
    """Cells as segments, those of one look together."""
    text: list[str] = []
    before: Style | None = None
    for letter, style in cells:
        if text and style is not before and _look(style) != _look(before):
            yield Segment("".join(text), before)
            text = []
        text.append(letter)
        before = style
    if text:
        yield Segment("".join(text), before)


def _same(one: Cell, other: Cell | None) -> bool:
    if other is None or one[0] != other[0]:
        return False
    return one[1] is other[1] or _look(one[1]) == _look(other[1])


@lru_cache(maxsize=8192)
def _look(style: Style | None) -> str:
    """What a style does to a cell, whatever else it carries."""
    return "" if style is None else style.render(" ", color_system=ColorSystem.TRUECOLOR)

"""Sends a terminal only what differs from what it shows already.

Textual repaints whole regions, and the whole screen several times when a dialog opens or closes; over a slow link
each of those is tens of kilobytes. Here a frame is compared, cell by cell, with what was sent before. Rows that only
moved up or down are moved by the terminal, and of the rest only the runs that changed go out. What a cell looks like
is compared, not how the style came about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate

from tui.pen import Pen

Cell: TypeAlias = tuple[str, str]
"""A letter and its look; the second cell of a wide letter has an empty letter."""

Row: TypeAlias = list[Cell | None]
"""The cells of a row; None where it is not known what the terminal shows."""

GAP = 4
"""Unchanged cells between two changed runs that cost no more to send again than to jump over."""

FARTHEST = 8
"""Rows that lines are looked for above and below where they were."""

WORTH = 3
"""Rows that moving has to save before it is done."""


class Scroll(NamedTuple):
    """Rows `top` to `bottom` (both included) move up by `by` rows, down where it is negative."""

    top: int
    bottom: int
    by: int


class Run(NamedTuple):
    """Cells to be sent, and where."""

    y: int
    x: int
    cells: list[Cell]


class Frames:
    """What the terminal shows, as far as we know."""

    def __init__(self, *, erases: bool = False) -> None:
        """With `erases` the terminal erases in colour, see `tui.pen.erases_in_colour`."""
        self._erases = erases
        self._rows: dict[int, Row] = {}
        self._looks: dict[Style | None, str] = {None: ""}
        self._styles: dict[str, Style] = {"": Style.null()}

    def forget(self) -> None:
        """Nothing is known any more: the terminal was resized, or something else wrote to it."""
        self._rows.clear()

    def difference(self, update: CompositorUpdate) -> CompositorUpdate | None:
        """What has to be sent for `update`, and is from now on taken as shown; None when that is nothing."""
        if isinstance(update, LayoutUpdate):
            pieces = self._of_layout(update)
        elif isinstance(update, ChopsUpdate):
            pieces = self._of_chops(update)
        else:
            self.forget()
            return update
        wanted: dict[int, Row] = {}
        for y, x, cells in pieces:
            row = wanted.get(y)
            if row is None:
                row = wanted[y] = list(self._rows.get(y, ()))
            _put(row, x, cells)
        changed = {y: row for y, row in wanted.items() if row != self._rows.get(y)}
        scroll = self._moved(changed) if len(changed) > WORTH else None
        if scroll is not None:
            changed |= {y: self._rows[y] for y in range(scroll.top, scroll.bottom + 1) if y not in changed}
            self._move(scroll)
        runs = [run for y in sorted(changed) for run in _runs(y, changed[y], self._rows.get(y, []))]
        self._rows.update(changed)
        return Difference(scroll, runs, self._styles, erases=self._erases) if runs or scroll else None

    # Rows that move

    def _moved(self, changed: dict[int, Row]) -> Scroll | None:
        """How the terminal can move rows to where they are wanted; None where it saves little."""
        best: Scroll | None = None
        saved = WORTH - 1
        for distance in range(1, FARTHEST + 1):
            for by in (distance, -distance):
                scroll, saves = self._saves(changed, by)
                if saves > saved:
                    best, saved = scroll, saves
            if best is not None and saved * 2 > len(changed):
                break
        return best

    def _saves(self, changed: dict[int, Row], by: int) -> tuple[Scroll | None, int]:
        """Moving by so many rows, and how many rows need not be sent for it."""
        found = [y for y, row in changed.items() if self._rows.get(y + by) == row and None not in row]
        if len(found) < WORTH:
            return None, 0
        scroll = Scroll(min(found) + min(by, 0), max(found) + max(by, 0), by)
        if any(y not in self._rows for y in range(scroll.top, scroll.bottom + 1)):
            return None, 0
        broken = sum(1 for y in range(scroll.top, scroll.bottom + 1) if y not in changed)
        return scroll, len(found) - broken - 1

    def _move(self, scroll: Scroll) -> None:
        """Take over what the terminal shows after it has moved the rows."""
        before = {y: self._rows[y] for y in range(scroll.top, scroll.bottom + 1)}
        for y, row in before.items():
            come = before.get(y + scroll.by)
            # What comes in at the edge may be blank in some colour or other.
            self._rows[y] = come if come is not None else [None] * len(row)

    # Cells of what Textual wants to paint

    def _of_layout(self, update: LayoutUpdate) -> Iterator[tuple[int, int, list[Cell]]]:
        for y, line in enumerate(update.strips, update.region.y):
            yield y, update.region.x, [cell for strip in line for cell in self._cells(strip)]

    def _of_chops(self, update: ChopsUpdate) -> Iterator[tuple[int, int, list[Cell]]]:
        """The pieces of lines that the update would write, cut to its spans."""
        for y, x1, x2 in update.spans:
            for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if strip is None or x >= x2 or end <= x1:
                    continue
                cells = self._cells(strip)
                first, last = max(0, x1 - x), min(len(cells), x2 - x)
                while 0 < first < len(cells) and not cells[first][0]:
                    first -= 1
                while last < len(cells) and not cells[last][0]:
                    last += 1
                yield y, x + first, cells[first:last]

    def _cells(self, strip: Iterable[Segment]) -> list[Cell]:
        cells: list[Cell] = []
        for text, style, control in strip:
            if control:
                continue
            look = self._look(style)
            if text.isascii():
                cells += [(letter, look) for letter in text]
            else:
                cells += _wide_cells(text, look)
        return cells

    def _look(self, style: Style | None) -> str:
        """What a style does to a cell, whatever else it carries."""
        look = self._looks.get(style)
        if look is None:
            if len(self._looks) > 20_000:  # every resource has its own, where they carry what a click means
                self._looks = {None: ""}
            look = "" if style is None else style.render(" ", color_system=ColorSystem.TRUECOLOR)
            look = "" if look == " " else look
            self._looks[style] = look
            if style is not None:
                self._styles.setdefault(look, style)
        return look


class Difference(CompositorUpdate):
    """Rows to move, and the runs of cells that changed."""

    def __init__(
        self, scroll: Scroll | None, runs: list[Run], styles: dict[str, Style], *, erases: bool = False
    ) -> None:
        self._erases = erases
        self.scroll = scroll
        self.runs = runs
        self._styles = styles

    def render_segments(self, console: Console) -> str:
        """All as terminal sequences; afterwards the terminal writes plainly again."""
        pen = Pen(console, erases=self._erases)
        if self.scroll is not None:
            pen.scroll(*self.scroll)
        for y, x, cells in self.runs:
            pen.move(y, x)
            start = 0
            for at in range(1, len(cells) + 1):
                if at == len(cells) or cells[at][1] != cells[start][1]:
                    text = "".join([letter for letter, _ in cells[start:at]])
                    pen.write(text, at - start, self._styles[cells[start][1]])
                    start = at
        return pen.written()


def _put(row: Row, x: int, cells: list[Cell]) -> None:
    """Lay a piece over a row. A wide letter that it cuts in two is gone, and nobody knows what shows in its place."""
    end = x + len(cells)
    if len(row) < end:
        row.extend([None] * (end - len(row)))
    row[x:end] = cells
    if x > 0 and (before := row[x - 1]) is not None and cells and cells[0][0] and cell_len(before[0]) > 1:
        row[x - 1] = None
    if end < len(row) and (after := row[end]) is not None and not after[0]:
        row[end] = None


def _runs(y: int, row: Row, shown: Row) -> Iterator[Run]:
    """The runs of a row that differ from what stands there."""
    known = len(shown)
    changed = [at for at, cell in enumerate(row) if cell is not None and (at >= known or cell != shown[at])]
    start = 0
    while start < len(changed):
        end = start
        while end + 1 < len(changed) and changed[end + 1] - changed[end] <= GAP:
            end += 1
        first, last = changed[start], changed[end] + 1
        # Half a wide letter cannot be sent.
        while first > 0 and (cell := row[first]) is not None and not cell[0]:
            first -= 1
        while last < len(row) and (cell := row[last]) is not None and not cell[0]:
            last += 1
        cells = [cell for cell in row[first:last] if cell is not None]
        if len(cells) == last - first:
            yield Run(y, first, cells)
        else:  # something between the two is not known, and stays so
            for one in changed[start : end + 1]:
                cell = row[one]
                if cell is not None and cell[0]:
                    wide = one + 1 < len(row) and row[one + 1] is not None and row[one + 1] == ("", cell[1])
                    yield Run(y, one, [cell, ("", cell[1])] if wide else [cell])
        start = end + 1


def _wide_cells(text: str, look: str) -> Iterator[Cell]:
    """Text with marks and wide letters: a mark joins the letter before it, a wide letter takes two cells."""
    letters: list[str] = []
    for letter in text:
        if letters and cell_len(letter) == 0:
            letters[-1] += letter
        else:
            letters.append(letter)
    for letter in letters:
        yield letter, look
        for _ in range(cell_len(letter) - 1):
            yield "", look

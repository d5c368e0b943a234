"""Columns of a table: which are shown in the width there is, and how wide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Column:
    """One column. With `width` it is exactly that wide; without, it shares what the others leave by `weight`.

    A column whose `drop` is above 0 goes when the pane is too narrow for all, the highest number first.
    """

    key: str
    title: str
    width: int = 0
    minimum: int = 8
    maximum: int = 1000
    weight: int = 1
    shorten: Literal["end", "middle", "start"] = "end"
    """Where a text that is too long is cut; ids and ARNs read best cut in the `middle`."""
    right: bool = False
    drop: int = 0
    sortable: bool = True
    room: int = 0
    """Cells that the table must have for the column to be shown at all."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A column at its place: its number in the row, and its cells from `start` on."""

    column: Column
    index: int
    start: int
    width: int


def place(columns: Sequence[Column], width: int, *, gap: int = 2, indent: int = 1) -> tuple[Placed, ...]:
    """Lay columns out in `width` cells, `gap` cells apart, after `indent` cells. Never wider than `width`."""
    shown = [(index, column) for index, column in enumerate(columns) if column.room <= width] or [(0, columns[0])]
    while len(shown) > 1 and _least(shown, gap) > width - indent:
        going = max(shown, key=lambda one: (one[1].drop, one[0]))
        if going[1].drop == 0:
            break
        shown.remove(going)
    widths = _share([column for _, column in shown], max(0, width - indent - gap * (len(shown) - 1)))
    placed: list[Placed] = []
    start = indent
    for (index, column), cells in zip(shown, widths, strict=True):
        cells = max(0, min(cells, width - start))
        if cells:
            placed.append(Placed(column, index, start, cells))
        start += cells + gap
    return tuple(placed)


def _least(shown: Sequence[tuple[int, Column]], gap: int) -> int:
    return sum(column.width or column.minimum for _, column in shown) + gap * (len(shown) - 1)


def _share(columns: Sequence[Column], room: int) -> list[int]:
    """Widths that fill `room` as far as the maxima allow; below the minima everybody gives in proportion."""
    widths = [column.width or column.minimum for column in columns]
    missing = sum(widths) - room
    if missing > 0:
        for index in sorted(range(len(columns)), key=lambda one: bool(columns[one].width)):
            given = min(missing, max(0, widths[index] - (3 if not columns[index].width else 1)))
            widths[index] -= given
            missing -= given
        return widths
    spare = -missing
    growing = [index for index, column in enumerate(columns) if not column.width]
    while spare > 0 and growing:
        weight = sum(columns[index].weight for index in growing)
        given = 0
        for index in list(growing):
            column = columns[index]
            wish = max(1, spare * column.weight // weight)
            step = min(wish, column.maximum - widths[index], spare - given)
            widths[index] += step
            given += step
            if widths[index] >= column.maximum:
                growing.remove(index)
        if given == 0:
            break
        spare -= given
    return widths

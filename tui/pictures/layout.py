"""Where the boxes of a picture stand: a column a step, the root between those that use it and what it uses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from backend.model.neighbourhood import Neighbourhood, Node
from backend.model.spelling import fold

BOX_WIDTH, BOX_HEIGHT = 236, 62
ROW_GAP, COLUMN_GAP, STEP_GAP = 16, 26, 110
"""Between boxes of a column, columns of one step, and steps."""

_FEW = 20
"""Boxes of one column that need no second one."""


@dataclass(frozen=True, slots=True)
class Box:
    """A resource at its place; `x` and `y` are its upper left corner."""

    node: Node
    x: float
    y: float
    column: int
    """Its column among those of its step, counted from the left."""
    left: float
    right: float
    """Where the columns of its step begin and end."""

    @property
    def lane(self) -> float:
        """The height at which lines pass its step, above it: between two rows no box is in the way."""
        return self.y - ROW_GAP / 2 + (self.column % 4 - 1.5) * 2.5

    @property
    def middle(self) -> float:
        return self.y + BOX_HEIGHT / 2


@dataclass(frozen=True, slots=True)
class Layout:
    """The boxes in the order of the nodes, and the room they take."""

    boxes: tuple[Box, ...]
    width: float
    height: float
    headings: tuple[tuple[float, int], ...]
    """(middle, step) of each step."""


def place(shown: Neighbourhood) -> Layout:
    """Boxes in columns; what was reached through one resource stays together, as near to it as it goes."""
    steps: dict[int, list[int]] = {}
    for number, node in enumerate(shown.nodes):
        steps.setdefault(node.step, []).append(number)
    numbers = {fold(node.key): number for number, node in enumerate(shown.nodes)}
    rank: dict[int, float] = {}
    most = max(_FEW, math.ceil(2.2 * math.sqrt(max(map(len, steps.values())))))
    columns: dict[int, list[list[int]]] = {}
    for step in sorted(steps, key=abs):

        def order(number: int, rank: Mapping[int, float] = rank) -> tuple[float, str, str, int]:
            node = shown.nodes[number]
            nearer = rank.get(numbers[fold(node.through)], 0.0) if node.through is not None else 0.0
            return nearer, node.key.resource_type.casefold(), node.name.casefold(), number

        members = sorted(steps[step], key=order)
        rank.update({number: place / len(members) for place, number in enumerate(members)})
        count = math.ceil(len(members) / most)
        each = math.ceil(len(members) / count)
        columns[step] = [members[first : first + each] for first in range(0, len(members), each)]
    tallest = max(len(column) for parts in columns.values() for column in parts)
    height = tallest * (BOX_HEIGHT + ROW_GAP) - ROW_GAP
    spots: dict[int, Box] = {}
    headings: list[tuple[float, int]] = []
    x = 0.0
    for step in sorted(columns):
        parts = columns[step] if step >= 0 else columns[step][::-1]
        begin = x
        end = x + len(parts) * (BOX_WIDTH + COLUMN_GAP) - COLUMN_GAP
        top = (height - max(map(len, parts)) * (BOX_HEIGHT + ROW_GAP) + ROW_GAP) / 2
        for place, column in enumerate(parts):
            y = top
            for number in column:
                spots[number] = Box(shown.nodes[number], x, y, place, begin, end)
                y += BOX_HEIGHT + ROW_GAP
            x += BOX_WIDTH + COLUMN_GAP
        headings.append(((begin + x - COLUMN_GAP) / 2, step))
        x += STEP_GAP - COLUMN_GAP
    boxes = tuple(spots[number] for number in range(len(shown.nodes)))
    return Layout(boxes, x - STEP_GAP, height, tuple(headings))

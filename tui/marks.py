"""Marked rows: two things that are to be compared.

A pane or page with rows that can be compared does three things, and `m`, `D`, `esc` and `:unmark` work in it:

    def markable(self) -> Mark | None:             # what `m` marks: what is under the cursor
        row = self._list.current
        return marks.of_resource(row.key, row.label) if row is not None else None

    table.show_marks(lambda row: marks.of_resource(row.key) in workspace.marks)   # the sign in front of the row

    workspace.marks_changed                        # is told when to draw anew; `show_marks` tables do so by themselves

Four kinds can be marked: a snapshot file in a bucket, a moment, a resource, and an item (a resource at a moment).
What a mark is called is no part of what it is: marks are equal when they name the same thing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from backend.model.delivery import StoredObject
from backend.model.item import ResourceKey
from backend.model.moment import Moment
from tui import times

_NAME = (
    r"_Config(?:(?P<kind>Snapshot)|History_(?P<type>[^_]+))_"
    r"(?P<y>\d{4})(?P<mo>\d\d)(?P<d>\d\d)T(?P<h>\d\d)(?P<mi>\d\d)(?P<s>\d\d)Z"
)
"""What the name of a delivered file tells; compiled by `re` when the first is asked for."""

COMPARED = 2
"""How many can be marked: one more takes the place of the oldest."""


class Mark(msgspec.Struct, frozen=True, eq=False):
    """One marked thing; which of the fields are set says what kind it is. Made by the `of_` functions."""

    label: str
    """What it is called in a sentence or a title. Not made safe to show."""
    resource: ResourceKey | None = None
    moment: Moment | None = None
    stored: StoredObject | None = None
    path: Path | None = None
    """A snapshot file of one's own; typed, never under a cursor."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mark) and self._meant() == other._meant()

    def __hash__(self) -> int:
        return hash(self._meant())

    def _meant(self) -> tuple[object, ...]:
        return self.resource, self.moment, self.stored, self.path

    @property
    def of_estate(self) -> bool:
        """True when it stands for all resources (a file, a moment), False for one of them."""
        return self.resource is None


def of_file(stored: StoredObject) -> Mark:
    """A snapshot file in a bucket; called by what it is and when it was made, its name is a line long."""
    name = stored.key.rpartition("/")[2]
    named = re.search(_NAME, name)
    if named is None:
        return Mark(name, stored=stored)
    year, month, day, hour, minute, second = (named[part] for part in ("y", "mo", "d", "h", "mi", "s"))
    what = "snapshot" if named["kind"] == "Snapshot" else f"history of {named['type'].rpartition('::')[2]}"
    return Mark(f"{what}, {year}-{month}-{day} {hour}:{minute}:{second}", stored=stored)


def of_moment(moment: Moment, zone: times.Zone) -> Mark:
    """Everything as of a moment."""
    return Mark(times.stated(moment, zone), moment=moment)


def of_resource(key: ResourceKey, name: str = "") -> Mark:
    """A resource as it is at the moment looked at; `name` is what people call it."""
    return Mark(name or key.resource_id, resource=key)


def of_item(key: ResourceKey, captured: Moment, zone: times.Zone, name: str = "") -> Mark:
    """A resource as one of its items tells it."""
    return Mark(f"{name or key.resource_id} of {times.stated(captured, zone)}", resource=key, moment=captured)


class Marks:
    """What is marked, the oldest first; tells `changed` after each change."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self._marked: list[Mark] = []
        self._changed = changed

    def toggle(self, mark: Mark) -> bool:
        """Mark, or take the mark off again; True when it is marked now."""
        if mark in self._marked:
            self._marked.remove(mark)
        else:
            self._marked = [*self._marked, mark][-COMPARED:]
        self._changed()
        return mark in self._marked

    def clear(self) -> bool:
        """Take all marks off; False when there were none."""
        had = bool(self._marked)
        self._marked.clear()
        if had:
            self._changed()
        return had

    def __contains__(self, mark: object) -> bool:
        return mark in self._marked

    def __iter__(self) -> Iterator[Mark]:
        return iter(tuple(self._marked))

    def __len__(self) -> int:
        return len(self._marked)

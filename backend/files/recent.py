"""What files hold, at a glance: from when to when their items are, and what changed in the last day of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from backend.files.table import Table
from backend.model.estate import VERDICT
from backend.model.item import DELETED_STATUSES, ResourceKey
from backend.model.moment import DAY, HOUR, Moment


class Change(NamedTuple):
    """An item of the last day."""

    captured: Moment
    key: ResourceKey
    name: str
    deleted: bool


class Recent(NamedTuple):
    """The items of files in short. Verdicts are no changes: they follow from some."""

    items: int
    first: Moment
    last: Moment
    """When the newest item was captured: the day that is told of ends then."""
    hours: tuple[int, ...]
    """Changes in each of the last 24 hours, the oldest first."""
    newest: tuple[Change, ...]
    """The newest changes of that day, the newest first."""

    @property
    def changes(self) -> int:
        """How many changes there were in the last day."""
        return sum(self.hours)


def recent(table: Table, most: int = 50) -> Recent | None:
    """What was captured until the moment of a table, with at most so many changes; None where nothing was."""
    index = table.index
    captured = index.column("captured")
    rows = np.flatnonzero((captured > 0) & (captured <= (captured.max() if table.until is None else table.until)))
    if not len(rows):
        return None
    times = captured[rows]
    last = int(times.max())
    changed = rows[(times > last - DAY) & (index.column("resource_type")[rows] != index.words.find(VERDICT))]
    ages = ((last - captured[changed]) // HOUR).astype("i8")
    newest = changed[np.argsort(-captured[changed], kind="stable")][:most].tolist()
    return Recent(
        items=len(rows),
        first=int(times.min()),
        last=last,
        hours=tuple(np.bincount(ages, minlength=24)[:24][::-1].tolist()),
        newest=tuple(
            Change(index.captured(row), index.key(row), table.label(row), index.text("status", row) in DELETED_STATUSES)
            for row in newest
        ),
    )

"""Which file each row is from, and what follows from a resource being in one snapshot and not in the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from backend.files.columns import Numbers
from backend.model.moment import Moment


class Part(msgspec.Struct):
    """The rows of one file, up to `end`."""

    name: str
    end: int = 0
    snapshot: bool = False
    """Whether it says that it is a snapshot."""
    whole: bool = False
    """Whether it was read to its end."""
    moment: Moment = 0
    """The newest time in it."""

    @property
    def complete(self) -> bool:
        """Whether what it does not have was not there."""
        return self.snapshot and self.whole


def latest_snapshots(parts: Sequence[Part], places: Numbers, until: Moment | None = None) -> dict[int, int]:
    """For each place (an account and region, by number) which part is its newest snapshot until a moment."""
    found: dict[int, int] = {}
    for number, rows in enumerate(_spans(parts)):
        part = parts[number]
        if not part.complete or (until is not None and part.moment > until):
            continue
        for place in np.unique(places[rows.start : rows.stop]).tolist():
            known = found.get(place)
            if known is None or (parts[known].moment, known) <= (part.moment, number):
                found[place] = number
    return found


def gone(
    parts: Sequence[Part], rows: Numbers, resources: Numbers, places: Numbers, until: Moment | None = None
) -> Numbers:
    """Of the newest rows of resources, whether the resource is no more in the newest snapshot of its place.

    `resources` and `places` are numbers for each row of the index that are the same for the same resource and place.
    """
    found = np.zeros(len(rows), bool)
    if len(parts) == 1 or not any(part.complete for part in parts):
        return found
    spans = list(_spans(parts))
    # A file that is being read may have rows already that its part does not count yet.
    of_part = np.minimum(np.searchsorted([part.end for part in parts], rows, side="right"), len(parts) - 1)
    order = np.array([(part.moment, number) for number, part in enumerate(parts)], [("moment", "i8"), ("number", "i8")])
    age = np.argsort(np.argsort(order, order=("moment", "number")))
    for place, number in latest_snapshots(parts, places, until).items():
        span = spans[number]
        here = places[rows] == place
        older = age[of_part] < age[number]
        there = np.isin(resources[rows], resources[span.start : span.stop])
        found |= here & older & ~there
    return found


def told(parts: Sequence[Part], rows: Sequence[int], places: Numbers) -> Iterator[str]:
    """What the snapshots say of a resource with these rows, where that is more than its items; a sentence each."""
    if not rows:
        return
    place = places[rows[0]]
    spans = list(_spans(parts))
    snapshots = [
        number
        for number, span in enumerate(spans)
        if parts[number].complete and (places[span.start : span.stop] == place).any()
    ]
    snapshots.sort(key=lambda number: (parts[number].moment, number))
    there = [any(row in spans[number] for row in rows) for number in snapshots]
    for (before, was), (after, now) in zip(
        zip(snapshots, there, strict=True), list(zip(snapshots, there, strict=True))[1:], strict=False
    ):
        if was and not now:
            yield f"It is in {parts[before].name} and no more in {parts[after].name}: it went between them."
        elif now and not was:
            yield f"It is not yet in {parts[before].name}, but in {parts[after].name}."
    if len(snapshots) > 1 and all(part.snapshot for part in parts):
        yield "Of what changed and changed back between two snapshots nothing is known: history files tell that."


def _spans(parts: Sequence[Part]) -> Iterator[range]:
    start = 0
    for part in parts:
        yield range(start, part.end)
        start = part.end

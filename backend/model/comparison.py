"""What differs between two states of many resources: what is new, gone and changed, type by type.

Most resources are the same on both sides. So the two sides are first compared by a fingerprint each, and only those
whose fingerprints differ are opened and compared field by field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeAlias

import msgspec

from backend.model.diff import Change, changes
from backend.model.item import ConfigurationItem, Document, Json, ResourceKey
from backend.model.moment import Moment
from backend.model.noise import Noise
from backend.model.spelling import fold

NEW, GONE, CHANGED = "new", "gone", "changed"

BATCH = 500
"""Resources that are opened at a time."""

Report: TypeAlias = Callable[[int, int, str], None]
"""Told how many of how many are done, and of what. It may raise to end the work."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What a side of a comparison is, for whoever reads the result."""

    label: str
    """A file's name, `now`, or a moment in words."""
    moment: Moment | None = None
    """As of when it tells; None when that is not known."""
    count: int = 0
    """Resources in it."""
    gaps: tuple[str, ...] = ()
    """What is not known of it, in sentences."""
    sha256: str = ""
    """Of the file, where it is one."""


class Side(Protocol):
    """One of the two states. A resource is known by its folded key, whatever the spelling of its type."""

    @property
    def origin(self) -> Origin: ...

    def fingerprints(self, report: Report) -> Mapping[ResourceKey, object]:
        """Something for each resource that is equal to that of the other side only when nothing differs."""

    def read(self, keys: Sequence[ResourceKey]) -> list[ConfigurationItem]:
        """The items of folded keys, in their order."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A resource that is not the same on both sides; `changes` is empty for what is new or gone."""

    kind: str
    key: ResourceKey
    name: str = ""
    region: str = ""
    changes: tuple[Change, ...] = ()

    @property
    def label(self) -> str:
        return self.name or self.key.resource_id


class TypeCount(msgspec.Struct, frozen=True):
    """How many resources of a type differ."""

    resource_type: str
    new: int = 0
    gone: int = 0
    changed: int = 0


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """All differences, by type and id; `same` counts the resources of both sides that do not differ."""

    before: Origin
    after: Origin
    differences: tuple[Difference, ...] = ()
    same: int = 0
    ignored: int = 0
    """Resources that differ only at ignored paths; they count among the same."""

    def without(self, noise: Noise) -> Comparison:
        """The same, with the changes at ignored paths left out."""
        left: list[Difference] = []
        quiet = 0
        for difference in self.differences:
            if difference.kind == CHANGED:
                heard = noise.heard(difference.changes)
                if not heard:
                    quiet += 1
                    continue
                if len(heard) != len(difference.changes):
                    difference = msgspec.structs.replace(difference, changes=heard)
            left.append(difference)
        return msgspec.structs.replace(
            self, differences=tuple(left), same=self.same + quiet, ignored=self.ignored + quiet
        )

    def of_type(self, resource_type: str) -> Comparison:
        """Only what concerns a type, in any spelling."""
        wanted = resource_type.casefold()
        kept = tuple(each for each in self.differences if each.key.resource_type.casefold() == wanted)
        return msgspec.structs.replace(self, differences=kept)

    def by_type(self) -> list[TypeCount]:
        """The counts of each type that differs, by name."""
        counted: dict[str, dict[str, int]] = {}
        for difference in self.differences:
            of_type = counted.setdefault(difference.key.resource_type, {NEW: 0, GONE: 0, CHANGED: 0})
            of_type[difference.kind] += 1
        return [TypeCount(name, **counts) for name, counts in sorted(counted.items())]

    def count(self, kind: str) -> int:
        """How many are new, gone or changed."""
        return sum(1 for difference in self.differences if difference.kind == kind)


def compare(before: Side, after: Side, report: Report = lambda done, total, what: None) -> Comparison:
    """Compare two sides; `report` is told of the progress."""
    old, new = before.fingerprints(report), after.fingerprints(report)
    differing = [key for key, mark in new.items() if key in old and not _same(old[key], mark)]
    found: list[Difference] = []
    for number, (was, now) in enumerate(_pairs(before, after, differing)):
        if number % BATCH == 0:
            report(number, len(differing), "resources compared")
        changed = tuple(changes(telling(was), telling(now)))
        if changed:
            found.append(_difference(CHANGED, now, changed))
    for side, kind, keys in (
        (after, NEW, [key for key in new if key not in old]),
        (before, GONE, [key for key in old if key not in new]),
    ):
        for some in _batches(keys):
            found += [_difference(kind, item) for item in side.read(some)]
    both = sum(1 for key in new if key in old)
    return Comparison(
        before=before.origin,
        after=after.origin,
        differences=tuple(sorted(found, key=lambda each: (each.key.resource_type, each.label, each.key.resource_id))),
        same=both - sum(1 for each in found if each.kind == CHANGED),
    )


def of_two(before: ConfigurationItem, after: ConfigurationItem, labels: tuple[str, str]) -> Comparison:
    """Two items compared, of one resource or of two; what they are called is given."""
    changed = tuple(changes(telling(before), telling(after)))
    origins = [
        Origin(label=label, moment=item.capture_time, count=1)
        for label, item in zip(labels, (before, after), strict=True)
    ]
    return Comparison(
        before=origins[0],
        after=origins[1],
        differences=(_difference(CHANGED, after, changed),) if changed else (),
        same=0 if changed else 1,
    )


class ItemsSide:
    """Items that are all there: an estate at a moment, or a single resource."""

    def __init__(self, items: Iterable[ConfigurationItem], origin: Origin) -> None:
        self._items = {fold(item.key): item for item in items if not item.deleted}
        self.origin = msgspec.structs.replace(origin, count=len(self._items))

    def fingerprints(self, report: Report) -> Mapping[ResourceKey, object]:
        return self._items

    def read(self, keys: Sequence[ResourceKey]) -> list[ConfigurationItem]:
        return [self._items[key] for key in keys]


def telling(item: ConfigurationItem) -> Document:
    """The fields whose difference means something; capture times, state ids and hashes differ in every item."""
    return {
        "resourceName": item.resource_name,
        "ARN": item.arn,
        "awsRegion": item.region,
        "availabilityZone": item.availability_zone,
        "tags": item.tags,
        "configuration": item.configuration,
        "supplementaryConfiguration": item.supplementary,
        "relationships": linked(item),
    }


def linked(item: ConfigurationItem) -> list[Json]:
    """The relationships of an item as its document spells them."""
    return [
        {
            "name": link.name,
            "resourceType": link.resource_type,
            "resourceId": link.resource_id,
            "resourceName": link.resource_name,
        }
        for link in item.relationships
    ]


def _same(one: object, other: object) -> bool:
    """Whether fingerprints say that nothing differs; items that hold the same are found by their contents."""
    return one is other or (type(one) is type(other) and one == other)


def _pairs(
    before: Side, after: Side, keys: Sequence[ResourceKey]
) -> Iterator[tuple[ConfigurationItem, ConfigurationItem]]:
    for some in _batches(keys):
        yield from zip(before.read(some), after.read(some), strict=True)


def _batches(keys: Sequence[ResourceKey]) -> Iterator[Sequence[ResourceKey]]:
    for first in range(0, len(keys), BATCH):
        yield keys[first : first + BATCH]


def _difference(kind: str, item: ConfigurationItem, changed: tuple[Change, ...] = ()) -> Difference:
    name = item.label if item.label != item.resource_id else ""
    return Difference(kind=kind, key=item.key, name=name, region=item.region, changes=changed)

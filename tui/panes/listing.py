"""The inventory as a list: what matches a filter, in what order. No widgets, so that it can be tried on its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from backend.model.item import ResourceKey, ResourceSummary
from tui.panes.spelling import called, short_type

_TAG = re.compile(r"tags?:(\S*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter as typed: words that all have to be found, and tags that all have to be there."""

    words: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    """(key, value) parts; an empty value matches any."""

    @property
    def everything(self) -> bool:
        return not self.words and not self.tags

    def matches(self, row: ResourceSummary, name: str, tags: Mapping[str, str] | None) -> bool:
        """True when the row has all words and, as far as `tags` are known, all tags."""
        kinds = (row.resource_type, short_type(row.resource_type))
        text = " ".join((*kinds, row.resource_id, row.resource_name or "", name, row.region)).casefold()
        if not all(word in text for word in self.words):
            return False
        if not self.tags:
            return True
        return tags is not None and all(_has(tags, key, value) for key, value in self.tags)


def read_filter(text: str) -> Wanted:
    """`web tag:Team=shop`: words looked for in type, id, name and region; `tag:` in the tags."""
    tags = []
    for found in _TAG.findall(text):
        key, _, value = found.partition("=")
        if key or value:
            tags.append((key.casefold(), value.casefold()))
    return Wanted(tuple(_TAG.sub(" ", text).casefold().split()), tuple(tags))


def _has(tags: Mapping[str, str], key: str, value: str) -> bool:
    """A lone word after `tag:` may stand for a key or a value."""
    for name, content in tags.items():
        named, told = name.casefold(), content.casefold()
        if (value and key in named and value in told) or (not value and (key in named or key in told)):
            return True
    return False


ORDERS: dict[str, Callable[[ResourceSummary, str], tuple[str, ...]]] = {
    "name": lambda row, name: (name, row.resource_id),
    "id": lambda row, name: (row.resource_id.casefold(),),
    "type": lambda row, name: (row.resource_type, name, row.resource_id),
    "region": lambda row, name: (row.region, row.resource_type, name),
}
"""How each column orders the rows, which are given with their names."""


@dataclass(frozen=True, slots=True)
class Order:
    """The column the rows are ordered by."""

    column: str = "type"
    descending: bool = False

    def next(self, column: str) -> Order:
        """The order after a click on a column: that column, or its other direction."""
        return Order(column, not self.descending if column == self.column else False)


def arranged(
    rows: Iterable[ResourceSummary],
    wanted: Wanted,
    order: Order,
    names: Mapping[ResourceKey, str],
    tags: Mapping[ResourceKey, Mapping[str, str]],
) -> Sequence[ResourceSummary]:
    """The rows that are wanted, in order."""

    def name(row: ResourceSummary) -> str:
        return row_name(row, names).casefold()

    kept = [row for row in rows if wanted.everything or wanted.matches(row, name(row), tags.get(row.key))]
    key = ORDERS[order.column]
    return sorted(kept, key=lambda row: key(row, name(row)), reverse=order.descending)


def row_name(row: ResourceSummary, names: Mapping[ResourceKey, str]) -> str:
    """What a row is called: the name people gave the resource, its own, or what else tells what it is."""
    return names.get(row.key) or row.resource_name or called(row.key, names)

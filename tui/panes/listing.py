"""The inventory as a list: what matches a filter, in what order, in which groups. No widgets, so that it can be tried
on its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from backend.model.item import ResourceKey, ResourceSummary
from backend.model.standing import Standing
from tui import times
from tui.filtering import Filter
from tui.panes.spelling import called, short_type


class Entry:
    """A row of the inventory: what its listing says, and what else is known of it by now."""

    __slots__ = ("broken", "folded_name", "name", "note", "standing", "summary", "text")

    def __init__(
        self,
        summary: ResourceSummary,
        name: str = "",
        standing: Standing | None = None,
        broken: Sequence[str] = (),
        note: str = "",
    ) -> None:
        self.summary = summary
        self.name = name or summary.label
        self.folded_name = self.name.casefold()
        self.standing = standing
        self.broken = broken
        """Rules that it breaks."""
        self.note = note
        """Why it is listed, in views that list for a reason."""
        said = (
            summary.resource_type,
            short_type(summary.resource_type),
            summary.resource_id,
            summary.resource_name or "",
            self.name,
            summary.region,
        )
        self.text = "\n".join(said).casefold()

    @property
    def key(self) -> ResourceKey:
        return self.summary.key

    @property
    def state(self) -> str:
        """Its state in its own word; `deleted` also where only the listing tells that."""
        if self.summary.deletion_time is not None:
            return "deleted"
        return self.standing.state if self.standing is not None else ""

    @property
    def tags(self) -> Mapping[str, str]:
        return self.standing.tags if self.standing is not None else {}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Entry):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in Entry.__slots__)

    __hash__ = None  # type: ignore[assignment]


Key = Callable[[Entry], str]

ORDERS: Mapping[str, Key] = {
    "name": lambda row: f"{row.folded_name}\0{row.summary.resource_id}",
    "id": lambda row: row.summary.resource_id.casefold(),
    "type": lambda row: f"{row.summary.resource_type}\0{row.folded_name}\0{row.summary.resource_id}",
    "region": lambda row: f"{row.summary.region}\0{row.summary.resource_type}\0{row.folded_name}",
    "zone": lambda row: f"{row.standing.zone if row.standing else ''}\0{row.folded_name}",
    "account": lambda row: f"{row.standing.account if row.standing else ''}\0{row.folded_name}",
    "state": lambda row: f"{row.state}\0{row.folded_name}",
    "status": lambda row: f"{row.standing.status if row.standing else ''}\0{row.folded_name}",
    "tags": lambda row: f"{' '.join(sorted(row.tags))}\0{row.folded_name}",
    "captured": lambda row: f"{row.standing.captured if row.standing else 0:016d}\0{row.folded_name}",
    "created": lambda row: f"{(row.standing.created if row.standing else 0) or 0:016d}\0{row.folded_name}",
    "verdict": lambda row: f"{9999 - len(row.broken):04d}\0{row.folded_name}",
    "finding": lambda row: f"{9999 - len(row.broken):04d}{int(not row.note)}{row.note}\0{row.folded_name}",
    "note": lambda row: f"{row.note}\0{row.summary.resource_type}\0{row.folded_name}",
}
"""How each column orders the rows: by one text, which is compared faster than anything else."""


def order_key(column: str) -> Key:
    """How a column orders the rows; `tag:Team` by the value of that tag, those without it last."""
    tag = column.removeprefix("tag:")
    if tag != column:
        return lambda row: f"{int(tag not in row.tags)}{row.tags.get(tag, '').casefold()}\0{row.folded_name}"
    return ORDERS[column]


@dataclass(frozen=True, slots=True)
class Order:
    """The column the rows are ordered by."""

    column: str = "type"
    descending: bool = False

    def next(self, column: str) -> Order:
        """The order after a click on a column: that column, or its other direction."""
        return Order(column, not self.descending if column == self.column else False)

    def arrange(self, rows: Iterable[Entry]) -> list[Entry]:
        """The rows in this order."""
        return sorted(rows, key=order_key(self.column), reverse=self.descending)


TOLD = ("name", "type", "id", "state", "region", "zone", "account", "status", "verdict", "tags", "captured", "created")
"""What can be told of a row, besides the value of a tag (`tag:Team`)."""

GROUPINGS = ("type", "region", "account", "zone", "state")
"""What the inventory can be counted by, besides a tag (`tag:Team`)."""


def group_of(row: Entry, by: str) -> str:
    """The group of a row among those counted `by`; empty where it has none."""
    if by == "type":
        return row.summary.resource_type
    if by == "region":
        return row.summary.region
    if by == "state":
        return row.state
    tag = by.removeprefix("tag:")
    if tag != by:
        return row.tags.get(tag, "")
    if "." in by:
        return ""  # a path is only looked for in files, by `tui.panes.inventory_table`
    return str(getattr(row.standing, by)) if row.standing is not None else ""


def needs_items(by: str) -> bool:
    """True when a grouping, or a column, asks for what only the items of the resources tell."""
    return by not in ("type", "region", "name", "id", "verdict", "finding", "note")


def counted(rows: Iterable[Entry], by: str) -> dict[str, int]:
    """How many there are of each group, most first; what belongs to none comes last."""
    found = Counter(group_of(row, by) for row in rows)
    return dict(sorted(found.items(), key=lambda entry: (not entry[0], -entry[1], entry[0])))


@runtime_checkable
class ByColumns(Protocol):
    """Rows that are made when they are looked at, and so are counted and named without making them."""

    def counted(self, by: str) -> dict[str, int]: ...

    def keys(self) -> Sequence[ResourceKey]: ...


def counts_of(rows: Sequence[Entry], by: str) -> dict[str, int]:
    """As `counted`; of rows by columns without making them."""
    return rows.counted(by) if isinstance(rows, ByColumns) else counted(rows, by)


def keys_of(rows: Sequence[Entry]) -> Sequence[ResourceKey]:
    """The resources that rows are of."""
    return rows.keys() if isinstance(rows, ByColumns) else [row.key for row in rows]


def filtered(rows: Sequence[Entry], wanted: Filter) -> Sequence[Entry]:
    """The rows that meet a filter, in the order they have."""
    return rows if wanted.everything else [rows[number] for number in wanted.kept(rows)]


def text_of(row: Entry, key: str, zone: times.Zone) -> str:
    """What stands in a column, in full: for files and for copying."""
    standing = row.standing
    if key == "type":
        return row.summary.resource_type
    if key == "captured":
        return times.full(standing.captured, zone) if standing and standing.captured else ""
    if key == "created":
        return times.full(standing.created, zone) if standing and standing.created else ""
    if key == "verdict":
        return ", ".join(row.broken)
    if key.startswith("tag:"):
        return row.tags.get(key.removeprefix("tag:"), "")
    if key == "tags":
        return " ".join(f"{name}={value}" for name, value in row.tags.items())
    if key in ("zone", "account", "status"):
        return str(getattr(standing, key)) if standing else ""
    return {
        "name": row.name,
        "id": row.summary.resource_id,
        "region": row.summary.region,
        "state": row.state,
    }.get(key, row.note)


def row_name(row: ResourceSummary, names: Mapping[ResourceKey, str]) -> str:
    """What a row is called: the name people gave the resource, its own, or what else tells what it is."""
    return names.get(row.key) or row.resource_name or called(row.key, names)

"""All that the resource browser knows, and what of it is to be shown: view, group, filter and order, one after the
other. No widgets; what it is told comes from `inventory_reading`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from backend.model.item import ResourceKey, ResourceSummary
from backend.model.moment import Moment
from backend.model.standing import Standing
from tui.filtering import Filter
from tui.panes.inventory_views import VIEWS, View
from tui.panes.listing import Entry, Order, counted, filtered, group_of, needs_items, row_name

AT_ONCE = 3_000
"""Rows that are arranged at once; more are arranged in a thread, and renewed so many at a time."""


@dataclass(frozen=True)
class Looked:
    """What of the inventory is looked at."""

    view: str = "all"
    by: str = "type"
    """What the groups are."""
    group: str | None = None
    """The group shown; None shows all."""
    order: Order = field(default_factory=Order)
    wanted: Filter = field(default_factory=Filter)


class Inventory:
    """The resources, and what is known of each by now."""

    def __init__(self) -> None:
        self.looked = Looked()
        self.rows: list[Entry] = []
        """Every resource that is listed."""
        self.standings: dict[ResourceKey, Standing] = {}
        self.broken: Mapping[ResourceKey, tuple[str, ...]] = {}
        """The rules that each resource breaks."""
        self.gaps: list[Entry] = []
        """Resources that are spoken of but not recorded, each with the reason."""
        self.items_known = False
        """Whether the newest items of all resources were read."""
        self.rules_known = False
        self.gaps_known = False
        self._named: dict[ResourceKey, str] = {}
        self._version = 0
        self._arranged: tuple[object, list[Entry]] = (None, [])
        self._counted: tuple[object, dict[str, int]] = (None, {})

    # What it is told

    def entry(self, summary: ResourceSummary, names: Mapping[ResourceKey, str]) -> Entry:
        """A row with all that is known of it."""
        key = summary.key
        return Entry(summary, row_name(summary, names), self.standings.get(key), self.broken.get(key, ()))

    def put(self, rows: list[Entry]) -> None:
        """These are the resources now."""
        self.rows = rows
        self._version += 1

    def learn(self, standings: Iterable[Standing]) -> None:
        """How some resources stand; `renew` brings it into the rows."""
        for found in standings:
            self.standings[found.key] = found
            if found.tags.get("Name"):
                self._named[found.key] = found.tags["Name"]

    def take_names(self) -> dict[ResourceKey, str]:
        """The names that people gave, as far as they were learnt since this was asked last."""
        named, self._named = self._named, {}
        return named

    def renew(self, names: Mapping[ResourceKey, str]) -> None:
        """Bring into the rows what became known since they were made."""
        if self._renew(range(len(self.rows)), names):
            self._version += 1

    async def renew_gently(self, names: Mapping[ResourceKey, str]) -> None:
        """The same, with room for keys between some rows and the next."""
        rows = self.rows
        for first in range(0, len(rows), AT_ONCE):
            if self._renew(range(first, min(first + AT_ONCE, len(rows))), names):
                self._version += 1
            await asyncio.sleep(0)
            if rows is not self.rows:
                return  # they were made anew, with all that is known

    def _renew(self, numbers: range, names: Mapping[ResourceKey, str]) -> bool:
        changed = False
        for number in numbers:
            row = self.rows[number]
            key = row.key
            standing, broken = self.standings.get(key), self.broken.get(key, ())
            name = row_name(row.summary, names)
            if row.name != name:
                self.rows[number] = Entry(row.summary, name, standing, broken)
                changed = True
            elif row.standing is not standing or row.broken != broken:
                row.standing, row.broken = standing, broken
                changed = True
        return changed

    def set_gaps(self, gaps: list[Entry]) -> None:
        """What is not recorded."""
        self.gaps, self.gaps_known = gaps, True
        self._version += 1

    @property
    def newest(self) -> Moment | None:
        """The capture time of the newest item that is known."""
        return max((found.captured for found in self.standings.values()), default=None)

    # What is looked at

    def look(self, **changes: object) -> None:
        """Look at something else: `look(view="idle")`."""
        self.looked = replace(self.looked, **changes)  # type: ignore[arg-type]

    @property
    def view(self) -> View:
        return VIEWS[self.looked.view]

    def wants_items(self, columns: Sequence[str] = ()) -> bool:
        """True when what is looked at can only be told from the items."""
        looked = self.looked
        return (
            self.view.needs_items
            or looked.wanted.needs_items
            or any(needs_items(one) for one in (looked.by, looked.order.column, *columns))
        )

    def wants_rules(self, columns: Sequence[str] = ()) -> bool:
        """True when what is looked at can only be told from the verdicts of the rules."""
        looked = self.looked
        return self.view.needs_rules or looked.wanted.needs_rules or "verdict" in (looked.order.column, *columns)

    @property
    def _order_asked(self) -> object:
        return self._version, self.looked.view, self.looked.order

    @property
    def _groups_asked(self) -> object:
        return self._version, self.looked.view, self.looked.by

    @property
    def ready(self) -> bool:
        """True when `arranged`, `groups` and `shown` answer without holding the screen."""
        prepared = self._arranged[0] == self._order_asked and self._counted[0] == self._groups_asked
        return prepared or len(self.rows) <= AT_ONCE

    @property
    def reads_items(self) -> bool:
        """True when `prepare` reads items for what is looked at, and so takes its time."""
        return False

    async def prepare(self, report: Callable[[int, int], None] = lambda done, total: None) -> None:
        """Arrange and count in a thread, until what is looked at by then is `ready`."""
        while not self.ready:
            asked, by_group = self._order_asked, self._groups_asked
            found = await asyncio.to_thread(_arrange, self.looked, list(self.rows), list(self.gaps))
            if (asked, by_group) == (self._order_asked, self._groups_asked):
                self._arranged, self._counted = (asked, found[0]), (by_group, found[1])

    def first_of(self, rows: Sequence[Entry], resource_type: str) -> Entry | None:
        """The first of some rows that is of a type."""
        return next((row for row in rows if row.summary.resource_type == resource_type), None)

    def arranged(self) -> list[Entry]:
        """The rows of the view, in order."""
        asked = self._order_asked
        if self._arranged[0] != asked:
            self._arranged = (asked, self.looked.order.arrange(self.view.rows(self.rows, self.gaps)))
        return self._arranged[1]

    def groups(self) -> dict[str, int]:
        """How many rows of the view each group has, most first."""
        asked = self._groups_asked
        if self._counted[0] != asked:
            self._counted = (asked, counted(self.arranged(), self.looked.by))
        return self._counted[1]

    def shown(self) -> Sequence[Entry]:
        """The rows to show."""
        rows: Sequence[Entry] = self.arranged()
        group, by = self.looked.group, self.looked.by
        if group is not None:
            rows = [row for row in rows if group_of(row, by) == group]
        return filtered(rows, self.looked.wanted)

    def find(self, text: str, wanted: Filter) -> ResourceKey | None:
        """The listed resource with this id or name, or the only one that meets a filter."""
        for row in self.rows:
            if text in (row.summary.resource_id, row.summary.resource_name, row.name):
                return row.key
        found = [row.key for row in self.rows if wanted.matches(row)]
        return found[0] if len(found) == 1 else None

    def vocabulary(self) -> dict[str, list[str]]:
        """What each word of the filter can be followed by, as far as it is known."""
        found: dict[str, set[str]] = {"type": set(), "region": set()}
        for row in self.rows:
            found["type"].add(row.summary.resource_type)
            found["region"].add(row.summary.region)
        for one in self.standings.values():
            for word, value in (("zone", one.zone), ("account", one.account), ("state", one.state)):
                found.setdefault(word, set()).add(value)
            found.setdefault("status", set()).add(one.status)
            found.setdefault("tag", set()).update(f"{key}={value}" for key, value in one.tags.items() if key != "Name")
        found["rule"] = {rule for rules in self.broken.values() for rule in rules}
        return {word: sorted(filter(None, values)) for word, values in found.items()}

    def tag_keys(self) -> list[str]:
        """The keys of tags that are used, the most used first."""
        count: dict[str, int] = {}
        for found in self.standings.values():
            for key in found.tags:
                count[key] = count.get(key, 0) + 1
        return sorted(count, key=lambda key: (-count[key], key))


def _arrange(looked: Looked, rows: Sequence[Entry], gaps: Sequence[Entry]) -> tuple[list[Entry], dict[str, int]]:
    arranged = looked.order.arrange(VIEWS[looked.view].rows(rows, gaps))
    return arranged, counted(arranged, looked.by)

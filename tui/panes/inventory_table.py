"""The inventory of files: arranged by columns, so that a million resources are filtered as one types.

It is looked at as any other `Inventory`; its rows are made when they come in sight.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, overload

import numpy as np

from backend.files.columns import Numbers
from backend.files.gaps import missing
from backend.files.index import LABEL
from backend.files.search import Truths
from backend.files.selection import RowKeys
from backend.files.table import Table
from backend.model.exposure import EXPOSED_TYPES
from backend.model.item import PlacedKey, ResourceKey, ResourceSummary
from backend.model.moment import Moment
from backend.model.security import is_security_type
from backend.model.standing import IDLE_TYPES, Standing, standing
from tui.filtering import Filter, Part
from tui.panes.inventory import AT_ONCE, Inventory, Looked
from tui.panes.inventory_views import VIEWS, deleted_entry, missing_entry
from tui.panes.listing import Entry, counted, filtered, group_of, row_name

_MADE = 2_000
"""Rows that are held once they were made: some screens of them."""
_READ = 1_000
"""Items that are read in one go."""


Report = Callable[[int, int], None]


def _unheard(done: int, total: int) -> None:
    """Nobody asked how far it is."""


class PlacedEntry(Entry):
    """The row of a resource such as another account or region has too."""

    __slots__ = ("_key",)

    def __init__(self, key: PlacedKey, summary: ResourceSummary, name: str, standing: Standing) -> None:
        super().__init__(summary, name, standing)
        self._key = key

    @property
    def key(self) -> ResourceKey:
        return self._key


class Rows(Sequence[Entry]):
    """Some rows of a table, in order."""

    def __init__(self, table: Table, numbers: Numbers, names: Mapping[ResourceKey, str]) -> None:
        self.numbers = numbers
        self._table = table
        self._names = names
        self._made: dict[int, Entry] = {}

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, place: int) -> Entry: ...

    @overload
    def __getitem__(self, place: slice) -> Rows: ...

    def __getitem__(self, place: int | slice) -> Entry | Rows:
        if isinstance(place, slice):
            return Rows(self._table, self.numbers[place], self._names)
        row = int(self.numbers[place])
        found = self._made.get(row)
        if found is None:
            if len(self._made) >= _MADE:
                self._made.clear()
            self._made[row] = found = self._make(row)
        return found

    def __iter__(self) -> Iterator[Entry]:
        return map(self._make, self.numbers.tolist())

    def _make(self, row: int) -> Entry:
        summary, known = self._table.summary(row), self._table.standing(row)
        name = self._table.label(row) or row_name(summary, self._names)
        key = self._table.index.placed_key(row)
        return PlacedEntry(key, summary, name, known) if isinstance(key, PlacedKey) else Entry(summary, name, known)

    def keys(self) -> RowKeys:
        """The resources that they are of."""
        return RowKeys(self._table.index, self.numbers)

    def by_key(self, resource_type: str | None = None) -> Rows:
        """Those of a type, or all, in the order of their types and ids."""
        numbers = self.numbers
        if resource_type is not None:
            numbers = numbers[self._table.having("type", resource_type)[numbers]]
        return Rows(self._table, self._table.by_key(numbers), self._names)

    def counted(self, by: str) -> dict[str, int]:
        """How many there are of each group."""
        return self._table.counted(by, self.numbers)

    def first_of(self, resource_type: str) -> Entry | None:
        """The first of a type; rows are not made to be looked at, as thousands may come before it."""
        index = self._table.index
        wanted = index.words.find(resource_type)
        there = index.column("resource_type")[self.numbers] == wanted
        return self[int(there.argmax())] if wanted >= 0 and there.any() else None

    def place_of(self, key: ResourceKey) -> int | None:
        """The place of a resource among them."""
        places = np.flatnonzero(np.isin(self.numbers, self._table.index.rows_of(key)))
        return int(places[0]) if len(places) else None


class _Asked(NamedTuple):
    """What is looked at, of which rows: whoever arranges it in a thread looks at nothing that changes meanwhile."""

    table: Table
    looked: Looked

    @property
    def reads_items(self) -> bool:
        view = VIEWS[self.looked.view]
        return view.needs_items and not view.needs_gaps


class _Arranged(NamedTuple):
    """What is looked at, arranged."""

    asked: _Asked | None
    everything: Sequence[Entry]
    groups: dict[str, int]
    shown: Sequence[Entry]


class TableInventory(Inventory):
    """What files hold."""

    def __init__(self, table: Table, names: Mapping[ResourceKey, str], now: Moment) -> None:
        """`names` tell what other resources are called, `now` from when one looks back at what is deleted."""
        super().__init__()
        self._now = now
        self.table = table
        self._names = names
        self.items_known = self.rules_known = self.gaps_known = True
        self._lock = threading.Lock()
        self._arranged_rows = _Arranged(None, (), {}, ())
        self._noted: dict[tuple[Table, str], list[Entry]] = {}
        """The rows of the views that need a reason for each, as far as they were looked at."""

    def grown(self, table: Table) -> None:
        """More may have been read since."""
        self.table = table
        self._noted = {asked: rows for asked, rows in self._noted.items() if asked[0] is table}
        self._settle()

    def look(self, **changes: object) -> None:
        super().look(**changes)
        self._settle()

    def _settle(self) -> None:
        """Few rows are arranged at once; of many somebody has to `prepare` them."""
        needs_items = self.looked.wanted.needs_bodies or self.view.needs_items or "." in self.looked.by
        if self.table.index.count <= AT_ONCE and not needs_items and not self.ready:
            found = self._arrange(self._asked)
            if found is not None:
                self._take(found)

    @property
    def _asked(self) -> _Asked:
        return _Asked(self.table, self.looked)

    @property
    def ready(self) -> bool:
        return self._arranged_rows.asked == self._asked

    @property
    def reads_items(self) -> bool:
        """True when what is looked at is only found by reading the items of some types, which takes its time."""
        return self._asked.reads_items and (self.table, self.looked.view) not in self._noted

    async def prepare(self, report: Report = _unheard) -> None:
        """Arrange in a thread; `report` is told how many items are read, of how many."""
        while not self.ready:
            found = await asyncio.to_thread(self._arranged_in_turn, self._asked, report)
            if found is not None:
                self._take(found)

    def _take(self, found: _Arranged) -> None:
        self._arranged_rows = found
        self.rows = found.everything  # type: ignore[assignment]

    def _arranged_in_turn(self, asked: _Asked, report: Report) -> _Arranged | None:
        with self._lock:
            # Whoever types is faster than a search through everything: what nobody waits for any more is left out.
            return self._arrange(asked, report) if asked == self._asked else None

    def _arrange(self, asked: _Asked, report: Report = _unheard) -> _Arranged | None:
        """None when nobody waits for it any more."""
        table, looked = asked
        if looked.view != "all":
            noted = self._noted.get((table, looked.view))
            if noted is None:
                noted = self._read_noted(asked, report) if asked.reads_items else list(self._missing_rows(table))
            return self._arrange_noted(asked, noted) if noted is not None else None
        everything = table.all_ordered(looked.order.column, descending=looked.order.descending)
        wanted = [] if looked.group is None else [table.having(looked.by, looked.group)]
        wanted += [truths(table, part) for part in looked.wanted.parts]
        shown = table.kept(wanted, everything)
        groups = table.all_counted(looked.by)
        return _Arranged(asked, Rows(table, everything, self._names), groups, Rows(table, shown, self._names))

    def _arrange_noted(self, asked: _Asked, noted: list[Entry]) -> _Arranged:
        """Views that list a part, each with its reason: that part is made of objects as everywhere else."""
        looked = asked.looked
        self._noted[asked.table, looked.view] = noted
        everything = looked.order.arrange(noted)
        group = looked.group
        shown = [row for row in everything if group is None or group_of(row, looked.by) == group]
        return _Arranged(asked, everything, counted(everything, looked.by), filtered(shown, looked.wanted))

    def _read_noted(self, asked: _Asked, report: Report) -> list[Entry] | None:
        """Read the items that can have a reason to be in a view; None when nobody waits for it any more."""
        table, view = asked.table, VIEWS[asked.looked.view]
        rows = _of_types(table, _TYPES_OF[view.id]).tolist()
        found: list[Entry] = []
        for first in range(0, len(rows), _READ):
            if asked != self._asked:
                return None
            some = rows[first : first + _READ]
            made = []
            for item, row in zip(table.index.items(some), some, strict=True):
                summary = table.summary(row)
                made.append(Entry(summary, table.label(row) or row_name(summary, self._names), standing(item)))
            found += view.rows(made, ())
            report(first, len(rows))
        return found

    def _missing_rows(self, table: Table) -> Iterator[Entry]:
        rows = table.rows()
        living = table.living()[rows]
        yield from (deleted_entry(table.summary(row), self._now) for row in rows[~living].tolist())
        for target, row, count in missing(table.index, rows):
            yield missing_entry(target, table.standing(row), count)

    # What is asked of it

    @property
    def newest(self) -> Moment | None:
        captured = self.table.index.column("captured")
        return int(captured.max()) if len(captured) else None

    def first_of(self, rows: Sequence[Entry], resource_type: str) -> Entry | None:
        return rows.first_of(resource_type) if isinstance(rows, Rows) else super().first_of(rows, resource_type)

    def arranged(self) -> Sequence[Entry]:  # type: ignore[override]
        return self._arranged_rows.everything

    def groups(self) -> dict[str, int]:
        return self._arranged_rows.groups

    def shown(self) -> Sequence[Entry]:
        return self._arranged_rows.shown

    def vocabulary(self) -> dict[str, list[str]]:
        table = self.table
        found = {by: table.values(by).texts for by in ("type", "region", "zone", "account", "state", "status")}
        tags = table.index.tags
        pairs = (tags.texts.text(number).split("\0", 1) for number in range(min(len(tags), _MADE)))
        known = ("=".join(pair) for pair in pairs if pair[0] != LABEL)
        return {word: sorted(filter(None, texts)) for word, texts in {**found, "tag": list(known)}.items()}

    def tag_keys(self) -> list[str]:
        return self.table.tag_keys()

    def find(self, text: str, wanted: Filter) -> ResourceKey | None:
        index, rows = self.table.index, self.table.rows()
        there = [*index.with_id(text).tolist(), *index.with_name(text).tolist()]
        if there:
            return index.key(there[0])
        there = self.table.labelled(text).tolist()
        if there:
            return index.key(there[0])
        found = self.table.kept([truths(self.table, part) for part in wanted.parts], rows)
        return index.key(int(found[0])) if len(found) == 1 else None

    def learn(self, standings: Iterable[object]) -> None:
        """Nothing: all is known that files tell."""

    def take_names(self) -> dict[ResourceKey, str]:
        return {}

    def renew(self, names: Mapping[ResourceKey, str]) -> None:
        """Nothing: rows are made with what is known."""

    async def renew_gently(self, names: Mapping[ResourceKey, str]) -> None:
        """Nothing, as `renew`."""


_TYPES_OF: Mapping[str, Callable[[str], bool]] = {
    "idle": lambda resource_type: resource_type in IDLE_TYPES,
    "security": lambda resource_type: is_security_type(resource_type) or resource_type in EXPOSED_TYPES,
}
"""Types that can have a reason to be listed in a view."""


def _of_types(table: Table, meant: Callable[[str], bool]) -> Numbers:
    rows, index = table.rows(), table.index
    kinds = [number for number in range(len(index.words)) if meant(index.words.texts.text(number))]
    return rows[np.isin(index.column("resource_type")[rows], kinds)]


def truths(table: Table, part: Part) -> Truths:
    """For each row whether it meets a part of a filter. Raises `BadInput` when what was kept of files is damaged."""
    found = _meant(table, part)
    return ~found if part.negated else found


def _meant(table: Table, part: Part) -> Truths:
    search = table.search
    if not part.field:
        return search.word(part.value)
    if part.moment is not None:
        return search.captured(**{part.field: part.moment})
    words = [one.casefold() for one in part.value.split(",") if one]
    if part.field == "tag":
        found = [search.tagged(*_tag(one)) for one in words]
        return np.logical_or.reduce(found) if found else np.zeros(table.index.count, bool)
    if part.field == "id":
        return search.in_id(words)
    if part.field == "name":
        return search.in_name(words)
    if part.field == "text":
        return table.holding(part.value)
    if part.field == "state" or "." in part.field:
        return table.like(part.field, words)
    if part.field == "rule":
        return np.zeros(table.index.count, bool)  # files have no rules
    return search.in_column({"type": "resource_type"}.get(part.field, part.field), words)


def _tag(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return key, value

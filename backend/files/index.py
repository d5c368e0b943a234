"""What is kept of files that are being read: columns of what each item is known by, and the items themselves on disk.

A row is an item; its number is its place among all that were read. Of an item memory holds some numbers, its names and
its links (`memory` in `make bench` says how much); the items lie compressed in a file, and any is there again in some
milliseconds.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from backend.files.bodies import Bodies, temporary
from backend.files.columns import NOTHING, Column, Numbers, Symbols, Texts
from backend.files.heads import Head, decode_heads, split_off, tags_of
from backend.files.names import fold_names, letters_of
from backend.files.ordering import ranks
from backend.files.parts import Part, gone
from backend.files.read import no_items, slices
from backend.files.source import called, opened
from backend.files.stamps import read_moments
from backend.model.item import DELETED_STATUSES, ConfigurationItem, Json, PlacedKey, ResourceKey
from backend.model.moment import Moment

ROW = {
    "resource_type": "i4",
    "resource_id": "i4",
    "resource_name": "i4",
    "region": "i4",
    "account": "i4",
    "zone": "i4",
    "status": "i4",
    "state": "i4",
    "captured": "i8",
    "created": "i8",
    "links_end": "i8",
    "tags_end": "i8",
}
"""The columns of a row: numbers of symbols, moments (0 for none), and where its links and tags end in their columns."""

LINK = {"target": "i4", "target_type": "i4", "link_name": "i4"}
"""The columns of a link; the target is the symbol of an id or, where there is none, of a name."""

_WORDS = ("resource_type", "region", "zone", "status", "state")
"""Columns whose symbols are those of `words`; there are few, and many rows have the same."""


LABEL = "Name"
"""The key of the tag that people name a resource by."""


class Skipped(msgspec.Struct):
    """Entries of a file that are no configuration items."""

    name: str
    """That of the file."""
    count: int = 0
    first: Json = None
    offset: int | None = None
    """Where the first one begins, in bytes of what is inflated, where that is known."""

    def add(self, entry: Json, offset: int | None) -> None:
        if not self.count:
            self.first, self.offset = entry, offset
        self.count += 1

    def told(self) -> str:
        """All of it in a sentence."""
        some = f"{self.count:,} entries are no configuration items and are"
        if self.count == 1:
            some = "1 entry is no configuration item and is"
        place = f", the first from byte {self.offset:,} on" if self.offset is not None else ""
        return f"{self.name}: {some} left out{place}."


class Index:
    """Rows and items of any number of files; filled by one thread at a time, read by any."""

    def __init__(self, bodies: Bodies | None = None, arrays: Mapping[str, Mapping[str, Numbers]] | None = None) -> None:
        """Empty, or what `arrays` gave of another one; without `bodies` the items lie in a nameless file."""
        kept = arrays or {}
        self.bodies = bodies if bodies is not None else Bodies(temporary())
        self.columns = {
            name: Column(kind, kept["columns"][name] if kept else None) for name, kind in {**ROW, **LINK}.items()
        }
        self.columns["tag"] = Column("i4", kept["columns"]["tag"] if kept else None)
        self.words = Symbols(kept.get("words"))
        """Types, regions, zones, statuses, states, and the names of links."""
        self.ids = Symbols(kept.get("ids"))
        """Ids and names of resources, and what links lead to; account numbers too."""
        self.tags = Symbols(kept.get("tags"))
        """Key and value of each different tag, apart from the one that names a resource: nearly each has its own."""
        self.labels = Texts(kept.get("labels"))
        """The name that people gave each row by the tag for that; empty where they gave none."""
        self.names = Texts(kept.get("names"))
        """What each row is searched and ordered by (`backend.files.names`)."""
        self.count = len(self.columns["links_end"])
        """Rows by now."""
        self.parts: list[Part] = []
        """The files, in the order in which they were read."""
        self.position = 0
        """Bytes of the files that were taken so far, as they lie there."""
        self.skipped: list[Skipped] = []
        """What was passed over, by file."""
        self.frozen = arrays is not None
        self._by_id: tuple[Numbers, Numbers] | None = None
        """The rows in the order of their ids' numbers, and these; once no more rows come."""
        self._living: dict[Moment | None, Numbers] = {}
        self._living_of = -1
        self._places = self._numbered = self._twin = np.empty(0, "i8")
        self._folded: tuple[list[str], dict[str, int], Numbers] | None = None
        self.worked_out: dict[str, Numbers] = dict(kept.get("worked_out", {}))
        """What took a while to find out, once no more rows come."""

    # Filling

    def read(self, path: Path, largest: int | None = None) -> Iterator[int]:
        """Take in a file; after each slice of about a MiB the number of rows so far. Raises `BadInput`.

        `largest` are the bytes that it may inflate to, in place of the usual limits.
        Entries that are no items are passed over, counted and told of in `skipped`.
        """
        before, left_out = self.count, Skipped(called(path))
        passed = self.position
        file = Part(called(path), self.count)
        self.parts.append(file)
        with opened(path, largest) as source:
            for part in slices(source, decode_heads):
                file.snapshot = part.snapshot
                self.position = passed + source.position
                heads, text, others = split_off(part)
                for entry, offset in others:
                    left_out.add(entry, offset)
                if others and left_out not in self.skipped:
                    self.skipped.append(left_out)
                if heads:
                    self.bodies.keep(text, self.count)
                    self._add(heads)
                    file.end = self.count
                    file.moment = max(file.moment, int(self.column("captured")[-len(heads) :].max()))
                yield self.count
        self.bodies.settle()
        file.whole = True
        if left_out.count and self.count == before:
            raise no_items(called(path), left_out.first)

    def _add(self, heads: Sequence[Head]) -> None:
        count = len(heads)
        links = [head.links or () for head in heads]
        flat = list(chain.from_iterable(links))
        tags = [tags_of(head) for head in heads]
        labels = [_taken_label(one) for one in tags]
        pairs = list(chain.from_iterable(one.items() for one in tags))
        words, ids = self.words.numbers, self.ids.numbers
        found = {
            "resource_type": words(map(attrgetter("resource_type"), heads), count),
            "region": words(map(attrgetter("region"), heads), count),
            "zone": words(map(attrgetter("zone"), heads), count),
            "status": words([head.status or "OK" for head in heads], count),
            "state": words([head.state for head in heads], count),
            "resource_id": ids(map(attrgetter("resource_id"), heads), count),
            "resource_name": ids(map(attrgetter("resource_name"), heads), count),
            "account": ids([head.account or head.old_account for head in heads], count),
            "captured": read_moments([head.captured for head in heads]),
            "created": read_moments([head.created for head in heads]),
            "links_end": _ends(self.columns["target"], links),
            "tags_end": _ends(self.columns["tag"], tags),
            "target": ids([link.resource_id or link.resource_name for link in flat], len(flat)),
            "target_type": words(map(attrgetter("resource_type"), flat), len(flat)),
            "link_name": words([link.name or link.old_name for link in flat], len(flat)),
            "tag": self.tags.numbers(pairs, len(pairs)),
        }
        self.labels.add(labels)
        self.names.add(fold_names(heads, labels))
        for name, values in found.items():
            self.columns[name].extend(values)
        self.count += count  # last: who reads meanwhile sees rows only that are whole

    def freeze(self) -> None:
        """All is read: what only reading needs is given up."""
        self.bodies.settle()
        for symbols in (self.words, self.ids, self.tags):
            symbols.freeze()
        self.frozen = True

    def arrays(self) -> dict[str, dict[str, Numbers]]:
        """All that memory holds of it, to be kept; after `freeze`."""
        return {
            "columns": {name: column.values for name, column in self.columns.items()},
            "words": self.words.arrays(),
            "ids": self.ids.arrays(),
            "tags": self.tags.arrays(),
            "names": self.names.arrays(),
            "labels": self.labels.arrays(),
            "worked_out": self.worked_out,
        }

    def close(self) -> None:
        self.bodies.close()

    def fixed(self) -> Index:
        """The same as it is now: while it grows, whoever asks several things of it asks them of the same rows."""
        if self.frozen:
            return self
        view = copy.copy(self)
        view._living, view._living_of, view._by_id = {}, -1, None
        view._places = view._numbered = view._twin = np.empty(0, "i8")
        return view

    # Rows

    def column(self, name: str) -> Numbers:
        """A column of all rows by now."""
        return self.columns[name].values[: self.count]

    def text(self, column: str, number: int) -> str:
        """What stands in a row's column of symbols."""
        symbols = self.words if column in _WORDS else self.ids
        return symbols.texts.text(int(self.columns[column].values[number]))

    def key(self, number: int) -> ResourceKey:
        return ResourceKey(self.text("resource_type", number), self.text("resource_id", number))

    def captured(self, number: int) -> Moment:
        return int(self.columns["captured"].values[number])

    def deleted(self, number: int) -> bool:
        return not self.living()[number]

    def tags_of(self, number: int) -> dict[str, str]:
        """The tags of a row."""
        start, end = _span(self.columns["tags_end"].values, number)
        pairs = (self.tags.texts.text(int(tag)).split("\0", 1) for tag in self.columns["tag"].values[start:end])
        named = {LABEL: label} if (label := self.labels.text(number)) else {}
        return {**named, **{pair[0]: pair[1] for pair in pairs if len(pair) == 2}}

    def links_of(self, number: int) -> list[ResourceKey]:
        """What the recorded links of a row lead to; where a link names no id, the name stands for it."""
        start, end = _span(self.columns["links_end"].values, number)
        kinds, targets = self.columns["target_type"].values[start:end], self.columns["target"].values[start:end]
        word, name = self.words.texts.text, self.ids.texts.text
        return [ResourceKey(word(int(kind)), name(int(end))) for kind, end in zip(kinds, targets, strict=True)]

    # Which rows

    @property
    def snapshot(self) -> bool:
        """Whether the last file says that it is a snapshot, in which no resource comes twice."""
        return bool(self.parts) and self.parts[-1].snapshot

    def living(self, until: Moment | None = None) -> Numbers:
        """For each row, whether it tells of a resource that was there at a moment.

        It is not where it was deleted, or is in one snapshot and not in a newer one.
        """
        if self._living_of != self.count:
            self._living_of = self.count
            self._living.clear()
        if until not in self._living:
            if len(self._living) > 1:
                self._living.clear()
            deleted = [n for status in sorted(DELETED_STATUSES) if (n := self.words.find(status)) != NOTHING]
            found = ~np.isin(self.column("status"), deleted) if deleted else np.ones(self.count, bool)
            if len(self.parts) > 1:
                rows = self.newest_rows(until)
                found[rows[gone(self.parts, rows, self._resources(), self.places(), until)]] = False
            self._living[until] = found
        return self._living[until]

    def places(self) -> Numbers:
        """For each row the number of its account and region."""
        if len(self._places) != self.count:
            self._places = (self.column("account").astype("i8") << 32) | self.column("region")
        return self._places

    def _resources(self) -> Numbers:
        """For each row the number of its type and id."""
        if len(self._numbered) != self.count:
            types = self.folded_words()[self.column("resource_type")]
            self._numbered = (types.astype("i8") << 32) | self.column("resource_id")
        return self._numbered

    def type_counts(self) -> Numbers:
        """For each word how many resources have it as their type."""
        if not self.frozen:
            return self._type_counts()
        if "type_counts" not in self.worked_out:
            self.worked_out["type_counts"] = self._type_counts()
        return self.worked_out["type_counts"]

    def _type_counts(self) -> Numbers:
        return np.bincount(self.column("resource_type")[self.newest_rows()] + 1, minlength=1)[1:].astype("i4")

    def name_ranks(self) -> Numbers:
        """For each row the place of its names among all; of an index that is kept they are kept with it."""
        if not self.frozen:
            return ranks(self.names, self.count)
        if "name_ranks" not in self.worked_out:
            self.worked_out["name_ranks"] = ranks(self.names, self.count).astype("i4")
        return self.worked_out["name_ranks"]

    def id_order(self) -> Numbers:
        """The rows in the order of their ids' numbers; once no more rows come."""
        if "id_order" not in self.worked_out:
            self.worked_out["id_order"] = np.argsort(self.column("resource_id"), kind="stable").astype("i4")
        return self.worked_out["id_order"]

    def letters(self) -> Numbers | None:
        """For each row which of `names.LETTERS` its names have; None while rows still come."""
        if not self.frozen:
            return None
        if "letters" not in self.worked_out:
            self.worked_out["letters"] = letters_of(self.names, self.count)
        return self.worked_out["letters"]

    def newest_rows(self, until: Moment | None = None) -> Numbers:
        """The number of the newest row of each resource, in order; none of those that have only rows after `until`.

        A resource of the same type and id in another account or region is another one.
        """
        if until is not None or not self.frozen:
            return self._newest_rows(until)
        if "newest_rows" not in self.worked_out:
            self.worked_out["newest_rows"] = self._newest_rows(None).astype("i4")
        return self.worked_out["newest_rows"]

    def _newest_rows(self, until: Moment | None) -> Numbers:
        rows = np.arange(self.count)
        captured = self.column("captured")
        if until is not None:
            rows = rows[captured <= until]
        of_row = [self._resources()[rows], self.places()[rows]]
        order = np.lexsort((rows, captured[rows], *of_row))
        last = np.ones(len(order), bool)
        if len(order):
            last[:-1] = np.logical_or.reduce([np.diff(column[order]) != 0 for column in of_row])
        return np.sort(rows[order[last]])

    def rows_of(self, key: ResourceKey) -> Numbers:
        """The rows of all items of a resource, newest first, whatever spelling of the type the key has."""
        rows = self.with_id(key.resource_id)
        rows = rows[self._is_type(rows, key.resource_type)]
        if isinstance(key, PlacedKey):
            rows = rows[self.places()[rows] == self._place(key)]
        return rows[np.lexsort((rows, self.column("captured")[rows]))[::-1]]

    def _place(self, key: PlacedKey) -> int:
        """The number that `places` has for a key's account and region."""
        return (self.ids.find(key.account) << 32) | self.words.find(key.region)

    def placed_key(self, number: int) -> ResourceKey:
        """The key of a row; with its place where another account or region has such a resource too."""
        key = self.key(number)
        if not self.twins()[number]:
            return key
        return PlacedKey(key, self.text("account", number), self.text("region", number))

    def twins(self) -> Numbers:
        """For each row whether another account or region has such a resource too."""
        if self.frozen:
            if "twins" not in self.worked_out:
                self.worked_out["twins"] = self._find_twins()
            return self.worked_out["twins"]
        if len(self._twin) != self.count:
            self._twin = self._find_twins()
        return self._twin

    def _find_twins(self) -> Numbers:
        newest = np.sort(self._resources()[self.newest_rows()])
        several = newest[1:][newest[1:] == newest[:-1]]
        return np.isin(self._resources(), several) if len(several) else np.zeros(self.count, bool)

    def with_id(self, resource_id: str) -> Numbers:
        """The rows of all items with an id."""
        wanted = self.ids.find(resource_id)
        if wanted == NOTHING:
            return np.empty(0, "i8")
        if not self.frozen:
            return np.flatnonzero(self.column("resource_id") == wanted)
        if self._by_id is None:
            order = self.id_order()
            self._by_id = order, self.column("resource_id")[order]
        order, ids = self._by_id
        return order[np.searchsorted(ids, wanted) : np.searchsorted(ids, wanted, side="right")]

    def with_name(self, name: str) -> Numbers:
        """The rows of all items with a name of their own."""
        wanted = self.ids.find(name)
        return np.flatnonzero(self.column("resource_name") == wanted) if wanted != NOTHING else np.empty(0, "i8")

    def of_one_place(self, rows: Numbers) -> Numbers:
        """Those of some rows that are of the account and region of the first: another one's is another resource."""
        return rows[self.places()[rows] == self.places()[rows[0]]] if len(rows) else rows

    def newest(self, key: ResourceKey) -> int | None:
        """The row of the newest item of a resource."""
        rows = self.rows_of(key)
        return int(rows[0]) if len(rows) else None

    def named(self, resource_type: str, name: str) -> int | None:
        """The row of the resource of a type that has a name: links of newer types name no id."""
        rows = self.with_name(name)
        rows = rows[self._is_type(rows, resource_type)]
        return int(rows[-1]) if len(rows) else None

    def referring(self, names: Sequence[str | None]) -> Numbers:
        """Rows whose item links to one of these ids or names."""
        wanted = [number for name in names if name and (number := self.ids.find(name)) != NOTHING]
        links_end = self.column("links_end")
        targets = self.columns["target"].values
        found = np.flatnonzero(np.isin(targets, wanted)) if wanted else np.empty(0, "i8")
        rows = np.unique(np.searchsorted(links_end, found, side="right"))
        return rows[rows < len(links_end)]

    def words_like(self, meant: Callable[[str], bool]) -> list[int]:
        """The numbers of the words (folded) that are meant."""
        return [number for number, text in enumerate(self._spelled()[0]) if meant(text)]

    def folded_words(self) -> Numbers:
        """For each word the number that all its spellings have; the last is that of no word."""
        return self._spelled()[2]

    def _is_type(self, rows: Numbers, resource_type: str) -> Numbers:
        """Whether rows are of a type, in any spelling."""
        _, first, folded = self._spelled()
        number = first.get(resource_type.casefold())
        found: Numbers = folded[self.column("resource_type")[rows]] == (number if number is not None else len(folded))
        return found

    def _spelled(self) -> tuple[list[str], dict[str, int], Numbers]:
        """The words folded, the first number of each, and that number for each word and for no word."""
        texts, known = self.words.texts, self._folded
        if known is None or len(known[0]) != len(texts):
            spelled = [texts.text(number).casefold() for number in range(len(texts))]
            first: dict[str, int] = {}
            folded = [first.setdefault(text, number) for number, text in enumerate(spelled)]
            self._folded = known = spelled, first, np.array([*folded, NOTHING], "i4")
        return known

    # Items

    def items(self, numbers: Sequence[int] | Numbers) -> list[ConfigurationItem]:
        """The items of rows, in the order of the rows asked for. Raises `BadInput` when what was kept is damaged."""
        return self.bodies.read(numbers)


def _taken_label(tags: dict[str, str | None]) -> str:
    """The name that people gave, taken out of the tags; empty where they gave none."""
    label = tags.get(LABEL)
    if label:
        del tags[LABEL]
    return label or ""


def _ends(column: Column, parts: Sequence[Any]) -> Numbers:
    """Where each part ends in a column that they are about to be added to."""
    return np.cumsum(np.fromiter(map(len, parts), "i8", len(parts))) + len(column)


def _span(ends: Numbers, number: int) -> tuple[int, int]:
    return int(ends[number - 1]) if number else 0, int(ends[number])

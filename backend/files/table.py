"""The resources of files as a table: filtered, counted and ordered by columns, a row made only when it is looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backend.files.columns import NOTHING, Numbers, Symbols
from backend.files.index import LABEL, Index
from backend.files.ordering import ranks
from backend.files.parts import latest_snapshots
from backend.files.paths import Found, holding, values_at
from backend.files.search import Search, Truths
from backend.model.item import DELETED_STATUSES, ResourceSummary
from backend.model.moment import Moment
from backend.model.standing import Standing

_DELETED = "deleted"

_HELD = 8
"""Answers to texts looked for in all items that are held."""
_LOOKED_AT = 10_000
"""Rows that are looked at one by one for a name that many have a part of."""


class Values:
    """What each row has in a column, as a number, and what the numbers stand for."""

    def __init__(self, numbers: Numbers, texts: Sequence[str]) -> None:
        """The last text is that of the rows that have none, whose number is -1."""
        self.numbers = numbers
        self.texts = texts

    def ranks(self) -> Numbers:
        """For each row the place of its text among all, folded."""
        places = np.empty(len(self.texts), "i8")
        places[sorted(range(len(self.texts)), key=lambda number: self.texts[number].casefold())] = np.arange(
            len(self.texts)
        )
        ranked: Numbers = places[self.numbers]
        return ranked


class Table:
    """Rows of an index: one for each resource, the newest that was captured until a moment.

    It has the rows that are there when it is made. All that takes long is done by whoever calls, in a thread; what was
    found once is kept.
    """

    def __init__(self, index: Index, until: Moment | None = None) -> None:
        self.index = index.fixed()
        self.search = Search(self.index)
        self.until = until
        self._rows: Numbers | None = None
        self._ordered: tuple[tuple[str, bool], Numbers] = (("", False), np.empty(0, "i8"))
        self._counted: tuple[str, dict[str, int]] = ("", {})
        self._found: dict[str, Found] = {}
        self._held: dict[str, Truths] = {}

    def rows(self) -> Numbers:
        """The numbers of the rows, as they were read."""
        if self._rows is None:
            self._rows = self.index.newest_rows(self.until)
            self.living()  # what a row in sight is made with is found out where nobody waits for it
            self.index.twins()
        return self._rows

    def all_ordered(self, by: str, *, descending: bool = False) -> Numbers:
        """All rows in an order; the one asked for last is held, as one filters in it key by key."""
        if self._ordered[0] != (by, descending):
            self._ordered = (by, descending), self.ordered(by, self.rows(), descending=descending)
        return self._ordered[1]

    def all_counted(self, by: str) -> dict[str, int]:
        """How many of all rows have each value, held as `all_ordered` is."""
        if self._counted[0] != by:
            self._counted = by, self.counted(by, self.rows())
        return self._counted[1]

    def kept(self, meet: Sequence[Truths], rows: Numbers) -> Numbers:
        """Those of some rows that meet all conditions."""
        for truths in meet:
            rows = rows[truths[rows]]
        return rows

    def counted(self, by: str, rows: Numbers) -> dict[str, int]:
        """How many of some rows have each value, most first; what has none comes last."""
        values = self.values(by)
        counts = np.bincount(values.numbers[rows] + 1)  # NOTHING is -1
        there = np.flatnonzero(counts)
        found: dict[str, int] = {}
        for number, count in zip((there - 1).tolist(), counts[there].tolist(), strict=True):
            found[values.texts[number]] = found.get(values.texts[number], 0) + count
        return dict(sorted(found.items(), key=lambda entry: (not entry[0], -entry[1], entry[0])))

    def having(self, by: str, value: str) -> Truths:
        """Rows that have a value; the empty text means those that have none."""
        values = self.values(by)
        truths = np.array([text == value for text in values.texts])
        found: Truths = truths[values.numbers]
        return found

    def ordered(self, by: str, rows: Numbers, *, descending: bool = False) -> Numbers:
        """Some rows in the order of a column, and of their names where it says the same."""
        names = self.index.name_ranks()[rows]
        if by == "name":
            order = np.argsort(names)
        else:
            order = np.lexsort((names, self._ranks(by)[rows]))
        ordered: Numbers = rows[order]
        return ordered[::-1] if descending else ordered

    def by_key(self, rows: Numbers) -> Numbers:
        """Some rows in the order of their types and ids."""
        index = self.index
        ids = ranks(index.ids.texts, len(index.ids))[index.column("resource_id")[rows]]
        types = ranks(index.words.texts, len(index.words))[index.column("resource_type")[rows]]
        ordered: Numbers = rows[np.lexsort((ids, types))]
        return ordered

    def _ranks(self, by: str) -> Numbers:
        if by in ("captured", "created"):
            return self.index.column(by)
        if by == "id":
            ids = self.index.ids
            return ranks(ids.texts, len(ids))[self.index.column("resource_id")]
        if by == "tags":
            return self._tag_sets()
        values = self.values(by)
        found = values.ranks()
        if by.startswith("tag:"):
            found[values.numbers == NOTHING] = len(values.texts)  # those without it last
        return found

    def _tag_sets(self) -> Numbers:
        """Rows that have the same keys of tags stand together."""
        index = self.index
        keys = [" ".join(sorted(index.tags_of(row))) for row in range(index.count)]
        places = {text: place for place, text in enumerate(sorted(set(keys)))}
        return np.fromiter(map(places.__getitem__, keys), "i8", len(keys))

    def values(self, by: str) -> Values:
        """What the rows have in a column: `type`, `region`, `tag:Team`, or a path (`configuration.instanceType`)."""
        index = self.index
        if by == "account":
            return _of_symbols(index.column("account"), index.ids)
        if by == "state":
            return self._states()
        if by == f"tag:{LABEL}":
            return _of_texts([index.labels.text(row) for row in range(index.count)])
        if by.startswith("tag:"):
            return self._tag_values(by.removeprefix("tag:"))
        if "." in by:
            return _of_texts(["" if (one := self.found(by).get(row)) is None else one for row in range(index.count)])
        return _of_symbols(index.column({"type": "resource_type"}.get(by, by)), index.words)

    def _states(self) -> Values:
        index = self.index
        values = _of_symbols(index.column("state"), index.words)
        numbers = np.where(self.living(), values.numbers, len(values.texts) - 1)
        return Values(numbers, [*values.texts[:-1], _DELETED, ""])

    def _tag_values(self, key: str) -> Values:
        index = self.index
        pairs = [index.tags.texts.text(number).split("\0", 1) for number in range(len(index.tags))]
        of_key = {number: pair[1] for number, pair in enumerate(pairs) if pair[0] == key}
        numbers = np.full(index.count, NOTHING)
        entries = self.search.tags.entries(index.columns["tag"].values, list(of_key))
        rows = np.searchsorted(index.columns["tags_end"].values, entries, side="right")
        there = rows < index.count
        numbers[rows[there]] = index.columns["tag"].values[entries[there]]
        return Values(numbers, [*(of_key.get(number, "") for number in range(len(pairs))), ""])

    def found(self, path: str) -> Found:
        """What the items have at a path, by row; all of them are read once for it. Raises `BadInput`."""
        if path not in self._found:
            self._found[path] = values_at(self.index, path)
        return self._found[path]

    def like(self, by: str, words: Sequence[str]) -> Truths:
        """Rows whose value contains one of some folded words. Raises `BadInput` where that is at a path."""
        if "." in by:
            truths = np.zeros(self.index.count, bool)
            truths[[row for row, text in self.found(by).items() if _any_in(words, text)]] = True
            return truths
        values = self.values(by)
        return np.array([_any_in(words, text) for text in values.texts])[values.numbers]

    def holding(self, word: str) -> Truths:
        """Rows whose item has a text anywhere. Raises `BadInput`."""
        if word not in self._held:
            while len(self._held) > _HELD:
                self._held.pop(next(iter(self._held)))
            self._held[word] = holding(self.index, word)
        return self._held[word]

    def label(self, row: int) -> str:
        """What people call the resource of a row; empty where it has only its id."""
        return self.index.labels.text(row) or self.index.text("resource_name", row)

    def labelled(self, label: str) -> Numbers:
        """Rows that people call so."""
        rows = self.rows()
        named = self.kept([self.search.in_name([label.casefold()])], rows)
        return np.array([row for row in named.tolist()[:_LOOKED_AT] if self.label(row) == label], "i8")

    def tag_keys(self) -> list[str]:
        """The keys of tags that are used, the most used first."""
        index = self.index
        counts = np.bincount(index.columns["tag"].values, minlength=len(index.tags)).tolist()
        found: dict[str, int] = {}
        for number, count in enumerate(counts):
            key = index.tags.texts.text(number).partition("\0")[0]
            found[key] = found.get(key, 0) + count
        labelled = int((np.diff(index.labels.arrays()["ends"], prepend=0) > 0).sum())
        if labelled:
            found[LABEL] = found.get(LABEL, 0) + labelled
        return sorted(found, key=lambda key: (-found[key], key))

    def summary(self, row: int) -> ResourceSummary:
        """A row as a listing tells it."""
        index = self.index
        return ResourceSummary(
            resource_type=index.text("resource_type", row),
            resource_id=index.text("resource_id", row),
            resource_name=index.text("resource_name", row) or None,
            region=index.text("region", row),
            deletion_time=self._gone_since(row),
        )

    def living(self) -> Truths:
        """For each row whether it tells of a resource that is there."""
        return self.index.living(self.until)

    def _gone_since(self, row: int) -> Moment | None:
        """When a resource was deleted; of one that is only no more in a newer snapshot, when that is from."""
        index = self.index
        if self.living()[row]:
            return None
        if index.text("status", row) in DELETED_STATUSES:
            return index.captured(row)
        places = index.places()
        newest = latest_snapshots(index.parts, places, self.until)
        return index.parts[newest[int(places[row])]].moment

    def standing(self, row: int) -> Standing:
        """How the resource of a row stands, as far as that is told by columns: not whether it is idle or exposed."""
        index = self.index
        tags = index.tags_of(row)
        key = index.key(row)
        return Standing(
            key=key,
            name=tags.get(LABEL) or index.text("resource_name", row) or key.resource_id,
            region=index.text("region", row),
            account=index.text("account", row),
            tags=tags,
            state=index.text("state", row) if self.living()[row] else _DELETED,
            zone=index.text("zone", row),
            status=index.text("status", row),
            captured=index.captured(row),
            created=int(index.column("created")[row]) or None,
            links=tuple(index.links_of(row)),
        )


def _any_in(words: Sequence[str], text: str) -> bool:
    folded = text.casefold()
    return any(word in folded for word in words)


def _of_symbols(numbers: Numbers, symbols: Symbols) -> Values:
    known = np.flatnonzero(np.bincount(numbers + 1, minlength=1)[1:])
    places = np.full(len(symbols) + 1, NOTHING)  # the last is that of no symbol
    places[known] = np.arange(len(known))
    return Values(places[numbers], [*map(symbols.texts.text, known.tolist()), ""])


def _of_texts(texts: Sequence[str]) -> Values:
    places: dict[str, int] = {}
    numbers = np.fromiter(
        (places.setdefault(text, len(places)) if text else NOTHING for text in texts), "i8", len(texts)
    )
    return Values(numbers, [*places, ""])

"""Looking for texts in all rows of an index at once: each answer is a truth for each row.

What there is once for many rows (types, regions, tags) is compared once; what each row has of its own lies in one
stretch of bytes, which is searched as such.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np

from backend.files.columns import Numbers, Symbols, Texts
from backend.files.index import LABEL, Index
from backend.files.names import LETTERS
from backend.model.moment import Moment

Truths: TypeAlias = Numbers
"""One truth for each row."""

_PIECE = 1 << 17
"""Bytes that are looked at in one go: what fits near the processor is compared several times as fast."""
_TOGETHER = 2
"""Bytes of a word that are compared everywhere; the others only where these are."""

_COMPARED = 12
"""Up to so many numbers are compared with each at a time, which is faster than looking all up."""

_CALLED, _ID, _NAME = range(3)
"""The parts of a row's text (`backend.files.names`)."""


def found_in(texts: Texts, word: str) -> tuple[Numbers, Numbers]:
    """Which texts contain a word, and where in all their bytes; a text that has it twice comes twice."""
    arrays = texts.arrays()
    data, ends = arrays["bytes"], arrays["ends"]
    wanted = np.frombuffer(word.encode("utf-8", "replace"), "u1")
    if len(data) < len(wanted):
        return np.empty(0, "i8"), np.empty(0, "i8")
    places = _places(data, wanted)
    numbers = np.searchsorted(ends, places, side="right")
    inside = places + len(wanted) <= ends[numbers]  # texts follow each other without a border
    return numbers[inside], places[inside]


def containing(texts: Texts, word: str) -> Truths:
    """Which texts contain a word; none of the texts may be empty."""
    arrays = texts.arrays()
    data, ends = arrays["bytes"], arrays["ends"]
    wanted = np.frombuffer(word.encode("utf-8", "replace"), "u1")
    found = np.zeros(len(ends), bool)
    if len(data) < len(wanted) or not len(ends):
        return found
    places = _places(data, wanted)
    if len(places) < 2 * len(ends):
        numbers = np.searchsorted(ends, places, side="right")
        found[numbers[places + len(wanted) <= ends[numbers]]] = True
        return found
    begins = np.zeros(len(data), bool)  # so many that asking each for its text takes longer than a look at every byte
    begins[places] = True
    for before in range(1, len(wanted)):
        begins[ends - before] = False  # the rest would be in the next text
    starts = np.concatenate((np.zeros(1, "i8"), ends[:-1]))
    found[:] = np.logical_or.reduceat(begins, starts)
    return found


def _places(data: Numbers, wanted: Numbers) -> Numbers:
    """Where a sequence of bytes begins: its rarest byte is looked for, then the others beside it."""
    common = np.bincount(data[: 1 << 16], minlength=256)  # a part tells well enough which byte is rare
    order = np.argsort(common[wanted], kind="stable").tolist()
    last = len(data) - len(wanted) + 1
    rarest = order[:_TOGETHER]
    found = [np.empty(0, "i8")]
    for first in range(0, last, _PIECE):
        piece = min(_PIECE, last - first)
        there = np.ones(piece, bool)
        for at in rarest:
            there &= data[first + at : first + at + piece] == wanted[at]
        found.append(np.flatnonzero(there) + first)
    places = np.concatenate(found)
    for at in order[_TOGETHER:]:
        places = places[data[places + at] == wanted[at]]
    return places


class Search:
    """What the words of a filter mean for the rows that an index has by now. All words are folded."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self.tags = _Tags(index.tags)
        self._parts: tuple[int, Numbers] = (0, np.empty(0, "i8"))

    def word(self, word: str) -> Truths:
        """Rows that have a word in their type, id, names or region."""
        found = self._in_columns(("resource_type", "region"), (word,))
        letters = self._index.letters() if len(word) == 1 and word in LETTERS else None
        if letters is not None:
            found |= (letters & (np.uint64(1) << np.uint64(LETTERS.index(word)))) != 0
            return found
        return found | containing(self._index.names, word)[: len(found)]

    def in_column(self, column: str, words: Sequence[str]) -> Truths:
        """Rows whose type, region, zone, status, state or account contains one of some words."""
        if column != "account":
            return self._in_columns((column,), words)
        accounts, texts = self._index.column(column), self._index.ids.texts
        known = [one for one in np.unique(accounts).tolist() if any(word in texts.text(one) for word in words)]
        return np.isin(accounts, [one for one in known if one >= 0])

    def _in_columns(self, columns: Sequence[str], words: Sequence[str]) -> Truths:
        found = np.zeros(self._index.count, bool)
        for column in columns:
            spellings = type_spellings if column == "resource_type" else _one
            wanted = self._index.words_like(partial(_any_in, spellings, words))
            found |= among(self._index.column(column), wanted, len(self._index.words))
        return found

    def in_id(self, words: Sequence[str]) -> Truths:
        """Rows whose id contains one of some words."""
        return self._in_parts(words, (_ID,))

    def in_name(self, words: Sequence[str]) -> Truths:
        """Rows whose name, or what they are called, contains one of some words."""
        return self._in_parts(words, (_CALLED, _NAME))

    def _in_parts(self, words: Sequence[str], wanted: Sequence[int]) -> Truths:
        found = np.zeros(self._index.count, bool)
        for word in words:
            rows, places = found_in(self._index.names, word)
            rows, places = rows[rows < len(found)], places[rows < len(found)]
            part = (places[:, None] > self._borders()[rows]).sum(axis=1)
            found[rows[np.isin(part, wanted)]] = True
        return found

    def _borders(self) -> Numbers:
        """Where each row's text has its two borders between parts."""
        count = len(self._index.names)
        if self._parts[0] != count:
            data = self._index.names.arrays()["bytes"]
            self._parts = count, np.flatnonzero(data == 0)[: 2 * count].reshape(count, 2)
        return self._parts[1]

    def tagged(self, key: str, value: str) -> Truths:
        """Rows with a tag whose key and value contain these; without a value `key` may be in either."""
        index = self._index
        found = np.zeros(index.count, bool)
        ends = index.columns["tags_end"].values
        entries = self.tags.entries(index.columns["tag"].values, self.tags.like(key, value))
        rows = np.searchsorted(ends, entries, side="right")
        found[rows[rows < index.count]] = True
        in_name = key in LABEL.casefold()
        if in_name or not value:
            labelled = np.diff(index.labels.arrays()["ends"], prepend=0)[: index.count] > 0
            if value or not in_name:
                labelled &= self._in_parts((value or key,), (_CALLED,))
            found |= labelled
        return found

    def captured(self, after: Moment | None = None, before: Moment | None = None) -> Truths:
        """Rows captured from one moment on, and before another one."""
        times = self._index.column("captured")
        found = np.ones(len(times), bool) if after is None else times >= after
        return found if before is None else found & (times > 0) & (times < before)


def among(numbers: Numbers, wanted: Sequence[int], count: int) -> Truths:
    """Which numbers below `count`, or -1, are among some wanted ones."""
    found = np.zeros(len(numbers), bool)
    if len(wanted) <= _COMPARED:
        for one in wanted:
            found |= numbers == one
        return found
    truths = np.zeros(count + 1, bool)  # the last is that of -1
    truths[list(wanted)] = True
    return np.take(truths, numbers, mode="wrap")


class _Tags:
    """The different tags by their keys, and where each is."""

    def __init__(self, tags: Symbols) -> None:
        self.tags = tags
        self._by_key: dict[str, list[tuple[str, int]]] = {}
        """Folded values with their numbers, by folded key."""
        self._until = 0
        self._postings: tuple[int, Numbers, Numbers] = (-1, np.empty(0, "i8"), np.empty(0, "i8"))

    def like(self, key: str, value: str) -> list[int]:
        """The numbers of tags whose key and value contain these; without a value `key` may be in either."""
        for number in range(self._until, count := len(self.tags)):
            own, _, told = self.tags.texts.text(number).casefold().partition("\0")
            self._by_key.setdefault(own, []).append((told, number))
        self._until = count
        found: list[int] = []
        for own, known in self._by_key.items():
            if key in own:
                found += [number for told, number in known if value in told]
            elif not value:
                found += [number for told, number in known if key in told]
        return found

    def entries(self, column: Numbers, numbers: Sequence[int]) -> Numbers:
        """The places in the column of tags that have one of some numbers."""
        if self._postings[0] != len(column):
            order = np.argsort(column, kind="stable")
            self._postings = len(column), order, np.searchsorted(column[order], np.arange(len(self.tags) + 1))
        _, order, starts = self._postings
        parts = [order[starts[number] : starts[number + 1]] for number in numbers]
        return np.concatenate(parts) if parts else np.empty(0, "i8")


def type_spellings(resource_type: str) -> tuple[str, ...]:
    """A folded type as it is, and as people say it: `ec2 instance`."""
    return resource_type, " ".join(resource_type.split("::")[1:])


def _one(text: str) -> tuple[str, ...]:
    return (text,)


def _any_in(spellings: Callable[[str], tuple[str, ...]], words: Sequence[str], text: str) -> bool:
    return any(word in one for one in spellings(text) for word in words)

"""Columns of numbers and texts that grow while a file is read, and lie as they are in a file that is kept.

One thread adds; any thread may read what was there when it asked: an array that was handed out is never written again
below its length.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[Any]
"""An array of whole numbers, or of truths."""

_SOME = 10_000
"""Numbers that are Python's own at the same time."""

NOTHING = -1
"""In the place of a number: there is none."""


class Column:
    """Numbers of one kind."""

    def __init__(self, kind: str, values: Numbers | None = None) -> None:
        """`kind` as numpy spells it (`i4`); `values` are taken as they are, not copied."""
        self._data: Numbers = values if values is not None else np.empty(1024, kind)
        self._count = len(values) if values is not None else 0

    def __len__(self) -> int:
        return self._count

    @property
    def values(self) -> Numbers:
        """All that is there by now."""
        return self._data[: self._count]

    def extend(self, values: Numbers) -> None:
        """Add some at the end."""
        count = self._count + len(values)
        if count > len(self._data):
            grown = np.empty(max(count, 2 * len(self._data)), self._data.dtype)
            grown[: self._count] = self.values
            self._data = grown
        self._data[self._count : count] = values
        self._count = count


class Texts:
    """Texts one after the other, each known by its number."""

    def __init__(self, arrays: Mapping[str, Numbers] | None = None) -> None:
        self._bytes = Column("u1", arrays["bytes"] if arrays else None)
        self._ends = Column("i8", arrays["ends"] if arrays else None)

    def __len__(self) -> int:
        return len(self._ends)

    def add(self, texts: Sequence[str]) -> None:
        """Add some; half a letter (a lone surrogate) becomes a mark."""
        joined = "".join(texts)
        if joined.isascii():
            data, lengths = joined.encode(), np.fromiter(map(len, texts), "i8", len(texts))
        else:
            encoded = [text.encode("utf-8", "replace") for text in texts]
            data, lengths = b"".join(encoded), np.fromiter(map(len, encoded), "i8", len(texts))
        before = len(self._bytes)
        self._bytes.extend(np.frombuffer(data, "u1"))
        self._ends.extend(np.cumsum(lengths) + before)

    def text(self, number: int) -> str:
        """One of them; the empty text for no number."""
        if number < 0:
            return ""
        ends = self._ends.values
        start = int(ends[number - 1]) if number else 0
        return self._bytes.values[start : int(ends[number])].tobytes().decode("utf-8", "replace")

    def spelled(self) -> Iterator[memoryview]:
        """All of them as bytes, in order."""
        data, start = memoryview(self._bytes.values), 0  # type: ignore[arg-type] # numpy says so from Python 3.12 on
        ends = self._ends.values
        for first in range(0, len(ends), _SOME):
            for end in ends[first : first + _SOME].tolist():
                yield data[start:end]
                start = end

    def arrays(self) -> dict[str, Numbers]:
        """What it is made of, to be kept."""
        return {"bytes": self._bytes.values, "ends": self._ends.values}


class _Growing(dict[Any, int]):
    """Numbers by what they stand for, given out as they are asked for; `fresh` are the ones since it was emptied."""

    def __init__(self) -> None:
        super().__init__({None: NOTHING, "": NOTHING})
        self.fresh: list[Any] = []
        self._next = 0

    def __missing__(self, what: Any) -> int:
        self[what] = number = self._next
        self._next += 1
        self.fresh.append(what)
        return number


class Symbols:
    """Texts of which each is there once, and its number found by the text.

    What is a pair instead of a text (a tag) is kept as both with a NUL between them. The empty text and None have no
    number.
    """

    def __init__(self, arrays: Mapping[str, Numbers] | None = None) -> None:
        self.texts = Texts(arrays)
        self._growing = None if arrays else _Growing()
        self._hashes: Numbers = arrays["hashes"] if arrays else np.empty(0, "u4")
        self._order: Numbers = arrays["order"] if arrays else np.empty(0, "i4")

    def __len__(self) -> int:
        return len(self.texts)

    def numbers(self, what: Iterable[Any], count: int) -> Numbers:
        """The numbers of `count` texts or pairs; new ones are taken in. Not after `freeze`."""
        growing = self._growing
        assert growing is not None
        found = np.fromiter(map(growing.__getitem__, what), "i4", count)
        if growing.fresh:
            fresh, growing.fresh = growing.fresh, []
            self.texts.add(["\0".join(map(_text, one)) if isinstance(one, tuple) else one for one in fresh])
        return found

    def find(self, text: str) -> int:
        """The number of a text; -1 when it is not there."""
        if self._growing is not None:
            pair = tuple(text.split("\0", 1)) if "\0" in text else text
            return self._growing.get(pair, NOTHING)
        wanted = np.uint32(zlib.crc32(text.encode("utf-8", "replace")))
        at = int(np.searchsorted(self._hashes, wanted))
        while at < len(self._hashes) and self._hashes[at] == wanted:
            if self.texts.text(number := int(self._order[at])) == text:
                return number
            at += 1
        return NOTHING

    def freeze(self) -> None:
        """No more will come: what is needed to take in more is given up, and leaves its memory."""
        if self._growing is None:
            return
        hashes = np.fromiter(map(zlib.crc32, self.texts.spelled()), "u4", len(self.texts))
        self._order = np.argsort(hashes, kind="stable").astype("i4")
        self._hashes = hashes[self._order]
        self._growing = None

    def arrays(self) -> dict[str, Numbers]:
        """What it is made of, to be kept; after `freeze`."""
        return {**self.texts.arrays(), "hashes": self._hashes, "order": self._order}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

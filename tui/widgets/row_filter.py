"""Finds the rows of a long list that have all words of a filter, while one types and without stopping the screen.

    rows = RowFilter()
    await rows.fill(text_of(row) for row in everything)     # what is looked through, folded once
    rows.search(("web", "prod"), shown)                     # shown(found, done) is called as rows are found

A new search ends the one before. Rows are known by their number; a list of those is what a `BigTable` shows:

    table.set_rows(lambda index: everything[found[index]], len(found))
"""

from __future__ import annotations

import asyncio
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple, TypeAlias

Found: TypeAlias = "array[int]"
"""Numbers of rows, ascending."""

BLOCK = 2_048
"""Rows looked through, or taken in, between two turns of the event loop: a millisecond or two."""

TOLD_EVERY = 32
"""Blocks between two tellings of what is found so far; the first block is told of at once."""

_END = b"\n"


class Block(NamedTuple):
    """The texts of some rows in a piece, each with an end, and where each row begins."""

    text: bytes
    starts: array[int]

    def matching(self, words: Sequence[bytes]) -> Iterator[int]:
        """Numbers, within the block, of the rows that have all words."""
        first, *others = words
        text, starts = self.text, self.starts
        at = text.find(first)
        while at >= 0:
            row = bisect_right(starts, at) - 1
            end = starts[row + 1]
            if all(text.find(word, starts[row], end) >= 0 for word in others):
                yield row
            at = text.find(first, end)


def block(texts: Sequence[str]) -> Block:
    """A block of these rows."""
    starts = array("L", [0])
    parts: list[bytes] = []
    size = 0
    for text in texts:
        part = text.casefold().encode("utf-8", "surrogatepass").replace(_END, b" ")
        parts.append(part)
        size += len(part) + 1
        starts.append(size)
    return Block(_END.join([*parts, b""]), starts)


class RowFilter:
    """The texts of all rows, and the search that is under way."""

    def __init__(self) -> None:
        self.count = 0
        self._blocks: list[Block] = []
        self._searching: asyncio.Task[None] | None = None

    async def fill(self, texts: Iterable[str]) -> None:
        """Take in the texts of all rows, in place of those before; the loop goes on meanwhile."""
        self.end()
        blocks: list[Block] = []
        count = 0
        rest = iter(texts)
        while some := list(islice(rest, BLOCK)):
            blocks.append(block(some))
            count += len(some)
            await asyncio.sleep(0)
        self._blocks, self.count = blocks, count

    def search(self, words: Iterable[str], shown: Callable[[Found, bool], None]) -> None:
        """Look for rows with all words. `shown` is told the rows found so far, and whether that is all.

        The array that it is told grows until the search is done; without words it holds every row.
        """
        self.end()
        folded = [word.casefold().encode("utf-8", "surrogatepass") for word in words if word]
        self._searching = asyncio.get_running_loop().create_task(self._search(folded, shown))

    def end(self) -> None:
        """End the search that is under way."""
        if self._searching is not None:
            self._searching.cancel()
            self._searching = None

    async def _search(self, words: Sequence[bytes], shown: Callable[[Found, bool], None]) -> None:
        found: Found = array("L")
        if not words:
            found.extend(range(self.count))
        before = 0
        for number, one in enumerate(self._blocks if words else ()):
            found.extend(before + row for row in one.matching(words))
            before += len(one.starts) - 1
            if number % TOLD_EVERY == 0:
                shown(found, False)
            await asyncio.sleep(0)
        shown(found, True)

"""The piece of a source that is in memory: it moves on over the file, and grows where something does not fit."""

from __future__ import annotations

import re

from backend.files.source import Source
from backend.model.problem import BadInput

BUFFER = 1 << 20
"""Bytes read at a time; also about the size of a slice."""

LARGEST_ENTRY = 256 << 20
"""An entry is never larger: beyond it the file is no snapshot, or is meant to fill the memory."""

_BLANKS = re.compile(rb"[ \t\r\n]*")
_BETWEEN = re.compile(rb"[ \t\r\n\0\x1e]*(?:\xef\xbb\xbf[ \t\r\n\0\x1e]*)*")
"""What may stand between documents: also the mark of an editor, a separator of records, what a disk is filled with."""


class Window:
    """Bytes `0` to `end` of `buffer` are the text; a position in it holds until `forget`."""

    def __init__(self, source: Source, size: int = BUFFER) -> None:
        self.name = source.name
        self.size = size
        self.buffer = bytearray(2 * size)
        self.end = 0
        self.passed = 0
        """Bytes of the file that are not in the buffer any more."""
        self.finished = False
        """Whether the file ends where the text ends."""
        self.flaw: BadInput | None = None
        """Why the file ends there, where that is not its end."""
        self._source = source

    def fill(self) -> None:
        """Read until there is as much text as is read at a time, or all of it."""
        while self.end < self.size and not self.finished:
            self._read()

    def more(self) -> None:
        """Read on: at least as much again as there is, so that what was looked at is looked at few times.

        Raises `BadInput` when that is too much to hold.
        """
        enough = self.end + max(self.size, self.end)
        while self.end < enough and not self.finished:
            self._read()

    def forget(self, start: int) -> None:
        """Move on to `start`; it is position 0 from now on."""
        if start:
            self.buffer[: self.end - start] = self.buffer[start : self.end]
            self.end -= start
            self.passed += start

    def move_on(self, *, between: bool = False) -> bool:
        """Move on to what is no blank, or begins a document; False where the file ends before."""
        while True:
            self.forget(self.skip_between(0) if between else self.skip(0))
            if self.end or self.finished:
                return self.end > 0
            self.more()

    def skip(self, position: int) -> int:
        """The first position from here on that is no blank."""
        return _end_of(_BLANKS, self.buffer, position, self.end)

    def skip_between(self, position: int) -> int:
        """The first position from here on where a document may begin."""
        return _end_of(_BETWEEN, self.buffer, position, self.end)

    def at(self, position: int) -> bytes:
        """The byte at a position, empty at the end."""
        return bytes(self.buffer[position : min(position + 1, self.end)])

    def text(self, start: int, end: int) -> memoryview:
        return memoryview(self.buffer)[start:end]

    def find(self, wanted: bytes, start: int) -> int:
        return self.buffer.find(wanted, start, self.end)

    def _read(self) -> None:
        if self.end + self.size > len(self.buffer):
            self._grow()
        try:
            count = self._source.readinto(memoryview(self.buffer)[self.end : self.end + self.size])
        except BadInput as flaw:
            # What came before it is given first.
            self.flaw, count = flaw, 0
        self.end += count
        self.finished = count == 0

    def _grow(self) -> None:
        """One entry may be longer than the buffer."""
        if len(self.buffer) >= LARGEST_ENTRY:
            raise BadInput(
                f"{self.name} cannot be read on from byte {self.passed:,}",
                f"one piece of it is longer than {LARGEST_ENTRY >> 20} MiB, which no configuration item is",
            )
        # A new object: views of the old one may still be held.
        larger = bytearray(2 * len(self.buffer))
        memoryview(larger)[: self.end] = memoryview(self.buffer)[: self.end]
        self.buffer = larger


def _end_of(pattern: re.Pattern[bytes], text: bytearray, start: int, end: int) -> int:
    found = pattern.match(text, start, end)
    return found.end() if found is not None else start

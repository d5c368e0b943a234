"""Cutting a long JSON array into slices of whole entries, while it is read.

The bytes flow through one buffer. It is cut at the last place that looks like the border of two entries
(`},{"first key"`); the two bytes around the cut are overwritten with `[` and `]`, and the slice is given to a strict
decoder. A slice that decodes as a whole array *proves* that the cut was between entries; one that is found
unfinished was cut inside an entry, and the place before is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, NamedTuple, TypeVar

import msgspec

from backend.files.source import Source
from backend.model.problem import BadInput

T = TypeVar("T")

BUFFER = 1 << 20
"""Bytes read at a time; also about the size of a slice."""

LARGEST_ENTRY = 256 << 20
"""An entry is never larger: beyond it the file is no snapshot, or is meant to fill the memory."""

_LIST = b'"configurationItems"'
_SNAPSHOT = (b'"configSnapshotId"', b'"requestId"')
_MARK = b"\xef\xbb\xbf"
"""What some editors put before UTF-8."""

_ENDS = 100
"""Brackets that are tried as the end of the array before the file is taken to be cut off."""

_BLANKS = b" \t\r\n"
_OPEN, _CLOSE = ord("["), ord("]")

Decode = Callable[[memoryview], T]
"""Decodes a JSON array. Raises `msgspec.DecodeError`."""


class Slice(NamedTuple, Generic[T]):
    """Some entries: decoded, and as JSON text that is valid until the next slice is asked for."""

    entries: T
    text: memoryview
    snapshot: bool = False
    """Whether the file says beforehand that it is a snapshot: then no resource comes twice."""
    offset: int | None = None
    """Where the text begins in the file, in bytes of what is inflated; None where it was put together from parts."""
    head: bytes = b""
    """What stands in the file before the array."""

    def raw(self) -> list[bytes]:
        """The entries as they are spelled."""
        return [bytes(one) for one in msgspec.json.decode(self.text, type=list[msgspec.Raw])]

    def places(self) -> list[int] | None:
        """Where each entry begins in the file; None where the text is put together from parts."""
        if self.offset is None:
            return None
        text, found, at = bytes(self.text), [], 1
        for one in self.raw():
            at = text.index(one, at)
            found.append(self.offset + at)
            at += len(one)
        return found


class Splitter:
    """Reads one source. First `fill`, then either `whole`, or `array` and `slices`."""

    def __init__(self, source: Source, size: int = BUFFER) -> None:
        self._source = source
        self._size = size
        self._buffer = bytearray(2 * size)
        self._end = 0
        self._passed = 0
        """Bytes of the file that are not in the buffer any more."""
        self._finished = False

    @property
    def read(self) -> int:
        """Bytes read so far, inflated."""
        return self._passed + self._end

    def fill(self) -> bool:
        """Read until the buffer has a good beginning of the file; True when that is all of it."""
        while self._end < self._size and not self._finished:
            self._read()
        if self._buffer.startswith(_MARK):
            self._compact(len(_MARK))
        return self._finished

    def whole(self) -> bytes:
        """All of the file, for one that is no long array. Raises `BadInput` when that is too much to hold."""
        while not self._finished:
            self._read()
        return bytes(self._buffer[: self._end])

    def array(self) -> int | None:
        """Where the array of items begins: at once, or as the member `configurationItems` of an object."""
        first = self._skip(0)
        if first < self._end and self._buffer[first] == _OPEN:
            return first
        member = self._buffer.find(_LIST, 0, self._end)
        if member < 0:
            return None
        colon = self._skip(member + len(_LIST))
        start = self._skip(colon + 1)
        return start if self._buffer[colon : colon + 1] == b":" and self._buffer[start : start + 1] == b"[" else None

    def slices(self, start: int, decode: Decode[T]) -> Iterator[Slice[T]]:
        """The entries of the array that begins at `start`, slice by slice. Raises `BadInput` for wrong JSON."""
        head = bytes(self._buffer[:start])
        snapshot = any(word in head for word in _SNAPSHOT)
        border = self._border(start)
        while not self._finished:
            cut = self._cut(start, border, decode) if border else None
            if cut is not None:
                entries, end = cut
                yield Slice(entries, memoryview(self._buffer)[start : end + 1], snapshot, self._passed + start, head)
                # Where the comma after the slice was, there is its `]` now; the next slice begins there.
                start = end
            self._compact(start)
            start = 0
            self._read()
        entries, end = self._last(head, start, decode)
        yield Slice(entries, memoryview(self._buffer)[start : end + 1], snapshot, self._passed + start, head)

    def _cut(self, start: int, border: bytes, decode: Decode[T]) -> tuple[T, int] | None:
        """The entries from `start` to the last border that is one, and where their `]` is now."""
        end = self._end
        self._buffer[start] = _OPEN
        while (end := self._buffer.rfind(border, start, end)) > start:
            saved = self._buffer[end + 1]
            self._buffer[end + 1] = _CLOSE
            try:
                return self._decoded(decode, start, end + 2), end + 1
            except msgspec.DecodeError as error:
                self._buffer[end + 1] = saved
                if not _unfinished(error):
                    raise self._malformed(error) from error
        return None

    def _last(self, head: bytes, start: int, decode: Decode[T]) -> tuple[T, int]:
        """What is left at the end of the file: the last entries, and where their `]` is."""
        self._buffer[start] = _OPEN
        end = self._end
        for _ in range(_ENDS):
            # Of an object with more lists after the items, the last `]` is not the one that is looked for.
            end = self._buffer.rfind(b"]", start, end)
            if end < 0:
                break
            try:
                entries = self._decoded(decode, start, end + 1)
            except msgspec.DecodeError as error:
                if _unfinished(error) or "trailing" in str(error):
                    continue
                raise self._malformed(error) from error
            try:
                msgspec.json.decode(head + b"[]" + self._buffer[end + 1 : self._end], type=msgspec.Raw)
            except msgspec.DecodeError as error:
                if _unfinished(error):
                    break
                raise self._malformed(error) from error
            return entries, end
        raise BadInput(f"{self._source.name} is cut off", "its JSON has no end", "Download it again")

    def _decoded(self, decode: Decode[T], start: int, end: int) -> T:
        try:
            return decode(memoryview(self._buffer)[start:end])
        except RecursionError as error:
            raise self._malformed(error) from error

    def _border(self, start: int) -> bytes:
        """What stands between two entries in this file: learned from the blanks and the first key of the first one.

        Empty when it cannot be told: then the array is read whole.
        """
        opening = self._skip(start + 1)
        key = self._skip(opening + 1)
        end = self._buffer.find(b'"', key + 1, self._end)
        if end < 0 or self._buffer[opening : opening + 1] != b"{" or self._buffer[key : key + 1] != b'"':
            return b""
        before = bytes(self._buffer[start + 1 : opening])
        inside = bytes(self._buffer[opening + 1 : end + 1])
        as_learned = b"}," + before + b"{" + inside
        spaced = b"}, {" + inside
        return as_learned if as_learned in self._buffer or spaced not in self._buffer else spaced

    def _skip(self, position: int) -> int:
        """The first position from here on that is no blank."""
        while position < self._end and self._buffer[position] in _BLANKS:
            position += 1
        return position

    def _read(self) -> None:
        if self._end + self._size > len(self._buffer):
            self._grow()
        count = self._source.readinto(memoryview(self._buffer)[self._end : self._end + self._size])
        self._end += count
        self._finished = count == 0

    def _compact(self, start: int) -> None:
        """Forget what lies before `start`."""
        if start:
            self._buffer[: self._end - start] = self._buffer[start : self._end]
            self._end -= start
            self._passed += start

    def _grow(self) -> None:
        """One entry may be longer than the buffer."""
        if len(self._buffer) >= LARGEST_ENTRY:
            raise BadInput(
                f"{self._source.name} is no snapshot or history file",
                f"one piece of it is longer than {LARGEST_ENTRY >> 20} MiB",
            )
        # A new object: views of the old one may still be held.
        self._buffer = self._buffer + bytearray(len(self._buffer))

    def _malformed(self, error: Exception) -> BadInput:
        return BadInput(f"{self._source.name} is not valid JSON", str(error), "Download it again")


def _unfinished(error: msgspec.DecodeError) -> bool:
    """Whether the text only ended too early; nothing else tells msgspec's errors apart."""
    return "truncated" in str(error)

"""Cutting a long JSON array into slices of whole entries, while it is read.

The text is cut at the last place that looks like the border of two entries (`},{"first key"`); the two bytes around
the cut are overwritten with `[` and `]`, and the slice is given to a strict decoder. A slice that decodes as a whole
array *proves* that the cut was between entries; one that is found unfinished was cut inside an entry, and the place
before is tried. Where that does not lead on the entries are walked one by one, and what is broken is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, NamedTuple

import msgspec

from backend.files.shapes import are_items
from backend.files.slices import Decode, Piece, T, put_together
from backend.files.slices import Slice as Slice
from backend.files.values import ANY_BORDER, ended, pieces_of, unfinished, value_at
from backend.files.window import Window

_SNAPSHOT = (b'"configSnapshotId"', b'"requestId"')

_TRIES = 3
"""Borders that are tried before the entries are walked: an item that holds copies of items can have many."""

_OPEN, _CLOSE = ord("["), ord("]")


class _Cut(NamedTuple, Generic[T]):
    entries: T
    end: int
    """Where the bracket is that closes them."""
    last: bool
    """Whether the array ends there."""


class Array(Generic[T]):
    """One array in a window, slice by slice."""

    def __init__(self, window: Window, start: int, decode: Decode[T], *, first: bool = True) -> None:
        """`start` is where its bracket is; `first` says whether nothing comes before its document."""
        self.end: int | None = None
        """Where it ended, once that is known: its document goes on there."""
        self._window = window
        self._decode = decode
        self._head = bytes(window.buffer[:start])
        self.bare = not self._head.strip()
        """Whether it is a document by itself, and no member of one."""
        self._snapshot = first and any(word in self._head for word in _SNAPSHOT)
        self._border = b""
        window.forget(start)

    def slices(self) -> Iterator[Slice[T]]:
        """Its entries; `end` stays None where the file ends before it does. Raises `BadInput` for too long a one."""
        window, start = self._window, 0
        self._border = self._learned()
        while self.end is None:
            found = self._cut(start) if self._border else None
            if found is not None:
                text = window.text(start, found.end + 1)
                yield Slice(found.entries, text, self._snapshot, window.passed + start, self._head)
                # Where the comma after the slice was, there is its `]` now; the next slice begins there.
                start, last = found.end, found.last
            else:
                pieces, end, last = self._walked(start)
                if pieces or last:
                    yield put_together(pieces, self._decode, snapshot=self._snapshot, head=self._head)
                elif window.finished:
                    return
                start = end
            if last:
                self.end = start + 1
            elif not window.finished:
                window.forget(start)
                start = 0
                window.more()

    def _cut(self, start: int) -> _Cut[T] | None:
        """The entries from `start` to the last place that proves to be their end."""
        window = self._window
        window.buffer[start] = _OPEN
        end = window.end
        for _ in range(_TRIES):
            # Behind the last `]` there are no entries; before it there may be other lists, or other documents.
            end = window.buffer.rfind(b"]" if window.finished else self._border, start, end)
            if end <= start:
                return None
            bracket = end if window.finished else end + 1
            saved = window.buffer[bracket]
            window.buffer[bracket] = _CLOSE
            try:
                return _Cut(self._decode(window.text(start, bracket + 1)), bracket, window.finished)
            except msgspec.DecodeError as error:
                window.buffer[bracket] = saved
                length = ended(error)
                if length is not None:
                    return self._whole(start, length)
                if window.finished or not unfinished(error):
                    return None
            except (UnicodeDecodeError, RecursionError):
                window.buffer[bracket] = saved
                return None
        return None

    def _whole(self, start: int, length: int) -> _Cut[T] | None:
        """All of the array from `start` on, which ends before the window does."""
        try:
            entries = self._decode(self._window.text(start, start + length))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        return _Cut(entries, start + length - 1, True)

    def _walked(self, start: int) -> tuple[list[Piece], int, bool]:
        """The entries from `start` on one by one, where the rest begins, and whether the array ends there."""
        window = self._window
        found: list[Piece] = []
        rest, position = start, window.skip(start + 1)
        while position < window.end:
            if window.at(position) == b"]":
                return found, position, True
            if window.at(position) == b",":
                rest, position = position, window.skip(position + 1)
                continue
            value = value_at(window, position, self._border or ANY_BORDER)
            if value is None:
                break
            following = window.skip(value.end)
            if following == window.end and not window.finished:
                break
            found += pieces_of(window, position, value)
            # Of what was taken the last byte can go: the bracket before the rest is put there.
            rest, position = value.end - 1, following
        return found, rest, False

    def _learned(self) -> bytes:
        """What stands between two entries in this file: learned from what is between the first two, and a first key.

        Empty when it cannot be told, or the first one is no item: then the entries are walked.
        """
        window = self._window
        while True:
            opening = window.skip(1)
            key = window.skip(opening + 1)
            end = window.find(b'"', key + 1)
            first = value_at(window, opening, ANY_BORDER) if opening < window.end else None
            second = window.skip(window.skip(first.end) + 1) if first is not None else window.end
            if second < window.end or window.finished:
                break
            window.more()
        if first is None or end < 0 or window.at(opening) != b"{" or window.at(key) != b'"':
            return b""
        inside = bytes(window.buffer[opening + 1 : end + 1])
        if first.fault:
            return b"}," + bytes(window.buffer[1:opening]) + b"{" + inside
        entry = bytes(window.text(opening, first.end)).rstrip()
        between = bytes(window.buffer[opening + len(entry) : second])
        # The bracket of a slice takes the place of the comma, so that has to stand right behind the entry.
        if not between.startswith(b",") or not are_items(b"[%b]" % entry):
            return b""
        return b"}" + between + b"{" + inside

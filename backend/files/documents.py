"""The JSON documents of a file, one after the other: mostly one, a snapshot; or one item a line, or many of anything.

A list of items is cut into slices as long as it is (`split`), and so are lines of an item each; all other documents
are walked one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic

import msgspec

from backend.files.members import SPELLED_LISTS, list_in
from backend.files.shapes import are_items, items_in
from backend.files.slices import Decode, Piece, Slice, T, decode_documents, put_together
from backend.files.split import Array
from backend.files.strangers import foreign, is_table, no_json, not_valid
from backend.files.values import mended, pieces_of, value_at
from backend.files.window import Window
from backend.model.problem import BadInput

_BEGINNINGS = b'{["-0123456789tfn'
"""What JSON begins with."""


_MOST_STRANGERS = 100_000
"""Entries without any item among them after which the rest is not read."""


class Documents(Generic[T]):
    """Reads all of a window."""

    def __init__(self, window: Window, decode: Decode[T]) -> None:
        self._window = window
        self._decode = decode
        self._count = 0
        """Documents so far."""
        self._good = False
        """Whether there is an item, or a list for items."""
        self._strangers = 0
        self._by_line = False
        """Whether the documents before were items of a line each."""
        self._flaw: BadInput | None = None
        """What is wrong with a document whose entries are given already."""
        self._wrong: tuple[int, str] | None = None
        """Where the first broken entry is, and why it is."""

    def slices(self) -> Iterator[Slice[T]]:
        """The entries of all documents. Raises `BadInput`, after what came before the flaw."""
        window = self._window
        window.fill()
        while self._begins():
            if (part := self._lines()) is not None:
                yield part
            elif (array := self._array()) is not None:
                for part in array.slices():
                    self._note(part)
                    yield part
                self._after(array)
            else:
                pieces = self._walked()
                if pieces is not None:
                    lines = self._count > 1 and not all(one.fault for one in pieces)
                    part = put_together(pieces, self._decode, lines=lines)
                    self._note(part)
                    yield part
                elif window.finished:
                    self._flaw = self._cut_off()
                    break
                else:
                    window.more()
        self._end()

    def _begins(self) -> bool:
        """Move on to the next document; False where there is none. Raises `BadInput` for a file that is no JSON."""
        window = self._window
        # Zeros at the beginning are of a file that is no text.
        if (self._count or window.at(0) != b"\0") and not window.move_on(between=True):
            return False
        if not self._count and window.buffer[0] not in b"{[":
            text = bytes(window.buffer[: min(window.end, window.size)])
            if text[0] not in _BEGINNINGS or is_table(text):
                raise no_json(text, window.name)
        return True

    def _lines(self) -> Slice[T] | None:
        """The lines in the window as one slice, where each is an item: with commas for line ends they are an array.

        A line end inside of a document would be a comma where none may be, so what decodes was lines.
        """
        window = self._window
        if self._by_line and window.end < window.size and not window.finished:
            window.more()  # what is left of the last part is the beginning of a line
        first = window.find(b"\n", 0)
        if first < 0 or not are_items(b"[%b]" % bytes(window.text(0, first))):
            return None
        last = window.end if window.finished else window.buffer.rfind(b"\n", 0, window.end)
        body = bytes(window.buffer[:last]).rstrip()
        text = memoryview(b"[%b]" % body.replace(b"\n", b","))
        if not are_items(text):
            return None
        try:
            entries = self._decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        offset = window.passed - 1
        window.forget(last)
        self._count += body.count(b"\n") + 1
        self._good = self._by_line = True
        return Slice(entries, text, offset=offset, lines=self._count > 1)

    def _array(self) -> Array[T] | None:
        """The list of entries that the next document is or holds; None where it is something else."""
        window, start = self._window, 0
        if window.at(0) == b"{":
            found = list_in(window)
            if found is None:
                return None
            start = found
            if not _is_head(bytes(window.text(0, start))):
                self._flaw = self._flaw or self._malformed(window.passed, "what stands before its items is broken")
        elif window.at(0) != b"[":
            return None
        elif window.at(window.skip(1)) == b"]":
            return None  # an empty list is of nobody
        return Array(window, start, self._decode, first=not self._count)

    def _after(self, array: Array[T]) -> None:
        """Move on behind the document of an array: over members that follow it."""
        window = self._window
        self._count += 1
        if array.end is None:
            self._flaw = self._flaw or self._cut_off()
            window.forget(window.end)
            return
        window.forget(array.end)
        if array.bare:
            return
        if not window.move_on():
            self._flaw = self._flaw or self._cut_off()
        elif window.at(0) == b"}":
            window.forget(1)
        elif window.at(0) == b",":
            self._pass_members()
        else:
            self._flaw = self._flaw or self._malformed(window.passed, "the object of the items goes on in no valid way")

    def _pass_members(self) -> None:
        """Move on behind members that follow the items, from their comma on."""
        window = self._window
        window.buffer[0] = ord("{")  # so they are an object of their own
        while (value := value_at(window, 0)) is None and not window.finished:
            window.more()
        if value is None:
            self._flaw = self._flaw or self._cut_off()
        elif value.fault:
            self._flaw = self._flaw or self._malformed(window.passed, value.fault)
        window.forget(window.end if value is None else value.end)

    def _walked(self) -> list[Piece] | None:
        """What is in the documents of the window, up to one that is a long list or goes on behind it.

        None where that is the first of them.
        """
        window = self._window
        found: list[Piece] = []
        position = 0
        while position < window.end:
            value = value_at(window, position)
            if value is None or (position and self._holds_list(position, value.end)):
                break
            text = bytes(window.text(position, value.end))
            found += pieces_of(window, position, value)
            position = window.skip_between(value.end)
            self._count += 1
            if self._count == 1:
                window.forget(position)
                if not self._begins():
                    self._check_only(text, found)
                return found
        window.forget(position)
        return found if position else None

    def _holds_list(self, start: int, end: int) -> bool:
        text = bytes(self._window.text(start, end))
        return text.startswith(b"[") or any(name in text for name in SPELLED_LISTS)

    def _check_only(self, text: bytes, pieces: list[Piece]) -> None:
        """Raise `BadInput` when the only document of the file is none of ours: that is told better than of many."""
        if len(pieces) != 1 or are_items(b"[%b]" % pieces[0].text):
            return
        if pieces[0].fault:
            raise not_valid(text, self._window.name)
        [document] = decode_documents(b"[%b]" % pieces[0].text)
        if items_in(document) is None:
            raise foreign(document, self._window.name)

    def _note(self, part: Slice[T]) -> None:
        """Keep count of what a slice holds. Raises `BadInput` for a file of many entries without any item."""
        self._strangers += part.strangers
        self._good = self._good or part.strangers < len(part.spots) or not part.spots
        if part.broken and self._wrong is None:
            number, fault = part.broken[0]
            self._wrong = part.spots[number], fault
        if not self._good and self._strangers > _MOST_STRANGERS:
            why = f"none of its first {self._strangers:,} entries is one"
            raise BadInput(f"{self._window.name} holds something else than configuration items", why)

    def _end(self) -> None:
        """Raises what is wrong with the file, now that all that is in it was given."""
        window = self._window
        if window.flaw is not None:
            raise window.flaw
        if not self._count and self._flaw is None:
            raise BadInput(f"{window.name} is empty", "there is nothing in it", "Download it again")
        if not self._good and self._wrong is not None:
            raise self._malformed(*self._wrong)
        if self._flaw is not None:
            raise self._flaw

    def _cut_off(self) -> BadInput:
        return BadInput(f"{self._window.name} is cut off", "its JSON has no end", "Download it again")

    def _malformed(self, place: int, fault: str) -> BadInput:
        why = f"from byte {place:,} on: {fault}"
        return BadInput(f"{self._window.name} is not valid JSON", why, "Download it again")


def _is_head(text: bytes) -> bool:
    """Whether an object may begin like this before a list in it."""
    try:
        msgspec.json.decode(text + b"[]}", type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return mended(text + b"[]}") is not None
    return True

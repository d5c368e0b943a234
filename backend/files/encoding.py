"""In which encoding a text is written, and UTF-16 and UTF-32 as UTF-8, as they are read.

What `>` of Windows PowerShell writes is UTF-16 with a mark before it.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import Protocol

UTF_8_MARK = codecs.BOM_UTF8

_BEGINNINGS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
    (UTF_8_MARK, "UTF-8 with a byte order mark"),
    (b"{\0", "UTF-16-LE"),
    (b"[\0", "UTF-16-LE"),
    (b"\0{", "UTF-16-BE"),
    (b"\0[", "UTF-16-BE"),
)
"""The longer first: the mark of UTF-32 begins like that of UTF-16."""


class Stream(Protocol):
    """Bytes that are read one after the other."""

    def readinto(self, buffer: memoryview, /) -> int: ...


def encoding_of(beginning: bytes) -> str:
    """The encoding that the first bytes of a JSON text show; empty for the usual, UTF-8 without a mark."""
    return next((name for mark, name in _BEGINNINGS if beginning.startswith(mark)), "")


class Recoded:
    """A text in UTF-16 or UTF-32 as UTF-8; half a letter in it is replaced by a mark."""

    def __init__(self, stream: Stream, beginning: bytes, encoding: str) -> None:
        """`beginning` are bytes that were taken from the stream already."""
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ready = self._decoder.decode(beginning).encode()

    def readinto(self, buffer: memoryview) -> int:
        part = bytearray(len(buffer))
        while not self._ready:
            count = self._stream.readinto(memoryview(part))
            # What is left of a letter comes with the end of the text.
            self._ready = self._decoder.decode(bytes(part[:count]), final=not count).encode()
            if not count:
                break
        given, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(given)] = given
        return len(given)


class Named(Stream, Protocol):
    """A stream that is called something in a sentence."""

    @property
    def name(self) -> str: ...


class Checked:
    """A stream that tells of bytes that do not belong into a text, while they are read."""

    def __init__(self, stream: Named, tell: Callable[[str, int], None]) -> None:
        """`tell` gets what is wrong, and where that first is: once for each part that is read."""
        self.name = stream.name
        self._stream = stream
        self._tell = tell
        self._begun = b""
        """The beginning of a letter, whose end is in the next part."""
        self._passed = 0

    def readinto(self, buffer: memoryview) -> int:
        count = self._stream.readinto(buffer)
        part = self._begun + bytes(buffer[:count])
        began = self._passed - len(self._begun)
        self._begun = b""
        self._passed += count
        if (zero := part.find(0)) >= 0:
            self._tell("parts with zero bytes", began + zero)
        if not part.isascii():
            try:
                _, used = codecs.utf_8_decode(part, "strict", not count)
                self._begun = part[used:]
            except UnicodeDecodeError as error:
                self._tell("parts with bytes that are no UTF-8", began + error.start)
        return count

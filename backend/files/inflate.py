"""The content of gzip data, as it is read: every member of it, and what stands behind the last one."""

from __future__ import annotations

import io
from typing import Any, cast

from isal import igzip_lib
from isal.igzip_lib import IsalError

DAMAGED = cast("type[Exception]", IsalError)  # isal's stub calls the class an instance of it
"""What `Inflated` raises for data that is wrong."""

MAGIC = b"\x1f\x8b"

_TAKEN = 1 << 16
"""Compressed bytes taken at a time."""
_GIVEN = 1 << 17
"""Bytes inflated at a time: what is lost of data that turns out to be damaged is never more."""


class Inflated:
    """A stream of inflated bytes. `readinto` raises `EOFError` for data that is cut off, `DAMAGED` for wrong data.

    Files that were appended to each other are read as one, and so are the zero bytes of a tape or a disk image
    behind them passed over; what else stands behind the last member is left alone.
    """

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file
        self._member: Any = _member()
        self._input = b""
        self._error: Exception | None = None
        self.taken = 0
        """Compressed bytes read so far."""
        self.rest: int | None = None
        """Where bytes that are no gzip data begin behind the last member; None where there are none."""

    def readinto(self, buffer: memoryview) -> int:
        """Fill all of `buffer` unless the data ends; what comes before an error is given first."""
        filled = 0
        try:
            while filled < len(buffer) and self._error is None:
                part = self._inflate(min(_GIVEN, len(buffer) - filled))
                if not part:
                    break
                buffer[filled : filled + len(part)] = part
                filled += len(part)
        except (EOFError, OSError, DAMAGED) as error:
            self._error = error
        if self._error is not None and not filled:
            raise self._error
        return filled

    def _inflate(self, most: int) -> bytes:
        while self.rest is None:
            if self._member.eof:
                if not self._next_member():
                    break
            elif not self._input and self._member.needs_input and not self._take():
                raise EOFError
            given, self._input = self._input, b""
            part: bytes = self._member.decompress(given, most)
            if part:
                return part
        return b""

    def _next_member(self) -> bool:
        """Begin with what follows a member; False where that is the end, or no gzip data."""
        self._input = self._member.unused_data.lstrip(b"\0")
        while len(self._input) < len(MAGIC) and self._take():
            self._input = self._input.lstrip(b"\0")
        if self._input.startswith(MAGIC):
            self._member = _member()
            return True
        if self._input:
            self.rest = self.taken - len(self._input)
        return False

    def _take(self) -> bool:
        part = self._file.read1(_TAKEN)
        self.taken += len(part)
        self._input += part
        return bool(part)


def _member() -> Any:
    return igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)

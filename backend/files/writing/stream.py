"""Bytes on their way to a file: plain, or gzip when its name says so."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from isal import igzip

_LEVEL = 2
"""isal's: two thirds of the size at level 0, at nearly the same speed."""


class Stream:
    """A file that is being written. Raises `OSError`."""

    def __init__(self, place: Path) -> None:
        self._raw = place.open("xb")
        packed = place.name.lower().endswith(".gz")
        self._file: Any = igzip.IGzipFile("", "wb", _LEVEL, self._raw) if packed else self._raw

    def write(self, data: bytes) -> None:
        """Add some bytes."""
        self._file.write(data)

    def finish(self) -> None:
        """Write all that is buffered, and close."""
        if not self._raw.closed:
            self._file.close()
            self._raw.close()

    def abandon(self) -> None:
        """Close, whatever becomes of the content."""
        for file in (self._file, self._raw):
            with contextlib.suppress(OSError, ValueError):
                file.close()

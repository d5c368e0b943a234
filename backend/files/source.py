"""The bytes of a file: plain or gzip, inflated as they are read, and every way in which reading fails as a sentence."""

from __future__ import annotations

import contextlib
import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from backend.files.encoding import Recoded, Stream, encoding_of
from backend.files.inflate import DAMAGED, MAGIC, Inflated
from backend.model.problem import BadInput

LARGEST = 64 << 30
"""Bytes that what is inflated or piped may have; a plain file may have any number."""
DENSEST = 200
"""How often its own size gzip data may hold, once that is above `HARMLESS`. Snapshots hold thirty times theirs."""
HARMLESS = 1 << 30

_DESCRIPTORS = Path("/dev/fd")
"""Where a process finds what it was given open."""
_SHOWN = 4
"""Bytes that show an encoding."""


class Source(Protocol):
    """Where a reader gets bytes from."""

    @property
    def name(self) -> str: ...

    def readinto(self, buffer: memoryview) -> int:
        """Fill the beginning of `buffer`; the number of bytes, 0 at the end. Raises `BadInput`."""


@contextlib.contextmanager
def opened(path: Path, largest: int | None = None) -> Iterator[FileSource]:
    """A file to read from, closed at the end of the block.

    `largest` are the bytes that it may inflate to, in place of the usual limits. Raises `BadInput` for what is not
    there, is a folder, is empty or may not be read.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        raise BadInput(f"There is no file {path}") from error
    except IsADirectoryError as error:
        raise BadInput(f"{path} is a folder", remedy="Name a snapshot or history file in it") from error
    except PermissionError as error:
        raise BadInput(f"{path} may not be read", "the permissions of the file do not let you") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be opened", error.strerror or str(error)) from error
    with file:
        yield FileSource(called(path), file, largest)


def called(path: Path) -> str:
    """What a file is called in a sentence."""
    return "standard input" if path.parent == _DESCRIPTORS else path.name


class FileSource:
    """A file, inflated when it begins like gzip, as UTF-8. Not seekable, so that pipes do as well."""

    def __init__(self, name: str, file: io.BufferedReader, largest: int | None = None) -> None:
        self.name = name
        self._file = file
        self._largest = largest
        self._before = _standing(file)
        try:
            beginning = file.peek(len(MAGIC))[: len(MAGIC)]
        except OSError as error:
            raise BadInput(f"{name} cannot be read", error.strerror or str(error)) from error
        if not beginning:
            raise BadInput(f"{name} is empty", "it has no bytes at all", "Download it again")
        self._inflated = Inflated(file) if beginning == MAGIC else None
        self._stream: Stream = self._inflated or file
        self.given = 0
        """Bytes handed out so far, inflated."""
        self.encoding = ""
        """What the text is written in, where that is not UTF-8 without a mark; known after the first bytes."""

    @property
    def compressed(self) -> bool:
        return self._inflated is not None

    @property
    def position(self) -> int:
        """Bytes of the file that were taken so far, as they lie there; of a pipe those handed out."""
        return self._file.tell() if self._file.seekable() else self.given

    @property
    def rest(self) -> int | None:
        """Where bytes that are no gzip data begin behind it; they are not read."""
        return self._inflated.rest if self._inflated is not None else None

    def readinto(self, buffer: memoryview) -> int:
        try:
            count = self._stream.readinto(buffer)
            if not self.given:
                count = self._recoded(buffer, count)
        except (EOFError, OSError, DAMAGED) as error:
            raise self._changed() or self._failed(error) from error
        self.given += count
        if not count and (changed := self._changed()):
            raise changed
        self._check_size()
        return count

    def _recoded(self, buffer: memoryview, count: int) -> int:
        """Look at the first bytes of the text, and put them in UTF-8 where they are not."""
        self.encoding = encoding_of(bytes(buffer[: min(count, _SHOWN)]))
        if not self.encoding.startswith(("UTF-16", "UTF-32")):
            return count
        self._stream = Recoded(self._stream, bytes(buffer[:count]), self.encoding)
        return self._stream.readinto(buffer)

    def _failed(self, error: Exception) -> BadInput:
        if isinstance(error, EOFError):
            return BadInput(f"{self.name} is cut off", "its gzip data ends before its end mark", "Download it again")
        if isinstance(error, OSError):
            return BadInput(f"{self.name} cannot be read", error.strerror or str(error))
        return BadInput(f"{self.name} is damaged", f"its gzip data is wrong: {error}", "Download it again")

    def _changed(self) -> BadInput | None:
        """What is to be said of a file that is not any more what it was when it was opened."""
        if _standing(self._file) == self._before:
            return None
        why = "what was read of it may not fit together"
        return BadInput(f"{self.name} changed while it was read", why, "Read it again when it is whole")

    def _check_size(self) -> None:
        if self._largest is not None:
            if self.given > self._largest:
                raise self._too_large(f"more than the {self._largest:,} bytes it may have")
        elif self._inflated is not None and self.given > HARMLESS:
            # A pipe has no size: of it counts what came so far.
            packed = max(self._inflated.taken, self._before.size if self._before is not None else 0)
            if self.given > DENSEST * packed:
                raise self._too_large(f"more than {DENSEST} times its own size")
        if self._largest is None and (self.compressed or self._before is None) and self.given > LARGEST:
            raise self._too_large(f"more than {LARGEST >> 30} GiB")

    def _too_large(self, limit: str) -> BadInput:
        what = "inflates to" if self.compressed else "is"
        return BadInput(
            f"{self.name} {what} {limit}",
            f"reading ended after {self.given:,} bytes, for a file can be made to fill the memory",
            "configscope inspect and open read more of it with --largest SIZE, for instance --largest 100G",
        )


class _Standing(NamedTuple):
    """What shows that a file was written to."""

    size: int
    modified: int
    """Nanoseconds."""


def _standing(file: io.BufferedReader) -> _Standing | None:
    """How a file stands; None of what has no content of its own, a pipe or a device."""
    try:
        found = os.fstat(file.fileno())
    except OSError:  # bytes in memory have no descriptor
        return None
    return _Standing(found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None

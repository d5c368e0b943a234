"""The bytes of a file: plain or gzip, inflated as they are read, and every way in which reading fails as a sentence."""

from __future__ import annotations

import contextlib
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, cast

from isal import igzip
from isal.igzip_lib import IsalError

from backend.model.problem import BadInput

# isal's stub calls the class an instance of it.
_DAMAGED = (gzip.BadGzipFile, cast("type[Exception]", IsalError))
_GZIP = b"\x1f\x8b"
_DESCRIPTORS = Path("/dev/fd")
"""Where a process finds what it was given open."""


class Source(Protocol):
    """Where a reader gets bytes from."""

    @property
    def name(self) -> str: ...

    def readinto(self, buffer: memoryview) -> int:
        """Fill the beginning of `buffer`; the number of bytes, 0 at the end. Raises `BadInput`."""


@contextlib.contextmanager
def opened(path: Path) -> Iterator[FileSource]:
    """A file to read from, closed at the end of the block.

    Raises `BadInput` for what is not there, is a folder, is empty or may not be read.
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
        yield FileSource(called(path), file)


def called(path: Path) -> str:
    """What a file is called in a sentence."""
    return "standard input" if path.parent == _DESCRIPTORS else path.name


class FileSource:
    """A file, inflated when it begins like gzip. Not seekable, so that pipes do as well."""

    def __init__(self, name: str, file: io.BufferedReader) -> None:
        self.name = name
        try:
            beginning = file.peek(2)[:2]
        except OSError as error:
            raise BadInput(f"{name} cannot be read", error.strerror or str(error)) from error
        if not beginning:
            raise BadInput(f"{name} is empty", "it has no bytes at all", "Download it again")
        self._file = file
        self.compressed = beginning == _GZIP
        self.given = 0
        """Bytes handed out so far, inflated."""
        self._stream: Any = igzip.open(file) if self.compressed else file

    @property
    def position(self) -> int:
        """Bytes of the file that were taken so far, as they lie there; of a pipe those handed out."""
        return self._file.tell() if self._file.seekable() else self.given

    def readinto(self, buffer: memoryview) -> int:
        try:
            count = int(self._stream.readinto(buffer))
        except EOFError as error:
            why = "its gzip data ends before its end mark"
            raise BadInput(f"{self.name} is cut off", why, "Download it again") from error
        except _DAMAGED as error:
            why = f"its gzip data is wrong: {error}"
            raise BadInput(f"{self.name} is damaged", why, "Download it again") from error
        except OSError as error:
            raise BadInput(f"{self.name} cannot be read", error.strerror or str(error)) from error
        self.given += count
        return count

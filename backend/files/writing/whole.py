"""A file that is there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from backend.model.problem import BadInput

_FULL = (errno.ENOSPC, errno.EDQUOT)


def check_free(path: Path) -> None:
    """Raises `BadInput` when there is a file already."""
    if path.exists():
        raise _there_already(path)


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A place to write at; what is there when the block ends well is moved to `path`, with mode 0600.

    The place has a folder of its own beside `path`, which nobody else can enter. Raises `BadInput` when there is a file
    already, and in place of every `OSError` of the block: a disk that is full, a folder that may not be written.
    """
    check_free(path)
    try:
        with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=path.parent) as folder:
            place = Path(folder) / path.name
            yield place
            if place.exists():
                place.chmod(0o600)
                _move(place, path)
    except FileExistsError as error:
        raise _there_already(path) from error
    except OSError as error:
        remedy = f"Free some space below {path.absolute().parent}" if error.errno in _FULL else ""
        raise BadInput(f"{path} cannot be written", error.strerror or str(error), remedy) from error


def _move(place: Path, path: Path) -> None:
    """Move without writing over what has come there meanwhile, where the file system can tell."""
    try:
        os.link(place, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        place.rename(path)


def _there_already(path: Path) -> BadInput:
    return BadInput(f"{path} is there already", "nothing is written over", "Name another file")

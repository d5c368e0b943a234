"""Indexes that are kept, so that files which have not changed are there at once when they are opened again.

Each lies in a folder of its own, only for its owner: `bodies` (the items, compressed) and `columns` (all that memory
holds of an index, mapped when it is opened again). What was not opened for long goes, and what was opened longest ago
when they take too much room.
"""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TypeAlias

import msgspec
import numpy as np
import platformdirs
from isal import isal_zlib

from backend.files.bodies import Bodies
from backend.files.columns import Numbers
from backend.files.index import Index, Skipped
from backend.files.parts import Part

SMALLEST = 8 << 20
"""Bytes of the files from which on it is worth it: less is read in a fraction of a second."""
LARGEST = 4 << 30
"""Bytes that all of them may take together."""
DAYS = 30
"""For so long one is kept that nobody opens."""

_FORM = b"configscope index 7\n"
_ALIGNED = 64
_DAY = 86_400
_UNFINISHED = "unfinished-"


Stamp: TypeAlias = tuple[int, int, int]
"""The inode of a file, its size and when it was written (nanoseconds)."""
State: TypeAlias = tuple[Stamp, ...]
"""The stamps of all files."""


class _Array(msgspec.Struct):
    kind: str
    count: int
    offset: int


class _Head(msgspec.Struct):
    """What stands before the columns."""

    arrays: dict[str, dict[str, _Array]]
    size: int
    crc: int
    bodies: int
    """Bytes of the other file."""
    parts: list[Part]
    skipped: list[Skipped]


class Place:
    """Where an index is being made: `bodies` grow in it, and it is kept or dropped at the end."""

    def __init__(self, folder: Path, target: Path, state: State) -> None:
        self.folder, self.target, self.state = folder, target, state
        self.bodies = Bodies(_private(folder / "bodies"))


class Cache:
    """The folder of kept indexes. Whatever is wrong with it, files can be read all the same."""

    def __init__(
        self, folder: Path | None = None, smallest: int = SMALLEST, largest: int = LARGEST, days: int = DAYS
    ) -> None:
        self._folder = folder or platformdirs.user_cache_path("configscope") / "files"
        self._smallest = smallest
        self._largest = largest
        self._days = days

    def find(self, paths: Sequence[Path], state: State | None) -> Index | None:
        """The index of files in a state; None when there is none, or it is damaged (then it is dropped)."""
        if state is None:
            return None
        place = self._place(paths, state)
        try:
            index = _opened(place)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, msgspec.MsgspecError):
            shutil.rmtree(place, ignore_errors=True)
            return None
        with contextlib.suppress(OSError):
            os.utime(place)
        return index

    def begin(self, paths: Sequence[Path], state: State | None) -> Place | None:
        """Where to make the index of files in a state; None when it cannot be kept, as that of a pipe."""
        if state is None or sum(size for _, size, _ in state) < self._smallest:
            return None
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self._folder))
            return Place(folder, Path(self._place(paths, state)), state)
        except OSError:
            return None

    def keep(self, place: Place, paths: Sequence[Path], index: Index) -> str:
        """Keep an index that is whole; why it was not kept, empty when it was."""
        if state_of(paths) != place.state:
            self.drop(place)
            return "The index is not kept: the files changed while they were read."
        try:
            _write(place.folder / "columns", index)
            shutil.rmtree(place.target, ignore_errors=True)
            place.folder.rename(place.target)
        except OSError as error:
            self.drop(place)
            return f"The index is not kept, so that the next opening takes as long: {error.strerror or error}."
        index.bodies.on_damage = lambda: shutil.rmtree(place.target, ignore_errors=True)
        with contextlib.suppress(OSError):  # the folder may be gone meanwhile
            self._make_room()
        return ""

    def drop(self, place: Place) -> None:
        """Nothing of an index is to be kept; what is open stays readable until it is closed."""
        shutil.rmtree(place.folder, ignore_errors=True)

    def _place(self, paths: Sequence[Path], state: State) -> str:
        said = repr((_FORM, [str(path.absolute()) for path in paths], state))
        return f"{self._folder}/{hashlib.blake2b(said.encode(), digest_size=16).hexdigest()}"

    def _make_room(self) -> None:
        now, room = time.time(), self._largest
        found = []
        for folder in self._folder.iterdir():
            with contextlib.suppress(OSError):  # another configscope may be making room too
                size = sum(file.stat().st_size for file in folder.iterdir())
                found.append((folder.stat().st_mtime, size, folder))
        for used, size, folder in sorted(found, reverse=True):
            old = now - used > (_DAY if folder.name.startswith(_UNFINISHED) else self._days * _DAY)
            room -= size
            if old or room < 0:
                shutil.rmtree(folder, ignore_errors=True)


def state_of(paths: Sequence[Path]) -> State | None:
    """What tells whether files are still the same; None where one of them cannot be opened again."""
    return together([stamp_of(path) for path in paths])


def together(stamps: Sequence[Stamp | None]) -> State | None:
    """The state that files of these stamps are in; None where one has none."""
    known = [stamp for stamp in stamps if stamp is not None]
    return tuple(known) if len(known) == len(stamps) else None


def stamp_of(path: Path) -> Stamp | None:
    """The same of one file; None for what is not there, and for a pipe, which can be read only once."""
    try:
        known = path.stat()
    except OSError:
        return None
    return (known.st_ino, known.st_size, known.st_mtime_ns) if stat.S_ISREG(known.st_mode) else None


def _private(path: Path) -> IO[bytes]:
    """A new file that only its owner may read."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "r+b")


def _write(path: Path, index: Index) -> None:
    groups = {**index.arrays(), "bodies": index.bodies.arrays()}
    head = _Head({}, 0, 0, index.bodies.size, index.parts, index.skipped)
    parts: list[Numbers] = []
    for group, arrays in groups.items():
        for name, values in arrays.items():
            head.arrays.setdefault(group, {})[name] = _Array(values.dtype.str, len(values), head.size)
            parts.append(values)
            head.size += -(-values.nbytes // _ALIGNED) * _ALIGNED
    for values in parts:
        head.crc = isal_zlib.crc32(_padded(values), head.crc)
    text = msgspec.json.encode(head)
    beginning = _FORM + len(text).to_bytes(8, "little") + text
    with _private(path) as file:
        file.write(beginning + bytes(-len(beginning) % _ALIGNED))
        for values in parts:
            file.write(_padded(values))


def _padded(values: Numbers) -> bytes:
    data = values.tobytes()
    return data + bytes(-len(data) % _ALIGNED)


def _opened(place: str) -> Index:
    """Raises `OSError`, `ValueError` and the like for what is not there or damaged."""
    # Neither path objects nor what `open` wraps a file in: for a small index they take longer than its columns.
    file = os.open(f"{place}/columns", os.O_RDONLY)
    try:
        mapped = mmap.mmap(file, 0, access=mmap.ACCESS_READ)
    finally:
        os.close(file)
    if mapped[: len(_FORM)] != _FORM:
        raise ValueError(_FORM)
    start = len(_FORM) + 8
    end = start + int.from_bytes(mapped[len(_FORM) : start], "little")
    head = msgspec.json.decode(mapped[start:end], type=_Head)
    first = -(-end // _ALIGNED) * _ALIGNED
    if len(mapped) != first + head.size or isal_zlib.crc32(memoryview(mapped)[first:]) != head.crc:
        raise ValueError(head.crc)
    groups: Mapping[str, dict[str, Numbers]] = {
        group: {name: np.frombuffer(mapped, one.kind, one.count, first + one.offset) for name, one in arrays.items()}
        for group, arrays in head.arrays.items()
    }
    items = os.fdopen(os.open(f"{place}/bodies", os.O_RDONLY), "rb", buffering=0)
    if items.seek(0, os.SEEK_END) != head.bodies:
        items.close()
        raise ValueError(head.bodies)
    bodies = Bodies(items, groups["bodies"])
    bodies.on_damage = lambda: shutil.rmtree(place, ignore_errors=True)
    index = Index(bodies, groups)
    index.parts, index.skipped = head.parts, head.skipped
    return index

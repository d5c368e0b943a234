"""The items themselves, as they are spelled: compressed in blocks of about a MiB, one after the other in a file.

A block is compressed in a thread of its own while the next slice is decoded: neither holds the interpreter.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, TypeVar, cast

import msgspec
import numpy as np
from isal import isal_zlib
from isal.igzip_lib import IsalError
from isal.isal_zlib import _GzipReader  # what `igzip.open` reads by; from bytes there is no other way into a buffer

from backend.files.columns import Column, Numbers
from backend.files.read import decode_documents
from backend.model.item import ConfigurationItem
from backend.model.problem import BadInput, Problem
from backend.model.spelling import read_item

T = TypeVar("T")

_DAMAGED = cast("type[Exception]", IsalError)  # isal's stub calls the class an instance of it

_HELD = 4
"""Blocks that stay open: whoever moves from row to row asks for the same again and again."""

_UNPACKED = (1 << 20) + (1 << 16)
"""Bytes that most blocks unpack to: making room again and again costs as much as unpacking."""

_GZIP = 31
"""The form of the blocks, as zlib tells it: only this one is inflated into room that is there."""
_TAKEN = 1 << 15
"""Bytes of a block that are taken at once."""

_PACKING, _READING = 1, 2
"""Threads that compress, and that look through everything."""


class Bodies:
    """Blocks of JSON arrays. One thread at a time adds; any reads."""

    def __init__(self, file: IO[bytes], arrays: Mapping[str, Numbers] | None = None) -> None:
        """`file` is where they lie, or are to lie, and is closed by `close`; `arrays` tell what is in it already."""
        self._file = file
        self._spare: IO[bytes] | None = None
        """Where those go that the file has no room for."""
        self._spare_from = 0
        self.full = ""
        """Why the file took no more; empty while it takes them."""
        self._ends = Column("i8", arrays["ends"] if arrays else None)
        self.first_rows = Column("i8", arrays["first_rows"] if arrays else None)
        """The row of the first item of each block."""
        self.on_damage: Callable[[], None] | None = None
        """Told when a block cannot be read any more."""
        self._packing: Future[bytes] | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._open: OrderedDict[int, list[msgspec.Raw]] = OrderedDict()

    @property
    def size(self) -> int:
        """Bytes of all of them."""
        return int(self._ends.values[-1]) if len(self._ends) else 0

    def __len__(self) -> int:
        return len(self.first_rows)

    def keep(self, text: memoryview | bytes, first_row: int) -> None:
        """Add a block whose first item is that of `first_row`. Raises `Problem` when there is no room."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(_PACKING, thread_name_prefix="packing")
        packing = self._pool.submit(isal_zlib.compress, bytes(text), 1, _GZIP)
        self.settle()
        self._packing = packing
        self.first_rows.extend(np.array([first_row]))

    def settle(self) -> None:
        """Write what is being compressed: from then on all that was kept can be read. Raises `Problem`."""
        if self._packing is None:
            return
        packed, end = self._packing.result(), self.size
        try:
            self._write(packed, end)
        except OSError as error:
            raise Problem(
                "There is no room for what is read",
                error.strerror or str(error),
                f"Free some space below {tempfile.gettempdir()}, or set TMPDIR to another folder",
            ) from error
        self._ends.extend(np.array([end + len(packed)]))
        self._packing = None  # last: whoever does not find a block in the file yet finds it here

    def _write(self, packed: bytes, end: int) -> None:
        """Raises `OSError` when neither the file nor a nameless one takes it."""
        if self._spare is None:
            try:
                _write_all(self._file, packed, end)
                return
            except OSError as error:
                self.full = error.strerror or str(error)
                self._spare, self._spare_from = temporary(), end
        _write_all(self._spare, packed, end - self._spare_from)

    def items(self, block: int) -> list[msgspec.Raw]:
        """The items of a block. Raises `BadInput` when the file is damaged."""
        found = self._open.get(block)
        if found is None:
            found = msgspec.json.decode(self.text(block), type=list[msgspec.Raw])
            self._open[block] = found
            while len(self._open) > _HELD:
                self._open.popitem(last=False)
        return found

    def raw(self, rows: Sequence[int] | Numbers) -> Iterator[bytes]:
        """The items of rows as they are spelled, in the order of the rows. Raises `BadInput` as `items`."""
        first_rows = self.first_rows.values
        blocks = (np.searchsorted(first_rows, rows, side="right") - 1).tolist()
        for row, block in zip(rows, blocks, strict=True):
            yield bytes(self.items(block)[int(row) - int(first_rows[block])])

    def read(self, rows: Sequence[int] | Numbers) -> list[ConfigurationItem]:
        """The items of rows, in the order of the rows. Raises `BadInput` as `items`."""
        return list(map(spelled, self.raw(rows)))

    def text(self, block: int) -> bytes:
        """A block as JSON. Raises `BadInput` when the file is damaged."""
        with self._undamaged():
            text: bytes = isal_zlib.decompress(self._packed(block), _GZIP, _UNPACKED)
        return text

    @contextlib.contextmanager
    def _undamaged(self) -> Iterator[None]:
        """Raises `BadInput` for what cannot be read or inflated."""
        try:
            yield
        except (OSError, EOFError, _DAMAGED) as error:
            if self.on_damage is not None:
                self.on_damage()
            raise BadInput("What was kept of the file is damaged", str(error), "Open it again") from error

    def _packed(self, block: int) -> bytes:
        packing = self._packing  # asked for first: what is written meanwhile is found in the file
        ends = self._ends.values
        if block == len(ends) and packing is not None:
            return packing.result()
        start = int(ends[block - 1]) if block else 0
        file = self._file
        if self._spare is not None and start >= self._spare_from:
            file, start, ends = self._spare, start - self._spare_from, ends - self._spare_from
        return os.pread(file.fileno(), int(ends[block]) - start, start)

    def through(self, look: Callable[[int, bytearray], T], blocks: Iterable[int] | None = None) -> Iterator[T]:
        """What `look` finds in each block, or in some, given its number and its text; two are opened at the same time.

        The text is there only while it is looked at: another one takes its room. Raises `BadInput` as `text`.
        """
        room = _Room()

        def find(block: int) -> T:
            with self._undamaged():
                text = room.inflate(self._packed(block))
            return look(block, text)

        with ThreadPoolExecutor(_READING, thread_name_prefix="looking") as pool:
            yield from pool.map(find, range(len(self)) if blocks is None else blocks)

    def arrays(self) -> dict[str, Numbers]:
        """Where the blocks are, to be kept."""
        return {"ends": self._ends.values, "first_rows": self.first_rows.values}

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
        self._file.close()
        if self._spare is not None:
            self._spare.close()


def spelled(text: bytes) -> ConfigurationItem:
    """The item that is spelled so."""
    return read_item(decode_documents(b"[%b]" % text)[0])


class _Room(threading.local):
    """Room of each thread for a block: to make it anew for every one takes as long as to inflate into it."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def inflate(self, packed: bytes) -> bytearray:
        """A block, until the next one. Raises `OSError`, `EOFError` or isal's own for what is damaged."""
        text, end = self._bytes, 0
        text.extend(bytes(max(0, _UNPACKED - len(text))))
        reader = _GzipReader(io.BytesIO(packed), _TAKEN)
        while True:
            with memoryview(text)[end:] as free:
                count = reader.readinto(free)
            end += count
            if end == len(text):
                text.extend(bytes(len(text)))
            elif not count:
                break
        del text[end:]
        return text


def _write_all(file: IO[bytes], data: bytes, at: int) -> None:
    """Raises `OSError`; a disk that is nearly full takes a part and says nothing, until it is given the rest."""
    while data:
        written = os.pwrite(file.fileno(), data, at)
        data, at = data[written:], at + written


def temporary() -> IO[bytes]:
    """A nameless file that is gone when it is closed. Raises `OSError`."""
    return tempfile.TemporaryFile(prefix="configscope-", buffering=0)

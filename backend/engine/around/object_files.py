"""Where the bytes of stored objects lie: one real file each, below the world's folder.

`buckets/<bucket>/<key>` wherever the key can be a file name. What a file system cannot hold is bent: empty
segments, `.` and `..` get a `~` before them, control characters become `_`, overlong segments are shortened,
and where a file stands in the way of a folder, or a folder of a file, the newcomer gets `~2` behind its name.
The database knows which path is whose.

A file is never changed. It is written under a temporary name, renamed, and named by a row in the same
transaction; it goes only after the transaction that stopped naming it. A crash leaves at most a file that
nothing names.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from backend.engine.context import Context
from backend.model.problem import Problem

_LONGEST = 200
"""Bytes of a segment: 255 is the usual limit, and a suffix must fit."""

_CHUNK = 1 << 20
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


def write(ctx: Context, folder: str, name: str, chunks: Iterable[bytes]) -> str:
    """Write a new file; its path below the world's folder. Raises `Problem` when the disk does not take it.

    `folder` is `buckets` or `uploads`, `name` what the file is called there, folders separated by `/`.
    """
    root = ctx.store.folder
    try:
        path = _place(root / folder, [_safe(segment) for segment in name.split("/")])
        incoming = root / folder / ".incoming"
        with incoming.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
        incoming.replace(path)
        if ctx.store.durable:
            ctx.store.before_flush(lambda: _flush(path))
    except OSError as error:
        raise _unwritable(root, error) from error
    return path.relative_to(root).as_posix()


def _flush(path: Path) -> None:
    """The bytes reach the disk before the row that names them; the database flushes the rename with itself.

    All files of a transaction one after the other, at its end: the first flush takes the others along.
    """
    try:
        file = os.open(path, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
    except FileNotFoundError:
        return  # it was replaced or deleted since
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(where: Path, error: OSError) -> Problem:
    why = f"Look at the free space and permissions of {where}"
    return Problem("The object could not be written", str(error), why)


def read(ctx: Context, path: str, start: int = 0, length: int | None = None) -> bytes:
    """The bytes of a file, or a part of them. Raises `Problem` when the file was taken away from outside."""
    try:
        with (ctx.store.folder / path).open("rb") as file:
            file.seek(start)
            return file.read() if length is None else file.read(length)
    except OSError as error:
        raise Problem(
            "A stored object cannot be read", str(error), "The world's folder was changed from outside"
        ) from error


def pieces(ctx: Context, paths: Iterable[str]) -> Iterator[bytes]:
    """The bytes of several files, one after the other, never all at once."""
    for path in paths:
        with (ctx.store.folder / path).open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk


def forget(ctx: Context, path: str) -> None:
    """Remove a file, and folders left empty, once the transaction that stopped naming it is written."""
    if path:
        root = ctx.store.folder
        ctx.store.after_commit(lambda: _remove(root, path))


def _remove(root: Path, path: str) -> None:
    file = root / path
    file.unlink(missing_ok=True)
    for folder in file.parents:
        # The first folder that still holds something ends the walk; `buckets` itself stays.
        if folder.parent == root:
            return
        try:
            folder.rmdir()
        except OSError:
            return


def _place(folder: Path, segments: list[str]) -> Path:
    """A path that nothing has yet, its folders made."""
    known = folder.joinpath(*segments[:-1])
    if known.is_dir():  # as a rule; then nothing stands in the way
        folder = known
    else:
        for segment in segments[:-1]:
            folder = next(there for there in _candidates(folder, segment) if not there.exists() or there.is_dir())
        folder.mkdir(parents=True, exist_ok=True)
    return next(there for there in _candidates(folder, segments[-1]) if not os.path.lexists(there))


def _candidates(folder: Path, segment: str) -> Iterator[Path]:
    yield folder / segment
    number = 2
    while True:
        yield folder / f"{segment}~{number}"
        number += 1


def _safe(segment: str) -> str:
    if segment in {"", ".", ".."}:
        return f"~{segment}"
    plain = _UNPRINTABLE.sub("_", segment)
    if len(plain.encode()) <= _LONGEST:
        return plain
    digest = hashlib.sha256(segment.encode()).hexdigest()[:16]
    return f"{plain.encode()[:_LONGEST].decode(errors='ignore')}~{digest}"

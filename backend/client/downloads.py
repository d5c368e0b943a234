"""Where downloaded objects are kept: private, whole or not at all, and not for ever."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import platformdirs

from backend.model.delivery import StoredObject
from backend.model.problem import Problem

KEPT = 40
"""Downloaded objects that are kept, whatever their size; those looked at longest ago go first."""
KEPT_BYTES, KEPT_FILES = 1 << 30, 10_000
"""As many more are kept as this has room for: a month of small files is not fetched twice."""
IN_USE = 3600.0
"""Seconds after which nobody reads an object any more that was handed out; until then it stays, however much there is.

Another configscope may be reading what this one would make room of."""
_BETWEEN = 100
"""Downloads between two looks at how much there is: it costs a look at each file."""


class Downloads:
    """Local copies (mode 0600) of the objects of one account."""

    def __init__(self, account: str, folder: Path | None = None) -> None:
        self._account = account
        self._folder = folder or platformdirs.user_cache_path("configscope") / "objects"
        self._since_room = _BETWEEN
        """Downloads since it was made sure that there are not too many."""

    def find(self, stored: StoredObject) -> Path | None:
        """The copy of an object in the state it is in now."""
        path = self._place(stored)
        if not path.is_file():
            return None
        os.utime(path)
        return path

    @contextlib.contextmanager
    def writing(self, stored: StoredObject) -> Iterator[BinaryIO]:
        """A file that becomes the copy when the block ends well. Raises `Problem` when the disk does not take it."""
        path = self._place(stored)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".unfinished-", dir=path.parent)
            unfinished = Path(name)
            try:
                with os.fdopen(handle, "wb") as file:
                    yield file
                unfinished.rename(path)
            finally:
                unfinished.unlink(missing_ok=True)
        except OSError as error:
            remedy = f"Free some space below {self._folder}"
            raise Problem(f"{stored.key} could not be kept", error.strerror or str(error), remedy) from error
        self._since_room += 1

    def _place(self, stored: StoredObject) -> Path:
        """The object's own last name, made safe, in a folder for the place and state it has.

        An object of the same name may come again with other content (a local world made afresh).
        """
        state = f"{self._account}\0{stored.bucket}\0{stored.key}\0{stored.size}\0{stored.modified}"
        digest = hashlib.sha256(state.encode()).hexdigest()[:24]
        name = re.sub(r"[^A-Za-z0-9._:-]", "_", stored.key.rpartition("/")[2])[-150:].lstrip(".") or "object"
        return self._folder / digest / name

    @property
    def crowded(self) -> bool:
        """Whether it is time to `make_room`."""
        return self._since_room > _BETWEEN

    def make_room(self) -> None:
        """Take away what was looked at longest ago where there is too much; for a thread, as it looks at each file."""
        self._since_room = 0
        kept = []
        for path in self._folder.glob("*/*"):
            # Another configscope may be making room too.
            with contextlib.suppress(FileNotFoundError):
                found = path.stat()
                kept.append((found.st_mtime, found.st_size, path))
        total, free = 0, time.time() - IN_USE
        for number, (looked_at, size, path) in enumerate(sorted(kept, reverse=True)):
            total += size
            full = number >= KEPT and (total > KEPT_BYTES or number >= KEPT_FILES)
            if full and looked_at < free:
                with contextlib.suppress(OSError):
                    path.unlink()
                    path.parent.rmdir()

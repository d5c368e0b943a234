"""Where downloaded objects are kept: private, whole or not at all, and not for ever."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import platformdirs

from backend.model.delivery import StoredObject
from backend.model.problem import Problem

KEPT = 40
"""Downloaded objects that are kept; those looked at longest ago go first."""


class Downloads:
    """Local copies (mode 0600) of the objects of one account."""

    def __init__(self, account: str, folder: Path | None = None) -> None:
        self._account = account
        self._folder = folder or platformdirs.user_cache_path("configscope") / "objects"

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
            raise Problem(f"{stored.key} could not be kept", str(error), remedy) from error
        self._make_room()

    def _place(self, stored: StoredObject) -> Path:
        """The object's own last name, made safe, in a folder for the place and state it has.

        An object of the same name may come again with other content (a local world made afresh).
        """
        state = f"{self._account}\0{stored.bucket}\0{stored.key}\0{stored.size}\0{stored.modified}"
        digest = hashlib.sha256(state.encode()).hexdigest()[:24]
        name = re.sub(r"[^A-Za-z0-9._:-]", "_", stored.key.rpartition("/")[2])[-150:].lstrip(".") or "object"
        return self._folder / digest / name

    def _make_room(self) -> None:
        kept = []
        for path in self._folder.glob("*/*"):
            # Another configscope may be making room too.
            with contextlib.suppress(FileNotFoundError):
                kept.append((path.stat().st_mtime, path))
        for _, path in sorted(kept, reverse=True)[KEPT:]:
            with contextlib.suppress(OSError):
                path.unlink()
                path.parent.rmdir()

"""Where local worlds are kept: one folder each, used by one process at a time, never half made."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import platformdirs

from backend.model.problem import BadInput, Problem

DEFAULT_WORLD = "default"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DATABASE = "world.sqlite"


def worlds_folder() -> Path:
    """The folder of all worlds of this user (XDG: `~/.local/share/configscope/worlds`)."""
    return platformdirs.user_data_path("configscope") / "worlds"


class Place:
    """The place of one world, held until `close`.

    A world is made in a folder of another name beside its own and renamed when it is whole: after a crash
    there is either the whole world or none. Raises `Problem` when another process has the world open.
    """

    def __init__(self, name: str, parent: Path | None = None) -> None:
        if not _NAME.fullmatch(name):
            raise BadInput(
                f"{name!r} cannot be the name of a world",
                "a name has up to 64 letters, digits, dots, dashes and underscores, and begins with a letter or digit",
            )
        self.name = name
        self._parent = parent or worlds_folder()
        self.folder = self._parent / name
        try:
            self._parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = _lock(self._parent / f".{name}.lock", name)
        except OSError as error:
            raise BadInput(
                f"Worlds cannot be kept in {self._parent}", str(error), "Mend that, or keep nothing with --memory"
            ) from error
        self._tidy_up()

    @property
    def exists(self) -> bool:
        """Whether there is a world to open. Raises `BadInput` for a folder that holds something else."""
        if (self.folder / _DATABASE).is_file():
            return True
        if self.folder.exists() and any(self.folder.iterdir()):
            raise BadInput(
                f"{self.folder} is no world of configscope",
                "it has files but no world in it",
                "Choose another name with --world, or move this folder away",
            )
        return False

    def make(self, build: Callable[[Path], None]) -> Path:
        """Make the world, or make it afresh; the old one stays until the new one is whole. Raises `Problem`."""
        shutil.rmtree(self._building, ignore_errors=True)
        try:
            self._building.mkdir(mode=0o700)
            build(self._building)
            if self.folder.exists():
                self.folder.rename(self._outgoing)
            self._building.rename(self.folder)
        except OSError as error:
            raise Problem(
                f"The world '{self.name}' could not be made", str(error), f"Mend that for {self._parent}"
            ) from error
        finally:
            self._tidy_up()  # what is left of a failed attempt would only keep the disk full
        return self.folder

    def close(self) -> None:
        os.close(self._lock)

    def _tidy_up(self) -> None:
        """Remove what is half made, and what was replaced; put that back when its successor never came."""
        if self._outgoing.exists() and not self.folder.exists():
            self._outgoing.rename(self.folder)
        for leftover in (self._building, self._outgoing):
            shutil.rmtree(leftover, ignore_errors=True)

    @property
    def _building(self) -> Path:
        return self._parent / f".{self.name}.building"

    @property
    def _outgoing(self) -> Path:
        return self._parent / f".{self.name}.outgoing"


def _lock(path: Path, name: str) -> int:
    """An open file that is locked; the lock goes with the process, however it ends."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(handle, 32).decode("ascii", "replace").strip()
        os.close(handle)
        raise Problem(
            f"The world '{name}' is in use",
            f"process {holder} has it open" if holder else "another process has it open",
            "Close that one, or choose another world with --world NAME or --memory",
        ) from error
    except OSError:
        os.close(handle)
        raise
    os.truncate(handle, 0)
    os.write(handle, f"{os.getpid()}\n".encode())
    return handle

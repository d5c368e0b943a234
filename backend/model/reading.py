"""Files that are open, and how far their reading is."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from backend.model.moment import Moment

ReadState: TypeAlias = Literal["waits", "reading", "whole", "broken", "unread"]
"""A broken file was not read to its end; one is left unread when the reading is ended before it."""


class Reading(NamedTuple):
    """Items that can be used already, and bytes of the files as they lie on the disk."""

    items: int
    done: int
    size: int | None
    """All there is to read; None where that cannot be told, as of a pipe."""
    seconds: float
    """Since it began."""

    @property
    def rate(self) -> float:
        """Bytes a second."""
        return self.done / max(self.seconds, 0.001)

    @property
    def left(self) -> float | None:
        """Seconds until the end, at this rate; None where that cannot be told."""
        return (self.size - self.done) / self.rate if self.size and self.done else None


class OpenedFile(NamedTuple):
    """One of the files, as far as it was read."""

    path: Path
    name: str
    size: int | None
    """Bytes as it lies on the disk; None of what can be read only once, a pipe."""
    items: int
    snapshot: bool
    """Whether it says that it is one."""
    latest: Moment | None
    """When the newest item in it was captured."""
    state: ReadState
    largest: int | None = None
    """Bytes that it may inflate to, in place of the usual limits."""

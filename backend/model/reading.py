"""How far the reading of files is."""

from __future__ import annotations

from typing import NamedTuple


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

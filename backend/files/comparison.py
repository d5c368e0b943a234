"""A snapshot or history file as one side of a comparison.

It is read once: of each item memory holds what it is of and a mark of its text, its body lies compressed on disk. What
has the same mark is never made an object of.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Mapping, Sequence
from itertools import accumulate, groupby
from pathlib import Path

import msgspec
import numpy as np

from backend.files.bodies import Bodies, spelled, temporary
from backend.files.heads import decode_known, split_off
from backend.files.read import no_items, slices
from backend.files.source import called, opened
from backend.files.stamps import read_moments
from backend.model.comparison import Origin, Report
from backend.model.item import DELETED_STATUSES, ConfigurationItem, ResourceKey

_SLICE = 1 << 20


class FileSide:
    """The newest item of each resource of a file; deleted ones are left out. `close` ends it."""

    def __init__(self, path: Path, label: str = "") -> None:
        """`label` is what the file is called, its own name when empty."""
        self.origin = Origin(label=label or path.name)
        self._path = path
        self._bodies = Bodies(temporary())
        self._newest: dict[ResourceKey, int] = {}
        """The row of the newest item of each resource."""
        self._times: list[int] = []
        """When the item of each row was captured."""
        self._marks: list[int] = []
        self._ends = array("q")
        """Where the text of the item of each row ends in its block."""
        self._gone: set[int] = set()

    def fingerprints(self, report: Report) -> Mapping[ResourceKey, object]:
        """Reads the file. Raises `BadInput`."""
        is_snapshot, other, latest = False, None, 0
        newest = self._newest
        with opened(self._path) as source:
            for part in slices(source, decode_known):
                is_snapshot = is_snapshot or part.snapshot
                known, text, others = split_off(part)
                other = other or (others[0][0] if others else None)
                first = len(self._marks)
                # Python's own hash has a secret of its own in each run: nobody can make two texts that share one.
                texts = list(map(bytes, msgspec.json.decode(text, type=list[msgspec.Raw])))
                self._marks += map(hash, texts)
                self._ends.extend(accumulate(map(len, texts), lambda end, length: end + length + 1))
                times = read_moments([one.captured for one in known]).tolist()
                keys = [ResourceKey(one.resource_type.casefold(), one.resource_id) for one in known]
                for row, (key, captured) in enumerate(zip(keys, times, strict=True), first):
                    if key not in newest or captured >= self._times[newest[key]]:
                        newest[key] = row
                self._times += times
                self._gone.update(row for row, one in enumerate(known, first) if one.status in DELETED_STATUSES)
                if known:
                    self._bodies.keep(b",".join(texts), first)
                    latest = max(latest, *times)
                report(len(self._marks), 0, f"items read from {self._path.name}")
        self._bodies.settle()
        if not self._marks and other is not None:
            raise no_items(called(self._path), other)
        rows = {key: row for key, row in newest.items() if row not in self._gone}
        one_type = len({key.resource_type for key in rows}) == 1
        self.origin = Origin(
            label=self.origin.label,
            moment=latest or None,
            count=len(rows),
            gaps=(_ONE_TYPE,) if one_type and not is_snapshot else (),
            sha256=sha256(self._path) if self._path.is_file() else "",
        )
        return {key: self._marks[row] for key, row in rows.items()}

    def read(self, keys: Sequence[ResourceKey]) -> list[ConfigurationItem]:
        """The newest items of resources. Raises `BadInput` when what was kept of the file is damaged."""
        rows = [self._newest[key] for key in keys]
        texts = self._texts(sorted(rows))
        return [spelled(texts[row]) for row in rows]

    def _texts(self, rows: Sequence[int]) -> dict[int, bytes]:
        """How the items of rows, in order, are spelled: each block is opened once, and only cut."""
        first_rows = self._bodies.first_rows.values
        blocks = groupby(rows, lambda row: int(np.searchsorted(first_rows, row, side="right")) - 1)
        wanted = {block: list(some) for block, some in blocks}

        def cut(block: int, text: bytearray) -> dict[int, bytes]:
            first, ends = int(first_rows[block]), self._ends
            return {row: bytes(text[ends[row - 1] + 1 if row > first else 0 : ends[row]]) for row in wanted[block]}

        found: dict[int, bytes] = {}
        for texts in self._bodies.through(cut, wanted):
            found |= texts
        return found

    def close(self) -> None:
        """Free the disk space that the items take."""
        self._bodies.close()


_ONE_TYPE = (
    "This file holds one type and does not say that it is a snapshot: what it lacks may well have been in the account."
)


def sha256(path: Path) -> str:
    """The hash of a file's bytes."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_SLICE):
            found.update(part)
    return found.hexdigest()

"""A snapshot or history file as one side of a comparison.

What is equal byte for byte is never made an object of: a file of any size takes its rows, and 16 bytes an item.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from backend.files.index import Index
from backend.model.comparison import Origin, Report
from backend.model.item import ConfigurationItem, ResourceKey
from backend.model.spelling import fold

_SLICE = 1 << 20


class FileSide:
    """The newest item of each resource of a file; deleted ones are left out. `close` ends it."""

    def __init__(self, path: Path, label: str = "") -> None:
        """`label` is what the file is called, its own name when empty."""
        self.origin = Origin(label=label or path.name)
        self._path = path
        self._index = Index()
        self._numbers: dict[ResourceKey, int] = {}

    def fingerprints(self, report: Report) -> Mapping[ResourceKey, object]:
        """Reads the file. Raises `BadInput`."""
        for count in self._index.read(self._path):
            report(count, 0, f"items read from {self._path.name}")
        index = self._index
        index.freeze()
        newest = index.newest_rows()
        self._numbers = {fold(index.key(row)): row for row in newest[index.living()[newest]].tolist()}
        one_type = len({key.resource_type for key in self._numbers}) == 1
        self.origin = Origin(
            label=self.origin.label,
            moment=int(index.column("captured").max(initial=0)) or None,
            count=len(self._numbers),
            gaps=(_ONE_TYPE,) if one_type and not index.snapshot else (),
            sha256=sha256(self._path) if self._path.is_file() else "",
        )
        marks = index.fingerprints()
        return {key: marks[row].tobytes() for key, row in self._numbers.items()}

    def read(self, keys: Sequence[ResourceKey]) -> list[ConfigurationItem]:
        return self._index.items([self._numbers[key] for key in keys])

    def close(self) -> None:
        """Free the disk space that the items take."""
        self._index.close()


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

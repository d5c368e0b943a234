"""Some of the resources of files, and their items, read in the order in which they lie there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import overload

import numpy as np

from backend.files.columns import Numbers
from backend.files.index import Index
from backend.files.inventory import FileInventory
from backend.model.item import ConfigurationItem, ResourceKey

BATCH = 500
"""Items in memory at a time."""


class RowKeys(Sequence[ResourceKey]):
    """The resources of rows: of a million, none is made before it is asked for."""

    def __init__(self, index: Index, rows: Numbers) -> None:
        self.rows = rows
        self._index = index

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, place: int) -> ResourceKey: ...

    @overload
    def __getitem__(self, place: slice) -> RowKeys: ...

    def __getitem__(self, place: int | slice) -> ResourceKey | RowKeys:
        if isinstance(place, slice):
            return RowKeys(self._index, self.rows[place])
        return self._index.key(int(self.rows[place]))


def items_of(inventory: FileInventory) -> Callable[[Sequence[ResourceKey]], AsyncIterator[list[ConfigurationItem]]]:
    """Reads the newest items of resources, batch by batch; those that are not in the files are left out."""

    async def read(keys: Sequence[ResourceKey]) -> AsyncIterator[list[ConfigurationItem]]:
        await inventory.wait()
        index = inventory.index
        rows = await asyncio.to_thread(_rows, index, keys)
        for first in range(0, len(rows), BATCH):
            yield await asyncio.to_thread(index.items, rows[first : first + BATCH])

    return read


def _rows(index: Index, keys: Sequence[ResourceKey]) -> Numbers:
    """In the order of the rows a part of the disk is unpacked once, not for each item in it."""
    if isinstance(keys, RowKeys):
        return np.sort(keys.rows)
    found = (index.newest(key) for key in keys)
    return np.sort(np.fromiter((row for row in found if row is not None), "i8"))

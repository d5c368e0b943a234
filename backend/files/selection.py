"""The items of some of the resources of files, read in the order in which they lie there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from backend.files.inventory import FileInventory
from backend.model.item import ConfigurationItem, ResourceKey

BATCH = 500
"""Items in memory at a time."""


def items_of(inventory: FileInventory) -> Callable[[Sequence[ResourceKey]], AsyncIterator[list[ConfigurationItem]]]:
    """Reads the newest items of resources, batch by batch; those that are not in the files are left out."""

    async def read(keys: Sequence[ResourceKey]) -> AsyncIterator[list[ConfigurationItem]]:
        await inventory.wait()
        index = inventory.index
        # In the order of the rows a part of the disk is unpacked once, not for each item in it.
        numbers = sorted(number for key in keys if (number := index.newest(key)) is not None)
        for first in range(0, len(numbers), BATCH):
            yield await asyncio.to_thread(index.items, numbers[first : first + BATCH])

    return read

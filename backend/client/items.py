"""The newest items of many resources, batch by batch: what is exported."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from backend.client.session import ResourcesPart, Session
from backend.client.together import IN_FLIGHT
from backend.model.item import ConfigurationItem, ResourceKey
from backend.model.problem import BadInput


async def newest_items(session: Session, keys: Sequence[ResourceKey]) -> AsyncIterator[list[ConfigurationItem]]:
    """The newest item of each of these resources, in whatever order they come; those that are not known are left out.

    As of a moment the items are those of then. Raises `Problem`.
    """
    if session.resources is None:
        raise BadInput("There are no resources here whose items could be read")
    batches = one_by_one(session.resources, keys) if session.items_of is None else session.items_of(keys)
    async for batch in batches:
        yield batch


async def one_by_one(part: ResourcesPart, keys: Sequence[ResourceKey]) -> AsyncIterator[list[ConfigurationItem]]:
    """The items asked for singly, as many at a time as may be."""
    for first in range(0, len(keys), IN_FLIGHT):
        found = await asyncio.gather(*(part.item(key) for key in keys[first : first + IN_FLIGHT]))
        yield [item for item in found if item is not None]

"""Links between the resources of files: what the items say and show of each other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from backend.files.columns import Numbers
from backend.files.graph import BATCH, FileGraph
from backend.files.index import Index
from backend.files.paths import mentioning
from backend.model import derived
from backend.model.item import ConfigurationItem, Relationship, ResourceKey
from backend.model.spelling import fold
from backend.model.usage import ONLY_RECORDED, Graph, Impact, Usage, incoming

if TYPE_CHECKING:
    from backend.files.inventory import FileInventory

INCOMING = 500
"""Links of others to a resource that are looked up; a role can have tens of thousands."""


class FileRelationships:
    """Links in both directions: what the item says and shows, and what items of others say and show of it."""

    def __init__(self, inventory: FileInventory) -> None:
        self._inventory = inventory

    async def neighbours(self, key: ResourceKey) -> tuple[Relationship, ...]:
        """While files are read, as far as they are."""
        return await asyncio.to_thread(neighbours, await self._known(key), key)

    async def used_by(self, key: ResourceKey) -> Usage:
        """While files are read, as far as they are, which is told."""
        index = await self._known(key)
        usage = await asyncio.to_thread(used_by, index, key)
        if index.frozen:
            return usage
        return msgspec.structs.replace(usage, limit="the files are still being read")

    async def _known(self, key: ResourceKey) -> Index:
        """What is read by now, if the resource is in it; else wait for all."""
        index = self._inventory.index.fixed()
        if index.newest(key) is None:
            await self._inventory.wait()
            index = self._inventory.index
        return index

    async def impact(self, key: ResourceKey, steps: int = 3) -> Impact:
        return Impact(reached=(await self.whole()).affected(key, steps))

    async def whole(self, report: Callable[[int, int], None] | None = None, most: int = 0) -> Graph:
        """Reading files costs no calls: all of them are read, whatever `most` says, and once."""
        inventory = self._inventory
        await inventory.wait()
        async with inventory.linking:
            if not inventory.linked:
                rows = await asyncio.to_thread(_living, inventory.index)
                graph = inventory.graph if inventory.graph is not None else FileGraph(inventory.index)
                inventory.graph = graph
                while graph.taken < len(rows):  # from where a reading that was ended came to
                    await _to_its_end(graph.take_in, rows[graph.taken : graph.taken + BATCH].tolist())
                    if report is not None:
                        report(graph.taken, len(rows))
                await _to_its_end(graph.join)
                inventory.linked, inventory.recorded = True, None
        assert inventory.graph is not None
        return inventory.graph

    async def recorded(self) -> Graph | None:
        """The index has them, by columns; None where all links are known."""
        inventory = self._inventory
        await inventory.wait()
        if inventory.linked:
            return None
        if inventory.recorded is None:
            inventory.recorded = await asyncio.to_thread(_recorded, inventory.index)
        return inventory.recorded


def neighbours(index: Index, key: ResourceKey) -> tuple[Relationship, ...]:
    """The links of the newest item, each with the target's own spelling where the target is in the files (REL-08).

    Recorded links come first, then those derived from its configuration, then what others have to it.
    """
    number = index.newest(key)
    if number is None:
        return ()
    [item] = index.items([number])
    own = tuple(_resolved(index, link) for link in (*item.relationships, *derived.links(item)))
    known = {fold(ResourceKey(link.resource_type, link.resource_id or "")) for link in own}
    return own + tuple(
        link
        for link in _incoming(index, item, number).links
        if fold(ResourceKey(link.resource_type, link.resource_id or "")) not in known
    )


def used_by(index: Index, key: ResourceKey) -> Usage:
    """Who has a link to a resource, whether it knows of that itself or not."""
    number = index.newest(key)
    if number is None:
        return Usage()
    [item] = index.items([number])
    return _incoming(index, item, number)


async def _to_its_end(work: Callable[..., None], *given: object) -> None:
    """Do some work in a thread; whoever is ended meanwhile waits for it, so that nobody begins the next beside it."""
    doing = asyncio.ensure_future(asyncio.to_thread(work, *given))
    try:
        await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait([doing])
        raise


def _living(index: Index) -> Numbers:
    newest = index.newest_rows()
    return newest[index.living()[newest]]


def _recorded(index: Index) -> FileGraph:
    graph = FileGraph(index)
    graph.recorded(_living(index))
    graph.join()
    graph.limit = ONLY_RECORDED
    return graph


def _incoming(index: Index, item: ConfigurationItem, number: int) -> Usage:
    """Links of the newest items of others to this one; one for each of them, the recorded one where there are two."""
    mentions = mentioning(index, derived.spellings(item))
    referring = index.referring((item.resource_id, item.resource_name)).tolist()
    others = [
        other
        for other in dict.fromkeys((*referring, *mentions.tolist()))
        if index.newest(index.key(other)) == other and not index.deleted(other) and other != number
    ]
    found = []
    for other in index.items(others[:INCOMING]):
        link = derived.link_to(other, item)
        if link is not None:
            found.append(incoming(link, other))
    limit = f"only {INCOMING} of {len(others)} resources that mention it were looked at"
    return Usage(links=tuple(found), limit=limit if len(others) > INCOMING else "")


def _resolved(index: Index, link: Relationship) -> Relationship:
    number = None
    if link.resource_id:
        number = index.newest(ResourceKey(link.resource_type, link.resource_id))
    if number is None and link.resource_name:
        number = index.named(link.resource_type, link.resource_name)
    if number is None:
        return link
    return msgspec.structs.replace(
        link,
        resource_type=index.text("resource_type", number),
        resource_id=index.text("resource_id", number),
        resource_name=index.text("resource_name", number) or None,
    )

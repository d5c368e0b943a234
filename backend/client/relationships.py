"""Links between resources, over the API: what an item tells, and who has a link to a resource.

AWS has no call that answers "who uses this?": the items of all resources are read for it (`backend.client.reading`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TypeAlias

import msgspec

from backend.client.api import Api
from backend.client.reading import READ, Reading
from backend.client.resources import ResourcesOverApi
from backend.model import derived
from backend.model.item import ConfigurationItem, Relationship, ResourceKey
from backend.model.problem import Denied, Refused
from backend.model.spelling import fold
from backend.model.usage import Graph, Impact, Usage, incoming

Report: TypeAlias = Callable[[int, int], None]
"""Told how many resources were read, of how many."""

_BREATH = 25
"""Items taken in between two looks at what else there is to do."""

LOOKED_UP = 50
"""Users of a resource whose own items are read for what they record, when only bodies could be read."""


class RelationshipsOverApi:
    """The links that items record, and those that their configurations show."""

    def __init__(self, api: Api, resources: ResourcesOverApi) -> None:
        self._api = api
        self._resources = resources

    async def neighbours(self, key: ResourceKey) -> tuple[Relationship, ...]:
        """The links of the newest item; where one gives a name only, the id is looked up so that it can be followed."""
        item = await self._resources.item(key)
        if item is None:
            return ()
        return tuple(await asyncio.gather(*map(self._with_id, (*item.relationships, *derived.links(item)))))

    async def used_by(self, key: ResourceKey) -> Usage:
        """Who has a link to a resource; recorded links are told as such wherever their items could be read."""
        item = await self._resources.item(key)
        if item is None:
            return Usage()
        reading = Reading(self._api, self._resources.counts, self._resources.item)
        found: list[tuple[ConfigurationItem, Relationship]] = []
        async with contextlib.aclosing(reading.items()) as items:
            async for other in items:
                link = derived.link_to(other, item) if fold(other.key) != fold(key) else None
                if link is not None:
                    found.append((other, link))
        if reading.bodies_only:
            found[:LOOKED_UP] = await asyncio.gather(*(self._recorded(*pair, item) for pair in found[:LOOKED_UP]))
        links = sorted((incoming(link, other) for other, link in found), key=_order)
        limits = [reading.limit()]
        if reading.bodies_only and len(found) > LOOKED_UP:
            limits.append(f"what is recorded was looked up for the first {LOOKED_UP} of them")
        return Usage(links=tuple(links), limit="; ".join(filter(None, limits)))

    async def impact(self, key: ResourceKey, steps: int = 3) -> Impact:
        """What a change could affect. Every resource is read once, as for `used_by`."""
        graph = await self.whole()
        return Impact(reached=graph.affected(key, steps), limit=graph.limit)

    async def whole(self, report: Report | None = None, most: int = 0) -> Graph:
        """The links of all resources with the verdicts on them; each is read once."""
        reading = Reading(self._api, self._resources.counts, self._resources.item, most)
        total = min(most or READ, sum((await self._resources.counts()).values())) if report is not None else 0
        graph = Graph()
        done = 0
        async with contextlib.aclosing(reading.items()) as items:
            async for item in items:
                graph.add(item)
                done += 1
                if done % _BREATH == 0:
                    if report is not None:
                        report(done, total)
                    # A page comes in one piece; whoever waits for the screen must not wait for all of it.
                    await asyncio.sleep(0)
        graph.limit = reading.limit()
        return graph

    async def recorded(self) -> Graph | None:
        """An account tells of no links before its items are read."""
        return None

    async def _with_id(self, link: Relationship) -> Relationship:
        if link.resource_id or not link.resource_name:
            return link
        asked = {"resourceType": link.resource_type, "resourceName": link.resource_name, "limit": 1}
        try:
            answer = await self._api.call("config", "ListDiscoveredResources", **asked)
        except (Denied, Refused):
            # A type that AWS Config does not know, or that may not be listed: the link stands all the same.
            return link
        found = answer.get("resourceIdentifiers") or []
        return msgspec.structs.replace(link, resource_id=found[0]["resourceId"]) if found else link

    async def _recorded(
        self, other: ConfigurationItem, link: Relationship, item: ConfigurationItem
    ) -> tuple[ConfigurationItem, Relationship]:
        """The link to `item` as the whole item of its holder tells it; as it was found where that is not to be had."""
        whole = await self._resources.item(other.key)
        return other, (derived.link_to(whole, item) if whole else None) or link


def _order(link: Relationship) -> tuple[bool, str, str]:
    """Recorded ones first, then by type and name."""
    return link.derived, link.resource_type, link.resource_name or link.resource_id or ""

"""Links between resources, over the API."""

from __future__ import annotations

from backend.client.session import ResourcesPart
from backend.model.item import Relationship, ResourceKey


class RelationshipsOverApi:
    """The links that the item of a resource records."""

    def __init__(self, resources: ResourcesPart) -> None:
        self._resources = resources

    async def neighbours(self, key: ResourceKey) -> tuple[Relationship, ...]:
        item = await self._resources.item(key)
        return item.relationships if item else ()

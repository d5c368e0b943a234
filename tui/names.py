"""What resources are called, as far as it is known: told by listings and items, or looked up in files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from backend.model.item import ConfigurationItem, PlacedKey, ResourceKey
from backend.model.problem import Problem

if TYPE_CHECKING:
    from backend.client.session import Session
    from backend.files.table import Table
    from tui.workspace import Workspace

ASKED = 12
"""Resources that are asked for their names at a time."""

_HELD = 10_000
"""Names looked up in files that are held."""


class Names(dict[ResourceKey, str]):
    """Names by resource."""

    def with_id(self, resource_id: str) -> Iterator[ResourceKey]:
        """The resources with an id."""
        return (key for key in self if key.resource_id == resource_id)


class FileNames(Names):
    """The same over files: a name is looked up when it is asked for, as there may be a million of them."""

    def __init__(self, table: Callable[[], Table]) -> None:
        """`table` gives the resources that are known by now."""
        super().__init__()
        self._table = table
        self._looked_up: dict[tuple[str, ...], str] = {}

    def get(self, key: ResourceKey, default: str | None = None) -> str | None:  # type: ignore[override]
        asked = (*key, *key.place) if isinstance(key, PlacedKey) else key
        found = self._looked_up.get(asked)
        if found is None:
            table = self._table()
            row = table.index.newest(key)
            found = (table.label(row) or "") if row is not None else ""
            if len(self._looked_up) >= _HELD:
                self._looked_up.clear()
            if found or table.index.frozen:
                self._looked_up[asked] = found
        return found or super().get(key, default)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, ResourceKey) and bool(self.get(key))

    def with_id(self, resource_id: str) -> Iterator[ResourceKey]:
        index = self._table().index
        rows = index.with_id(resource_id).tolist()
        return iter(dict.fromkeys(map(index.key, rows)))


class Naming:
    """Asks what resources are called that only their ids are known of: verdicts and calls tell no more."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._asked: set[ResourceKey] = set()

    async def learn(self, session: Session, keys: Iterable[ResourceKey]) -> list[ConfigurationItem]:
        """Take over the names of the first of some resources, each asked for once; the items that tell them."""
        names, asked = self._workspace.names, self._asked
        missing = [key for key in dict.fromkeys(keys) if key not in names and key not in asked][:ASKED]
        if session.resources is None or not missing:
            return []
        asked.update(missing)
        try:
            items = await asyncio.gather(*(session.resources.item(key) for key in missing))
        except Problem:
            return []  # ids say the same, only less well; the trail's types are not always those of AWS Config
        found = [item for item in items if item is not None]
        self._workspace.learn_names({item.key: item.label for item in found})
        return found

"""What resources are called, as far as it is known: told by listings and items, or looked up in files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from backend.model.item import ResourceKey

if TYPE_CHECKING:
    from backend.files.table import Table

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

    def get(self, key: ResourceKey, default: str | None = None) -> str | None:  # type: ignore[override]
        found = super().get(key)
        if found is None:
            table = self._table()
            row = table.index.newest(key)
            found = (table.label(row) or "") if row is not None else ""
            if len(self) >= _HELD:
                self.clear()
            if found or table.index.frozen:
                self[key] = found
        return found or default

    def __contains__(self, key: object) -> bool:
        return isinstance(key, ResourceKey) and bool(self.get(key))

    def with_id(self, resource_id: str) -> Iterator[ResourceKey]:
        index = self._table().index
        rows = index.with_id(resource_id).tolist()
        return iter(dict.fromkeys(map(index.key, rows)))

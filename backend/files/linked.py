"""Items as far as their links need them: the bodies are read only of those that may show links.

Most items tell in their bodies of nothing but themselves and what their recorded links lead to already; their text
shows that without making objects of it, at some microseconds an item.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

import msgspec
import numpy as np

from backend.files.columns import Numbers
from backend.files.index import Index
from backend.files.read import decode_documents
from backend.model import derived
from backend.model.item import ConfigurationItem, Relationship
from backend.model.spelling import read_item


class _Link(msgspec.Struct, gc=False):
    resource_type: str | None = msgspec.field(name="resourceType", default=None)
    resource_id: str | None = msgspec.field(name="resourceId", default=None)
    resource_name: str | None = msgspec.field(name="resourceName", default=None)
    name: str | None = None
    old_name: str | None = msgspec.field(name="relationshipName", default=None)

    def relationship(self) -> Relationship:
        name = self.name if self.name is not None else self.old_name
        return Relationship(name or "", self.resource_type or "", self.resource_id or None, self.resource_name or None)


class _Linked(msgspec.Struct, gc=False):
    """An item with its bodies as they are spelled."""

    resource_type: str = msgspec.field(name="resourceType")
    resource_id: str = msgspec.field(name="resourceId")
    resource_name: str | None = msgspec.field(name="resourceName", default=None)
    arn: str | None = msgspec.field(name="ARN", default=None)
    old_arn: str | None = msgspec.field(name="arn", default=None)
    links: list[_Link] | None = msgspec.field(name="relationships", default=None)
    configuration: msgspec.Raw = msgspec.Raw(b"")
    supplementary: msgspec.Raw = msgspec.field(name="supplementaryConfiguration", default=msgspec.Raw(b""))

    def bodies(self) -> list[bytes]:
        """Those that hold anything, as JSON text."""
        return [bytes(body) for body in (self.configuration, self.supplementary) if len(body) > _EMPTY]

    def without_bodies(self) -> ConfigurationItem:
        return ConfigurationItem(
            resource_type=self.resource_type,
            resource_id=self.resource_id,
            resource_name=self.resource_name or None,
            arn=(self.arn if self.arn is not None else self.old_arn) or None,
            relationships=tuple([link.relationship() for link in self.links]) if self.links else (),
        )


_EMPTY = len("null")
"""Bytes of a body up to which it can name nothing."""

_LINKED = msgspec.json.Decoder(list[_Linked])


def linked(index: Index, rows: Sequence[int] | Numbers) -> Iterator[ConfigurationItem]:
    """The items of rows, in their order: whole where they may show links, or are verdicts; the others without bodies.

    Raises `BadInput` when what was kept is damaged.
    """
    first_rows = index.bodies.first_rows.values
    blocks = (np.searchsorted(first_rows, rows, side="right") - 1).tolist()
    for block, pairs in groupby(zip(blocks, rows, strict=True), key=itemgetter(0)):
        first = int(first_rows[block])
        yield from _of_block(index, block, [int(row) - first for _, row in pairs])


def _of_block(index: Index, block: int, places: Sequence[int]) -> Iterator[ConfigurationItem]:
    raw = index.bodies.items(block)
    text = b"[" + b",".join([raw[place] for place in places]) + b"]"
    try:
        found = _LINKED.decode(text)
    except (msgspec.ValidationError, UnicodeDecodeError):  # spelled unlike files of today
        yield from map(read_item, decode_documents(text))
        return
    for place, one in zip(places, found, strict=True):
        bare = one.without_bodies()
        if any(derived.may_show(bare, body) for body in one.bodies()):
            yield read_item(decode_documents(b"[" + bytes(raw[place]) + b"]")[0])
        else:
            yield bare

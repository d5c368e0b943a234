"""What a row of an index is made of: the members of an item that it is listed, filtered and linked by.

The rest of an item is passed over without making objects of it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from backend.files.read import decode_documents
from backend.files.split import Slice
from backend.model.item import Json
from backend.model.spelling import is_item, read_item, read_tags
from backend.model.standing import state_in


class Link(msgspec.Struct, gc=False):
    """A recorded link; older items and some types name their target instead of giving its id."""

    resource_type: str | None = msgspec.field(name="resourceType", default=None)
    resource_id: str | None = msgspec.field(name="resourceId", default=None)
    resource_name: str | None = msgspec.field(name="resourceName", default=None)
    name: str | None = None
    old_name: str | None = msgspec.field(name="relationshipName", default=None)


class Body(msgspec.Struct, gc=False):
    """The members of a configuration that tell a state, in the spellings of the types (`backend.model.standing`)."""

    state: Any = None
    capital_state: Any = msgspec.field(name="State", default=None)
    status: Any = None
    capital_status: Any = msgspec.field(name="Status", default=None)
    instance_status: Any = msgspec.field(name="dBInstanceStatus", default=None)
    table_status: Any = msgspec.field(name="tableStatus", default=None)
    key_state: Any = msgspec.field(name="keyState", default=None)
    stack_status: Any = msgspec.field(name="stackStatus", default=None)


class Known(msgspec.Struct, gc=False):
    """What an item is of, and when: enough to find the newest of each resource."""

    resource_type: str = msgspec.field(name="resourceType")
    resource_id: str = msgspec.field(name="resourceId")
    captured: str | float | None = msgspec.field(name="configurationItemCaptureTime", default=None)
    status: str | None = msgspec.field(name="configurationItemStatus", default=None)


class Head(Known, gc=False):
    """An item without its body."""

    resource_name: str | None = msgspec.field(name="resourceName", default=None)
    region: str | None = msgspec.field(name="awsRegion", default=None)
    account: str | None = msgspec.field(name="awsAccountId", default=None)
    old_account: str | None = msgspec.field(name="accountId", default=None)
    zone: str | None = msgspec.field(name="availabilityZone", default=None)
    created: str | float | None = msgspec.field(name="resourceCreationTime", default=None)
    tags: dict[str, str | None] | list[Any] | None = None
    links: list[Link] | None = msgspec.field(name="relationships", default=None)
    body: Body | str | None = msgspec.field(name="configuration", default=None)

    @property
    def state(self) -> str:
        """The state in the resource's own word; empty for what has none."""
        body = self.body
        return state_in(msgspec.structs.astuple(body)) if isinstance(body, Body) else ""


_HEADS = msgspec.json.Decoder(list[Head])
_KNOWN = msgspec.json.Decoder(list[Known])


def decode_heads(text: memoryview) -> list[Any]:
    """Heads where the slice is spelled as usual, else (numbers for text, bytes that are no UTF-8) whole objects.

    Raises `msgspec.DecodeError`.
    """
    try:
        return _HEADS.decode(text)
    except (msgspec.ValidationError, UnicodeDecodeError):
        return decode_documents(text)


def decode_known(text: memoryview) -> list[Any]:
    """The same with no more than `Known`. Raises `msgspec.DecodeError`."""
    try:
        return _KNOWN.decode(text)
    except (msgspec.ValidationError, UnicodeDecodeError):
        return decode_heads(text)


def split_off(part: Slice[list[Any]]) -> tuple[list[Any], memoryview, list[tuple[Json, int | None]]]:
    """The items of a slice, their text, and what else is in it: each with where it begins, where that is known."""
    entries = part.entries
    if all(map(_is_head, entries)):
        return _unpacked(entries, part.text), part.text, []
    good = [_is_head(one) or is_item(one) for one in entries]
    heads = [one if isinstance(one, Known) else _head_of(one) for one, kept in zip(entries, good, strict=True) if kept]
    if all(good):
        return _unpacked(heads, part.text), part.text, []
    raw, places = part.raw(), part.places()
    others = [
        (_told(entries[number]), places[number] if places else None) for number, kept in enumerate(good) if not kept
    ]
    text = memoryview(b"[" + b",".join(raw[number] for number, kept in enumerate(good) if kept) + b"]")
    return _unpacked(heads, text), text, others


def _is_head(entry: Any) -> bool:
    return isinstance(entry, Known) and bool(entry.resource_type and entry.resource_id)


def _told(entry: Any) -> Json:
    """An entry that is no item, as a JSON value."""
    return {"resourceType": entry.resource_type} if isinstance(entry, Known) else entry


def _unpacked(heads: list[Any], text: memoryview) -> list[Any]:
    """Bodies that the API sends as text tell a state too: such items are read whole."""
    packed = [number for number, head in enumerate(heads) if isinstance(head, Head) and isinstance(head.body, str)]
    if packed:
        documents = decode_documents(text)
        for number in packed:
            heads[number] = _head_of(documents[number])
    return heads


def _head_of(document: Json) -> Head:
    item = read_item(document)
    body = item.configuration if isinstance(item.configuration, dict) else {}
    return Head(
        resource_type=item.resource_type,
        resource_id=item.resource_id,
        resource_name=item.resource_name,
        region=item.region,
        account=item.account_id,
        zone=item.availability_zone,
        captured=item.capture_time / 1000,
        created=item.creation_time / 1000 if item.creation_time is not None else None,
        status=item.status,
        tags=dict(item.tags),
        links=[
            Link(link.resource_type, link.resource_id, link.resource_name, link.name) for link in item.relationships
        ],
        body=msgspec.convert({name: body[name] for name in _STATES if name in body}, Body),
    )


_STATES = tuple(field.encode_name for field in msgspec.structs.fields(Body))


def tags_of(head: Head) -> dict[str, str | None]:
    """The tags of an item; those that only its body holds are not among them."""
    tags = head.tags
    if isinstance(tags, dict):
        return tags
    return dict(read_tags(tags)) if tags else {}

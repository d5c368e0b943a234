"""Where the items are in a JSON value: in the answers of the API, in messages, and in what people made of them."""

from __future__ import annotations

from typing import Any

import msgspec

from backend.model.item import Document, Json
from backend.model.spelling import is_item

LISTS = ("configurationItems", "baseConfigurationItems", "BaseConfigurationItems", "ConfigurationItems")
"""Members of an object that hold a list of items."""
_SINGLES = ("configurationItem", "ConfigurationItem")
_WRAPPINGS = ("Message", "detail", "invokingEvent")
"""SNS envelope, EventBridge event, and the event a rule's Lambda function gets."""
RESULTS = "Results"
"""Of a query: each is an item, or a part of one, as JSON text."""

IDENTIFIERS = ("resourceIdentifiers", "ResourceIdentifiers")
"""What is listed of discovered resources."""
_TELLING = frozenset((*LISTS, *_SINGLES, *_WRAPPINGS, RESULTS, *IDENTIFIERS, "resourceType", "ResourceType"))

_DEEP = 4
"""Wrappings inside wrappings that are opened."""


class _Named(msgspec.Struct, rename="camel", gc=False):
    """What shows an item, and a message that has the same members."""

    resource_type: Any
    resource_id: Any
    message_type: Any = None


_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NAMED = msgspec.json.Decoder(list[_Named])


def are_items(text: memoryview | bytes) -> bool:
    """Whether all entries of a JSON array name resources, and are no messages; False where it is none.

    An empty name passes: whoever reads the items finds it.
    """
    try:
        return not any(one.message_type for one in _NAMED.decode(text))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def may_hold_items(text: bytes) -> bool:
    """Whether an object has a member in which there may be items; the values are not made objects of."""
    try:
        return not _MEMBERS.decode(text).keys().isdisjoint(_TELLING)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return True  # what decodes it tells


def items_in(value: Json, depth: int = _DEEP) -> list[Json] | None:
    """Items in any of the shapes, and what stands among them; None where there are none."""
    if isinstance(value, list):
        inside = [items_in(entry, depth - 1) for entry in value] if depth else []
        return [item for items in inside for item in items or [None]] if any(inside) else None
    if not isinstance(value, dict):
        return None
    if is_item(value) and "messageType" not in value:
        return [value]
    if value.get("ResourceType") and value.get("ResourceId"):
        return [_in_camel_case(value)]
    for name in LISTS:
        if isinstance(value.get(name), list):
            return [item for entry in value[name] for item in items_in(entry, 0) or [entry]]
    for name in _SINGLES:
        if name in value:
            # In the messages of 2014 it is a list.
            return value[name] if isinstance(value[name], list) else [value[name]]
    if depth and isinstance(value.get(RESULTS), list):
        return items_in([_opened(entry) for entry in value[RESULTS]], depth - 1)
    for name in _WRAPPINGS:
        if depth and name in value:
            return items_in(_opened(value[name]), depth - 1)
    return None


def _opened(value: Json) -> Json:
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return None


def _in_camel_case(item: Document) -> Document:
    """An item as .NET and PowerShell spell it: names begin with a capital, and a constant is an object."""
    found = {_small(name): _constant(value) for name, value in item.items()}
    links = found.get("relationships")
    if isinstance(links, list):
        found["relationships"] = [
            {_small(name): _constant(value) for name, value in link.items()} if isinstance(link, dict) else link
            for link in links
        ]
    return found


def _small(name: str) -> str:
    return name if name.isupper() else name[:1].lower() + name[1:]


def _constant(value: Json) -> Json:
    return value["Value"] if isinstance(value, dict) and set(value) == {"Value"} else value

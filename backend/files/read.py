"""Reading configuration items from the files in which they are met.

A snapshot or history file, the answer of an API call, a list of items, a single item, a notification (bare or in
its SNS envelope); plain or gzip. Long ones are streamed: memory holds a slice of a MiB, not the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from backend.files.source import Source, opened
from backend.files.split import BUFFER, Decode, Slice, Splitter, T
from backend.model.item import ConfigurationItem, Json
from backend.model.problem import BadInput
from backend.model.spelling import is_item, read_item

_LISTS = ("configurationItems", "baseConfigurationItems", "BaseConfigurationItems", "ConfigurationItems")
_SINGLES = ("configurationItem", "ConfigurationItem")
_WRAPPINGS = ("Message", "detail", "invokingEvent")
"""SNS envelope, EventBridge event, and the event a rule's Lambda function gets."""

_DEEP = 4
"""Wrappings inside wrappings that are opened."""


def read_items(path: Path) -> Iterator[ConfigurationItem]:
    """The items of a file in the order they are in. Raises `BadInput`; items before a flaw are given first.

    An entry that is no item is passed over; a file that has no other is none of ours.
    """
    other: list[Json] = []
    found = False
    with opened(path) as source:
        for part in slices(source, decode_documents):
            for document in part.entries:
                if is_item(document):
                    found = True
                    yield read_item(document)
                elif not other:
                    other.append(document)
        if other and not found:
            raise no_items(source.name, other[0])


def check(path: Path) -> None:
    """Raise `BadInput` when the beginning of a file already shows that it holds no items."""
    for _ in read_items(path):
        return


def slices(source: Source, decode: Decode[T], size: int = BUFFER) -> Iterator[Slice[T]]:
    """The items of a source in slices, each a JSON array; files up to `size` bytes make one slice.

    `decode` may raise `msgspec.DecodeError`. Raises `BadInput` when the source holds no items.
    """
    splitter = Splitter(source, size)
    if not splitter.fill():
        start = splitter.array()
        if start is not None:
            yield from splitter.slices(start, decode)
            return
    value = _json(splitter.whole(), source.name)
    text = memoryview(_text(_documents(value, source.name)))
    yield Slice(decode(text), text, head=_head(value))


def decode_documents(text: memoryview | bytes) -> list[Json]:
    """A slice as JSON values; what is no UTF-8 in it is replaced by a mark."""
    try:
        return msgspec.json.decode(text, type=list[Any])
    except UnicodeDecodeError:
        return msgspec.json.decode(str(text, "utf-8", "replace"), type=list[Any])


def no_items(name: str, entry: Json) -> BadInput:
    """What is to be said of a file of whose entries none is an item; `entry` is the first of them."""
    return BadInput(f"{name} holds something else than configuration items", _without(entry))


def _head(value: Json) -> bytes:
    """What a file that was read whole says of itself before its items, as a long one has it there."""
    if not isinstance(value, dict) or not isinstance(value.get(_LISTS[0]), list):
        return b""
    told = {name: one for name, one in value.items() if isinstance(one, str)}
    return _text({**told, _LISTS[0]: None}).removesuffix(b"null}")


def _documents(value: Json, name: str) -> list[Json]:
    """The items of a file that was read whole."""
    found = _items(value, _DEEP)
    if found is None:
        raise BadInput(
            f"{name} is JSON, but no snapshot, history file or configuration item",
            "nothing in it names a resource",
            "Files of AWS Config lie in its bucket below ConfigSnapshot and ConfigHistory",
        )
    return found


def _items(value: Json, depth: int) -> list[Json] | None:
    """Items in any of the shapes; None where there are none."""
    if isinstance(value, list):
        inside = [_items(entry, depth - 1) for entry in value] if depth else []
        return [item for items in inside for item in items or [None]] if any(inside) else None
    if not isinstance(value, dict):
        return None
    if is_item(value) and "messageType" not in value:
        return [value]
    for name in _LISTS:
        if isinstance(value.get(name), list):
            return list(value[name])
    for name in _SINGLES:
        if name in value:
            # In the messages of 2014 it is a list.
            return value[name] if isinstance(value[name], list) else [value[name]]
    for name in _WRAPPINGS:
        if depth and name in value:
            return _items(_opened(value[name]), depth - 1)
    return None


def _opened(value: Json) -> Json:
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        return None


def _json(text: bytes, name: str) -> Json:
    """JSON as strict as it must be and as lenient as it can be: control characters in strings are taken.

    They occur in real items (a description with a line break in an inventory).
    """
    if not text.strip():
        raise BadInput(f"{name} is empty", "there is nothing in it", "Download it again")
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass  # Python's own decoder takes more, and says where it fails
    decoded = text.decode("utf-8", "replace")
    if "\0" in decoded or text[:1] not in b'{["-0123456789tfn \t\r\n':
        kind = "it is binary" if "\0" in decoded or decoded.count("\ufffd") > len(decoded) // 10 else "it is text"
        raise BadInput(f"{name} is no snapshot or history file", f"{kind}, not JSON")
    try:
        return json.loads(decoded, strict=False)
    except json.JSONDecodeError as error:
        if error.pos >= len(decoded.rstrip()):
            raise BadInput(f"{name} is cut off", "its JSON has no end", "Download it again") from error
        where = f"line {error.lineno}, column {error.colno}"
        raise BadInput(f"{name} is not valid JSON", f"{where}: {error.msg}", "Download it again") from error
    except RecursionError as error:
        raise BadInput(f"{name} is no snapshot or history file", "its JSON is nested too deeply") from error


def _text(value: Json) -> bytes:
    """A value as JSON again; half a letter, which Python's decoder lets in, is replaced by a mark."""
    try:
        return msgspec.json.encode(value)
    except (OverflowError, UnicodeEncodeError):  # whole numbers beyond 64 bits, lone surrogates
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _without(document: Json) -> str:
    if not isinstance(document, dict):
        return "an entry is no JSON object"
    return "an entry lacks its " + ("resourceId" if document.get("resourceType") else "resourceType")

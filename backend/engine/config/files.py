"""The JSON of snapshot and history files: one line, null members of items and links left out.

What is too large for one file goes into several, each a whole document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec
from msgspec import UNSET, Raw, UnsetType

from backend.engine.config import items
from backend.engine.context import Context
from backend.model.item import DELETED_STATUSES
from backend.model.moment import Moment

LARGEST = 256 << 20
"""Bytes of JSON in one file. AWS names no number; its files are known up to a tenth of that (aws-config.md §3.2)."""


class File(NamedTuple):
    """One document, with the capture times of its first and its last item."""

    body: bytes
    first: Moment
    last: Moment


def snapshot(ctx: Context, snapshot_id: str, types: Iterable[str], until: Moment) -> Iterator[File]:
    """A snapshot: the newest item, at a moment, of every resource of some types that was alive then (SNP-01).

    What was captured after `until` is not in it, however late the file is written.
    """
    head = b'{"fileVersion":"1.0","configSnapshotId":"%s","configurationItems":[' % snapshot_id.encode()
    return _files(head, _at(ctx, types, until))


def history(texts: Iterable[str]) -> Iterator[File]:
    """The history of one type: the items given, in the order of their capture (HIS-05)."""
    return _files(b'{"fileVersion":"1.0","configurationItems":[', texts)


def _files(head: bytes, texts: Iterable[str]) -> Iterator[File]:
    bodies: list[bytes] = []
    size, first, last = len(head), 0, 0
    for text in texts:
        body, captured = _plain(text)
        if bodies and size + len(body) + 2 > LARGEST:
            yield File(b"%s%s]}" % (head, b",".join(bodies)), first, last)
            bodies, size, last = [], len(head), 0
        first = min(first, captured) if bodies else captured
        last = max(last, captured)
        bodies.append(body)
        size += len(body) + 1
    yield File(b"%s%s]}" % (head, b",".join(bodies)), first, last)


def _at(ctx: Context, types: Iterable[str], until: Moment) -> Iterator[str]:
    later = ctx.store.one("SELECT 1 FROM items WHERE captured > ? AND region = ? LIMIT 1", (until, ctx.region))
    for resource_type in types:
        yield from items.live_texts(ctx, resource_type) if later is None else _past(ctx, resource_type, until)


def _past(ctx: Context, resource_type: str, until: Moment) -> Iterator[str]:
    """The items that were the newest of their resources at a moment, without those that tell of an end."""
    rows = ctx.store.all(
        "SELECT document FROM items WHERE captured IN (SELECT max(captured) FROM items"
        " WHERE region = ? AND type = ? AND captured <= ? GROUP BY id) ORDER BY id",
        (ctx.region, resource_type, until),
    )
    for row in rows:
        if _ITEM.decode(row["document"]).configuration_item_status not in (*DELETED_STATUSES, items.NOT_RECORDED):
            yield row["document"]


class _Link(msgspec.Struct, omit_defaults=True, rename="camel"):
    resource_id: str | None = None
    resource_name: str | None = None
    resource_type: str | None = None
    name: str | None = None


class _Item(msgspec.Struct, omit_defaults=True, rename="camel"):
    """An item in the order of real files. Its bodies are passed through unread, which is what makes files cheap."""

    related_events: Raw
    relationships: list[_Link]
    configuration: Raw | UnsetType
    supplementary_configuration: Raw
    tags: Raw
    configuration_item_version: str
    configuration_item_capture_time: str
    configuration_state_id: int
    aws_account_id: str
    configuration_item_status: str
    resource_type: str
    resource_id: str
    resource_name: str | None = None
    arn: str | None = msgspec.field(name="ARN", default=None)
    aws_region: str | None = None
    availability_zone: str | None = None
    configuration_state_md5_hash: str | None = None
    resource_creation_time: str | None = None
    recording_frequency: str | None = None
    configuration_item_delivery_time: str | None = None


_ITEM = msgspec.json.Decoder(_Item)
_NOTHING = Raw(b"null")


def _plain(text: str) -> tuple[bytes, Moment]:
    """The item without members that are null, and its capture time; what lies inside its bodies stays as it is."""
    item = _ITEM.decode(text)
    if item.configuration == _NOTHING:
        item.configuration = UNSET
    return msgspec.json.encode(item), item.configuration_state_id

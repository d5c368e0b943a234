"""The JSON of snapshot and history files: one line, null members of items and links left out."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import UNSET, Raw, UnsetType

from backend.engine.config import items, recorder_state
from backend.engine.context import Context


def snapshot(ctx: Context, snapshot_id: str) -> bytes:
    """A snapshot file: the newest item of every live resource that the recorder records (SNP-01)."""
    recorder = recorder_state.of(ctx)
    texts = (
        text
        for resource_type in items.counts(ctx)
        if recorder is not None and recorder.records(resource_type, ctx.region)
        for text in items.live_texts(ctx, resource_type)
    )
    return b'{"fileVersion":"1.0","configSnapshotId":"%s","configurationItems":[%s]}' % (
        snapshot_id.encode(),
        _items(texts),
    )


def history(texts: Iterable[str]) -> bytes:
    """A history file of the items given, all of one type (HIS-05)."""
    return b'{"fileVersion":"1.0","configurationItems":[%s]}' % _items(texts)


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


def _items(texts: Iterable[str]) -> bytes:
    return b",".join(map(_plain, texts))


def _plain(text: str) -> bytes:
    """The item without members that are null; what lies inside its bodies stays as it is."""
    item = _ITEM.decode(text)
    if item.configuration == _NOTHING:
        item.configuration = UNSET
    return msgspec.json.encode(item)

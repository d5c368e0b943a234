"""Items as JSON: in a snapshot file as AWS Config delivers it, or one a line."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from pathlib import Path

import msgspec

from backend.files.writing.stream import Stream
from backend.model.item import ConfigurationItem, Document, Json
from backend.model.item_document import document
from backend.model.problem import BadInput


def encoded(value: Json) -> bytes:
    """A value as JSON. Whole numbers of any length are kept; half a letter, which is no UTF-8, becomes a mark."""
    try:
        return msgspec.json.encode(value)
    except (OverflowError, UnicodeEncodeError):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


_LEFT_OUT = ("resourceName", "ARN", "availabilityZone", "resourceCreationTime")
"""Members that delivered files do not have where there is nothing to tell."""


def item_text(item: ConfigurationItem) -> bytes:
    """An item as delivered files spell it, with its name. Raises `BadInput` for one that is nested too deeply."""
    spelled: Document = {}
    for name, value in document(item).items():
        spelled[name] = value
        if name == "resourceId":
            spelled["resourceName"] = item.resource_name
    spelled = {name: value for name, value in spelled.items() if value is not None or name not in _LEFT_OUT}
    if not item.capture_time:
        spelled["configurationItemCaptureTime"] = None
    try:
        return encoded(spelled)
    except RecursionError as error:
        raise BadInput(f"{item.resource_type} {item.resource_id} is nested too deeply to be written") from error


class SnapshotWriter:
    """A snapshot file: `fileVersion`, `configSnapshotId`, `configurationItems`, all in one line."""

    def __init__(self, place: Path) -> None:
        self._stream = Stream(place)
        self._between = b'{"fileVersion":"1.0","configSnapshotId":"%s","configurationItems":[' % (
            str(uuid.uuid4()).encode()
        )

    def write(self, items: Sequence[ConfigurationItem]) -> None:
        for item in items:
            self._stream.write(self._between + item_text(item))
            self._between = b","

    def finish(self) -> None:
        self._stream.write(b"]}" if self._between == b"," else self._between + b"]}")
        self._stream.finish()

    def abandon(self) -> None:
        self._stream.abandon()


class LinesWriter:
    """An item a line (NDJSON)."""

    def __init__(self, place: Path) -> None:
        self._stream = Stream(place)

    def write(self, items: Sequence[ConfigurationItem]) -> None:
        for item in items:
            self._stream.write(item_text(item) + b"\n")

    def finish(self) -> None:
        self._stream.finish()

    def abandon(self) -> None:
        self._stream.abandon()

"""Items as JSON: in a snapshot file as AWS Config delivers it, or one a line."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path

from backend.files.values import spelled
from backend.files.writing.stream import Stream
from backend.model.item import ConfigurationItem, Document
from backend.model.item_document import document
from backend.model.problem import BadInput

_LEFT_OUT = ("resourceName", "ARN", "availabilityZone", "resourceCreationTime")
"""Members that delivered files do not have where there is nothing to tell."""


def item_text(item: ConfigurationItem) -> bytes:
    """An item as delivered files spell it, with its name. Raises `BadInput` for one that is nested too deeply."""
    told: Document = {}
    for name, value in document(item).items():
        told[name] = value
        if name == "resourceId":
            told["resourceName"] = item.resource_name
    told = {name: value for name, value in told.items() if value is not None or name not in _LEFT_OUT}
    if not item.capture_time:
        told["configurationItemCaptureTime"] = None
    try:
        return spelled(told)
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

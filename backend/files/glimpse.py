"""The first resources of a file, read before anything else is: what is on the screen while the rest is loaded.

Only what delivered files are is taken; whatever else a file may be is the business of `backend.files.read`, whose many
ways of reading take longer to import than an empty screen takes to be painted.
"""

from __future__ import annotations

import zlib  # for so little it is as fast as isal, and wakes no other part of the processor
from pathlib import Path

import msgspec

_READ, _INFLATED = 1 << 15, 1 << 17
"""Bytes of the file, and of what they inflate to, that are looked at."""

_LIST = b'"configurationItems":['
_GZIP = b"\x1f\x8b"
_WITH_GZIP_HEAD = 31
_TRIES = 8
"""Places that are tried as the end of the last whole item."""


class Glimpsed(msgspec.Struct, gc=False):
    """A resource in a line."""

    resource_type: str = msgspec.field(name="resourceType")
    resource_id: str = msgspec.field(name="resourceId")
    resource_name: str | None = msgspec.field(name="resourceName", default=None)
    region: str | None = msgspec.field(name="awsRegion", default=None)
    tags: dict[str, str | None] | None = None

    @property
    def label(self) -> str:
        """The name a person knows it by."""
        return (self.tags or {}).get("Name") or self.resource_name or self.resource_id


def glimpse(path: Path) -> list[Glimpsed]:
    """The first resources of a delivered file; none when it is not at once plain that it is one. Raises `OSError`."""
    if not path.is_file():
        return []
    with path.open("rb", buffering=0) as file:
        data = file.read(_READ)
    if data.startswith(_GZIP):
        try:
            data = zlib.decompressobj(_WITH_GZIP_HEAD).decompress(data, _INFLATED)
        except zlib.error:
            return []
    start = data.find(_LIST)
    if start < 0:
        return []
    start += len(_LIST) - 1
    return _whole_items(data, start)


def _whole_items(data: bytes, start: int) -> list[Glimpsed]:
    key = data[start + 1 : data.find(b":", start)]
    end = len(data)
    for _ in range(_TRIES):
        end = data.rfind(b"}," + key + b":", start, end)
        if end < 0:
            break
        try:
            return msgspec.json.decode(data[start : end + 1] + b"]", type=list[Glimpsed])
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
    return []

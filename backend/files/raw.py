"""What is in a file that holds no configuration items: JSON, text, or bytes, shown as what it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from backend.files.encoding import UTF_8_MARK
from backend.files.source import opened
from backend.model.item import Json
from backend.model.problem import BadInput

MOST = 1 << 20
"""Bytes that are looked at."""
_ROW = 16


class Raw(NamedTuple):
    """The content of a file; `whole` is False where there is more of it."""

    kind: str
    """`JSON`, `text`, `binary` or `empty`."""
    value: Json
    whole: bool


def look(path: Path) -> Raw:
    """The beginning of a file, inflated where it is gzip. Raises `BadInput` for what cannot be read at all."""
    if not path.stat().st_size:
        return Raw("empty", None, True)
    buffer = bytearray(MOST + 1)
    filled = 0
    with opened(path) as source:
        try:
            while filled < len(buffer) and (got := source.readinto(memoryview(buffer)[filled:])):
                filled += got
        except BadInput:
            if not filled:
                raise
    content, whole = bytes(buffer[: min(filled, MOST)]), filled <= MOST
    try:
        return Raw("JSON", json.loads(content.removeprefix(UTF_8_MARK)), whole)
    except (ValueError, RecursionError):
        pass
    text = content.decode("utf-8-sig", "replace")
    if "\0" in text or text.count("\ufffd") > len(text) // 10:
        rows = [content[at : at + _ROW] for at in range(0, min(len(content), 4096), _ROW)]
        return Raw("binary", [row.hex(" ") for row in rows], whole and len(content) <= 4096)
    lines: list[Json] = list(text.splitlines())
    return Raw("text", lines, whole)

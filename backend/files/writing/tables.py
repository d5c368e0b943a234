"""Items as rows: the columns that every table has, and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from backend.files.values import spelled
from backend.files.writing.stream import Stream
from backend.model.cells import guarded
from backend.model.item import ConfigurationItem, Json
from backend.model.item_document import recorded_links
from backend.model.moment import Moment, to_iso
from backend.model.problem import BadInput

CAPTURED = "configurationItemCaptureTime"
JSON_COLUMNS = ("tags", "relationships", "configuration")
"""Columns whose cells are JSON texts: what they hold differs from type to type."""
COLUMNS = (
    "resourceType",
    "resourceId",
    "resourceName",
    "awsRegion",
    "awsAccountId",
    "availabilityZone",
    CAPTURED,
    "configurationItemStatus",
    "ARN",
    "configurationStateId",
    *JSON_COLUMNS,
)
"""The columns in their order, named as delivered files name the members of an item."""

Cell: TypeAlias = str | Moment | None
"""Text; the time of capture as epoch milliseconds; None for what the item does not tell."""


def row(item: ConfigurationItem) -> tuple[Cell, ...]:
    """The cells of an item. Raises `BadInput` for one that is nested too deeply."""
    texts = (
        item.resource_type,
        item.resource_id,
        item.resource_name,
        item.region,
        item.account_id,
        item.availability_zone,
        None,
        item.status,
        item.arn,
        item.state_id,
    )
    cells: list[Cell] = [_whole(text) if text else None for text in texts]
    cells[COLUMNS.index(CAPTURED)] = item.capture_time or None
    try:
        cells += [_json(value) for value in (item.tags, recorded_links(item), item.configuration)]
    except RecursionError as error:
        raise BadInput(f"{item.resource_type} {item.resource_id} is nested too deeply to be written") from error
    return tuple(cells)


def _json(value: Json) -> str | None:
    return None if value is None else spelled(value).decode()


def _whole(text: str) -> str:
    """Text without halves of letters, which no file can hold."""
    return text.encode("utf-8", "replace").decode()


class CsvWriter:
    """A head line, then a row an item; no spreadsheet takes a cell for a formula."""

    def __init__(self, place: Path) -> None:
        self._stream = Stream(place)
        self._stream.write((",".join(COLUMNS) + "\n").encode())

    def write(self, items: Sequence[ConfigurationItem]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(map(_told, map(row, items)))
        self._stream.write(text.getvalue().encode())

    def finish(self) -> None:
        self._stream.finish()

    def abandon(self) -> None:
        self._stream.abandon()


def _told(cells: Sequence[Cell]) -> list[str]:
    return [to_iso(cell) if isinstance(cell, int) else guarded(cell or "") for cell in cells]

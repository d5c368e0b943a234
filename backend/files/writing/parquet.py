"""Items as a Parquet file, by way of pyarrow, which is installed with `configscope[parquet]`."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backend.files.writing.tables import CAPTURED, COLUMNS, Cell, row
from backend.model.item import ConfigurationItem

_ROWS = 50_000
_BYTES = 32 << 20
"""A group of rows is written when it has so many, or so much text."""


class ParquetWriter:
    """Rows with the columns of `tables`; the time of capture is a timestamp in UTC, JSON is text."""

    def __init__(self, place: Path) -> None:
        import pyarrow
        from pyarrow import parquet

        self._arrow: Any = pyarrow
        self._schema: Any = pyarrow.schema(
            [(name, pyarrow.timestamp("ms", tz="UTC") if name == CAPTURED else pyarrow.string()) for name in COLUMNS]
        )
        self._file: Any = parquet.ParquetWriter(str(place), self._schema, compression="zstd")
        self._rows: list[tuple[Cell, ...]] = []
        self._size = 0

    def write(self, items: Sequence[ConfigurationItem]) -> None:
        for item in items:
            cells = row(item)
            self._rows.append(cells)
            self._size += sum(len(cell) for cell in cells if isinstance(cell, str))
            if len(self._rows) >= _ROWS or self._size >= _BYTES:
                self._flush()

    def finish(self) -> None:
        self._flush()
        self._file.close()

    def abandon(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._file.close()

    def _flush(self) -> None:
        if not self._rows:
            return
        columns = zip(*self._rows, strict=True)
        arrays = [self._arrow.array(cells, type=field.type) for cells, field in zip(columns, self._schema, strict=True)]
        self._file.write_batch(self._arrow.record_batch(arrays, schema=self._schema))
        self._rows, self._size = [], 0

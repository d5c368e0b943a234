"""Items as a DuckDB file with the table `items`, by way of duckdb, which is installed with `configscope[duckdb]`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backend.files.values import spelled
from backend.files.writing.stream import Stream
from backend.files.writing.tables import CAPTURED, COLUMNS, JSON_COLUMNS, row
from backend.model.item import ConfigurationItem
from backend.model.moment import to_iso
from backend.model.problem import BadInput

TABLE = "items"
_LONGEST_ROW = 16 << 20
"""What DuckDB reads as one row unless it is told of longer ones."""


def _type_of(column: str) -> str:
    return "TIMESTAMPTZ" if column == CAPTURED else "JSON" if column in JSON_COLUMNS else "VARCHAR"


class DuckdbWriter:
    """Rows with the columns of `tables`; the time of capture is a TIMESTAMPTZ, and JSON has DuckDB's type for it.

    They are written to a file of lines first, which DuckDB reads at once: row by row it takes minutes for thousands.
    """

    def __init__(self, place: Path) -> None:
        import duckdb

        self._duckdb: Any = duckdb
        self._place = place
        self._lines = place.with_name("lines.ndjson")
        self._stream = Stream(self._lines)
        self._longest = 0

    def write(self, items: Sequence[ConfigurationItem]) -> None:
        for item in items:
            cells = [to_iso(cell) if isinstance(cell, int) else cell for cell in row(item)]
            line = spelled(dict(zip(COLUMNS, cells, strict=True))) + b"\n"
            self._longest = max(self._longest, len(line))
            self._stream.write(line)

    def finish(self) -> None:
        self._stream.finish()
        texts = ", ".join(f"{name}: 'VARCHAR'" for name in COLUMNS)
        read = ", ".join(f"CAST({name} AS {_type_of(name)}) AS {name}" for name in COLUMNS)
        source = f"read_json(?, format = 'newline_delimited', columns = {{{texts}}}, maximum_object_size = ?)"
        try:
            # What is not in the package is not fetched from the network either.
            with self._duckdb.connect(str(self._place), config={"autoinstall_known_extensions": "false"}) as database:
                columns = ", ".join(f"{name} {_type_of(name)}" for name in COLUMNS)
                database.execute(f"CREATE TABLE {TABLE} ({columns})")
                if self._longest:
                    longest = max(_LONGEST_ROW, 2 * self._longest)
                    database.execute(f"INSERT INTO {TABLE} SELECT {read} FROM {source}", [str(self._lines), longest])
        except self._duckdb.Error as error:
            raise BadInput("The DuckDB file cannot be written", str(error).partition("\n")[0]) from error

    def abandon(self) -> None:
        self._stream.abandon()

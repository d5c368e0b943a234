"""Printing data: as a table for eyes, as JSON or CSV for programs."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TextIO

from rich.cells import cell_len

from backend.model.cells import guarded
from backend.model.item import Json
from tui.text import visible

_GAP = "  "
_RED, _GREEN, _YELLOW, _PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"

_COLOURS = {
    "SUCCESS": _GREEN,
    "RECORDING": _GREEN,
    "COMPLIANT": _GREEN,
    "FAILURE": _RED,
    "STOPPED": _RED,
    "MISSING": _RED,
    "NON_COMPLIANT": _RED,
    "UNKNOWN": _YELLOW,
    "PENDING": _YELLOW,
}
"""Words of state; the word says it all, the colour only helps to find it."""


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def write_rows(form: Format, columns: Sequence[str], rows: Sequence[Sequence[str]], out: TextIO | None = None) -> None:
    """Rows of text: a table with aligned columns, a JSON list of objects, or CSV with a head line."""
    out = out or sys.stdout
    if form is Format.JSON:
        write_json([dict(zip(columns, row, strict=True)) for row in rows], out)
    elif form is Format.CSV:
        _write_csv(columns, rows, out)
    else:
        _write_table(columns, rows, out)
    out.flush()


def write_json(value: Json, out: TextIO | None = None) -> None:
    """JSON in which nothing can steer a terminal: what does not print is written as an escape."""
    out = out or sys.stdout
    out.write(json_text(value) + "\n")
    out.flush()


def json_text(value: Json) -> str:
    """JSON with what does not print written as an escape."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    if not text.isascii():
        text = "".join(sign if sign == "\n" or sign.isprintable() else json.dumps(sign)[1:-1] for sign in text)
    return text


def cell(value: Json) -> str:
    """A JSON value in one line: text as it is, nothing as nothing, all else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as CSV that no spreadsheet takes for formulas."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([guarded(one) for one in row] for row in rows)
    return file.getvalue()


def say(text: str) -> None:
    """A line of narration."""
    sys.stderr.write(visible(text) + "\n")
    sys.stderr.flush()


def write_more(rows: Iterable[Sequence[str]], out: TextIO | None = None) -> None:
    """More rows of a CSV that has begun."""
    out = out or sys.stdout
    writer = csv.writer(out, lineterminator="\n")
    # A program gets what was recorded; a terminal must not be steered by it.
    writer.writerows([visible(cell) for cell in row] if out.isatty() else row for row in rows)


def _write_csv(columns: Sequence[str], rows: Sequence[Sequence[str]], out: TextIO) -> None:
    write_more([columns, *rows], out)


def _write_table(columns: Sequence[str], rows: Sequence[Sequence[str]], out: TextIO) -> None:
    shown = [[visible(cell) for cell in row] for row in rows]
    titles = [column.replace("_", " ").upper() for column in columns]
    widths = [max(map(cell_len, column)) for column in zip(titles, *shown, strict=True)]
    coloured = out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    for row in [titles, *shown]:
        cells = [
            _colour(cell, coloured) + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        ]
        out.write(_GAP.join(cells).rstrip() + "\n")


def _colour(cell: str, coloured: bool) -> str:
    colour = _COLOURS.get(cell) if coloured else None
    return f"{colour}{cell}{_PLAIN}" if colour else cell

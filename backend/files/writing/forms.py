"""The forms in which items are written, told apart by the suffix of the file; and the one way to write any of them.

    with item_file(Path("estate.parquet")) as writer:
        for batch in batches:
            writer.write(batch)
        writer.finish()

Memory holds a batch, or some tens of MiB, never the items.
"""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from backend.files.writing.json_forms import LinesWriter, SnapshotWriter
from backend.files.writing.tables import CsvWriter
from backend.files.writing.whole import check_free, whole_file
from backend.model.item import ConfigurationItem
from backend.model.problem import BadInput


class ItemWriter(Protocol):
    """Writes items to one file. All methods take as long as it takes: for a thread. Raises `OSError`, `BadInput`."""

    def write(self, items: Sequence[ConfigurationItem]) -> None:
        """Take some more items."""

    def finish(self) -> None:
        """Write what is left, and close: the file is whole."""

    def abandon(self) -> None:
        """Close without finishing; never raises. After `finish` it does nothing."""


def _parquet(path: Path) -> ItemWriter:
    from backend.files.writing.parquet import ParquetWriter

    return ParquetWriter(path)


def _duckdb(path: Path) -> ItemWriter:
    from backend.files.writing.duckdb_form import DuckdbWriter

    return DuckdbWriter(path)


FORMS: dict[str, Callable[[Path], ItemWriter]] = {
    "json.gz": SnapshotWriter,
    "json": SnapshotWriter,
    "ndjson.gz": LinesWriter,
    "ndjson": LinesWriter,
    "csv": CsvWriter,
    "parquet": _parquet,
    "duckdb": _duckdb,
}
"""Who writes a form, by suffix."""


_LIBRARIES = {"parquet": "pyarrow", "duckdb": "duckdb"}
"""What a form needs that is not always installed; the extra is called as the form."""


def form_of(path: Path) -> str:
    """The form that the name of a file asks for; empty when it asks for none of them."""
    name = path.name.lower()
    return next((form for form in FORMS if name.endswith(f".{form}")), "")


def check(path: Path) -> None:
    """Raises `BadInput` for what `item_file` refuses at once; for those who have long to read before they write."""
    form = form_of(path)
    if not form:
        raise BadInput(f"{path} names no form to write", f"its suffix is none of .{', .'.join(FORMS)}")
    library = _LIBRARIES.get(form)
    if library is not None and importlib.util.find_spec(library) is None:
        remedy = f"pip install 'configscope[{form}]' installs it"
        raise BadInput(f".{form} cannot be written", f"{library} is not installed", remedy)
    check_free(path)


@contextlib.contextmanager
def item_file(path: Path) -> Iterator[ItemWriter]:
    """A writer whose file is at `path` once the block ends, if it was finished; else nothing is left of it.

    Only the owner can read the file, and none is written over. Raises `BadInput` for a suffix without a form, a form
    whose library is not installed, a file that is there already, and a disk that is full.
    """
    check(path)
    with whole_file(path) as place:
        writer = FORMS[form_of(path)](place)
        try:
            yield writer
        finally:
            writer.abandon()

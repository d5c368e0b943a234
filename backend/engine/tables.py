"""The tables of a store, and those of an older version brought to today's form."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing


class Unlike(Exception):
    """A table has a form that cannot be brought to today's; the message is its name."""


def form(schemas: Sequence[str]) -> str:
    """A short text that is another one for other tables."""
    return hashlib.blake2b("\0".join(schemas).encode(), digest_size=12).hexdigest()


def renew(db: sqlite3.Connection, schemas: Sequence[str]) -> None:
    """Make what tables and indexes are missing; give older tables the columns that were added behind theirs.

    New columns need a default. Raises `Unlike` where anything else is different. To be called in a transaction.
    """
    with closing(sqlite3.connect(":memory:")) as wanted:
        for statement in _statements(schemas):
            wanted.execute(statement)
        present = _names(db, "table")
        for table in sorted(_names(wanted, "table") & present):
            _add_columns(db, wanted, table)
        for index in sorted(_names(wanted, "index") & _names(db, "index")):
            if _text(db, index) != _text(wanted, index):
                db.execute(f"DROP INDEX {index}")
    for statement in _statements(schemas):
        db.execute(statement)


def _statements(schemas: Sequence[str]) -> Iterator[str]:
    for schema in schemas:
        yield from filter(str.strip, schema.split(";"))


def _names(db: sqlite3.Connection, kind: str) -> set[str]:
    """What there is of a kind, without what SQLite makes for itself."""
    rows = db.execute("SELECT name FROM sqlite_master WHERE type = ? AND name NOT LIKE 'sqlite_%'", (kind,))
    return {row[0] for row in rows}


def _text(db: sqlite3.Connection, index: str) -> str:
    row = db.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND name = ?", (index,)).fetchone()
    return " ".join(row[0].split())


def _add_columns(db: sqlite3.Connection, wanted: sqlite3.Connection, table: str) -> None:
    has, needs = _columns(db, table), _columns(wanted, table)
    if needs[: len(has)] != has or _uniques(db, table) != _uniques(wanted, table):
        raise Unlike(table)
    for _, name, kind, not_null, default, key in needs[len(has) :]:
        if key or (not_null and default is None):
            raise Unlike(table)
        rest = f"{' NOT NULL' if not_null else ''}{'' if default is None else f' DEFAULT {default}'}"
        db.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}{rest}")


def _columns(db: sqlite3.Connection, table: str) -> list[tuple[int, str, str, int, str | None, int]]:
    """(place, name, type, whether it must have a value, default, place in the primary key) of each column."""
    return [tuple(row) for row in db.execute(f"PRAGMA table_info({table})")]


def _uniques(db: sqlite3.Connection, table: str) -> set[tuple[str, ...]]:
    """The columns of each key of a table."""
    keys = [row[1] for row in db.execute(f"PRAGMA index_list({table})") if row[3] != "c"]
    return {tuple(row[2] for row in db.execute(f"PRAGMA index_info({key})")) for key in keys}

"""Worlds made by an earlier version: what was added since comes to them, what is otherwise different is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.engine.store import Store
from backend.model.problem import BadInput

OLD = """
CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS by_text ON notes (text);
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store of the earlier version with one note in it."""
    store = Store(tmp_path / "world", [OLD])
    store.run("INSERT INTO notes VALUES (1, 'kept')")
    store.close()
    return tmp_path / "world"


def opened(folder: Path, *schemas: str) -> list[tuple[object, ...]]:
    """The notes as a later version finds them."""
    store = Store(folder, schemas)
    rows = [tuple(row) for row in store.all("SELECT * FROM notes")]
    store.close()
    return rows


def test_a_column_that_was_added_has_its_default(folder: Path) -> None:
    new = OLD.replace("TEXT NOT NULL)", "TEXT NOT NULL, owner TEXT NOT NULL DEFAULT '', at INTEGER)")
    assert opened(folder, new) == [(1, "kept", "", None)]
    assert opened(folder, new) == [(1, "kept", "", None)]


def test_a_table_that_was_added_is_made(folder: Path) -> None:
    assert opened(folder, OLD, "CREATE TABLE IF NOT EXISTS more (id INTEGER)") == [(1, "kept")]
    store = Store(folder, [OLD, "CREATE TABLE IF NOT EXISTS more (id INTEGER)"])
    assert store.all("SELECT * FROM more") == []
    store.close()


def test_an_index_that_changed_is_made_anew(folder: Path) -> None:
    new = OLD.replace("(text)", "(text, id)")
    store = Store(folder, [new])
    row = store.one("SELECT sql FROM sqlite_master WHERE name = 'by_text'")
    store.close()
    assert row is not None
    assert "(text, id)" in row["sql"]


@pytest.mark.parametrize(
    "new",
    [
        OLD.replace("text TEXT NOT NULL", "text INTEGER NOT NULL"),
        OLD.replace("text TEXT NOT NULL", "at INTEGER, text TEXT NOT NULL"),
        OLD.replace("text TEXT NOT NULL", "text TEXT NOT NULL, owner TEXT NOT NULL"),
        OLD.replace("text TEXT NOT NULL", "text TEXT NOT NULL UNIQUE"),
        "CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY)",
    ],
    ids=["type", "place", "no default", "key", "gone"],
)
def test_any_other_difference_is_a_sentence_and_changes_nothing(folder: Path, new: str) -> None:
    with pytest.raises(BadInput, match=r"made by another version.*'notes'.*--world NAME"):
        Store(folder, ["CREATE TABLE IF NOT EXISTS more (id INTEGER)", new])
    assert opened(folder, OLD) == [(1, "kept")]


def test_a_world_of_another_format_is_a_sentence(folder: Path) -> None:
    store = Store(folder, [OLD])
    store.set_meta("format", 1)
    store.close()
    with pytest.raises(BadInput, match=r"has format 1: this configscope reads format \d+\. Open it with the version"):
        Store(folder, [OLD])

"""What a world keeps: one SQLite file, and a folder in which every stored object is a real file."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from backend.model.item import Json
from backend.model.problem import BadInput, Problem

FORMAT = 1
"""Version of the tables; a world of another version is refused, not guessed at."""

Row: TypeAlias = sqlite3.Row
Values: TypeAlias = Sequence[Any] | Mapping[str, Any]

_OF_THE_DISK = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY}
)
"""Primary error codes that speak of the disk, not of a defect."""

_META = "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"


class Store:
    """The database and the object folder of one world.

    Everything is written inside `transaction()`; a crash at any moment leaves the state of the last one that
    ended. `folder=None` keeps the database in memory and the objects in a temporary folder that `close` removes.
    Used from one thread at a time; it does no locking of its own.
    """

    def __init__(self, folder: Path | None, schemas: Sequence[str]) -> None:
        self._scratch = (
            tempfile.TemporaryDirectory(prefix="configscope-", ignore_cleanup_errors=True) if folder is None else None
        )
        self.folder = Path(self._scratch.name) if self._scratch else folder or Path()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.durable = folder is not None
        """Whether the world outlives this process, so that its files must be on the disk when a call is answered."""
        path = ":memory:" if self._scratch else str(self.folder / "world.sqlite")
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
            self._db.row_factory = sqlite3.Row
            self._prepare(schemas)
        except sqlite3.Error as error:
            raise BadInput(
                f"The world in {self.folder} cannot be opened",
                str(error),
                "Look at its free space and permissions, or choose another world with --world"
                if _of_the_disk(error)
                else "Choose another world with --world, or move this folder away to start afresh",
            ) from error
        self._depth = 0
        self._afterwards: list[Callable[[], None]] = []

    def _prepare(self, schemas: Sequence[str]) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA foreign_keys=ON")
        self._db.execute(_META)
        found = self.meta("format")
        if found not in (None, FORMAT):
            raise BadInput(
                f"The world in {self.folder} has format {found}",
                f"this configscope reads format {FORMAT}",
                "Open it with the version that made it, or start a new world with --world NAME",
            )
        self._db.execute("BEGIN IMMEDIATE")
        for schema in schemas:
            for statement in filter(str.strip, schema.split(";")):
                self._db.execute(statement)
        self.set_meta("format", FORMAT)
        self._db.execute("COMMIT")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; a nested one joins the outer. Raises `Problem` when the disk is full or fails."""
        if self._depth:
            yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException as error:
            self._afterwards.clear()
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError) and _of_the_disk(error):
                raise Problem(
                    "The world could not be written",
                    str(error),
                    f"Look at the free space and permissions of {self.folder}",
                ) from error
            raise
        finally:
            self._depth -= 1
        ready, self._afterwards = self._afterwards, []
        for action in ready:
            action()

    def after_commit(self, action: Callable[[], None]) -> None:
        """Do something once the transaction is safely written, such as removing a file that nothing names any more.

        Forgotten when the transaction or savepoint is undone, and when the process dies before its turn.
        """
        self._afterwards.append(action)

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        """Inside a transaction: undo what the block wrote if it raises, keep the rest."""
        promised = len(self._afterwards)
        self._db.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            del self._afterwards[promised:]
            if self._db.in_transaction:  # a full disk makes SQLite undo the whole of it
                self._db.execute("ROLLBACK TO part")
                self._db.execute("RELEASE part")
            raise
        self._db.execute("RELEASE part")

    def run(self, sql: str, values: Values = ()) -> int:
        """Execute one statement; the number of rows it changed."""
        return self._db.execute(sql, values).rowcount

    def run_many(self, sql: str, rows: Sequence[Values]) -> None:
        self._db.executemany(sql, rows)

    def all(self, sql: str, values: Values = ()) -> list[Row]:
        return self._db.execute(sql, values).fetchall()

    def one(self, sql: str, values: Values = ()) -> Row | None:
        row: Row | None = self._db.execute(sql, values).fetchone()
        return row

    def each(self, sql: str, values: Values = ()) -> Iterator[Row]:
        """Rows one at a time, for answers too large to hold."""
        yield from self._db.execute(sql, values)

    def meta(self, key: str, default: Json = None) -> Json:
        """A small value kept by name."""
        row = self.one("SELECT value FROM meta WHERE key = ?", (key,))
        return msgspec.json.decode(row["value"]) if row else default

    def set_meta(self, key: str, value: Json) -> None:
        self.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, dumps(value)))

    def close(self) -> None:
        self._db.close()
        if self._scratch:
            self._scratch.cleanup()


def _of_the_disk(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _OF_THE_DISK  # absent where Python itself refused


def dumps(value: Json) -> str:
    """JSON text in the order given, for a column."""
    return msgspec.json.encode(value).decode()


def loads(text: str | bytes) -> Json:
    """The value of a JSON column."""
    return msgspec.json.decode(text)

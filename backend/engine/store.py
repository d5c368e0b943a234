"""What a world keeps: one SQLite file, and a folder in which every stored object is a real file."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from backend.engine import tables
from backend.model.item import Json
from backend.model.problem import BadInput, Problem

FORMAT = 2
"""Version of the tables; a world of another version is refused, not guessed at."""

Row: TypeAlias = sqlite3.Row
Values: TypeAlias = Sequence[Any] | Mapping[str, Any]

_OF_THE_DISK = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY}
)
"""Primary error codes that speak of the disk, not of a defect."""

_META = "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"


class Together:
    """The stores that one transaction writes, in the order in which they joined it."""

    def __init__(self) -> None:
        self.stores: list[Store] = []
        self.flush = True
        self.savepoints = 0
        self.beforehand: list[Callable[[], None]] = []
        self.afterwards: list[Callable[[], None]] = []


class Store:
    """The database and the object folder of one account.

    Everything is written inside `transaction()`; a crash at any moment leaves the state of the last one that
    ended. `folder=None` keeps the database in memory and the objects in a temporary folder that `close` removes.
    Used from one thread at a time; it does no locking of its own.

    Stores made with the same `together` share their transactions: one that joins is undone with the others, at
    a savepoint too. Their commits follow each other, that of the store which began it last: a crash between them
    leaves what the others got, and the deed to be done again.
    """

    def __init__(self, folder: Path | None, schemas: Sequence[str], together: Together | None = None) -> None:
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
            try:
                self._prepare(schemas)
            except BaseException:
                self._db.close()
                raise
        except sqlite3.Error as error:
            raise BadInput(
                f"The world in {self.folder} cannot be opened",
                str(error),
                "Look at its free space and permissions, or choose another world with --world"
                if _of_the_disk(error)
                else "Choose another world with --world, or move this folder away to start afresh",
            ) from error
        self._together = together or Together()
        self._flushing = True
        self.unflushed = False
        """Whether something was written whose way to the disk nobody has waited for yet."""
        self._unchanged = self._db.total_changes

    def _prepare(self, schemas: Sequence[str]) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        # Four times the usual stretch between two checkpoints: most pages are written again within it.
        self._db.execute("PRAGMA wal_autocheckpoint=4000")
        self._db.execute("PRAGMA foreign_keys=ON")
        self._db.execute(_META)
        found = self.meta("format")
        if found not in (None, FORMAT):
            raise BadInput(
                f"The world in {self.folder} has format {found}",
                f"this configscope reads format {FORMAT}",
                "Open it with the version that made it, or start a new world with --world NAME",
            )
        form = tables.form(schemas)
        if self.meta("tables") == form:
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            tables.renew(self._db, schemas)
        except tables.Unlike as table:
            raise BadInput(
                f"The world in {self.folder} was made by another version of configscope",
                f"its table '{table}' has a form that this one cannot read",
                "Open it with the version that made it, or start a new world with --world NAME",
            ) from table
        self.set_meta("format", FORMAT)
        self.set_meta("tables", form)
        self._db.execute("COMMIT")

    @contextlib.contextmanager
    def transaction(self, *, flush: bool = True) -> Iterator[None]:
        """All or nothing; a nested one joins the outer. Raises `Problem` when the disk is full or fails.

        Without `flush` the end of it does not wait for the disk: it outlives the process, however that ends, and
        it may be lost with the power of the machine until the next one that is flushed.
        """
        together = self._together
        if together.stores:
            self.join()
            yield
            return
        together.flush = flush
        promised = len(together.beforehand)
        self._begin()
        try:
            yield
            if flush:
                for action in together.beforehand:
                    action()
                together.beforehand.clear()
            for store in reversed(together.stores):
                store._db.execute("COMMIT")
                if store.changed:
                    store.unflushed = not flush
        except BaseException as error:
            del together.beforehand[promised:]
            together.afterwards.clear()
            for store in together.stores:
                if store._db.in_transaction:
                    store._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError) and _of_the_disk(error):
                raise Problem(
                    "The world could not be written",
                    str(error),
                    f"Look at the free space and permissions of {self.folder}",
                ) from error
            raise
        finally:
            together.stores.clear()
        ready, together.afterwards = together.afterwards, []
        for action in ready:
            action()

    def join(self) -> None:
        """Be written and undone with the transaction that runs, if one runs."""
        if self._together.stores and self not in self._together.stores:
            self._begin()
            for _ in range(self._together.savepoints):
                self._db.execute("SAVEPOINT part")

    @property
    def changed(self) -> bool:
        """Whether anything was written since it joined the transaction."""
        return self._db.total_changes != self._unchanged

    def _begin(self) -> None:
        if self._flushing != self._together.flush:
            self._flushing = self._together.flush
            self._db.execute(f"PRAGMA synchronous={'FULL' if self._flushing else 'NORMAL'}")
        self._db.execute("BEGIN IMMEDIATE")
        self._together.stores.append(self)
        self._unchanged = self._db.total_changes

    def before_flush(self, action: Callable[[], None]) -> None:
        """Do something before this transaction is flushed to the disk, be it with a later one: see to its files.

        Done as well for what a savepoint has undone; forgotten when the whole transaction is.
        """
        self._together.beforehand.append(action)

    def after_commit(self, action: Callable[[], None]) -> None:
        """Do something once the transaction is safely written, such as removing a file that nothing names any more.

        Forgotten when the transaction or savepoint is undone, and when the process dies before its turn.
        """
        self._together.afterwards.append(action)

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        """Inside a transaction: undo what the block wrote if it raises, keep the rest. Else a transaction itself."""
        together = self._together
        if not together.stores:
            with self.transaction():
                yield
            return
        promised = len(together.afterwards)
        self.join()
        for store in together.stores:
            store._db.execute("SAVEPOINT part")
        together.savepoints += 1
        try:
            yield
        except BaseException:
            del together.afterwards[promised:]
            for store in together.stores:
                if store._db.in_transaction:  # a full disk makes SQLite undo the whole of it
                    store._db.execute("ROLLBACK TO part")
                    store._db.execute("RELEASE part")
            raise
        else:
            for store in together.stores:
                store._db.execute("RELEASE part")
        finally:
            together.savepoints -= 1

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

"""Simulated time, and the queue of what is due."""

from __future__ import annotations

from typing import NamedTuple

from backend.engine.store import Store, dumps, loads
from backend.model.item import Json
from backend.model.moment import Moment

SCHEMA = """
CREATE TABLE IF NOT EXISTS due (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    region TEXT NOT NULL,
    key TEXT NOT NULL,
    payload TEXT NOT NULL,
    UNIQUE (kind, region, key)
);
CREATE INDEX IF NOT EXISTS due_at ON due (at, seq);
"""


class Due(NamedTuple):
    """Something that happens at a simulated moment."""

    at: Moment
    kind: str
    region: str
    key: str
    payload: Json


class Time:
    """The simulated moment that all accounts of a world share."""

    __slots__ = ("now",)

    def __init__(self, now: Moment) -> None:
        self.now = now


class Clock:
    """An account's view of the only time there is, and its queue. Time moves when told, never by itself.

    `now` is kept in memory and written with each transaction by the engine; `unique` hands out moments that
    never repeat, so that items and events have an order even when the clock stands still.
    """

    def __init__(self, store: Store, start: Moment, time: Time | None = None) -> None:
        self._store = store
        found: Moment = store.meta("now", start)
        self._time = time or Time(found)
        # After a crash one account may have written a later moment than another.
        self.move(found)
        self._last: Moment = store.meta("last_unique", found - 1)
        self._saved: tuple[Moment | None, Moment | None] = (None, None)
        self._next: tuple[Moment | None] | None = None
        """What `next_due` said last, as long as it holds: it is asked for before every call."""

    @property
    def now(self) -> Moment:
        return self._time.now

    @now.setter
    def now(self, moment: Moment) -> None:
        self._time.now = moment

    def move(self, moment: Moment) -> None:
        """Set the time; it never goes back."""
        self._time.now = max(self._time.now, moment)

    def begin(self, moment: Moment) -> None:
        """Set the time of a world in which nothing has happened yet, also backwards."""
        self.now = moment
        self._last = moment - 1

    def unique(self) -> Moment:
        """A moment at or after `now` that was not given before."""
        self._last = max(self._last + 1, self.now)
        return self._last

    @property
    def last(self) -> Moment:
        """The last moment given, or now when that is later: what is told of something does not come before it."""
        return max(self._last, self.now)

    def save(self) -> None:
        """Write down what moved since the last time."""
        now, last = self._saved
        if now != self.now:
            self._store.set_meta("now", self.now)
        if last != self._last:
            self._store.set_meta("last_unique", self._last)
        self._saved = (self.now, self._last)

    def reload(self) -> None:
        """After a transaction was undone: forget what it had moved."""
        self._last = self._store.meta("last_unique", self._last)
        self._saved = (None, None)
        self._next = None

    def schedule(self, at: Moment, kind: str, region: str = "", key: str = "", payload: Json = None) -> None:
        """Put something on the queue, replacing what had the same kind, region and key."""
        self._next = None
        self._store.run("DELETE FROM due WHERE kind = ? AND region = ? AND key = ?", (kind, region, key))
        self._store.run(
            "INSERT INTO due (at, kind, region, key, payload) VALUES (?, ?, ?, ?, ?)",
            (at, kind, region, key, dumps(payload)),
        )

    def cancel(self, kind: str, region: str = "", key: str = "") -> None:
        self._next = None
        self._store.run("DELETE FROM due WHERE kind = ? AND region = ? AND key = ?", (kind, region, key))

    def when(self, kind: str, region: str = "", key: str = "") -> Moment | None:
        """The moment something is due, or None when it is not on the queue."""
        row = self._store.one("SELECT at FROM due WHERE kind = ? AND region = ? AND key = ?", (kind, region, key))
        return row["at"] if row else None

    def next_due(self) -> Moment | None:
        """When the first thing on the queue is due; asked for between transactions."""
        if self._next is None:
            row = self._store.one("SELECT min(at) AS at FROM due")
            self._next = (row["at"] if row else None,)
        return self._next[0]

    def take(self, until: Moment) -> Due | None:
        """Remove and return the first thing due at or before `until`."""
        row = self._store.one("SELECT * FROM due WHERE at <= ? ORDER BY at, seq LIMIT 1", (until,))
        if row is None:
            return None
        self._next = None
        self._store.run("DELETE FROM due WHERE seq = ?", (row["seq"],))
        return Due(row["at"], row["kind"], row["region"], row["key"], loads(row["payload"]))

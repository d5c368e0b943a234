"""Recording: what one change costs a kept world, against writing its item down and nothing else."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from backend.engine.config import items
from backend.engine.context import Context
from backend.engine.engine import Engine, WorldOptions
from backend.engine.parts import local_aws
from backend.engine.store import dumps
from backend.engine.world import builder, estate, kinds
from backend.engine.world.estate import Link
from backend.model.moment import SECOND
from tests.benchmarks.measure import Ratio, ratio

CHANGES = 100
"""Measured at a time."""

_OPTIONS = WorldOptions(start=1_772_323_200_000, resources=300, past_days=3)
_EARLY, _LATE = 1_000, 100_000
_STEP = 6 * SECOND
"""Simulated time between two changes: 100,000 of them take a week."""


def recording(folder: Path) -> Iterator[Ratio]:
    """An item with its difference and edges, to a queue behind the topic and to the bus; each change on the disk."""
    folder.mkdir()
    early = _Changes(folder / "early")
    early.make(_EARLY)
    before = early.items()
    early.make(CHANGES)
    assert early.items() == before + CHANGES, "one change made more or less than one item"
    yield ratio(
        "a change recorded",
        lambda: early.make(CHANGES),
        _bare(folder / "bare.sqlite", early.newest()),
        "its item in a one-row SQLite commit",
        goal=8,
    )
    early.close()
    shutil.copytree(folder / "early", folder / "late")
    early, late = _Changes(folder / "early"), _Changes(folder / "late")
    with late.engine.store.transaction():
        late.make(_LATE - _EARLY)
    yield ratio(
        f"the {_LATE:,}th change",
        lambda: late.make(CHANGES),
        lambda: early.make(CHANGES),
        f"the {_EARLY:,}th",
        goal=1.3,
        rounds=9,
    )
    early.close()
    late.close()


class _Changes:
    """A kept world in which the functions of the estate change by turns, and nothing else happens."""

    def __init__(self, folder: Path) -> None:
        self.engine = Engine(folder, _OPTIONS, local_aws())
        if self.engine.new:
            builder.build(self.engine, _OPTIONS)
        self._functions = [each.resource_id for each in estate.of_type(self.engine.context(), kinds.FUNCTION)]
        self._made = 0

    def make(self, number: int) -> None:
        for _ in range(number):
            self._made += 1
            self.engine.act(self._change)

    def _change(self, ctx: Context) -> None:
        ctx.clock.move(ctx.now + _STEP)
        function = estate.get(ctx, kinds.FUNCTION, self._functions[self._made % len(self._functions)])
        assert function is not None
        changed = estate.edited(function, description=f"deployment {self._made}")
        # A link of which no item but its own tells.
        extra = (Link("Is associated with ", kinds.QUEUE, f"queue-{self._made}"),)
        links = (*(link for link in function.links if link.resource_type != kinds.QUEUE), *extra)
        estate.put(ctx, estate.changed(changed, links=links))

    def items(self) -> int:
        row = self.engine.store.one("SELECT count(*) AS number FROM items")
        return row["number"] if row else 0

    def newest(self) -> str:
        function = self._functions[self._made % len(self._functions)]
        return dumps(items.latest(self.engine.context(), kinds.FUNCTION, function))

    def close(self) -> None:
        self.engine.close()


def _bare(path: Path, body: str) -> Callable[[], object]:
    """As many commits of one row, in the journal mode of a kept world."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE items (captured INTEGER PRIMARY KEY, document TEXT NOT NULL)")

    def commits() -> None:
        for _ in range(CHANGES):
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO items (document) VALUES (?)", (body,))
            database.execute("COMMIT")

    return commits

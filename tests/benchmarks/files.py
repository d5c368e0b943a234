"""Files at the size of real estates: against inflating them once (F), a frame of a screen, or a walk by numpy."""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from isal import igzip

from backend.client.files import open_files
from backend.files.cache import Cache, state_of
from backend.files.columns import Numbers
from backend.files.comparison import FileSide
from backend.files.graph import FileGraph
from backend.files.heads import decode_heads
from backend.files.index import Index
from backend.files.paths import mentioning
from backend.files.read import slices
from backend.files.source import opened
from backend.files.table import Table
from backend.model.comparison import compare
from tests.benchmarks.estates import HUB, write_estate, write_hub
from tests.benchmarks.measure import Ratio, ratio, seconds
from tests.terminal import explorer, running

FRAME = 16.7
"""Milliseconds."""

_MEMORY = """
import json, re, sys
from pathlib import Path
from backend.files.index import Index
index = Index()
for _ in index.read(Path(sys.argv[1])):
    pass
index.freeze()
print(json.dumps(int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024))
"""
"""The high water mark of the process's own memory: what `getrusage` tells begins with that of the process it is begun
by, here the measuring one."""


def files(folder: Path, items: int, empty_app: str) -> Iterator[Ratio]:
    """All budgets of files for a snapshot of so many items."""
    folder.mkdir(parents=True)
    path = write_estate(folder / "snapshot.json.gz", items)
    said = f"{items:,} items"

    def inflate() -> None:
        _inflate(path)

    def against_f(name: str, work: Callable[[], object], goal: float, rounds: int = 3) -> Ratio:
        return ratio(f"{said}: {name}", work, inflate, "inflating the file once", goal=goal, rounds=rounds)

    yield _first_rows(path, said, empty_app)
    yield against_f("read as heads", lambda: _heads(path), 3)
    yield against_f("indexed with their bodies", lambda: _indexed(path).close(), 8)
    yield _memory(path, items, said)
    cache = Cache(folder / "cache", smallest=0)
    again, once = asyncio.run(_opened_again(path, cache))
    yield Ratio(f"{said}: opened again", again, once, "inflating the file once", 0.05)
    index = cache.find([path], state_of([path]))
    assert index is not None
    yield from _queries(Table(index), said, inflate)
    index.close()
    other = write_estate(folder / "other.json.gz", items, changed=100)
    yield ratio(
        f"{said}: compared with another snapshot, a hundredth changed",
        lambda: _compared(path, other),
        lambda: _indexed(path).close(),
        "indexing one",
        goal=2.5,
        rounds=1 if items > 100_000 else 3,
    )


def _inflate(path: Path) -> None:
    buffer = bytearray(1 << 20)
    with igzip.open(path) as file:
        while file.readinto(buffer):
            pass


def _heads(path: Path) -> None:
    with opened(path) as source:
        for _ in slices(source, decode_heads):
            pass


def _indexed(path: Path) -> Index:
    index = Index()
    for _ in index.read(path):
        pass
    index.freeze()
    return index


async def _opened(path: Path, cache: Cache) -> None:
    session = await open_files(path, cache=cache)
    assert session.resources is not None
    await session.resources.counts()
    await session.close()


async def _opened_again(path: Path, cache: Cache) -> tuple[float, float]:
    """Seconds of it, in a loop that runs already as that of whoever opens a file does, and of inflating the file."""
    await _opened(path, cache)
    pairs = []
    for _ in range(9):
        began = time.perf_counter()
        await _opened(path, cache)
        pairs.append((time.perf_counter() - began, seconds(lambda: _inflate(path))))
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def _compared(before: Path, after: Path) -> None:
    sides = FileSide(before), FileSide(after)
    compare(*sides)
    for side in sides:
        side.close()


def _first_rows(path: Path, said: str, empty_app: str) -> Ratio:
    def until(code: str, text: bytes) -> None:
        with running(code, 120, 36, {"HOME": str(path.parent)}) as terminal:
            terminal.wait_for(text)

    rows = explorer("open", "--no-cache", str(path))
    until(rows, b"instance-")  # compiles what is imported
    return ratio(
        f"{said}: first rows",
        lambda: until(rows, b"instance-"),
        lambda: until(empty_app, b"painted"),
        "first paint of an empty Textual app",
        goal=1.15,
    )


def _memory(path: Path, items: int, said: str) -> Ratio:
    """The peak of a process that only indexes, against what it may take."""
    told = subprocess.run([sys.executable, "-c", _MEMORY, str(path)], capture_output=True, check=True, text=True)
    allowed = 60 + 0.6 * items / 1000
    return Ratio(f"{said}: peak of memory while indexing, MB", json.loads(told.stdout), allowed, f"{allowed:.0f} MB", 1)


def _queries(table: Table, said: str, inflate: Callable[[], None]) -> Iterator[Ratio]:
    search, index = table.search, table.index
    table.rows()
    index.name_ranks()

    def milliseconds(name: str, work: Callable[[], object], goal: float) -> Ratio:
        work()
        took = sorted(seconds(work) * 1000 for _ in range(7))[3]
        return Ratio(f"{said}: {name}, ms", took, 1, "1 ms", goal)

    yield milliseconds("a word of the filter that few have", lambda: search.word("volume-21"), FRAME)
    yield milliseconds("a word of the filter that many have", lambda: search.word("instance"), FRAME)
    yield milliseconds("a letter that all have", lambda: search.word("e"), FRAME)
    by_type_and_tag = lambda: search.in_column("resource_type", ["volume"]) & search.tagged("team", "team-5")  # noqa: E731
    yield milliseconds("type and tag", by_type_and_tag, 1)
    numbers = iter(np.random.default_rng(1).integers(0, index.count, 100).tolist())
    yield milliseconds("one item", lambda: index.items([next(numbers)]), 2)
    yield ratio(
        f"{said}: a text anywhere in the bodies",
        lambda: mentioning(index, ["nowhere-to-be-found"]),
        inflate,
        "inflating the file once",
        goal=1,
        rounds=3,
    )


def blast(folder: Path) -> Iterator[Ratio]:
    """A walk over 8,400 dependents in the links of a file, against the same walk over bare arrays."""
    folder.mkdir(parents=True)
    index = _indexed(write_hub(folder / "hub.json.gz", 8_400))
    graph = FileGraph(index)
    graph.take_in(range(index.count))
    graph.join()
    hub = graph.number_of(HUB)
    assert hub is not None
    starts, ends = _bare(index)

    def bare() -> None:
        seen, front = np.zeros(index.count, bool), np.array([hub])
        while len(front):
            seen[front] = True
            counts = starts[front + 1] - starts[front]
            places = np.arange(counts.sum()) + np.repeat(starts[front] - np.cumsum(counts) + counts, counts)
            found = np.unique(ends[places])
            front = found[~seen[found]]

    assert sum(len(step.reached) for step in graph.walk(hub, 5)) == 8_400
    walk = ratio("blast radius of 8,400", lambda: list(graph.walk(hub, 5)), bare, "a walk by numpy", goal=2, rounds=21)
    yield walk
    took = sorted(seconds(lambda: graph.affected(HUB, 5)) * 1000 for _ in range(5))[2]
    yield Ratio("the same as objects, ms", took, 1, "1 ms")
    index.close()


def _bare(index: Index) -> tuple[Numbers, Numbers]:
    """For each row where those begin that are linked to it, and these."""
    ids, targets = index.column("resource_id"), index.columns["target"].values
    holders = np.searchsorted(index.column("links_end"), np.arange(len(targets)), side="right")
    row_of = np.full(len(index.ids), -1)
    row_of[ids] = np.arange(index.count)
    on = row_of[targets]
    order = np.argsort(on, kind="stable")
    return np.searchsorted(on[order], np.arange(index.count + 1)), holders[order]

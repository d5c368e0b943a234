"""Files in the place of an account: the same questions, answered from what the files hold."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from backend.files.cache import Cache, Place, stamp_of, together
from backend.files.columns import Numbers
from backend.files.graph import FileGraph
from backend.files.index import Index
from backend.files.parts import Part, told
from backend.files.source import called
from backend.files.table import Table
from backend.model.estate import Estate, Source, recording_gaps
from backend.model.item import ConfigurationItem, ResourceKey, ResourceSummary
from backend.model.moment import Moment
from backend.model.problem import BadInput, Problem
from backend.model.reading import OpenedFile, Reading, ReadState
from backend.model.spelling import same_type
from backend.model.standing import Standing, standing

BATCH = 1000
"""Resources in one batch of a listing."""

_COUNTED_AT_ONCE = 20_000
"""Rows that are counted sooner than a thread begins to."""
_FOUND_AT_ONCE = 16 << 20
"""Bytes of files whose kept index is found, a millisecond's work, sooner than a thread begins to."""


class FileInventory:
    """Snapshot and history files, several of them taken together.

    `begin` reads the beginning, `close` ends; in between the files are read on in a thread, slice by slice, and
    every question waits for as much as it needs.
    """

    def __init__(self, paths: Sequence[Path], cache: Cache | None = None, largest: int | None = None) -> None:
        """`cache` is where the index is kept and, if the files are as they were, found again.

        `largest` are the bytes that each file may inflate to, in place of the usual limits.
        """
        self.paths = tuple(paths)
        self._cache = cache
        self._largest = largest
        self._place: Place | None = None
        self.graph: FileGraph | None = None
        """The links of all, as far as they were read."""
        self.recorded: FileGraph | None = None
        """The recorded ones alone, from when they are asked for until all are there."""
        self.linked = False
        """Whether all were."""
        self.linking = asyncio.Lock()
        """Held by whoever reads them on."""
        self._tables: dict[Moment | None, Table] = {}
        self.account = ""
        self.region = ""
        self.index: Index
        """What is read, from `begin` on."""
        self.ready = 0
        """Rows that can be used."""
        self.finished = False
        self.failure: Exception | None = None
        """Why the reading ended early, if it did."""
        self._began = time.monotonic()
        stamps = [stamp_of(path) for path in self.paths]
        self._state = together(stamps)
        self._sizes = [stamp[1] if stamp is not None else None for stamp in stamps]
        self._size = sum(size for size in self._sizes if size is not None)
        """Bytes of those of which that is known, as it is not of a pipe."""
        self._ended = self._not_kept = ""
        self.flaws: tuple[str, ...] = ()
        """Why files were not read, or not to their end; the first is `failure`."""
        self._stopping = False
        self._reading: asyncio.Task[None] | None = None
        self._moved = asyncio.Condition()

    async def begin(self) -> None:
        """Start reading; returns when there is something to see. Raises `BadInput` for a file that has no items."""
        if self._size > _FOUND_AT_ONCE or not self._find_kept():
            await asyncio.to_thread(self._prepare)
        if not self.finished:
            self._reading = asyncio.create_task(self._read_on(), name="reading files")
        await self.wait_beyond(0)
        if self.ready == 0 and self.failure is not None:
            await self.close()
            raise self.failure
        some = range(min(self.ready, BATCH))
        self.account = next(filter(None, (self.index.text("account", row) for row in some)), "")
        regions = (self.index.text("region", row) for row in some)
        self.region = next((region for region in regions if region not in ("", "global")), "")

    def _find_kept(self) -> bool:
        kept = self._cache.find(self.paths, self._state) if self._cache is not None else None
        if kept is not None:
            self.index, self.ready, self.finished = kept, kept.count, True
        return kept is not None

    def _prepare(self) -> None:
        if self._find_kept():
            return
        self._place = self._cache.begin(self.paths, self._state) if self._cache is not None else None
        self.index = Index(self._place.bodies if self._place is not None else None)

    @property
    def single(self) -> bool:
        """Whether no resource comes twice, so that what was read of one is all of it."""
        return len(self.paths) == 1 and self.index.snapshot

    async def wait_beyond(self, count: int) -> bool:
        """Wait until more than `count` rows are ready; False when there will be none."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.ready > count or self.finished)
        return self.ready > count

    async def wait(self) -> None:
        """Wait until all is read that can be; `failure` tells when that was not all."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.finished)

    def table(self, moment: Moment | None = None) -> Table:
        """The resources that are known by now by columns, as they were at a moment."""
        known = self._tables.get(moment)
        if known is None or known.index.count != self.index.count or known.index.frozen != self.index.frozen:
            # That of now stays; of the past, one is looked at.
            self._tables = {time: table for time, table in self._tables.items() if time is None}
            self._tables[moment] = Table(self.index, moment)
        return self._tables[moment]

    async def settled(self) -> None:
        """Wait until all is read. Raises `BadInput` for what could not be."""
        await self.wait()
        if self.failure is not None:
            raise self.failure

    def told_of(self, key: ResourceKey) -> tuple[str, ...]:
        """What the files say of a resource where that is more than its items; a sentence each."""
        index = self.index
        return tuple(told(index.parts, index.of_one_place(index.rows_of(key)).tolist(), index.places()))

    async def close(self) -> None:
        self._stopping = True
        if self._reading is not None:
            await self._reading
        self.index.close()

    async def _read_on(self) -> None:
        parts = self._parts()
        try:
            # A slice takes some milliseconds, most of them without the interpreter lock.
            while not self._stopping and (count := await asyncio.to_thread(next, parts, None)) is not None:
                await self._tell(count)
        except Exception as error:  # noqa: BLE001 - kept for whoever asks; `wait` raises it
            self.failure = error
        try:
            await asyncio.to_thread(self._settle)
        except Problem as problem:
            self.failure = self.failure or problem
        finally:
            self.finished = True  # whatever happened: nobody may wait for ever
            await self._tell(self.ready)

    def _parts(self) -> Iterator[int]:
        """Each file after the other; one that cannot be read, or not to its end, does not keep the others away."""
        flaws: list[BadInput] = []
        for path in self.paths:
            try:
                yield from self.index.read(path, self._largest)
            except BadInput as flaw:
                flaws.append(flaw)
        if flaws:
            self.flaws = tuple(map(str, flaws))
            raise flaws[0]

    def _settle(self) -> None:
        """All is read that will be: give up what only reading needs, and keep what is whole."""
        try:
            self.index.freeze()
        except Problem:
            if self._cache is not None and self._place is not None:
                self._cache.drop(self._place)
            raise
        index = self.index
        of_all = (index.newest_rows, index.type_counts, index.name_ranks, index.letters, index.id_order, index.twins)
        for work_out in (*of_all, index.living):
            work_out()  # here, where nobody waits for it
        if self._cache is None or self._place is None:
            return
        if self._stopping or self.failure is not None or self.index.bodies.full:
            self._cache.drop(self._place)
            if self.index.bodies.full:
                self._not_kept = f"The index is not kept: {self.index.bodies.full} in the cache folder."
        else:
            self._not_kept = self._cache.keep(self._place, self.paths, self.index)

    def remarks(self, moment: Moment | None = None) -> tuple[str, ...]:
        """What was left out, what could not be read, and what is not known of a moment; a sentence each."""
        own = filter(None, (self._ended, self._not_kept))
        return (*own, *self.flaws[1:], *(one.told() for one in self.index.skipped), *self.unknown(moment))

    def unknown(self, moment: Moment | None) -> tuple[str, ...]:
        """What files do not tell of a moment."""
        times = self.index.column("captured")
        if moment is None or not len(times):
            return ()
        if moment > times.max():
            return ("The files end before this moment: what changed after them is not known.",)
        if moment < times.min():
            return ("The files begin after this moment: nothing of then is in them.",)
        return ("Only what the files hold is known: a snapshot has no older items than its own.",)

    def files(self) -> tuple[OpenedFile, ...]:
        """The files as far as each is read."""
        parts, found, start = self.index.parts, list[OpenedFile](), 0
        for number, (path, size) in enumerate(zip(self.paths, self._sizes, strict=True)):
            part = parts[number] if number < len(parts) else Part(called(path), start)
            over = self.finished or number + 1 < len(parts)
            state: ReadState = "whole" if part.whole else "broken" if over else "reading"
            if number >= len(parts):
                state = "unread" if self.finished else "waits"
            items, latest = part.end - start, part.moment or None
            found.append(OpenedFile(path, part.name, size, items, part.snapshot, latest, state, self._largest))
            start = part.end
        return tuple(found)

    def reading(self) -> Reading | None:
        """How far the reading is; None when it is over."""
        if self.finished:
            return None
        return Reading(self.ready, self.index.position, self._size or None, time.monotonic() - self._began)

    def stop(self) -> None:
        """End the reading; what was read stays."""
        reading = self.reading()
        if reading is not None and not self._stopping:
            self._stopping = True
            part = f" at {100 * reading.done // reading.size} %" if reading.size else ""
            self._ended = f"The reading was ended{part}: what was not read is not known."

    async def _tell(self, count: int) -> None:
        async with self._moved:
            self.ready = count
            self._moved.notify_all()


class FileResources:
    """The inventory of files, and the items in them; deleted resources are listed with the time of their deletion."""

    def __init__(self, inventory: FileInventory, moment: Moment | None = None) -> None:
        """As they were at a moment; None: as they are at the end."""
        self._inventory = inventory
        self._moment = moment
        self._known_sources: tuple[Source, ...] = ()
        self._counts: dict[str, int] | None = None

    async def counts(self) -> dict[str, int]:
        """Counted once: all that is read stays as it is."""
        await self._inventory.wait()
        if self._counts is None:
            few = self._inventory.index.count <= _COUNTED_AT_ONCE
            self._counts = self._count() if few else await asyncio.to_thread(self._count)
        return dict(self._counts)

    def _count(self) -> dict[str, int]:
        if self._moment is not None:
            table = self._inventory.table(self._moment)
            return table.counted("type", table.rows())
        index = self._inventory.index
        counts = index.type_counts()
        found = {index.words.texts.text(word): int(counts[word]) for word in np.flatnonzero(counts).tolist()}
        return dict(sorted(found.items(), key=lambda entry: (not entry[0], -entry[1], entry[0])))

    async def listing(self, resource_type: str | None = None) -> AsyncIterator[list[ResourceSummary]]:
        """Batch by batch, once all is read. A flaw is raised after what could be read."""
        async for rows in self._rows():
            table = self._inventory.table(self._moment)  # not before all is read
            batch = [table.summary(row) for row in rows]
            if resource_type is not None:
                batch = [one for one in batch if same_type(one.resource_type, resource_type)]
            if batch:
                yield batch
        if self._inventory.failure is not None:
            raise self._inventory.failure

    async def standings(self, since: Moment | None = None) -> AsyncIterator[list[Standing]]:
        """How every resource stands, batch by batch; also a deleted one, which a file lists as well."""
        await self._inventory.wait()
        index = self._inventory.index
        newest = await asyncio.to_thread(index.newest_rows, self._moment)
        if since is not None:
            newest = newest[index.column("captured")[newest] >= since]
        for first in range(0, len(newest), BATCH):
            items = await asyncio.to_thread(index.items, newest[first : first + BATCH])
            yield [standing(item) for item in items]

    async def deleted(self, types: Sequence[str]) -> AsyncIterator[list[ResourceSummary]]:
        """Deleted resources of these types."""
        async for batch in self.listing():
            if gone := [each for each in batch if each.deletion_time is not None and each.resource_type in types]:
                yield gone

    async def of_type(self, resource_type: str) -> AsyncIterator[list[ConfigurationItem]]:
        """The newest items of all resources of a type, batch by batch."""
        await self._inventory.wait()
        index = self._inventory.index
        rows = await asyncio.to_thread(self._living_of_type, resource_type)
        for first in range(0, len(rows), BATCH):
            yield await asyncio.to_thread(index.items, rows[first : first + BATCH])

    def _living_of_type(self, resource_type: str) -> Numbers:
        index = self._inventory.index
        rows = index.newest_rows(self._moment)
        meant: Numbers = index.column("resource_type")[rows] == index.words.find(resource_type)
        found: Numbers = rows[meant & index.living(self._moment)[rows]]
        return found

    async def types(self) -> tuple[str, ...]:
        """The types that the files have resources of."""
        return tuple(sorted(await self.counts()))

    async def _rows(self) -> AsyncIterator[Sequence[int]]:
        await self._inventory.wait()  # what a history file says is known at its end: a resource may have been deleted
        rows = await asyncio.to_thread(self._inventory.index.newest_rows, self._moment)
        for first in range(0, len(rows), BATCH):
            yield rows[first : first + BATCH].tolist()
            await asyncio.sleep(0)

    async def item(self, key: ResourceKey) -> ConfigurationItem | None:
        found = await self.history(key, limit=1)
        return found[0] if found else None

    async def history(
        self, key: ResourceKey, earlier: Moment | None = None, later: Moment | None = None, limit: int = 100
    ) -> list[ConfigurationItem]:
        index = self._inventory.index.fixed()
        if self._moment is not None:
            later = self._moment if later is None else min(later, self._moment)
        if not (self._inventory.single and index.newest(key) is not None):
            await self._inventory.wait()
            index = self._inventory.index
        rows = index.of_one_place(index.rows_of(key))
        captured = index.column("captured")[rows]
        known = np.ones(len(rows), bool)
        if earlier is not None:
            known &= captured >= earlier
        if later is not None:
            known &= captured <= later
        return await asyncio.to_thread(_different, index, rows[known], limit)

    async def as_of(self, key: ResourceKey, moment: Moment) -> ConfigurationItem | None:
        found = await self.history(key, later=moment, limit=1)
        return found[0] if found else None

    async def next_change(
        self, moment: Moment, *, back: bool = False, report: Callable[[int, int, str], None] | None = None
    ) -> Moment | None:
        await self._inventory.wait()
        times = self._inventory.index.column("captured")
        found = times[times < moment] if back else times[times > moment]
        if not len(found):
            return None
        return int(found.max() if back else found.min())

    async def estate(
        self, moment: Moment | None = None, report: Callable[[int, int, str], None] | None = None
    ) -> Estate:
        """What the files say of a moment; they may begin after it."""
        await self._inventory.wait()
        index = self._inventory.index
        newest = await asyncio.to_thread(index.newest_rows, moment)
        living = (await asyncio.to_thread(index.living, moment))[newest]
        there, gone = newest[living], newest[~living].tolist()
        items: dict[ResourceKey, ConfigurationItem] = {}
        for first in range(0, len(there), BATCH):
            found = await asyncio.to_thread(index.items, there[first : first + BATCH])
            items |= {item.key: item for item in found}
            if report is not None:
                report(len(items), len(there), "resources")
        recorder = Estate(items=items).recorder
        gaps = [f"{self._inventory.failure}"] if self._inventory.failure is not None else []
        gaps += self._inventory.unknown(moment)
        if recorder is not None:
            gaps += recording_gaps(recorder)
        return Estate(
            moment=moment,
            items=items,
            deleted={index.key(row): index.captured(row) for row in gone},
            sources=await self._sources(),
            gaps=tuple(gaps),
        )

    async def _sources(self) -> tuple[Source, ...]:
        """The files with their hashes, read once."""
        if not self._known_sources:
            self._known_sources = tuple([await asyncio.to_thread(_source, path) for path in self._inventory.paths])
        return self._known_sources


def _different(index: Index, rows: Numbers, limit: int) -> list[ConfigurationItem]:
    """The items of rows, each once: snapshots have an item again and again, as long as it is the newest."""
    found: list[ConfigurationItem] = []
    at_once = min(BATCH, max(limit, 10))
    for first in range(0, len(rows), at_once):
        for item in index.items(rows[first : first + at_once]):
            if not found or item != found[-1]:
                found.append(item)
            if len(found) == limit:
                return found
    return found


def _source(path: Path) -> Source:
    with path.open("rb") as file:
        return Source(kind="file", key=str(path), sha256=hashlib.file_digest(file, "sha256").hexdigest())

"""Files in the place of an account: the same questions, answered from what the files hold."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from backend.files.index import Index, Row
from backend.model import derived
from backend.model.estate import Estate, Source, recording_gaps
from backend.model.item import ConfigurationItem, Relationship, ResourceKey, ResourceSummary
from backend.model.moment import Moment
from backend.model.problem import BadInput
from backend.model.reading import Reading
from backend.model.spelling import fold, same_type
from backend.model.standing import Standing, standing
from backend.model.usage import Graph, Impact, Usage, incoming

BATCH = 1000
"""Resources in one batch of a listing."""

INCOMING = 500
"""Links of others to a resource that are looked up; a role can have tens of thousands."""


class FileInventory:
    """Snapshot and history files, several of them taken together.

    `begin` reads the beginning, `close` ends; in between the files are read on in a thread, slice by slice, and
    every question waits for as much as it needs.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = tuple(paths)
        self.account = ""
        self.region = ""
        self.resources = FileResources(self)
        self.relationships = FileRelationships(self)
        self.index = Index()
        self.ready = 0
        """Rows that can be used."""
        self.finished = False
        self.failure: Exception | None = None
        """Why the reading ended early, if it did."""
        self._began = time.monotonic()
        self._size = sum(path.stat().st_size for path in self.paths if path.is_file())
        self._ended = ""
        self.flaws: tuple[str, ...] = ()
        """Why files were not read, or not to their end; the first is `failure`."""
        self._stopping = False
        self._reading: asyncio.Task[None] | None = None
        self._moved = asyncio.Condition()

    async def begin(self) -> None:
        """Start reading; returns when there is something to see. Raises `BadInput` for a file that has no items."""
        self._reading = asyncio.create_task(self._read_on(), name="reading files")
        await self.wait_beyond(0)
        if self.ready == 0 and self.failure is not None:
            await self.close()
            raise self.failure
        rows = self.index.rows[: self.ready]
        self.account = next((row.account for row in rows if row.account), "")
        self.region = next((row.region for row in rows if row.region not in ("", "global")), "")

    async def wait_beyond(self, count: int) -> bool:
        """Wait until more than `count` rows are ready; False when there will be none."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.ready > count or self.finished)
        return self.ready > count

    async def wait(self) -> None:
        """Wait until all is read that can be; `failure` tells when that was not all."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.finished)

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
        finally:
            self.finished = True
            await self._tell(self.ready)

    def _parts(self) -> Iterator[int]:
        """Each file after the other; one that cannot be read, or not to its end, does not keep the others away."""
        flaws: list[BadInput] = []
        for path in self.paths:
            try:
                yield from self.index.read(path)
            except BadInput as flaw:
                flaws.append(flaw)
        if flaws:
            self.flaws = tuple(map(str, flaws))
            raise flaws[0]

    def remarks(self) -> tuple[str, ...]:
        """What was left out, and what could not be read, a sentence each."""
        ended = (self._ended,) if self._ended else ()
        return (*ended, *self.flaws[1:], *(one.told() for one in self.index.skipped))

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

    def __init__(self, inventory: FileInventory) -> None:
        self._inventory = inventory
        self._known_sources: tuple[Source, ...] = ()
        self._counts: dict[str, int] | None = None

    async def counts(self) -> dict[str, int]:
        """Counted once: all that is read stays as it is."""
        await self._inventory.wait()
        if self._counts is None:
            self._counts = await asyncio.to_thread(self._count)
        return dict(self._counts)

    def _count(self) -> dict[str, int]:
        counted = Counter(row.resource_type for row in self._inventory.index.newest_rows())
        return dict(sorted(counted.items(), key=lambda entry: (-entry[1], entry[0])))

    async def listing(self, resource_type: str | None = None) -> AsyncIterator[list[ResourceSummary]]:
        """Batch by batch; of a snapshot while it is being read. A flaw is raised after what could be read."""
        async for rows in self._rows():
            batch = [
                _summary(row) for row in rows if resource_type is None or same_type(row.resource_type, resource_type)
            ]
            if batch:
                yield batch
        if self._inventory.failure is not None:
            raise self._inventory.failure

    async def standings(self, since: Moment | None = None) -> AsyncIterator[list[Standing]]:
        """How every resource stands, batch by batch; also a deleted one, which a file lists as well."""
        await self._inventory.wait()
        index = self._inventory.index
        newest = [number for number in index.newest_numbers() if since is None or index.rows[number].captured >= since]
        for first in range(0, len(newest), BATCH):
            items = await asyncio.to_thread(index.items, newest[first : first + BATCH])
            yield [standing(item) for item in items]

    async def deleted(self, types: Sequence[str]) -> AsyncIterator[list[ResourceSummary]]:
        """Deleted resources of these types."""
        async for batch in self.listing():
            if gone := [each for each in batch if each.deletion_time is not None and each.resource_type in types]:
                yield gone

    async def types(self) -> tuple[str, ...]:
        """The types that the files have resources of."""
        return tuple(sorted(await self.counts()))

    async def _rows(self) -> AsyncIterator[Sequence[Row]]:
        inventory = self._inventory
        if len(inventory.paths) == 1 and inventory.index.snapshot:
            done = 0
            while await inventory.wait_beyond(done):
                until = min(inventory.ready, done + BATCH)
                yield inventory.index.rows[done:until]
                done = until
        else:
            # What a history file says of a resource is known at its end only: it may have been deleted.
            await inventory.wait()
            rows = list(inventory.index.newest_rows())
            for first in range(0, len(rows), BATCH):
                yield rows[first : first + BATCH]
                await asyncio.sleep(0)

    async def item(self, key: ResourceKey) -> ConfigurationItem | None:
        found = await self.history(key, limit=1)
        return found[0] if found else None

    async def history(
        self, key: ResourceKey, earlier: Moment | None = None, later: Moment | None = None, limit: int = 100
    ) -> list[ConfigurationItem]:
        await self._inventory.wait()
        index = self._inventory.index
        numbers = [
            number
            for number in index.all_of(key)
            if (earlier is None or index.rows[number].captured >= earlier)
            and (later is None or index.rows[number].captured <= later)
        ]
        return await asyncio.to_thread(index.items, numbers[:limit])

    async def as_of(self, key: ResourceKey, moment: Moment) -> ConfigurationItem | None:
        found = await self.history(key, later=moment, limit=1)
        return found[0] if found else None

    async def next_change(
        self, moment: Moment, *, back: bool = False, report: Callable[[int, int, str], None] | None = None
    ) -> Moment | None:
        await self._inventory.wait()
        times = (row.captured for row in self._inventory.index.rows)
        if back:
            return max((time for time in times if time < moment), default=None)
        return min((time for time in times if time > moment), default=None)

    async def estate(
        self, moment: Moment | None = None, report: Callable[[int, int, str], None] | None = None
    ) -> Estate:
        """What the files say of a moment; they may begin after it."""
        await self._inventory.wait()
        index = self._inventory.index
        newest = await asyncio.to_thread(lambda: list(index.newest_numbers(moment)))
        there = [number for number in newest if not index.rows[number].deleted]
        items: dict[ResourceKey, ConfigurationItem] = {}
        for first in range(0, len(there), BATCH):
            found = await asyncio.to_thread(index.items, there[first : first + BATCH])
            items |= {item.key: item for item in found}
            if report is not None:
                report(len(items), len(there), "resources")
        recorder = Estate(items=items).recorder
        gaps = [f"{self._inventory.failure}"] if self._inventory.failure is not None else []
        if index.rows and moment is not None:
            first_time, last_time = await asyncio.to_thread(_span, index)
            if moment > last_time:
                gaps.append("The files end before this moment: what changed after them is not known.")
            elif moment < first_time:
                gaps.append("The files begin after this moment: nothing of then is in them.")
            else:
                gaps.append("Only what the files hold is known: a snapshot has no older items than its own.")
        if recorder is not None:
            gaps += recording_gaps(recorder)
        return Estate(
            moment=moment,
            items=items,
            deleted={
                index.rows[number].key: index.rows[number].captured for number in newest if index.rows[number].deleted
            },
            sources=await self._sources(),
            gaps=tuple(gaps),
        )

    async def _sources(self) -> tuple[Source, ...]:
        """The files with their hashes, read once."""
        if not self._known_sources:
            self._known_sources = tuple([await asyncio.to_thread(_source, path) for path in self._inventory.paths])
        return self._known_sources


class FileRelationships:
    """Links in both directions: what the item says and shows, and what items of others say and show of it."""

    def __init__(self, inventory: FileInventory) -> None:
        self._inventory = inventory

    async def neighbours(self, key: ResourceKey) -> tuple[Relationship, ...]:
        await self._inventory.wait()
        return await asyncio.to_thread(neighbours, self._inventory.index, key)

    async def used_by(self, key: ResourceKey) -> Usage:
        await self._inventory.wait()
        return await asyncio.to_thread(used_by, self._inventory.index, key)

    async def impact(self, key: ResourceKey, steps: int = 3) -> Impact:
        await self._inventory.wait()
        return await asyncio.to_thread(impact, self._inventory.index, key, steps)

    async def whole(self, report: Callable[[int, int], None] | None = None, most: int = 0) -> Graph:
        """Reading files costs no calls: all of them are read, whatever `most` says."""
        await self._inventory.wait()
        index = self._inventory.index
        newest = _living(index)
        graph = Graph()
        for first in range(0, len(newest), BATCH):
            await asyncio.to_thread(_take_in, graph, index, newest[first : first + BATCH])
            if report is not None:
                report(min(first + BATCH, len(newest)), len(newest))
        return graph


def neighbours(index: Index, key: ResourceKey) -> tuple[Relationship, ...]:
    """The links of the newest item, each with the target's own spelling where the target is in the files (REL-08).

    Recorded links come first, then those derived from its configuration, then what others have to it.
    """
    number = index.newest(key)
    if number is None:
        return ()
    [item] = index.items([number])
    own = tuple(_resolved(index, link) for link in (*item.relationships, *derived.links(item)))
    known = {fold(ResourceKey(link.resource_type, link.resource_id or "")) for link in own}
    return own + tuple(
        link
        for link in _incoming(index, item, number).links
        if fold(ResourceKey(link.resource_type, link.resource_id or "")) not in known
    )


def used_by(index: Index, key: ResourceKey) -> Usage:
    """Who has a link to a resource, whether it knows of that itself or not."""
    number = index.newest(key)
    if number is None:
        return Usage()
    [item] = index.items([number])
    return _incoming(index, item, number)


def impact(index: Index, key: ResourceKey, steps: int) -> Impact:
    """What a change of a resource could affect; reads every item once."""
    graph = Graph()
    newest = _living(index)
    for first in range(0, len(newest), BATCH):
        _take_in(graph, index, newest[first : first + BATCH])
    return Impact(reached=graph.affected(key, steps))


def _living(index: Index) -> list[int]:
    return [number for number in index.newest_numbers() if not index.rows[number].deleted]


def _take_in(graph: Graph, index: Index, numbers: Sequence[int]) -> None:
    for item in index.items(numbers):
        graph.add(item)


def _incoming(index: Index, item: ConfigurationItem, number: int) -> Usage:
    """Links of the newest items of others to this one; one for each of them, the recorded one where there are two."""
    mentions = index.mentioning(derived.spellings(item))
    others = [
        other
        for other in dict.fromkeys((*index.referring(item.resource_id, item.resource_name), *mentions))
        if index.newest(index.rows[other].key) == other and not index.rows[other].deleted and other != number
    ]
    found = []
    for other in index.items(others[:INCOMING]):
        link = derived.link_to(other, item)
        if link is not None:
            found.append(incoming(link, other))
    limit = f"only {INCOMING} of {len(others)} resources that mention it were looked at"
    return Usage(links=tuple(found), limit=limit if len(others) > INCOMING else "")


def _resolved(index: Index, link: Relationship) -> Relationship:
    number = None
    if link.resource_id:
        number = index.newest(ResourceKey(link.resource_type, link.resource_id))
    if number is None and link.resource_name:
        number = index.named(link.resource_type, link.resource_name)
    if number is None:
        return link
    row = index.rows[number]
    return msgspec.structs.replace(
        link, resource_type=row.resource_type, resource_id=row.resource_id, resource_name=row.resource_name
    )


def _span(index: Index) -> tuple[Moment, Moment]:
    """The oldest and the newest time of an item."""
    times = [row.captured for row in index.rows]
    return min(times), max(times)


def _source(path: Path) -> Source:
    with path.open("rb") as file:
        return Source(kind="file", key=str(path), sha256=hashlib.file_digest(file, "sha256").hexdigest())


def _summary(row: Row) -> ResourceSummary:
    return ResourceSummary(
        resource_type=row.resource_type,
        resource_id=row.resource_id,
        resource_name=row.resource_name,
        region=row.region,
        deletion_time=row.captured if row.deleted else None,
    )

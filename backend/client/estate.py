"""All resources at a moment, over the API.

AWS answers for now at once and for a moment only resource by resource. So the newest items of all are read, and only
what changed since the moment is undone: a resource whose newest item is older than the moment is as it was, and only
the others, and those that were deleted since, take a call each. A reading stays good for every moment before it, and
so does what a history told, so that stepping from change to change asks for little.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field

from backend.client.api import Api
from backend.client.history import WINDOW, History
from backend.client.listing import list_types
from backend.client.reading import Reading
from backend.client.together import four_at_a_time
from backend.model.estate import Estate, Source, recording_gaps
from backend.model.item import ConfigurationItem, ResourceKey
from backend.model.moment import MINUTE, Moment

Report = Callable[[int, int, str], None]
"""Told how many of how many are done, and of what; a total of 0 is one that is not known."""

READ = 20_000
"""Resources that are read at most; more would take minutes and the memory of a small machine."""

UNDONE = 2_000
"""Histories that are asked for at most for one moment; at four at a time, about a minute on AWS."""

KEPT = 4
"""Estates of the past that are kept."""

_FIRST = "ResourceDiscovered"
"""The status of the first item of a resource."""

REMEMBERED = 50_000
"""Stretches of time that are remembered of resources."""

SETTLED = 15 * MINUTE
"""How old a moment must be before nothing about it is expected to arrive any more."""


@dataclass
class _Newest:
    """The newest items of all resources at one time, and what was deleted until then."""

    read_at: Moment
    items: dict[ResourceKey, ConfigurationItem]
    limit: str
    bodies_only: bool
    deleted: dict[ResourceKey, Moment] = field(default_factory=dict)
    knows_deleted: bool = False


@dataclass(frozen=True)
class _Stretch:
    """From `begin` to `end` (both included) the newest item of a resource was this one; None: there was none."""

    begin: Moment
    end: Moment
    item: ConfigurationItem | None


class Estates:
    """Puts together what was there at a moment.

    `counts` tells which types there are, `item` reads a single resource.
    """

    def __init__(
        self,
        api: Api,
        now: Callable[[], Moment],
        history: History,
        counts: Callable[[], Awaitable[Mapping[str, int]]],
        item: Callable[[ResourceKey], Awaitable[ConfigurationItem | None]],
    ) -> None:
        self._api = api
        self._now = now
        self._history = history
        self._counts = counts
        self._item = item
        self._newest: _Newest | None = None
        self._stretches: dict[ResourceKey, list[_Stretch]] = {}
        self._remembered = 0
        self._kept: dict[Moment, Estate] = {}
        self._working = asyncio.Lock()

    async def at(self, moment: Moment | None, report: Report | None = None) -> Estate:
        """The estate at a moment; None: now. Two who ask at a time wait for each other, and share what was read."""
        tell = report or _silent
        async with self._working:
            if moment is None:
                return _of_now(await self._read(tell))
            if moment in self._kept:
                # Looked at again: the last to go.
                self._kept[moment] = self._kept.pop(moment)
                return self._kept[moment]
            now = self._now()
            if moment > now:
                return _to_come(moment, await self._read(tell))
            estate = await self._put_together(moment, tell)
            if moment <= now - SETTLED:
                self._kept[moment] = estate
                while len(self._kept) > KEPT:
                    del self._kept[next(iter(self._kept))]
            return estate

    async def next_change(self, moment: Moment, *, back: bool, report: Report | None = None) -> Moment | None:
        """When anything changed next after a moment, or last before it."""
        tell = report or _silent
        if back:
            estate = await self.at(moment - 1, tell)
            times = [item.capture_time for item in estate.items.values()]
            return max([*times, *estate.deleted.values()], default=None)
        async with self._working:
            newest = await self._until_now(moment, tell)
            last = {key: item.capture_time for key, item in newest.items.items()} | {
                key: time for key, time in newest.deleted.items() if key not in newest.items
            }
            later = {key: time for key, time in last.items() if time > moment}
            firsts: list[Moment] = []
            waiting = iter(sorted(later, key=later.__getitem__)[:UNDONE])

            async def work() -> None:
                for key in waiting:
                    # What is later than the earliest one found so far is of no interest.
                    until = min([later[key], *firsts])
                    after = await self._history.of(key, moment + 1, until, limit=100)
                    firsts.extend(item.capture_time for item in after[-1:])
                    tell(len(firsts), len(later), "histories")

            await four_at_a_time(work)
            return min(firsts, default=None)

    async def _until_now(self, moment: Moment, tell: Report) -> _Newest:
        """A reading that is good for a moment, with what was deleted until then."""
        newest = self._newest
        if newest is None or moment > newest.read_at - SETTLED:
            newest = self._newest = await self._read(tell)
        if not newest.knows_deleted:
            await self._read_deleted(newest, tell)
        return newest

    async def _put_together(self, moment: Moment, tell: Report) -> Estate:
        newest = await self._until_now(moment, tell)
        items = {key: item for key, item in newest.items.items() if item.capture_time <= moment}
        gone = {key: time for key, time in newest.deleted.items() if time <= moment and key not in newest.items}
        open_ones = [key for key, item in newest.items.items() if item.capture_time > moment]
        open_ones += [key for key, time in newest.deleted.items() if time > moment and key not in newest.items]
        gaps = list(_reading_gaps(newest))
        if len(open_ones) > UNDONE:
            gaps.append(
                f"{len(open_ones)} resources changed since; only {UNDONE} of them were looked up, "
                f"the other {len(open_ones) - UNDONE} are missing here."
            )
            open_ones = open_ones[:UNDONE]
        for key, found in (await self._undo(open_ones, moment, newest, tell)).items():
            if found is None:
                continue
            if found.deleted:
                gone[key] = found.capture_time
            else:
                items[key] = found
        if not items:
            gaps.append("No item of then is known: recording had not begun, or the items are no longer kept.")
        estate = Estate(moment=moment, items=items, deleted=gone, sources=(Source(kind="API"),))
        return Estate(
            moment=moment,
            items=items,
            deleted=gone,
            sources=estate.sources,
            gaps=(*gaps, *(recording_gaps(estate.recorder) if items else ())),
        )

    async def _read(self, tell: Report) -> _Newest:
        """The newest items of all, read now."""
        read_at = self._now()
        total = sum((await self._counts()).values())
        reading = Reading(self._api, self._counts, self._item, READ)
        items: dict[ResourceKey, ConfigurationItem] = {}
        async with contextlib.aclosing(reading.items()) as arriving:
            async for item in arriving:
                items[item.key] = item
                if len(items) % 100 == 0:
                    tell(len(items), total, "resources")
        return _Newest(read_at, items, reading.limit(), reading.bodies_only)

    async def _read_deleted(self, newest: _Newest, tell: Report) -> None:
        """What was deleted so far; a type may have had its last resource deleted, so all types are asked."""
        types = list(dict.fromkeys([*(await self._counts()), *await self._api.words("config", "ResourceType")]))
        asked = 0

        def took(_: str) -> None:
            nonlocal asked
            asked += 1
            tell(asked, len(types), "types with deleted resources")

        async with contextlib.aclosing(list_types(self._api, types, deleted=True, asked=took)) as pages:
            async for page in pages:
                newest.deleted |= {each.key: each.deletion_time for each in page if each.deletion_time is not None}
        newest.knows_deleted = True

    async def _undo(
        self, keys: list[ResourceKey], moment: Moment, newest: _Newest, tell: Report
    ) -> dict[ResourceKey, ConfigurationItem | None]:
        """The item that was true at a moment of each resource, four at a time."""
        found: dict[ResourceKey, ConfigurationItem | None] = {}
        waiting = iter(keys)

        async def work() -> None:
            for key in waiting:
                found[key] = await self._at(key, moment, newest)
                tell(len(found), len(keys), "histories")

        await four_at_a_time(work)
        return found

    async def _at(self, key: ResourceKey, moment: Moment, newest: _Newest) -> ConfigurationItem | None:
        for stretch in self._stretches.get(key, ()):
            if stretch.begin <= moment <= stretch.end:
                return stretch.item
        item = await self._asked(key, moment, newest)
        if self._remembered >= REMEMBERED:
            self._stretches.clear()
            self._remembered = 0
        self._remembered += 1
        begin = item.capture_time if item is not None else moment
        self._stretches.setdefault(key, []).append(_Stretch(begin, moment, item))
        return item

    async def _asked(self, key: ResourceKey, moment: Moment, newest: _Newest) -> ConfigurationItem | None:
        """As `_at`, asked of AWS. Most changed in the week before; for others a longer walk must be worth it."""
        recent = await self._history.of(key, moment - WINDOW, moment, limit=1)
        if recent:
            return recent[0]
        now = newest.items.get(key)
        last = now.capture_time if now is not None else newest.deleted.get(key, newest.read_at)
        after = await self._history.of(key, moment + 1, last, limit=100)
        if after and after[-1].status == _FIRST and len(after) < 100 and key.resource_id != after[-1].resource_name:
            # It began later; only what has a name for an id may have lived before under the same one.
            return None
        older = await self._history.of(
            key, later=moment - WINDOW, limit=1, created=now.creation_time if now is not None else None
        )
        return older[0] if older else None


def _of_now(newest: _Newest) -> Estate:
    return Estate(items=dict(newest.items), sources=(Source(kind="API"),), gaps=tuple(_reading_gaps(newest)))


def _to_come(moment: Moment, newest: _Newest) -> Estate:
    return Estate(
        moment=moment,
        items=dict(newest.items),
        sources=(Source(kind="API"),),
        gaps=("This moment is still to come: what is known now is shown.", *_reading_gaps(newest)),
    )


def _reading_gaps(newest: _Newest) -> Iterator[str]:
    if newest.limit:
        yield f"{newest.limit[:1].upper()}{newest.limit[1:]}."
    if newest.bodies_only:
        yield (
            "Queries are not permitted or not known here: resources that did not change since are shown "
            "without tags and recorded links, and verdicts are missing."
        )


def _silent(_done: int, _total: int, _what: str) -> None:
    return None

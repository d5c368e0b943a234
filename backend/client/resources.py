"""The inventory, and the items of its resources, over the API."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence

from backend.client.api import Api
from backend.client.estate import Estates, Report
from backend.client.history import History
from backend.client.items import one_by_one
from backend.client.listing import list_type, list_types
from backend.client.reading import Reading
from backend.client.recorder import RecorderOverApi
from backend.model.estate import Estate
from backend.model.item import ConfigurationItem, ResourceKey, ResourceSummary
from backend.model.moment import SECOND, Moment
from backend.model.problem import Denied
from backend.model.recorder import Recorder
from backend.model.spelling import read_item
from backend.model.standing import Standing, standing

_BATCH = 100
_SINGLY = 50
"""Resources whose items are asked for singly, at two calls each, rather than with those of all others."""
_STANDINGS = 100_000
"""Resources whose standing is read at most: a thousand calls, told of and ended at will by whoever asks."""


class ResourcesOverApi:
    """What AWS Config knows of this region. `now` is where the walk back through a history begins."""

    def __init__(self, api: Api, now: Callable[[], Moment]) -> None:
        self._api = api
        self._history = History(api, now)
        self._known_types: tuple[str, ...] = ()
        self._unrecorded = _Unrecorded(api)
        self._estates = Estates(api, now, self._history, self.counts, self.item)

    async def counts(self) -> dict[str, int]:
        """Live resources by type, most first; also while the recorder is off, when AWS counts nothing."""
        counted = await self._api.collect("config", "GetDiscoveredResourceCounts", "resourceCounts", limit=100)
        if counted:
            self._unrecorded.forget()
            counts = {entry["resourceType"]: int(entry["count"]) for entry in counted if entry.get("count")}
            self._known_types = tuple(counts)
        else:
            found = await self._unrecorded.inventory(self._known_types)
            counts = {resource_type: len(resources) for resource_type, resources in found.items()}
        return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))

    async def listing(self, resource_type: str | None = None) -> AsyncIterator[list[ResourceSummary]]:
        """The live resources, page by page in the order of their arrival."""
        if resource_type is not None:
            async for batch in list_type(self._api, resource_type):
                yield batch
            return
        types = list(await self.counts())
        if self._unrecorded.found:
            for batch in self._unrecorded.found.values():
                yield batch
            return
        async with contextlib.aclosing(list_types(self._api, types)) as batches:
            async for batch in batches:
                yield batch

    async def standings(self, since: Moment | None = None) -> AsyncIterator[list[Standing]]:
        """How every resource stands, batch by batch; reads the items of all (`Reading`)."""
        batch: list[Standing] = []
        reading = Reading(self._api, self.counts, self.item, since=since, most=_STANDINGS)
        async with contextlib.aclosing(reading.items()) as items:
            async for item in items:
                batch.append(standing(item))
                if len(batch) == _BATCH:
                    yield batch
                    batch = []
        if batch:
            yield batch

    async def items_of(self, keys: Sequence[ResourceKey]) -> AsyncIterator[list[ConfigurationItem]]:
        """The newest items of these: of many those of all are read and sifted (`Reading`), of a few each is asked for.

        What such a reading does not tell, as that of a deleted resource, is asked for after it.
        """
        wanted = dict.fromkeys(keys)
        if len(wanted) > _SINGLY:
            batch: list[ConfigurationItem] = []
            reading = Reading(self._api, self.counts, self.item, most=_STANDINGS)
            async with contextlib.aclosing(reading.items()) as items:
                async for item in items:
                    if item.key not in wanted:
                        continue
                    del wanted[item.key]
                    batch.append(item)
                    if len(batch) == _BATCH:
                        yield batch
                        batch = []
            if batch:
                yield batch
        async for found in one_by_one(self, list(wanted)):
            yield found

    async def deleted(self, types: Sequence[str]) -> AsyncIterator[list[ResourceSummary]]:
        """The deleted resources of these types, page by page."""
        async with contextlib.aclosing(list_types(self._api, types, deleted=True)) as pages:
            async for page in pages:
                if gone := [each for each in page if each.deletion_time is not None]:
                    yield gone

    async def types(self) -> tuple[str, ...]:
        """The types that AWS Config records, by the service model (INV-11)."""
        return tuple(sorted(await self._api.words("config", "ResourceType")))

    async def item(self, key: ResourceKey) -> ConfigurationItem | None:
        """The newest item. BatchGet finds its time in one call; the history then has its tags and links as well.

        The managed read policy of AWS lacks BatchGet (aws-config.md §9): without it the history is walked alone.
        """
        newest = await self._newest(key)
        if newest is None:
            return next(iter(await self._history.of(key, limit=1)), None)
        window = (newest.capture_time - SECOND, newest.capture_time + SECOND)
        try:
            whole = await self._history.of(key, *window, limit=1)
        except Denied:
            return newest
        return whole[0] if whole else newest

    async def history(
        self, key: ResourceKey, earlier: Moment | None = None, later: Moment | None = None, limit: int = 100
    ) -> list[ConfigurationItem]:
        created = None
        if earlier is None:
            newest = await self._newest(key)
            created = newest.creation_time if newest else None
        return await self._history.of(key, earlier, later, limit, created)

    async def as_of(self, key: ResourceKey, moment: Moment) -> ConfigurationItem | None:
        return next(iter(await self.history(key, later=moment, limit=1)), None)

    async def next_change(self, moment: Moment, *, back: bool = False, report: Report | None = None) -> Moment | None:
        return await self._estates.next_change(moment, back=back, report=report)

    async def estate(self, moment: Moment | None = None, report: Report | None = None) -> Estate:
        return await self._estates.at(moment, report)

    async def _newest(self, key: ResourceKey) -> ConfigurationItem | None:
        """The newest item without tags and links; None when it is deleted, unknown, or may not be asked for so."""
        wanted = {"resourceType": key.resource_type, "resourceId": key.resource_id}
        try:
            answer = await self._api.call("config", "BatchGetResourceConfig", resourceKeys=[wanted])
        except Denied:
            return None
        found = answer.get("baseConfigurationItems") or []
        return read_item(found[0]) if found else None


class _Unrecorded:
    """What is known of the resources while the recorder is off: AWS counts none, but lists each type when asked.

    Nothing is discovered in that time, so the answer is kept until `forget`.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._asking = asyncio.Lock()
        self._asked = False
        self.found: dict[str, list[ResourceSummary]] = {}

    def forget(self) -> None:
        self._asked = False
        self.found = {}

    async def inventory(self, known_types: Iterable[str]) -> dict[str, list[ResourceSummary]]:
        """Resources by type: of the types seen while the recorder was on, else of all it could have recorded."""
        async with self._asking:
            if not self._asked:
                recorder = await RecorderOverApi(self._api).get()
                if recorder is not None:
                    types = tuple(known_types) or await self._recordable(recorder)
                    async with contextlib.aclosing(list_types(self._api, types)) as batches:
                        async for batch in batches:
                            self.found.setdefault(batch[0].resource_type, []).extend(batch)
                self._asked = True
        return self.found

    async def _recordable(self, recorder: Recorder) -> tuple[str, ...]:
        group = recorder.group
        if group.resource_types:
            return group.resource_types
        every = await self._api.words("config", "ResourceType")
        return tuple(name for name in every if name not in group.excluded_types)

"""Reading the items of all resources at once.

An advanced query gives them a hundred at a time with their recorded links; where the target does not answer queries,
or may not be asked, type by type is listed and the bodies are read, which have neither tags nor links.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence

import msgspec

from backend.client.api import Api
from backend.client.listing import list_types
from backend.model import derived, link_names
from backend.model.item import ConfigurationItem, ResourceKey, ResourceSummary
from backend.model.moment import Moment, to_iso
from backend.model.problem import Denied, Problem, Refused
from backend.model.spelling import read_item

READ = 5000
"""Resources that are read at most; at a hundred a call, and four calls at a time, some seconds."""

READ_SINGLY = 200
"""As `READ`, where each takes calls of its own because reading many at once is not permitted."""

_EVERYTHING = (
    "SELECT resourceId, resourceName, resourceType, arn, accountId, awsRegion, availabilityZone, version, "
    "configurationItemCaptureTime, configurationItemStatus, configurationStateId, resourceCreationTime, "
    "configuration, supplementaryConfiguration, relationships, tags"
)


class Reading:
    """One reading of the newest items of all resources, by the best way that the target has, up to a bound.

    `counts` tells which types there are, `item` reads a single resource; `most` is the bound, 0 the usual one. `since`
    asks only for what was captured from that moment on, where queries are answered.
    """

    def __init__(
        self,
        api: Api,
        counts: Callable[[], Awaitable[Mapping[str, int]]],
        item: Callable[[ResourceKey], Awaitable[ConfigurationItem | None]],
        most: int = 0,
        *,
        since: Moment | None = None,
    ) -> None:
        self._api = api
        self._counts = counts
        self._item = item
        self._most = most or READ
        newer = "" if since is None else f" WHERE configurationItemCaptureTime >= '{to_iso(since)}'"
        self._expression = f"{_EVERYTHING}{newer}"
        self.bodies_only = False
        """Whether recorded links could not be read."""
        self._read = 0
        self._cut_at = 0

    def limit(self) -> str:
        """What was left out, in words."""
        if not self._cut_at:
            return ""
        return f"only the first {self._cut_at} resources were read"

    async def items(self) -> AsyncGenerator[ConfigurationItem]:
        try:
            async for item in self._queried():
                yield item
        except Problem as problem:
            # Not every target answers queries, and not everybody may ask: then type by type.
            if self._read or not isinstance(problem, (Denied, Refused)):
                raise
            self.bodies_only = True
            async for item in self._listed():
                yield item

    async def _queried(self) -> AsyncIterator[ConfigurationItem]:
        async for page in self._api.pages("config", "SelectResourceConfig", Expression=self._expression, Limit=100):
            for row in page.get("Results") or ():
                if self._read >= self._most:
                    self._cut_at = self._most
                    return
                self._read += 1
                yield _with_names(read_item(msgspec.json.decode(row)))

    async def _listed(self) -> AsyncIterator[ConfigurationItem]:
        types = [each for each in await self._counts() if not each.startswith(derived.VERDICTS)]
        async with contextlib.aclosing(list_types(self._api, types)) as pages:
            async for page in pages:
                for item in await self._bodies(page):
                    yield item
                if self._cut_at:
                    return

    async def _bodies(self, page: Sequence[ResourceSummary]) -> Sequence[ConfigurationItem]:
        """The items of one page of a listing; `BatchGet` has neither tags nor links."""
        if self._read + len(page) > self._most:
            page, self._cut_at = page[: self._most - self._read], self._most
        keys = [{"resourceType": each.resource_type, "resourceId": each.resource_id} for each in page]
        try:
            answer = await self._api.call("config", "BatchGetResourceConfig", resourceKeys=keys) if keys else {}
        except Denied:
            return await self._singly(page)
        self._read += len(page)
        return [read_item(document) for document in answer.get("baseConfigurationItems") or ()]

    async def _singly(self, page: Sequence[ResourceSummary]) -> Sequence[ConfigurationItem]:
        if self._read + len(page) > READ_SINGLY:
            page, self._cut_at = page[: READ_SINGLY - self._read], READ_SINGLY
        self._read += len(page)
        found = await asyncio.gather(*(self._item(each.key) for each in page))
        return [item for item in found if item is not None]


def _with_names(item: ConfigurationItem) -> ConfigurationItem:
    """An item of a query's answer: there links come without names (aws-config.md §6.2), which their types tell."""
    item.relationships = tuple(
        link
        if link.name
        else msgspec.structs.replace(link, name=link_names.name(item.resource_type, link.resource_type) or "")
        for link in item.relationships
    )
    return item

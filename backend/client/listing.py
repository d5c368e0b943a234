"""Listing resources: ListDiscoveredResources takes one type at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable

from backend.client.api import Api
from backend.client.together import IN_FLIGHT
from backend.model.coverage import GLOBAL_TYPES
from backend.model.item import Document, ResourceSummary
from backend.model.spelling import read_moment


async def list_types(
    api: Api, types: Iterable[str], *, deleted: bool = False, asked: Callable[[str], None] | None = None
) -> AsyncGenerator[list[ResourceSummary]]:
    """Non-empty pages of several types, as many types at a time as calls may be in flight.

    Ending the loop early (`aclosing`) cancels what is still asked. `asked` is told each type that is through.
    """
    waiting = iter(types)
    pages: asyncio.Queue[list[ResourceSummary] | Exception | None] = asyncio.Queue(maxsize=2 * IN_FLIGHT)

    async def work() -> None:
        try:
            for resource_type in waiting:
                async for page in list_type(api, resource_type, deleted=deleted):
                    await pages.put(page)
                if asked is not None:
                    asked(resource_type)
            await pages.put(None)
        except Exception as error:  # noqa: BLE001 - handed to the reader, who raises it
            await pages.put(error)

    workers = [asyncio.create_task(work()) for _ in range(IN_FLIGHT)]
    try:
        running = len(workers)
        while running:
            page = await pages.get()
            if isinstance(page, Exception):
                raise page
            if page is None:
                running -= 1
            else:
                yield page
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


async def list_type(api: Api, resource_type: str, *, deleted: bool = False) -> AsyncIterator[list[ResourceSummary]]:
    """Non-empty pages of the live resources of one type; of its deleted ones too, if asked."""
    region = "global" if resource_type in GLOBAL_TYPES else api.region
    asked = {"includeDeletedResources": True} if deleted else {}
    async for page in api.pages("config", "ListDiscoveredResources", resourceType=resource_type, limit=100, **asked):
        batch = [_summary(entry, region) for entry in page.get("resourceIdentifiers") or ()]
        if batch:
            yield batch


def _summary(entry: Document, region: str) -> ResourceSummary:
    return ResourceSummary(
        resource_type=entry["resourceType"],
        resource_id=entry["resourceId"],
        resource_name=entry.get("resourceName"),
        region=region,
        deletion_time=read_moment(entry.get("resourceDeletionTime")),
    )

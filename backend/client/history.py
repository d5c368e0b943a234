"""Walking back through the items of one resource.

AWS looks through seven days for each call, so a page may be empty and yet carry a token, and without both bounds it
may give empty pages for ever (boto/boto3#2619, #3647; recorded). So both bounds are always sent, and the walk ends
where nothing more is likely.
"""

from __future__ import annotations

from collections.abc import Callable

from backend.client.api import Api
from backend.model.item import ConfigurationItem, ResourceKey
from backend.model.moment import DAY, MINUTE, Moment
from backend.model.problem import Missing
from backend.model.spelling import read_item

WINDOW = 7 * DAY
"""What one call looks through."""

RETENTION = 2557 * DAY
"""The longest time AWS keeps items, and its default (ITM-17)."""

PATIENCE = 53
"""Empty pages in a row (a year) before a walk ends that does not know when the resource was created."""

AFTERTHOUGHT = 13
"""Empty pages (a quarter) beyond the creation: a name may have belonged to an older resource."""

_SKEW = 15 * MINUTE
"""Added to now: items of this very minute must not fall out by a difference of clocks."""


class History:
    """The items of a resource, newest first."""

    def __init__(self, api: Api, now: Callable[[], Moment]) -> None:
        self._api = api
        self._now = now

    async def of(
        self,
        key: ResourceKey,
        earlier: Moment | None = None,
        later: Moment | None = None,
        limit: int = 100,
        created: Moment | None = None,
    ) -> list[ConfigurationItem]:
        """At most `limit` items between two moments; none for a resource AWS Config does not know.

        Without `earlier` the walk goes back until it is likely to be complete; `created`, where known, is when the
        resource was made.
        """
        latest = later if later is not None else self._now() + _SKEW
        earliest = earlier if earlier is not None else max(latest - RETENTION, 0)
        if earliest > latest:
            return []
        items: list[ConfigurationItem] = []
        empty = 0
        try:
            async for page in self._api.pages(
                "config",
                "GetResourceConfigHistory",
                resourceType=key.resource_type,
                resourceId=key.resource_id,
                earlierTime=earliest / 1000,
                laterTime=latest / 1000,
                limit=min(limit, 100),
            ):
                found = [read_item(one) for one in page.get("configurationItems") or ()]
                items.extend(found)
                empty = 0 if found else empty + 1
                if len(items) >= limit:
                    break
                reached = (items[-1].capture_time if items else latest) - empty * WINDOW
                if earlier is None and _enough(empty, reached, created):
                    break
        except Missing:
            return []
        return sorted(items, key=lambda item: item.capture_time, reverse=True)[:limit]


def _enough(empty: int, reached: Moment, created: Moment | None) -> bool:
    """Whether a walk that met `empty` pages in a row, back to `reached`, can end."""
    if created is None:
        return empty >= PATIENCE
    return empty >= AFTERTHOUGHT and reached < created

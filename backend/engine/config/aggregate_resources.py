"""The operations that show the items an aggregator has collected (each source as of its last refresh)."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator

from backend.engine.config import aggregate_sources, items, pages
from backend.engine.config.aggregate_sources import Collected
from backend.engine.config.aggregator_state import Aggregator
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import dumps
from backend.model.item import DELETED_STATUSES, Document, ResourceKey

RESOURCES_IN_PAGE, GROUPS_IN_PAGE = 100, 1000
"""When no limit, or 0, is given (service model)."""

_BATCH = 200
LARGEST_ITEM = 256 * 1024
"""Bytes of an item that can be answered; a larger one is refused as oversized (that of the stream is the same)."""


def list_aggregate_discovered_resources(ctx: Context, params: Document) -> Document:
    """ListAggregateDiscoveredResources: by source account, region and id."""
    aggregator = aggregate_sources.named(ctx, params)
    operation = f"ListAggregateDiscoveredResources of {aggregator.name}"
    kind: str = params["ResourceType"]
    filters: Document = params.get("Filters") or {}
    limit = params.get("Limit") or RESOURCES_IN_PAGE
    behind = pages.after(ctx, operation, params.get("NextToken")) or ["", "", ""]
    found: list[Document] = []
    for each in aggregate_sources.collected(ctx, aggregator, filters.get("AccountId"), filters.get("Region")):
        if list(each.source) >= behind[:2] and each.shows(kind):
            after = behind[2] if list(each.source) == behind[:2] else ""
            fitting = (identifier for identifier in _resources(each, kind, after) if _fits(identifier, filters))
            found += itertools.islice(fitting, limit + 1 - len(found))
    shown, token = pages.cut(
        ctx, operation, found, limit, lambda one: [one["SourceAccountId"], one["SourceRegion"], one["ResourceId"]]
    )
    return {"ResourceIdentifiers": shown, **token}


def _fits(identifier: Document, filters: Document) -> bool:
    return all(name not in filters or identifier.get(name) == filters[name] for name in ("ResourceId", "ResourceName"))


def _resources(source: Collected, kind: str, behind: str) -> Iterator[Document]:
    """The identifiers of the resources of one type that were there, from behind an id."""
    ctx = source.at
    while True:
        rows = ctx.store.all(
            "SELECT id, name, captured, deleted IS NULL AND NOT bodiless AS there FROM inventory"
            " WHERE region = ? AND type = ? AND id > ? ORDER BY id LIMIT ?",
            (ctx.region, kind, behind, _BATCH),
        )
        for row in rows:
            name, there = row["name"], bool(row["there"])
            if row["captured"] > source.when:
                then = items.at(ctx, ResourceKey(kind, row["id"]), source.when)
                there = _was_there(then)
                name = then["resourceName"] if then else None
            if there:
                yield {
                    "SourceAccountId": ctx.account,
                    "SourceRegion": ctx.region,
                    "ResourceId": row["id"],
                    "ResourceType": kind,
                    **({} if name is None else {"ResourceName": name}),
                }
        if len(rows) < _BATCH:
            return
        behind = rows[-1]["id"]


def _was_there(item: Document | None) -> bool:
    """Whether an item tells of a recorded resource that exists."""
    return item is not None and item["configurationItemStatus"] not in (*DELETED_STATUSES, items.NOT_RECORDED)


def get_aggregate_resource_config(ctx: Context, params: Document) -> Document:
    """GetAggregateResourceConfig: the item of a resource that is there.

    Raises ServiceError ResourceNotDiscoveredException and OversizedConfigurationItemException.
    """
    aggregator = aggregate_sources.named(ctx, params)
    wanted: Document = params["ResourceIdentifier"]
    source = _source(ctx, aggregator, wanted)
    document = _item(source, wanted) if source else None
    if document is None:
        raise ServiceError(
            "ResourceNotDiscoveredException",
            f"Resource {wanted['ResourceId']} of resourceType:{wanted['ResourceType']} is unknown or has not been "
            "discovered",
        )
    if len(dumps(document)) > LARGEST_ITEM:
        raise ServiceError(
            "OversizedConfigurationItemException", "The configuration item size is outside the allowable range."
        )
    return {"ConfigurationItem": items.to_api(document)}


def batch_get_aggregate_resource_config(ctx: Context, params: Document) -> Document:
    """BatchGetAggregateResourceConfig: what is deleted or unknown is left out, what is no source is unprocessed."""
    aggregator = aggregate_sources.named(ctx, params)
    found: list[Document] = []
    unprocessed: list[Document] = []
    for wanted in params["ResourceIdentifiers"]:
        source = _source(ctx, aggregator, wanted)
        document = _item(source, wanted) if source else None
        if source is None:
            unprocessed.append(wanted)
        elif document is not None:
            found.append(items.to_base(document))
    return {"BaseConfigurationItems": found, "UnprocessedResourceIdentifiers": unprocessed}


def _source(ctx: Context, aggregator: Aggregator, wanted: Document) -> Collected | None:
    """Where an identified resource would be; None when that is nothing the aggregator collects."""
    found = aggregate_sources.collected(ctx, aggregator, wanted["SourceAccountId"], wanted["SourceRegion"])
    return next((source for source in found if source.shows(wanted["ResourceType"])), None)


def _item(source: Collected, wanted: Document) -> Document | None:
    document = items.at(source.at, ResourceKey(wanted["ResourceType"], wanted["ResourceId"]), source.when)
    if document is None or not _was_there(document):
        return None
    return document if wanted.get("ResourceName") in (None, document["resourceName"]) else None


def get_aggregate_discovered_resource_counts(ctx: Context, params: Document) -> Document:
    """GetAggregateDiscoveredResourceCounts: the groups, largest first; without a key only the total."""
    aggregator = aggregate_sources.named(ctx, params)
    operation = f"GetAggregateDiscoveredResourceCounts of {aggregator.name}"
    filters: Document = params.get("Filters") or {}
    kind, key = filters.get("ResourceType"), params.get("GroupByKey")
    groups: Counter[str] = Counter()
    for source in aggregate_sources.collected(ctx, aggregator, filters.get("AccountId"), filters.get("Region")):
        names = {"ACCOUNT_ID": source.at.account, "AWS_REGION": source.at.region}
        for resource_type, number in _counts(source).items():
            if kind in (None, resource_type) and source.shows(resource_type):
                groups[names.get(key, resource_type) if key else ""] += number
    ranked = sorted(groups.items(), key=lambda group: (-group[1], group[0]))
    total = sum(groups.values())
    if key is None:
        return {"TotalDiscoveredResources": total, "GroupedResourceCounts": []}
    behind = pages.after(ctx, operation, params.get("NextToken")) or ["0"]
    start, limit = int(behind[0]), params.get("Limit") or GROUPS_IN_PAGE
    shown, token = pages.cut(ctx, operation, ranked[start : start + limit + 1], limit, lambda _: [str(start + limit)])
    return {
        "TotalDiscoveredResources": total,
        "GroupByKey": key,
        "GroupedResourceCounts": [{"GroupName": name, "ResourceCount": number} for name, number in shown],
        **token,
    }


def _counts(source: Collected) -> Counter[str]:
    """How many resources of each type were there: today's numbers, put right by what has happened since."""
    found = Counter(items.counts(source.at))
    for key in _changed_since(source):
        now, then = items.latest(source.at, *key), items.at(source.at, key, source.when)
        found[key.resource_type] += _was_there(then) - _was_there(now)
    return +found


def _changed_since(source: Collected) -> list[ResourceKey]:
    """The resources that have newer items than the aggregator has collected."""
    # The plus keeps SQLite from reading the whole region by type and id: the newest items are few.
    rows = source.at.store.all(
        "SELECT DISTINCT type, id FROM items WHERE captured > ? AND +region = ? ORDER BY type, id",
        (source.when, source.at.region),
    )
    return [ResourceKey(row["type"], row["id"]) for row in rows]


def documents(source: Collected, kind: str | None = None) -> Iterator[Document]:
    """Every item of a source that is shown, or those of one type: what a query sees."""
    for document in items.live(source.at, kind):
        if document["configurationStateId"] <= source.when and source.shows(document["resourceType"]):
            yield document
    for key in _changed_since(source):
        if kind in (None, key.resource_type) and source.shows(key.resource_type):
            then = items.at(source.at, key, source.when)
            if then is not None and _was_there(then):
                yield then


OPERATIONS: dict[str, Operation] = {
    "ListAggregateDiscoveredResources": list_aggregate_discovered_resources,
    "GetAggregateResourceConfig": get_aggregate_resource_config,
    "BatchGetAggregateResourceConfig": batch_get_aggregate_resource_config,
    "GetAggregateDiscoveredResourceCounts": get_aggregate_discovered_resource_counts,
}

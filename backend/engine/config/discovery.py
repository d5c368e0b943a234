"""The resources that AWS Config knows of a region: lists, counts, and their newest items in batches."""

from __future__ import annotations

from backend.engine.config import items, pages, recorder_state
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import Row
from backend.model import moment
from backend.model.item import DELETED_STATUSES, Document

_PAGE = 100
_MOST_IDS = 20


def list_discovered_resources(ctx: Context, params: Document) -> Document:
    """Identifiers of one type, by id, also of resources that are not recorded; deleted ones only when asked for."""
    operation = "ListDiscoveredResources"
    recorder_state.require(ctx, "list discovered resources")
    ids, name = params.get("resourceIds") or [], params.get("resourceName")
    if ids and name:
        raise ServiceError(
            "ValidationException", "You can specify either resource IDs or a resource name, but not both."
        )
    if len(ids) > _MOST_IDS:
        raise ServiceError("ValidationException", f"You can specify at most {_MOST_IDS} resource IDs.")
    limit = params.get("limit") or _PAGE
    (behind,) = pages.after(ctx, operation, params.get("nextToken")) or [""]
    clauses, values = ["region = ?", "type = ?", "id > ?"], [ctx.region, params["resourceType"], behind]
    if ids:
        clauses.append(f"id IN ({', '.join('?' * len(ids))})")
        values += ids
    if name:
        clauses.append("name = ?")
        values.append(name)
    if not params.get("includeDeletedResources"):
        clauses.append("deleted IS NULL")
    rows = ctx.store.all(
        f"SELECT * FROM inventory WHERE {' AND '.join(clauses)} ORDER BY id LIMIT ?", (*values, limit + 1)
    )
    answer: Document = {"resourceIdentifiers": [_identifier(row) for row in rows[:limit]]}
    if len(rows) > limit:
        answer["nextToken"] = pages.token(ctx, operation, [rows[limit - 1]["id"]])
    return answer


def get_discovered_resource_counts(ctx: Context, params: Document) -> Document:
    """Counts for each recorded type, largest first; nothing while the recorder is off."""
    operation = "GetDiscoveredResourceCounts"
    (behind,) = pages.after(ctx, operation, params.get("nextToken")) or ["0"]
    recorder = recorder_state.of(ctx)
    if recorder is None or not recorder.recording:
        return {"totalDiscoveredResources": 0, "resourceCounts": []}
    wanted = params.get("resourceTypes") or []
    found = [
        (resource_type, number)
        for resource_type, number in items.counts(ctx).items()
        if recorder.records(resource_type, ctx.region) and (not wanted or resource_type in wanted)
    ]
    found.sort(key=lambda pair: (-pair[1], pair[0]))
    limit = params.get("limit") or _PAGE
    start = int(behind)
    answer: Document = {
        "totalDiscoveredResources": sum(number for _, number in found),
        "resourceCounts": [{"resourceType": name, "count": number} for name, number in found[start : start + limit]],
    }
    if start + limit < len(found):
        answer["nextToken"] = pages.token(ctx, operation, [str(start + limit)])
    return answer


def batch_get_resource_config(ctx: Context, params: Document) -> Document:
    """The newest items of up to 100 resources, without tags and relationships; none for deleted and unknown ones."""
    recorder_state.require(ctx, "batch get resource config")
    documents = [items.latest(ctx, key["resourceType"], key["resourceId"]) for key in params["resourceKeys"]]
    return {
        "baseConfigurationItems": [
            items.to_base(document)
            for document in documents
            if document and document["configurationItemStatus"] not in DELETED_STATUSES
        ],
        "unprocessedResourceKeys": [],
    }


OPERATIONS: dict[str, Operation] = {
    "ListDiscoveredResources": list_discovered_resources,
    "GetDiscoveredResourceCounts": get_discovered_resource_counts,
    "BatchGetResourceConfig": batch_get_resource_config,
}


def _identifier(row: Row) -> Document:
    identifier: Document = {"resourceType": row["type"], "resourceId": row["id"]}
    if row["name"] is not None:
        identifier["resourceName"] = row["name"]
    if row["deleted"] is not None:
        identifier["resourceDeletionTime"] = moment.to_datetime(row["deleted"])
    return identifier

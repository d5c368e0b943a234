"""Configuration items: where they are kept, and the operations that read them.

An item is kept as one JSON document in the spelling of format 1.3 with every member present (null where there is
none), as SNS messages carry it. Its capture time is unique in the whole world and names it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from backend.engine.config import recorder_state
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import Row, dumps, loads
from backend.engine.world.estate import GLOBAL
from backend.model import moment
from backend.model.item import DELETED_STATUSES, Document, ResourceKey
from backend.model.moment import Moment

SCHEMA = """
CREATE TABLE IF NOT EXISTS items (
    captured INTEGER PRIMARY KEY,
    region TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS items_of ON items (region, type, id, captured);
CREATE TABLE IF NOT EXISTS inventory (
    region TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT,
    captured INTEGER NOT NULL,
    deleted INTEGER,
    PRIMARY KEY (region, type, id)
) WITHOUT ROWID;
"""

_PAGE = 500


def add(ctx: Context, document: Document) -> None:
    """Keep a new item of the context's region; it becomes the newest of its resource."""
    captured = document["configurationStateId"]
    where = (ctx.region, document["resourceType"], document["resourceId"])
    deleted = captured if document["configurationItemStatus"] in DELETED_STATUSES else None
    ctx.store.run("INSERT INTO items VALUES (?, ?, ?, ?, ?)", (captured, *where, dumps(document)))
    ctx.store.run(
        "INSERT OR REPLACE INTO inventory VALUES (?, ?, ?, ?, ?, ?)",
        (*where, document["resourceName"], captured, deleted),
    )


def latest(ctx: Context, resource_type: str, resource_id: str) -> Document | None:
    """The newest item of a resource in the context's region, also when it says that the resource is gone."""
    row = ctx.store.one(
        "SELECT document FROM inventory JOIN items USING (captured)"
        " WHERE inventory.region = ? AND inventory.type = ? AND inventory.id = ?",
        (ctx.region, resource_type, resource_id),
    )
    return loads(row["document"]) if row else None


def history(
    ctx: Context,
    resource_type: str,
    resource_id: str,
    *,
    earlier: Moment | None = None,
    later: Moment | None = None,
    forward: bool = False,
    limit: int | None = None,
    after: Moment | None = None,
) -> list[Document]:
    """The items of a resource, newest first unless `forward`; both bounds inclusive.

    `after` continues behind the item captured then, in the direction asked for.
    """
    clauses = ["region = ?", "type = ?", "id = ?"]
    values: list[str | int] = [ctx.region, resource_type, resource_id]
    for clause, bound in (
        ("captured >= ?", earlier),
        ("captured <= ?", later),
        ("captured > ?" if forward else "captured < ?", after),
    ):
        if bound is not None:
            clauses.append(clause)
            values.append(bound)
    rows = ctx.store.all(
        f"SELECT document FROM items WHERE {' AND '.join(clauses)}"
        f" ORDER BY captured {'ASC' if forward else 'DESC'} LIMIT ?",
        (*values, -1 if limit is None else limit),
    )
    return [loads(row["document"]) for row in rows]


def at(ctx: Context, key: ResourceKey, when: Moment) -> Document | None:
    """The item that was the newest of a resource at a moment."""
    found = history(ctx, key.resource_type, key.resource_id, later=when, limit=1)
    return found[0] if found else None


def live(ctx: Context, resource_type: str | None = None) -> Iterator[Document]:
    """The newest item of every resource of the region that is not deleted, by type and id.

    Read in pages, so that the caller may write between two of them.
    """
    for text in live_texts(ctx, resource_type):
        yield loads(text)


def live_texts(ctx: Context, resource_type: str | None = None) -> Iterator[str]:
    """As `live`, the documents as JSON text."""
    # One type is read by equality: with it inside the pair, SQLite would sort all of its documents for each page.
    where = "(inventory.type, inventory.id) > (?, ?)"
    if resource_type is not None:
        where = "inventory.type = ? AND inventory.id > ?"
    last = (resource_type or "", "")
    while True:
        rows = ctx.store.all(
            "SELECT inventory.type, inventory.id, document FROM inventory JOIN items USING (captured)"
            f" WHERE inventory.region = ? AND {where} AND deleted IS NULL"
            f" ORDER BY inventory.type, inventory.id LIMIT {_PAGE}",
            (ctx.region, *last),
        )
        for row in rows:
            yield row["document"]
        if len(rows) < _PAGE:
            return
        last = (rows[-1]["type"], rows[-1]["id"])


def without_resource(ctx: Context) -> list[Document]:
    """The newest items that tell of a living resource which the estate no longer has."""
    rows = ctx.store.all(
        "SELECT document FROM inventory JOIN items USING (captured)"
        " WHERE inventory.region = ? AND deleted IS NULL AND inventory.type NOT LIKE 'AWS::Config::%'"
        " AND NOT EXISTS (SELECT 1 FROM resources WHERE resources.region IN (?, ?)"
        " AND resources.type = inventory.type AND resources.id = inventory.id)"
        " ORDER BY inventory.type, inventory.id",
        (ctx.region, ctx.region, GLOBAL),
    )
    return [loads(row["document"]) for row in rows]


def counts(ctx: Context) -> dict[str, int]:
    """How many live resources of each type have an item in the region."""
    rows = ctx.store.all(
        "SELECT type, count(*) AS number FROM inventory"
        " WHERE region = ? AND deleted IS NULL GROUP BY type ORDER BY type",
        (ctx.region,),
    )
    return {row["type"]: row["number"] for row in rows}


def to_api(document: Document) -> Document:
    """An item as GetResourceConfigHistory spells it (recorded.md §3): bodies as JSON text, null members left out."""
    item = _to_base(document)
    item["configurationItemMD5Hash"] = document["configurationStateMd5Hash"]
    item["tags"] = document["tags"]
    item["relatedEvents"] = document["relatedEvents"]
    item["relationships"] = [
        {
            ("relationshipName" if member == "name" else member): value
            for member, value in link.items()
            if value is not None
        }
        for link in document["relationships"]
    ]
    return item


def _to_base(document: Document) -> Document:
    item = {
        "version": document["configurationItemVersion"],
        "accountId": document["awsAccountId"],
        "configurationItemCaptureTime": moment.to_datetime(document["configurationStateId"]),
        "configurationItemStatus": document["configurationItemStatus"],
        "configurationStateId": str(document["configurationStateId"]),
        "arn": document["ARN"],
        "resourceType": document["resourceType"],
        "resourceId": document["resourceId"],
        "resourceName": document["resourceName"],
        "awsRegion": document["awsRegion"],
        "availabilityZone": document["availabilityZone"],
        "resourceCreationTime": _time(document["resourceCreationTime"]),
        "configuration": dumps(document["configuration"]),
        "supplementaryConfiguration": {
            name: dumps(value) for name, value in document["supplementaryConfiguration"].items()
        },
        "recordingFrequency": document.get("recordingFrequency"),
        "configurationItemDeliveryTime": _time(document.get("configurationItemDeliveryTime")),
    }
    return {member: value for member, value in item.items() if value is not None}


def _time(text: str | None) -> object:
    return None if text is None else moment.to_datetime(moment.parse(text))


def get_resource_config_history(ctx: Context, params: Document) -> Document:
    """The items of one resource, newest first by default, ten a page unless `limit` says otherwise.

    The service looks at seven days a call and may answer empty pages; this engine looks at everything.
    """
    _need_recorder(ctx, "get resource config history")
    resource_type, resource_id = params["resourceType"], params["resourceId"]
    earlier, later = _bound(params.get("earlierTime")), _bound(params.get("laterTime"))
    if earlier is not None and later is not None and earlier >= later:
        raise ServiceError("InvalidTimeRangeException")
    forward = params.get("chronologicalOrder") == "Forward"
    known = ctx.store.one(
        "SELECT 1 FROM inventory WHERE region = ? AND type = ? AND id = ?", (ctx.region, resource_type, resource_id)
    )
    if known is None:
        raise ServiceError(
            "ResourceNotDiscoveredException",
            f"Resource {resource_id} of resourceType:{resource_type} is unknown or has not been discovered",
        )
    limit = params.get("limit") or 10
    after = _read_token(params, "history")
    documents = history(
        ctx,
        resource_type,
        resource_id,
        earlier=earlier,
        later=later,
        forward=forward,
        limit=limit + 1,
        after=after if isinstance(after, int) else None,
    )
    answer: Document = {"configurationItems": [to_api(document) for document in documents[:limit]]}
    if len(documents) > limit:
        answer["nextToken"] = _write_token("history", documents[limit - 1]["configurationStateId"])
    return answer


def list_discovered_resources(ctx: Context, params: Document) -> Document:
    """Identifiers of one type, by id; deleted ones only when asked for."""
    _need_recorder(ctx, "list discovered resources")
    ids, name = params.get("resourceIds") or [], params.get("resourceName")
    if ids and name:
        raise ServiceError(
            "ValidationException", "You can specify either resource IDs or a resource name, but not both."
        )
    if len(ids) > 20:
        raise ServiceError("ValidationException", "You can specify at most 20 resource IDs.")
    limit = params.get("limit") or 100
    after = _read_token(params, "listing")
    clauses, values = ["region = ?", "type = ?", "id > ?"], [ctx.region, params["resourceType"], str(after or "")]
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
        answer["nextToken"] = _write_token("listing", rows[limit - 1]["id"])
    return answer


def get_discovered_resource_counts(ctx: Context, params: Document) -> Document:
    """Counts for each recorded type, largest first; nothing while the recorder is off."""
    recorder = recorder_state.of(ctx)
    if recorder is None or not recorder.recording:
        return {"totalDiscoveredResources": 0, "resourceCounts": []}
    wanted = params.get("resourceTypes") or []
    found = [
        (resource_type, number)
        for resource_type, number in counts(ctx).items()
        if recorder.records(resource_type, ctx.region) and (not wanted or resource_type in wanted)
    ]
    found.sort(key=lambda pair: (-pair[1], pair[0]))
    limit = params.get("limit") or 100
    start = int(_read_token(params, "counts") or 0)
    answer: Document = {
        "totalDiscoveredResources": sum(number for _, number in found),
        "resourceCounts": [{"resourceType": name, "count": number} for name, number in found[start : start + limit]],
    }
    if start + limit < len(found):
        answer["nextToken"] = _write_token("counts", start + limit)
    return answer


def batch_get_resource_config(ctx: Context, params: Document) -> Document:
    """The newest items of up to 100 resources, without tags and relationships; none for deleted and unknown ones."""
    _need_recorder(ctx, "batch get resource config")
    documents = [latest(ctx, key["resourceType"], key["resourceId"]) for key in params["resourceKeys"]]
    return {
        "baseConfigurationItems": [
            _to_base(document)
            for document in documents
            if document and document["configurationItemStatus"] not in DELETED_STATUSES
        ],
        "unprocessedResourceKeys": [],
    }


OPERATIONS: dict[str, Operation] = {
    "GetResourceConfigHistory": get_resource_config_history,
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


def _need_recorder(ctx: Context, purpose: str) -> None:
    if recorder_state.of(ctx) is None:
        raise ServiceError(
            "NoAvailableConfigurationRecorderException", f"Configuration recorder is not available to {purpose}."
        )


def _bound(value: object) -> Moment | None:
    return None if value is None else moment.parse(value)  # type: ignore[arg-type]  # a datetime or a number, by the model


def _write_token(kind: str, value: str | int) -> str:
    return base64.b64encode(dumps([kind, value]).encode()).decode()


def _read_token(params: Document, kind: str) -> str | int | None:
    text = params.get("nextToken")
    if not text:
        return None
    try:
        found, value = loads(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error, TypeError) as error:
        raise _bad_token() from error
    if found != kind or not isinstance(value, (str, int)):
        raise _bad_token()
    return value


def _bad_token() -> ServiceError:
    return ServiceError("InvalidNextTokenException", "The nextToken provided is invalid")

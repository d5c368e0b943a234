"""Configuration items: where they are kept, and how the API spells them.

An item is kept as one JSON document in the spelling of format 1.3 with every member present (null where there is
none), as SNS messages carry it. Its capture time is unique in the whole world and names it.
"""

from __future__ import annotations

from collections.abc import Iterator

from backend.engine.context import Context
from backend.engine.store import dumps, loads
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
    document TEXT NOT NULL,
    delivered INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS items_of ON items (region, type, id, captured);
CREATE TABLE IF NOT EXISTS inventory (
    region TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT,
    captured INTEGER NOT NULL,
    deleted INTEGER,
    bodiless INTEGER NOT NULL,
    reported INTEGER NOT NULL,
    PRIMARY KEY (region, type, id)
) WITHOUT ROWID;
"""

NOT_RECORDED = "ResourceNotRecorded"
"""The status of an item that tells of a resource and shows nothing of it, because its type is not recorded."""

_PAGE = 500


def add(ctx: Context, document: Document, *, delivered: bool = True, reported: bool = False) -> None:
    """Keep a new item of the context's region; it becomes the newest of its resource.

    `delivered`: history files carry it. `reported`: the resource is none of the estate; somebody tells of it, and only
    they can tell that it is gone.
    """
    captured = document["configurationStateId"]
    where = (ctx.region, document["resourceType"], document["resourceId"])
    status = document["configurationItemStatus"]
    deleted = captured if status in DELETED_STATUSES else None
    ctx.store.run("INSERT INTO items VALUES (?, ?, ?, ?, ?, ?)", (captured, *where, dumps(document), delivered))
    ctx.store.run(
        "INSERT OR REPLACE INTO inventory VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*where, document["resourceName"], captured, deleted, status == NOT_RECORDED, reported),
    )


def latest(ctx: Context, resource_type: str, resource_id: str) -> Document | None:
    """The newest item of a resource in the context's region, also when it says that the resource is gone."""
    row = ctx.store.one(
        "SELECT document FROM inventory JOIN items USING (captured)"
        " WHERE inventory.region = ? AND inventory.type = ? AND inventory.id = ?",
        (ctx.region, resource_type, resource_id),
    )
    return loads(row["document"]) if row else None


def was_delivered(ctx: Context, document: Document) -> bool:
    """Whether history files carry an item."""
    row = ctx.store.one("SELECT delivered FROM items WHERE captured = ?", (document["configurationStateId"],))
    return row is not None and bool(row["delivered"])


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


def known(ctx: Context, resource_type: str, resource_id: str) -> bool:
    """Whether the region has, or had, a resource."""
    return (
        ctx.store.one(
            "SELECT 1 FROM inventory WHERE region = ? AND type = ? AND id = ?",
            (ctx.region, resource_type, resource_id),
        )
        is not None
    )


def at(ctx: Context, key: ResourceKey, when: Moment) -> Document | None:
    """The item that was the newest of a resource at a moment."""
    found = history(ctx, key.resource_type, key.resource_id, later=when, limit=1)
    return found[0] if found else None


def live(ctx: Context, resource_type: str | None = None) -> Iterator[Document]:
    """The newest item of every recorded resource of the region that is not deleted, by type and id.

    Read in pages, so that the caller may write between two of them.
    """
    for text in live_texts(ctx, resource_type):
        yield loads(text)


def live_texts(ctx: Context, resource_type: str | None = None, after: tuple[str, str] = ("", "")) -> Iterator[str]:
    """As `live`, the documents as JSON text; those behind the type and id `after`."""
    # One type is read by equality: with it inside the pair, SQLite would sort all of its documents for each page.
    where = "(inventory.type, inventory.id) > (?, ?)"
    if resource_type is not None:
        where = "inventory.type = ? AND inventory.id > ?"
    last = after if resource_type in (None, after[0]) else (resource_type, "")
    while True:
        rows = ctx.store.all(
            "SELECT inventory.type, inventory.id, document FROM inventory JOIN items USING (captured)"
            f" WHERE inventory.region = ? AND {where} AND deleted IS NULL AND NOT bodiless"
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
        " WHERE inventory.region = ? AND deleted IS NULL AND NOT reported"
        " AND NOT EXISTS (SELECT 1 FROM resources WHERE resources.region IN (?, ?)"
        " AND resources.type = inventory.type AND resources.id = inventory.id)"
        " ORDER BY inventory.type, inventory.id",
        (ctx.region, ctx.region, GLOBAL),
    )
    return [loads(row["document"]) for row in rows]


def counts(ctx: Context) -> dict[str, int]:
    """How many live resources of each type are recorded in the region."""
    rows = ctx.store.all(
        "SELECT type, count(*) AS number FROM inventory"
        " WHERE region = ? AND deleted IS NULL AND NOT bodiless GROUP BY type ORDER BY type",
        (ctx.region,),
    )
    return {row["type"]: row["number"] for row in rows}


def to_api(document: Document) -> Document:
    """An item as GetResourceConfigHistory spells it (recorded.md §3): bodies as JSON text, null members left out."""
    item = to_base(document)
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


def to_base(document: Document) -> Document:
    """As `to_api`, without tags, relationships and events: what the operations on many resources answer."""
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

"""Software inventory: what agents send, what can be asked, and what AWS Config gets to see of it.

AWS Config records a machine's inventory while it is being collected (an association of `AWS-GatherSoftwareInventory`
covers the machine) and its recorder takes the type; with either switch off no item appears (INV-19). References:
around-config.md §11, aws-config.md §11.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable

from backend.engine.around import ssm_collection, ssm_nodes, ssm_schemas
from backend.engine.around.ssm_nodes import INSTANCE, INVENTORY, Node
from backend.engine.config import pages
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import Row, dumps, loads
from backend.engine.world import estate
from backend.engine.world.estate import Link, Resource
from backend.model.item import Document

SCHEMA = """
CREATE TABLE IF NOT EXISTS ssm_inventory (
    region TEXT NOT NULL,
    node TEXT NOT NULL,
    type TEXT NOT NULL,
    version TEXT NOT NULL,
    captured TEXT NOT NULL,
    hash TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (region, node, type)
) WITHOUT ROWID;
"""

_MOST = 1024 * 1024
"""Bytes of one call."""
_PAGE = 50


def put_inventory(ctx: Context, params: Document) -> Document:
    """Keep what an agent found; a type that is as it was changes nothing.

    Raises InvalidInstanceId, TotalSizeLimitExceededException, ItemContentMismatchException and what
    `ssm_schemas.check` refuses.
    """
    node = ssm_nodes.join(ctx, params["InstanceId"])
    if len(dumps(params["Items"])) > _MOST:
        raise ServiceError("TotalSizeLimitExceededException", "The size of inventory data has exceeded 1 MB.")
    for item in params["Items"]:
        ssm_schemas.check(item)
        _keep(ctx, node, item)
    show(ctx, node)
    return {}


def _keep(ctx: Context, node: Node, item: Document) -> None:
    name, entries = item["TypeName"], item.get("Content")
    held = _row(ctx, node.id, name)
    given = item.get("ContentHash") or ""
    if entries is None:
        if held is None or given != held["hash"]:
            raise ServiceError(
                "ItemContentMismatchException", f"The content hash of {name} is not that of the last one."
            )
        return
    content = dumps(entries)
    if held is not None and held["content"] == content:
        return
    digest = given or hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()
    values = (ctx.region, node.id, name, item["SchemaVersion"], item["CaptureTime"], digest, content)
    ctx.store.run("INSERT OR REPLACE INTO ssm_inventory VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    if name == ssm_schemas.INFORMATION and entries:
        node.information = {key: str(value) for key, value in entries[0].items()}
        ssm_nodes.put(ctx, node)


def show(ctx: Context, node: Node) -> None:
    """Bring what AWS Config sees of a node up to what is known of it, if it is collected."""
    if not ssm_collection.covers(ctx, node):
        return
    sections = _sections(ctx, node.id)
    if not sections:
        return
    seen = estate.get(ctx, INVENTORY, node.id)
    if seen is None:
        first = {ssm_schemas.INFORMATION: sections[ssm_schemas.INFORMATION]} if len(sections) > 1 else {}
        if first and ssm_schemas.INFORMATION in sections:
            # What a machine is comes before what is on it: its first item holds that alone (aws-config.md §11).
            estate.put(ctx, _resource(ctx, node, first))
    elif seen.configuration == sections:
        return
    estate.put(ctx, _resource(ctx, node, sections))


def show_all(ctx: Context) -> None:
    """The same for all nodes of the region."""
    for node in ssm_nodes.every(ctx):
        show(ctx, node)


def _sections(ctx: Context, node_id: str) -> Document:
    rows = {row["type"]: row for row in _rows(ctx, node_id)}
    return {
        name: {
            "SchemaVersion": rows[name]["version"],
            "CaptureTime": rows[name]["captured"],
            "Content": ssm_schemas.by_entry(name, loads(rows[name]["content"])),
        }
        for name in ssm_schemas.RECORDED
        if name in rows
    }


def _resource(ctx: Context, node: Node, sections: Document) -> Resource:
    return Resource(
        resource_type=INVENTORY,
        resource_id=node.id,
        region=ctx.region,
        arn=ctx.arn("ssm", f"managed-instance-inventory/{node.id}"),
        configuration=sections,
        links=(Link("Is associated with ", INSTANCE, node.id),) if node.on_ec2 else (),
    )


def list_inventory_entries(ctx: Context, params: Document) -> Document:
    """The entries of one type of one node. Raises InvalidInstanceId, InvalidTypeNameException, InvalidFilter."""
    name = params["TypeName"]
    _check_type(name)
    node = ssm_nodes.find(ctx, params["InstanceId"])
    row = _row(ctx, node.id, name)
    if row is None:
        return {"TypeName": name, "InstanceId": node.id, "Entries": []}
    entries: list[Document] = loads(row["content"])
    for wanted in params.get("Filters") or []:
        attribute = wanted["Key"].removeprefix(f"{name}.")
        entries = [entry for entry in entries if _fits(entry.get(attribute), wanted)]
    last = pages.after(ctx, "ListInventoryEntries", params.get("NextToken"), refusal="InvalidNextToken")
    start, limit = int(last[0]) if last else 0, params.get("MaxResults") or _PAGE
    answer: Document = {
        "TypeName": name,
        "InstanceId": node.id,
        "SchemaVersion": row["version"],
        "CaptureTime": row["captured"],
        "Entries": entries[start : start + limit],
    }
    if len(entries) > start + limit:
        answer["NextToken"] = pages.token(ctx, "ListInventoryEntries", [str(start + limit)])
    return answer


def get_inventory(ctx: Context, params: Document) -> Document:
    """One type of inventory of every node that fits all filters, or how many have each value of an attribute.

    Raises InvalidFilter, InvalidTypeNameException, InvalidResultAttributeException, InvalidAggregatorException and
    InvalidNextToken. Nested aggregators and groups are refused: they say nothing about single nodes.
    """
    fitting = [node for node in ssm_nodes.every(ctx) if _wanted(ctx, node, params.get("Filters") or [])]
    if params.get("Aggregators"):
        return {"Entities": _counted(ctx, fitting, params["Aggregators"])}
    name = (params.get("ResultAttributes") or [{"TypeName": ssm_schemas.INFORMATION}])[0]["TypeName"]
    _check_type(name)
    last = pages.after(ctx, "GetInventory", params.get("NextToken"), refusal="InvalidNextToken")
    limit = params.get("MaxResults") or _PAGE
    rest = [node for node in fitting if not last or node.id > last[0]]
    page, more = pages.cut(ctx, "GetInventory", rest[: limit + 1], limit, lambda node: [node.id])
    return {"Entities": [_entity(ctx, node, name) for node in page], **more}


def _entity(ctx: Context, node: Node, name: str) -> Document:
    row = _row(ctx, node.id, name)
    if row is None:
        return {"Id": node.id, "Data": {}}
    data = {
        "TypeName": name,
        "SchemaVersion": row["version"],
        "CaptureTime": row["captured"],
        "ContentHash": row["hash"],
        "Content": loads(row["content"]),
    }
    return {"Id": node.id, "Data": {name: data}}


def _counted(ctx: Context, nodes: Iterable[Node], aggregators: list[Document]) -> list[Document]:
    [asked, *others] = aggregators
    expression = asked.get("Expression") or ""
    name, dot, attribute = expression.partition(".")
    if others or asked.get("Aggregators") or asked.get("Groups") or not dot or name not in ssm_schemas.SCHEMAS:
        raise ServiceError("InvalidAggregatorException", f"The aggregator {expression or '(group)'} is not valid.")
    counts: Counter[str] = Counter()
    for node in nodes:
        row = _row(ctx, node.id, name)
        found = {entry.get(attribute) for entry in loads(row["content"])} if row else set()
        counts.update(value for value in found if value)
    content = [{attribute: value, "Count": str(number)} for value, number in sorted(counts.items())]
    shown = {"TypeName": name, "SchemaVersion": ssm_schemas.SCHEMAS[name].version, "Content": content}
    return [{"Data": {name: shown}}]


def get_inventory_schema(ctx: Context, params: Document) -> Document:
    """The types of inventory and their attributes; one of them when it is named."""
    wanted = params.get("TypeName") or ""
    if wanted and not wanted.startswith(ssm_schemas.CUSTOM):
        ssm_schemas.known(wanted)
    schemas = [
        {
            "TypeName": name,
            "Version": schema.version,
            "Attributes": [{"Name": attribute, "DataType": "string"} for attribute in schema.attributes],
            "DisplayName": name.removeprefix("AWS:"),
        }
        for name, schema in ssm_schemas.SCHEMAS.items()
        if wanted in ("", name)
    ]
    return {"Schemas": schemas}


def _wanted(ctx: Context, node: Node, filters: list[Document]) -> bool:
    """Whether a node fits all filters; a filter is met by any entry of the type (`NotEqual`: by every entry)."""
    for wanted in filters:
        name, dot, attribute = wanted["Key"].partition(".")
        if not dot or (name not in ssm_schemas.SCHEMAS and not name.startswith(ssm_schemas.CUSTOM)):
            raise ServiceError("InvalidFilter", f"The filter key {wanted['Key']} is not valid.")
        row = _row(ctx, node.id, name)
        fits = [_fits(entry.get(attribute), wanted) for entry in (loads(row["content"]) if row else [])]
        if not (all(fits) if wanted.get("Type") == "NotEqual" else any(fits)):
            return False
    return True


def _fits(value: str | None, wanted: Document) -> bool:
    values, how = wanted["Values"], wanted.get("Type") or "Equal"
    if how == "Exists":
        return value is not None
    if how == "NotEqual":
        return value not in values
    if value is None:
        return False
    if how == "BeginWith":
        return any(value.startswith(each) for each in values)
    if how == "LessThan":
        return any(_natural(value) < _natural(each) for each in values)
    if how == "GreaterThan":
        return any(_natural(value) > _natural(each) for each in values)
    return value in values


def _natural(text: str) -> list[tuple[int, str]]:
    """Numbers in a text compared as numbers: version 3.10 comes after 3.9."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.findall(r"\d+|\D+", text)]


def _check_type(name: str) -> None:
    if not name.startswith(ssm_schemas.CUSTOM):
        ssm_schemas.known(name)


def _row(ctx: Context, node_id: str, name: str) -> Row | None:
    return ctx.store.one(
        "SELECT * FROM ssm_inventory WHERE region = ? AND node = ? AND type = ?", (ctx.region, node_id, name)
    )


def _rows(ctx: Context, node_id: str) -> list[Row]:
    return ctx.store.all("SELECT * FROM ssm_inventory WHERE region = ? AND node = ?", (ctx.region, node_id))


OPERATIONS: dict[str, Operation] = {
    "PutInventory": put_inventory,
    "ListInventoryEntries": list_inventory_entries,
    "GetInventory": get_inventory,
    "GetInventorySchema": get_inventory_schema,
}

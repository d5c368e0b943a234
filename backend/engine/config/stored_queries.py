"""Stored queries: advanced queries kept under a name (reference: aws-config.md §8.2)."""

from __future__ import annotations

from backend.engine.config import pages, tagging
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import Row
from backend.model.item import Document

SCHEMA = """
CREATE TABLE IF NOT EXISTS stored_queries (
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    id TEXT NOT NULL,
    arn TEXT NOT NULL,
    description TEXT NOT NULL,
    expression TEXT NOT NULL,
    PRIMARY KEY (region, name)
) WITHOUT ROWID;
"""

MOST_QUERIES = 300
"""Per account and region (reference: aws-config.md §5.7)."""

_PAGE = 100


def put_stored_query(ctx: Context, params: Document) -> Document:
    """PutStoredQuery: a new query, or another text under a name that is there. Tags count for a new one only."""
    given: Document = params["StoredQuery"]
    name = given["QueryName"]
    found = _find(ctx, name)
    for member, column in (("QueryId", "id"), ("QueryArn", "arn")):
        if given.get(member) and (found is None or found[column] != given[member]):
            raise _invalid(f"The {member} {given[member]} is not that of a query named {name}.")
    expression = given.get("Expression") or (found["expression"] if found else "")
    if not expression.strip():
        raise _invalid("The expression of a query must not be empty.")
    if found is None:
        query_id, arn = _name_new(ctx, name)
        tagging.tag_new(ctx, arn, params.get("Tags") or ())
    else:
        query_id, arn = found["id"], found["arn"]
    description = given.get("Description") or ""
    ctx.store.run(
        "INSERT OR REPLACE INTO stored_queries VALUES (?, ?, ?, ?, ?, ?)",
        (ctx.region, name, query_id, arn, description, expression),
    )
    return {"QueryArn": arn}


def _name_new(ctx: Context, name: str) -> tuple[str, str]:
    """Id and ARN of a new query. Raises ServiceError ValidationException when there are too many."""
    count = ctx.store.one("SELECT count(*) AS n FROM stored_queries WHERE region = ?", (ctx.region,))
    if count is not None and count["n"] >= MOST_QUERIES:
        raise _invalid(f"The account already has {MOST_QUERIES} stored queries in this region.")
    query_id = f"query-{ctx.ids.lower(16)}"
    return query_id, ctx.arn("config", f"stored-query/{name}/{query_id}")


def get_stored_query(ctx: Context, params: Document) -> Document:
    """GetStoredQuery: one query with its text."""
    found = _existing(ctx, params["QueryName"])
    return {"StoredQuery": {**_metadata(found), "Expression": found["expression"]}}


def list_stored_queries(ctx: Context, params: Document) -> Document:
    """ListStoredQueries: by name and without their texts, 100 a page unless `MaxResults` says less."""
    limit = params.get("MaxResults") or _PAGE
    behind = pages.after(ctx, "ListStoredQueries", params.get("NextToken")) or [""]
    rows = ctx.store.all(
        "SELECT * FROM stored_queries WHERE region = ? AND name > ? ORDER BY name LIMIT ?",
        (ctx.region, behind[0], limit + 1),
    )
    shown, token = pages.cut(ctx, "ListStoredQueries", rows, limit, lambda row: [row["name"]])
    return {"StoredQueryMetadata": [_metadata(row) for row in shown], **token}


def delete_stored_query(ctx: Context, params: Document) -> Document:
    """DeleteStoredQuery: the query and its tags."""
    found = _existing(ctx, params["QueryName"])
    ctx.store.run("DELETE FROM stored_queries WHERE region = ? AND name = ?", (ctx.region, found["name"]))
    tagging.forget(ctx, found["arn"])
    return {}


def _metadata(row: Row) -> Document:
    described = {"Description": row["description"]} if row["description"] else {}
    return {"QueryId": row["id"], "QueryArn": row["arn"], "QueryName": row["name"], **described}


def _find(ctx: Context, name: str) -> Row | None:
    return ctx.store.one("SELECT * FROM stored_queries WHERE region = ? AND name = ?", (ctx.region, name))


def _existing(ctx: Context, name: str) -> Row:
    found = _find(ctx, name)
    if found is None:
        raise ServiceError("ResourceNotFoundException", f"The stored query {name} does not exist.")
    return found


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)


OPERATIONS: dict[str, Operation] = {
    "PutStoredQuery": put_stored_query,
    "GetStoredQuery": get_stored_query,
    "ListStoredQueries": list_stored_queries,
    "DeleteStoredQuery": delete_stored_query,
}

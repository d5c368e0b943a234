"""Aggregation authorizations: which aggregators may collect from this account and region, and which ask to.

An authorization names an account and region that may hold an aggregator. Who is named by an aggregator without having
authorized it has a pending request until it authorizes, refuses, or is named no more.
"""

from __future__ import annotations

from backend.engine.config import aggregator_state, pages, tagging
from backend.engine.config.aggregator_state import Source
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import Row
from backend.model.item import Document
from backend.model.moment import to_datetime

SCHEMA = """
CREATE TABLE IF NOT EXISTS aggregation_authorizations (
    region TEXT NOT NULL,
    account TEXT NOT NULL,
    aggregator_region TEXT NOT NULL,
    arn TEXT NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (region, account, aggregator_region)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS aggregation_requests (
    region TEXT NOT NULL,
    account TEXT NOT NULL,
    aggregator_region TEXT NOT NULL,
    PRIMARY KEY (region, account, aggregator_region)
) WITHOUT ROWID;
"""
"""In both, `region` is the source's, `account` and `aggregator_region` say where the aggregator is."""

_AUTHORIZATIONS_IN_PAGE, _REQUESTS_IN_PAGE = 100, 20
"""When no limit, or 0, is given (service model)."""


def allows(source: Context, account: str, region: str) -> bool:
    """Whether an account and region may collect from the account and region of a context."""
    return _authorization(source, account, region) is not None


def ask(source: Context, account: str, region: str) -> None:
    """Note that an aggregator of an account and region waits for an authorization."""
    source.store.run("INSERT OR IGNORE INTO aggregation_requests VALUES (?, ?, ?)", (source.region, account, region))


def withdraw(source: Context, account: str, region: str) -> None:
    """No aggregator of an account and region waits any more."""
    source.store.run(
        "DELETE FROM aggregation_requests WHERE region = ? AND account = ? AND aggregator_region = ?",
        (source.region, account, region),
    )


def put_aggregation_authorization(ctx: Context, params: Document) -> Document:
    """PutAggregationAuthorization: making one that is there changes nothing, not even its tags (recorded.md §3)."""
    account, region = _aggregator_place(params, "Authorized")
    found = _authorization(ctx, account, region)
    if found is None:
        arn = ctx.arn("config", f"aggregation-authorization/{account}/{region}")
        tagging.tag_new(ctx, arn, params.get("Tags") or ())
        ctx.store.run(
            "INSERT INTO aggregation_authorizations VALUES (?, ?, ?, ?, ?)", (ctx.region, account, region, arn, ctx.now)
        )
        withdraw(ctx, account, region)
        _wake_aggregators(ctx, account, region)
        found = _authorization(ctx, account, region)
    return {"AggregationAuthorization": _document(found)} if found else {}


def describe_aggregation_authorizations(ctx: Context, params: Document) -> Document:
    """DescribeAggregationAuthorizations: by account and region of the aggregator."""
    operation = "DescribeAggregationAuthorizations"
    limit = params.get("Limit") or _AUTHORIZATIONS_IN_PAGE
    rows, token = _page(ctx, "aggregation_authorizations", operation, params, limit)
    return {"AggregationAuthorizations": [_document(row) for row in rows], **token}


def delete_aggregation_authorization(ctx: Context, params: Document) -> Document:
    """DeleteAggregationAuthorization: the aggregator keeps what it has, which grows old; none there is no error."""
    account, region = _aggregator_place(params, "Authorized")
    found = _authorization(ctx, account, region)
    if found is not None:
        tagging.forget(ctx, found["arn"])
        ctx.store.run("DELETE FROM aggregation_authorizations WHERE arn = ?", (found["arn"],))
        _wake_aggregators(ctx, account, region)
    return {}


def describe_pending_aggregation_requests(ctx: Context, params: Document) -> Document:
    """DescribePendingAggregationRequests: who would like to collect from this account and region."""
    operation = "DescribePendingAggregationRequests"
    limit = params.get("Limit") or _REQUESTS_IN_PAGE
    rows, token = _page(ctx, "aggregation_requests", operation, params, limit)
    return {
        "PendingAggregationRequests": [
            {"RequesterAccountId": row["account"], "RequesterAwsRegion": row["aggregator_region"]} for row in rows
        ],
        **token,
    }


def delete_pending_aggregation_request(ctx: Context, params: Document) -> Document:
    """DeletePendingAggregationRequest: refuse; it comes back when the aggregator is put again."""
    withdraw(ctx, *_aggregator_place(params, "Requester"))
    return {}


def _wake_aggregators(ctx: Context, account: str, region: str) -> None:
    """Let the aggregators that are concerned look at the context's account again."""
    if account not in ctx.accounts:
        return
    there = ctx.in_account(account, region)
    mine = Source(ctx.account, ctx.region)
    for aggregator in aggregator_state.page(there):
        if mine in aggregator.sources(there):
            aggregator_state.refresh_soon(there, aggregator)


def _aggregator_place(params: Document, whose: str) -> tuple[str, str]:
    """Account and region of the aggregator that a call is about. Raises ServiceError InvalidParameterValueException."""
    region: str = params[f"{whose}AwsRegion"]
    if not aggregator_state.is_region(region):
        raise ServiceError(
            "InvalidParameterValueException",
            f"The region '{region}' is not valid. Choose an AWS Config-supported region.",
        )
    return params[f"{whose}AccountId"], region


def _authorization(ctx: Context, account: str, region: str) -> Row | None:
    return ctx.store.one(
        "SELECT * FROM aggregation_authorizations WHERE region = ? AND account = ? AND aggregator_region = ?",
        (ctx.region, account, region),
    )


def _page(ctx: Context, table: str, operation: str, params: Document, limit: int) -> tuple[list[Row], Document]:
    behind = pages.after(ctx, operation, params.get("NextToken")) or ["", ""]
    rows = ctx.store.all(
        f"SELECT * FROM {table} WHERE region = ? AND (account, aggregator_region) > (?, ?)"
        " ORDER BY account, aggregator_region LIMIT ?",
        (ctx.region, *behind, limit + 1),
    )
    return pages.cut(ctx, operation, rows, limit, lambda row: [row["account"], row["aggregator_region"]])


def _document(row: Row) -> Document:
    return {
        "AggregationAuthorizationArn": row["arn"],
        "AuthorizedAccountId": row["account"],
        "AuthorizedAwsRegion": row["aggregator_region"],
        "CreationTime": to_datetime(row["created"]),
    }


OPERATIONS: dict[str, Operation] = {
    "PutAggregationAuthorization": put_aggregation_authorization,
    "DescribeAggregationAuthorizations": describe_aggregation_authorizations,
    "DeleteAggregationAuthorization": delete_aggregation_authorization,
    "DescribePendingAggregationRequests": describe_pending_aggregation_requests,
    "DeletePendingAggregationRequest": delete_pending_aggregation_request,
}

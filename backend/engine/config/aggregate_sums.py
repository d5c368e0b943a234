"""What an aggregator has collected in sum: by account, by region, or all in one."""

from __future__ import annotations

from collections.abc import Sequence

from backend.engine.config import aggregate_sources, pages
from backend.engine.context import Context
from backend.engine.store import Row
from backend.model.item import Document

_COLUMNS = {None: "''", "ACCOUNT_ID": "account", "AWS_REGION": "source_region"}


def page(
    ctx: Context, operation: str, params: Document, *, sums: str, of: str, bound: Sequence[str] = (), size: int
) -> tuple[list[tuple[Document, Row]], Document]:
    """A page of groups, as a call asks for them with its GroupByKey: (GroupName member, row) pairs.

    `of` is a query for what is summed up. Its parameters are the region and the name of the aggregator, then `bound`,
    then the account and the region the call filters by. `sums` are columns over its rows, `size` the groups in a page
    when the call says nothing. With them come the members GroupByKey and NextToken.
    """
    aggregator = aggregate_sources.named(ctx, params)
    operation = f"{operation} of {aggregator.name}"
    filters: Document = params.get("Filters") or {}
    key = params.get("GroupByKey")
    column = _COLUMNS[key]
    limit = params.get("Limit") or size
    [behind] = pages.after(ctx, operation, params.get("NextToken")) or [""]
    rows = ctx.store.all(
        f"SELECT {column} AS name, {sums} FROM ({of}) WHERE ? = '' OR {column} > ? GROUP BY name ORDER BY name LIMIT ?",
        (
            *(ctx.region, aggregator.name, *bound, filters.get("AccountId"), filters.get("AwsRegion")),
            *(behind, behind, limit + 1),
        ),
    )
    shown, token = pages.cut(ctx, operation, rows, limit, lambda row: [row["name"]])
    groups: list[tuple[Document, Row]] = [({"GroupName": row["name"]} if key else {}, row) for row in shown]
    return groups, {**({"GroupByKey": key} if key else {}), **token}

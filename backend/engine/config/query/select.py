"""What answers an advanced query: one page of rows over the items it may see."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from backend.engine.config import items, pages
from backend.engine.config.query import expression
from backend.engine.config.query.answer import answer, columns, matching, row
from backend.engine.config.query.expression import AllOf, AnyOf, Compared, Condition, ExpressionError, Query
from backend.engine.config.query.values import exact
from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.engine.store import dumps, loads
from backend.model.item import Document

_Place: TypeAlias = tuple[str, str]
"""A type and id: where in the order of the items one stands."""

PAGE, GROUPS_PAGE = 25, 500
"""Rows of a page when no limit is given (model: SelectAggregateResourceConfig)."""

_QUERYABLE = frozenset({"OK", "ResourceDiscovered"})
"""Statuses of items that queries see: neither deleted ones nor those of types that are not recorded."""


def select_resource_config(ctx: Context, params: Document) -> Document:
    """SelectResourceConfig. Raises ServiceError InvalidExpressionException and InvalidNextTokenException."""
    return run(
        ctx,
        "SelectResourceConfig",
        params,
        lambda query: documents(ctx, query),
        lambda query, after: documents(ctx, query, after),
    )


def run(
    ctx: Context,
    operation: str,
    params: Document,
    source: Callable[[Query], Iterable[Document]],
    resumed: Callable[[Query, _Place], Iterable[Document]] | None = None,
) -> Document:
    """One page of the answer to `params["Expression"]` over the items that `source` gives for it.

    `resumed` gives those behind a type and id: with it, the pages of a query that is neither ordered nor grouped do not
    read again what the pages before them showed.
    """
    text = params["Expression"]
    try:
        query = expression.read(text)
    except ExpressionError as error:
        raise ServiceError("InvalidExpressionException", str(error)) from error
    limit = params.get("Limit") or params.get("MaxResults") or (GROUPS_PAGE if query.grouped else PAGE)
    whole = query.grouped and any(isinstance(order.column, expression.Aggregate) for order in query.orders)
    seal = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    after = [] if whole else _after(ctx, operation, params.get("NextToken"), seal)
    if resumed is not None and not query.grouped and not query.orders:
        return _by_place(ctx, operation, query, seal, limit, resumed(query, _place(after)))
    start = int(after[0]) if after else 0
    end = None if whole else start + limit
    # One row more than is shown: then there is another page.
    rows = answer(query, map(row, source(query)), start, end if end is None else end + 1)
    shown = rows if whole else rows[:limit]
    found = _page(query, shown)
    if len(shown) < len(rows):
        found["NextToken"] = pages.token(ctx, operation, [seal, str(start + limit)])
    return found


def _by_place(
    ctx: Context, operation: str, query: Query, seal: str, limit: int, documents: Iterable[Document]
) -> Document:
    """A page of items in their own order, whose token names the last of them."""
    rows = list(itertools.islice(matching(query, map(row, documents)), limit + 1))
    found = _page(query, columns(query, rows[:limit]))
    if len(rows) > limit:
        last = rows[limit - 1]
        found["NextToken"] = pages.token(ctx, operation, [seal, last["resourceType"], last["resourceId"]])
    return found


def _page(query: Query, rows: Iterable[Document]) -> Document:
    return {
        "Results": [dumps(each) for each in rows],
        "QueryInfo": {"SelectFields": [{"Name": column.name} for column in query.columns]},
    }


def documents(ctx: Context, query: Query, after: _Place = ("", "")) -> Iterator[Document]:
    """The items of the region that a query can see, by type and id; those behind the type and id `after`.

    Most of them are left out before they are decoded: those of other types, and those that don't hold a text asked for.
    """
    wanted, needles = types(query.where), texts(query.where)
    for each in [None] if wanted is None else sorted(one for one in wanted if one >= after[0]):
        for text in items.live_texts(ctx, each, after):
            if all(needle in text for needle in needles):
                document = loads(text)
                if document["configurationItemStatus"] in _QUERYABLE:
                    yield document


def types(condition: Condition | None) -> set[str] | None:
    """The resource types that a condition allows; None when it allows every one."""
    match condition:
        case Compared(named, "=", str(literal)) if named.name == "resourceType":
            return {literal}
        case AllOf(parts):
            named_types = [found for found in map(types, parts) if found is not None]
            return set.intersection(*named_types) if named_types else None
        case AnyOf(parts):
            each_types = [types(part) for part in parts]
            return None if None in each_types else set().union(*filter(None, each_types))
        case _:
            return None


def texts(condition: Condition | None) -> list[str]:
    """What the JSON of every item that meets a condition contains."""
    match condition:
        case Compared(named, "=", str(literal)) if named.path[0] != "tags" and exact(literal):
            return [dumps(literal)]
        case AllOf(parts):
            return [needle for part in parts for needle in texts(part)]
        case _:
            return []


def _after(ctx: Context, operation: str, token: str | None, seal: str) -> list[str]:
    """What a token leads behind; nothing without one. Raises ServiceError InvalidNextTokenException for the token of
    another query."""
    found = pages.after(ctx, operation, token)
    if found is None:
        return []
    if found[0] != seal:
        raise ServiceError("InvalidNextTokenException", "The nextToken provided is invalid")
    return found[1:]


def _place(after: list[str]) -> _Place:
    return (after[0], after[1]) if after else ("", "")

"""GetResourceConfigHistory: the items of one resource, page by page."""

from __future__ import annotations

from typing import NamedTuple

from backend.engine.config import faults, items, pages, recorder_state, retention
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.model import moment
from backend.model.item import Document
from backend.model.moment import DAY, Moment

_OPERATION = "GetResourceConfigHistory"
_PAGE = 10
_WINDOW = 7 * DAY


class _Asked(NamedTuple):
    """What a call asks for, and how far the calls before it came."""

    resource_type: str
    resource_id: str
    earlier: Moment | None
    later: Moment | None
    forward: bool
    limit: int
    after: Moment | None
    """Behind the item captured then."""
    edge: Moment | None
    """Where a window of seven days begins."""


def get_resource_config_history(ctx: Context, params: Document) -> Document:
    """The items of one resource, newest first by default, ten a page unless `limit` says otherwise.

    The service looks at seven days a call and answers empty pages where nothing happened in them; here every page is
    full but the last, unless the fault `empty-pages` asks for the service's way.
    """
    recorder_state.require(ctx, "get resource config history")
    asked = _read(ctx, params)
    if asked.earlier is not None and asked.later is not None and asked.earlier >= asked.later:
        raise ServiceError("InvalidTimeRangeException")
    if not items.known(ctx, asked.resource_type, asked.resource_id):
        raise ServiceError(
            "ResourceNotDiscoveredException",
            f"Resource {asked.resource_id} of resourceType:{asked.resource_type} is unknown or has not been discovered",
        )
    windowed = asked.edge is not None or faults.active(ctx, "empty-pages") is not None
    documents, token = _of_a_week(ctx, asked) if windowed else _page(ctx, asked, asked.earlier, asked.later)
    answer: Document = {"configurationItems": [items.to_api(document) for document in documents]}
    if token:
        answer["nextToken"] = pages.token(ctx, _OPERATION, token)
    return answer


OPERATIONS: dict[str, Operation] = {_OPERATION: get_resource_config_history}


def _read(ctx: Context, params: Document) -> _Asked:
    place = pages.after(ctx, _OPERATION, params.get("nextToken")) or []
    after, edge = (int(text) if text else None for text in (*place, "", "")[:2])
    return _Asked(
        params["resourceType"],
        params["resourceId"],
        _bound(params.get("earlierTime")),
        _bound(params.get("laterTime")),
        params.get("chronologicalOrder") == "Forward",
        params.get("limit") or _PAGE,
        after,
        edge,
    )


def _page(
    ctx: Context, asked: _Asked, earlier: Moment | None, later: Moment | None, edge: str = ""
) -> tuple[list[Document], list[str]]:
    """The next items between two moments, and what the token says: where they end, or nothing at the last."""
    found = items.history(
        ctx,
        asked.resource_type,
        asked.resource_id,
        earlier=earlier,
        later=later,
        forward=asked.forward,
        limit=asked.limit + 1,
        after=asked.after,
    )
    if len(found) <= asked.limit:
        return found, []
    return found[: asked.limit], [str(found[asked.limit - 1]["configurationStateId"]), edge]


def _of_a_week(ctx: Context, asked: _Asked) -> tuple[list[Document], list[str]]:
    """The items of the seven days that the call looks at; there is a next page as long as there are days left."""
    first = ctx.now - retention.days(ctx) * DAY if asked.earlier is None else asked.earlier
    last = ctx.now if asked.later is None else asked.later
    if asked.forward:
        begin = first if asked.edge is None else asked.edge
        end = min(begin + _WINDOW, last)
        left, edge = end < last, end + 1
    else:
        end = last if asked.edge is None else asked.edge
        begin = max(end - _WINDOW, first)
        left, edge = begin > first, begin - 1
    # Without bounds of its own the range takes in what was captured some milliseconds ahead of the clock, and the one
    # item that outlives its retention.
    earlier = None if asked.earlier is None and begin <= first else begin
    later = None if asked.later is None and end >= last else end
    documents, token = _page(ctx, asked, earlier, later, str(begin if asked.forward else end))
    return documents, token or (["", str(edge)] if left else [])


def _bound(value: object) -> Moment | None:
    return None if value is None else moment.parse(value)  # type: ignore[arg-type]  # a datetime or a number, by the model

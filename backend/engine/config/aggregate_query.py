"""Advanced queries over what an aggregator has collected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from backend.engine.config import aggregate_resources, aggregate_sources
from backend.engine.config.aggregator_state import Aggregator
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.model.item import Document

if TYPE_CHECKING:
    from backend.engine.config.query.expression import Query


def select_aggregate_resource_config(ctx: Context, params: Document) -> Document:
    """SelectAggregateResourceConfig: as SelectResourceConfig, over all sources (each as of its last refresh)."""
    from backend.engine.config.query import select  # the parser takes 100 ms to import: when first asked

    aggregator = aggregate_sources.named(ctx, params)

    def source(query: Query) -> Iterator[Document]:
        return _documents(ctx, aggregator, select.types(query.where))

    return select.run(ctx, "SelectAggregateResourceConfig", params, source)


def _documents(ctx: Context, aggregator: Aggregator, types: set[str] | None) -> Iterator[Document]:
    for source in aggregate_sources.collected(ctx, aggregator, None, None):
        for kind in [None] if types is None else sorted(types):
            yield from aggregate_resources.documents(source, kind)


OPERATIONS: dict[str, Operation] = {"SelectAggregateResourceConfig": select_aggregate_resource_config}

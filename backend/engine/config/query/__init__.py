"""Advanced queries: the language, the rows that answer, and the operation that runs them."""

from __future__ import annotations

from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.model.item import Document


def select_resource_config(ctx: Context, params: Document) -> Document:
    """SelectResourceConfig: an advanced query over the newest items of the region."""
    from backend.engine.config.query import select  # the parser takes 100 ms to import: when first asked

    return select.select_resource_config(ctx, params)


OPERATIONS: dict[str, Operation] = {"SelectResourceConfig": select_resource_config}

"""How long configuration items are kept."""

from __future__ import annotations

from backend.engine.clock import Due
from backend.engine.config import pages
from backend.engine.context import Context
from backend.engine.engine import DueHandler, Operation
from backend.engine.errors import ServiceError
from backend.model.item import Document
from backend.model.moment import DAY
from backend.model.retention import LONGEST, SHORTEST

SCHEMA = """
CREATE TABLE IF NOT EXISTS retention (
    region TEXT PRIMARY KEY,
    days INTEGER NOT NULL
) WITHOUT ROWID;
"""

RUN = "config.retention"
"""The due thing that drops what is older than the period."""

NAME = "default"


def put_retention_configuration(ctx: Context, params: Document) -> Document:
    """Set the period in days (ITM-17)."""
    days = params["RetentionPeriodInDays"]
    if not SHORTEST <= days <= LONGEST:
        raise ServiceError(
            "InvalidParameterValueException",
            f"The retention period of {days} days is not valid. It must be between {SHORTEST} and {LONGEST} days.",
        )
    ctx.store.run("INSERT OR REPLACE INTO retention VALUES (?, ?)", (ctx.region, days))
    begin(ctx)
    return {"RetentionConfiguration": _document(days)}


def describe_retention_configurations(ctx: Context, params: Document) -> Document:
    """The one retention configuration, or an empty list when none was put; there is no second page to ask for."""
    pages.after(ctx, "DescribeRetentionConfigurations", params.get("NextToken"))
    days = _days(ctx)
    for name in params.get("RetentionConfigurationNames") or []:
        if name != NAME or days is None:
            raise _unknown(name)
    return {"RetentionConfigurations": [] if days is None else [_document(days)]}


def delete_retention_configuration(ctx: Context, params: Document) -> Document:
    """Back to seven years."""
    name = params["RetentionConfigurationName"]
    if name != NAME or _days(ctx) is None:
        raise _unknown(name)
    ctx.store.run("DELETE FROM retention WHERE region = ?", (ctx.region,))
    return {}


def days(ctx: Context) -> int:
    """How long items are kept in the region."""
    return _days(ctx) or LONGEST


def begin(ctx: Context) -> None:
    """Look once a day, from now on."""
    if ctx.clock.when(RUN, ctx.region) is None:
        ctx.clock.schedule(ctx.now + DAY, RUN, ctx.region)


def expire(ctx: Context, due: Due) -> None:
    """Drop the items that were replaced before the period began; files in the bucket stay (ITM-18).

    The newest item of a resource never goes, and the one that was current when the period begins stays as well.
    """
    ctx.clock.schedule(due.at + DAY, RUN, ctx.region)
    limit = ctx.now - days(ctx) * DAY
    ctx.store.run(
        "DELETE FROM items WHERE region = ? AND captured < ? AND EXISTS ("
        " SELECT 1 FROM items AS newer WHERE newer.region = items.region AND newer.type = items.type"
        " AND newer.id = items.id AND newer.captured > items.captured AND newer.captured <= ?)",
        (ctx.region, limit, limit),
    )


OPERATIONS: dict[str, Operation] = {
    "PutRetentionConfiguration": put_retention_configuration,
    "DescribeRetentionConfigurations": describe_retention_configurations,
    "DeleteRetentionConfiguration": delete_retention_configuration,
}

DUE: dict[str, DueHandler] = {RUN: expire}


def _days(ctx: Context) -> int | None:
    row = ctx.store.one("SELECT days FROM retention WHERE region = ?", (ctx.region,))
    return row["days"] if row else None


def _document(days: int) -> Document:
    return {"Name": NAME, "RetentionPeriodInDays": days}


def _unknown(name: str) -> ServiceError:
    return ServiceError(
        "NoSuchRetentionConfigurationException",
        f"Cannot find retention configuration with the specified name '{name}'.",
    )

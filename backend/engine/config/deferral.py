"""What is recorded later than it happened: once a day, or after a while.

Kept here is only which resource it is; what it looks like is seen when its time comes.
"""

from __future__ import annotations

from backend.engine.context import Context
from backend.engine.world.estate import Resource
from backend.model.item import ResourceKey
from backend.model.moment import DAY, Moment

DAILY_RUN = "config.daily"
"""The due thing that records, once a day, what is recorded daily only."""

LATE_RUN = "config.late"
"""The due thing that records one resource whose change was put off."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS daily_changes (
    region TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (region, type, id)
) WITHOUT ROWID;
"""


def until_midnight(ctx: Context, resource: Resource) -> None:
    """Have a resource looked at when the day (UTC) ends."""
    ctx.store.run(
        "INSERT OR IGNORE INTO daily_changes VALUES (?, ?, ?)",
        (ctx.region, resource.resource_type, resource.resource_id),
    )
    if ctx.clock.when(DAILY_RUN, ctx.region) is None:
        ctx.clock.schedule((ctx.now // DAY + 1) * DAY, DAILY_RUN, ctx.region)


def take_changed(ctx: Context) -> list[ResourceKey]:
    """The resources of the region that waited for the day to end; they wait no longer."""
    rows = ctx.store.all("SELECT type, id FROM daily_changes WHERE region = ? ORDER BY type, id", (ctx.region,))
    ctx.store.run("DELETE FROM daily_changes WHERE region = ?", (ctx.region,))
    return [ResourceKey(row["type"], row["id"]) for row in rows]


def late(ctx: Context, resource: Resource, at: Moment) -> None:
    """Have a resource looked at later, unless that is arranged already."""
    key = f"{resource.resource_type}/{resource.resource_id}"
    if ctx.clock.when(LATE_RUN, ctx.region, key) is None:
        ctx.clock.schedule(at, LATE_RUN, ctx.region, key, list(resource.key))

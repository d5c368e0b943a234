"""Resources whose verdicts moved, until `resource_compliance` has written what became of them.

Kept apart from the items, so that one item tells of all the verdicts that moved together, and so that what moved
while nothing was recorded (periodic rules go on then) is told of when recording starts.
"""

from __future__ import annotations

from collections.abc import Iterable

from backend.engine.context import Context
from backend.model.coverage import COMPLIANCE_TYPE, PACK_COMPLIANCE_TYPE
from backend.model.item import ResourceKey
from backend.model.moment import SECOND, Moment

SCHEMA = """
CREATE TABLE IF NOT EXISTS compliance_transitions (
    region TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (region, type, id)
) WITHOUT ROWID;
"""

VERDICT_TYPES = frozenset({COMPLIANCE_TYPE, PACK_COMPLIANCE_TYPE})
"""Items that are verdicts themselves: no rule looks at them unless its scope names them, or it would never end."""

SETTLED = "config.compliance.settled"
"""The due thing that writes the items."""

_SETTLING: Moment = SECOND


def note(ctx: Context, keys: Iterable[ResourceKey]) -> None:
    """The verdicts of these resources moved."""
    rows = [(ctx.region, *key) for key in keys if key.resource_type not in VERDICT_TYPES]
    if rows:
        ctx.store.run_many("INSERT OR IGNORE INTO compliance_transitions VALUES (?, ?, ?)", rows)
        wake(ctx)


def wake(ctx: Context) -> None:
    """See to it that the items are written soon."""
    if ctx.clock.when(SETTLED, ctx.region) is None:
        ctx.clock.schedule(ctx.now + _SETTLING, SETTLED, ctx.region)


def take(ctx: Context) -> list[ResourceKey]:
    """All that moved in the region, and forget it; by type and id."""
    rows = ctx.store.all(
        "SELECT type, id FROM compliance_transitions WHERE region = ? ORDER BY type, id", (ctx.region,)
    )
    ctx.store.run("DELETE FROM compliance_transitions WHERE region = ?", (ctx.region,))
    return [ResourceKey(row["type"], row["id"]) for row in rows]

"""What is kept of the remediation of rules; the operations are in `config/remediation*.py`."""

from __future__ import annotations

from collections.abc import Iterable

from backend.engine.context import Context
from backend.engine.store import Row, dumps, loads
from backend.model.item import Document, ResourceKey
from backend.model.moment import SECOND, Moment

QUEUED, IN_PROGRESS, FAILED = "QUEUED", "IN_PROGRESS", "FAILED"

DEFAULT_ATTEMPTS = 5
"""Automatic attempts on a resource within the window."""
DEFAULT_WINDOW = 60
"""Seconds (reference: aws-config.md §8.2)."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS remediation_configurations (
    region TEXT NOT NULL,
    rule TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (region, rule)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS remediation_executions (
    region TEXT NOT NULL,
    rule TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    state TEXT NOT NULL,
    invoked INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    PRIMARY KEY (region, rule, type, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS remediation_exceptions (
    region TEXT NOT NULL,
    rule TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    message TEXT NOT NULL,
    expires INTEGER,
    PRIMARY KEY (region, rule, type, id)
) WITHOUT ROWID;
"""
"""`rule` is the rule's name, which is what remediation knows it by; `attempt` counts automatic ones, 0 is by hand."""

STEP = "config.remediation.step"
"""The due thing that moves the executions of a rule on."""
STEP_TIME: Moment = 5 * SECOND
"""From QUEUED to IN_PROGRESS, and from there to the end."""


def of(ctx: Context, rule: str) -> Document | None:
    """The remediation configuration of a rule, as RemediationConfiguration."""
    row = ctx.store.one("SELECT body FROM remediation_configurations WHERE region = ? AND rule = ?", (ctx.region, rule))
    return loads(row["body"]) if row else None


def make(ctx: Context, given: Document, *, service: str = "") -> Document:
    """Keep what was put for a rule, with the defaults and members that the service fills in; what is kept now.

    `service` owns the remediations of a pack.
    """
    before = of(ctx, given["ConfigRuleName"])
    place = f"remediation-configuration/{given['ConfigRuleName']}/remediation-configuration-{ctx.ids.lower(9)}"
    kept = {
        **{name: value for name, value in given.items() if name not in ("Arn", "CreatedByService")},
        "Automatic": given.get("Automatic", False),
        "Arn": before["Arn"] if before else ctx.arn("config", place),
        **({"CreatedByService": service} if service else {}),
    }
    if kept["Automatic"]:
        kept.setdefault("MaximumAutomaticAttempts", DEFAULT_ATTEMPTS)
        kept.setdefault("RetryAttemptSeconds", DEFAULT_WINDOW)
    _keep(ctx, kept)
    return kept


def _keep(ctx: Context, configuration: Document) -> None:
    ctx.store.run(
        "INSERT OR REPLACE INTO remediation_configurations VALUES (?, ?, ?)",
        (ctx.region, configuration["ConfigRuleName"], dumps(configuration)),
    )


def drop(ctx: Context, rule: str) -> None:
    """Forget the configuration of a rule and how its executions went."""
    for table in ("remediation_configurations", "remediation_executions"):
        ctx.store.run(f"DELETE FROM {table} WHERE region = ? AND rule = ?", (ctx.region, rule))


def forget(ctx: Context, rule: str) -> None:
    """Forget all of the remediation of a rule that is gone, the exceptions too."""
    drop(ctx, rule)
    ctx.store.run("DELETE FROM remediation_exceptions WHERE region = ? AND rule = ?", (ctx.region, rule))


def begin(ctx: Context, rule: str, key: ResourceKey, *, attempt: int = 0) -> None:
    """Queue an execution for a resource, in place of the one before."""
    ctx.store.run(
        "INSERT OR REPLACE INTO remediation_executions VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (ctx.region, rule, *key, QUEUED, ctx.now, ctx.now, attempt),
    )
    if ctx.clock.when(STEP, ctx.region, rule) is None:
        ctx.clock.schedule(ctx.now + STEP_TIME, STEP, ctx.region, rule)


def begin_automatic(ctx: Context, rule: str, key: ResourceKey) -> None:
    """A rule found a resource wrong: queue the first attempt where remediation is automatic and does not except it."""
    configuration = of(ctx, rule)
    if configuration is not None and configuration["Automatic"] and not excepted(ctx, rule, key):
        begin(ctx, rule, key, attempt=1)


def except_from(ctx: Context, rule: str, keys: Iterable[ResourceKey], message: str, expires: Moment | None) -> None:
    """Leave resources out of automatic remediation, for ever or until a moment."""
    rows = [(ctx.region, rule, *key, message, expires) for key in keys]
    ctx.store.run_many("INSERT OR REPLACE INTO remediation_exceptions VALUES (?, ?, ?, ?, ?, ?)", rows)


def excepted(ctx: Context, rule: str, key: ResourceKey) -> bool:
    """Whether automatic remediation leaves a resource alone."""
    return any((row["type"], row["id"]) == key for row in exceptions(ctx, rule))


def exceptions(ctx: Context, rule: str) -> list[Row]:
    """The exceptions of a rule that have not expired, by type and id."""
    return ctx.store.all(
        "SELECT * FROM remediation_exceptions WHERE region = ? AND rule = ?"
        " AND (expires IS NULL OR expires > ?) ORDER BY type, id",
        (ctx.region, rule, ctx.now),
    )


def move(ctx: Context, rule: str, before: str, after: str, *, since: Moment) -> None:
    """Bring the executions of a rule that have been in one state since a moment or longer into another."""
    ctx.store.run(
        "UPDATE remediation_executions SET state = ?, updated = ?"
        " WHERE region = ? AND rule = ? AND state = ? AND updated <= ?",
        (after, ctx.now, ctx.region, rule, before, since),
    )


def executions(ctx: Context, rule: str) -> list[Row]:
    """The last execution for each resource, by type and id."""
    return ctx.store.all(
        "SELECT * FROM remediation_executions WHERE region = ? AND rule = ? ORDER BY type, id", (ctx.region, rule)
    )


def running(ctx: Context, rule: str) -> bool:
    """Whether an execution of the rule has not ended."""
    return any(row["state"] != FAILED for row in executions(ctx, rule))

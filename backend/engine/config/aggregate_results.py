"""The copy of the verdicts that an aggregator has collected from its sources: results, and packs in sum."""

from __future__ import annotations

from backend.engine.config.aggregator_state import Source
from backend.engine.config.packs import register, verdicts
from backend.engine.context import Context
from backend.model.moment import Moment
from backend.rules.verdict import COMPLIANT, NON_COMPLIANT

SCHEMA = """
CREATE TABLE IF NOT EXISTS aggregate_results (
    region TEXT NOT NULL,
    aggregator TEXT NOT NULL,
    account TEXT NOT NULL,
    source_region TEXT NOT NULL,
    rule TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    compliance TEXT NOT NULL,
    annotation TEXT NOT NULL,
    ordering INTEGER NOT NULL,
    recorded INTEGER NOT NULL,
    invoked INTEGER NOT NULL,
    PRIMARY KEY (region, aggregator, account, source_region, rule, type, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS aggregate_packs (
    region TEXT NOT NULL,
    aggregator TEXT NOT NULL,
    account TEXT NOT NULL,
    source_region TEXT NOT NULL,
    pack TEXT NOT NULL,
    compliance TEXT NOT NULL,
    good INTEGER NOT NULL,
    bad INTEGER NOT NULL,
    rules INTEGER NOT NULL,
    PRIMARY KEY (region, aggregator, account, source_region, pack)
) WITHOUT ROWID;
"""
"""`rule` and `pack` are names; `good` and `bad` count rules."""

_OF_SOURCE = "region = ? AND aggregator = ? AND account = ? AND source_region = ?"


def collect(ctx: Context, aggregator: str, source: Context, since: Moment | None) -> None:
    """Bring the copy of a source up to date, which was last done at `since`.

    A re-evaluated result has a new time of recording, so only those are read; one that is gone shows in the number.
    """
    place = (ctx.region, aggregator, source.account, source.region)
    changed = source.store.all(
        "SELECT name, type, rule_results.id, compliance, annotation, ordering, recorded, invoked"
        " FROM rule_results JOIN config_rules ON config_rules.region = rule_results.region"
        " AND config_rules.id = rule_results.rule WHERE rule_results.region = ? AND recorded >= ?",
        (source.region, since or 0),
    )
    ctx.store.run_many(
        "INSERT OR REPLACE INTO aggregate_results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(*place, *row) for row in changed],
    )
    there = source.store.one("SELECT count(*) AS n FROM rule_results WHERE region = ?", (source.region,))
    here = ctx.store.one(f"SELECT count(*) AS n FROM aggregate_results WHERE {_OF_SOURCE}", place)
    if there and here and there["n"] < here["n"]:
        _prune(ctx, place, source)
    _collect_packs(ctx, place, source)


def forget(ctx: Context, aggregator: str, source: Source) -> None:
    """Drop the copy of a source."""
    for table in ("aggregate_results", "aggregate_packs"):
        ctx.store.run(f"DELETE FROM {table} WHERE {_OF_SOURCE}", (ctx.region, aggregator, *source))


def _collect_packs(ctx: Context, place: tuple[str, str, str, str], source: Context) -> None:
    """Sum up the packs of a source; they are few, so all of them each time."""
    ctx.store.run(f"DELETE FROM aggregate_packs WHERE {_OF_SOURCE}", place)
    for pack in register.everything(source):
        found = verdicts.of_rules(source, pack)
        said = [verdict.compliance for verdict in found]
        ctx.store.run(
            "INSERT INTO aggregate_packs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*place, pack.name, verdicts.together(found), said.count(COMPLIANT), said.count(NON_COMPLIANT), len(said)),
        )


def _prune(ctx: Context, place: tuple[str, str, str, str], source: Context) -> None:
    """Drop from the copy what the source no longer has."""
    kept = {
        tuple(row)
        for row in source.store.all(
            "SELECT name, type, rule_results.id FROM rule_results JOIN config_rules"
            " ON config_rules.region = rule_results.region AND config_rules.id = rule_results.rule"
            " WHERE rule_results.region = ?",
            (source.region,),
        )
    }
    copied = ctx.store.all(f"SELECT rule, type, id FROM aggregate_results WHERE {_OF_SOURCE}", place)
    ctx.store.run_many(
        f"DELETE FROM aggregate_results WHERE {_OF_SOURCE} AND rule = ? AND type = ? AND id = ?",
        [(*place, *row) for row in copied if tuple(row) not in kept],
    )

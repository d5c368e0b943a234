"""The facts about the account that no configuration item holds, as this world has them (`backend.rules.facts`)."""

from __future__ import annotations

from backend.engine.context import Context
from backend.engine.store import dumps, loads
from backend.model.item import Json
from backend.rules.facts import FACTS

SCHEMA = """
CREATE TABLE IF NOT EXISTS account_facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
"""
"""The name of a fact that each region has of its own stands behind that of the region and a slash."""


def fact(ctx: Context, name: str) -> Json:
    """The value of a fact, here. Raises `KeyError` for a name not in `FACTS`."""
    fresh = FACTS[name].fresh
    row = ctx.store.one("SELECT value FROM account_facts WHERE name = ?", (_key(ctx, name),))
    return loads(row["value"]) if row else fresh


def set_fact(ctx: Context, name: str, value: Json) -> None:
    """Change a fact; periodic rules see it at their next pass. Raises `KeyError` for a name not in `FACTS`."""
    FACTS[name]
    ctx.store.run("INSERT OR REPLACE INTO account_facts VALUES (?, ?)", (_key(ctx, name), dumps(value)))


def _key(ctx: Context, name: str) -> str:
    return f"{ctx.region}/{name}" if FACTS[name].regional else name

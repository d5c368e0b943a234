"""Facts about the account that no configuration item holds, such as whether root has an MFA device."""

from __future__ import annotations

from backend.engine.context import Context
from backend.engine.store import dumps, loads
from backend.model.item import Json

SCHEMA = """
CREATE TABLE IF NOT EXISTS account_facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
"""

ROOT_MFA = "root_mfa_enabled"
"""Whether the root user needs MFA for console sign-in (RUL-07)."""

FACTS: dict[str, Json] = {ROOT_MFA: False}
"""Every known fact with its value in a fresh account."""


def fact(ctx: Context, name: str) -> Json:
    """The value of a fact. Raises `KeyError` for a name not in `FACTS`."""
    fresh = FACTS[name]
    row = ctx.store.one("SELECT value FROM account_facts WHERE name = ?", (name,))
    return loads(row["value"]) if row else fresh


def set_fact(ctx: Context, name: str, value: Json) -> None:
    """Change a fact; periodic rules see it at their next pass. Raises `KeyError` for a name not in `FACTS`."""
    FACTS[name]
    ctx.store.run("INSERT OR REPLACE INTO account_facts VALUES (?, ?)", (name, dumps(value)))

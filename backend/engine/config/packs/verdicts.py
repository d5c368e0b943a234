"""What the rules of a pack say: each by itself, all together, and the share of it that is in order."""

from __future__ import annotations

from typing import NamedTuple

from backend.engine.config.packs.register import Pack
from backend.engine.context import Context
from backend.engine.store import dumps
from backend.model.moment import Moment
from backend.rules.verdict import COMPLIANT, INSUFFICIENT_DATA, NON_COMPLIANT


class RuleVerdict(NamedTuple):
    """The verdict of a deployed rule of a pack."""

    rule_id: str
    name: str
    arn: str
    compliance: str


class Tally(NamedTuple):
    """The pairs of rule and resource of a pack that have a verdict."""

    compliant: int
    pairs: int
    latest: Moment | None
    """When the newest of these verdicts was given."""

    @property
    def score(self) -> str:
        """The percentage that is in order, with two decimals (reference: aws-config.md §5.5)."""
        if not self.pairs:
            return INSUFFICIENT_DATA
        return f"{100 * self.compliant / self.pairs:.2f}".rstrip("0").rstrip(".")


def of_rules(ctx: Context, pack: Pack) -> list[RuleVerdict]:
    """Every rule of the pack with its verdict, by name."""
    found = "EXISTS (SELECT 1 FROM rule_results WHERE region = r.region AND rule = r.id AND compliance = ?)"
    rows = ctx.store.all(
        f"SELECT r.id, r.name, r.body ->> '$.arn' AS arn, {found} AS bad, {found} AS good FROM config_rules r"
        " WHERE r.region = ? AND r.id IN (SELECT value FROM json_each(?)) ORDER BY r.name",
        (NON_COMPLIANT, COMPLIANT, ctx.region, dumps(list(pack.rules.values()))),
    )
    return [
        RuleVerdict(
            row["id"],
            row["name"],
            row["arn"],
            NON_COMPLIANT if row["bad"] else COMPLIANT if row["good"] else INSUFFICIENT_DATA,
        )
        for row in rows
    ]


def together(verdicts: list[RuleVerdict]) -> str:
    """The verdict of a pack: one broken rule breaks it, and rules that know nothing do not count (§5.5)."""
    said = {verdict.compliance for verdict in verdicts}
    return next((each for each in (NON_COMPLIANT, COMPLIANT) if each in said), INSUFFICIENT_DATA)


def tally(ctx: Context, pack: Pack) -> Tally:
    """How much of a pack is in order."""
    row = ctx.store.one(
        "SELECT count(*) AS pairs, coalesce(sum(compliance = ?), 0) AS good, max(recorded) AS latest FROM rule_results"
        " WHERE region = ? AND rule IN (SELECT value FROM json_each(?)) AND compliance IN (?, ?)",
        (COMPLIANT, ctx.region, dumps(list(pack.rules.values())), COMPLIANT, NON_COMPLIANT),
    )
    return Tally(row["good"], row["pairs"], row["latest"]) if row else Tally(0, 0, None)

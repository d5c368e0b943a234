"""Proactive evaluation: what rules say of a resource before it is made, and what is kept of that.

The resource comes in the spelling of CloudFormation; checks read items. For the older types an item's configuration
is the same with the first letter of each member in lower case (reference: rules.md §5).
"""

from __future__ import annotations

from backend.engine.config.rules import register, results
from backend.engine.config.rules.register import PROACTIVE, ConfigRule
from backend.engine.config.rules.surroundings import AccountView
from backend.engine.context import Context
from backend.engine.store import Row
from backend.model.item import Document, Json
from backend.model.moment import Moment
from backend.rules.judging import judge
from backend.rules.verdict import Verdict

SCHEMA = """
CREATE TABLE IF NOT EXISTS proactive_results (
    region TEXT NOT NULL,
    evaluation TEXT NOT NULL,
    rule TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    compliance TEXT NOT NULL,
    annotation TEXT NOT NULL,
    ordering INTEGER NOT NULL,
    recorded INTEGER NOT NULL,
    PRIMARY KEY (region, evaluation, rule)
) WITHOUT ROWID;
"""
"""`rule` is the rule's name: the result outlives the rule."""


def evaluate(ctx: Context, evaluation: str, resource: Document, started: Moment) -> list[Verdict]:
    """Ask every proactive rule for the type of a resource, given as ResourceDetails, and keep what it says."""
    properties = resource["ResourceConfiguration"]
    item: Document = {
        "resourceType": resource["ResourceType"],
        "resourceId": resource["ResourceId"],
        "configuration": _as_item(properties),
        "supplementaryConfiguration": {},
        "tags": _tags(properties.get("Tags")),
    }
    found = [(rule, verdict) for rule in register.everything(ctx) if (verdict := _judge(ctx, rule, item)) is not None]
    ctx.store.run_many(
        "INSERT INTO proactive_results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                ctx.region,
                evaluation,
                rule.name,
                item["resourceType"],
                item["resourceId"],
                *verdict[:2],
                started,
                ctx.now,
            )
            for rule, verdict in found
        ],
    )
    return [verdict for _, verdict in found]


def _judge(ctx: Context, rule: ConfigRule, item: Document) -> Verdict | None:
    check = rule.check
    if PROACTIVE not in rule.modes or check is None or check.item is None:
        return None
    if item["resourceType"] not in (rule.types or ()) or not rule.covers(item):
        return None
    return judge(check, item, rule.effective_parameters, AccountView(ctx))


def of_evaluation(ctx: Context, evaluation: str) -> list[Row]:
    """What the rules said, by name."""
    return ctx.store.all(
        "SELECT *, recorded AS invoked FROM proactive_results WHERE region = ? AND evaluation = ? ORDER BY rule",
        (ctx.region, evaluation),
    )


def document(row: Row) -> Document:
    """A result as EvaluationResult."""
    found = results.document(row["rule"], row, PROACTIVE)
    found["EvaluationResultIdentifier"]["ResourceEvaluationId"] = row["evaluation"]
    return found


def _as_item(value: Json) -> Json:
    if isinstance(value, dict):
        return {name[:1].lower() + name[1:]: _as_item(each) for name, each in value.items()}
    return [_as_item(each) for each in value] if isinstance(value, list) else value


def _tags(listed: Json) -> dict[str, str]:
    """CloudFormation's list of tags as the map of an item."""
    tags = listed if isinstance(listed, list) else []
    return {str(tag.get("Key")): str(tag.get("Value")) for tag in tags if isinstance(tag, dict)}

"""What rules said of resources: kept, compared with before, and told when it changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backend.engine.config import stream
from backend.engine.config.rules import remedies, transitions
from backend.engine.config.rules.register import DETECTIVE, ConfigRule
from backend.engine.context import Context
from backend.engine.store import Row
from backend.model.item import Document, ResourceKey
from backend.model.moment import Moment, to_datetime, to_iso
from backend.rules.verdict import NON_COMPLIANT, NOT_APPLICABLE, Verdict

SCHEMA = """
CREATE TABLE IF NOT EXISTS rule_results (
    region TEXT NOT NULL,
    rule TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    compliance TEXT NOT NULL,
    annotation TEXT NOT NULL,
    ordering INTEGER NOT NULL,
    recorded INTEGER NOT NULL,
    invoked INTEGER NOT NULL,
    PRIMARY KEY (region, rule, type, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS rule_results_by_resource ON rule_results (region, type, id, compliance);
CREATE INDEX IF NOT EXISTS rule_results_by_verdict ON rule_results (region, rule, compliance);
"""
"""`rule` is the rule's id. NOT_APPLICABLE is kept for resources that exist, so that a pass knows it looked."""

CHANGED = "ComplianceChangeNotification"
_KEEP = "INSERT OR REPLACE INTO rule_results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Finding(NamedTuple):
    """A verdict on a resource; `ordering` is the moment it speaks of (the item's capture time)."""

    resource_type: str
    resource_id: str
    verdict: Verdict
    ordering: Moment


def one(ctx: Context, rule: ConfigRule, resource_type: str, resource_id: str) -> Row | None:
    """The result kept for a resource."""
    return ctx.store.one(
        "SELECT * FROM rule_results WHERE region = ? AND rule = ? AND type = ? AND id = ?",
        (ctx.region, rule.rule_id, resource_type, resource_id),
    )


def document(rule_name: str, row: Row, mode: str | None = DETECTIVE) -> Document:
    """A kept result as EvaluationResult; without an EvaluationMode when `mode` is None."""
    return {
        "EvaluationResultIdentifier": {
            "EvaluationResultQualifier": {
                "ConfigRuleName": rule_name,
                "ResourceType": row["type"],
                "ResourceId": row["id"],
                **({"EvaluationMode": mode} if mode else {}),
            },
            "OrderingTimestamp": to_datetime(row["ordering"]),
        },
        "ComplianceType": row["compliance"],
        "ResultRecordedTime": to_datetime(row["recorded"]),
        "ConfigRuleInvokedTime": to_datetime(row["invoked"]),
        **({"Annotation": row["annotation"]} if row["annotation"] else {}),
    }


def record(ctx: Context, rule: ConfigRule, finding: Finding, invoked: Moment) -> None:
    """Keep a finding unless a newer one is there."""
    before = one(ctx, rule, finding.resource_type, finding.resource_id)
    if before is not None and before["ordering"] > finding.ordering:
        return
    ctx.store.run(_KEEP, _row(ctx, rule, finding, invoked))
    _tell(ctx, rule, before, finding, invoked)


def replace(ctx: Context, rule: ConfigRule, findings: Sequence[Finding], invoked: Moment) -> None:
    """Keep the findings of a pass over everything; results of resources it did not meet go."""
    before = {
        (row["type"], row["id"]): row
        for row in ctx.store.all(
            "SELECT * FROM rule_results WHERE region = ? AND rule = ? ORDER BY type, id", (ctx.region, rule.rule_id)
        )
    }
    ctx.store.run_many(_KEEP, [_row(ctx, rule, finding, invoked) for finding in findings])
    for finding in findings:
        _tell(ctx, rule, before.pop((finding.resource_type, finding.resource_id), None), finding, invoked)
    for resource_type, resource_id in before:
        drop(ctx, rule, resource_type, resource_id)


def drop(ctx: Context, rule: ConfigRule, resource_type: str, resource_id: str) -> None:
    """Forget the result of a resource that is gone or left the scope, and tell that it no longer applies."""
    before = one(ctx, rule, resource_type, resource_id)
    if before is None:
        return
    ctx.store.run(
        "DELETE FROM rule_results WHERE region = ? AND rule = ? AND type = ? AND id = ?",
        (ctx.region, rule.rule_id, resource_type, resource_id),
    )
    now = ctx.clock.last
    _tell(ctx, rule, before, Finding(resource_type, resource_id, Verdict(NOT_APPLICABLE), now), now)


def forget(ctx: Context, rule: ConfigRule) -> None:
    """Drop all results of a rule; nobody is told, but the compliance of the resources is recorded anew."""
    rows = ctx.store.all(
        "SELECT type, id FROM rule_results WHERE region = ? AND rule = ? AND compliance != ?",
        (ctx.region, rule.rule_id, NOT_APPLICABLE),
    )
    transitions.note(ctx, [ResourceKey(row["type"], row["id"]) for row in rows])
    ctx.store.run("DELETE FROM rule_results WHERE region = ? AND rule = ?", (ctx.region, rule.rule_id))


def _row(ctx: Context, rule: ConfigRule, finding: Finding, invoked: Moment) -> tuple[str | int, ...]:
    kind, resource_id, verdict, ordering = finding
    return (
        *(ctx.region, rule.rule_id, kind, resource_id),
        *(verdict.compliance, verdict.annotation, ordering, ctx.clock.last, invoked),
    )


def _tell(ctx: Context, rule: ConfigRule, before: Row | None, finding: Finding, invoked: Moment) -> None:
    """Send a ComplianceChangeNotification when a verdict differs from the one before (aws-config.md §4.2)."""
    old = before["compliance"] if before is not None else NOT_APPLICABLE
    kind, resource_id, verdict, ordering = finding
    if verdict.compliance == old:
        return
    transitions.note(ctx, [ResourceKey(kind, resource_id)])
    if verdict.compliance == NON_COMPLIANT:
        remedies.begin_automatic(ctx, rule.name, ResourceKey(kind, resource_id))
    message: Document = {
        "awsAccountId": ctx.account,
        "configRuleName": rule.name,
        "configRuleARN": rule.arn,
        "resourceType": kind,
        "resourceId": resource_id,
        "awsRegion": ctx.region,
        "newEvaluationResult": _result(rule, kind, resource_id, verdict, (ordering, ctx.clock.last, invoked)),
        "oldEvaluationResult": _result(
            rule,
            kind,
            resource_id,
            Verdict(before["compliance"], before["annotation"]),
            (before["ordering"], before["recorded"], before["invoked"]),
        )
        if before is not None
        else None,
    }
    subject = f"{kind} {resource_id} is {verdict.compliance} with {rule.name} in Account {ctx.account}"
    stream.send(ctx, CHANGED, message, subject)


def _result(
    rule: ConfigRule, kind: str, resource_id: str, verdict: Verdict, times: tuple[Moment, Moment, Moment]
) -> Document:
    ordering, recorded, invoked = map(to_iso, times)
    return {
        "evaluationResultIdentifier": {
            "evaluationResultQualifier": {
                "configRuleName": rule.name,
                "resourceType": kind,
                "resourceId": resource_id,
            },
            "orderingTimestamp": ordering,
        },
        "complianceType": verdict.compliance,
        "resultRecordedTime": recorded,
        "configRuleInvokedTime": invoked,
        "annotation": verdict.annotation or None,
        "resultToken": None,
    }

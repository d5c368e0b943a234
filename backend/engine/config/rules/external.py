"""Process checks: what a person answers for a rule that no machine can decide (reference: aws-config.md §8.3)."""

from __future__ import annotations

from backend.engine.config.rules import checks, operations, register, results
from backend.engine.config.rules.results import Finding
from backend.engine.context import Context
from backend.model.item import Document
from backend.model.moment import from_datetime
from backend.rules.catalogue import ACCOUNT_TYPE
from backend.rules.verdict import INSUFFICIENT_DATA, Verdict


def put_external_evaluation(ctx: Context, params: Document) -> Document:
    """PutExternalEvaluation: a verdict on the account for a process check.

    Raises ServiceError NoSuchConfigRuleException or InvalidParameterValueException.
    """
    rule = operations.single(ctx, params["ConfigRuleName"])
    given: Document = params["ExternalEvaluation"]
    if not rule.process_check:
        raise checks.invalid(f"The ConfigRule '{rule.name}' is no process check; its evaluations cannot be put.")
    if (given["ComplianceResourceType"], given["ComplianceResourceId"]) != (ACCOUNT_TYPE, ctx.account):
        raise checks.invalid(f"A process check is about the resource {ctx.account} of type {ACCOUNT_TYPE}.")
    if given["ComplianceType"] == INSUFFICIENT_DATA:
        raise checks.invalid(f"The ComplianceType {INSUFFICIENT_DATA} cannot be put.")
    verdict = Verdict(given["ComplianceType"], given.get("Annotation") or "")
    finding = Finding(ACCOUNT_TYPE, ctx.account, verdict, from_datetime(given["OrderingTimestamp"]))
    rule.invoked = rule.evaluated = ctx.now
    results.record(ctx, rule, finding, ctx.now)
    register.save(ctx, rule)
    return {}

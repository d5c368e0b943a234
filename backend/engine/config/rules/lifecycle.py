"""How rules come, change and go, whoever asks for it: a call, a conformance pack, an organization."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from backend.engine.clock import Due
from backend.engine.config import tagging
from backend.engine.config.rules import custom, evaluation, register, remedies, results
from backend.engine.config.rules.register import ACTIVE, DELETING, DELETING_RESULTS, ConfigRule
from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.model.item import Document
from backend.model.moment import SECOND, Moment

MOST_RULES = 1000
"""Per account and region, those of packs included (reference: aws-config.md §5.7)."""

DELETION = "config.rule.deletion"
RESULTS_DELETION = "config.rule.results.deletion"
DELETION_TIME: Moment = SECOND


def make(
    ctx: Context,
    given: Document,
    parameters: Mapping[str, str],
    *,
    tags: Iterable[Document] = (),
    principal: str = "",
) -> ConfigRule:
    """A new rule from a checked ConfigRule; `principal` is the service that owns a service-linked one.

    Raises ServiceError MaxNumberOfConfigRulesExceededException, or that of a tag.
    """
    name = given["ConfigRuleName"]
    if register.count(ctx) >= MOST_RULES:
        raise ServiceError(
            "MaxNumberOfConfigRulesExceededException",
            f"Failed to put config rule '{name}' because the account already contains {MOST_RULES} config rules. "
            "Please consider deleting deactivated rules if you have any before adding new rules.",
        )
    rule_id = f"config-rule-{ctx.ids.lower(6)}"
    while register.by_id(ctx, rule_id):
        rule_id = f"config-rule-{ctx.ids.lower(6)}"
    place = f"config-rule/aws-service-rule/{principal}/{rule_id}" if principal else f"config-rule/{rule_id}"
    rule = ConfigRule(
        name=name,
        rule_id=rule_id,
        arn=ctx.arn("config", place),
        source=given["Source"],
        activated=ctx.now,
        created_by=principal,
    )
    tagging.tag_new(ctx, rule.arn, tags)
    redefine(ctx, rule, given, parameters)
    return rule


def redefine(ctx: Context, rule: ConfigRule, given: Document, parameters: Mapping[str, str]) -> None:
    """Give a rule the definition of a checked ConfigRule; it looks once at what is there."""
    source: Document = dict(given["Source"])
    policy: Document | None = source.get("CustomPolicyDetails")
    rule.policy = policy["PolicyText"] if policy else None
    if policy:
        # The text is told by GetCustomRulePolicy alone.
        source["CustomPolicyDetails"] = {**policy, "PolicyText": ""}
    rule.passed = False
    rule.source = source
    rule.scope = given.get("Scope") or {}
    rule.description = given.get("Description")
    rule.parameters_text = given.get("InputParameters")
    rule.parameters = dict(parameters)
    rule.frequency = given.get("MaximumExecutionFrequency")
    rule.modes = tuple(mode["Mode"] for mode in given.get("EvaluationModes") or ()) or (register.DETECTIVE,)
    register.put(ctx, rule)
    if not rule.detects:
        results.forget(ctx, rule)
    evaluation.first_pass(ctx, rule)


def end(ctx: Context, rule: ConfigRule) -> None:
    """The rule is DELETING for a moment, then it and its results are gone."""
    rule.state = DELETING
    register.save(ctx, rule)
    evaluation.cancel(ctx, rule)
    ctx.clock.schedule(ctx.now + DELETION_TIME, DELETION, ctx.region, rule.rule_id)


def drop_results(ctx: Context, rule: ConfigRule) -> None:
    """The rule is DELETING_RESULTS for a moment, then it has none."""
    rule.state = DELETING_RESULTS
    register.save(ctx, rule)
    ctx.clock.schedule(ctx.now + DELETION_TIME, RESULTS_DELETION, ctx.region, rule.rule_id)


def _deletion_due(ctx: Context, due: Due) -> None:
    rule = register.by_id(ctx, due.key)
    if rule is None:
        return
    for part in (results, custom):
        part.forget(ctx, rule)
    remedies.forget(ctx, rule.name)
    tagging.forget(ctx, rule.arn)
    register.remove(ctx, rule)


def _results_deletion_due(ctx: Context, due: Due) -> None:
    rule = register.by_id(ctx, due.key)
    if rule is None or rule.state != DELETING_RESULTS:
        return
    results.forget(ctx, rule)
    rule.state = ACTIVE
    register.save(ctx, rule)


DUE = {DELETION: _deletion_due, RESULTS_DELETION: _results_deletion_due}

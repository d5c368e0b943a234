"""Config rules and their verdicts over the API."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from backend.client.api import Api
from backend.model.compliance import Evaluation, Rule
from backend.model.item import Document, ResourceKey
from backend.model.spelling import read_moment

_PER_CALL = 25
"""Rules that one call of StartConfigRulesEvaluation takes (model: ReevaluateConfigRuleNames)."""

_PERIODIC = frozenset({"ScheduledNotification"})


class ComplianceOverApi:
    """Reads rules and verdicts; evaluating again is the only change."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def rules(self) -> list[Rule]:
        """All rules by name, each with its verdict and the times of its last pass."""
        rules, verdicts, passes = await asyncio.gather(
            self._api.collect("config", "DescribeConfigRules", "ConfigRules"),
            self._api.collect("config", "DescribeComplianceByConfigRule", "ComplianceByConfigRules"),
            self._api.collect("config", "DescribeConfigRuleEvaluationStatus", "ConfigRulesEvaluationStatus"),
        )
        verdict_of = {verdict["ConfigRuleName"]: verdict.get("Compliance") or {} for verdict in verdicts}
        pass_of = {one["ConfigRuleName"]: one for one in passes}
        return sorted(
            (
                read_rule(rule, verdict_of.get(rule["ConfigRuleName"], {}), pass_of.get(rule["ConfigRuleName"], {}))
                for rule in rules
            ),
            key=lambda rule: rule.name.casefold(),
        )

    async def details(self, rule: str, compliance: Sequence[str] = ("NON_COMPLIANT",)) -> list[Evaluation]:
        results = await self._api.collect(
            "config",
            "GetComplianceDetailsByConfigRule",
            "EvaluationResults",
            ConfigRuleName=rule,
            Limit=100,
            **({"ComplianceTypes": list(compliance)} if compliance else {}),
        )
        return [read_evaluation(result) for result in results]

    async def of_resource(self, key: ResourceKey) -> list[Evaluation]:
        results = await self._api.collect(
            "config",
            "GetComplianceDetailsByResource",
            "EvaluationResults",
            ResourceType=key.resource_type,
            ResourceId=key.resource_id,
        )
        return [read_evaluation(result) for result in results]

    async def evaluate(self, names: Sequence[str]) -> None:
        for first in range(0, len(names), _PER_CALL):
            some = list(names[first : first + _PER_CALL])
            await self._api.call("config", "StartConfigRulesEvaluation", ConfigRuleNames=some)


def read_rule(rule: Document, verdict: Document, last_pass: Document) -> Rule:
    """A rule from the three answers that speak of it."""
    source = rule.get("Source") or {}
    details = source.get("SourceDetails") or []
    scheduled = [detail for detail in details if detail.get("MessageType") in _PERIODIC]
    compliance = verdict.get("ComplianceType") or "INSUFFICIENT_DATA"
    # The contributors are those of the verdict: of a compliant rule they are the compliant resources.
    count = (verdict.get("ComplianceContributorCount") or {}) if compliance == "NON_COMPLIANT" else {}
    return Rule(
        name=rule["ConfigRuleName"],
        arn=rule.get("ConfigRuleArn") or "",
        rule_id=rule.get("ConfigRuleId") or "",
        owner=source.get("Owner") or "",
        identifier=source.get("SourceIdentifier") or "",
        description=rule.get("Description") or "",
        state=rule.get("ConfigRuleState") or "",
        parameters=rule.get("InputParameters") or "{}",
        scope_types=tuple((rule.get("Scope") or {}).get("ComplianceResourceTypes") or ()),
        periodic=next(
            (detail["MaximumExecutionFrequency"] for detail in scheduled if detail.get("MaximumExecutionFrequency")),
            rule.get("MaximumExecutionFrequency"),
        ),
        triggers=tuple(dict.fromkeys(detail["MessageType"] for detail in details if detail.get("MessageType"))),
        compliance=compliance,
        non_compliant_count=int(count.get("CappedCount") or 0),
        count_capped=bool(count.get("CapExceeded")),
        last_invocation=read_moment(last_pass.get("LastSuccessfulInvocationTime")),
        last_evaluation=read_moment(last_pass.get("LastSuccessfulEvaluationTime")),
        last_error_code=last_pass.get("LastErrorCode") or "",
        last_error_message=last_pass.get("LastErrorMessage") or "",
    )


def read_evaluation(result: Document) -> Evaluation:
    """One verdict in the shape `EvaluationResult`."""
    identifier = result.get("EvaluationResultIdentifier") or {}
    qualifier = identifier.get("EvaluationResultQualifier") or {}
    return Evaluation(
        rule=qualifier.get("ConfigRuleName") or "",
        resource_type=qualifier.get("ResourceType") or "",
        resource_id=qualifier.get("ResourceId") or "",
        compliance=result.get("ComplianceType") or "",
        annotation=result.get("Annotation") or "",
        ordering_time=read_moment(identifier.get("OrderingTimestamp")),
        recorded_time=read_moment(result.get("ResultRecordedTime")),
        invoked_time=read_moment(result.get("ConfigRuleInvokedTime")),
    )

"""Config rules and their verdicts over the API."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from backend.client.api import Api
from backend.model.compliance import Evaluation, FunctionLog, LogLine, Overall, Pack, PackRule, Remedy, Rule
from backend.model.derived import VERDICTS
from backend.model.estate import VERDICT
from backend.model.item import ConfigurationItem, Document, ResourceKey
from backend.model.moment import Moment
from backend.model.problem import Denied, Missing, Refused
from backend.model.spelling import fold, read_item, read_moment
from backend.model.verdicts import Verdict, read_verdict, verdict_key

if TYPE_CHECKING:
    from backend.rules.explaining import Explanation

_PER_CALL = 25
"""Rules that one call of StartConfigRulesEvaluation takes (model: ReevaluateConfigRuleNames)."""

_TYPES_PER_CALL = 20
"""Types that one call of GetComplianceSummaryByResourceType takes (model: ResourceTypes)."""

_PACKS_PER_CALL = 5
"""Packs that one call of GetConformancePackComplianceSummary takes (model: ConformancePackNamesToSummarizeList)."""

_IDS_IN_QUERY = 30
"""Resources asked about in one query: its text may have 4,096 characters (model: Expression)."""

_ID_ASKED = 70
"""Characters of an id that still goes into a query."""

_ASKED_SINGLY = 20

_VERDICTS_ON = (
    "SELECT resourceId, resourceType, configuration.targetResourceId, configuration.targetResourceType, "
    "configuration.configRuleList.configRuleName, configuration.configRuleList.complianceType "
    f"WHERE resourceType = '{VERDICT}' AND resourceId IN "
)

_LOG_LINES = 200
"""Lines of the log of a function that are looked at: its last calls."""

_POLICY_RULE = "CUSTOM_POLICY"
_FUNCTION_RULE = "CUSTOM_LAMBDA"
_FUNCTION_PARTS = 7
"""Parts of the ARN of a function: arn:aws:lambda:REGION:ACCOUNT:function:NAME."""

_PERIODIC = frozenset({"ScheduledNotification"})


class ComplianceOverApi:
    """Reads rules and verdicts; puts, deletes and evaluates rules, puts and deletes packs."""

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

    async def log(self, rule: Rule) -> FunctionLog | None:
        """The end of what the function of a custom rule printed, where it runs; two calls."""
        parts = rule.identifier.split(":")
        if rule.owner != _FUNCTION_RULE or len(parts) < _FUNCTION_PARTS:
            return None
        region, group = parts[3], f"/aws/lambda/{parts[6]}"
        api = self._api.elsewhere(region)
        asked = FunctionLog(group=group, region=region)
        try:
            answer = await api.call(
                "logs", "DescribeLogStreams", logGroupName=group, orderBy="LastEventTime", descending=True, limit=1
            )
            streams = answer.get("logStreams") or ()
            if not streams:
                return asked
            answer = await api.call(
                "logs",
                "GetLogEvents",
                logGroupName=group,
                logStreamName=streams[0]["logStreamName"],
                limit=_LOG_LINES,
                startFromHead=False,
            )
        except Missing:  # nobody has called it yet
            return asked
        lines = [
            LogLine(int(event.get("timestamp") or 0), text)
            for event in answer.get("events") or ()
            for text in str(event.get("message") or "").splitlines()
        ]
        return msgspec.structs.replace(asked, lines=tuple(lines[-_LOG_LINES:]))

    async def remedy(self, rule: str) -> Remedy | None:
        """What was put, and its last executions; two calls where there is one."""
        told = await self._api.call("config", "DescribeRemediationConfigurations", ConfigRuleNames=[rule])
        found: Document | None = next(iter(told.get("RemediationConfigurations") or ()), None)
        if found is None:
            return None
        runs = await self._api.collect(
            "config", "DescribeRemediationExecutionStatus", "RemediationExecutionStatuses", ConfigRuleName=rule
        )
        steps = [step for run in runs for step in run.get("StepDetails") or ()]
        return Remedy(
            document=str(found.get("TargetId") or ""),
            automatic=bool(found.get("Automatic")),
            parameters=tuple(
                f"{name} = {_remedy_value(value)}" for name, value in (found.get("Parameters") or {}).items()
            ),
            states=dict(Counter(str(run.get("State")) for run in runs)),
            error=next((str(step["ErrorMessage"]) for step in steps if step.get("ErrorMessage")), ""),
        )

    async def of_resource(self, key: ResourceKey) -> list[Evaluation]:
        results = await self._api.collect(
            "config",
            "GetComplianceDetailsByResource",
            "EvaluationResults",
            ResourceType=key.resource_type,
            ResourceId=key.resource_id,
        )
        return [read_evaluation(result) for result in results]

    async def verdicts(self, keys: Sequence[ResourceKey]) -> dict[ResourceKey, Verdict]:
        """What the rules say of some resources, in a call for forty; those that no rule judged are left out.

        Where queries may not be asked, the first twenty are asked about one by one.
        """
        found: dict[ResourceKey, Verdict] = {}
        wanted = {fold(key): key for key in keys if not key.resource_type.startswith(VERDICTS)}
        askable = [key for key in wanted.values() if len(key.resource_id) <= _ID_ASKED]
        try:
            for first in range(0, len(askable), _IDS_IN_QUERY):
                ids = ", ".join(_quoted(verdict_key(key).resource_id) for key in askable[first : first + _IDS_IN_QUERY])
                rows = await self._api.collect(
                    "config", "SelectResourceConfig", "Results", Expression=f"{_VERDICTS_ON}({ids})", Limit=100
                )
                for judged in (read_verdict(read_item(msgspec.json.decode(row))) for row in map(str, rows)):
                    if judged is not None:
                        found[wanted.get(fold(judged[0]), judged[0])] = judged[1]
        except (Denied, Refused):
            some = askable[:_ASKED_SINGLY]
            for key, verdicts in zip(some, await asyncio.gather(*map(self.of_resource, some)), strict=True):
                verdict = Verdict()
                for one in verdicts:
                    verdict = verdict.with_rule(one.rule, one.compliance)
                if verdict != Verdict():
                    found[key] = verdict
        return found

    async def overall(self, types: Sequence[str] = ()) -> Overall:
        """All resources, and those of some types: AWS counts up to a cap (100 of all, by its model)."""
        answer = await self._api.call("config", "GetComplianceSummaryByResourceType")
        whole = _summary(next(iter(answer.get("ComplianceSummariesByResourceType") or ()), {}))
        by_type: dict[str, tuple[int, int]] = {}
        capped = whole.capped
        for first in range(0, len(types), _TYPES_PER_CALL):
            some = list(types[first : first + _TYPES_PER_CALL])
            answer = await self._api.call("config", "GetComplianceSummaryByResourceType", ResourceTypes=some)
            for entry in answer.get("ComplianceSummariesByResourceType") or ():
                one = _summary(entry)
                capped = capped or one.capped
                by_type[entry.get("ResourceType") or ""] = one.compliant_resources, one.broken_resources
        return Overall(
            compliant_resources=whole.compliant_resources,
            broken_resources=whole.broken_resources,
            by_type=by_type,
            capped=capped,
        )

    async def packs(self) -> list[Pack]:
        details = await self._api.collect("config", "DescribeConformancePacks", "ConformancePackDetails")
        if not details:
            return []
        states, scores, verdicts = await asyncio.gather(
            self._api.collect("config", "DescribeConformancePackStatus", "ConformancePackStatusDetails"),
            self._scores(),
            self._pack_verdicts([detail["ConformancePackName"] for detail in details]),
        )
        state_of = {state["ConformancePackName"]: state for state in states}
        packs = [
            await self._pack(
                detail["ConformancePackName"], state_of.get(detail["ConformancePackName"], {}), scores, verdicts
            )
            for detail in details
        ]
        return sorted(packs, key=lambda pack: pack.name.casefold())

    async def _scores(self) -> dict[str, float]:
        """Scores by pack; who may not list them sees packs without."""
        try:
            found = await self._api.collect(
                "config", "ListConformancePackComplianceScores", "ConformancePackComplianceScores"
            )
        except (Denied, Refused):
            return {}
        scores: dict[str, float] = {}
        for entry in found:
            with contextlib.suppress(ValueError):  # INSUFFICIENT_DATA
                scores[entry["ConformancePackName"]] = float(entry.get("Score") or "")
        return scores

    async def _pack_verdicts(self, names: Sequence[str]) -> dict[str, str]:
        verdicts: dict[str, str] = {}
        for first in range(0, len(names), _PACKS_PER_CALL):
            some = list(names[first : first + _PACKS_PER_CALL])
            try:
                answer = await self._api.call(
                    "config", "GetConformancePackComplianceSummary", ConformancePackNames=some
                )
            except (Denied, Refused):
                return verdicts
            for entry in answer.get("ConformancePackComplianceSummaryList") or ():
                verdicts[entry["ConformancePackName"]] = entry.get("ConformancePackComplianceStatus") or ""
        return verdicts

    async def _pack(self, name: str, state: Document, scores: Mapping[str, float], verdicts: Mapping[str, str]) -> Pack:
        try:
            found = await self._api.collect(
                "config",
                "DescribeConformancePackCompliance",
                "ConformancePackRuleComplianceList",
                ConformancePackName=name,
            )
        except (Denied, Refused):
            found = []
        rules = [PackRule(one.get("ConfigRuleName") or "", one.get("ComplianceType") or "") for one in found]
        return Pack(
            name=name,
            status=state.get("ConformancePackState") or "",
            why=state.get("ConformancePackStatusReason") or "",
            compliance=verdicts.get(name) or "INSUFFICIENT_DATA",
            score=scores.get(name),
            rules=tuple(sorted(rules, key=lambda rule: (rule.compliance != "NON_COMPLIANT", rule.name))),
        )

    async def explain(self, rule: str, item: ConfigurationItem, now: Moment) -> Explanation:
        """Asked of the item at hand, by the rule as it is now; two calls for a policy, one for others."""
        from backend.rules.asked import asked_rule  # what judges is not needed before somebody asks why
        from backend.rules.explaining import explain

        definition = await self.definition(rule)
        return await asyncio.to_thread(explain, asked_rule(definition), item, now)

    async def definition(self, rule: str) -> Document:
        """As PutConfigRule takes it; two calls for a policy, one for others."""
        found = await self._api.call("config", "DescribeConfigRules", ConfigRuleNames=[rule])
        definition = dict(next(iter(found.get("ConfigRules") or ()), {}))
        source = dict(definition.get("Source") or {})
        if source.get("Owner") == _POLICY_RULE:
            policy = await self._api.call("config", "GetCustomRulePolicy", ConfigRuleName=rule)
            details = source.get("CustomPolicyDetails") or {}
            source["CustomPolicyDetails"] = {**details, "PolicyText": policy.get("PolicyText") or ""}
        return {**definition, "Source": source}

    async def put(self, definition: Document) -> None:
        await self._api.call("config", "PutConfigRule", ConfigRule=definition)

    async def delete(self, rule: str) -> None:
        await self._api.call("config", "DeleteConfigRule", ConfigRuleName=rule)

    async def put_pack(self, name: str, template: str, parameters: Mapping[str, str]) -> None:
        given = [{"ParameterName": key, "ParameterValue": value} for key, value in parameters.items()]
        await self._api.call(
            "config",
            "PutConformancePack",
            ConformancePackName=name,
            TemplateBody=template,
            ConformancePackInputParameters=given,
        )

    async def delete_pack(self, name: str) -> None:
        await self._api.call("config", "DeleteConformancePack", ConformancePackName=name)

    async def evaluate(self, names: Sequence[str]) -> None:
        for first in range(0, len(names), _PER_CALL):
            some = list(names[first : first + _PER_CALL])
            await self._api.call("config", "StartConfigRulesEvaluation", ConfigRuleNames=some)


def _summary(entry: Document) -> Overall:
    """Counts in the shape `ComplianceSummary`."""
    told = entry.get("ComplianceSummary") or {}
    well, bad = told.get("CompliantResourceCount") or {}, told.get("NonCompliantResourceCount") or {}
    return Overall(
        compliant_resources=int(well.get("CappedCount") or 0),
        broken_resources=int(bad.get("CappedCount") or 0),
        capped=bool(well.get("CapExceeded") or bad.get("CapExceeded")),
    )


def _remedy_value(value: Document) -> str:
    if value.get("ResourceValue"):
        return "the resource's id"
    return ", ".join(map(str, (value.get("StaticValue") or {}).get("Values") or ()))


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
        last_failure=max(
            filter(
                None,
                (
                    read_moment(last_pass.get("LastFailedEvaluationTime")),
                    read_moment(last_pass.get("LastFailedInvocationTime")),
                ),
            ),
            default=None,
        ),
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


def _quoted(text: str) -> str:
    """A text as a literal of a query."""
    return "'" + text.replace("'", "''") + "'"

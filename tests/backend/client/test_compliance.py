"""Rules and verdicts as the API tells them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from backend.client.compliance import ComplianceOverApi, read_rule
from backend.model.compliance import FunctionLog, LogLine, Rule
from backend.model.item import Document, ResourceKey
from backend.model.problem import Missing
from backend.model.verdicts import Verdict
from tests.backend.client.scripted import ScriptedApi, denied

RULE: Document = {
    "ConfigRuleName": "volumes-encrypted",
    "ConfigRuleState": "ACTIVE",
    "Scope": {"ComplianceResourceTypes": ["AWS::EC2::Volume"]},
    "Source": {
        "Owner": "AWS",
        "SourceIdentifier": "ENCRYPTED_VOLUMES",
        "SourceDetails": [
            {"EventSource": "aws.config", "MessageType": "ConfigurationItemChangeNotification"},
            {
                "EventSource": "aws.config",
                "MessageType": "ScheduledNotification",
                "MaximumExecutionFrequency": "Six_Hours",
            },
        ],
    },
}
RESULT: Document = {
    "EvaluationResultIdentifier": {
        "EvaluationResultQualifier": {
            "ConfigRuleName": "volumes-encrypted",
            "ResourceType": "AWS::EC2::Volume",
            "ResourceId": "vol-1",
        },
        "OrderingTimestamp": datetime(2026, 1, 1, tzinfo=UTC),
    },
    "ComplianceType": "NON_COMPLIANT",
    "Annotation": "not encrypted",
}


def over(answers: dict[str, Any]) -> tuple[ComplianceOverApi, ScriptedApi]:
    api = ScriptedApi(answers)
    return ComplianceOverApi(api), api


@pytest.mark.requirement("RUL-12")
async def test_a_rule_brings_its_verdict_and_its_last_pass() -> None:
    verdict = {
        "ComplianceType": "NON_COMPLIANT",
        "ComplianceContributorCount": {"CappedCount": 25, "CapExceeded": True},
    }
    compliance, _ = over(
        {
            "DescribeConfigRules": {"ConfigRules": [RULE, {**RULE, "ConfigRuleName": "Another"}]},
            "DescribeComplianceByConfigRule": {
                "ComplianceByConfigRules": [{"ConfigRuleName": "volumes-encrypted", "Compliance": verdict}]
            },
            "DescribeConfigRuleEvaluationStatus": {
                "ConfigRulesEvaluationStatus": [
                    {
                        "ConfigRuleName": "volumes-encrypted",
                        "LastSuccessfulEvaluationTime": datetime(2026, 1, 1, tzinfo=UTC),
                    }
                ]
            },
        }
    )
    another, rule = await compliance.rules()
    assert (another.name, another.compliance) == ("Another", "INSUFFICIENT_DATA")
    assert (rule.compliance, rule.non_compliant_count, rule.count_capped) == ("NON_COMPLIANT", 25, True)
    assert rule.last_evaluation == 1767225600000
    assert rule.periodic == "Six_Hours"
    assert rule.triggers == ("ConfigurationItemChangeNotification", "ScheduledNotification")


async def test_violations_come_over_all_pages() -> None:
    pages = [{"EvaluationResults": [RESULT], "NextToken": "t"}, {"EvaluationResults": [RESULT]}]
    compliance, api = over({"GetComplianceDetailsByConfigRule": pages})
    first, _ = await compliance.details("volumes-encrypted")
    assert (first.resource_id, first.compliance, first.annotation) == ("vol-1", "NON_COMPLIANT", "not encrypted")
    assert api.asked[0][1]["ComplianceTypes"] == ["NON_COMPLIANT"]
    assert api.asked[1][1]["NextToken"] == "t"


async def test_no_choice_of_verdicts_asks_for_all() -> None:
    compliance, api = over({"GetComplianceDetailsByConfigRule": {"EvaluationResults": []}})
    assert await compliance.details("volumes-encrypted", ()) == []
    assert "ComplianceTypes" not in api.asked[0][1]


async def test_the_verdicts_on_a_resource() -> None:
    compliance, api = over({"GetComplianceDetailsByResource": {"EvaluationResults": [RESULT]}})
    [found] = await compliance.of_resource(ResourceKey("AWS::EC2::Volume", "vol-1"))
    assert found.rule == "volumes-encrypted"
    assert api.asked[0][1] == {"ResourceType": "AWS::EC2::Volume", "ResourceId": "vol-1"}


async def test_more_rules_than_a_call_takes_are_evaluated_in_several() -> None:
    compliance, api = over({"StartConfigRulesEvaluation": {}})
    await compliance.evaluate([f"rule-{number}" for number in range(30)])
    assert [len(params["ConfigRuleNames"]) for _, params in api.asked] == [25, 5]


async def test_verdicts_on_many_resources_take_one_query() -> None:
    volume, odd = ResourceKey("AWS::EC2::Volume", "vol-1"), ResourceKey("AWS::EC2::Volume", "it's")
    asked: list[str] = []

    def select(params: Document) -> Document:
        asked.append(params["Expression"])
        rules = [{"configRuleName": "volumes-encrypted", "complianceType": "NON_COMPLIANT"}]
        body = {"targetResourceType": "AWS::EC2::Volume", "targetResourceId": "vol-1", "configRuleList": rules}
        row = {
            "resourceType": "AWS::Config::ResourceCompliance",
            "resourceId": "AWS::EC2::Volume/vol-1",
            "configuration": body,
        }
        return {"Results": [json.dumps(row)]}

    compliance = ComplianceOverApi(ScriptedApi({"SelectResourceConfig": select}))
    assert await compliance.verdicts([volume, odd]) == {volume: Verdict(("volumes-encrypted",))}
    [expression] = asked
    assert expression.endswith("resourceId IN ('AWS::EC2::Volume/vol-1', 'AWS::EC2::Volume/it''s')")


async def test_verdicts_are_asked_for_one_by_one_where_queries_are_not_permitted() -> None:
    volume = ResourceKey("AWS::EC2::Volume", "vol-1")
    api = ScriptedApi(
        {
            "SelectResourceConfig": denied("SelectResourceConfig"),
            "GetComplianceDetailsByResource": {"EvaluationResults": [RESULT]},
        }
    )
    assert await ComplianceOverApi(api).verdicts([volume]) == {volume: Verdict(("volumes-encrypted",))}


FUNCTION_RULE = Rule(
    name="judge",
    owner="CUSTOM_LAMBDA",
    identifier="arn:aws:lambda:us-east-1:696686700433:function:judge:live",
)


async def test_the_log_of_a_function_is_the_end_of_its_newest_stream() -> None:
    compliance, api = over(
        {
            "DescribeLogStreams": {"logStreams": [{"logStreamName": "newest"}]},
            "GetLogEvents": {"events": [{"timestamp": 1000, "message": "one\ntwo\n"}, {"message": "three"}]},
        }
    )
    log = await compliance.log(FUNCTION_RULE)
    assert log == FunctionLog(
        group="/aws/lambda/judge",
        region="us-east-1",
        lines=(LogLine(1000, "one"), LogLine(1000, "two"), LogLine(0, "three")),
    )
    assert api.regions == ["us-east-1"]
    assert [(name, asked["logGroupName"]) for name, asked in api.asked] == [
        ("DescribeLogStreams", "/aws/lambda/judge"),
        ("GetLogEvents", "/aws/lambda/judge"),
    ]
    assert api.asked[1][1]["logStreamName"] == "newest"


@pytest.mark.parametrize("answer", [Missing("There is no such group"), {"logStreams": []}])
async def test_a_function_that_nobody_called_has_no_log(answer: Any) -> None:
    compliance, _ = over({"DescribeLogStreams": answer})
    assert await compliance.log(FUNCTION_RULE) == FunctionLog(group="/aws/lambda/judge", region="us-east-1")


async def test_a_managed_rule_has_no_log_and_asks_nobody() -> None:
    compliance, api = over({})
    assert await compliance.log(Rule(name="x", owner="AWS", identifier="ENCRYPTED_VOLUMES")) is None
    assert api.asked == []


async def test_the_last_failure_is_the_later_of_call_and_evaluation() -> None:
    one, other = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    status = {"LastFailedEvaluationTime": one, "LastFailedInvocationTime": other}
    assert read_rule(RULE, {}, status).last_failure == other.timestamp() * 1000
    assert read_rule(RULE, {}, {}).last_failure is None

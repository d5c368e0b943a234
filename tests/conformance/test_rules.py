"""Rules through boto3: put, run, judged, read in all the ways there are, deleted."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from backend.engine.around import outbox
from backend.engine.world import estate
from backend.engine.world.estate import Resource
from backend.wire.local import LocalWorld
from tests.backend.engine.conftest import ACCOUNT, BUCKET, REGION
from tests.conformance.conftest import Boto, Refusal

NAME = {"ConfigRuleName": "versions"}
BUCKETS = "AWS::S3::Bucket"
GOOD, BAD, UNKNOWN = "COMPLIANT", "NON_COMPLIANT", "INSUFFICIENT_DATA"


def managed(identifier: str, **members: Any) -> dict[str, Any]:
    return {**NAME, "Source": {"Owner": "AWS", "SourceIdentifier": identifier}, **members}


@pytest.fixture
def judged(boto: Boto, config: Any, recording: None) -> None:
    """A rule that the one bucket of the account breaks."""
    config.put_config_rule(ConfigRule=managed("S3_BUCKET_VERSIONING_ENABLED"))
    boto.advance("5s")


@pytest.mark.operation("PutConfigRule", "DescribeConfigRules", "DeleteConfigRule")
def test_a_rule_is_shown_with_what_the_service_adds(boto: Boto, config: Any, judged: None) -> None:
    [rule] = config.describe_config_rules()["ConfigRules"]
    rule_id = rule["ConfigRuleId"]
    assert re.fullmatch("config-rule-[a-z0-9]{6}", rule_id)
    assert rule == {
        **managed("S3_BUCKET_VERSIONING_ENABLED"),
        "ConfigRuleArn": f"arn:aws:config:{REGION}:{ACCOUNT}:config-rule/{rule_id}",
        "ConfigRuleId": rule_id,
        "ConfigRuleState": "ACTIVE",
        "EvaluationModes": [{"Mode": "DETECTIVE"}],
        "RuleEvaluationVisibility": "EXTERNAL",
    }
    config.delete_config_rule(**NAME)
    assert config.describe_config_rules()["ConfigRules"][0]["ConfigRuleState"] == "DELETING"
    boto.advance("5s")
    assert config.describe_config_rules()["ConfigRules"] == []


@pytest.mark.operation("DescribeConfigRuleEvaluationStatus", "StartConfigRulesEvaluation", "DeleteEvaluationResults")
@pytest.mark.operation("GetComplianceDetailsByConfigRule")
def test_a_rule_is_run_again_and_its_results_are_dropped(
    boto: Boto, config: Any, judged: None, refused: Refusal
) -> None:
    def last() -> datetime:
        [status] = config.describe_config_rule_evaluation_status()["ConfigRulesEvaluationStatus"]
        moment: datetime = status["LastSuccessfulEvaluationTime"]
        return moment

    first = last()
    config.start_config_rules_evaluation(ConfigRuleNames=["versions"])
    assert config.describe_config_rules()["ConfigRules"][0]["ConfigRuleState"] == "EVALUATING"
    assert refused(config.start_config_rules_evaluation, ConfigRuleNames=["versions"])[0] == "LimitExceededException"
    names = [f"rule-{number}" for number in range(26)]
    assert refused(config.start_config_rules_evaluation, ConfigRuleNames=names)[0] == "ValidationException"
    boto.advance("5s")
    assert last() > first
    config.delete_evaluation_results(**NAME)
    assert refused(config.delete_evaluation_results, **NAME)[0] == "ResourceInUseException"
    boto.advance("5s")
    assert config.get_compliance_details_by_config_rule(**NAME)["EvaluationResults"] == []


@pytest.mark.operation("DescribeComplianceByConfigRule", "DescribeComplianceByResource")
@pytest.mark.operation("GetComplianceDetailsByConfigRule", "GetComplianceDetailsByResource")
@pytest.mark.operation("GetComplianceSummaryByConfigRule", "GetComplianceSummaryByResourceType")
def test_one_verdict_in_six_answers(config: Any, judged: None) -> None:
    broken = {"ComplianceType": BAD, "ComplianceContributorCount": {"CappedCount": 1, "CapExceeded": False}}
    [by_rule] = config.describe_compliance_by_config_rule()["ComplianceByConfigRules"]
    assert by_rule == {**NAME, "Compliance": broken}
    [by_resource] = config.describe_compliance_by_resource(ResourceType=BUCKETS)["ComplianceByResources"]
    assert by_resource == {"ResourceType": BUCKETS, "ResourceId": BUCKET, "Compliance": broken}
    [of_rule] = config.get_compliance_details_by_config_rule(**NAME)["EvaluationResults"]
    [of_bucket] = config.get_compliance_details_by_resource(ResourceType=BUCKETS, ResourceId=BUCKET)[
        "EvaluationResults"
    ]
    assert of_rule == of_bucket
    assert of_rule["EvaluationResultIdentifier"]["EvaluationResultQualifier"] == {
        **NAME,
        "ResourceType": BUCKETS,
        "ResourceId": BUCKET,
        "EvaluationMode": "DETECTIVE",
    }
    none, one = ({"CappedCount": number, "CapExceeded": False} for number in (0, 1))
    rules = config.get_compliance_summary_by_config_rule()["ComplianceSummary"]
    assert (rules["CompliantResourceCount"], rules["NonCompliantResourceCount"]) == (none, one)
    [of_type] = config.get_compliance_summary_by_resource_type(ResourceTypes=[BUCKETS])[
        "ComplianceSummariesByResourceType"
    ]
    assert of_type["ResourceType"] == BUCKETS
    assert of_type["ComplianceSummary"]["NonCompliantResourceCount"] == one


@pytest.mark.operation("DescribeComplianceByConfigRule", "DescribeComplianceByResource")
def test_a_filter_the_service_does_not_take_is_refused(config: Any, judged: None, refused: Refusal) -> None:
    assert config.describe_compliance_by_config_rule(ComplianceTypes=[UNKNOWN])["ComplianceByConfigRules"] == []
    assert config.describe_compliance_by_resource(ComplianceTypes=[GOOD])["ComplianceByResources"] == []
    for call, members in (
        (config.get_compliance_details_by_config_rule, NAME),
        (config.get_compliance_details_by_resource, {"ResourceType": BUCKETS, "ResourceId": BUCKET}),
    ):
        code, _ = refused(call, **members, ComplianceTypes=[UNKNOWN])
        assert code == "InvalidParameterValueException"
        code, _ = refused(call, **members, ComplianceTypes=["FINE"])
        assert code == "ValidationException"
    token = {"NextToken": "bogus"}
    assert refused(config.get_compliance_details_by_config_rule, **NAME, **token)[0] == "InvalidNextTokenException"
    # The model of the other one does not know that exception.
    bucket = {"ResourceType": BUCKETS, "ResourceId": BUCKET}
    code, _ = refused(config.get_compliance_details_by_resource, **bucket, **token)
    assert code == "InvalidParameterValueException"


@pytest.mark.operation("PutEvaluations")
def test_a_function_answers_the_event_that_lies_for_it_in_the_outbox(
    boto: Boto, config: Any, recording: None, served: tuple[LocalWorld, str]
) -> None:
    world, _ = served
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:judge"
    judge = Resource(
        resource_type="AWS::Lambda::Function", resource_id="judge", name="judge", region=REGION, arn=function
    )
    asyncio.run(world.run(lambda engine: engine.act(lambda ctx: estate.put(ctx, judge))))
    changed = [{"EventSource": "aws.config", "MessageType": "ConfigurationItemChangeNotification"}]
    rule = {
        "ConfigRuleName": "custom",
        "Source": {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": function, "SourceDetails": changed},
        "Scope": {"ComplianceResourceTypes": [BUCKETS]},
    }
    config.put_config_rule(ConfigRule=rule)
    boto.advance("1m")
    [sent] = asyncio.run(world.run(lambda engine: outbox.listing(engine.context())))
    assert (sent.protocol, sent.endpoint) == ("lambda", function)
    event = json.loads(sent.body)
    item = json.loads(event["invokingEvent"])["configurationItem"]
    assert item["resourceId"] == BUCKET
    verdict = {
        "ComplianceResourceType": item["resourceType"],
        "ComplianceResourceId": item["resourceId"],
        "ComplianceType": BAD,
        "OrderingTimestamp": item["configurationItemCaptureTime"],
    }
    assert config.put_evaluations(Evaluations=[verdict], ResultToken=event["resultToken"])["FailedEvaluations"] == []
    [found] = config.get_compliance_details_by_config_rule(ConfigRuleName="custom")["EvaluationResults"]
    assert found["ComplianceType"] == BAD


@pytest.mark.operation("PutEvaluations")
def test_a_function_tries_its_report_without_a_token(config: Any, refused: Refusal) -> None:
    def report(*verdicts: str) -> list[dict[str, Any]]:
        return [
            {
                "ComplianceResourceType": BUCKETS,
                "ComplianceResourceId": f"bucket-{number}",
                "ComplianceType": verdict,
                "OrderingTimestamp": datetime(2026, 3, 1, tzinfo=UTC),
            }
            for number, verdict in enumerate(verdicts)
        ]

    answer = config.put_evaluations(Evaluations=report(GOOD, UNKNOWN), ResultToken="TESTMODE", TestMode=True)
    assert [failed["ComplianceResourceId"] for failed in answer["FailedEvaluations"]] == ["bucket-1"]
    assert refused(config.put_evaluations, Evaluations=report(GOOD), ResultToken="none") == (
        "InvalidResultTokenException",
        "The resultToken provided is invalid",
    )
    code, _ = refused(config.put_evaluations, Evaluations=report(*[GOOD] * 101), ResultToken="none")
    assert code == "ValidationException"


@pytest.mark.operation("PutConfigRule")
@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (managed("NOT_A_RULE"), "InvalidParameterValueException"),
        (managed("REQUIRED_TAGS"), "InvalidParameterValueException"),
        (managed("REQUIRED_TAGS", InputParameters="x" * 1025), "ValidationException"),
        (managed("REQUIRED_TAGS", Scope={"TagValue": "v"}), "InvalidParameterValueException"),
        (managed("REQUIRED_TAGS", MaximumExecutionFrequency="Two_Hours"), "ValidationException"),
        (managed("REQUIRED_TAGS", ConfigRuleName="n" * 129), "ValidationException"),
        (managed("REQUIRED_TAGS", ConfigRuleName="  "), "ValidationException"),
        (managed("REQUIRED_TAGS", Description="d" * 257), "ValidationException"),
        (managed("REQUIRED_TAGS", Scope={"ComplianceResourceTypes": ["t"] * 101}), "ValidationException"),
        ({**NAME, "Source": {"Owner": "SOMEBODY"}}, "ValidationException"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(
    config: Any, recording: None, refused: Callable[..., tuple[str, str]], rule: dict[str, Any], code: str
) -> None:
    assert refused(config.put_config_rule, ConfigRule=rule)[0] == code
    config.put_config_rule(ConfigRule=managed("S3_BUCKET_VERSIONING_ENABLED"))


def test_unknown_rules_are_refused_in_the_recorded_words(config: Any, refused: Refusal) -> None:
    assert refused(config.describe_config_rules, ConfigRuleNames=["none"]) == (
        "NoSuchConfigRuleException",
        "One or more ConfigRules provided in the request are invalid. Please check the configRule names.",
    )
    code, _ = refused(config.put_config_rule, ConfigRule=managed("S3_BUCKET_VERSIONING_ENABLED"))
    assert code == "NoAvailableConfigurationRecorderException"

"""Putting, showing, running and deleting rules."""

from __future__ import annotations

from typing import Any

import pytest

from backend.engine.context import Call
from backend.engine.engine import Engine, WorldOptions
from backend.engine.errors import ServiceError
from backend.engine.parts import local_aws
from backend.model.item import Document
from backend.model.moment import SECOND, from_datetime
from tests.backend.engine.config.conftest import PutRule, Verdicts, Wait, bucket, volume
from tests.backend.engine.conftest import REGION, START, CallFixture, PutFixture

SSH: Document = {"Owner": "AWS", "SourceIdentifier": "INCOMING_SSH_DISABLED"}
TAGS: Document = {"Owner": "AWS", "SourceIdentifier": "REQUIRED_TAGS"}
LAMBDA = "arn:aws:lambda:ap-southeast-1:696686700433:function:none"


def on_change(**members: str) -> list[Document]:
    return [{"EventSource": "aws.config", "MessageType": "ConfigurationItemChangeNotification", **members}]


@pytest.mark.usefixtures("recorder")
@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"ConfigRuleId": "config-rule-aaaaaa"}, "ConfigRule Arn and Id can not be specified"),
        ({"ConfigRuleName": None}, "One or more identifiers needs to be provided"),
        ({"ConfigRuleName": None, "ConfigRuleId": "config-rule-aaaaaa"}, "One or more identifiers"),
        ({"Scope": {"TagValue": "x"}}, "Tag key should not be empty"),
        ({"Scope": {"TagKey": "x", "ComplianceResourceTypes": ["AWS::S3::Bucket"]}}, "both resource and tag"),
        ({"Scope": {"ComplianceResourceId": "b"}}, "A single resourceType should be provided"),
        ({"Scope": {"ComplianceResourceId": "b", "ComplianceResourceTypes": ["a", "b"]}}, "A single resourceType"),
        ({"Source": {**SSH, "SourceDetails": on_change()}}, "SourceDetails should be null/empty"),
        ({"Source": {"Owner": "AWS", "SourceIdentifier": "NOT_A_RULE"}}, "The sourceIdentifier NOT_A_RULE is invalid"),
        ({"InputParameters": '{"colour": "blue"}'}, "Unknown parameters provided"),
        ({"InputParameters": "{colour"}, "Invalid json {colour passed"),
        ({"InputParameters": "[1]"}, "Invalid json [1] passed"),
        ({"Source": TAGS}, "The required parameter [tag1Key] is not present"),
        ({"Source": TAGS, "InputParameters": '{"tag1Key": " "}'}, "Blank spaces are not acceptable"),
        ({"CreatedBy": "me"}, "AWS Config populates the CreatedBy field"),
        ({"ConfigRuleState": "EVALUATING"}, "The ConfigRuleState EVALUATING is invalid"),
        (
            {
                "Source": {"Owner": "AWS", "SourceIdentifier": "ENCRYPTED_VOLUMES"},
                "MaximumExecutionFrequency": "One_Hour",
            },
            "not allowed because only a change in resources triggers this managed rule",
        ),
        ({"EvaluationModes": [{"Mode": "PROACTIVE"}]}, "evaluation mode PROACTIVE"),
        ({"EvaluationModes": [{}]}, "should name a Mode"),
        ({"Source": {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": LAMBDA}}, "SourceDetails should be provided"),
        (
            {
                "Source": {
                    "Owner": "CUSTOM_LAMBDA",
                    "SourceIdentifier": LAMBDA,
                    "SourceDetails": on_change(MaximumExecutionFrequency="One_Hour"),
                }
            },
            "A maximum execution frequency is not allowed",
        ),
        (
            {"Source": {"Owner": "CUSTOM_POLICY", "SourceDetails": on_change()}},
            "CustomPolicyDetails should be provided",
        ),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(call: CallFixture, members: dict[str, Any], words: str) -> None:
    rule = {"ConfigRuleName": "r", "Source": SSH, **members}
    rule = {name: value for name, value in rule.items() if value is not None}
    with pytest.raises(ServiceError, match="InvalidParameterValueException") as refusal:
        call("config", "PutConfigRule", ConfigRule=rule)
    assert words in refusal.value.message
    assert call("config", "DescribeConfigRules")["ConfigRules"] == []


@pytest.mark.usefixtures("recorder")
def test_a_function_that_is_not_there_cannot_be_a_rule(call: CallFixture) -> None:
    source = {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": LAMBDA, "SourceDetails": on_change()}
    with pytest.raises(ServiceError, match="InsufficientPermissionsException") as refusal:
        call("config", "PutConfigRule", ConfigRule={"ConfigRuleName": "r", "Source": source})
    assert LAMBDA in refusal.value.message


def test_a_rule_needs_a_recorder_unless_the_world_is_lenient(call: CallFixture) -> None:
    rule = {"ConfigRuleName": "r", "Source": SSH}
    with pytest.raises(ServiceError, match="NoAvailableConfigurationRecorderException"):
        call("config", "PutConfigRule", ConfigRule=rule)
    lenient = Engine(None, WorldOptions(start=START, resources=0, lenient=True), local_aws())
    lenient.call(Call("config", "PutConfigRule", {"ConfigRule": rule}, REGION))
    assert lenient.call(Call("config", "DescribeConfigRules", {}, REGION))["ConfigRules"][0]["ConfigRuleName"] == "r"
    lenient.close()


@pytest.mark.usefixtures("recorder")
def test_a_rule_is_shown_as_it_was_put(call: CallFixture) -> None:
    given: Document = {
        "ConfigRuleName": "tags",
        "Description": "who pays",
        "Scope": {"ComplianceResourceTypes": ["AWS::S3::Bucket"]},
        "Source": TAGS,
        "InputParameters": '{"tag1Key": "k"}',
    }
    call("config", "PutConfigRule", ConfigRule=given)
    [shown] = call("config", "DescribeConfigRules", ConfigRuleNames=["tags"])["ConfigRules"]
    assert given.items() <= shown.items()
    assert shown["ConfigRuleId"].startswith("config-rule-")
    assert len(shown["ConfigRuleId"]) == len("config-rule-") + 6
    assert shown["ConfigRuleArn"] == f"arn:aws:config:{REGION}:696686700433:config-rule/{shown['ConfigRuleId']}"
    assert shown["ConfigRuleState"] == "ACTIVE"
    assert shown["EvaluationModes"] == [{"Mode": "DETECTIVE"}]
    assert shown["RuleEvaluationVisibility"] == "EXTERNAL"
    assert "CreatedBy" not in shown


@pytest.mark.usefixtures("recorder")
def test_a_rule_is_updated_by_name_by_id_and_by_arn(call: CallFixture, put_rule: PutRule) -> None:
    name = put_rule("INCOMING_SSH_DISABLED")
    [before] = call("config", "DescribeConfigRules")["ConfigRules"]
    for member, value in (
        ("ConfigRuleName", name),
        ("ConfigRuleId", before["ConfigRuleId"]),
        ("ConfigRuleArn", before["ConfigRuleArn"]),
    ):
        call("config", "PutConfigRule", ConfigRule={member: value, "Source": SSH, "Description": member})
        [after] = call("config", "DescribeConfigRules")["ConfigRules"]
        assert after == {**before, "Description": member}


@pytest.mark.usefixtures("recorder")
def test_unknown_rules_are_named_in_the_recorded_words(call: CallFixture) -> None:
    with pytest.raises(ServiceError) as refusal:
        call("config", "DescribeConfigRules", ConfigRuleNames=["none"])
    assert refusal.value.code == "NoSuchConfigRuleException"
    assert refusal.value.message == (
        "One or more ConfigRules provided in the request are invalid. Please check the configRule names."
    )
    for operation in ("DeleteConfigRule", "DeleteEvaluationResults", "GetComplianceDetailsByConfigRule"):
        with pytest.raises(ServiceError, match="NoSuchConfigRuleException"):
            call("config", operation, ConfigRuleName="none")
    for operation in ("StartConfigRulesEvaluation", "DescribeConfigRuleEvaluationStatus"):
        with pytest.raises(ServiceError, match="NoSuchConfigRuleException"):
            call("config", operation, ConfigRuleNames=["none"])


@pytest.mark.usefixtures("recorder")
def test_many_rules_come_in_pages_of_25(call: CallFixture, put_rule: PutRule) -> None:
    names = [f"rule-{number:02}" for number in range(60)]
    for name in names:
        put_rule("INCOMING_SSH_DISABLED", ConfigRuleName=name, settle=False)
    pages: list[list[str]] = []
    token: dict[str, str] = {}
    while token or not pages:
        answer = call("config", "DescribeConfigRules", **token)
        pages.append([rule["ConfigRuleName"] for rule in answer["ConfigRules"]])
        token = {"NextToken": answer["NextToken"]} if "NextToken" in answer else {}
    assert [len(page) for page in pages] == [25, 25, 10]
    assert [name for page in pages for name in page] == names
    first = call("config", "DescribeConfigRuleEvaluationStatus", Limit=7)
    assert len(first["ConfigRulesEvaluationStatus"]) == 7
    with pytest.raises(ServiceError, match="InvalidNextTokenException"):
        call("config", "DescribeConfigRules", NextToken=first["NextToken"])
    with pytest.raises(ServiceError, match="InvalidNextTokenException"):
        call("config", "DescribeConfigRules", NextToken="bogus")
    assert call("config", "DescribeConfigRules", NextToken="")["ConfigRules"]


@pytest.mark.usefixtures("recording")
def test_a_deleted_rule_lingers_for_a_moment_and_takes_its_results_along(
    call: CallFixture, put: PutFixture, put_rule: PutRule, wait: Wait
) -> None:
    put(bucket("b"))
    name = put_rule("S3_BUCKET_VERSIONING_ENABLED")
    call("config", "DeleteConfigRule", ConfigRuleName=name)
    [rule] = call("config", "DescribeConfigRules")["ConfigRules"]
    assert rule["ConfigRuleState"] == "DELETING"
    for again in ("DeleteConfigRule", "DeleteEvaluationResults"):
        with pytest.raises(ServiceError, match="ResourceInUseException"):
            call("config", again, ConfigRuleName=name)
    with pytest.raises(ServiceError, match="ResourceInUseException"):
        put_rule("S3_BUCKET_VERSIONING_ENABLED")
    put(bucket("b", versioning="Enabled"))
    wait(5)
    assert call("config", "DescribeConfigRules")["ConfigRules"] == []
    assert call("config", "DescribeComplianceByResource")["ComplianceByResources"] == []
    wait(24 * 3600)


@pytest.mark.usefixtures("recording")
def test_results_can_be_deleted_and_found_again(
    call: CallFixture, put: PutFixture, put_rule: PutRule, verdicts: Verdicts, wait: Wait
) -> None:
    put(bucket("b"))
    name = put_rule("S3_BUCKET_VERSIONING_ENABLED")
    before = verdicts(name)
    call("config", "DeleteEvaluationResults", ConfigRuleName=name)
    assert call("config", "DescribeConfigRules")["ConfigRules"][0]["ConfigRuleState"] == "DELETING_RESULTS"
    with pytest.raises(ServiceError, match="ResourceInUseException"):
        call("config", "StartConfigRulesEvaluation", ConfigRuleNames=[name])
    wait(5)
    assert call("config", "DescribeConfigRules")["ConfigRules"][0]["ConfigRuleState"] == "ACTIVE"
    assert (verdicts(name), before["b"]) == ({}, "NON_COMPLIANT")
    call("config", "StartConfigRulesEvaluation", ConfigRuleNames=[name])
    wait(5)
    assert verdicts(name) == before


@pytest.mark.usefixtures("recording")
def test_a_rule_is_run_on_request_once_a_minute(call: CallFixture, put_rule: PutRule, wait: Wait) -> None:
    name = put_rule("S3_BUCKET_VERSIONING_ENABLED")

    def state() -> str:
        return str(call("config", "DescribeConfigRules")["ConfigRules"][0]["ConfigRuleState"])

    call("config", "StartConfigRulesEvaluation", ConfigRuleNames=[name, name])
    assert state() == "EVALUATING"
    with pytest.raises(ServiceError, match="LimitExceededException"):
        call("config", "StartConfigRulesEvaluation", ConfigRuleNames=[name])
    with pytest.raises(ServiceError, match="ResourceInUseException"):
        put_rule("S3_BUCKET_VERSIONING_ENABLED")
    wait(30)
    assert state() == "ACTIVE"
    with pytest.raises(ServiceError, match="LimitExceededException"):
        call("config", "StartConfigRulesEvaluation", ConfigRuleNames=[name])
    wait(30)
    call("config", "StartConfigRulesEvaluation", ConfigRuleNames=[name])
    with pytest.raises(ServiceError, match="InvalidParameterValueException"):
        call("config", "StartConfigRulesEvaluation")


@pytest.mark.usefixtures("recording")
def test_the_status_tells_when_a_rule_last_ran(
    engine: Engine, call: CallFixture, put: PutFixture, put_rule: PutRule, wait: Wait
) -> None:
    name = put_rule("S3_BUCKET_VERSIONING_ENABLED", settle=False)
    [fresh] = call("config", "DescribeConfigRuleEvaluationStatus")["ConfigRulesEvaluationStatus"]
    assert fresh["FirstEvaluationStarted"] is False
    assert "LastSuccessfulEvaluationTime" not in fresh
    activated = engine.now
    wait(60)
    put(bucket("b"))
    changed = engine.now
    wait(60)
    [status] = call("config", "DescribeConfigRuleEvaluationStatus", ConfigRuleNames=[name])[
        "ConfigRulesEvaluationStatus"
    ]
    assert from_datetime(status["FirstActivatedTime"]) == activated
    assert from_datetime(status["LastSuccessfulInvocationTime"]) == changed
    assert from_datetime(status["LastSuccessfulEvaluationTime"]) == changed
    assert status["FirstEvaluationStarted"] is True
    assert changed - activated == 60 * SECOND


@pytest.mark.usefixtures("recorder")
def test_a_region_holds_at_most_a_thousand_rules(
    call: CallFixture, put_rule: PutRule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.engine.config.rules.lifecycle.MOST_RULES", 2)
    for name in ("a", "b", "a"):
        put_rule("INCOMING_SSH_DISABLED", ConfigRuleName=name)
    with pytest.raises(ServiceError, match="MaxNumberOfConfigRulesExceededException"):
        put_rule("INCOMING_SSH_DISABLED", ConfigRuleName="c")
    assert len(call("config", "DescribeConfigRules")["ConfigRules"]) == 2


GUARD = "rule encrypted when resourceType == 'AWS::EC2::Volume' { configuration.encrypted == true }"


def policy(text: str = GUARD, **members: Any) -> Document:
    details = {"PolicyRuntime": "guard-2.x.x", "PolicyText": text, "EnableDebugLogDelivery": False}
    source = {"Owner": "CUSTOM_POLICY", "SourceDetails": on_change(), "CustomPolicyDetails": details, **members}
    return {"ConfigRuleName": "guarded", "Source": source}


@pytest.mark.usefixtures("recording")
def test_a_guard_policy_is_kept_and_judges_what_is_there_and_what_comes(
    call: CallFixture, put: PutFixture, wait: Wait
) -> None:
    put(volume("vol-1", encrypted=False))
    call("config", "PutConfigRule", ConfigRule=policy())
    assert call("config", "GetCustomRulePolicy", ConfigRuleName="guarded") == {"PolicyText": GUARD}
    [shown] = call("config", "DescribeConfigRules")["ConfigRules"]
    assert shown["Source"]["CustomPolicyDetails"] == {
        "PolicyRuntime": "guard-2.x.x",
        "PolicyText": "",
        "EnableDebugLogDelivery": False,
    }
    wait(5)
    put(volume("vol-2", encrypted=False))
    found = call(
        "config", "GetComplianceDetailsByConfigRule", ConfigRuleName="guarded", ComplianceTypes=["NON_COMPLIANT"]
    )["EvaluationResults"]
    assert [one["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"] for one in found] == [
        "vol-1",
        "vol-2",
    ]
    assert found[0]["Annotation"] == "encrypted is false; the policy asks: equals true (line 1)."
    put(volume("vol-2", encrypted=True))
    [status] = call("config", "DescribeConfigRuleEvaluationStatus")["ConfigRulesEvaluationStatus"]
    assert "LastErrorMessage" not in status
    assert status["FirstEvaluationStarted"] is True
    passed = call(
        "config", "GetComplianceDetailsByConfigRule", ConfigRuleName="guarded", ComplianceTypes=["COMPLIANT"]
    )["EvaluationResults"]
    assert len(passed) == 1


@pytest.mark.usefixtures("recording")
def test_a_guard_policy_with_an_error_is_refused_with_its_place(call: CallFixture) -> None:
    with pytest.raises(ServiceError) as refused:
        call("config", "PutConfigRule", ConfigRule=policy("rule broken { configuration.encrypted === true }"))
    assert refused.value.code == "InvalidParameterValueException"
    assert "line 1, column" in refused.value.message


@pytest.mark.usefixtures("recorder")
@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (policy(" "), "should not be blank"),
        (policy(SourceIdentifier="x"), "SourceIdentifier should be null/empty"),
        (
            policy(SourceDetails=[{"EventSource": "aws.config", "MessageType": "ScheduledNotification"}]),
            "not on a schedule",
        ),
        (policy(Owner="CUSTOM_LAMBDA", SourceIdentifier=LAMBDA), "CustomPolicyDetails should be provided"),
    ],
)
def test_a_policy_rule_that_makes_no_sense_is_refused(call: CallFixture, rule: Document, words: str) -> None:
    with pytest.raises(ServiceError, match="InvalidParameterValueException") as refusal:
        call("config", "PutConfigRule", ConfigRule=rule)
    assert words in refusal.value.message


@pytest.mark.usefixtures("recorder")
def test_only_policy_rules_have_a_policy(call: CallFixture, put_rule: PutRule) -> None:
    name = put_rule("INCOMING_SSH_DISABLED")
    for asked in ({"ConfigRuleName": name}, {"ConfigRuleName": "none"}, {}):
        with pytest.raises(ServiceError, match="NoSuchConfigRuleException"):
            call("config", "GetCustomRulePolicy", **asked)


@pytest.mark.usefixtures("recorder")
def test_rules_are_regional(call: CallFixture, put_rule: PutRule) -> None:
    put_rule("INCOMING_SSH_DISABLED")
    assert call("config", "DescribeConfigRules", region="us-east-1")["ConfigRules"] == []

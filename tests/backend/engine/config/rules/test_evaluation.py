"""When rules run, and what they tell."""

from __future__ import annotations

import json

import pytest

from backend.engine.config import items
from backend.engine.config.rules import set_fact
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.world import estate
from backend.model.delivery import FREQUENCIES
from backend.model.item import Json
from backend.model.moment import from_datetime
from backend.rules.facts import ROOT_MFA
from tests.backend.engine.config.conftest import PutRule, Verdicts, Wait, bucket, remove, volume
from tests.backend.engine.conftest import ACCOUNT, REGION, CallFixture, Messages, PutFixture

GOOD, BAD = "COMPLIANT", "NON_COMPLIANT"
HOUR = 3600.0


def set_root_mfa(engine: Engine, value: bool) -> None:
    engine.act(lambda ctx: set_fact(ctx, ROOT_MFA, value))


@pytest.mark.requirement("RUL-02", "RUL-16")
@pytest.mark.usefixtures("recording")
def test_a_change_is_judged_at_once_without_a_call(put: PutFixture, put_rule: PutRule, verdicts: Verdicts) -> None:
    rule = put_rule("ENCRYPTED_VOLUMES")
    assert verdicts(rule) == {}
    put(volume("vol-1", encrypted=False), volume("vol-2", encrypted=True))
    assert verdicts(rule) == {"vol-1": BAD, "vol-2": GOOD}
    put(volume("vol-1", encrypted=True))
    assert verdicts(rule) == {"vol-1": GOOD, "vol-2": GOOD}


@pytest.mark.usefixtures("recording")
def test_a_new_rule_looks_at_what_is_there(put: PutFixture, put_rule: PutRule, verdicts: Verdicts, wait: Wait) -> None:
    put(volume("vol-1", encrypted=False), bucket("b"))
    rule = put_rule("ENCRYPTED_VOLUMES", settle=False)
    assert verdicts(rule) == {}
    wait(5)
    assert verdicts(rule) == {"vol-1": BAD}


@pytest.mark.usefixtures("recording")
def test_a_redefined_rule_looks_again_and_forgets_what_left_its_scope(
    put: PutFixture, put_rule: PutRule, verdicts: Verdicts
) -> None:
    put(bucket("a"), bucket("b"))
    rule = put_rule("S3_BUCKET_VERSIONING_ENABLED")
    assert {"a", "b"} <= verdicts(rule).keys()
    scope = {"ComplianceResourceTypes": ["AWS::S3::Bucket"], "ComplianceResourceId": "b"}
    put_rule("S3_BUCKET_VERSIONING_ENABLED", Scope=scope)
    assert verdicts(rule) == {"b": BAD}


@pytest.mark.usefixtures("recording")
def test_a_scope_of_tags_follows_the_tags(put: PutFixture, put_rule: PutRule, verdicts: Verdicts) -> None:
    rule = put_rule("ENCRYPTED_VOLUMES", Scope={"TagKey": "stage", "TagValue": "prod"})
    put(volume("vol-1", encrypted=False, tags={"stage": "prod"}), volume("vol-2", encrypted=False))
    assert verdicts(rule) == {"vol-1": BAD}
    put(volume("vol-1", encrypted=False, tags={"stage": "test"}), volume("vol-2", encrypted=True))
    assert verdicts(rule) == {}


@pytest.mark.usefixtures("recording")
def test_a_scope_of_types_narrows_the_types_of_the_rule(put: PutFixture, put_rule: PutRule, verdicts: Verdicts) -> None:
    rule = put_rule(
        "REQUIRED_TAGS",
        parameters={"tag1Key": "Owner"},
        Scope={"ComplianceResourceTypes": ["AWS::EC2::Volume", "AWS::IAM::User"]},
    )
    put(volume("vol-1", encrypted=True), bucket("b"))
    assert verdicts(rule) == {"vol-1": BAD}


@pytest.mark.usefixtures("recording")
def test_the_verdict_on_a_deleted_resource_goes(
    engine: Engine, put: PutFixture, put_rule: PutRule, verdicts: Verdicts, messages: Messages
) -> None:
    rule = put_rule("ENCRYPTED_VOLUMES")
    put(volume("vol-1", encrypted=False))
    messages()
    remove(engine, "AWS::EC2::Volume", "vol-1")
    assert verdicts(rule, GOOD, BAD, "NOT_APPLICABLE") == {}
    [(subject, message)] = messages("ComplianceChangeNotification")
    assert subject.startswith(f"[AWS Config:{REGION}] AWS::EC2::Volume vol-1 is NOT_APPLICABLE with encrypted-volumes")
    assert message["newEvaluationResult"]["complianceType"] == "NOT_APPLICABLE"
    assert message["oldEvaluationResult"]["complianceType"] == BAD


@pytest.mark.usefixtures("recording")
def test_while_the_recorder_is_off_change_rules_rest_and_old_verdicts_stay(
    engine: Engine, call: CallFixture, put: PutFixture, put_rule: PutRule, verdicts: Verdicts, wait: Wait
) -> None:
    rule = put_rule("ENCRYPTED_VOLUMES")
    put(volume("vol-1", encrypted=False), volume("vol-2", encrypted=False))
    call("config", "StopConfigurationRecorder", ConfigurationRecorderName="default")
    put(volume("vol-1", encrypted=True))
    remove(engine, "AWS::EC2::Volume", "vol-2")
    assert verdicts(rule) == {"vol-1": BAD, "vol-2": BAD}
    call("config", "StartConfigRulesEvaluation", ConfigRuleNames=[rule])
    wait(5)
    assert verdicts(rule) == {"vol-1": BAD, "vol-2": BAD}
    call("config", "StartConfigurationRecorder", ConfigurationRecorderName="default")
    wait(1800)
    assert verdicts(rule) == {"vol-1": GOOD}


@pytest.mark.usefixtures("recording")
def test_a_change_rule_put_while_the_recorder_is_off_waits_for_it(
    call: CallFixture, put: PutFixture, put_rule: PutRule, verdicts: Verdicts, wait: Wait
) -> None:
    put(volume("vol-1", encrypted=False))
    call("config", "StopConfigurationRecorder", ConfigurationRecorderName="default")
    rule = put_rule("ENCRYPTED_VOLUMES")
    assert verdicts(rule) == {}
    call("config", "StartConfigurationRecorder", ConfigurationRecorderName="default")
    wait(5)
    assert verdicts(rule) == {"vol-1": BAD}


@pytest.mark.requirement("RUL-07")
@pytest.mark.usefixtures("recorder")
def test_a_rule_over_the_account_speaks_of_the_account(
    engine: Engine, call: CallFixture, put_rule: PutRule, verdicts: Verdicts
) -> None:
    rule = put_rule("ROOT_ACCOUNT_MFA_ENABLED")
    assert verdicts(rule) == {ACCOUNT: BAD}
    [result] = call("config", "GetComplianceDetailsByConfigRule", ConfigRuleName=rule)["EvaluationResults"]
    qualifier = result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]
    assert qualifier["ResourceType"] == "AWS::::Account"


@pytest.mark.requirement("RUL-10", "RUL-11")
@pytest.mark.usefixtures("recorder")
@pytest.mark.parametrize("frequency", sorted(FREQUENCIES))
def test_a_periodic_rule_runs_at_its_frequency_even_while_the_recorder_is_off(
    engine: Engine, put_rule: PutRule, verdicts: Verdicts, wait: Wait, frequency: str
) -> None:
    rule = put_rule("ROOT_ACCOUNT_MFA_ENABLED", MaximumExecutionFrequency=frequency)
    seconds = FREQUENCIES[frequency] / 1000
    for secure in (True, False):
        set_root_mfa(engine, secure)
        wait(seconds - 60)
        assert verdicts(rule) == {ACCOUNT: BAD if secure else GOOD}
        wait(60)
        assert verdicts(rule) == {ACCOUNT: GOOD if secure else BAD}


@pytest.mark.usefixtures("recorder")
def test_a_periodic_rule_without_a_frequency_runs_daily(
    engine: Engine, put_rule: PutRule, verdicts: Verdicts, wait: Wait
) -> None:
    rule = put_rule("ROOT_ACCOUNT_MFA_ENABLED")
    set_root_mfa(engine, True)
    wait(23 * HOUR)
    assert verdicts(rule) == {ACCOUNT: BAD}
    wait(HOUR)
    assert verdicts(rule) == {ACCOUNT: GOOD}


@pytest.mark.requirement("RUL-10")
@pytest.mark.usefixtures("recorder")
def test_a_new_frequency_takes_the_place_of_the_old(
    engine: Engine, put_rule: PutRule, verdicts: Verdicts, wait: Wait
) -> None:
    rule = put_rule("ROOT_ACCOUNT_MFA_ENABLED")
    put_rule("ROOT_ACCOUNT_MFA_ENABLED", MaximumExecutionFrequency="One_Hour")
    set_root_mfa(engine, True)
    wait(HOUR)
    assert verdicts(rule) == {ACCOUNT: GOOD}


@pytest.mark.requirement("RUL-03", "STR-05")
@pytest.mark.usefixtures("recording")
def test_a_verdict_that_changes_is_told_and_nothing_else_happens(
    engine: Engine, ctx: Context, put: PutFixture, put_rule: PutRule, messages: Messages
) -> None:
    put_rule("ENCRYPTED_VOLUMES")
    put(volume("vol-1", encrypted=False))
    [(subject, first)] = messages("ComplianceChangeNotification")
    assert subject == f"[AWS Config:{REGION}] AWS::EC2::Volume vol-1 is NON_COMPLIANT with encrypted-volumes in Acc..."
    assert first["messageType"] == "ComplianceChangeNotification"
    assert first["recordVersion"] == "1.0"
    assert first["configRuleARN"].startswith(f"arn:aws:config:{REGION}:{ACCOUNT}:config-rule/config-rule-")
    assert first["oldEvaluationResult"] is None
    result = first["newEvaluationResult"]
    assert result["complianceType"] == BAD
    assert result["annotation"] == "The volume is attached and not encrypted."
    item = items.latest(ctx, "AWS::EC2::Volume", "vol-1")
    assert item is not None
    assert result["evaluationResultIdentifier"] == {
        "evaluationResultQualifier": {
            "configRuleName": "encrypted-volumes",
            "resourceType": "AWS::EC2::Volume",
            "resourceId": "vol-1",
        },
        "orderingTimestamp": item["configurationItemCaptureTime"],
    }
    assert estate.get(ctx, "AWS::EC2::Volume", "vol-1") == volume("vol-1", encrypted=False)

    put(volume("vol-1", encrypted=False, tags={"note": "still open"}))
    assert messages("ComplianceChangeNotification") == []
    put(volume("vol-1", encrypted=True))
    [(_, second)] = messages("ComplianceChangeNotification")
    assert second["oldEvaluationResult"]["complianceType"] == BAD
    assert second["newEvaluationResult"]["complianceType"] == GOOD
    assert second["newEvaluationResult"]["annotation"] is None


@pytest.mark.usefixtures("recording")
def test_no_verdict_is_told_of_before_the_item_that_it_is_about(
    put: PutFixture, put_rule: PutRule, messages: Messages
) -> None:
    put_rule("ENCRYPTED_VOLUMES")
    put(*(volume(f"vol-{number}", encrypted=False) for number in range(4)))
    told = [message for _, message in messages()]
    times = [message["notificationCreationTime"] for message in told]
    assert len(told) >= 8
    assert times == sorted(times)
    for message in told:
        if message["messageType"] == "ComplianceChangeNotification":
            result = message["newEvaluationResult"]
            captured = result["evaluationResultIdentifier"]["orderingTimestamp"]
            assert captured <= result["configRuleInvokedTime"] <= result["resultRecordedTime"]


@pytest.mark.usefixtures("recording")
def test_a_resource_to_which_a_rule_does_not_apply_is_no_news(
    put: PutFixture, put_rule: PutRule, messages: Messages, verdicts: Verdicts
) -> None:
    rule = put_rule("ENCRYPTED_VOLUMES")
    put(volume("vol-1", encrypted=False, attached=False))
    assert messages("ComplianceChangeNotification") == []
    assert verdicts(rule) == {}
    assert verdicts(rule, "NOT_APPLICABLE") == {"vol-1": "NOT_APPLICABLE"}


@pytest.mark.requirement("STR-06")
@pytest.mark.usefixtures("recording")
def test_the_beginning_of_an_evaluation_is_told(
    call: CallFixture, put_rule: PutRule, messages: Messages, wait: Wait
) -> None:
    one, other = put_rule("ENCRYPTED_VOLUMES"), put_rule("CLOUD_TRAIL_ENABLED", MaximumExecutionFrequency="One_Hour")
    told = messages("ConfigRulesEvaluationStarted")
    assert [message["configRuleNames"] for _, message in told] == [[one], [other]]

    call("config", "StartConfigRulesEvaluation", ConfigRuleNames=[one, other])
    [(subject, message)] = messages("ConfigRulesEvaluationStarted")
    assert subject == f"[AWS Config:{REGION}] Config Rules Evaluation Started for Account {ACCOUNT}"
    expected: dict[str, Json] = {"awsAccountId": ACCOUNT, "awsRegion": REGION, "configRuleNames": [one, other]}
    assert expected.items() <= message.items()
    assert message["recordVersion"] == "1.0"
    wait(5)
    assert messages("ConfigRulesEvaluationStarted") == []
    wait(HOUR)
    [(_, periodic)] = messages("ConfigRulesEvaluationStarted")
    assert periodic["configRuleNames"] == [other]


@pytest.mark.usefixtures("recording")
def test_a_result_speaks_of_the_item_and_tells_when_it_was_found(
    engine: Engine, ctx: Context, call: CallFixture, put: PutFixture, put_rule: PutRule, wait: Wait
) -> None:
    put(volume("vol-1", encrypted=False))
    wait(HOUR)
    rule = put_rule("ENCRYPTED_VOLUMES", settle=False)
    wait(2)
    [result] = call("config", "GetComplianceDetailsByConfigRule", ConfigRuleName=rule)["EvaluationResults"]
    item = items.latest(ctx, "AWS::EC2::Volume", "vol-1")
    assert item is not None
    ordering = result["EvaluationResultIdentifier"]["OrderingTimestamp"]
    assert from_datetime(ordering) == item["configurationStateId"]
    assert from_datetime(result["ConfigRuleInvokedTime"]) == engine.now
    assert from_datetime(result["ResultRecordedTime"]) == engine.now


@pytest.mark.usefixtures("recording")
def test_iam_users_are_judged_in_every_region_that_records_them(
    put: PutFixture, put_rule: PutRule, verdicts: Verdicts
) -> None:
    rule = put_rule("IAM_USER_NO_POLICIES_CHECK")
    put(
        estate.Resource(
            resource_type="AWS::IAM::User",
            resource_id="AIDAEXAMPLE",
            name="jo",
            region=estate.GLOBAL,
            configuration={"userPolicyList": [{"policyName": "quick"}]},
        )
    )
    assert verdicts(rule) == {"AIDAEXAMPLE": BAD}


@pytest.mark.requirement("RUL-16")
@pytest.mark.usefixtures("recording")
def test_a_bucket_opened_and_closed_through_s3_is_followed(
    call: CallFixture, put_rule: PutRule, verdicts: Verdicts
) -> None:
    public, versioned = put_rule("S3_BUCKET_PUBLIC_READ_PROHIBITED"), put_rule("S3_BUCKET_VERSIONING_ENABLED")
    call("s3", "CreateBucket", Bucket="press-kit", CreateBucketConfiguration={"LocationConstraint": REGION})
    call("s3", "DeletePublicAccessBlock", Bucket="press-kit")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::press-kit/*"}
    call("s3", "PutBucketPolicy", Bucket="press-kit", Policy=json.dumps({"Statement": [statement]}))
    assert verdicts(public)["press-kit"] == BAD
    assert verdicts(versioned)["press-kit"] == BAD
    everything = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    block = dict.fromkeys(everything, True)
    call("s3", "PutPublicAccessBlock", Bucket="press-kit", PublicAccessBlockConfiguration=block)
    call("s3", "PutBucketVersioning", Bucket="press-kit", VersioningConfiguration={"Status": "Enabled"})
    assert verdicts(public)["press-kit"] == GOOD
    assert verdicts(versioned)["press-kit"] == GOOD
    call("s3", "DeleteBucket", Bucket="press-kit")
    assert "press-kit" not in verdicts(public)

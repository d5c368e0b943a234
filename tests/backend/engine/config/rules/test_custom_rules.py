"""Custom Lambda rules: the call that is noted for the function, and what the function reports."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from backend.engine.config.rules import custom, on_snapshot, register
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.world.estate import Resource, changed
from backend.model.item import Document
from backend.model.moment import DAY, to_datetime
from tests.backend.engine.config.conftest import Verdicts, Wait, remove, volume
from tests.backend.engine.conftest import ACCOUNT, REGION, CallFixture, Messages, PutFixture

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:judge"
VOLUME = "AWS::EC2::Volume"
CHANGED, SCHEDULED = "ConfigurationItemChangeNotification", "ScheduledNotification"


@pytest.fixture
def judge(recording: None, put: PutFixture) -> None:
    """The function that the rules name."""
    put(Resource(resource_type="AWS::Lambda::Function", resource_id="judge", name="judge", region=REGION, arn=FUNCTION))


def put_custom(call: CallFixture, *triggers: str, **members: object) -> None:
    details = [{"EventSource": "aws.config", "MessageType": trigger} for trigger in triggers]
    source = {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": FUNCTION, "SourceDetails": details}
    rule = {
        "ConfigRuleName": "custom",
        "Source": source,
        "Scope": {"ComplianceResourceTypes": [VOLUME]},
        "InputParameters": '{"limit": "3"}',
        **members,
    }
    call("config", "PutConfigRule", ConfigRule=rule)


def calls(ctx: Context) -> list[Document]:
    """The events of the calls nobody answered yet."""
    rule = register.by_name(ctx, "custom")
    assert rule is not None
    return [custom.event(ctx, token) for token in custom.waiting(ctx, rule)]


def report(
    call: CallFixture, token: str, ctx: Context, compliance: str = "NON_COMPLIANT", **members: object
) -> Document:
    evaluation = {
        "ComplianceResourceType": VOLUME,
        "ComplianceResourceId": "vol-1",
        "ComplianceType": compliance,
        "OrderingTimestamp": to_datetime(ctx.now),
        **members,
    }
    return call("config", "PutEvaluations", Evaluations=[evaluation], ResultToken=token)


@pytest.mark.requirement("RUL-09")
@pytest.mark.usefixtures("judge")
def test_a_function_is_called_with_the_item_and_its_report_counts(
    call: CallFixture, put: PutFixture, ctx: Context, verdicts: Verdicts, messages: Messages
) -> None:
    put_custom(call, CHANGED)
    put(volume("vol-1", encrypted=False))
    [event] = calls(ctx)
    rule = register.by_name(ctx, "custom")
    assert rule is not None
    assert {name: event[name] for name in ("version", "ruleParameters", "eventLeftScope", "accountId")} == {
        "version": "1.0",
        "ruleParameters": '{"limit": "3"}',
        "eventLeftScope": False,
        "accountId": ACCOUNT,
    }
    assert (event["configRuleName"], event["configRuleId"], event["configRuleArn"]) == (
        "custom",
        rule.rule_id,
        rule.arn,
    )
    invoking = json.loads(event["invokingEvent"])
    assert (invoking["messageType"], invoking["recordVersion"]) == (CHANGED, "1.3")
    assert invoking["configurationItem"]["resourceId"] == "vol-1"
    assert invoking["configurationItem"]["configuration"]["encrypted"] is False
    assert invoking["configurationItemDiff"]["changeType"] == "CREATE"
    assert verdicts("custom") == {}

    answer = report(call, event["resultToken"], ctx, Annotation="too plain")
    assert answer == {"FailedEvaluations": []}
    assert verdicts("custom") == {"vol-1": "NON_COMPLIANT"}
    assert calls(ctx) == []
    [(_, message)] = messages("ComplianceChangeNotification")
    assert message["newEvaluationResult"]["annotation"] == "too plain"


@pytest.mark.usefixtures("judge")
def test_a_new_rule_is_called_for_what_is_there_without_a_diff(
    call: CallFixture, put: PutFixture, ctx: Context, wait: Wait
) -> None:
    put(volume("vol-1", encrypted=False), volume("vol-2", encrypted=True))
    put_custom(call, CHANGED)
    wait(5)
    invoking = [json.loads(event["invokingEvent"]) for event in calls(ctx)]
    assert [each["configurationItem"]["resourceId"] for each in invoking] == ["vol-1", "vol-2"]
    assert [each["configurationItemDiff"] for each in invoking] == [None, None]


@pytest.mark.usefixtures("judge")
def test_a_scheduled_function_is_called_at_its_frequency(call: CallFixture, ctx: Context, wait: Wait) -> None:
    put_custom(call, SCHEDULED, MaximumExecutionFrequency="One_Hour")
    wait(5)
    [first] = calls(ctx)
    assert (
        json.loads(first["invokingEvent"]).items()
        >= {
            "awsAccountId": ACCOUNT,
            "messageType": SCHEDULED,
            "recordVersion": "1.0",
        }.items()
    )
    call("config", "StopConfigurationRecorder", ConfigurationRecorderName="default")
    wait(3 * 3600)
    assert len(calls(ctx)) == 4


@pytest.mark.usefixtures("judge")
def test_a_delivered_snapshot_calls_the_functions_that_wait_for_it(
    engine: Engine, call: CallFixture, ctx: Context
) -> None:
    put_custom(call, "ConfigurationSnapshotDeliveryCompleted")
    engine.act(lambda inner: on_snapshot(inner, {"configSnapshotId": "s-1"}))
    [event] = calls(ctx)
    assert json.loads(event["invokingEvent"]) == {"configSnapshotId": "s-1"}


@pytest.mark.usefixtures("judge")
def test_a_snapshot_calls_no_more_often_than_the_rule_allows(
    engine: Engine, call: CallFixture, ctx: Context, wait: Wait
) -> None:
    put_custom(call, "ConfigurationSnapshotDeliveryCompleted", MaximumExecutionFrequency="Three_Hours")
    for _ in range(7):
        engine.act(lambda inner: on_snapshot(inner, {"configSnapshotId": "s"}))
        wait(3600)
    assert len(calls(ctx)) == 3


@pytest.mark.usefixtures("judge")
def test_an_oversized_item_calls_only_those_that_ask_for_its_news(
    engine: Engine, call: CallFixture, put: PutFixture, ctx: Context
) -> None:
    crowded = volume("vol-1", encrypted=False, tags={f"key-{number}": "x" * 200 for number in range(1_500)})
    put_custom(call, CHANGED)
    put(crowded)
    assert calls(ctx) == []
    put_custom(call, "OversizedConfigurationItemChangeNotification")
    put(changed(crowded, tags={**crowded.tags, "more": "x"}))
    put(volume("vol-2", encrypted=False))
    [event] = calls(ctx)
    invoking = json.loads(event["invokingEvent"])
    assert invoking["messageType"] == "OversizedConfigurationItemChangeNotification"
    assert invoking["configurationItemSummary"]["resourceId"] == "vol-1"
    assert invoking["s3DeliverySummary"]["s3BucketLocation"].endswith(".json.gz")
    remove(engine, VOLUME, "vol-2")
    assert len(calls(ctx)) == 1


@pytest.mark.usefixtures("judge")
def test_leaving_the_scope_and_deletion_call_once_more(
    engine: Engine, call: CallFixture, put: PutFixture, ctx: Context, verdicts: Verdicts
) -> None:
    put_custom(call, CHANGED, Scope={"TagKey": "stage"})
    put(volume("vol-1", encrypted=False, tags={"stage": "prod"}))
    [event] = calls(ctx)
    report(call, event["resultToken"], ctx)
    put(volume("vol-1", encrypted=False))
    [left] = calls(ctx)
    assert left["eventLeftScope"] is True
    assert verdicts("custom") == {}

    put_custom(call, CHANGED)
    put(volume("vol-1", encrypted=False, tags={"a": "b"}))
    remove(engine, VOLUME, "vol-1")
    last = json.loads(calls(ctx)[-1]["invokingEvent"])
    assert last["configurationItem"]["configurationItemStatus"] == "ResourceDeleted"
    assert last["configurationItem"]["configuration"] is None
    report(call, calls(ctx)[-1]["resultToken"], ctx, "NOT_APPLICABLE")
    assert call("config", "DescribeComplianceByResource", ResourceType=VOLUME)["ComplianceByResources"] == []


@pytest.mark.usefixtures("judge")
def test_the_newest_report_wins(call: CallFixture, put: PutFixture, ctx: Context, verdicts: Verdicts) -> None:
    put_custom(call, CHANGED)
    put(volume("vol-1", encrypted=False))
    [event] = calls(ctx)
    report(call, event["resultToken"], ctx, "COMPLIANT")
    earlier = to_datetime(ctx.now) - timedelta(hours=1)
    report(call, event["resultToken"], ctx, "NON_COMPLIANT", OrderingTimestamp=earlier)
    assert verdicts("custom") == {"vol-1": "COMPLIANT"}
    report(call, event["resultToken"], ctx, "NOT_APPLICABLE")
    assert verdicts("custom") == {}


@pytest.mark.usefixtures("judge")
def test_reports_are_refused_that_the_service_refuses(
    call: CallFixture, put: PutFixture, ctx: Context, verdicts: Verdicts, wait: Wait
) -> None:
    put_custom(call, CHANGED)
    put(volume("vol-1", encrypted=False))
    [event] = calls(ctx)
    with pytest.raises(ServiceError, match="InvalidResultTokenException"):
        report(call, "bogus", ctx)
    with pytest.raises(ServiceError, match="InvalidParameterValueException"):
        call("config", "PutEvaluations", ResultToken=event["resultToken"])
    failed = report(call, event["resultToken"], ctx, "INSUFFICIENT_DATA")["FailedEvaluations"]
    assert [evaluation["ComplianceResourceId"] for evaluation in failed] == ["vol-1"]
    assert verdicts("custom") == {}
    wait(DAY / 1000 + 1)
    with pytest.raises(ServiceError, match="InvalidResultTokenException"):
        report(call, event["resultToken"], ctx)


@pytest.mark.usefixtures("judge")
def test_test_mode_needs_no_token_and_keeps_nothing(call: CallFixture, ctx: Context, verdicts: Verdicts) -> None:
    put_custom(call, CHANGED)
    evaluation = {
        "ComplianceResourceType": VOLUME,
        "ComplianceResourceId": "vol-1",
        "ComplianceType": "COMPLIANT",
        "OrderingTimestamp": to_datetime(ctx.now),
    }
    answer = call("config", "PutEvaluations", Evaluations=[evaluation], ResultToken="TESTMODE", TestMode=True)
    assert answer == {"FailedEvaluations": []}
    assert verdicts("custom") == {}


@pytest.mark.usefixtures("judge")
def test_a_token_outlives_its_rule_in_vain(call: CallFixture, put: PutFixture, ctx: Context, wait: Wait) -> None:
    put_custom(call, CHANGED)
    put(volume("vol-1", encrypted=False))
    [event] = calls(ctx)
    call("config", "DeleteConfigRule", ConfigRuleName="custom")
    wait(5)
    with pytest.raises(ServiceError, match="InvalidResultTokenException"):
        report(call, event["resultToken"], ctx)


@pytest.mark.usefixtures("judge")
def test_a_function_that_went_away_shows_in_the_status(
    engine: Engine, call: CallFixture, put: PutFixture, ctx: Context
) -> None:
    put_custom(call, CHANGED)
    remove(engine, "AWS::Lambda::Function", "judge")
    put(volume("vol-1", encrypted=False))
    assert calls(ctx) == []
    [status] = call("config", "DescribeConfigRuleEvaluationStatus")["ConfigRulesEvaluationStatus"]
    assert status["LastErrorCode"] == "ResourceNotFoundException"
    assert FUNCTION in status["LastErrorMessage"]
    assert "LastFailedInvocationTime" in status
    assert status["FirstEvaluationStarted"] is False

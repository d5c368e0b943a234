"""The event bus: what AWS Config tells it, which rules pick it up, and where it goes."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from backend.engine.around import events
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.world import estate
from backend.engine.world.estate import Resource
from backend.model import moment
from backend.model.item import Document
from backend.model.moment import DAY
from tests.backend.engine.around.conftest import Refused, inbox, queue_policy
from tests.backend.engine.conftest import ACCOUNT, REGION, CallFixture

INSTANCE = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-04606de676e635647"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:caught"
CHANGE = {
    "messageType": "ConfigurationItemChangeNotification",
    "configurationItem": {"resourceType": "AWS::EC2::Instance", "resourceId": "i-04606de676e635647"},
}
OF_CONFIG = {"source": ["aws.config"]}


@pytest.fixture
def caught(call: CallFixture) -> Callable[[], list[str]]:
    """A queue that the bus may write to; calling it gives what has come."""
    policy = queue_policy("events", QUEUE)
    url = call("sqs", "CreateQueue", QueueName="caught", Attributes={"Policy": policy})["QueueUrl"]
    return lambda: inbox(call, url)


@pytest.fixture
def rule(call: CallFixture) -> Callable[..., str]:
    """Makes a rule with a pattern and the queue as target; its name."""

    def rule(pattern: Document, name: str = "watch", arn: str = QUEUE, **target: object) -> str:
        call("events", "PutRule", Name=name, EventPattern=json.dumps(pattern))
        answer = call("events", "PutTargets", Rule=name, Targets=[{"Id": "1", "Arn": arn, **target}])
        assert answer["FailedEntryCount"] == 0
        return name

    return rule


def emit(engine: Engine, detail_type: str = "Config Configuration Item Change", detail: Document = CHANGE) -> None:
    def tell(ctx: Context) -> None:
        events.emit(ctx, detail_type, detail, resources=[INSTANCE])

    engine.act(tell)


@pytest.mark.requirement("EVB-04")
@pytest.mark.requirement("EVB-11")
def test_an_event_of_config_has_the_envelope_and_is_on_the_default_bus(engine: Engine) -> None:
    emit(engine)
    body = events.log(engine.context())[0].body
    assert body.pop("id")
    assert body == {
        "version": "0",
        "detail-type": "Config Configuration Item Change",
        "source": "aws.config",
        "account": ACCOUNT,
        "time": "2026-03-01T00:00:00Z",
        "region": REGION,
        "resources": [INSTANCE],
        "detail": CHANGE,
    }
    assert events.log(engine.context("us-east-1")) == []


@pytest.mark.requirement("EVB-06")
@pytest.mark.requirement("EVB-09")
def test_a_matching_rule_hands_the_event_to_its_target_at_once(
    engine: Engine, caught: Callable[[], list[str]], rule: Callable[..., str]
) -> None:
    rule(OF_CONFIG)
    emit(engine)
    assert json.loads(caught()[0])["detail"] == CHANGE


def test_every_target_of_a_rule_is_invoked(
    engine: Engine, call: CallFixture, caught: Callable[[], list[str]], rule: Callable[..., str]
) -> None:
    name = rule(OF_CONFIG)
    topic = call("sns", "CreateTopic", Name="alerts")["TopicArn"]
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    policy = json.dumps({"Statement": allow})
    call("sns", "SetTopicAttributes", TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    call("sns", "Subscribe", TopicArn=topic, Protocol="sms", Endpoint="+6581234567")
    call("events", "PutTargets", Rule=name, Targets=[{"Id": "2", "Arn": topic, "Input": '"look"'}])
    emit(engine)
    assert len(caught()) == 1
    sent = engine.store.all("SELECT body FROM outbox")
    assert [row["body"] for row in sent] == ['alerts> "look"']


@pytest.mark.requirement("EVB-07")
@pytest.mark.requirement("EVB-08")
@pytest.mark.requirement("EVB-16")
@pytest.mark.requirement("EVB-17")
@pytest.mark.requirement("EVB-23")
@pytest.mark.requirement("EVB-31")
def test_a_rule_picks_chosen_transitions_only(
    engine: Engine, caught: Callable[[], list[str]], rule: Callable[..., str]
) -> None:
    rule(
        {
            "source": ["aws.config"],
            "detail-type": ["Config Rules Compliance Change"],
            "detail": {
                "messageType": ["ComplianceChangeNotification"],
                "configRuleName": ["required-tags"],
                "newEvaluationResult": {"complianceType": ["NON_COMPLIANT"]},
            },
        }
    )
    compliance = {"messageType": "ComplianceChangeNotification"}
    for name, verdict in (
        ("required-tags", "NON_COMPLIANT"),
        ("required-tags", "COMPLIANT"),
        ("encrypted-volumes", "NON_COMPLIANT"),
    ):
        detail = {**compliance, "configRuleName": name, "newEvaluationResult": {"complianceType": verdict}}
        emit(engine, "Config Rules Compliance Change", detail)
    emit(engine)
    found = [json.loads(body)["detail"] for body in caught()]
    assert [(each["configRuleName"], each["newEvaluationResult"]["complianceType"]) for each in found] == [
        ("required-tags", "NON_COMPLIANT")
    ]


@pytest.mark.usefixtures("recording")
@pytest.mark.requirement("EVB-18")
@pytest.mark.requirement("EVB-19")
@pytest.mark.requirement("EVB-20")
@pytest.mark.requirement("EVB-22")
@pytest.mark.requirement("EVB-25")
@pytest.mark.requirement("EVB-27")
@pytest.mark.requirement("EVB-28")
@pytest.mark.requirement("EVB-24")
def test_config_tells_the_bus_of_items_snapshots_histories_and_evaluations(engine: Engine, call: CallFixture) -> None:
    source = {"Owner": "AWS", "SourceIdentifier": "S3_BUCKET_VERSIONING_ENABLED"}
    call("config", "PutConfigRule", ConfigRule={"ConfigRuleName": "versioned", "Source": source})
    call("config", "DeliverConfigSnapshot", deliveryChannelName="default")
    engine.advance(engine.now + DAY)
    told = {(each.detail_type, each.body["detail"]["messageType"]) for each in events.log(engine.context())}
    assert {
        ("Config Configuration Item Change", "ConfigurationItemChangeNotification"),
        ("Config Configuration Snapshot Delivery Status", "ConfigurationSnapshotDeliveryStarted"),
        ("Config Configuration Snapshot Delivery Status", "ConfigurationSnapshotDeliveryCompleted"),
        ("Config Configuration History Delivery Status", "ConfigurationHistoryDeliveryCompleted"),
        ("Config Rules Re-evaluation Status", "ConfigRulesEvaluationStarted"),
    } <= told


def trail(region: str, *, everywhere: bool) -> Resource:
    return Resource(
        resource_type="AWS::CloudTrail::Trail",
        resource_id="audit",
        region=region,
        name="audit",
        configuration={"name": "audit", "isMultiRegionTrail": everywhere},
    )


@pytest.mark.requirement("EVB-15")
def test_api_calls_reach_the_bus_where_a_trail_covers_the_region(
    engine: Engine, call: CallFixture, caught: Callable[[], list[str]], rule: Callable[..., str]
) -> None:
    rule({"detail-type": ["AWS API Call via CloudTrail"], "detail": {"eventName": [{"prefix": "CreateB"}]}})
    location = {"LocationConstraint": REGION}
    call("s3", "CreateBucket", Bucket="unseen", CreateBucketConfiguration=location)
    engine.act(lambda ctx: estate.put(ctx, trail("us-east-1", everywhere=True)))
    call("s3", "CreateBucket", Bucket="seen", CreateBucketConfiguration=location)
    event = json.loads(caught()[0])
    assert event["source"] == "aws.s3"
    assert event["detail"]["requestParameters"]["bucketName"] == "seen"


def test_reads_reach_only_rules_that_ask_for_all_management_events(
    engine: Engine, call: CallFixture, caught: Callable[[], list[str]], rule: Callable[..., str]
) -> None:
    engine.act(lambda ctx: estate.put(ctx, trail(REGION, everywhere=False)))
    pattern = {"source": ["aws.s3"]}
    rule(pattern)
    call("s3", "ListBuckets")
    assert caught() == []
    state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    call("events", "PutRule", Name="watch", EventPattern=json.dumps(pattern), State=state)
    call("s3", "ListBuckets")
    assert json.loads(caught()[0])["detail"]["eventName"] == "ListBuckets"


@pytest.mark.requirement("EVB-12")
def test_a_target_out_of_reach_loses_the_event_and_harms_nothing(
    engine: Engine, caught: Callable[[], list[str]], rule: Callable[..., str]
) -> None:
    rule(OF_CONFIG, "broken", arn=f"{QUEUE}-gone")
    rule(OF_CONFIG, "whole")
    emit(engine)
    assert len(caught()) == 1


def test_a_dead_letter_queue_gets_what_could_not_be_handed_over(
    engine: Engine, call: CallFixture, caught: Callable[[], list[str]], rule: Callable[..., str]
) -> None:
    rule(OF_CONFIG, arn=f"{QUEUE}-gone", DeadLetterConfig={"Arn": QUEUE})
    emit(engine)
    url = call("sqs", "GetQueueUrl", QueueName="caught")["QueueUrl"]
    message = call("sqs", "ReceiveMessage", QueueUrl=url, MessageAttributeNames=["All"])["Messages"][0]
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "QueueDoesNotExist"
    assert message["MessageAttributes"]["TARGET_ARN"]["StringValue"] == f"{QUEUE}-gone"


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ({"Input": '{"fixed": true}'}, '{"fixed": true}'),
        ({"InputPath": "$.detail.configurationItem.resourceId"}, '"i-04606de676e635647"'),
        ({"InputPath": "$.resources[0]"}, f'"{INSTANCE}"'),
        ({"InputPath": "$.nowhere"}, "{}"),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"id": "$.detail.configurationItem.resourceId", "none": "$.x"},
                    "InputTemplate": '"<id> changed<none>, says <aws.events.rule-name>"',
                }
            },
            '"i-04606de676e635647 changed, says watch"',
        ),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"id": "$.detail.configurationItem.resourceId", "all": "$.resources"},
                    "InputTemplate": '{"id": <id>, "again": "<id>", "all": <all>}',
                }
            },
            f'{{"id": "i-04606de676e635647", "again": "i-04606de676e635647", "all": ["{INSTANCE}"]}}',
        ),
    ],
)
def test_what_a_target_gets_can_be_shaped(
    engine: Engine, caught: Callable[[], list[str]], rule: Callable[..., str], target: Document, text: str
) -> None:
    rule(OF_CONFIG, **target)
    emit(engine)
    assert caught() == [text]


@pytest.mark.requirement("EVB-34")
def test_a_rule_has_name_description_and_state(call: CallFixture, refused: Refused) -> None:
    pattern = json.dumps(OF_CONFIG)
    arn = call("events", "PutRule", Name="r", EventPattern=pattern, Description="all of Config", State="DISABLED")
    assert arn["RuleArn"] == f"arn:aws:events:{REGION}:{ACCOUNT}:rule/r"
    assert call("events", "DescribeRule", Name="r") == {
        "Name": "r",
        "Arn": arn["RuleArn"],
        "EventPattern": pattern,
        "Description": "all of Config",
        "State": "DISABLED",
        "EventBusName": "default",
        "CreatedBy": ACCOUNT,
    }
    call("events", "PutRule", Name="r", ScheduleExpression="rate(5 minutes)")
    assert "Description" not in call("events", "DescribeRule", Name="r")
    assert refused("events", "DescribeRule", Name="other").code == "ResourceNotFoundException"
    assert [each["Name"] for each in call("events", "ListRules", NamePrefix="r")["Rules"]] == ["r"]
    assert call("events", "ListRules", NamePrefix="x") == {"Rules": []}


def test_a_disabled_rule_is_silent(
    engine: Engine, call: CallFixture, caught: Callable[[], list[str]], rule: Callable[..., str]
) -> None:
    rule(OF_CONFIG)
    call("events", "DisableRule", Name="watch")
    emit(engine)
    assert caught() == []
    call("events", "EnableRule", Name="watch")
    emit(engine)
    assert len(caught()) == 1


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"EventPattern": '{"source": "aws.config"}'}, "InvalidEventPatternException"),
        ({"EventPattern": '{"a": ["' + "x" * 4096 + '"]}'}, "ValidationException"),
        ({"ScheduleExpression": "rate(1 minutes)"}, "ValidationException"),
        ({"ScheduleExpression": "whenever"}, "ValidationException"),
        ({"EventPattern": "{}", "EventBusName": "mine"}, "ResourceNotFoundException"),
        ({}, "ValidationException"),
    ],
)
def test_rules_that_cannot_be_put(refused: Refused, params: Document, code: str) -> None:
    assert refused("events", "PutRule", Name="r", **params).code == code


@pytest.mark.requirement("EVB-33")
def test_targets_are_added_listed_and_removed(call: CallFixture, refused: Refused, rule: Callable[..., str]) -> None:
    name = rule(OF_CONFIG)
    bad = call("events", "PutTargets", Rule=name, Targets=[{"Id": "2", "Arn": "nowhere"}])
    assert bad["FailedEntries"][0]["TargetId"] == "2"
    assert call("events", "ListTargetsByRule", Rule=name)["Targets"] == [{"Id": "1", "Arn": QUEUE}]
    assert call("events", "ListRuleNamesByTarget", TargetArn=QUEUE)["RuleNames"] == [name]
    many = [{"Id": str(number), "Arn": QUEUE} for number in range(2, 7)]
    assert refused("events", "PutTargets", Rule=name, Targets=many).code == "LimitExceededException"
    assert refused("events", "DeleteRule", Name=name).code == "ValidationException"
    gone = call("events", "RemoveTargets", Rule=name, Ids=["1", "9"])
    assert gone["FailedEntries"][0]["TargetId"] == "9"
    call("events", "DeleteRule", Name=name)
    call("events", "DeleteRule", Name=name)
    assert refused("events", "PutTargets", Rule=name, Targets=many).code == "ResourceNotFoundException"


def test_lists_are_paged(call: CallFixture) -> None:
    for name in ("a", "b", "c"):
        call("events", "PutRule", Name=name, EventPattern=json.dumps(OF_CONFIG))
    first = call("events", "ListRules", Limit=2)
    rest = call("events", "ListRules", Limit=2, NextToken=first["NextToken"])
    assert [each["Name"] for each in first["Rules"] + rest["Rules"]] == ["a", "b", "c"]


def test_custom_events_succeed_or_fail_one_by_one(
    call: CallFixture, refused: Refused, caught: Callable[[], list[str]], rule: Callable[..., str]
) -> None:
    rule({"source": ["my.app"]})
    good = {
        "Source": "my.app",
        "DetailType": "done",
        "Detail": '{"a": 1}',
        "Time": moment.to_datetime(moment.parse("2026-02-03T04:05:06Z")),
    }
    wrong = [{**good, "Source": "aws.config"}, {**good, "Detail": "[]"}, {**good, "DetailType": ""}]
    answer = call("events", "PutEvents", Entries=[good, *wrong])
    assert answer["FailedEntryCount"] == 3
    codes = [each.get("ErrorCode") for each in answer["Entries"]]
    assert codes == [None, "NotAuthorizedForSourceException", "MalformedDetail", "InvalidArgument"]
    assert json.loads(caught()[0])["time"] == "2026-02-03T04:05:06Z"
    assert refused("events", "PutEvents", Entries=[good] * 11).code == "ValidationException"
    large = {**good, "Detail": json.dumps({"x": "y" * 300_000})}
    assert refused("events", "PutEvents", Entries=[large]).code == "ValidationException"


def test_a_pattern_can_be_tried_on_an_event_of_the_log(engine: Engine, call: CallFixture, refused: Refused) -> None:
    emit(engine)
    event = json.dumps(events.log(engine.context())[0].body)
    assert call("events", "TestEventPattern", EventPattern=json.dumps(OF_CONFIG), Event=event) == {"Result": True}
    other = '{"source": ["aws.ec2"]}'
    assert call("events", "TestEventPattern", EventPattern=other, Event=event) == {"Result": False}
    assert refused("events", "TestEventPattern", EventPattern=other, Event="{}").code == "ValidationException"
    assert refused("events", "TestEventPattern", EventPattern=other, Event="?").code == "ValidationException"
    assert refused("events", "TestEventPattern", EventPattern="?", Event=event).code == "InvalidEventPatternException"


def test_there_is_one_bus(call: CallFixture, refused: Refused) -> None:
    bus = {"Name": "default", "Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"}
    assert call("events", "DescribeEventBus") == bus
    assert call("events", "ListEventBuses") == {"EventBuses": [bus]}
    assert refused("events", "DescribeEventBus", Name="mine").code == "ResourceNotFoundException"


def test_a_rule_keeps_the_tags_of_its_creation(call: CallFixture) -> None:
    tags = [{"Key": "team", "Value": "audit"}]
    arn = call("events", "PutRule", Name="r", EventPattern=json.dumps(OF_CONFIG), Tags=tags)["RuleArn"]
    call("events", "PutRule", Name="r", EventPattern=json.dumps(OF_CONFIG), Tags=[])
    assert call("events", "ListTagsForResource", ResourceARN=arn)["Tags"] == tags


def test_the_log_keeps_the_newest_events(engine: Engine) -> None:
    def many(ctx: Context) -> None:
        for number in range(events.KEPT + 5):
            events.emit(ctx, "Config Configuration Item Change", {"number": number})

    engine.act(many)
    numbers = [each.body["detail"]["number"] for each in events.log(engine.context())]
    assert numbers == list(range(events.KEPT + 4, 4, -1))

"""The stream: messages of AWS Config to the topic, and the same as events."""

from __future__ import annotations

import gzip
import json

import pytest

from backend.engine.around import events, s3
from backend.engine.config import faults, items
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.world.estate import Link, Resource
from backend.model import moment
from backend.model.moment import HOUR
from tests.backend.engine.config.channel import stream_status
from tests.backend.engine.config.conftest import remove, table
from tests.backend.engine.conftest import ACCOUNT, BUCKET, REGION, START, TOPIC, CallFixture, Messages, PutFixture


@pytest.mark.requirement("STR-01")
@pytest.mark.requirement("STR-08")
@pytest.mark.requirement("SNS-02")
def test_each_item_is_sent_with_its_difference(
    ctx: Context, engine: Engine, put: PutFixture, messages: Messages, recording: None
) -> None:
    messages()
    put(table(configuration={"tableStatus": "CREATING"}))
    put(table(configuration={"tableStatus": "ACTIVE"}))
    remove(engine, "AWS::DynamoDB::Table", "orders")

    told = messages()

    start = f"[AWS Config:{REGION}] AWS::DynamoDB::Table orders"
    assert [subject for subject, _ in told] == [
        f"{start} {word} in Account {ACCOUNT}" for word in ("Created", "Updated", "Deleted")
    ]
    created, updated, deleted = (message for _, message in told)
    assert list(created) == [
        "configurationItemDiff",
        "configurationItem",
        "notificationCreationTime",
        "messageType",
        "recordVersion",
    ]
    assert (created["messageType"], created["recordVersion"]) == ("ConfigurationItemChangeNotification", "1.3")
    assert created["configurationItemDiff"] == {"changedProperties": {}, "changeType": "CREATE"}
    assert list(updated["configurationItemDiff"]["changedProperties"]) == ["Configuration.TableStatus"]
    assert deleted["configurationItemDiff"]["changeType"] == "DELETE"
    assert deleted["configurationItem"] == items.latest(ctx, "AWS::DynamoDB::Table", "orders")
    assert deleted["configurationItem"]["configuration"] is None, "messages keep what is null"


def test_what_was_there_before_the_start_is_discovered(
    call: CallFixture, put: PutFixture, messages: Messages, recorder: None
) -> None:
    put(table())
    messages()
    call("config", "StartConfigurationRecorder", ConfigurationRecorderName="default")

    subjects = [subject for subject, _ in messages()]

    assert f"[AWS Config:{REGION}] AWS::DynamoDB::Table orders Discovered in Account {ACCOUNT}" in subjects
    assert subjects[0].startswith(f"[AWS Config:{REGION}] AWS::Config::ConfigurationRecorder default Updated in ")


def test_a_subject_has_a_hundred_characters_at_most(put: PutFixture, messages: Messages, recording: None) -> None:
    messages()
    put(table("x" * 90))

    ((subject, _),) = messages()

    assert len(subject) == 100
    assert subject.endswith("...")


@pytest.mark.requirement("CHN-13")
@pytest.mark.requirement("PRM-04")
@pytest.mark.requirement("STR-09")
def test_a_topic_that_may_not_be_published_to_fails_the_stream_only(
    engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    owner = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sns:Publish", "Resource": TOPIC}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [owner]})
    engine.advance(START + HOUR)
    call("sns", "SetTopicAttributes", TopicArn=TOPIC, AttributeName="Policy", AttributeValue=policy)
    put(table())

    failed = stream_status(call)
    assert (failed["lastStatus"], failed["lastErrorCode"]) == ("FAILURE", "AuthorizationError")
    assert failed["lastErrorMessage"]
    assert failed["lastStatusChangeTime"] == moment.to_datetime(START + HOUR)

    call("config", "DeliverConfigSnapshot", deliveryChannelName="default")
    engine.advance(START + 2 * HOUR)
    assert stream_status(call)["lastStatusChangeTime"] == moment.to_datetime(START + HOUR), "the status did not change"
    (found,) = call("config", "DescribeDeliveryChannelStatus")["DeliveryChannelsStatus"]
    assert found["configSnapshotDeliveryInfo"]["lastStatus"] == "SUCCESS"


@pytest.mark.requirement("PRM-04")
def test_a_role_of_ones_own_may_publish_where_the_topic_says_nothing(
    call: CallFixture, put: PutFixture, messages: Messages, recording: None
) -> None:
    owner = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sns:Publish", "Resource": TOPIC}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [owner]})
    call("sns", "SetTopicAttributes", TopicArn=TOPIC, AttributeName="Policy", AttributeValue=policy)
    arn = f"arn:aws:iam::{ACCOUNT}:role/config-role"
    grants = {"Effect": "Allow", "Action": ["*:Describe*", "*:Get*", "*:List*", "sns:Publish"], "Resource": "*"}
    inline = {"policyName": "all", "policyDocument": {"Version": "2012-10-17", "Statement": [grants]}}
    role = {"rolePolicyList": [inline], "attachedManagedPolicies": []}
    put(
        Resource(
            resource_type="AWS::IAM::Role",
            resource_id="AROA1",
            region="global",
            name="config-role",
            arn=arn,
            configuration=role,
        )
    )
    call("config", "PutConfigurationRecorder", ConfigurationRecorder={"name": "default", "roleARN": arn})
    messages()

    put(table())

    assert [message["configurationItem"]["resourceId"] for _, message in messages()] == ["orders"]
    assert stream_status(call)["lastStatus"] == "SUCCESS"


def test_a_topic_that_is_gone_fails_the_stream_until_it_is_back(
    engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    engine.act(lambda ctx: faults.inject(ctx, {"name": "topic-gone"}))
    put(table())
    assert (stream_status(call)["lastStatus"], stream_status(call)["lastErrorCode"]) == ("FAILURE", "NotFound")

    engine.advance(START + HOUR)
    engine.act(faults.clear)
    put(table(tags={"a": "b"}))
    assert stream_status(call) == {"lastStatus": "SUCCESS", "lastStatusChangeTime": moment.to_datetime(START + HOUR)}


@pytest.mark.requirement("EVB-11")
@pytest.mark.requirement("EVB-16")
@pytest.mark.requirement("EVB-22")
def test_an_item_is_an_event_too(engine: Engine, ctx: Context, put: PutFixture, recording: None) -> None:
    put(table())

    event = events.log(ctx)[0].body

    assert event["source"] == "aws.config"
    assert event["detail-type"] == "Config Configuration Item Change"
    assert event["resources"] == [f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders"]
    assert event["detail"]["messageType"] == "ConfigurationItemChangeNotification"
    assert event["detail"]["configurationItem"]["resourceId"] == "orders"
    assert "resourceName" not in event["detail"]["configurationItem"], "events leave out what is null"


@pytest.mark.requirement("EVB-19")
@pytest.mark.requirement("EVB-25")
@pytest.mark.requirement("EVB-27")
def test_a_snapshot_is_told_of_as_events(engine: Engine, ctx: Context, call: CallFixture, recording: None) -> None:
    call("config", "DeliverConfigSnapshot", deliveryChannelName="default")
    engine.advance(START + 1000)

    kind = "Config Configuration Snapshot Delivery Status"
    told = [each.body["detail"]["messageType"] for each in events.log(ctx) if each.detail_type == kind]
    assert told == ["ConfigurationSnapshotDeliveryCompleted", "ConfigurationSnapshotDeliveryStarted"]


@pytest.mark.requirement("EVB-26")
def test_a_failed_snapshot_is_told_of_as_an_event(
    engine: Engine, ctx: Context, call: CallFixture, recording: None
) -> None:
    engine.act(lambda ctx: faults.inject(ctx, {"name": "access-denied"}))
    call("config", "DeliverConfigSnapshot", deliveryChannelName="default")
    engine.advance(START + 1000)

    assert events.log(ctx)[0].body["detail"]["messageType"] == "ConfigurationSnapshotDeliveryFailed"


@pytest.mark.requirement("EVB-20")
@pytest.mark.requirement("EVB-28")
def test_history_files_are_told_of_as_events(engine: Engine, ctx: Context, recording: None) -> None:
    engine.advance(START + 6 * HOUR)

    event = events.log(ctx)[0].body

    assert event["detail-type"] == "Config Configuration History Delivery Status"
    assert event["detail"]["messageType"] == "ConfigurationHistoryDeliveryCompleted"
    assert event["detail"]["s3Bucket"] == BUCKET


@pytest.mark.requirement("EVB-12")
def test_an_event_can_get_lost_and_the_message_not(
    engine: Engine, ctx: Context, put: PutFixture, messages: Messages, recording: None
) -> None:
    messages()
    engine.act(lambda ctx: faults.inject(ctx, {"name": "dropped-event", "times": 1}))
    before = len(events.log(ctx))

    put(table("lost"))
    assert len(events.log(ctx)) == before
    put(table("kept"))
    assert len(events.log(ctx)) == before + 1
    assert len(messages()) == 2


def big() -> Resource:
    return table(configuration={"text": "x" * 300_000})


def test_an_item_too_long_for_a_message_is_told_of_in_short(
    ctx: Context, put: PutFixture, messages: Messages, recording: None
) -> None:
    messages()
    put(big())

    ((subject, message),) = messages()

    assert subject.endswith(f"orders Created in Account {ACCOUNT}")
    assert message["messageType"] == "OversizedConfigurationItemChangeNotification"
    assert message["recordVersion"] == "1.0"
    summary = message["configurationItemSummary"]
    assert (summary["changeType"], summary["resourceId"]) == ("CREATE", "orders")
    place = message["s3DeliverySummary"]
    key = (
        f"AWSLogs/{ACCOUNT}/Config/{REGION}/2026/3/1/OversizedChangeNotification/AWS::DynamoDB::Table/orders/"
        f"{ACCOUNT}_Config_{REGION}_ChangeNotification_AWS::DynamoDB::Table_orders_20260301T000000Z_0.json.gz"
    )
    assert place == {"s3BucketLocation": f"{BUCKET}/{key}", "errorCode": None, "errorMessage": None}
    whole = json.loads(gzip.decompress(s3.get_body(ctx, BUCKET, key)))
    assert len(whole["configurationItem"]["configuration"]["text"]) == 300_000
    assert whole["messageType"] == "ConfigurationItemChangeNotification", "the message that was too long"


@pytest.mark.requirement("STR-07")
def test_a_long_item_that_cannot_be_stored_is_told_of_as_failed(
    engine: Engine, put: PutFixture, messages: Messages, recording: None
) -> None:
    messages()
    engine.act(lambda ctx: faults.inject(ctx, {"name": "access-denied"}))
    put(big())

    ((_, message),) = messages()

    assert message["messageType"] == "OversizedConfigurationItemChangeDeliveryFailed"
    assert message["s3DeliverySummary"]["s3BucketLocation"] is None
    assert message["s3DeliverySummary"]["errorCode"] == "AccessDenied"


def test_two_long_items_of_a_second_lie_side_by_side(
    ctx: Context, put: PutFixture, messages: Messages, recording: None
) -> None:
    messages()
    put(big())
    put(table(configuration={"text": "y" * 300_000}))

    places = [message["s3DeliverySummary"]["s3BucketLocation"] for _, message in messages()]

    assert [place[-len("_0.json.gz") :] for place in places] == ["_0.json.gz", "_1.json.gz"]
    bodies = [s3.get_body(ctx, *place.split("/", 1)) for place in places]
    texts = [json.loads(gzip.decompress(body))["configurationItem"]["configuration"]["text"][0] for body in bodies]
    assert texts == ["x", "y"]


def test_the_limit_is_of_bytes_and_not_of_characters(put: PutFixture, messages: Messages, recording: None) -> None:
    messages()
    put(table("narrow", configuration={"text": "x" * 200_000}))
    put(table("wide", configuration={"text": "\u6f22" * 100_000}))

    kinds = [message["messageType"] for _, message in messages()]

    assert kinds == ["ConfigurationItemChangeNotification", "OversizedConfigurationItemChangeNotification"]


def test_the_long_form_is_an_event_of_the_same_kind(ctx: Context, put: PutFixture, recording: None) -> None:
    put(big())

    event = events.log(ctx)[0].body

    assert event["detail-type"] == "Config Configuration Item Change"
    assert event["resources"] == [f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders"]
    assert list(event["detail"]["s3DeliverySummary"]) == ["s3BucketLocation"]
    assert "resourceName" not in event["detail"]["configurationItemSummary"]


def test_events_leave_out_nulls_of_links_and_differences_and_keep_those_of_bodies(
    ctx: Context, put: PutFixture, messages: Messages, recording: None
) -> None:
    link = Link("Is associated with ", "AWS::KMS::Key", "key-1")
    put(table(configuration={"restoreSummary": None}))
    messages()
    put(table(configuration={"restoreSummary": None, "tableStatus": "ACTIVE"}, links=(link,)))

    detail = events.log(ctx)[0].body["detail"]
    ((_, message),) = messages()

    assert detail["configurationItem"]["configuration"]["restoreSummary"] is None
    (sent,) = message["configurationItem"]["relationships"]
    assert sent["resourceName"] is None
    assert detail["configurationItem"]["relationships"] == [{k: v for k, v in sent.items() if v is not None}]
    path = "Configuration.TableStatus"
    assert message["configurationItemDiff"]["changedProperties"][path]["previousValue"] is None
    change = detail["configurationItemDiff"]["changedProperties"][path]
    assert change == {"updatedValue": "ACTIVE", "changeType": "CREATE"}


def test_a_subject_is_one_line(put: PutFixture, messages: Messages, recording: None) -> None:
    messages()
    put(table("two\nlines"))

    ((subject, _),) = messages()

    assert "AWS::DynamoDB::Table two lines Created" in subject

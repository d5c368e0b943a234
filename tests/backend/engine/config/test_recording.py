"""The one write path: what happens to the estate becomes configuration items."""

from __future__ import annotations

import gzip
import json

import pytest

from backend.engine.config import items
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.world.estate import Resource
from backend.model.moment import HOUR
from tests.backend.engine.config.conftest import instance, remove, start, statuses, stop
from tests.backend.engine.conftest import REGION, ROLE, START, CallFixture, Messages, PutFixture

QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/696686700433/jobs"


@pytest.mark.requirement("ITM-01")
@pytest.mark.requirement("ITM-06")
@pytest.mark.requirement("ITM-07")
@pytest.mark.requirement("ITM-04")
def test_an_item_has_the_members_of_format_1_3_in_their_order(
    ctx: Context, engine: Engine, put: PutFixture, recording: None
) -> None:
    engine.advance(START + HOUR)
    put(instance())

    item = items.latest(ctx, "AWS::EC2::Instance", "i-0f1")

    assert item is not None
    assert list(item) == [
        "relatedEvents",
        "relationships",
        "configuration",
        "supplementaryConfiguration",
        "tags",
        "configurationItemVersion",
        "configurationItemCaptureTime",
        "configurationStateId",
        "awsAccountId",
        "configurationItemStatus",
        "resourceType",
        "resourceId",
        "resourceName",
        "ARN",
        "awsRegion",
        "availabilityZone",
        "configurationStateMd5Hash",
        "resourceCreationTime",
    ]
    assert item["relatedEvents"] == []
    assert item["supplementaryConfiguration"] == {}
    assert item["configurationStateMd5Hash"] == ""
    assert item["configurationItemVersion"] == "1.3"
    assert item["ARN"] == f"arn:aws:ec2:{REGION}:696686700433:instance/i-0f1"
    assert item["resourceCreationTime"] == "2026-02-28T00:00:00.000Z"


@pytest.mark.requirement("ITM-08")
@pytest.mark.requirement("ITM-09")
def test_the_state_id_is_the_capture_time(ctx: Context, engine: Engine, put: PutFixture, recording: None) -> None:
    engine.advance(START + HOUR)
    put(instance("i-1"), instance("i-2"))

    first, second = (items.latest(ctx, "AWS::EC2::Instance", each) for each in ("i-1", "i-2"))

    assert first is not None and second is not None
    assert first["configurationStateId"] == START + HOUR
    assert first["configurationItemCaptureTime"] == "2026-03-01T01:00:00.000Z"
    assert second["configurationItemCaptureTime"] == "2026-03-01T01:00:00.001Z"


@pytest.mark.requirement("REC-05")
@pytest.mark.requirement("REC-12")
@pytest.mark.requirement("ITM-02")
@pytest.mark.requirement("ITM-11")
def test_each_create_update_and_delete_makes_one_item(
    ctx: Context, engine: Engine, put: PutFixture, recording: None
) -> None:
    put(instance())
    put(instance(state="stopped"))
    put(instance(state="stopped", tags={"Name": "web", "env": "lab"}))
    remove(engine, *instance().key)

    assert statuses(ctx, instance()) == ["ResourceDiscovered", "OK", "OK", "ResourceDeleted"]


@pytest.mark.requirement("ITM-15")
def test_tags_of_the_item_and_of_its_configuration_keep_their_forms(
    ctx: Context, put: PutFixture, recording: None
) -> None:
    inner = [{"key": "Name", "value": "web"}, {"key": "aws:autoscaling:groupName", "value": "web"}]
    put(instance(configuration={"tags": inner}, tags={"Name": "web"}))

    item = items.latest(ctx, "AWS::EC2::Instance", "i-0f1")

    assert item is not None
    assert item["tags"] == {"Name": "web"}
    assert item["configuration"]["tags"] == inner


def test_a_put_that_changes_nothing_makes_no_item(ctx: Context, put: PutFixture, recording: None) -> None:
    put(instance())
    put(instance())

    assert len(statuses(ctx, instance())) == 1


def test_a_resource_that_comes_back_is_discovered_again(
    ctx: Context, engine: Engine, put: PutFixture, recording: None
) -> None:
    put(instance())
    remove(engine, *instance().key)
    put(instance())

    assert statuses(ctx, instance()) == ["ResourceDiscovered", "ResourceDeleted", "ResourceDiscovered"]


def test_a_deleted_resource_leaves_an_item_without_a_body(
    ctx: Context, engine: Engine, put: PutFixture, recording: None
) -> None:
    put(instance(name="web-1", supplementary={"Extra": {"a": 1}}))
    remove(engine, *instance().key)

    item = items.latest(ctx, "AWS::EC2::Instance", "i-0f1")

    assert item is not None
    assert item["configuration"] is None
    assert (item["relationships"], item["tags"], item["supplementaryConfiguration"]) == ([], {}, {})
    assert (item["availabilityZone"], item["resourceCreationTime"]) == (None, None)
    assert item["resourceName"] == "web-1"
    assert item["ARN"].endswith("instance/i-0f1")


def test_the_name_of_a_deleted_queue_is_its_url(ctx: Context, engine: Engine, put: PutFixture, recording: None) -> None:
    queue = Resource(resource_type="AWS::SQS::Queue", resource_id=QUEUE_URL, region=REGION, name="jobs")
    put(queue)
    remove(engine, *queue.key)

    item = items.latest(ctx, "AWS::SQS::Queue", QUEUE_URL)

    assert item is not None and item["resourceName"] == QUEUE_URL


@pytest.mark.requirement("REC-06")
@pytest.mark.requirement("ITM-03")
def test_starting_discovers_what_is_there(ctx: Context, call: CallFixture, put: PutFixture, recorder: None) -> None:
    put(instance("i-1"), instance("i-2"))
    assert list(items.live(ctx, "AWS::EC2::Instance")) == []

    start(call)

    found = {each["resourceId"]: each["configurationItemStatus"] for each in items.live(ctx, "AWS::EC2::Instance")}
    assert found == {"i-1": "ResourceDiscovered", "i-2": "ResourceDiscovered"}


@pytest.mark.requirement("REC-08")
def test_while_stopped_nothing_is_recorded_or_told(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, messages: Messages, recording: None
) -> None:
    put(instance())
    stop(call)
    messages()

    put(instance(state="stopped"), instance("i-new"))

    assert statuses(ctx, instance()) == ["ResourceDiscovered"]
    assert items.latest(ctx, "AWS::EC2::Instance", "i-new") is None
    assert messages() == []


def test_a_restart_catches_up_with_what_happened_meanwhile(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    put(instance("i-same"), instance("i-changed"), instance("i-gone"))
    stop(call)
    put(instance("i-changed", state="stopped"), instance("i-new"))
    remove(engine, *instance("i-gone").key)

    start(call)

    assert statuses(ctx, instance("i-same")) == ["ResourceDiscovered"]
    assert statuses(ctx, instance("i-changed")) == ["ResourceDiscovered", "OK"]
    assert statuses(ctx, instance("i-new")) == ["ResourceDiscovered"]
    assert statuses(ctx, instance("i-gone")) == ["ResourceDiscovered", "ResourceDeleted"]


def test_iam_is_recorded_in_each_region_that_includes_it(
    ctx: Context, call: CallFixture, put: PutFixture, recording: None
) -> None:
    for region in ("us-east-1", "eu-west-1"):
        group = {"allSupported": True, "includeGlobalResourceTypes": region == "us-east-1"}
        settings = {"name": "default", "roleARN": ROLE, "recordingGroup": group}
        call("config", "PutConfigurationRecorder", region=region, ConfigurationRecorder=settings)
        channel = {"name": "default", "s3BucketName": "config-bucket-sgp"}
        call("config", "PutDeliveryChannel", region=region, DeliveryChannel=channel)
        call("config", "StartConfigurationRecorder", region=region, ConfigurationRecorderName="default")

    put(Resource(resource_type="AWS::IAM::User", resource_id="AIDA1", region="global", name="ana"))

    here, there, nowhere = (
        items.latest(ctx.within(region), "AWS::IAM::User", "AIDA1") for region in (REGION, "us-east-1", "eu-west-1")
    )
    assert here is not None and here["awsRegion"] == "global"
    assert there is not None and there["configurationStateId"] != here["configurationStateId"]
    assert nowhere is None


def test_the_recorder_is_recorded_itself(ctx: Context, call: CallFixture, recording: None) -> None:
    stop(call)

    found = items.history(ctx, "AWS::Config::ConfigurationRecorder", "default", forward=True)

    assert [each["configuration"]["Recording"] for each in found] == [False, True, False]
    newest = found[-1]
    assert newest["configuration"] == {
        "Id": "default",
        "Name": "default",
        "RoleARN": ROLE,
        "RecordingGroup": {
            "AllSupported": True,
            "IncludeGlobalResourceTypes": True,
            "ResourceTypes": [],
            "ExclusionByResourceTypes": {"ResourceTypes": []},
            "RecordingStrategy": {"UseOnly": "ALL_SUPPORTED_RESOURCE_TYPES"},
        },
        "Recording": False,
        "RecordingMode": {"RecordingFrequency": "CONTINUOUS", "RecordingModeOverrides": []},
        "RecordingScope": "PAID",
    }
    assert (newest["ARN"], newest["availabilityZone"]) == (None, None)

    call("config", "DeleteConfigurationRecorder", ConfigurationRecorderName="default")
    last = items.latest(ctx, "AWS::Config::ConfigurationRecorder", "default")
    assert last is not None and last["configurationItemStatus"] == "ResourceDeleted"


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE"], []),
        (["CREATE_FAILED"], []),
        (["CREATE_IN_PROGRESS", "CREATE_COMPLETE"], ["CREATE_COMPLETE"]),
        (["CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"], ["CREATE_COMPLETE", "UPDATE_COMPLETE"]),
        (["CREATE_COMPLETE", "UPDATE_ROLLBACK_FAILED"], ["CREATE_COMPLETE", "UPDATE_ROLLBACK_FAILED"]),
    ],
)
def test_a_stack_is_recorded_when_it_has_come_to_rest(
    ctx: Context, engine: Engine, put: PutFixture, recording: None, states: list[str], expected: list[str]
) -> None:
    kind = "AWS::CloudFormation::Stack"
    for state in states:
        body = {"stackName": "web", "stackStatus": state}
        put(Resource(resource_type=kind, resource_id="web", region=REGION, configuration=body))

    found = items.history(ctx, kind, "web", forward=True)
    assert [each["configuration"]["stackStatus"] for each in found] == expected

    remove(engine, kind, "web")
    newest = items.latest(ctx, kind, "web")
    assert (newest is None) == (expected == []), "a stack that was never made has no history when it is gone either"


def test_an_item_too_long_for_a_message_is_kept_whole(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, messages: Messages, recording: None
) -> None:
    put(instance(configuration={"userData": "x" * 300_000}))

    item = items.latest(ctx, "AWS::EC2::Instance", "i-0f1")
    assert item is not None and len(item["configuration"]["userData"]) == 300_000
    ((_, message),) = messages("OversizedConfigurationItemChangeNotification")
    assert "configurationItem" not in message
    bucket, _, key = message["s3DeliverySummary"]["s3BucketLocation"].partition("/")
    body = json.loads(gzip.decompress(call("s3", "GetObject", Bucket=bucket, Key=key)["Body"]))
    assert body["configurationItem"]["configurationStateId"] == item["configurationStateId"]
    answer = call("config", "GetResourceConfigHistory", resourceType="AWS::EC2::Instance", resourceId="i-0f1")
    assert len(answer["configurationItems"][0]["configuration"]) > 300_000

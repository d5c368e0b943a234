"""The configuration recorder: one a region, its recording group, start, stop and status."""

from __future__ import annotations

from typing import Any

import pytest

from backend.engine.config import items
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.world.estate import Resource
from backend.model import moment
from backend.model.item import Document
from backend.model.moment import HOUR, SECOND
from tests.backend.engine.config.conftest import start, stop
from tests.backend.engine.conftest import ACCOUNT, REGION, ROLE, START, CallFixture, PutFixture

INSTANCES = {"allSupported": False, "resourceTypes": ["AWS::EC2::Instance"]}


def settings(group: Document | None = None, **members: Any) -> Document:
    return {"name": "default", "roleARN": ROLE, **({"recordingGroup": group} if group is not None else {}), **members}


def put_recorder(call: CallFixture, group: Document | None = None, *, region: str = REGION, **members: Any) -> None:
    call("config", "PutConfigurationRecorder", region=region, ConfigurationRecorder=settings(group, **members))


def described(call: CallFixture, region: str = REGION) -> Document:
    (found,) = call("config", "DescribeConfigurationRecorders", region=region)["ConfigurationRecorders"]
    assert isinstance(found, dict)
    return found


def status(call: CallFixture) -> Document:
    (found,) = call("config", "DescribeConfigurationRecorderStatus")["ConfigurationRecordersStatus"]
    assert isinstance(found, dict)
    return found


def instance(resource_id: str = "i-0f1", **members: Any) -> Resource:
    return Resource(resource_type="AWS::EC2::Instance", resource_id=resource_id, region=REGION, **members)


def listed(call: CallFixture, resource_type: str) -> list[str]:
    found = call("config", "ListDiscoveredResources", resourceType=resource_type)["resourceIdentifiers"]
    return [each["resourceId"] for each in found]


@pytest.mark.requirement("REC-02")
@pytest.mark.requirement("PRM-01")
@pytest.mark.requirement("PRM-02")
def test_describe_fills_in_every_default(call: CallFixture) -> None:
    put_recorder(call, {**INSTANCES, "includeGlobalResourceTypes": False})

    found = described(call)

    arn = found.pop("arn")
    assert arn.startswith(f"arn:aws:config:{REGION}:{ACCOUNT}:configuration-recorder/default/")
    identifier = arn.rsplit("/", 1)[1]
    assert len(identifier) == 16 and identifier.isalnum() and identifier == identifier.lower()
    assert found == {
        "name": "default",
        "roleARN": ROLE,
        "recordingGroup": {
            "allSupported": False,
            "includeGlobalResourceTypes": False,
            "resourceTypes": ["AWS::EC2::Instance"],
            "exclusionByResourceTypes": {"resourceTypes": []},
            "recordingStrategy": {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"},
        },
        "recordingMode": {"recordingFrequency": "CONTINUOUS", "recordingModeOverrides": []},
        "recordingScope": "PAID",
    }


@pytest.mark.requirement("REC-02")
def test_the_name_is_default_when_none_is_given(call: CallFixture) -> None:
    call("config", "PutConfigurationRecorder", ConfigurationRecorder={"roleARN": ROLE})

    assert described(call)["name"] == "default"


@pytest.mark.requirement("REC-10")
def test_a_second_recorder_is_refused(call: CallFixture) -> None:
    put_recorder(call)

    with pytest.raises(ServiceError) as refusal:
        put_recorder(call, name="another")

    assert refusal.value.code == "MaxNumberOfConfigurationRecordersExceededException"
    assert "'another'" in refusal.value.message and ": 1 is reached" in refusal.value.message


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"roleARN": ""}, "InvalidRoleException"),
        ({"roleARN": "not an arn"}, "InvalidRoleException"),
        ({"name": "  "}, "InvalidConfigurationRecorderNameException"),
        ({"name": "AWSConfigurationRecorderForMe"}, "InvalidConfigurationRecorderNameException"),
    ],
)
def test_settings_that_cannot_be(call: CallFixture, members: Document, code: str) -> None:
    with pytest.raises(ServiceError) as refusal:
        put_recorder(call, **members)

    assert refusal.value.code == code


def test_the_words_of_a_missing_role_and_of_an_unknown_recorder(call: CallFixture) -> None:
    with pytest.raises(ServiceError) as refusal:
        call("config", "PutConfigurationRecorder", ConfigurationRecorder={"name": "default"})
    assert str(refusal.value) == "InvalidRoleException: The role arn passed is not valid."

    for operation in ("StartConfigurationRecorder", "StopConfigurationRecorder", "DeleteConfigurationRecorder"):
        with pytest.raises(ServiceError) as refusal:
            call("config", operation, ConfigurationRecorderName="nobody")
        assert str(refusal.value) == (
            "NoSuchConfigurationRecorderException: The name of the configuration recorder you entered cannot be found."
            " Verify the configuration recorder name, and try again."
        )


@pytest.mark.parametrize(
    "selector",
    [
        {"ConfigurationRecorderNames": ["nobody"]},
        {"Arn": "arn:aws:config:x"},
        {"ServicePrincipal": "securityhub.amazonaws.com"},
    ],
)
def test_describing_what_is_not_there(call: CallFixture, selector: Document) -> None:
    put_recorder(call)

    for operation in ("DescribeConfigurationRecorders", "DescribeConfigurationRecorderStatus"):
        with pytest.raises(ServiceError) as refusal:
            call("config", operation, **selector)
        assert refusal.value.code == "NoSuchConfigurationRecorderException"


@pytest.mark.parametrize(
    "selector",
    [
        {"ConfigurationRecorderNames": ["default"], "Arn": "arn"},
        {"Arn": "arn", "ServicePrincipal": "securityhub.amazonaws.com"},
        {"ConfigurationRecorderNames": ["default", "other"]},
        {"ServicePrincipal": "nobody.amazonaws.com"},
    ],
)
def test_one_recorder_of_a_service_that_can_have_one(call: CallFixture, selector: Document) -> None:
    put_recorder(call)

    for operation in ("DescribeConfigurationRecorders", "DescribeConfigurationRecorderStatus"):
        with pytest.raises(ServiceError) as refusal:
            call("config", operation, **selector)
        assert refusal.value.code == "ValidationException"


def test_a_recorder_is_found_by_name_and_by_arn(call: CallFixture) -> None:
    put_recorder(call)
    arn = described(call)["arn"]

    for selector in ({"ConfigurationRecorderNames": ["default"]}, {"Arn": arn}):
        for operation, member in (
            ("DescribeConfigurationRecorders", "ConfigurationRecorders"),
            ("DescribeConfigurationRecorderStatus", "ConfigurationRecordersStatus"),
        ):
            (found,) = call("config", operation, **selector)[member]
            assert (found["name"], found["arn"]) == ("default", arn)


def test_without_a_recorder_the_lists_are_empty(call: CallFixture) -> None:
    assert call("config", "DescribeConfigurationRecorders") == {"ConfigurationRecorders": []}
    assert call("config", "DescribeConfigurationRecorderStatus") == {"ConfigurationRecordersStatus": []}
    assert call("config", "ListConfigurationRecorders") == {"ConfigurationRecorderSummaries": []}


def test_a_recorder_needs_a_channel_to_start(call: CallFixture) -> None:
    put_recorder(call)

    with pytest.raises(ServiceError) as refusal:
        start(call)

    assert refusal.value.code == "NoAvailableDeliveryChannelException"


@pytest.mark.requirement("REC-07")
def test_the_status_tells_only_what_has_happened(engine: Engine, call: CallFixture, recorder: None) -> None:
    assert set(status(call)) == {"arn", "name", "recording"}
    assert status(call)["recording"] is False

    start(call)
    assert status(call)["recording"] is True
    assert status(call)["lastStartTime"] == moment.to_datetime(START)
    assert status(call)["lastStatus"] == "PENDING"

    engine.advance(START + 10 * SECOND)
    assert status(call)["lastStatus"] == "SUCCESS"
    assert status(call)["lastStatusChangeTime"] == moment.to_datetime(START + 10 * SECOND)
    assert "lastStopTime" not in status(call)

    engine.advance(START + HOUR)
    stop(call)
    assert status(call)["recording"] is False
    assert status(call)["lastStopTime"] == moment.to_datetime(START + HOUR)
    assert status(call)["lastStatus"] == "SUCCESS"

    start(call)
    assert status(call)["lastStartTime"] == moment.to_datetime(START + HOUR)


def test_starting_twice_and_stopping_twice_changes_nothing(engine: Engine, call: CallFixture, recording: None) -> None:
    engine.advance(START + HOUR)
    start(call)
    assert status(call)["lastStartTime"] == moment.to_datetime(START)

    stop(call)
    engine.advance(START + 2 * HOUR)
    stop(call)
    assert status(call)["lastStopTime"] == moment.to_datetime(START + HOUR)


def test_a_put_on_a_running_recorder_keeps_it_running(call: CallFixture, recording: None) -> None:
    put_recorder(call, INSTANCES)

    assert status(call)["recording"] is True
    assert described(call)["recordingGroup"]["resourceTypes"] == ["AWS::EC2::Instance"]


@pytest.mark.requirement("REC-03")
def test_two_regions_do_not_know_of_each_other(call: CallFixture, put: PutFixture, recording: None) -> None:
    other = "us-east-1"
    assert call("config", "DescribeConfigurationRecorders", region=other) == {"ConfigurationRecorders": []}
    assert call("config", "DescribeDeliveryChannels", region=other) == {"DeliveryChannels": []}

    put_recorder(call, INSTANCES, region=other, name="other")
    channel = {"name": "other", "s3BucketName": "config-bucket-sgp"}
    call("config", "PutDeliveryChannel", region=other, DeliveryChannel=channel)
    call("config", "StartConfigurationRecorder", region=other, ConfigurationRecorderName="other")
    put(
        instance("i-here"),
        Resource(resource_type="AWS::EC2::Instance", resource_id="i-there", region=other),
    )

    assert listed(call, "AWS::EC2::Instance") == ["i-here"]
    there = call("config", "ListDiscoveredResources", region=other, resourceType="AWS::EC2::Instance")
    assert [each["resourceId"] for each in there["resourceIdentifiers"]] == ["i-there"]
    assert described(call)["name"] == "default"


def test_deleting_the_recorder_keeps_its_items(
    ctx: Context, call: CallFixture, put: PutFixture, recording: None
) -> None:
    put(instance())
    call("config", "DeleteConfigurationRecorder", ConfigurationRecorderName="default")

    assert call("config", "DescribeConfigurationRecorders") == {"ConfigurationRecorders": []}
    with pytest.raises(ServiceError) as refusal:
        listed(call, "AWS::EC2::Instance")
    assert refusal.value.code == "NoAvailableConfigurationRecorderException"
    assert items.latest(ctx, "AWS::EC2::Instance", "i-0f1") is not None


def test_tags_count_at_creation_only_and_go_with_the_recorder(call: CallFixture) -> None:
    for value in ("first", "second"):
        tags = [{"Key": "owner", "Value": value}]
        call("config", "PutConfigurationRecorder", ConfigurationRecorder=settings(), Tags=tags)
    arn = described(call)["arn"]

    assert call("config", "ListTagsForResource", ResourceArn=arn) == {"Tags": [{"Key": "owner", "Value": "first"}]}

    call("config", "DeleteConfigurationRecorder", ConfigurationRecorderName="default")
    with pytest.raises(ServiceError) as refusal:
        call("config", "ListTagsForResource", ResourceArn=arn)
    assert refusal.value.code == "ResourceNotFoundException"


def test_recorders_are_listed_by_scope(call: CallFixture) -> None:
    put_recorder(call)
    recorder = {"arn": described(call)["arn"], "name": "default", "recordingScope": "PAID"}

    for values, expected in ((["PAID"], [recorder]), (["INTERNAL"], []), (["PAID", "INTERNAL"], [recorder])):
        filters = [{"filterName": "recordingScope", "filterValue": values}]
        answer = call("config", "ListConfigurationRecorders", Filters=filters)
        assert answer == {"ConfigurationRecorderSummaries": expected}
    with pytest.raises(ServiceError) as refusal:
        call("config", "ListConfigurationRecorders", NextToken="nonsense")
    assert refusal.value.code == "ValidationException"


def test_a_running_recorder_can_be_deleted_and_nothing_is_recorded_any_more(
    ctx: Context, call: CallFixture, put: PutFixture, recording: None
) -> None:
    call("config", "DeleteConfigurationRecorder", ConfigurationRecorderName="default")
    put(instance())

    assert items.latest(ctx, "AWS::EC2::Instance", "i-0f1") is None


def test_a_recorder_gets_another_name_by_being_made_anew(call: CallFixture, put: PutFixture, recording: None) -> None:
    put(instance())
    call("config", "DeleteConfigurationRecorder", ConfigurationRecorderName="default")
    put_recorder(call, name="other")

    assert described(call)["name"] == "other"
    assert status(call)["recording"] is False
    assert listed(call, "AWS::EC2::Instance") == ["i-0f1"], "what was recorded stays"


def test_the_time_of_change_moves_with_each_recorded_event(
    engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    for hour in (1, 2):
        engine.advance(START + hour * HOUR)
        put(instance(configuration={"hour": hour}))
        assert status(call)["lastStatusChangeTime"] == moment.to_datetime(START + hour * HOUR)

    engine.advance(START + 3 * HOUR)
    put(instance(configuration={"hour": 2}))
    assert status(call)["lastStatusChangeTime"] == moment.to_datetime(START + 2 * HOUR)


def test_while_the_recorder_is_off_no_history_files_are_delivered(
    engine: Engine, call: CallFixture, recording: None
) -> None:
    stop(call)
    engine.advance(START + 24 * HOUR)

    listed = call("s3", "ListObjectsV2", Bucket="config-bucket-sgp").get("Contents") or []
    assert not [each["Key"] for each in listed if "ConfigHistory" in each["Key"]]


@pytest.mark.parametrize(
    "tags",
    [
        [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}],
        [{"Key": "aws:a", "Value": "1"}],
    ],
)
def test_tags_that_cannot_be_make_no_recorder(call: CallFixture, tags: list[Document]) -> None:
    with pytest.raises(ServiceError) as refusal:
        call("config", "PutConfigurationRecorder", ConfigurationRecorder=settings(), Tags=tags)

    assert refusal.value.code == "ValidationException"
    assert call("config", "DescribeConfigurationRecorders") == {"ConfigurationRecorders": []}

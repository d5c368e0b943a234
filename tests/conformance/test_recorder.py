"""The recorder through boto3, against what the real service was recorded answering."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.backend.engine.conftest import ACCOUNT, REGION, ROLE
from tests.conformance.conftest import Boto, Refusal

UNKNOWN = (
    "NoSuchConfigurationRecorderException",
    "The name of the configuration recorder you entered cannot be found. Verify the configuration recorder name, "
    "and try again.",
)


def recorder(config: Any) -> dict[str, Any]:
    """The one recorder of the account."""
    (found,) = config.describe_configuration_recorders()["ConfigurationRecorders"]
    return dict(found)


def status(config: Any) -> dict[str, Any]:
    (found,) = config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
    return dict(found)


@pytest.mark.operation("PutConfigurationRecorder")
@pytest.mark.operation("DescribeConfigurationRecorders")
def test_a_recorder_of_two_types_is_shown_as_the_service_shows_it(boto: Boto) -> None:
    config = boto.client("config")
    group = {"resourceTypes": ["AWS::SQS::Queue", "AWS::S3::Bucket"]}
    config.put_configuration_recorder(ConfigurationRecorder={"name": "r", "roleARN": ROLE, "recordingGroup": group})
    found = recorder(config)
    assert re.fullmatch(f"arn:aws:config:{REGION}:{ACCOUNT}:configuration-recorder/r/[a-z0-9]{{16}}", found.pop("arn"))
    assert found == {
        "name": "r",
        "roleARN": ROLE,
        "recordingGroup": {
            "allSupported": False,
            "includeGlobalResourceTypes": False,
            "resourceTypes": ["AWS::SQS::Queue", "AWS::S3::Bucket"],
            "exclusionByResourceTypes": {"resourceTypes": []},
            "recordingStrategy": {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"},
        },
        "recordingMode": {"recordingFrequency": "CONTINUOUS", "recordingModeOverrides": []},
        "recordingScope": "PAID",
    }


@pytest.mark.operation("DescribeConfigurationRecorders", "DescribeConfigurationRecorderStatus")
@pytest.mark.operation("DescribeDeliveryChannels", "ListConfigurationRecorders")
def test_an_account_on_its_first_day_answers_with_empty_lists(boto: Boto) -> None:
    config = boto.client("config")
    for call, member in (
        (config.describe_configuration_recorders, "ConfigurationRecorders"),
        (config.describe_configuration_recorder_status, "ConfigurationRecordersStatus"),
        (config.describe_delivery_channels, "DeliveryChannels"),
        (config.list_configuration_recorders, "ConfigurationRecorderSummaries"),
    ):
        answer = call()
        headers = answer.pop("ResponseMetadata")["HTTPHeaders"]
        assert answer == {member: []}
        assert int(headers["content-length"]) == len(f'{{"{member}":[]}}')
        assert headers["content-type"] == "application/x-amz-json-1.1"
        assert headers["strict-transport-security"] == "max-age=86400"


@pytest.mark.operation("StartConfigurationRecorder", "StopConfigurationRecorder", "DeleteConfigurationRecorder")
@pytest.mark.operation("DescribeConfigurationRecorderStatus")
def test_the_state_from_never_started_to_deleted(boto: Boto, config: Any, stopped: None, refused: Refusal) -> None:
    name = {"ConfigurationRecorderName": "default"}
    assert status(config) == {"arn": recorder(config)["arn"], "name": "default", "recording": False}
    answer = config.start_configuration_recorder(**name)
    assert answer["ResponseMetadata"]["HTTPHeaders"]["content-length"] == "0"
    assert status(config)["recording"] is True
    boto.advance("15s")
    started = status(config)
    assert started["lastStatus"] == "SUCCESS"
    assert (started["lastStartTime"] - datetime(2026, 3, 1, tzinfo=UTC)).total_seconds() == pytest.approx(0, abs=1)
    # Ten seconds passed between the start and its success in the recordings.
    assert (started["lastStatusChangeTime"] - started["lastStartTime"]).total_seconds() == pytest.approx(10, abs=2)
    config.stop_configuration_recorder(**name)
    ended = status(config)
    assert ended["recording"] is False
    assert ended["lastStatus"] == "SUCCESS"
    assert (ended["lastStopTime"] - ended["lastStartTime"]).total_seconds() == pytest.approx(15, abs=1)
    config.delete_delivery_channel(DeliveryChannelName="default")
    config.delete_configuration_recorder(**name)
    assert config.describe_configuration_recorders()["ConfigurationRecorders"] == []
    assert refused(config.delete_configuration_recorder, **name) == UNKNOWN


def test_an_unknown_recorder_is_refused_in_one_way(config: Any, refused: Refusal, stopped: None) -> None:
    for call in (config.start_configuration_recorder, config.stop_configuration_recorder):
        assert refused(call, ConfigurationRecorderName="other") == UNKNOWN
    assert refused(config.delete_configuration_recorder, ConfigurationRecorderName="other") == UNKNOWN
    for call in (config.describe_configuration_recorders, config.describe_configuration_recorder_status):
        assert refused(call, ConfigurationRecorderNames=["other"]) == UNKNOWN


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"name": "r"}, "InvalidRoleException"),
        ({"name": "r", "roleARN": ""}, "InvalidRoleException"),
        ({"name": "r", "roleARN": ROLE, "recordingGroup": {}}, "InvalidRecordingGroupException"),
        (
            {
                "name": "r",
                "roleARN": ROLE,
                "recordingGroup": {"allSupported": True, "resourceTypes": ["AWS::S3::Bucket"]},
            },
            "InvalidRecordingGroupException",
        ),
        (
            {
                "name": "r",
                "roleARN": ROLE,
                "recordingGroup": {"resourceTypes": ["AWS::S3::Bucket"], "includeGlobalResourceTypes": True},
            },
            "InvalidRecordingGroupException",
        ),
        (
            {
                "name": "r",
                "roleARN": ROLE,
                "recordingGroup": {"exclusionByResourceTypes": {"resourceTypes": ["AWS::S3::Bucket"]}},
            },
            "InvalidRecordingGroupException",
        ),
        ({"name": "AWSConfigurationRecorderForMe", "roleARN": ROLE}, "InvalidConfigurationRecorderNameException"),
        ({"name": "r", "roleARN": ROLE, "recordingGroup": {"resourceTypes": ["AWS::Tea::Pot"]}}, "ValidationException"),
        (
            {"name": "r", "roleARN": ROLE, "recordingMode": {"recordingFrequency": "WEEKLY"}},
            "ValidationException",
        ),
    ],
)
def test_settings_that_no_recorder_can_have(config: Any, refused: Refusal, settings: dict[str, Any], code: str) -> None:
    assert refused(config.put_configuration_recorder, ConfigurationRecorder=settings)[0] == code
    assert config.describe_configuration_recorders()["ConfigurationRecorders"] == []


def test_a_recorder_without_a_role(config: Any, refused: Refusal) -> None:
    assert refused(config.put_configuration_recorder, ConfigurationRecorder={"name": "r"}) == (
        "InvalidRoleException",
        "The role arn passed is not valid.",
    )


def test_a_second_recorder_is_one_too_many(config: Any, refused: Refusal, stopped: None) -> None:
    second = {"name": "second", "roleARN": ROLE}
    code, text = refused(config.put_configuration_recorder, ConfigurationRecorder=second)
    assert code == "MaxNumberOfConfigurationRecordersExceededException"
    assert "second" in text
    assert " 1 " in text


@pytest.mark.operation("ListConfigurationRecorders")
def test_the_summary_of_a_recorder(boto: Boto, config: Any, stopped: None) -> None:
    (found,) = boto.client("config").list_configuration_recorders()["ConfigurationRecorderSummaries"]
    assert found == {"arn": recorder(config)["arn"], "name": "default", "recordingScope": "PAID"}


@pytest.mark.operation("AssociateResourceTypes", "DisassociateResourceTypes")
def test_types_are_added_to_and_taken_from_a_recorder_of_named_types(boto: Boto, refused: Refusal) -> None:
    config = boto.client("config")
    group = {"resourceTypes": ["AWS::S3::Bucket"]}
    config.put_configuration_recorder(ConfigurationRecorder={"roleARN": ROLE, "recordingGroup": group})
    found = recorder(config)
    assert found["name"] == "default"
    queue = {"ConfigurationRecorderArn": found["arn"], "ResourceTypes": ["AWS::SQS::Queue"]}
    answer = config.associate_resource_types(**queue)["ConfigurationRecorder"]
    assert sorted(answer["recordingGroup"]["resourceTypes"]) == ["AWS::S3::Bucket", "AWS::SQS::Queue"]
    assert answer == recorder(config)
    assert refused(config.associate_resource_types, **queue)[0] == "ValidationException"
    assert config.disassociate_resource_types(**queue)["ConfigurationRecorder"] == found


def test_names_limits_and_enumerations_are_checked_by_the_server(config: Any, refused: Refusal) -> None:
    long = {"name": "x" * 257, "roleARN": ROLE}
    assert refused(config.put_configuration_recorder, ConfigurationRecorder=long) == (
        "ValidationException",
        f"1 validation error detected: Value '{'x' * 257}' at 'configurationRecorder.name' failed to satisfy "
        "constraint: Member must have length less than or equal to 256",
    )
    assert refused(config.list_configuration_recorders, MaxResults=21) == (
        "ValidationException",
        "1 validation error detected: Value '21' at 'maxResults' failed to satisfy constraint: "
        "Member must have value less than or equal to 20",
    )

"""The delivery channel and snapshots through boto3, against what the real service was recorded answering."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import pytest

from tests.backend.engine.conftest import ACCOUNT, BUCKET, REGION, ROLE, TOPIC
from tests.conformance.conftest import Boto, Refusal

DEFAULT = {"DeliveryChannelName": "default"}


def channel_status(config: Any) -> dict[str, Any]:
    """The three delivery states of the one channel."""
    (found,) = config.describe_delivery_channel_status()["DeliveryChannelsStatus"]
    return dict(found)


@pytest.mark.operation("PutDeliveryChannel", "DescribeDeliveryChannels")
def test_a_channel_is_shown_as_it_was_put(boto: Boto, config: Any, stopped: None) -> None:
    wanted = {
        "name": "default",
        "s3BucketName": BUCKET,
        "s3KeyPrefix": "evidence",
        "snsTopicARN": TOPIC,
        "configSnapshotDeliveryProperties": {"deliveryFrequency": "TwentyFour_Hours"},
    }
    boto.client("config").put_delivery_channel(DeliveryChannel=wanted)
    assert config.describe_delivery_channels()["DeliveryChannels"] == [wanted]
    config.put_delivery_channel(DeliveryChannel={"s3BucketName": BUCKET})
    # What is left out is switched off; the name left out is "default".
    assert config.describe_delivery_channels()["DeliveryChannels"] == [{"name": "default", "s3BucketName": BUCKET}]


def test_a_channel_needs_a_recorder_before_it_needs_a_bucket(config: Any, refused: Refusal) -> None:
    wanted = {"name": "default", "s3BucketName": "no-such-bucket"}
    assert refused(config.put_delivery_channel, DeliveryChannel=wanted) == (
        "NoAvailableConfigurationRecorderException",
        "Configuration recorder is not available to put delivery channel.",
    )
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": ROLE})
    assert refused(config.put_delivery_channel, DeliveryChannel=wanted) == (
        "NoSuchBucketException",
        "No such s3 bucket with name 'no-such-bucket'.",
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "other"}, "MaxNumberOfDeliveryChannelsExceededException"),
        ({"s3KeyPrefix": ""}, "InvalidS3KeyPrefixException"),
        ({"snsTopicARN": ""}, "InvalidSNSTopicARNException"),
        ({"snsTopicARN": TOPIC + "-gone"}, "InvalidSNSTopicARNException"),
        ({"s3KmsKeyArn": "key"}, "InvalidS3KmsKeyArnException"),
        ({"configSnapshotDeliveryProperties": {"deliveryFrequency": "Two_Hours"}}, "ValidationException"),
    ],
)
def test_settings_that_no_channel_can_have(
    config: Any, refused: Refusal, stopped: None, change: dict[str, Any], code: str
) -> None:
    before = config.describe_delivery_channels()["DeliveryChannels"]
    wanted = {"name": "default", "s3BucketName": BUCKET, **change}
    assert refused(config.put_delivery_channel, DeliveryChannel=wanted)[0] == code
    assert config.describe_delivery_channels()["DeliveryChannels"] == before


@pytest.mark.operation("DeleteDeliveryChannel")
def test_the_channel_of_a_running_recorder_stays(boto: Boto, refused: Refusal, recording: None) -> None:
    config = boto.client("config")
    assert refused(config.delete_delivery_channel, **DEFAULT) == (
        "LastDeliveryChannelDeleteFailedException",
        "Failed to delete last specified delivery channel with name 'default', because there is a running "
        "configuration recorder.",
    )
    config.stop_configuration_recorder(ConfigurationRecorderName="default")
    assert refused(config.delete_delivery_channel, DeliveryChannelName="x")[0] == "NoSuchDeliveryChannelException"
    config.delete_delivery_channel(**DEFAULT)
    assert config.describe_delivery_channels()["DeliveryChannels"] == []
    assert refused(config.delete_delivery_channel, **DEFAULT)[0] == "NoSuchDeliveryChannelException"


def test_a_snapshot_without_a_recorder_or_with_one_at_rest(
    config: Any, refused: Refusal, boto: Boto, stopped: None
) -> None:
    wanted = {"deliveryChannelName": "default"}
    assert refused(config.deliver_config_snapshot, **wanted) == (
        "NoRunningConfigurationRecorderException",
        "Configuration recorder is turned off. Turn on configuration recorder.",
    )
    assert refused(boto.client("config", "us-west-2").deliver_config_snapshot, **wanted) == (
        "NoAvailableConfigurationRecorderException",
        "Configuration recorder not found. Add a configuration recorder and start recording.",
    )


@pytest.mark.operation("DeliverConfigSnapshot", "DescribeDeliveryChannelStatus")
def test_a_snapshot_comes_to_the_bucket_and_to_the_state(boto: Boto, recording: None) -> None:
    config, s3 = boto.client("config"), boto.client("s3")
    boto.advance("30m")
    before = channel_status(config)
    assert before["configSnapshotDeliveryInfo"] == {}
    snapshot = config.deliver_config_snapshot(deliveryChannelName="default")["configSnapshotId"]
    boto.advance("1m")
    folder = f"AWSLogs/{ACCOUNT}/Config/{REGION}/2026/3/1/ConfigSnapshot/"
    (found,) = s3.list_objects_v2(Bucket=BUCKET, Prefix=folder)["Contents"]
    name = rf"{ACCOUNT}_Config_{REGION}_ConfigSnapshot_20260301T003\d\d\dZ_{snapshot}\.json\.gz"
    assert re.fullmatch(name, found["Key"].removeprefix(folder))
    read = s3.get_object(Bucket=BUCKET, Key=found["Key"])
    assert (read["ContentType"], read["ContentEncoding"]) == ("application/json", "gzip")
    assert read["ServerSideEncryption"] == "AES256"
    document = json.loads(gzip.decompress(read["Body"].read()))
    types = {item["resourceType"] for item in document["configurationItems"]}
    assert {"AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::Config::ConfigurationRecorder"} <= types
    check = s3.head_object(Bucket=BUCKET, Key=f"AWSLogs/{ACCOUNT}/Config/ConfigWritabilityCheckFile")
    assert check["ContentLength"] == 0
    told = channel_status(config)["configSnapshotDeliveryInfo"]
    assert told["lastStatus"] == "SUCCESS"
    assert told["lastAttemptTime"] == told["lastSuccessfulTime"]
    assert set(told) == {"lastStatus", "lastAttemptTime", "lastSuccessfulTime"}


def test_each_state_stands_for_itself(boto: Boto, config: Any, recording: None) -> None:
    boto.advance("1m")
    boto.client("sns").delete_topic(TopicArn=TOPIC)
    boto.client("s3").put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    boto.advance("1m")
    config.deliver_config_snapshot(deliveryChannelName="default")
    boto.advance("1m")
    found = channel_status(config)
    assert found["configStreamDeliveryInfo"]["lastStatus"] == "FAILURE"
    assert found["configSnapshotDeliveryInfo"]["lastStatus"] == "SUCCESS"

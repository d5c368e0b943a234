"""The delivery channel: what it accepts, and its three independent states."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from backend.engine.around import s3
from backend.engine.config import faults
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.world.estate import Resource
from backend.model import moment
from backend.model.item import Document
from backend.model.moment import HOUR
from tests.backend.engine.config.channel import CHECK_FILE, HOURLY, keys, put_channel, refusal_of, status
from tests.backend.engine.conftest import ACCOUNT, BUCKET, REGION, START, TOPIC, CallFixture, PutFixture


@pytest.mark.requirement("CHN-01")
@pytest.mark.requirement("CHN-04")
@pytest.mark.requirement("CHN-05")
@pytest.mark.requirement("CHN-07")
def test_describe_answers_exactly_what_was_put(call: CallFixture, recorder: None) -> None:
    assert put_channel(call) == {}
    assert call("config", "DescribeDeliveryChannels") == {"DeliveryChannels": [HOURLY]}

    other = {"name": "default", "s3BucketName": BUCKET, "s3KeyPrefix": "evidence"}
    call("config", "PutDeliveryChannel", DeliveryChannel=other)
    assert call("config", "DescribeDeliveryChannels") == {"DeliveryChannels": [other]}


@pytest.mark.requirement("CHN-20")
def test_the_name_is_default_when_none_is_given(call: CallFixture, recorder: None) -> None:
    call("config", "PutDeliveryChannel", DeliveryChannel={"s3BucketName": BUCKET})

    assert call("config", "DescribeDeliveryChannels")["DeliveryChannels"][0]["name"] == "default"


@pytest.mark.requirement("CHN-03")
@pytest.mark.requirement("S3-01")
def test_at_first_the_check_file_is_the_only_object(ctx: Context, call: CallFixture, recorder: None) -> None:
    assert keys(call) == [CHECK_FILE]
    assert s3.get_body(ctx, BUCKET, CHECK_FILE) == b""

    put_channel(call, s3KeyPrefix="evidence")
    assert keys(call) == [CHECK_FILE, f"evidence/{CHECK_FILE}"]


@pytest.mark.requirement("CHN-06")
@pytest.mark.parametrize("frequency", ["One_Hour", "Three_Hours", "Six_Hours", "Twelve_Hours", "TwentyFour_Hours"])
def test_the_five_frequencies(call: CallFixture, recorder: None, frequency: str) -> None:
    put_channel(call, configSnapshotDeliveryProperties={"deliveryFrequency": frequency})

    hours = {"One_Hour": 1, "Three_Hours": 3, "Six_Hours": 6, "Twelve_Hours": 12, "TwentyFour_Hours": 24}[frequency]
    expected = moment.to_datetime(START + hours * HOUR)
    assert status(call)["configSnapshotDeliveryInfo"] == {"nextDeliveryTime": expected}


@pytest.mark.requirement("CHN-06")
def test_other_frequencies_are_refused(call: CallFixture, recorder: None) -> None:
    refusal = refusal_of(call, configSnapshotDeliveryProperties={"deliveryFrequency": "Two_Hours"})

    assert refusal.code == "ValidationException"
    assert "'Two_Hours'" in refusal.message


@pytest.mark.requirement("CHN-08")
@pytest.mark.requirement("CHN-09")
@pytest.mark.requirement("CHN-12")
@pytest.mark.requirement("HIS-08")
def test_before_anything_happened_the_states_are_empty(call: CallFixture, recording: None) -> None:
    assert status(call) == {
        "name": "default",
        "configSnapshotDeliveryInfo": {},
        "configHistoryDeliveryInfo": {},
        "configStreamDeliveryInfo": {"lastStatus": "SUCCESS", "lastStatusChangeTime": moment.to_datetime(START)},
    }


@pytest.mark.requirement("CHN-10")
def test_a_frequency_shows_the_next_delivery_only(engine: Engine, call: CallFixture, recorder: None) -> None:
    engine.advance(START + 10 * 60_000)
    put_channel(call)
    expected = {"nextDeliveryTime": moment.to_datetime(START + 70 * 60_000)}
    assert status(call)["configSnapshotDeliveryInfo"] == expected

    engine.advance(START + 20 * 60_000)
    put_channel(call)
    assert status(call)["configSnapshotDeliveryInfo"] == expected, "the same frequency keeps its rhythm"

    put_channel(call, configSnapshotDeliveryProperties={})
    assert status(call)["configSnapshotDeliveryInfo"] == {}


def test_without_a_topic_the_stream_does_not_apply(call: CallFixture, recorder: None) -> None:
    call("config", "PutDeliveryChannel", DeliveryChannel={"name": "default", "s3BucketName": BUCKET})

    assert status(call)["configStreamDeliveryInfo"] == {"lastStatus": "NOT_APPLICABLE"}


@pytest.mark.requirement("CHN-19")
@pytest.mark.requirement("STR-09")
def test_a_topic_can_be_added_to_a_channel(
    engine: Engine, call: CallFixture, put: PutFixture, messages: Callable[..., list[Any]], recording: None
) -> None:
    call("config", "PutDeliveryChannel", DeliveryChannel={"name": "default", "s3BucketName": BUCKET})
    messages()
    put(Resource(resource_type="AWS::EC2::Volume", resource_id="vol-1", region=REGION))
    assert messages() == []

    engine.advance(START + HOUR)
    put_channel(call)
    put(Resource(resource_type="AWS::EC2::Volume", resource_id="vol-2", region=REGION))

    assert [message["configurationItem"]["resourceId"] for _, message in messages()] == ["vol-2"]
    assert status(call)["configStreamDeliveryInfo"] == {
        "lastStatus": "SUCCESS",
        "lastStatusChangeTime": moment.to_datetime(START + HOUR),
    }


def test_the_recorder_comes_first(call: CallFixture) -> None:
    refusal = refusal_of(call, s3BucketName="no-such-bucket")

    assert str(refusal) == (
        "NoAvailableConfigurationRecorderException: Configuration recorder is not available to put delivery channel."
    )


@pytest.mark.requirement("SNS-01")
@pytest.mark.parametrize(
    ("members", "code", "words"),
    [
        ({"name": " "}, "InvalidDeliveryChannelNameException", "blank"),
        ({"s3BucketName": ""}, "NoSuchBucketException", "empty"),
        ({"s3BucketName": "none"}, "NoSuchBucketException", "No such s3 bucket with name 'none'."),
        ({"s3KeyPrefix": ""}, "InvalidS3KeyPrefixException", "empty"),
        ({"snsTopicARN": ""}, "InvalidSNSTopicARNException", "''"),
        ({"snsTopicARN": TOPIC + "-other"}, "InvalidSNSTopicARNException", "awsconfig-lab-other"),
        ({"snsTopicARN": TOPIC.replace(REGION, "us-east-1")}, "InvalidSNSTopicARNException", "us-east-1"),
        ({"s3KmsKeyArn": "key"}, "InvalidS3KmsKeyArnException", "'key'"),
        (
            {"s3KmsKeyArn": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"},
            "InvalidS3KmsKeyArnException",
            "us-east-1",
        ),
        ({"name": "second"}, "MaxNumberOfDeliveryChannelsExceededException", "'second'"),
    ],
)
def test_what_a_channel_cannot_be(call: CallFixture, recorder: None, members: Document, code: str, words: str) -> None:
    refusal = refusal_of(call, **members)

    assert refusal.code == code
    assert words in refusal.message


@pytest.mark.requirement("PRM-05")
def test_a_bucket_that_cannot_be_written_is_found_at_once(call: CallFixture, recorder: None) -> None:
    call("s3", "DeleteBucketPolicy", Bucket=BUCKET)

    assert str(refusal_of(call)) == (
        f"InsufficientDeliveryPolicyException: Insufficient delivery policy to s3 bucket: {BUCKET}, unable to write to"
        " bucket, provided s3 key prefix is 'null', provided kms key is 'null'."
    )
    assert "'evidence'" in refusal_of(call, s3KeyPrefix="evidence").message


@pytest.mark.requirement("PRM-05")
def test_a_bucket_whose_list_cannot_be_read_is_found_too(call: CallFixture, recorder: None) -> None:
    grant = {
        "Effect": "Allow",
        "Principal": {"Service": "config.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }
    call("s3", "PutBucketPolicy", Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [grant]}))

    refusal = refusal_of(call)

    assert refusal.code == "InsufficientDeliveryPolicyException"
    assert "bucket acl" in refusal.message


@pytest.mark.requirement("PRM-05")
def test_a_role_that_cannot_be_assumed_is_named(call: CallFixture, recorder: None) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/nobody"
    call("config", "PutConfigurationRecorder", ConfigurationRecorder={"name": "default", "roleARN": role})

    refusal = refusal_of(call)

    assert refusal.code == "InsufficientDeliveryPolicyException"
    assert role in refusal.message


@pytest.mark.requirement("PRM-04")
def test_a_role_of_ones_own_may_write_where_the_bucket_says_nothing(
    call: CallFixture, put: PutFixture, recorder: None
) -> None:
    call("s3", "DeleteBucketPolicy", Bucket=BUCKET)
    arn = f"arn:aws:iam::{ACCOUNT}:role/config-role"
    statement = {
        "Effect": "Allow",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    }
    inline = {"policyName": "deliver", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    put(
        Resource(
            resource_type="AWS::IAM::Role",
            resource_id="AROA1",
            region="global",
            name="config-role",
            arn=arn,
            configuration={"rolePolicyList": [inline], "attachedManagedPolicies": []},
        )
    )
    call("config", "PutConfigurationRecorder", ConfigurationRecorder={"name": "default", "roleARN": arn})

    assert put_channel(call) == {}


def test_an_unknown_channel_is_not_found(call: CallFixture, recorder: None) -> None:
    for operation, params in (
        ("DescribeDeliveryChannels", {"DeliveryChannelNames": ["other"]}),
        ("DescribeDeliveryChannelStatus", {"DeliveryChannelNames": ["other"]}),
        ("DeleteDeliveryChannel", {"DeliveryChannelName": "other"}),
    ):
        with pytest.raises(ServiceError) as refusal:
            call("config", operation, **params)
        assert refusal.value.code == "NoSuchDeliveryChannelException"


def test_without_a_channel_the_lists_are_empty(call: CallFixture) -> None:
    assert call("config", "DescribeDeliveryChannels") == {"DeliveryChannels": []}
    assert call("config", "DescribeDeliveryChannelStatus") == {"DeliveryChannelsStatus": []}


def test_a_channel_goes_only_when_the_recorder_rests(call: CallFixture, recording: None) -> None:
    with pytest.raises(ServiceError) as refusal:
        call("config", "DeleteDeliveryChannel", DeliveryChannelName="default")
    assert str(refusal.value) == (
        "LastDeliveryChannelDeleteFailedException: Failed to delete last specified delivery channel with name"
        " 'default', because there is a running configuration recorder."
    )

    call("config", "StopConfigurationRecorder", ConfigurationRecorderName="default")
    assert call("config", "DeleteDeliveryChannel", DeliveryChannelName="default") == {}
    assert call("config", "DescribeDeliveryChannels") == {"DeliveryChannels": []}


@pytest.mark.requirement("PRM-04")
def test_a_denial_of_the_bucket_outweighs_what_the_role_may(call: CallFixture, put: PutFixture, recorder: None) -> None:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    inline = {"policyName": "deliver", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    arn = f"arn:aws:iam::{ACCOUNT}:role/config-role"
    body = {"rolePolicyList": [inline], "attachedManagedPolicies": []}
    role = Resource(
        resource_type="AWS::IAM::Role",
        resource_id="AROA1",
        region="global",
        name="config-role",
        arn=arn,
        configuration=body,
    )
    put(role)
    call("config", "PutConfigurationRecorder", ConfigurationRecorder={"name": "default", "roleARN": arn})
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    call("s3", "PutBucketPolicy", Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))

    assert refusal_of(call).code == "InsufficientDeliveryPolicyException"


@pytest.mark.requirement("PRM-04")
@pytest.mark.parametrize(
    ("condition", "granted"),
    [
        ({"StringEquals": {"AWS:SourceAccount": ACCOUNT, "s3:x-amz-acl": "bucket-owner-full-control"}}, True),
        ({"StringEquals": {"aws:sourceaccount": ACCOUNT}}, True),
        ({"ArnLike": {"AWS:SourceArn": f"arn:aws:config:{REGION}:{ACCOUNT}:*"}}, True),
        ({"StringEquals": {"AWS:SourceAccount": "111122223333"}}, False),
        ({"ArnLike": {"AWS:SourceArn": f"arn:aws:config:us-east-1:{ACCOUNT}:*"}}, False),
    ],
)
def test_the_conditions_of_a_bucket_policy_hold(
    call: CallFixture, recorder: None, condition: Document, granted: bool
) -> None:
    principal = {"Service": "config.amazonaws.com"}
    see = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{BUCKET}"}
    place = f"arn:aws:s3:::{BUCKET}/AWSLogs/{ACCOUNT}/Config/*"
    write = {"Effect": "Allow", "Principal": principal, "Action": "S3:putobject", "Resource": place}
    statements = [see, {**write, "Condition": condition}]
    call("s3", "PutBucketPolicy", Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))

    if granted:
        assert put_channel(call) == {}
        refusal = refusal_of(call, s3KeyPrefix="elsewhere")
        assert refusal.code == "InsufficientDeliveryPolicyException", "the grant is for one place only"
    else:
        assert refusal_of(call).code == "InsufficientDeliveryPolicyException"


def test_the_end_of_recording_can_take_a_while_to_be_seen(engine: Engine, call: CallFixture, recording: None) -> None:
    engine.act(lambda ctx: faults.inject(ctx, {"name": "stop-lag", "milliseconds": 5000}))
    call("config", "StopConfigurationRecorder", ConfigurationRecorderName="default")
    with pytest.raises(ServiceError) as refusal:
        call("config", "DeleteDeliveryChannel", DeliveryChannelName="default")
    assert refusal.value.code == "LastDeliveryChannelDeleteFailedException"

    engine.advance(engine.now + 5000)
    assert call("config", "DeleteDeliveryChannel", DeliveryChannelName="default") == {}


def test_a_refused_channel_leaves_the_old_one(call: CallFixture, recorder: None) -> None:
    put_channel(call)
    before = keys(call)
    refusal_of(call, s3KeyPrefix="evidence", s3KmsKeyArn="key")

    assert call("config", "DescribeDeliveryChannels") == {"DeliveryChannels": [HOURLY]}
    assert keys(call) == before

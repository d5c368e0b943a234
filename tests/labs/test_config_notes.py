"""The lab of the Config notes (source 000), steps 1 to 6: its commands, run with the stock command line."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from backend.engine.engine import Engine
from backend.engine.world import estate
from backend.files.read import read_items
from backend.model.item import ResourceKey
from backend.model.moment import parse
from backend.wire.local import LocalWorld
from tests.labs.conftest import Lab

ACCOUNT = "696686700433"
REGION = "ap-southeast-1"
BUCKET = "config-bucket-sgp"
FOLDER = f"AWSLogs/{ACCOUNT}/Config"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "config.amazonaws.com"},
            "Action": ["s3:GetBucketAcl", "s3:ListBucket"],
            "Resource": f"arn:aws:s3:::{BUCKET}",
        },
        {
            "Effect": "Allow",
            "Principal": {"Service": "config.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{BUCKET}/{FOLDER}/*",
        },
    ],
}


def _status(lab: Lab) -> dict[str, dict[str, str]]:
    """Step 3's command."""
    command = "aws configservice describe-delivery-channel-status --region ap-southeast-1"
    (channel,) = lab.json(command)["DeliveryChannelsStatus"]
    assert channel.pop("name") == "default"
    found: dict[str, dict[str, str]] = channel
    return found


@pytest.mark.requirement("REC-01")
@pytest.mark.requirement("REC-02")
@pytest.mark.requirement("CHN-02")
@pytest.mark.requirement("CHN-03")
@pytest.mark.requirement("CHN-04")
@pytest.mark.requirement("CHN-05")
@pytest.mark.requirement("CHN-07")
@pytest.mark.requirement("CHN-08")
@pytest.mark.requirement("CHN-09")
@pytest.mark.requirement("CHN-10")
@pytest.mark.requirement("CHN-12")
@pytest.mark.requirement("CHN-13")
@pytest.mark.requirement("CHN-14")
@pytest.mark.requirement("SNP-02")
@pytest.mark.requirement("S3-05")
@pytest.mark.operation("PutConfigurationRecorder", "StartConfigurationRecorder", "StopConfigurationRecorder")
@pytest.mark.operation("DeleteConfigurationRecorder", "DescribeConfigurationRecorders", "DescribeDeliveryChannels")
@pytest.mark.operation("PutDeliveryChannel", "DeleteDeliveryChannel", "DescribeDeliveryChannelStatus")
@pytest.mark.operation("DeliverConfigSnapshot", "DescribeConfigurationRecorderStatus")
def test_the_lab_from_settings_to_the_downloaded_snapshot(lab: Lab) -> None:
    # 1. Settings: EC2 instances only, a topic, a new bucket; as for the first time.
    lab.run("aws configservice stop-configuration-recorder --configuration-recorder-name default")
    lab.run("aws configservice delete-delivery-channel --delivery-channel-name default")
    lab.run("aws configservice delete-configuration-recorder --configuration-recorder-name default")
    lab.run(f"aws s3 rm s3://{BUCKET} --recursive --only-show-errors")
    group = {"allSupported": False, "includeGlobalResourceTypes": False, "resourceTypes": ["AWS::EC2::Instance"]}
    lab.write("group.json", group)
    lab.run(
        f"aws configservice put-configuration-recorder --configuration-recorder name=default,roleARN={ROLE} "
        "--recording-group file://group.json"
    )
    lab.write(
        "settings.json",
        {"name": "default", "s3BucketName": BUCKET, "snsTopicARN": f"arn:aws:sns:{REGION}:{ACCOUNT}:awsconfig-lab"},
    )
    lab.run("aws configservice put-delivery-channel --delivery-channel file://settings.json")
    lab.run("aws configservice start-configuration-recorder --configuration-recorder-name default")
    objects = lab.run(f"aws s3 ls s3://{BUCKET} --recursive").split()
    assert objects[2:] == ["0", f"{FOLDER}/ConfigWritabilityCheckFile"]

    # 2. The recorder has the settings that we want.
    (recorder,) = lab.json("aws configservice describe-configuration-recorders --region ap-southeast-1")[
        "ConfigurationRecorders"
    ]
    assert (recorder["name"], recorder["roleARN"]) == ("default", ROLE)
    assert group.items() <= recorder["recordingGroup"].items()

    # 3. The bucket is gone when the next history file is due.
    lab.control("clock", {"advance": "5m"})
    assert _status(lab)["configSnapshotDeliveryInfo"] == {}
    lab.run(f"aws s3 rb s3://{BUCKET} --force")
    lab.control("scenarios", {"name": "quiet-week"})
    lab.control("clock", {"advance": "3d"})
    status = _status(lab)
    history = status["configHistoryDeliveryInfo"]
    assert history["lastStatus"] == "FAILURE"
    assert history["lastErrorCode"] == "NoSuchBucket"
    assert history["lastErrorMessage"] == (
        "An exception occurred while trying to deliver data to your Amazon S3 bucket. "
        "The specified Bucket does not exist."
    )
    assert status["configStreamDeliveryInfo"]["lastStatus"] == "SUCCESS"

    # The mend: without it the channel cannot be put.
    channel = {
        "name": "default",
        "s3BucketName": BUCKET,
        "snsTopicARN": f"arn:aws:sns:{REGION}:{ACCOUNT}:awsconfig-lab",
        "configSnapshotDeliveryProperties": {"deliveryFrequency": "One_Hour"},
    }
    lab.write("deliveryChannel.json", channel)
    put = (
        "aws configservice put-delivery-channel --delivery-channel file://deliveryChannel.json --region ap-southeast-1"
    )
    no_bucket = (
        "(NoSuchBucketException) when calling the PutDeliveryChannel operation: "
        f"No such s3 bucket with name '{BUCKET}'."
    )
    assert no_bucket in lab.refused(put)
    lab.run(f"aws s3 mb s3://{BUCKET} --region {REGION}")
    lab.write("policy.json", POLICY)
    lab.run(f"aws s3api put-bucket-policy --bucket {BUCKET} --policy file://policy.json")

    # 4. Snapshots every hour. A successful command results in nothing.
    assert lab.run(put) == ""
    assert lab.json("aws configservice describe-delivery-channels --region ap-southeast-1") == {
        "DeliveryChannels": [channel]
    }

    # 3 again: the next snapshot has its time.
    assert list(_status(lab)["configSnapshotDeliveryInfo"]) == ["nextDeliveryTime"]

    # 5. On demand instead of waiting.
    delivered = lab.json(
        "aws configservice deliver-config-snapshot --delivery-channel-name default --region ap-southeast-1"
    )
    snapshot_id = delivered["configSnapshotId"]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", snapshot_id)

    # 6. Verify again, as well as check the new object in the bucket.
    lab.control("clock", {"advance": "7h"})
    status = _status(lab)
    assert {name: info["lastStatus"] for name, info in status.items()} == {
        "configSnapshotDeliveryInfo": "SUCCESS",
        "configHistoryDeliveryInfo": "SUCCESS",
        "configStreamDeliveryInfo": "SUCCESS",
    }
    snapshot = status["configSnapshotDeliveryInfo"]
    assert parse(snapshot["lastSuccessfulTime"]) == parse(snapshot["lastAttemptTime"])
    assert parse(snapshot["nextDeliveryTime"]) > parse(snapshot["lastSuccessfulTime"])
    keys = [line.split()[3] for line in lab.run(f"aws s3 ls s3://{BUCKET} --recursive").splitlines()]
    (key,) = [key for key in keys if snapshot_id in key]
    assert re.fullmatch(
        rf"{FOLDER}/{REGION}/2023/3/\d/ConfigSnapshot/{ACCOUNT}_Config_{REGION}_ConfigSnapshot_2023030\dT\d{{6}}Z_"
        rf"{snapshot_id}\.json\.gz",
        key,
    )

    # Download the file: the record of an EC2 instance.
    lab.run(f"aws s3 cp s3://{BUCKET}/{key} snapshot.json.gz --only-show-errors")
    _check_the_file(lab.folder / "snapshot.json.gz")
    assert "last status: SUCCESS" in lab.run("aws configservice get-status")


def _check_the_file(path: Path) -> None:
    items = list(read_items(path))
    assert {item.resource_type for item in items} <= {"AWS::EC2::Instance", "AWS::Config::ConfigurationRecorder"}
    instance = next(item for item in items if item.resource_type == "AWS::EC2::Instance")
    assert (instance.version, instance.account_id, instance.region) == ("1.3", ACCOUNT, REGION)
    assert instance.arn == f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{instance.resource_id}"
    assert int(instance.state_id) == instance.capture_time
    assert instance.key == ResourceKey("AWS::EC2::Instance", instance.configuration["instanceId"])


def _role_that_may_deliver(engine: Engine) -> None:
    """A role as the console's wizard made them: it may read everything, and itself write to bucket and topic."""
    allowed = {"Effect": "Allow", "Action": ["s3:PutObject*", "s3:GetBucketAcl", "sns:Publish"], "Resource": "*"}
    policy = {"policyName": "delivery", "policyDocument": {"Version": "2012-10-17", "Statement": [allowed]}}
    role = estate.Resource(
        resource_type="AWS::IAM::Role",
        resource_id="AROALABLABLABLABLABLA",
        region=estate.GLOBAL,
        name="config-lab",
        arn=f"arn:aws:iam::{ACCOUNT}:role/config-lab",
        configuration={
            "roleName": "config-lab",
            "rolePolicyList": [policy],
            "attachedManagedPolicies": [
                {"policyName": "AWS_ConfigRole", "policyArn": "arn:aws:iam::aws:policy/service-role/AWS_ConfigRole"}
            ],
        },
    )
    engine.act(lambda ctx: estate.put(ctx, role))


@pytest.mark.requirement("REC-03", "REC-04")
def test_subscribe_sets_everything_up_in_a_region_that_has_nothing(
    lab: Lab, served_world: tuple[LocalWorld, str]
) -> None:
    """`aws configservice subscribe`: bucket, topic, recorder and channel with one command, then `get-status`."""
    asyncio.run(served_world[0].run(_role_that_may_deliver))
    said = lab.run(
        "aws configservice subscribe --s3-bucket config-bucket-elsewhere --sns-topic elsewhere "
        f"--iam-role arn:aws:iam::{ACCOUNT}:role/config-lab --region eu-west-1"
    )
    assert "Subscribe succeeded" in said
    assert "config-bucket-elsewhere" in lab.run("aws s3 ls")
    lab.control("clock", {"advance": "10m"})
    status = lab.run("aws configservice get-status --region eu-west-1")
    assert "recorder: ON" in status
    assert "last status: SUCCESS" in status
    assert "name: default" in status

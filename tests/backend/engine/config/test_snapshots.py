"""Snapshots: on demand and by frequency, in the bucket and in the status."""

from __future__ import annotations

import uuid

import pytest

from backend.engine.config import faults
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.world.estate import Link
from backend.model import moment
from backend.model.moment import HOUR, MINUTE, SECOND
from tests.backend.engine.config.channel import content, deliver, put_channel, snapshot_status, snapshots
from tests.backend.engine.config.conftest import linked_volume, remove
from tests.backend.engine.conftest import ACCOUNT, BUCKET, REGION, ROLE, START, TOPIC, CallFixture, Messages, PutFixture

WORK = 616
BUCKETS_ONLY = {"name": "default", "roleARN": ROLE, "recordingGroup": {"resourceTypes": ["AWS::S3::Bucket"]}}


@pytest.mark.requirement("SNP-02")
@pytest.mark.requirement("SNP-03")
@pytest.mark.requirement("SNP-08")
@pytest.mark.requirement("CHN-02")
def test_a_snapshot_on_demand_lies_under_its_id(
    engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    engine.advance(START + 5 * HOUR)
    snapshot_id = deliver(call)
    assert str(uuid.UUID(snapshot_id)) == snapshot_id
    assert snapshots(call) == []

    engine.advance(START + 5 * HOUR + SECOND)

    assert snapshots(call) == [
        f"AWSLogs/{ACCOUNT}/Config/{REGION}/2026/3/1/ConfigSnapshot/"
        f"{ACCOUNT}_Config_{REGION}_ConfigSnapshot_20260301T050000Z_{snapshot_id}.json.gz"
    ]


@pytest.mark.requirement("SNP-01")
@pytest.mark.requirement("SNP-05")
@pytest.mark.requirement("SNP-06")
@pytest.mark.requirement("SNP-07")
@pytest.mark.requirement("SNP-15")
def test_the_file_holds_every_live_recorded_resource(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    attached = Link("Is attached to Instance", "AWS::EC2::Instance", "i-not-recorded")
    put(linked_volume("vol-1", attached), linked_volume("vol-2"), linked_volume("vol-gone"))
    remove(engine, "AWS::EC2::Volume", "vol-gone")
    snapshot_id = deliver(call)
    engine.advance(START + SECOND)

    (key,) = snapshots(call)
    found = content(ctx, key)

    assert list(found) == ["fileVersion", "configSnapshotId", "configurationItems"]
    assert (found["fileVersion"], found["configSnapshotId"]) == ("1.0", snapshot_id)
    by_id = {each["resourceId"]: each for each in found["configurationItems"]}
    assert {BUCKET, TOPIC, "default", "vol-1", "vol-2"} <= by_id.keys()
    assert "vol-gone" not in by_id
    assert by_id["vol-1"]["relationships"] == [
        {"resourceId": "i-not-recorded", "resourceType": "AWS::EC2::Instance", "name": "Is attached to Instance"}
    ]
    assert by_id["vol-2"]["configuration"] == {"volumeId": "vol-2", "outpostArn": None}


@pytest.mark.requirement("ITM-06")
def test_null_members_of_an_item_are_left_out_of_the_file(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    put(linked_volume("vol-1"))
    deliver(call)
    engine.advance(START + SECOND)

    (key,) = snapshots(call)
    (item,) = [each for each in content(ctx, key)["configurationItems"] if each["resourceId"] == "vol-1"]

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
        "awsRegion",
        "configurationStateMd5Hash",
    ]


def test_types_that_are_no_longer_recorded_are_left_out(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    put(linked_volume("vol-1"))
    call("config", "PutConfigurationRecorder", ConfigurationRecorder=BUCKETS_ONLY)
    deliver(call)
    engine.advance(START + SECOND)

    (key,) = snapshots(call)

    types = {each["resourceType"] for each in content(ctx, key)["configurationItems"]}
    assert types == {"AWS::S3::Bucket", "AWS::Config::ConfigurationRecorder"}


def test_a_snapshot_has_the_types_that_were_recorded_when_it_was_started(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    put(linked_volume("vol-1"))
    deliver(call)
    call("config", "PutConfigurationRecorder", ConfigurationRecorder=BUCKETS_ONLY)
    engine.advance(START + SECOND)

    (key,) = snapshots(call)

    assert "AWS::EC2::Volume" in {each["resourceType"] for each in content(ctx, key)["configurationItems"]}


def test_the_object_is_gzipped_json(engine: Engine, call: CallFixture, recording: None) -> None:
    deliver(call)
    engine.advance(START + SECOND)
    (key,) = snapshots(call)

    head = call("s3", "HeadObject", Bucket=BUCKET, Key=key)

    assert (head["ContentType"], head["ContentEncoding"]) == ("application/json", "gzip")


@pytest.mark.requirement("SNP-11")
@pytest.mark.requirement("SNP-12")
@pytest.mark.requirement("CHN-12")
def test_the_status_tells_of_the_latest_delivery(engine: Engine, call: CallFixture, recording: None) -> None:
    for hour in (1, 2):
        engine.advance(START + hour * HOUR)
        deliver(call)
        engine.advance(START + hour * HOUR + SECOND)
        when = moment.to_datetime(START + hour * HOUR + WORK)
        assert snapshot_status(call) == {"lastStatus": "SUCCESS", "lastAttemptTime": when, "lastSuccessfulTime": when}
        assert len(snapshots(call)) == hour


@pytest.mark.requirement("SNP-04")
@pytest.mark.requirement("CHN-11")
def test_snapshots_come_by_frequency_from_the_start_of_the_last_one(
    engine: Engine, call: CallFixture, recording: None
) -> None:
    put_channel(call, configSnapshotDeliveryProperties={"deliveryFrequency": "Twelve_Hours"})
    engine.advance(START + 12 * HOUR + SECOND)

    when = moment.to_datetime(START + 12 * HOUR + WORK)
    assert snapshot_status(call) == {
        "lastStatus": "SUCCESS",
        "lastAttemptTime": when,
        "lastSuccessfulTime": when,
        "nextDeliveryTime": moment.to_datetime(START + 24 * HOUR),
    }

    engine.advance(START + 13 * HOUR)
    deliver(call)
    engine.advance(START + 13 * HOUR + SECOND)
    assert snapshot_status(call)["nextDeliveryTime"] == moment.to_datetime(START + 25 * HOUR)

    engine.advance(START + 60 * HOUR)
    assert [key.split("_")[4] for key in snapshots(call)] == [
        "20260301T120000Z",
        "20260301T130000Z",
        "20260302T010000Z",
        "20260302T130000Z",
        "20260303T010000Z",
    ]


def test_while_the_recorder_is_off_no_periodic_snapshot_is_made(
    engine: Engine, call: CallFixture, recording: None
) -> None:
    put_channel(call, configSnapshotDeliveryProperties={"deliveryFrequency": "One_Hour"})
    call("config", "StopConfigurationRecorder", ConfigurationRecorderName="default")
    engine.advance(START + 3 * HOUR + MINUTE)

    assert snapshots(call) == []
    assert snapshot_status(call) == {"nextDeliveryTime": moment.to_datetime(START + 4 * HOUR)}


@pytest.mark.requirement("STR-03")
@pytest.mark.requirement("STR-04")
def test_start_and_end_are_told(engine: Engine, call: CallFixture, messages: Messages, recording: None) -> None:
    engine.advance(START + MINUTE)
    messages()
    snapshot_id = deliver(call)
    assert messages() == [
        (
            f"[AWS Config:{REGION}] Configuration Snapshot Delivery Started for Account {ACCOUNT}",
            {
                "configSnapshotId": snapshot_id,
                "notificationCreationTime": "2026-03-01T00:01:00.000Z",
                "messageType": "ConfigurationSnapshotDeliveryStarted",
                "recordVersion": "1.1",
            },
        )
    ]

    engine.advance(START + MINUTE + SECOND)
    assert messages() == [
        (
            f"[AWS Config:{REGION}] Configuration Snapshot Delivery Completed for Account {ACCOUNT}",
            {
                "configSnapshotId": snapshot_id,
                "s3ObjectKey": snapshots(call)[0],
                "s3Bucket": BUCKET,
                "notificationCreationTime": "2026-03-01T00:01:00.616Z",
                "messageType": "ConfigurationSnapshotDeliveryCompleted",
                "recordVersion": "1.1",
            },
        )
    ]


def test_who_can_ask_for_a_snapshot(call: CallFixture, destination: None) -> None:
    with pytest.raises(ServiceError) as refusal:
        deliver(call)
    assert str(refusal.value) == (
        "NoAvailableConfigurationRecorderException: Configuration recorder not found. Add a configuration recorder and"
        " start recording."
    )


def test_a_stopped_recorder_and_an_unknown_channel(call: CallFixture, recorder: None) -> None:
    with pytest.raises(ServiceError) as refusal:
        deliver(call)
    assert str(refusal.value) == (
        "NoRunningConfigurationRecorderException: Configuration recorder is turned off. Turn on configuration recorder."
    )

    call("config", "StartConfigurationRecorder", ConfigurationRecorderName="default")
    with pytest.raises(ServiceError) as refusal:
        call("config", "DeliverConfigSnapshot", deliveryChannelName="other")
    assert refusal.value.code == "NoSuchDeliveryChannelException"


def empty_and_delete(call: CallFixture) -> None:
    for each in call("s3", "ListObjectsV2", Bucket=BUCKET).get("Contents", []):
        call("s3", "DeleteObject", Bucket=BUCKET, Key=each["Key"])
    call("s3", "DeleteBucket", Bucket=BUCKET)


@pytest.mark.requirement("CHN-14")
@pytest.mark.requirement("S3-05")
@pytest.mark.requirement("STR-07")
def test_a_bucket_that_is_gone_fails_the_snapshot(
    engine: Engine, call: CallFixture, messages: Messages, recording: None
) -> None:
    deliver(call)
    engine.advance(START + SECOND)
    worked = moment.to_datetime(START + WORK)
    empty_and_delete(call)
    engine.advance(START + HOUR)
    messages()

    deliver(call)
    engine.advance(START + HOUR + SECOND)

    text = (
        "An exception occurred while trying to deliver data to your Amazon S3 bucket."
        " The specified Bucket does not exist."
    )
    assert snapshot_status(call) == {
        "lastStatus": "FAILURE",
        "lastErrorCode": "NoSuchBucket",
        "lastErrorMessage": text,
        "lastAttemptTime": moment.to_datetime(START + HOUR + WORK),
        "lastSuccessfulTime": worked,
    }
    ((subject, message),) = messages("ConfigurationSnapshotDeliveryFailed")
    assert "Configuration Snapshot Delivery Failed for Account" in subject
    assert (message["errorCode"], message["errorMessage"]) == ("NoSuchBucket", text)


@pytest.mark.requirement("PRM-04")
def test_a_missing_grant_fails_the_snapshot(engine: Engine, call: CallFixture, recording: None) -> None:
    call("s3", "DeleteBucketPolicy", Bucket=BUCKET)
    deliver(call)
    engine.advance(START + SECOND)

    state = snapshot_status(call)

    assert (state["lastStatus"], state["lastErrorCode"]) == ("FAILURE", "AccessDenied")
    assert "lastSuccessfulTime" not in state


def test_the_check_file_is_written_anew_at_each_delivery(engine: Engine, call: CallFixture, recording: None) -> None:
    check = f"AWSLogs/{ACCOUNT}/Config/ConfigWritabilityCheckFile"
    engine.advance(START + HOUR)
    deliver(call)
    engine.advance(START + HOUR + SECOND)

    head = call("s3", "HeadObject", Bucket=BUCKET, Key=check)

    assert (head["LastModified"], head["ContentLength"]) == (moment.to_datetime(START + HOUR), 0)


@pytest.mark.parametrize(("fault", "code"), [("slow-down", "SlowDown"), ("key-denied", "AccessDenied")])
def test_a_delivery_can_be_made_to_fail_once(
    engine: Engine, call: CallFixture, recording: None, fault: str, code: str
) -> None:
    engine.act(lambda ctx: faults.inject(ctx, {"name": fault, "times": 1}))
    for expected in ("FAILURE", "SUCCESS"):
        deliver(call)
        engine.advance(engine.now + SECOND)
        assert snapshot_status(call)["lastStatus"] == expected
        assert snapshot_status(call).get("lastErrorCode") == (code if expected == "FAILURE" else None)

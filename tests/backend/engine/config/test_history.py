"""History files: every six hours, one for each type that changed, and what happens when they cannot be written."""

from __future__ import annotations

import gzip
import json

import pytest

from backend.engine.around import s3
from backend.engine.config import faults, items
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.world.estate import Resource
from backend.model import moment
from backend.model.item import Document
from backend.model.moment import HOUR
from tests.backend.engine.config.channel import content, history_files, history_status, status
from tests.backend.engine.config.conftest import remove, sized_volume
from tests.backend.engine.conftest import ACCOUNT, BUCKET, REGION, START, CallFixture, Messages, PutFixture

FOLDER = f"AWSLogs/{ACCOUNT}/Config/{REGION}"
GONE = (
    "An exception occurred while trying to deliver data to your Amazon S3 bucket. The specified Bucket does not exist."
)


def topic(name: str) -> Resource:
    return Resource(resource_type="AWS::DynamoDB::Table", resource_id=name, region=REGION, name=name)


def delete_bucket(call: CallFixture) -> None:
    for each in call("s3", "ListObjectsV2", Bucket=BUCKET).get("Contents", []):
        call("s3", "DeleteObject", Bucket=BUCKET, Key=each["Key"])
    call("s3", "DeleteBucket", Bucket=BUCKET)


def create_bucket(call: CallFixture) -> None:
    """The bucket again, open to AWS Config."""
    call("s3", "CreateBucket", Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    grant = {
        "Effect": "Allow",
        "Principal": {"Service": "config.amazonaws.com"},
        "Action": ["s3:PutObject", "s3:GetBucketAcl"],
        "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    }
    call("s3", "PutBucketPolicy", Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [grant]}))


@pytest.mark.requirement("HIS-04")
@pytest.mark.requirement("HIS-05")
@pytest.mark.requirement("CHN-02")
def test_six_hours_after_the_start_each_type_has_a_file(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    engine.advance(START + HOUR)
    put(sized_volume(size=8), sized_volume("vol-2", size=8))
    engine.advance(START + 2 * HOUR)
    put(sized_volume(size=16), topic("orders"))
    engine.advance(START + 6 * HOUR - 1)
    assert history_files(call) == []

    engine.advance(START + 6 * HOUR)

    assert history_files(call, "AWS::EC2::Volume") == [
        f"{FOLDER}/2026/3/1/ConfigHistory/{ACCOUNT}_Config_{REGION}_ConfigHistory_AWS::EC2::Volume"
        "_20260301T010000Z_20260301T020000Z_1.json.gz"
    ]
    found = content(ctx, history_files(call, "AWS::EC2::Volume")[0])
    assert list(found) == ["fileVersion", "configurationItems"]
    assert [(each["resourceId"], each["configuration"]["size"]) for each in found["configurationItems"]] == [
        ("vol-1", 8),
        ("vol-2", 8),
        ("vol-1", 16),
    ]
    assert len(history_files(call, "AWS::DynamoDB::Table")) == 1
    types = [key.split("ConfigHistory_")[1].split("_")[0] for key in history_files(call)]
    assert len(types) == len(set(types)), "one file a type, not one a resource"


def test_a_deleted_resource_is_in_the_file_without_a_body(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    put(sized_volume(size=8))
    remove(engine, "AWS::EC2::Volume", "vol-1")
    engine.advance(START + 6 * HOUR)

    last = content(ctx, history_files(call, "AWS::EC2::Volume")[0])["configurationItems"][-1]

    assert last["configurationItemStatus"] == "ResourceDeleted"
    assert not {"configuration", "availabilityZone", "resourceCreationTime"} & last.keys()
    assert (last["tags"], last["relationships"]) == ({}, [])


@pytest.mark.requirement("HIS-04")
def test_a_type_without_changes_has_no_file(
    engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    put(sized_volume(size=8), topic("orders"))
    engine.advance(START + 6 * HOUR)
    before = history_files(call)
    put(sized_volume(size=16))

    engine.advance(START + 12 * HOUR)

    (new,) = [key for key in history_files(call) if key not in before]
    assert "ConfigHistory_AWS::EC2::Volume_20260301T060000Z_20260301T060000Z" in new
    engine.advance(START + 24 * HOUR)
    assert len(history_files(call)) == len(before) + 1


@pytest.mark.requirement("ITM-05")
def test_the_same_item_is_in_history_stream_and_snapshot(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, messages: Messages, recording: None
) -> None:
    messages()
    put(sized_volume(size=8))
    ((_, message),) = messages()
    call("config", "DeliverConfigSnapshot", deliveryChannelName="default")
    engine.advance(START + 6 * HOUR)

    keys = [each["Key"] for each in call("s3", "ListObjectsV2", Bucket=BUCKET)["Contents"]]
    (snapshot,) = [key for key in keys if "/ConfigSnapshot/" in key]
    in_snapshot, in_history = (
        next(each for each in content(ctx, key)["configurationItems"] if each["resourceId"] == "vol-1")
        for key in (snapshot, history_files(call, "AWS::EC2::Volume")[0])
    )
    stored = items.latest(ctx, "AWS::EC2::Volume", "vol-1")

    assert in_snapshot == in_history
    assert message["configurationItem"] == stored
    assert message["configurationItem"]["configurationStateId"] == in_history["configurationStateId"]


@pytest.mark.requirement("HIS-08")
def test_the_status_tells_of_the_latest_run(
    engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    assert history_status(call) == {}
    put(sized_volume(size=8))

    engine.advance(START + 6 * HOUR)

    when = moment.to_datetime(START + 6 * HOUR)
    assert history_status(call) == {"lastStatus": "SUCCESS", "lastAttemptTime": when, "lastSuccessfulTime": when}


@pytest.mark.requirement("HIS-09")
@pytest.mark.requirement("CHN-13")
@pytest.mark.requirement("CHN-14")
def test_a_bucket_that_is_gone_fails_history_and_leaves_the_stream(
    engine: Engine, call: CallFixture, put: PutFixture, messages: Messages, recording: None
) -> None:
    put(sized_volume(size=8))
    engine.advance(START + 6 * HOUR)
    delete_bucket(call)
    put(sized_volume(size=16))
    messages()

    engine.advance(START + 12 * HOUR)

    assert history_status(call) == {
        "lastStatus": "FAILURE",
        "lastErrorCode": "NoSuchBucket",
        "lastErrorMessage": GONE,
        "lastAttemptTime": moment.to_datetime(START + 12 * HOUR),
        "lastSuccessfulTime": moment.to_datetime(START + 6 * HOUR),
    }
    assert status(call)["configStreamDeliveryInfo"]["lastStatus"] == "SUCCESS"
    assert status(call)["configSnapshotDeliveryInfo"] == {}
    ((subject, message),) = messages("ConfigurationHistoryDeliveryFailed")
    assert subject == f"[AWS Config:{REGION}] Configuration History Delivery Failed for Account {ACCOUNT}"
    assert message["errorCode"] == "NoSuchBucket"


@pytest.mark.requirement("HIS-10")
def test_the_next_run_after_the_mend_delivers_what_was_missed(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    delete_bucket(call)
    put(sized_volume(size=8))
    engine.advance(START + 6 * HOUR)
    assert history_status(call)["lastStatus"] == "FAILURE"

    create_bucket(call)
    put(sized_volume(size=16))
    engine.advance(START + 12 * HOUR)

    when = moment.to_datetime(START + 12 * HOUR)
    assert history_status(call) == {"lastStatus": "SUCCESS", "lastAttemptTime": when, "lastSuccessfulTime": when}
    (key,) = history_files(call, "AWS::EC2::Volume")
    sizes = [each["configuration"]["size"] for each in content(ctx, key)["configurationItems"]]
    assert sizes == [8, 16]


@pytest.mark.requirement("PRM-04")
def test_a_missing_grant_fails_history(engine: Engine, call: CallFixture, put: PutFixture, recording: None) -> None:
    call("s3", "DeleteBucketPolicy", Bucket=BUCKET)
    engine.advance(START + 6 * HOUR)

    assert (history_status(call)["lastStatus"], history_status(call)["lastErrorCode"]) == ("FAILURE", "AccessDenied")


@pytest.mark.requirement("HIS-07")
@pytest.mark.requirement("STR-02")
def test_each_file_is_told_of(engine: Engine, call: CallFixture, messages: Messages, recording: None) -> None:
    messages()
    engine.advance(START + 6 * HOUR)

    told = messages("ConfigurationHistoryDeliveryCompleted")

    assert {message["s3ObjectKey"] for _, message in told} == set(history_files(call))
    subject, message = told[0]
    assert subject == f"[AWS Config:{REGION}] Configuration History Delivery Completed for Account {ACCOUNT}"
    assert set(message) == {"s3ObjectKey", "s3Bucket", "notificationCreationTime", "messageType", "recordVersion"}
    assert (message["s3Bucket"], message["recordVersion"]) == (BUCKET, "1.1")


def test_while_the_recorder_is_off_nothing_is_delivered(
    engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    put(sized_volume(size=8))
    call("config", "StopConfigurationRecorder", ConfigurationRecorderName="default")
    engine.advance(START + 13 * HOUR)
    assert history_files(call) == [] and history_status(call) == {}

    call("config", "StartConfigurationRecorder", ConfigurationRecorderName="default")
    engine.advance(START + 18 * HOUR)
    assert len(history_files(call, "AWS::EC2::Volume")) == 1, "the rhythm went on, and nothing is lost"


@pytest.mark.requirement("CHN-18")
def test_history_and_snapshots_share_the_bucket(engine: Engine, call: CallFixture, recording: None) -> None:
    call("config", "DeliverConfigSnapshot", deliveryChannelName="default")
    engine.advance(START + 6 * HOUR)

    keys = [each["Key"] for each in call("s3", "ListObjectsV2", Bucket=BUCKET)["Contents"]]

    assert any(f"{FOLDER}/2026/3/1/ConfigSnapshot/" in key for key in keys)
    assert any(f"{FOLDER}/2026/3/1/ConfigHistory/" in key for key in keys)


def test_what_was_written_before_a_failure_is_not_written_again(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    put(sized_volume(size=8), topic("orders"))
    closed = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*ConfigHistory_AWS::EC2::Volume*",
    }
    call("s3", "PutBucketPolicy", Bucket=BUCKET, Policy=bucket_policy(closed))
    engine.advance(START + 6 * HOUR)
    assert (history_status(call)["lastStatus"], history_status(call)["lastErrorCode"]) == ("FAILURE", "AccessDenied")
    assert (len(history_files(call, "AWS::DynamoDB::Table")), history_files(call, "AWS::EC2::Volume")) == (1, [])
    written = history_files(call)

    call("s3", "PutBucketPolicy", Bucket=BUCKET, Policy=bucket_policy())
    put(topic("invoices"))
    engine.advance(START + 12 * HOUR)

    assert history_status(call)["lastStatus"] == "SUCCESS"
    new = [key for key in history_files(call) if key not in written]
    items = [each["resourceId"] for key in new for each in content(ctx, key)["configurationItems"]]
    assert "vol-1" in items and "invoices" in items
    assert "orders" not in items
    stored = ctx.store.one("SELECT count(*) AS number FROM items")
    delivered = [each for key in history_files(call) for each in content(ctx, key)["configurationItems"]]
    assert stored is not None and len(delivered) == stored["number"], "every item once"


def bucket_policy(*more: Document) -> str:
    """AWS Config may deliver, but for what else is said."""
    grant = {
        "Effect": "Allow",
        "Principal": {"Service": "config.amazonaws.com"},
        "Action": ["s3:PutObject", "s3:GetBucketAcl"],
        "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [grant, *more]})


def test_a_topic_that_refuses_fails_history_though_the_files_are_there(
    engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    put(sized_volume(size=8))
    engine.act(lambda ctx: faults.inject(ctx, {"name": "topic-denied"}))
    engine.advance(START + 6 * HOUR)

    assert (history_status(call)["lastStatus"], history_status(call)["lastErrorCode"]) == (
        "FAILURE",
        "AuthorizationError",
    )
    assert "lastSuccessfulTime" not in history_status(call)
    assert len(history_files(call, "AWS::EC2::Volume")) == 1

    engine.act(faults.clear)
    put(sized_volume(size=16))
    engine.advance(START + 12 * HOUR)
    assert history_status(call)["lastStatus"] == "SUCCESS"
    assert len(history_files(call, "AWS::EC2::Volume")) == 2


def test_one_message_that_was_refused_is_enough(
    engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    put(sized_volume(size=8), topic("orders"))
    engine.act(lambda ctx: faults.inject(ctx, {"name": "topic-throttled", "times": 1}))
    engine.advance(START + 6 * HOUR)

    assert (history_status(call)["lastStatus"], history_status(call)["lastErrorCode"]) == ("FAILURE", "Throttled")
    assert status(call)["configStreamDeliveryInfo"]["lastStatus"] == "SUCCESS", "the next message got through"


def test_without_a_topic_history_succeeds(engine: Engine, call: CallFixture, put: PutFixture, recording: None) -> None:
    call("config", "PutDeliveryChannel", DeliveryChannel={"name": "default", "s3BucketName": BUCKET})
    put(sized_volume(size=8))
    engine.advance(START + 6 * HOUR)

    assert history_status(call)["lastStatus"] == "SUCCESS"
    assert status(call)["configStreamDeliveryInfo"] == {"lastStatus": "NOT_APPLICABLE"}


def test_month_and_day_have_no_leading_zeros_and_the_file_is_one_line(
    engine: Engine, ctx: Context, call: CallFixture, put: PutFixture, recording: None
) -> None:
    engine.advance(moment.parse("2026-09-08T23:00:00Z"))
    put(sized_volume(size=8))
    engine.advance(moment.parse("2026-09-09T06:00:00Z"))

    (key,) = history_files(call, "AWS::EC2::Volume")

    assert key.startswith(f"{FOLDER}/2026/9/9/ConfigHistory/") and "_20260908T230000Z_" in key
    body = gzip.decompress(s3.get_body(ctx, BUCKET, key))
    assert b"\n" not in body
    head = call("s3", "HeadObject", Bucket=BUCKET, Key=key)
    assert (head["ContentType"], head["ContentEncoding"]) == ("application/json", "gzip")
    assert head["ServerSideEncryption"] == "AES256"

"""Deliveries that are encrypted with a key of KMS, and buckets that keep what they get."""

from __future__ import annotations

import json

import pytest

from backend.engine.engine import Engine
from backend.model.moment import SECOND
from tests.backend.engine.config.channel import (
    CHECK_FILE,
    HOURLY,
    deliver,
    put_channel,
    refusal_of,
    snapshot_status,
    snapshots,
)
from tests.backend.engine.conftest import ACCOUNT, BUCKET, REGION, START, CallFixture


@pytest.fixture
def key(call: CallFixture) -> str:
    arn: str = call("kms", "CreateKey")["KeyMetadata"]["Arn"]
    return arn


def let_config(call: CallFixture, key: str) -> None:
    account = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}
    actions = ["kms:Decrypt", "kms:GenerateDataKey"]
    principal = {"Service": "config.amazonaws.com"}
    service = {"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": key}
    call("kms", "PutKeyPolicy", KeyId=key, Policy=json.dumps({"Statement": [account, service]}))


@pytest.mark.requirement("PRM-05")
def test_a_key_has_to_be_there_and_to_let_the_service_in(call: CallFixture, recorder: None, key: str) -> None:
    assert refusal_of(call, s3KmsKeyArn=f"{key[:-1]}x").code == "InvalidS3KmsKeyArnException"
    refusal = refusal_of(call, s3KmsKeyArn=key)
    assert (refusal.code, key in refusal.message) == ("InsufficientDeliveryPolicyException", True)
    assert "unable to write to bucket" in refusal.message

    let_config(call, key)
    put_channel(call, s3KmsKeyArn=key)
    head = call("s3", "HeadObject", Bucket=BUCKET, Key=CHECK_FILE)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
    assert call("config", "DescribeDeliveryChannels")["DeliveryChannels"] == [HOURLY | {"s3KmsKeyArn": key}]

    call("kms", "DisableKey", KeyId=key)
    assert refusal_of(call, s3KmsKeyArn=key).code == "InsufficientDeliveryPolicyException"


def test_a_key_can_be_named_by_its_alias(call: CallFixture, recorder: None, key: str) -> None:
    let_config(call, key)
    call("kms", "CreateAlias", AliasName="alias/deliveries", TargetKeyId=key)

    assert put_channel(call, s3KmsKeyArn=f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/deliveries") == {}


def test_a_bucket_that_keeps_what_it_gets_is_refused(call: CallFixture, recorder: None) -> None:
    call("s3", "PutBucketVersioning", Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    retention = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    lock = {"ObjectLockEnabled": "Enabled", "Rule": retention}
    call("s3", "PutObjectLockConfiguration", Bucket=BUCKET, ObjectLockConfiguration=lock)

    assert refusal_of(call).code == "InsufficientDeliveryPolicyException"


def key_policy(key: str) -> str:
    """The account, and AWS Config acting for it, may use a key."""
    account = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}
    service = {
        "Effect": "Allow",
        "Principal": {"Service": "config.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": key,
        "Condition": {"StringEquals": {"AWS:SourceAccount": ACCOUNT}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [account, service]})


def test_a_key_encrypts_what_is_delivered_and_can_stop_it(engine: Engine, call: CallFixture, recording: None) -> None:
    key = call("kms", "CreateKey")["KeyMetadata"]["Arn"]
    call("kms", "PutKeyPolicy", KeyId=key, Policy=key_policy(key))
    channel = {"name": "default", "s3BucketName": BUCKET, "s3KmsKeyArn": key}
    call("config", "PutDeliveryChannel", DeliveryChannel=channel)
    deliver(call)
    engine.advance(START + SECOND)
    (name,) = snapshots(call)
    head = call("s3", "HeadObject", Bucket=BUCKET, Key=name)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
    worked = snapshot_status(call)["lastSuccessfulTime"]

    states = []
    for spoil in (
        lambda: call("kms", "DisableKey", KeyId=key),
        lambda: (call("kms", "EnableKey", KeyId=key), call("kms", "PutKeyPolicy", KeyId=key, Policy=account_only())),
        lambda: call("kms", "ScheduleKeyDeletion", KeyId=key),
    ):
        spoil()
        deliver(call)
        engine.advance(engine.now + SECOND)
        states.append(snapshot_status(call))

    assert [each["lastStatus"] for each in states] == ["FAILURE"] * 3
    codes = ["KMS.DisabledException", "AccessDenied", "KMS.KMSInvalidStateException"]
    assert [each["lastErrorCode"] for each in states] == codes
    assert all(key in each["lastErrorMessage"] and each["lastSuccessfulTime"] == worked for each in states)

    call("kms", "CancelKeyDeletion", KeyId=key)
    call("kms", "EnableKey", KeyId=key)
    call("kms", "PutKeyPolicy", KeyId=key, Policy=key_policy(key))
    deliver(call)
    engine.advance(engine.now + SECOND)
    assert snapshot_status(call)["lastStatus"] == "SUCCESS" and "lastErrorCode" not in snapshot_status(call)


def account_only() -> str:
    account = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [account]})


def test_a_bucket_that_encrypts_with_a_key_needs_its_grant_too(
    engine: Engine, call: CallFixture, recording: None
) -> None:
    key = call("kms", "CreateKey")["KeyMetadata"]["Arn"]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    call("s3", "PutBucketEncryption", Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
    deliver(call)
    engine.advance(START + SECOND)
    assert snapshot_status(call)["lastErrorCode"] == "AccessDenied"

    call("kms", "PutKeyPolicy", KeyId=key, Policy=key_policy(key))
    deliver(call)
    engine.advance(engine.now + SECOND)
    (name,) = snapshots(call)
    assert call("s3", "HeadObject", Bucket=BUCKET, Key=name)["SSEKMSKeyId"] == key


def test_a_bucket_that_keeps_everything_cannot_be_delivered_to(
    engine: Engine, call: CallFixture, recording: None
) -> None:
    call("s3", "PutBucketVersioning", Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    retention = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    lock = {"ObjectLockEnabled": "Enabled", "Rule": retention}
    call("s3", "PutObjectLockConfiguration", Bucket=BUCKET, ObjectLockConfiguration=lock)
    deliver(call)
    engine.advance(START + SECOND)

    assert (snapshot_status(call)["lastStatus"], snapshot_status(call)["lastErrorCode"]) == (
        "FAILURE",
        "InvalidRequest",
    )

"""Keys: whom their policies let, and what becomes of those that are switched off or deleted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backend.engine.around import kms_keys, sns
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.model.moment import DAY
from tests.backend.engine.around.conftest import Act, Refused
from tests.backend.engine.conftest import ACCOUNT, REGION, CallFixture

CONFIG = "config.amazonaws.com"


@pytest.fixture
def key(call: CallFixture) -> str:
    """The ARN of a key that lets its account do everything, and nobody else anything."""
    tags = [{"TagKey": "team", "TagValue": "audit"}]
    arn: str = call("kms", "CreateKey", Description="for files", Tags=tags)["KeyMetadata"]["Arn"]
    return arn


def policy_for(service: str, *actions: str, **condition: Any) -> str:
    """The account's own statement, and one for a service."""
    account = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}
    given = {"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [account, {**given, "Condition": condition}]})


def test_a_key_is_a_resource_and_answers_by_all_its_names(engine: Engine, call: CallFixture, key: str) -> None:
    key_id = key.rsplit("/", 1)[1]
    call("kms", "CreateAlias", AliasName="alias/files", TargetKeyId=key)
    by_alias = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/files"

    for name in (key, key_id, "alias/files", by_alias):
        found = call("kms", "DescribeKey", KeyId=name)["KeyMetadata"]
        assert (found["KeyId"], found["KeyState"], found["Description"]) == (key_id, "Enabled", "for files")
    assert call("kms", "ListKeys")["Keys"] == [{"KeyId": key_id, "KeyArn": key}]
    aliases = [{"AliasName": "alias/files", "AliasArn": by_alias, "TargetKeyId": key_id}]
    assert call("kms", "ListAliases", KeyId=key)["Aliases"] == aliases
    found = kms_keys.look(engine.context(), key)
    assert found is not None and found.tags == {"team": "audit"}


@pytest.mark.parametrize("named", ["none", "alias/none", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/none"])
def test_a_key_that_is_not_there(refused: Refused, key: str, named: str) -> None:
    refusal = refused("kms", "DescribeKey", KeyId=named)

    assert refusal.code == "NotFoundException"
    assert named.rpartition(":")[2].removeprefix("key/") in refusal.message


def test_a_key_gives_nobody_what_its_policy_does_not(
    engine: Engine, call: CallFixture, refused: Refused, key: str
) -> None:
    ctx = engine.context()
    assert kms_keys.refusal(ctx, key, f"arn:aws:iam::{ACCOUNT}:user/ana", kms_keys.GENERATE) is None
    refusal = kms_keys.refusal(ctx, key, CONFIG, kms_keys.GENERATE)
    assert refusal is not None and refusal.code == "AccessDeniedException"
    assert f"{CONFIG} is not authorized to perform: kms:GenerateDataKey on resource: {key}" in refusal.message

    here = {"AWS:SourceAccount": ACCOUNT, "AWS:SourceArn": f"arn:aws:config:{REGION}:{ACCOUNT}:*"}
    text = policy_for(CONFIG, "kms:GenerateDataKey*", "kms:Decrypt", StringLike=here)
    call("kms", "PutKeyPolicy", KeyId=key, Policy=text)
    assert kms_keys.refusal(ctx, key, CONFIG, kms_keys.GENERATE, kms_keys.DECRYPT) is None
    assert call("kms", "GetKeyPolicy", KeyId=key)["Policy"] == text

    text = policy_for(CONFIG, "kms:GenerateDataKey", StringEquals={"aws:SourceAccount": "1" * 12})
    call("kms", "PutKeyPolicy", KeyId=key, Policy=text)
    assert kms_keys.refusal(ctx, key, CONFIG, kms_keys.GENERATE) is not None
    assert refused("kms", "PutKeyPolicy", KeyId=key, Policy="{").code == "MalformedPolicyDocumentException"


def test_a_key_can_be_switched_off_and_on(call: CallFixture, refused: Refused, key: str) -> None:
    call("kms", "DisableKey", KeyId=key)
    refusal = refused("kms", "GenerateDataKey", KeyId=key, KeySpec="AES_256")
    assert (refusal.code, refusal.message) == ("DisabledException", f"{key} is disabled.")

    call("kms", "EnableKey", KeyId=key)
    assert call("kms", "GenerateDataKey", KeyId=key, KeySpec="AES_256")["KeyId"] == key


def test_a_key_waits_before_it_goes(engine: Engine, call: CallFixture, refused: Refused, key: str) -> None:
    call("kms", "CreateAlias", AliasName="alias/files", TargetKeyId=key)
    answer = call("kms", "ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)
    assert answer["KeyState"] == "PendingDeletion"
    refusal = refused("kms", "GenerateDataKey", KeyId=key)
    assert (refusal.code, refusal.message) == ("KMSInvalidStateException", f"{key} is pending deletion.")
    assert refused("kms", "EnableKey", KeyId=key).code == "KMSInvalidStateException"

    call("kms", "CancelKeyDeletion", KeyId=key)
    engine.advance(engine.now + 8 * DAY)
    assert call("kms", "DescribeKey", KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"

    call("kms", "ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)
    engine.advance(engine.now + 7 * DAY)
    assert refused("kms", "DescribeKey", KeyId=key).code == "NotFoundException"
    assert call("kms", "ListAliases")["Aliases"] == []


def test_what_a_key_wrapped_it_unwraps(call: CallFixture, refused: Refused, key: str) -> None:
    made = call("kms", "GenerateDataKey", KeyId=key, NumberOfBytes=48)
    assert len(made["Plaintext"]) == 48

    answer = call("kms", "Decrypt", CiphertextBlob=made["CiphertextBlob"])

    assert (answer["Plaintext"], answer["KeyId"]) == (made["Plaintext"], key)
    assert refused("kms", "Decrypt", CiphertextBlob=b"nothing of ours").code == "InvalidCiphertextException"


def test_the_trail_does_not_repeat_what_is_secret(engine: Engine, call: CallFixture, key: str) -> None:
    call("kms", "GenerateDataKey", KeyId=key, NumberOfBytes=48)
    names = [{"AttributeKey": "EventName", "AttributeValue": "GenerateDataKey"}]

    (event,) = call("cloudtrail", "LookupEvents", LookupAttributes=names)["Events"]

    assert set(json.loads(event["CloudTrailEvent"])["responseElements"]) == {"keyId"}


def test_objects_are_encrypted_as_asked_or_as_the_bucket_does_it(
    call: CallFixture, refused: Refused, bucket: str, key: str
) -> None:
    plain = call("s3", "PutObject", Bucket=bucket, Key="plain", Body=b"x")
    assert plain["ServerSideEncryption"] == "AES256"
    asked = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    assert call("s3", "PutObject", Bucket=bucket, Key="asked", Body=b"x", **asked).items() >= asked.items()

    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    call("s3", "PutBucketEncryption", Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    call("s3", "PutObject", Bucket=bucket, Key="by-default", Body=b"x")
    assert call("s3", "HeadObject", Bucket=bucket, Key="by-default").items() >= asked.items()
    assert call("s3", "HeadObject", Bucket=bucket, Key="plain")["ServerSideEncryption"] == "AES256"

    call("kms", "DisableKey", KeyId=key)
    for name in ("asked", "by-default"):
        refusal = refused("s3", "GetObject", Bucket=bucket, Key=name)
        assert (refusal.code, refusal.message) == ("KMS.DisabledException", f"{key} is disabled.")
        assert call("s3", "HeadObject", Bucket=bucket, Key=name)["ContentLength"] == 1
    assert refused("s3", "PutObject", Bucket=bucket, Key="new", Body=b"x").code == "KMS.DisabledException"
    assert call("s3", "GetObject", Bucket=bucket, Key="plain")["Body"] == b"x"


@pytest.mark.parametrize("named", ["alias/aws/sns", "own"])
def test_an_encrypted_topic_takes_from_a_service_what_its_key_lets_it(
    act: Act, call: CallFixture, key: str, named: str
) -> None:
    topic = call("sns", "CreateTopic", Name="news")["TopicArn"]
    allow = {"Effect": "Allow", "Principal": {"Service": CONFIG}, "Action": "SNS:Publish", "Resource": topic}
    text = json.dumps({"Statement": allow})
    call("sns", "SetTopicAttributes", TopicArn=topic, AttributeName="Policy", AttributeValue=text)
    own = key if named == "own" else named
    call("sns", "SetTopicAttributes", TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue=own)

    def publish() -> None:
        act(lambda ctx: sns.publish(ctx, topic, "m", principal=CONFIG))

    with pytest.raises(ServiceError, match="KMSAccessDenied"):
        publish()
    call("sns", "Publish", TopicArn=topic, Message="the account's own people may")
    if named == "own":
        call("kms", "PutKeyPolicy", KeyId=key, Policy=policy_for(CONFIG, "kms:GenerateDataKey*", "kms:Decrypt"))
        publish()
        call("kms", "DisableKey", KeyId=key)
        with pytest.raises(ServiceError, match="KMSDisabled"):
            publish()

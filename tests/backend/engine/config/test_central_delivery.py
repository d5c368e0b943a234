"""A channel whose bucket, topic or key is in another account: the account that keeps the logs of all."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.world import estate
from backend.engine.world.estate import GLOBAL, Resource
from backend.model.item import Document
from backend.model.moment import HOUR, SECOND
from tests.backend.engine.conftest import REGION, START, As

BUCKET = "logs-of-everybody"


@pytest.fixture
def accounts() -> int:
    """The main one keeps the logs, the other one records."""
    return 2


@pytest.fixture
def keeper(engine: Engine) -> str:
    return engine.accounts.ids[0]


@pytest.fixture
def member(engine: Engine) -> str:
    return engine.accounts.ids[1]


def policy(*statements: Document) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal: Document, action: Any, resource: Any, **condition: Any) -> Document:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


CONFIG = {"Service": "config.amazonaws.com"}


@pytest.fixture
def bucket(by: As, keeper: str, member: str) -> str:
    """A bucket of the keeper into which AWS Config may deliver for the member."""
    by(keeper, "s3", "CreateBucket", Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    place = f"arn:aws:s3:::{BUCKET}/AWSLogs/{member}/Config/*"
    source = {"AWS:SourceAccount": member}
    text = policy(
        allow(CONFIG, ["s3:GetBucketAcl", "s3:ListBucket"], f"arn:aws:s3:::{BUCKET}", StringEquals=source),
        allow(CONFIG, "s3:PutObject", place, StringEquals={**source, "s3:x-amz-acl": "bucket-owner-full-control"}),
    )
    by(keeper, "s3", "PutBucketPolicy", Bucket=BUCKET, Policy=text)
    return BUCKET


def recorder(by: As, account: str, role: str = "") -> None:
    linked = "aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    settings = {
        "name": "default",
        "roleARN": f"arn:aws:iam::{account}:role/{role or linked}",
        "recordingGroup": {"allSupported": True},
    }
    by(account, "config", "PutConfigurationRecorder", ConfigurationRecorder=settings)


def channel(by: As, account: str, **members: str) -> None:
    asked = {"name": "default", "s3BucketName": BUCKET, **members}
    by(account, "config", "PutDeliveryChannel", DeliveryChannel=asked)


def refusal(by: As, account: str, **members: str) -> ServiceError:
    with pytest.raises(ServiceError) as refused:
        channel(by, account, **members)
    return refused.value


@pytest.mark.requirement("CHN-01")
@pytest.mark.requirement("PRM-04")
def test_files_of_a_member_lie_in_the_bucket_of_the_keeper(
    engine: Engine, by: As, bucket: str, keeper: str, member: str
) -> None:
    recorder(by, member)
    channel(by, member)
    by(member, "config", "StartConfigurationRecorder", ConfigurationRecorderName="default")
    by(member, "config", "DeliverConfigSnapshot", deliveryChannelName="default")
    engine.advance(START + 6 * HOUR)

    (status,) = by(member, "config", "DescribeDeliveryChannelStatus")["DeliveryChannelsStatus"]
    assert status["configSnapshotDeliveryInfo"]["lastStatus"] == "SUCCESS"
    assert status["configHistoryDeliveryInfo"]["lastStatus"] == "SUCCESS"
    keys = [each["Key"] for each in by(keeper, "s3", "ListObjectsV2", Bucket=BUCKET)["Contents"]]
    assert all(key.startswith(f"AWSLogs/{member}/Config/") for key in keys)
    (snapshot,) = [key for key in keys if "/ConfigSnapshot/" in key]
    body = by(keeper, "s3", "GetObject", Bucket=BUCKET, Key=snapshot)["Body"]
    found = json.loads(gzip.decompress(body))["configurationItems"]
    assert {each["awsAccountId"] for each in found} == {member}
    assert any("/ConfigHistory/" in key for key in keys)


def test_a_bucket_lets_in_the_accounts_it_names(by: As, bucket: str, keeper: str, member: str) -> None:
    recorder(by, keeper)

    assert refusal(by, keeper).code == "InsufficientDeliveryPolicyException"


def test_a_role_needs_the_word_of_the_other_account(
    engine: Engine, by: As, bucket: str, keeper: str, member: str
) -> None:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    inline = {"policyName": "all", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    role = f"arn:aws:iam::{member}:role/recording"
    made = Resource(
        resource_type="AWS::IAM::Role",
        resource_id="AROA1",
        region=GLOBAL,
        name="recording",
        arn=role,
        configuration={"rolePolicyList": [inline], "attachedManagedPolicies": []},
    )
    engine.act(lambda ctx: estate.put(ctx, made), account=member)
    recorder(by, member, "recording")
    by(keeper, "s3", "DeleteBucketPolicy", Bucket=BUCKET)
    assert refusal(by, member).code == "InsufficientDeliveryPolicyException"

    place = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    text = policy(allow({"AWS": role}, ["s3:PutObject", "s3:GetBucketAcl"], place))
    by(keeper, "s3", "PutBucketPolicy", Bucket=BUCKET, Policy=text)
    channel(by, member)


def test_a_topic_of_the_keeper_takes_the_stream_of_a_member(
    engine: Engine, by: As, bucket: str, keeper: str, member: str
) -> None:
    topic = by(keeper, "sns", "CreateTopic", Name="stream")["TopicArn"]
    queue = f"arn:aws:sqs:{REGION}:{keeper}:inbox"
    open_queue = policy(allow({"Service": "sns.amazonaws.com"}, "sqs:SendMessage", queue))
    url = by(keeper, "sqs", "CreateQueue", QueueName="inbox", Attributes={"Policy": open_queue})["QueueUrl"]
    by(keeper, "sns", "Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=queue)
    recorder(by, member)
    channel(by, member, snsTopicARN=topic)
    by(member, "config", "StartConfigurationRecorder", ConfigurationRecorderName="default")

    def stream() -> Document:
        (status,) = by(member, "config", "DescribeDeliveryChannelStatus")["DeliveryChannelsStatus"]
        state: Document = status["configStreamDeliveryInfo"]
        return state

    assert (stream()["lastStatus"], stream()["lastErrorCode"]) == ("FAILURE", "AuthorizationError")

    text = policy(allow(CONFIG, "sns:Publish", topic, StringEquals={"AWS:SourceAccount": member}))
    by(keeper, "sns", "SetTopicAttributes", TopicArn=topic, AttributeName="Policy", AttributeValue=text)
    by(member, "config", "DeliverConfigSnapshot", deliveryChannelName="default")

    assert stream()["lastStatus"] == "SUCCESS"
    (message,) = by(keeper, "sqs", "ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    envelope = json.loads(message["Body"])
    assert envelope["Subject"].endswith(f"Configuration Snapshot Delivery Started for Account {member}")


def test_a_topic_that_no_account_has_is_refused(by: As, bucket: str, keeper: str, member: str) -> None:
    recorder(by, member)

    for account in (keeper, "999988887777"):
        topic = f"arn:aws:sns:{REGION}:{account}:nowhere"
        assert refusal(by, member, snsTopicARN=topic).code == "InvalidSNSTopicARNException"


def test_a_key_of_the_keeper_encrypts_for_a_member(
    engine: Engine, by: As, bucket: str, keeper: str, member: str
) -> None:
    key = by(keeper, "kms", "CreateKey")["KeyMetadata"]["Arn"]
    recorder(by, member)
    assert refusal(by, member, s3KmsKeyArn=key).code == "InsufficientDeliveryPolicyException"

    text = policy(
        allow({"AWS": keeper}, "kms:*", "*"),
        allow(CONFIG, ["kms:GenerateDataKey", "kms:Decrypt"], "*", StringEquals={"aws:SourceAccount": member}),
    )
    by(keeper, "kms", "PutKeyPolicy", KeyId=key, Policy=text)
    channel(by, member, s3KmsKeyArn=key)
    by(member, "config", "StartConfigurationRecorder", ConfigurationRecorderName="default")
    by(member, "config", "DeliverConfigSnapshot", deliveryChannelName="default")
    engine.advance(START + SECOND)

    keys = [each["Key"] for each in by(keeper, "s3", "ListObjectsV2", Bucket=BUCKET)["Contents"]]
    for each in keys:
        assert by(keeper, "s3", "HeadObject", Bucket=BUCKET, Key=each)["SSEKMSKeyId"] == key

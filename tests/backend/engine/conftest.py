"""An empty local AWS for the tests of the engine, and short ways to speak with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest

from backend.engine.context import Call, Caller, Context
from backend.engine.engine import Engine, WorldOptions
from backend.engine.parts import local_aws
from backend.engine.world import estate
from backend.engine.world.estate import Resource
from backend.model import moment
from backend.model.item import Document
from backend.model.moment import Moment

START: Moment = moment.parse("2026-03-01T00:00:00Z")
REGION = "ap-southeast-1"
ACCOUNT = "696686700433"
BUCKET = "config-bucket-sgp"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:awsconfig-lab"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"


CallFixture: TypeAlias = Callable[..., Document]
As: TypeAlias = Callable[..., Document]
PutFixture: TypeAlias = Callable[..., None]
Messages: TypeAlias = Callable[..., list[tuple[str, Document]]]


@pytest.fixture
def accounts() -> int:
    """How many accounts the world has; a module or a test that needs several has its own."""
    return 1


@pytest.fixture
def engine(accounts: int) -> Iterator[Engine]:
    """Empty accounts in memory, usually one, at the first of March 2026."""
    engine = Engine(None, WorldOptions(start=START, resources=0, accounts=accounts), local_aws())
    yield engine
    engine.close()


@pytest.fixture
def ctx(engine: Engine) -> Context:
    """The home region as the engine's own functions see it; good for reading."""
    return engine.context()


@pytest.fixture
def call(engine: Engine) -> CallFixture:
    """Call an operation by its name in the service model: `call("config", "DeliverConfigSnapshot", region=…, …)`."""

    def call(service: str, operation: str, *, region: str = REGION, **params: Any) -> Document:
        return engine.call(Call(service, operation, params, region, Caller()))

    return call


@pytest.fixture
def by(engine: Engine) -> As:
    """Call an operation with an access key: `by(account, "s3", "PutObject", …)`."""

    def by(key: str, service: str, operation: str, **params: Any) -> Document:
        return engine.call(Call(service, operation, params, REGION, Caller(access_key=key)))

    return by


@pytest.fixture
def put(engine: Engine) -> PutFixture:
    """Put resources into the estate, as somebody who changes the account would: `put(instance, volume)`."""

    def put(*resources: Resource) -> None:
        def change(ctx: Context) -> None:
            for resource in resources:
                estate.put(ctx, resource)

        engine.act(change)

    return put


def bucket_policy(bucket: str = BUCKET) -> str:
    """The policy that lets AWS Config deliver into a bucket."""
    principal = {"Service": "config.amazonaws.com"}
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": principal,
                    "Action": ["s3:GetBucketAcl", "s3:ListBucket"],
                    "Resource": f"arn:aws:s3:::{bucket}",
                },
                {
                    "Effect": "Allow",
                    "Principal": principal,
                    "Action": "s3:PutObject",
                    "Resource": f"arn:aws:s3:::{bucket}/*",
                },
            ],
        }
    )


def topic_policy(topic: str = TOPIC) -> str:
    """The policy that lets AWS Config publish to a topic."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "config.amazonaws.com"},
                    "Action": "sns:Publish",
                    "Resource": topic,
                }
            ],
        }
    )


@pytest.fixture
def destination(call: CallFixture) -> None:
    """The bucket and the topic of the lab, both open to AWS Config."""
    location = {"LocationConstraint": REGION}
    call("s3", "CreateBucket", Bucket=BUCKET, CreateBucketConfiguration=location)
    call("s3", "PutBucketPolicy", Bucket=BUCKET, Policy=bucket_policy())
    call("sns", "CreateTopic", Name="awsconfig-lab")
    call("sns", "SetTopicAttributes", TopicArn=TOPIC, AttributeName="Policy", AttributeValue=topic_policy())


@pytest.fixture
def recorder(call: CallFixture, destination: None) -> None:
    """A recorder of everything and a channel without a frequency; recording is off."""
    group = {"allSupported": True, "includeGlobalResourceTypes": True}
    settings = {"name": "default", "roleARN": ROLE, "recordingGroup": group}
    call("config", "PutConfigurationRecorder", ConfigurationRecorder=settings)
    channel = {"name": "default", "s3BucketName": BUCKET, "snsTopicARN": TOPIC}
    call("config", "PutDeliveryChannel", DeliveryChannel=channel)


@pytest.fixture
def recording(call: CallFixture, recorder: None) -> None:
    """As `recorder`, and recording is on."""
    call("config", "StartConfigurationRecorder", ConfigurationRecorderName="default")


@pytest.fixture
def queue(call: CallFixture, destination: None) -> str:
    """The URL of a queue that gets every message of the topic."""
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:stream"
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": TOPIC}},
            }
        ],
    }
    url: str = call("sqs", "CreateQueue", QueueName="stream", Attributes={"Policy": json.dumps(policy)})["QueueUrl"]
    call("sns", "Subscribe", TopicArn=TOPIC, Protocol="sqs", Endpoint=arn)
    return url


@pytest.fixture
def messages(call: CallFixture, queue: str) -> Messages:
    """Everything that came to the queue since last asked, or what has one message type: (subject, message) pairs."""

    def messages(message_type: str | None = None) -> list[tuple[str, Document]]:
        found = []
        while batch := call("sqs", "ReceiveMessage", QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for each in batch:
                envelope = json.loads(each["Body"])
                found.append((envelope["Subject"], json.loads(envelope["Message"])))
                call("sqs", "DeleteMessage", QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
        return [pair for pair in found if message_type in (None, pair[1]["messageType"])]

    return messages

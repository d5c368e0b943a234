"""What one account does in another of the same world: what a policy there lets it, and nothing else."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from backend.engine.around import identity, sqs
from backend.engine.context import Caller, Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.world import estate
from backend.engine.world.estate import GLOBAL, Resource
from backend.model.item import Document
from tests.backend.engine.conftest import REGION, As

BUCKET = "central-logs-of-everybody"


@pytest.fixture
def accounts() -> int:
    return 2


@pytest.fixture
def main(engine: Engine) -> str:
    return engine.accounts.ids[0]


@pytest.fixture
def other(engine: Engine) -> str:
    return engine.accounts.ids[1]


@pytest.fixture
def refused(by: As) -> Callable[..., str]:
    """The code of the refusal of a call."""

    def refused(key: str, service: str, operation: str, **params: Any) -> str:
        with pytest.raises(ServiceError) as refusal:
            by(key, service, operation, **params)
        return refusal.value.code

    return refused


def policy(principal: Any, actions: Any, resource: Any, **condition: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": resource}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def bucket(by: As, main: str) -> str:
    by(main, "s3", "CreateBucket", Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return BUCKET


@pytest.mark.usefixtures("bucket")
def test_bucket_names_belong_to_all_accounts_together(
    by: As, refused: Callable[..., str], main: str, other: str
) -> None:
    place = {"LocationConstraint": REGION}
    assert refused(other, "s3", "CreateBucket", Bucket=BUCKET, CreateBucketConfiguration=place) == "BucketAlreadyExists"
    assert (
        refused(main, "s3", "CreateBucket", Bucket=BUCKET, CreateBucketConfiguration=place) == "BucketAlreadyOwnedByYou"
    )
    assert by(other, "s3", "ListBuckets")["Buckets"] == []


@pytest.mark.usefixtures("bucket")
def test_a_bucket_of_another_account_is_closed_unless_its_policy_opens_it(
    by: As, refused: Callable[..., str], main: str, other: str, engine: Engine
) -> None:
    assert refused(other, "s3", "PutObject", Bucket=BUCKET, Key="a", Body=b"x") == "AccessDenied"
    assert refused(other, "s3", "GetBucketPolicy", Bucket=BUCKET) == "AccessDenied"
    text = policy({"AWS": f"arn:aws:iam::{other}:root"}, "s3:PutObject", f"arn:aws:s3:::{BUCKET}/*")
    by(main, "s3", "PutBucketPolicy", Bucket=BUCKET, Policy=text)
    by(other, "s3", "PutObject", Bucket=BUCKET, Key="logs/a", Body=b"from the other")
    assert refused(other, "s3", "GetObject", Bucket=BUCKET, Key="logs/a") == "AccessDenied"
    assert by(main, "s3", "GetObject", Bucket=BUCKET, Key="logs/a")["Body"] == b"from the other"
    # The file lies with the owner of the bucket.
    assert (engine.accounts[main].store.folder / "buckets" / BUCKET / "logs" / "a").read_bytes() == b"from the other"


@pytest.mark.usefixtures("bucket")
def test_an_object_is_copied_from_one_account_to_another(
    by: As, refused: Callable[..., str], main: str, other: str
) -> None:
    by(main, "s3", "PutObject", Bucket=BUCKET, Key="a", Body=b"x")
    by(other, "s3", "CreateBucket", Bucket="own-bucket", CreateBucketConfiguration={"LocationConstraint": REGION})
    copy = {"Bucket": "own-bucket", "Key": "b", "CopySource": f"{BUCKET}/a"}
    assert refused(other, "s3", "CopyObject", **copy) == "AccessDenied"
    text = policy({"AWS": other}, "s3:GetObject", f"arn:aws:s3:::{BUCKET}/*")
    by(main, "s3", "PutBucketPolicy", Bucket=BUCKET, Policy=text)
    by(other, "s3", "CopyObject", **copy)
    assert by(other, "s3", "GetObject", Bucket="own-bucket", Key="b")["Body"] == b"x"


def topic_of(by: As, account: str) -> str:
    arn: str = by(account, "sns", "CreateTopic", Name="stream")["TopicArn"]
    return arn


def test_a_topic_of_another_account_is_closed_unless_its_policy_opens_it(
    by: As, refused: Callable[..., str], main: str, other: str
) -> None:
    topic = topic_of(by, main)
    assert refused(other, "sns", "Publish", TopicArn=topic, Message="x") == "AuthorizationError"
    assert refused(other, "sns", "TagResource", ResourceArn=topic, Tags=[]) == "ResourceNotFound"
    text = policy({"AWS": other}, ["SNS:Publish", "SNS:GetTopicAttributes"], topic)
    by(main, "sns", "SetTopicAttributes", TopicArn=topic, AttributeName="Policy", AttributeValue=text)
    assert by(other, "sns", "Publish", TopicArn=topic, Message="x")["MessageId"]
    assert by(other, "sns", "GetTopicAttributes", TopicArn=topic)["Attributes"]["Owner"] == main
    assert refused(other, "sns", "DeleteTopic", TopicArn=topic) == "AuthorizationError"


def queue_of(by: As, account: str, topic: str = "") -> tuple[str, str]:
    """URL and ARN of a queue, open to a topic if one is given."""
    url: str = by(account, "sqs", "CreateQueue", QueueName="inbox")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{account}:inbox"
    if topic:
        condition = {"ArnEquals": {"aws:SourceArn": topic}}
        text = policy({"Service": "sns.amazonaws.com"}, "sqs:SendMessage", arn, **condition)
        by(account, "sqs", "SetQueueAttributes", QueueUrl=url, Attributes={"Policy": text})
    return url, arn


def received(by: As, account: str, url: str) -> list[Document]:
    messages = by(account, "sqs", "ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]


@pytest.mark.requirement("SQS-05")
def test_a_queue_policy_grants_to_the_accounts_it_names(
    by: As, refused: Callable[..., str], main: str, other: str
) -> None:
    url, arn = queue_of(by, main)
    assert refused(other, "sqs", "SendMessage", QueueUrl=url, MessageBody="x") == "AccessDenied"
    text = policy({"AWS": [main, other]}, "sqs:SendMessage", arn)
    by(main, "sqs", "SetQueueAttributes", QueueUrl=url, Attributes={"Policy": text})
    by(other, "sqs", "SendMessage", QueueUrl=url, MessageBody="granted")
    assert refused(other, "sqs", "ReceiveMessage", QueueUrl=url) == "AccessDenied"
    assert refused(other, "sqs", "TagQueue", QueueUrl=url, Tags={"a": "b"}) == "AccessDenied"
    assert by(main, "sqs", "ReceiveMessage", QueueUrl=url)["Messages"][0]["Body"] == "granted"


def test_a_policy_can_speak_of_the_organization(
    engine: Engine, by: As, refused: Callable[..., str], main: str, other: str
) -> None:
    organization = engine.accounts.organization
    url, arn = queue_of(by, main)
    for key, let_in in (("aws:SourceOrgID", False), ("aws:PrincipalOrgID", True)):
        text = policy("*", "sqs:SendMessage", arn, StringEquals={key: organization})
        by(main, "sqs", "SetQueueAttributes", QueueUrl=url, Attributes={"Policy": text})
        if let_in:
            assert by(other, "sqs", "SendMessage", QueueUrl=url, MessageBody="x")
        else:
            assert refused(other, "sqs", "SendMessage", QueueUrl=url, MessageBody="x") == "AccessDenied"
    assert len(by(main, "sqs", "ReceiveMessage", QueueUrl=url)["Messages"]) == 1  # hidden from now on
    topic = topic_of(by, other)
    for key, arrived in (("aws:PrincipalOrgID", 0), ("aws:SourceOrgID", 1)):
        text = policy({"Service": "sns.amazonaws.com"}, "sqs:SendMessage", arn, StringEquals={key: organization})
        by(main, "sqs", "SetQueueAttributes", QueueUrl=url, Attributes={"Policy": text})
        engine.act(lambda ctx: deliver_to(ctx, arn, topic), account=other)
        assert len(by(main, "sqs", "ReceiveMessage", QueueUrl=url).get("Messages", [])) == arrived


def deliver_to(ctx: Context, queue: str, topic: str) -> None:
    """As SNS delivers for a topic; a refusal is no matter."""
    with contextlib.suppress(ServiceError):
        sqs.deliver(ctx, queue, "{}", principal="sns.amazonaws.com", source_arn=topic)


def test_the_url_of_a_queue_is_told_to_whom_its_policy_lets_in(
    by: As, refused: Callable[..., str], main: str, other: str
) -> None:
    url, arn = queue_of(by, main)
    asked = {"QueueName": "inbox", "QueueOwnerAWSAccountId": main}
    assert refused(other, "sqs", "GetQueueUrl", **asked) == "QueueDoesNotExist"
    text = policy({"AWS": other}, "sqs:GetQueueUrl", arn)
    by(main, "sqs", "SetQueueAttributes", QueueUrl=url, Attributes={"Policy": text})
    assert by(other, "sqs", "GetQueueUrl", **asked)["QueueUrl"] == url


@pytest.mark.requirement("SQS-04")
def test_a_queue_gets_what_a_topic_of_another_account_is_told(by: As, main: str, other: str) -> None:
    topic = topic_of(by, main)
    text = policy({"AWS": other}, "SNS:Subscribe", topic)
    by(main, "sns", "SetTopicAttributes", TopicArn=topic, AttributeName="Policy", AttributeValue=text)
    url, arn = queue_of(by, other, topic)
    # Its owner subscribes it: nobody has to be asked.
    made = by(other, "sns", "Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
    by(main, "sns", "Publish", TopicArn=topic, Message="hello")
    assert [message["Message"] for message in received(by, other, url)] == ["hello"]
    listed = by(other, "sns", "ListSubscriptions")["Subscriptions"]
    assert [(entry["SubscriptionArn"], entry["Owner"]) for entry in listed] == [(made, other)]
    assert by(main, "sns", "ListSubscriptions")["Subscriptions"] == []
    by(other, "sns", "Unsubscribe", SubscriptionArn=made)
    by(main, "sns", "Publish", TopicArn=topic, Message="too late")
    assert received(by, other, url) == []


def test_a_queue_of_another_account_is_asked_before_it_is_subscribed(by: As, main: str, other: str) -> None:
    topic = topic_of(by, main)
    url, arn = queue_of(by, other, topic)
    answer = by(main, "sns", "Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=arn)
    assert answer["SubscriptionArn"] == "pending confirmation"
    by(main, "sns", "Publish", TopicArn=topic, Message="not yet")
    (question,) = received(by, other, url)
    assert (question["Type"], question["TopicArn"]) == ("SubscriptionConfirmation", topic)
    by(other, "sns", "ConfirmSubscription", TopicArn=topic, Token=question["Token"])
    by(main, "sns", "Publish", TopicArn=topic, Message="now")
    assert [message["Message"] for message in received(by, other, url)] == ["now"]


def test_nobody_else_ends_a_subscription(by: As, refused: Callable[..., str], main: str, other: str) -> None:
    topic = topic_of(by, main)
    _, arn = queue_of(by, main, topic)
    made = by(main, "sns", "Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
    assert refused(other, "sns", "Unsubscribe", SubscriptionArn=made) == "AuthorizationError"
    assert by(main, "sns", "ListSubscriptions")["Subscriptions"]


def trusting(account: str, trusted: str, **condition: Any) -> Resource:
    """A role that lets an account in."""
    statement: Document = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{trusted}:root"},
        "Action": "sts:AssumeRole",
    }
    if condition:
        statement["Condition"] = condition
    return Resource(
        resource_type="AWS::IAM::Role",
        resource_id="AROAEXAMPLEAUDITAAAAA",
        region=GLOBAL,
        name="audit",
        arn=f"arn:aws:iam::{account}:role/audit",
        configuration={"assumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}},
    )


def test_a_role_of_another_account_is_taken_on_where_it_trusts(
    engine: Engine, by: As, refused: Callable[..., str], main: str, other: str
) -> None:
    wanted = {"RoleArn": f"arn:aws:iam::{other}:role/audit", "RoleSessionName": "ana"}
    assert refused(main, "sts", "AssumeRole", **wanted) == "AccessDenied"
    engine.act(lambda ctx: estate.put(ctx, trusting(other, other)), account=other)
    assert refused(main, "sts", "AssumeRole", **wanted) == "AccessDenied"
    engine.act(lambda ctx: estate.put(ctx, trusting(other, main)), account=other)
    answer = by(main, "sts", "AssumeRole", **wanted)
    session = f"arn:aws:sts::{other}:assumed-role/audit/ana"
    assert answer["AssumedRoleUser"]["Arn"] == session
    key = answer["Credentials"]["AccessKeyId"]
    assert by(key, "sts", "GetCallerIdentity")["Account"] == other
    assert by(key, "sts", "GetCallerIdentity")["Arn"] == session
    # What the session does happens there.
    by(key, "sns", "CreateTopic", Name="made-by-the-session")
    assert by(other, "sns", "ListTopics")["Topics"] and not by(main, "sns", "ListTopics")["Topics"]


def test_a_role_may_ask_for_an_external_id(
    engine: Engine, by: As, refused: Callable[..., str], main: str, other: str
) -> None:
    role = trusting(other, main, StringEquals={"sts:ExternalId": "12345"})
    engine.act(lambda ctx: estate.put(ctx, role), account=other)
    wanted = {"RoleArn": f"arn:aws:iam::{other}:role/audit", "RoleSessionName": "ana"}
    assert refused(main, "sts", "AssumeRole", **wanted) == "AccessDenied"
    assert refused(main, "sts", "AssumeRole", **wanted, ExternalId="1") == "AccessDenied"
    assert by(main, "sts", "AssumeRole", **wanted, ExternalId="12345")


def test_both_accounts_see_who_took_a_role_on(engine: Engine, by: As, main: str, other: str) -> None:
    engine.act(lambda ctx: estate.put(ctx, trusting(other, main)), account=other)
    by(main, "sts", "AssumeRole", RoleArn=f"arn:aws:iam::{other}:role/audit", RoleSessionName="ana")
    found = {}
    for account in (main, other):
        names = [{"AttributeKey": "EventName", "AttributeValue": "AssumeRole"}]
        (event,) = by(account, "cloudtrail", "LookupEvents", LookupAttributes=names)["Events"]
        found[account] = json.loads(event["CloudTrailEvent"])["userIdentity"]
    assert (found[main]["type"], found[main]["accountId"]) == ("Root", main)
    assert found[other] == {"type": "AWSAccount", "principalId": main, "accountId": main}


def test_the_caller_stays_who_it_is_in_another_account(engine: Engine, main: str, other: str) -> None:
    ctx = engine.context(caller=Caller(access_key=other), account=other)
    assert identity.principal(ctx.in_account(main)) == identity.principal(ctx)

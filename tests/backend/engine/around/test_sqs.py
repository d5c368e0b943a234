"""Queues: what a consumer of the stream sees, on the engine's clock."""

from __future__ import annotations

import hashlib
import json

import pytest

from backend.engine.around import sqs
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.world import estate
from backend.model.item import Document
from backend.model.moment import DAY, MINUTE, SECOND
from tests.backend.engine.around.conftest import NEWS, Act, Refused
from tests.backend.engine.conftest import ACCOUNT, REGION, CallFixture

ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"


@pytest.fixture
def orders(call: CallFixture) -> str:
    """The URL of a queue named `orders`."""
    url: str = call("sqs", "CreateQueue", QueueName="orders", tags={"team": "audit"})["QueueUrl"]
    return url


def bodies(call: CallFixture, url: str, **params: object) -> list[str]:
    found = call("sqs", "ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10, **params)
    return [message["Body"] for message in found.get("Messages", [])]


def sns_policy(resource: str = ARN, source: str = NEWS) -> str:
    statement = {
        "Sid": "rule1",
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "SQS:SendMessage",
        "Resource": resource,
        "Condition": {"StringEquals": {"aws:SourceArn": source}},
    }
    return json.dumps({"Version": "2012-10-17", "Id": "SNStoSQS", "Statement": statement})


def test_a_queue_is_a_resource_with_the_members_of_real_items(engine: Engine, orders: str) -> None:
    assert orders == f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/orders"
    found = estate.get(engine.context(), "AWS::SQS::Queue", orders)
    assert found is not None
    assert (found.name, found.arn, found.zone, found.tags) == ("orders", ARN, "Not Applicable", {"team": "audit"})
    assert found.supplementary == {"Tags": {"team": "audit"}}
    assert found.configuration == {
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
        "DelaySeconds": "0",
        "MessageRetentionPeriod": "345600",
        "MaximumMessageSize": "1048576",
        "VisibilityTimeout": "30",
        "CreatedTimestamp": "1772323200",
        "LastModifiedTimestamp": "1772323200",
        "QueueArn": ARN,
    }


def test_a_message_is_received_with_its_digests_and_then_deleted(call: CallFixture, orders: str) -> None:
    attributes = {
        "kind": {"DataType": "String", "StringValue": "notice"},
        "blob": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
    }
    sent = call("sqs", "SendMessage", QueueUrl=orders, MessageBody="héllo", MessageAttributes=attributes)
    assert sent["MD5OfMessageBody"] == hashlib.md5("héllo".encode()).hexdigest()
    # The digest that an implementation nobody here wrote (moto) gives for these two attributes.
    assert sent["MD5OfMessageAttributes"] == "f6dba40a555eaf9614545779ca7f2544"
    got = call(
        "sqs",
        "ReceiveMessage",
        QueueUrl=orders,
        MessageSystemAttributeNames=["All"],
        MessageAttributeNames=["All"],
    )["Messages"][0]
    assert (got["MessageId"], got["Body"]) == (sent["MessageId"], "héllo")
    assert got["MessageAttributes"] == attributes
    assert got["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert got["Attributes"]["ApproximateReceiveCount"] == "1"
    assert got["Attributes"]["SentTimestamp"] == "1772323200000"
    call("sqs", "DeleteMessage", QueueUrl=orders, ReceiptHandle=got["ReceiptHandle"])
    call("sqs", "DeleteMessage", QueueUrl=orders, ReceiptHandle=got["ReceiptHandle"])
    assert bodies(call, orders, VisibilityTimeout=0) == []


def test_only_the_attributes_asked_for_come_along(call: CallFixture, orders: str) -> None:
    attributes = {name: {"DataType": "String", "StringValue": "x"} for name in ("trace.a", "trace.b", "other")}
    call("sqs", "SendMessage", QueueUrl=orders, MessageBody="m", MessageAttributes=attributes)

    def asked(*names: str) -> set[str]:
        got = call("sqs", "ReceiveMessage", QueueUrl=orders, VisibilityTimeout=0, MessageAttributeNames=list(names))
        return set(got["Messages"][0].get("MessageAttributes", {}))

    assert asked() == set()
    assert asked("other") == {"other"}
    assert asked("trace.*") == {"trace.a", "trace.b"}


def test_a_received_message_is_hidden_for_the_visibility_timeout(
    engine: Engine, call: CallFixture, orders: str
) -> None:
    for body in ("first", "second"):
        call("sqs", "SendMessage", QueueUrl=orders, MessageBody=body)
    assert bodies(call, orders) == ["first", "second"]
    assert call("sqs", "ReceiveMessage", QueueUrl=orders) == {}
    engine.advance(engine.now + 29 * SECOND)
    assert bodies(call, orders) == []
    engine.advance(engine.now + SECOND)
    assert bodies(call, orders, VisibilityTimeout=5) == ["first", "second"]
    engine.advance(engine.now + 5 * SECOND)
    assert bodies(call, orders) == ["first", "second"]


def test_visibility_can_be_changed_while_a_message_is_in_flight(
    engine: Engine, call: CallFixture, refused: Refused, orders: str
) -> None:
    call("sqs", "SendMessage", QueueUrl=orders, MessageBody="m")
    handle = call("sqs", "ReceiveMessage", QueueUrl=orders)["Messages"][0]["ReceiptHandle"]
    call("sqs", "ChangeMessageVisibility", QueueUrl=orders, ReceiptHandle=handle, VisibilityTimeout=100)
    engine.advance(engine.now + 99 * SECOND)
    assert bodies(call, orders) == []
    call("sqs", "ChangeMessageVisibility", QueueUrl=orders, ReceiptHandle=handle, VisibilityTimeout=0)
    assert bodies(call, orders, VisibilityTimeout=0) == ["m"]
    late = refused("sqs", "ChangeMessageVisibility", QueueUrl=orders, ReceiptHandle=handle, VisibilityTimeout=1)
    assert late.code == "MessageNotInflight"


def test_messages_leave_after_the_retention_period(engine: Engine, call: CallFixture, orders: str) -> None:
    call("sqs", "SendMessage", QueueUrl=orders, MessageBody="m")
    engine.advance(engine.now + 4 * DAY)
    assert bodies(call, orders, VisibilityTimeout=0) == ["m"]
    engine.advance(engine.now + 1)
    assert bodies(call, orders) == []


def test_delayed_messages_come_later(engine: Engine, call: CallFixture, orders: str) -> None:
    call("sqs", "SendMessage", QueueUrl=orders, MessageBody="later", DelaySeconds=60)
    assert bodies(call, orders) == []
    counts = call("sqs", "GetQueueAttributes", QueueUrl=orders, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessagesDelayed"] == "1"
    engine.advance(engine.now + MINUTE)
    assert bodies(call, orders) == ["later"]


def test_counts_tell_waiting_and_hidden_messages(call: CallFixture, orders: str) -> None:
    for body in ("a", "b", "c"):
        call("sqs", "SendMessage", QueueUrl=orders, MessageBody=body)
    call("sqs", "ReceiveMessage", QueueUrl=orders)
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = call("sqs", "GetQueueAttributes", QueueUrl=orders, AttributeNames=names)["Attributes"]
    assert found == {"ApproximateNumberOfMessages": "2", "ApproximateNumberOfMessagesNotVisible": "1"}


def test_a_queue_is_purged_at_most_once_a_minute(
    engine: Engine, call: CallFixture, refused: Refused, orders: str
) -> None:
    call("sqs", "SendMessage", QueueUrl=orders, MessageBody="m")
    call("sqs", "PurgeQueue", QueueUrl=orders)
    assert bodies(call, orders) == []
    assert refused("sqs", "PurgeQueue", QueueUrl=orders).code == "PurgeQueueInProgress"
    engine.advance(engine.now + MINUTE)
    call("sqs", "PurgeQueue", QueueUrl=orders)


def test_a_message_received_too_often_goes_to_the_dead_letter_queue(call: CallFixture, orders: str) -> None:
    dead = call("sqs", "CreateQueue", QueueName="dead")["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": f"{ARN.rpartition(':')[0]}:dead", "maxReceiveCount": "2"})
    call("sqs", "SetQueueAttributes", QueueUrl=orders, Attributes={"RedrivePolicy": redrive})
    call("sqs", "SendMessage", QueueUrl=orders, MessageBody="poison")
    for _ in range(2):
        assert bodies(call, orders, VisibilityTimeout=0) == ["poison"]
    assert bodies(call, orders, VisibilityTimeout=0) == []
    assert bodies(call, dead) == ["poison"]


def test_batches_tell_of_each_entry(call: CallFixture, refused: Refused, orders: str) -> None:
    entries = [{"Id": "good", "MessageBody": "m"}, {"Id": "bad", "MessageBody": "\x00"}]
    answer = call("sqs", "SendMessageBatch", QueueUrl=orders, Entries=entries)
    assert [each["Id"] for each in answer["Successful"]] == ["good"]
    assert [(each["Id"], each["Code"]) for each in answer["Failed"]] == [("bad", "InvalidMessageContents")]
    handle = call("sqs", "ReceiveMessage", QueueUrl=orders)["Messages"][0]["ReceiptHandle"]
    gone = [{"Id": "1", "ReceiptHandle": handle}, {"Id": "2", "ReceiptHandle": "nonsense"}]
    answer = call("sqs", "DeleteMessageBatch", QueueUrl=orders, Entries=gone)
    assert [each["Id"] for each in answer["Successful"]] == ["1"]
    assert answer["Failed"][0]["Code"] == "ReceiptHandleIsInvalid"
    twice = [{"Id": "1", "MessageBody": "m"}] * 2
    assert refused("sqs", "SendMessageBatch", QueueUrl=orders, Entries=twice).code == "BatchEntryIdsNotDistinct"
    many = [{"Id": str(number), "MessageBody": "m"} for number in range(11)]
    assert refused("sqs", "SendMessageBatch", QueueUrl=orders, Entries=many).code == "TooManyEntriesInBatchRequest"
    assert refused("sqs", "SendMessageBatch", QueueUrl=orders, Entries=[]).code == "EmptyBatchRequest"


def test_what_cannot_be_sent(call: CallFixture, refused: Refused, orders: str) -> None:
    call("sqs", "SetQueueAttributes", QueueUrl=orders, Attributes={"MaximumMessageSize": "1024"})
    assert refused("sqs", "SendMessage", QueueUrl=orders, MessageBody="x" * 1025).code == "InvalidParameterValue"
    assert refused("sqs", "SendMessage", QueueUrl=orders, MessageBody="").code == "MissingParameter"
    assert refused("sqs", "SendMessage", QueueUrl=f"{orders}-2", MessageBody="x").code == "QueueDoesNotExist"


@pytest.mark.requirement("SQS-06")
def test_a_service_delivers_only_with_a_grant_for_its_source(act: Act, call: CallFixture, orders: str) -> None:
    def deliver(source: str = NEWS) -> None:
        act(lambda ctx: sqs.deliver(ctx, ARN, "m", principal="sns.amazonaws.com", source_arn=source))

    with pytest.raises(ServiceError, match="AccessDenied"):
        deliver()
    call("sqs", "SetQueueAttributes", QueueUrl=orders, Attributes={"Policy": sns_policy()})
    deliver()
    with pytest.raises(ServiceError, match="AccessDenied"):
        deliver(source=f"{NEWS}-2")
    assert bodies(call, orders) == ["m"]


@pytest.mark.requirement("SQS-10")
def test_a_policy_for_another_queue_is_refused(call: CallFixture, refused: Refused, orders: str) -> None:
    def put(policy: str) -> str:
        return refused("sqs", "SetQueueAttributes", QueueUrl=orders, Attributes={"Policy": policy}).code

    assert put(sns_policy(resource=f"{ARN}2")) == "InvalidAttributeValue"
    both = json.loads(sns_policy())
    both["Statement"]["Resource"] = [ARN, f"{ARN}2"]
    assert put(json.dumps(both)) == "InvalidAttributeValue"
    assert put("no policy") == "InvalidAttributeValue"
    call("sqs", "SetQueueAttributes", QueueUrl=orders, Attributes={"Policy": sns_policy()})


def test_a_denied_owner_gets_nothing(call: CallFixture, refused: Refused, orders: str) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:ReceiveMessage", "Resource": ARN}
    call("sqs", "SetQueueAttributes", QueueUrl=orders, Attributes={"Policy": json.dumps({"Statement": deny})})
    assert refused("sqs", "ReceiveMessage", QueueUrl=orders).code == "AccessDenied"
    call("sqs", "SetQueueAttributes", QueueUrl=orders, Attributes={"Policy": ""})
    assert call("sqs", "ReceiveMessage", QueueUrl=orders) == {}


def test_queues_are_found_by_name_and_by_any_host(call: CallFixture, refused: Refused, orders: str) -> None:
    assert call("sqs", "GetQueueUrl", QueueName="orders")["QueueUrl"] == orders
    assert call("sqs", "ListQueues", QueueNamePrefix="ord")["QueueUrls"] == [orders]
    assert call("sqs", "ListQueues", QueueNamePrefix="x") == {}
    local = f"http://127.0.0.1:4566/{ACCOUNT}/orders"
    assert call("sqs", "ListQueueTags", QueueUrl=local)["Tags"] == {"team": "audit"}
    elsewhere = orders.replace(REGION, "us-east-1")
    assert refused("sqs", "GetQueueAttributes", QueueUrl=elsewhere).code == "QueueDoesNotExist"
    assert refused("sqs", "GetQueueUrl", QueueName="orders", QueueOwnerAWSAccountId="1").code == "QueueDoesNotExist"
    for number in range(3):
        call("sqs", "CreateQueue", QueueName=f"more-{number}")
    page = call("sqs", "ListQueues", MaxResults=2)
    rest = call("sqs", "ListQueues", MaxResults=2, NextToken=page["NextToken"])
    assert len(page["QueueUrls"] + rest["QueueUrls"]) == 4


def test_creating_again_needs_the_same_attributes(call: CallFixture, refused: Refused, orders: str) -> None:
    assert call("sqs", "CreateQueue", QueueName="orders")["QueueUrl"] == orders
    other = {"VisibilityTimeout": "5"}
    assert refused("sqs", "CreateQueue", QueueName="orders", Attributes=other).code == "QueueNameExists"


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"VisibilityTimeout": "43201"}, "InvalidAttributeValue"),
        ({"VisibilityTimeout": "many"}, "InvalidAttributeValue"),
        ({"MessageRetentionPeriod": "59"}, "InvalidAttributeValue"),
        ({"RedrivePolicy": "{}"}, "InvalidAttributeValue"),
        ({"Colour": "blue"}, "InvalidAttributeName"),
    ],
)
def test_attributes_have_names_and_ranges(refused: Refused, attributes: dict[str, str], code: str) -> None:
    assert refused("sqs", "CreateQueue", QueueName="bad", Attributes=attributes).code == code


def test_a_bad_name_is_refused(refused: Refused) -> None:
    assert refused("sqs", "CreateQueue", QueueName="a b").code == "InvalidParameterValue"


def test_tags_are_those_of_the_resource(engine: Engine, call: CallFixture, orders: str) -> None:
    call("sqs", "TagQueue", QueueUrl=orders, Tags={"env": "lab"})
    call("sqs", "UntagQueue", QueueUrl=orders, TagKeys=["team"])
    assert call("sqs", "ListQueueTags", QueueUrl=orders) == {"Tags": {"env": "lab"}}
    found = estate.get(engine.context(), "AWS::SQS::Queue", orders)
    assert found is not None and found.supplementary == {"Tags": {"env": "lab"}}


def test_a_deleted_queue_takes_its_messages_along(
    engine: Engine, call: CallFixture, refused: Refused, orders: str
) -> None:
    call("sqs", "SendMessage", QueueUrl=orders, MessageBody="m")
    call("sqs", "DeleteQueue", QueueUrl=orders)
    assert refused("sqs", "ReceiveMessage", QueueUrl=orders).code == "QueueDoesNotExist"
    assert refused("sqs", "CreateQueue", QueueName="orders").code == "QueueDeletedRecently"
    engine.advance(engine.now + MINUTE)
    call("sqs", "CreateQueue", QueueName="orders")
    assert bodies(call, orders) == []


@pytest.mark.requirement("SQS-05")
def test_permissions_are_added_and_taken_off_by_label(call: CallFixture, refused: Refused, orders: str) -> None:
    accounts = ["111122223333", "444455556666"]
    asked = {"QueueUrl": orders, "Label": "friends", "AWSAccountIds": accounts, "Actions": ["SendMessage"]}
    call("sqs", "AddPermission", **asked)
    assert refused("sqs", "AddPermission", **asked).code == "InvalidParameterValue"
    call("sqs", "AddPermission", **{**asked, "Label": "all", "Actions": ["*"]})

    policy = json.loads(
        call("sqs", "GetQueueAttributes", QueueUrl=orders, AttributeNames=["All"])["Attributes"]["Policy"]
    )
    assert [each["Sid"] for each in policy["Statement"]] == ["friends", "all"]
    assert policy["Statement"][0] == {
        "Sid": "friends",
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:aws:iam::{account}:root" for account in accounts]},
        "Action": ["SQS:SendMessage"],
        "Resource": ARN,
    }

    for label in ("friends", "all"):
        call("sqs", "RemovePermission", QueueUrl=orders, Label=label)
    assert refused("sqs", "RemovePermission", QueueUrl=orders, Label="all").code == "InvalidParameterValue"
    attributes = call("sqs", "GetQueueAttributes", QueueUrl=orders, AttributeNames=["All"])["Attributes"]
    assert "Policy" not in attributes
    too_many = {**asked, "Actions": ["SendMessage"] * 8}
    assert refused("sqs", "AddPermission", **too_many).code == "OverLimit"


@pytest.mark.parametrize(
    "more",
    [
        {"Principal": {"AWS": ["111122223333"] * 51}},
        {"Action": [f"sqs:{name}" for name in "abcdefgh"]},
        {"Condition": {"StringEquals": {f"aws:PrincipalTag/{number}": "x" for number in range(11)}}},
    ],
)
def test_a_statement_has_limits(call: CallFixture, refused: Refused, orders: str, more: Document) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": ARN}

    def put(each: Document) -> Document:
        return {"QueueUrl": orders, "Attributes": {"Policy": json.dumps({"Statement": each})}}

    call("sqs", "SetQueueAttributes", **put(statement))
    assert refused("sqs", "SetQueueAttributes", **put(statement | more)).code == "InvalidAttributeValue"


def test_what_a_batch_cannot_be(call: CallFixture, refused: Refused, orders: str) -> None:
    def code(*entries: Document) -> str:
        return refused("sqs", "SendMessageBatch", QueueUrl=orders, Entries=list(entries)).code

    entry = {"Id": "1", "MessageBody": "m"}
    assert code(*({**entry, "Id": str(number)} for number in range(11))) == "TooManyEntriesInBatchRequest"
    assert code(entry, entry) == "BatchEntryIdsNotDistinct"
    assert code({**entry, "Id": "no good"}) == "InvalidBatchEntryId"
    half = "x" * 600_000
    assert code({**entry, "MessageBody": half}, {"Id": "2", "MessageBody": half}) == "BatchRequestTooLong"
    assert bodies(call, orders) == []


def test_an_encrypted_queue_takes_from_a_service_what_its_key_lets_it(act: Act, call: CallFixture, orders: str) -> None:
    key = call("kms", "CreateKey")["KeyMetadata"]["Arn"]
    attributes = {"Policy": sns_policy(), "KmsMasterKeyId": key}
    call("sqs", "SetQueueAttributes", QueueUrl=orders, Attributes=attributes)

    def deliver() -> None:
        act(lambda ctx: sqs.deliver(ctx, ARN, "m", principal="sns.amazonaws.com", source_arn=NEWS))

    with pytest.raises(ServiceError, match="KmsAccessDenied"):
        deliver()
    actions = ["kms:GenerateDataKey*", "kms:Decrypt"]
    grant = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": actions, "Resource": "*"}
    account = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}
    call("kms", "PutKeyPolicy", KeyId=key, Policy=json.dumps({"Statement": [account, grant]}))
    deliver()
    assert bodies(call, orders) == ["m"]

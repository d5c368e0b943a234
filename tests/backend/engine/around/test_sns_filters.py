"""Filters: what of a topic a subscriber wants to see."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.model.item import Document

Act = Callable[[Callable[[Context], object]], None]
Call = Callable[..., Document]
Refused = Callable[..., ServiceError]

REGION = "ap-southeast-1"
ACCOUNT = "696686700433"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:news"


@pytest.fixture
def topic(call: Call) -> str:
    """The ARN of a topic named `news`."""
    arn: str = call("sns", "CreateTopic", Name="news", Tags=[{"Key": "team", "Value": "audit"}])["TopicArn"]
    return arn


@pytest.fixture
def subscriber(call: Call, topic: str) -> Callable[..., str]:
    """Makes a queue that the topic may write to, and subscribes it; the queue's URL."""

    def subscriber(name: str = "inbox", topics: tuple[str, ...] = (TOPIC,), **attributes: str) -> str:
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": list(topics)}},
        }
        policy = json.dumps({"Statement": statement})
        url: str = call("sqs", "CreateQueue", QueueName=name, Attributes={"Policy": policy})["QueueUrl"]
        for each in topics:
            call("sns", "Subscribe", TopicArn=each, Protocol="sqs", Endpoint=arn, Attributes=attributes)
        return url

    return subscriber


def inbox(call: Call, url: str) -> list[str]:
    found = call("sqs", "ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10)
    return [message["Body"] for message in found.get("Messages", [])]


@pytest.mark.requirement("SQS-02")
@pytest.mark.requirement("SQS-03")
def test_a_consumer_asks_for_changes_of_one_resource_type_only(call: Call, subscriber: Callable[..., str]) -> None:
    wanted = {
        "messageType": ["ConfigurationItemChangeNotification"],
        "configurationItem": {"resourceType": ["AWS::EC2::SecurityGroup"]},
    }
    url = subscriber(FilterPolicy=json.dumps(wanted), FilterPolicyScope="MessageBody", RawMessageDelivery="true")

    def change(resource_type: str) -> str:
        item = {"resourceType": resource_type}
        return json.dumps({"messageType": "ConfigurationItemChangeNotification", "configurationItem": item})

    for message in (change("AWS::EC2::Instance"), change("AWS::EC2::SecurityGroup"), "no JSON"):
        call("sns", "Publish", TopicArn=TOPIC, Message=message)
    assert inbox(call, url) == [change("AWS::EC2::SecurityGroup")]


def test_a_filter_on_message_attributes(call: Call, subscriber: Callable[..., str]) -> None:
    url = subscriber(
        FilterPolicy=json.dumps({"size": [{"numeric": [">", 10]}], "tags": ["b"]}), RawMessageDelivery="true"
    )
    for size, tags in (("11", '["a", "b"]'), ("9", '["b"]'), ("12", '["c"]')):
        attributes = {
            "size": {"DataType": "Number", "StringValue": size},
            "tags": {"DataType": "String.Array", "StringValue": tags},
        }
        call("sns", "Publish", TopicArn=TOPIC, Message=size, MessageAttributes=attributes)
    call("sns", "Publish", TopicArn=TOPIC, Message="without")
    assert inbox(call, url) == ["11"]


@pytest.mark.requirement("SQS-02")
@pytest.mark.parametrize(
    ("filter_policy", "scope", "words"),
    [
        ({name: ["x"] for name in "abcdef"}, "MessageBody", "more than 5 keys"),
        ({"a": [str(n) for n in range(13)], "b": [str(n) for n in range(12)]}, "MessageBody", "too complex"),
        ({"a": {"b": [str(n) for n in range(76)]}}, "MessageBody", "too complex"),
        ({"a": {"b": ["x"]}}, "MessageAttributes", "does not support nested"),
    ],
)
def test_filters_have_limits(refused: Refused, topic: str, filter_policy: Document, scope: str, words: str) -> None:
    attributes = {"FilterPolicy": json.dumps(filter_policy), "FilterPolicyScope": scope}
    endpoint = f"arn:aws:sqs:{REGION}:{ACCOUNT}:inbox"

    refusal = refused("sns", "Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=endpoint, Attributes=attributes)

    assert (refusal.code, words in refusal.message) == ("InvalidParameter", True)

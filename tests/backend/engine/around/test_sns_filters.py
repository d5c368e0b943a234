"""Filters: what of a topic a subscriber wants to see."""

from __future__ import annotations

import json

import pytest

from backend.model.item import Document
from tests.backend.engine.around.conftest import NEWS, Refused, Subscriber, inbox
from tests.backend.engine.conftest import ACCOUNT, REGION, CallFixture


@pytest.mark.requirement("SQS-02")
@pytest.mark.requirement("SQS-03")
def test_a_consumer_asks_for_changes_of_one_resource_type_only(call: CallFixture, subscriber: Subscriber) -> None:
    wanted = {
        "messageType": ["ConfigurationItemChangeNotification"],
        "configurationItem": {"resourceType": ["AWS::EC2::SecurityGroup"]},
    }
    url = subscriber(FilterPolicy=json.dumps(wanted), FilterPolicyScope="MessageBody", RawMessageDelivery="true")

    def change(resource_type: str) -> str:
        item = {"resourceType": resource_type}
        return json.dumps({"messageType": "ConfigurationItemChangeNotification", "configurationItem": item})

    for message in (change("AWS::EC2::Instance"), change("AWS::EC2::SecurityGroup"), "no JSON"):
        call("sns", "Publish", TopicArn=NEWS, Message=message)
    assert inbox(call, url) == [change("AWS::EC2::SecurityGroup")]


def test_a_filter_on_message_attributes(call: CallFixture, subscriber: Subscriber) -> None:
    url = subscriber(
        FilterPolicy=json.dumps({"size": [{"numeric": [">", 10]}], "tags": ["b"]}), RawMessageDelivery="true"
    )
    for size, tags in (("11", '["a", "b"]'), ("9", '["b"]'), ("12", '["c"]')):
        attributes = {
            "size": {"DataType": "Number", "StringValue": size},
            "tags": {"DataType": "String.Array", "StringValue": tags},
        }
        call("sns", "Publish", TopicArn=NEWS, Message=size, MessageAttributes=attributes)
    call("sns", "Publish", TopicArn=NEWS, Message="without")
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

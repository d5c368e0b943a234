"""The stream by mail."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from backend.engine.around.outbox import listing
from backend.engine.engine import Engine
from backend.engine.world.estate import Resource
from backend.model import moment
from backend.model.item import Document

Call: TypeAlias = Callable[..., Document]
Put: TypeAlias = Callable[..., None]
Messages: TypeAlias = Callable[..., list[tuple[str, Document]]]

START = moment.parse("2026-03-01T00:00:00Z")
REGION = "ap-southeast-1"
ACCOUNT = "696686700433"
BUCKET = "config-bucket-sgp"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:awsconfig-lab"


def table(name: str = "orders", **members: Any) -> Resource:
    return Resource(
        resource_type="AWS::DynamoDB::Table",
        resource_id=name,
        region=REGION,
        arn=f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}",
        **members,
    )


def big() -> Resource:
    return table(configuration={"text": "x" * 300_000})


@pytest.fixture
def mailbox(engine: Engine, call: Call, destination: None) -> Callable[[], list[str]]:
    """What an e-mail subscriber of the topic got, without the mail that asked to confirm."""
    call("sns", "Subscribe", TopicArn=TOPIC, Protocol="email", Endpoint="ops@example.com")
    (question,) = listing(engine.context())
    token = question.body.partition("Token=")[2].strip()
    call("sns", "ConfirmSubscription", TopicArn=TOPIC, Token=token)
    return lambda: [mail.body for mail in listing(engine.context())[1:]]


@pytest.mark.requirement("SNS-05")
def test_mail_about_an_item_has_something_to_read_first(
    call: Call, put: Put, mailbox: Callable[[], list[str]], recording: None
) -> None:
    put(table())
    text = mailbox()[-1]

    preface, _, rest = text.partition("{")
    message, _ = json.JSONDecoder().raw_decode("{" + rest)
    assert preface == (
        "View the Timeline for this Resource in the Console:\n"
        f"https://console.aws.amazon.com/config/home?region={REGION}#/timeline/AWS::DynamoDB::Table/orders"
        f"?time={message['configurationItem']['configurationItemCaptureTime']}\n\n"
        "New State and Change Record:\n----------------------------\n"
    )
    assert message["configurationItem"]["resourceId"] == "orders"

    put(big())
    assert "\n\nNew State Record Summary:\n" in mailbox()[-1]

    call("config", "DeliverConfigSnapshot", deliveryChannelName="default")
    assert mailbox()[-1].startswith('{"configSnapshotId"')

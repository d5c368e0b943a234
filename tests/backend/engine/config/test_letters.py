"""The stream by mail."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from backend.engine.around.outbox import listing
from backend.engine.engine import Engine
from backend.engine.world.estate import Resource
from tests.backend.engine.config.conftest import table
from tests.backend.engine.conftest import REGION, TOPIC, CallFixture, PutFixture


def big() -> Resource:
    return table(configuration={"text": "x" * 300_000})


@pytest.fixture
def mailbox(engine: Engine, call: CallFixture, destination: None) -> Callable[[], list[str]]:
    """What an e-mail subscriber of the topic got, without the mail that asked to confirm."""
    call("sns", "Subscribe", TopicArn=TOPIC, Protocol="email", Endpoint="ops@example.com")
    (question,) = listing(engine.context())
    token = question.body.partition("Token=")[2].strip()
    call("sns", "ConfirmSubscription", TopicArn=TOPIC, Token=token)
    return lambda: [mail.body for mail in listing(engine.context())[1:]]


@pytest.mark.requirement("SNS-05")
def test_mail_about_an_item_has_something_to_read_first(
    call: CallFixture, put: PutFixture, mailbox: Callable[[], list[str]], recording: None
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

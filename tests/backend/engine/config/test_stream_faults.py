"""The stream when something was made to fail, to come late or to get lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from backend.engine.around import events
from backend.engine.config import faults
from backend.engine.context import Context
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


def state(call: Call) -> Document:
    (found,) = call("config", "DescribeDeliveryChannelStatus")["DeliveryChannelsStatus"]
    stream = found["configStreamDeliveryInfo"]
    assert isinstance(stream, dict)
    return stream


def test_messages_and_events_can_come_late(
    engine: Engine, ctx: Context, put: Put, messages: Messages, recording: None
) -> None:
    messages()
    engine.act(lambda ctx: faults.inject(ctx, {"name": "stream-lag", "milliseconds": 60_000}))
    before = len(events.log(ctx))
    put(table())
    assert (messages(), len(events.log(ctx))) == ([], before)

    engine.advance(START + 60_000)

    ((_, message),) = messages()
    assert message["notificationCreationTime"] < "2026-03-01T00:00:01", "it tells when it was made"
    assert len(events.log(ctx)) == before + 1


def test_a_message_can_get_lost_and_nobody_notices(
    engine: Engine, ctx: Context, call: Call, put: Put, messages: Messages, recording: None
) -> None:
    messages()
    engine.act(lambda ctx: faults.inject(ctx, {"name": "dropped-message", "times": 1}))
    before = len(events.log(ctx))

    put(table("lost"))
    put(table("kept"))

    assert [message["configurationItem"]["resourceId"] for _, message in messages()] == ["kept"]
    assert len(events.log(ctx)) == before + 2
    assert state(call)["lastStatus"] == "SUCCESS"


@pytest.mark.parametrize(
    ("fault", "code"),
    [("topic-gone", "NotFound"), ("topic-denied", "AuthorizationError"), ("topic-throttled", "Throttled")],
)
def test_a_topic_can_be_made_to_refuse(
    engine: Engine, call: Call, put: Put, recording: None, fault: str, code: str
) -> None:
    engine.act(lambda ctx: faults.inject(ctx, {"name": fault, "times": 1}))

    put(table("refused"))
    assert (state(call)["lastStatus"], state(call)["lastErrorCode"]) == ("FAILURE", code)
    put(table("taken"))
    assert state(call)["lastStatus"] == "SUCCESS"


def test_a_key_of_the_topic_can_stand_in_the_way(call: Call, put: Put, recording: None) -> None:
    key = call("kms", "CreateKey")["KeyMetadata"]["Arn"]
    call("sns", "SetTopicAttributes", TopicArn=TOPIC, AttributeName="KmsMasterKeyId", AttributeValue=key)

    put(table())

    assert (state(call)["lastStatus"], state(call)["lastErrorCode"]) == ("FAILURE", "KMSAccessDenied")

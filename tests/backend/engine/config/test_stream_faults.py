"""The stream when something was made to fail, to come late or to get lost."""

from __future__ import annotations

import pytest

from backend.engine.around import events
from backend.engine.config import faults
from backend.engine.context import Context
from backend.engine.engine import Engine
from tests.backend.engine.config.channel import stream_status
from tests.backend.engine.config.conftest import table
from tests.backend.engine.conftest import START, TOPIC, CallFixture, Messages, PutFixture


def test_messages_and_events_can_come_late(
    engine: Engine, ctx: Context, put: PutFixture, messages: Messages, recording: None
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
    engine: Engine, ctx: Context, call: CallFixture, put: PutFixture, messages: Messages, recording: None
) -> None:
    messages()
    engine.act(lambda ctx: faults.inject(ctx, {"name": "dropped-message", "times": 1}))
    before = len(events.log(ctx))

    put(table("lost"))
    put(table("kept"))

    assert [message["configurationItem"]["resourceId"] for _, message in messages()] == ["kept"]
    assert len(events.log(ctx)) == before + 2
    assert stream_status(call)["lastStatus"] == "SUCCESS"


@pytest.mark.parametrize(
    ("fault", "code"),
    [("topic-gone", "NotFound"), ("topic-denied", "AuthorizationError"), ("topic-throttled", "Throttled")],
)
def test_a_topic_can_be_made_to_refuse(
    engine: Engine, call: CallFixture, put: PutFixture, recording: None, fault: str, code: str
) -> None:
    engine.act(lambda ctx: faults.inject(ctx, {"name": fault, "times": 1}))

    put(table("refused"))
    assert (stream_status(call)["lastStatus"], stream_status(call)["lastErrorCode"]) == ("FAILURE", code)
    put(table("taken"))
    assert stream_status(call)["lastStatus"] == "SUCCESS"


def test_a_key_of_the_topic_can_stand_in_the_way(call: CallFixture, put: PutFixture, recording: None) -> None:
    key = call("kms", "CreateKey")["KeyMetadata"]["Arn"]
    call("sns", "SetTopicAttributes", TopicArn=TOPIC, AttributeName="KmsMasterKeyId", AttributeValue=key)

    put(table())

    assert (stream_status(call)["lastStatus"], stream_status(call)["lastErrorCode"]) == ("FAILURE", "KMSAccessDenied")

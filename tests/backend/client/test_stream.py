"""Messages of the stream: decoded, journaled, taken off the queue."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backend.client.journal import KEPT, Journal
from backend.client.messages import read_message
from backend.client.stream import StreamOverApi
from backend.model.item import Document
from backend.model.problem import Problem
from backend.model.stream import StreamMessage
from tests.backend.client.scripted import ScriptedApi

CHANGE: Document = {
    "configurationItemDiff": {"changeType": "UPDATE", "changedProperties": {}},
    "configurationItem": {
        "resourceType": "AWS::EC2::SecurityGroup",
        "resourceId": "sg-1",
        "awsRegion": "eu-west-1",
        "configurationItemVersion": "1.3",
    },
    "notificationCreationTime": "2026-01-05T10:00:02.500Z",
    "messageType": "ConfigurationItemChangeNotification",
    "recordVersion": "1.3",
}


def envelope(message: Document, message_id: str = "m-1") -> str:
    return json.dumps(
        {
            "Type": "Notification",
            "MessageId": message_id,
            "TopicArn": "arn:aws:sns:eu-west-1:123456789012:awsconfig",
            "Subject": "[AWS Config:eu-west-1] AWS::EC2::SecurityGroup sg-1 Updated",
            "Message": json.dumps(message),
            "Timestamp": "2026-01-05T10:00:03.000Z",
        }
    )


def test_an_item_change_in_its_envelope() -> None:
    message = read_message(envelope(CHANGE))
    assert (message.message_id, message.message_type) == ("m-1", "ConfigurationItemChangeNotification")
    assert (message.resource_type, message.resource_id) == ("AWS::EC2::SecurityGroup", "sg-1")
    assert (message.change_type, message.region) == ("UPDATE", "eu-west-1")
    assert message.time == 1767607202500
    assert message.document == CHANGE


def test_the_same_change_raw_by_event_and_by_mail() -> None:
    event = {"id": "e-1", "detail-type": "Config Configuration Item Change", "region": "eu-west-1", "detail": CHANGE}
    for body in (json.dumps(CHANGE), json.dumps(event), "New State and Change Record:\n---\n" + json.dumps(CHANGE)):
        message = read_message(body, "from-sqs")
        assert (message.resource_id, message.change_type) == ("sg-1", "UPDATE")
        assert message.message_id in {"from-sqs", "e-1"}


def test_a_compliance_change_has_the_new_verdict_and_the_rule() -> None:
    message = read_message(
        envelope(
            {
                "configRuleName": "restricted-ssh",
                "resourceType": "AWS::EC2::SecurityGroup",
                "resourceId": "sg-1",
                "newEvaluationResult": {"complianceType": "NON_COMPLIANT"},
                "oldEvaluationResult": None,
                "messageType": "ComplianceChangeNotification",
            }
        )
    )
    assert (message.change_type, message.rule, message.resource_id) == ("NON_COMPLIANT", "restricted-ssh", "sg-1")


def test_an_oversized_change_is_told_by_its_summary() -> None:
    summary = {"changeType": "CREATE", "resourceType": "AWS::EC2::Instance", "resourceId": "i-1"}
    message = read_message(
        json.dumps({"messageType": "OversizedConfigurationItemChangeNotification", "configurationItemSummary": summary})
    )
    assert (message.change_type, message.resource_id) == ("CREATE", "i-1")


def test_a_delivery_has_the_region_of_its_topic_or_its_object() -> None:
    document = {
        "messageType": "ConfigurationSnapshotDeliveryCompleted",
        "s3ObjectKey": "p/AWSLogs/1/Config/eu-central-1/2026/1/5/ConfigSnapshot/x.json.gz",
    }
    assert read_message(envelope(document)).region == "eu-west-1"
    assert read_message(json.dumps(document)).region == "eu-central-1"


@pytest.mark.parametrize("body", ["", "hello", "[1]", '{"Message": "no json"}', "{", '{"messageType": 5}', "null"])
def test_what_is_not_understood_is_shown_and_does_no_harm(body: str) -> None:
    message = read_message(body)
    assert message.message_id
    assert message.message_type in {"Unknown", "5"}


def queue(*batches: list[str]) -> ScriptedApi:
    received: list[Any] = [
        {"Messages": [{"Body": body, "MessageId": "s", "ReceiptHandle": body} for body in batch]} for batch in batches
    ]
    return ScriptedApi(
        {"GetQueueUrl": {"QueueUrl": "https://q"}, "ReceiveMessage": [*received, {}, {}], "DeleteMessageBatch": {}},
        read_only=True,
    )


async def test_messages_are_kept_before_they_are_taken_off_the_queue(tmp_path: Path) -> None:
    path = tmp_path / "state" / "stream.jsonl"
    api = queue([envelope(CHANGE, "one")], [envelope(CHANGE, "two")])
    stream = StreamOverApi(api, "configscope-stream", path)
    assert [message.message_id for message in await stream.poll()] == ["one", "two"]
    assert api.times_asked("DeleteMessageBatch") == 2
    assert path.stat().st_mode & 0o777 == 0o600
    assert [message.message_id for message in await StreamOverApi(api, "q", path).recent()] == ["one", "two"]


@pytest.mark.requirement("EVB-12")
async def test_a_message_that_comes_twice_is_told_once() -> None:
    api = queue([envelope(CHANGE, "one"), envelope(CHANGE, "one")])
    assert len(await StreamOverApi(api, "configscope-stream").poll()) == 1


async def test_nothing_is_taken_off_the_queue_that_could_not_be_kept(tmp_path: Path) -> None:
    (tmp_path / "in-the-way").write_text("")
    api = queue([envelope(CHANGE)])
    with pytest.raises(Problem):
        await StreamOverApi(api, "configscope-stream", tmp_path / "in-the-way" / "stream.jsonl").poll()
    assert api.times_asked("DeleteMessageBatch") == 0


def message(number: int) -> StreamMessage:
    return StreamMessage(message_id=str(number), time=number, message_type="x")


def test_the_journal_keeps_the_last_messages_and_its_file_stays_small(tmp_path: Path) -> None:
    path = tmp_path / "stream.jsonl"
    journal = Journal(path)
    for number in range(3 * KEPT):
        journal.add([message(number)])
    assert [kept.time for kept in journal.all()] == list(range(2 * KEPT, 3 * KEPT))
    assert [kept.time for kept in Journal(path).all()] == list(range(2 * KEPT, 3 * KEPT))
    assert len(path.read_bytes().splitlines()) <= 2 * KEPT


def test_a_journal_cut_off_in_the_middle_of_a_line_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "stream.jsonl"
    Journal(path).add([message(1), message(2)])
    path.write_bytes(path.read_bytes()[:-10])
    assert [kept.time for kept in Journal(path).all()] == [1]

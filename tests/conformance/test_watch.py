"""The watch that every test has sees what leaves the engine, and knows right from wrong."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from backend.engine.context import Call
from backend.engine.engine import Engine, WorldOptions
from backend.engine.errors import ServiceError
from backend.engine.parts import local_aws
from backend.engine.world import builder
from backend.model.item import Document
from backend.model.moment import DAY
from tests.backend.engine.conftest import BUCKET, REGION, START
from tests.conformance.answers import faults_of_answer, faults_of_refusal
from tests.conformance.documents import HISTORY, SNAPSHOT, faults_of_file, faults_of_item, faults_of_message
from tests.conformance.watch import Watch


@pytest.fixture(scope="module")
def lived() -> Iterator[Engine]:
    """A small estate with some days behind it. Only to be looked at."""
    options = WorldOptions(start=START, resources=60, past_days=2)
    engine = Engine(None, options, local_aws())
    builder.build(engine, options)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def files(lived: Engine) -> dict[str, bytes]:
    """What was delivered, unpacked, by key."""

    def call(operation: str, **params: Any) -> Document:
        return lived.call(Call("s3", operation, {"Bucket": BUCKET, **params}, REGION))

    keys = [each["Key"] for each in call("ListObjectsV2")["Contents"] if each["Key"].endswith(".json.gz")]
    return {key: gzip.decompress(call("GetObject", Key=key)["Body"]) for key in keys if "/Config/" in key}


def test_everything_that_leaves_a_living_world_is_seen(watch: Watch) -> None:
    options = WorldOptions(start=START, resources=60, past_days=1)
    engine = Engine(None, options, local_aws())
    builder.build(engine, options)
    engine.advance(START + DAY)
    engine.call(Call("config", "DescribeConfigRules", {}, REGION))
    with pytest.raises(ServiceError):
        engine.call(Call("config", "DescribeConfigRules", {"ConfigRuleNames": ["none"]}, REGION))
    engine.close()
    assert set(watch.seen) == {"answer", "refusal", "file", "message", "event"}


@pytest.mark.requirement("ITM-06")
@pytest.mark.requirement("ITM-07")
@pytest.mark.requirement("ITM-08")
@pytest.mark.requirement("ITM-09")
def test_files_of_a_living_world_have_the_members_of_real_ones(files: dict[str, bytes]) -> None:
    assert [key for key in files if SNAPSHOT.fullmatch(key)]
    assert [key for key in files if HISTORY.fullmatch(key)]
    assert [fault for key, body in files.items() for fault in faults_of_file(key, body)] == []
    items = [item for body in files.values() for item in json.loads(body)["configurationItems"]]
    bodiless = [item for item in items if not item.get("configuration")]
    assert {item["configurationItemStatus"] for item in bodiless} <= {"ResourceDeleted", "ResourceDeletedNotRecorded"}


def _altered(item: Document, **changes: Any) -> Document:
    return {name: value for name, value in {**item, **changes}.items() if value is not ...}


@pytest.mark.parametrize(
    "changes",
    [
        {"tags": ...},
        {"configurationItemVersion": "1.2"},
        {"configurationStateId": "1772323200000"},
        {"configurationStateId": 1},
        {"configurationItemCaptureTime": "2026-03-01T00:00:00Z"},
        {"configurationItemStatus": "Fine"},
        {"configurationStateMd5Hash": "d41d8cd98f00b204e9800998ecf8427e"},
        {"relatedEvents": ["1"]},
        {"awsAccountId": "1"},
        {"resourceName": None},
        {"accountId": "696686700433"},
        {"relationships": [{"resourceType": "AWS::EC2::VPC", "relationshipName": "Is contained in Vpc"}]},
        {"tags": {"a": None}},
        {"configurationItemStatus": "ResourceDeleted"},
    ],
)
def test_an_item_that_is_not_as_real_ones_is_found(files: dict[str, bytes], changes: Document) -> None:
    key = next(key for key in files if SNAPSHOT.fullmatch(key))
    items = json.loads(files[key])["configurationItems"]
    item = next(each for each in items if each["resourceType"] == "AWS::EC2::Instance")
    assert list(faults_of_item(item, nulls=False)) == []
    assert list(faults_of_item(_altered(item, **changes), nulls=False))


def test_a_file_that_is_not_as_real_ones_is_found(files: dict[str, bytes]) -> None:
    key = next(key for key in files if SNAPSHOT.fullmatch(key))
    document = json.loads(files[key])
    for wrong in (
        json.dumps(document, indent=1),
        json.dumps({**document, "fileVersion": "1.1"}),
        json.dumps({**document, "configSnapshotId": "another"}),
        json.dumps({**document, "configurationItems": document["configurationItems"] * 2}),
        json.dumps({**document, "more": 1}),
    ):
        assert list(faults_of_file(key, wrong.encode()))
    assert list(faults_of_file(key.replace("/2026/", "/2026/0"), files[key]))
    assert list(faults_of_file(key.replace(".json.gz", ".json"), files[key]))


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"messageType": "ConfigurationItemChanged"},
        {"messageType": "ConfigurationSnapshotDeliveryStarted", "recordVersion": "1.1"},
        {
            "messageType": "ConfigurationSnapshotDeliveryStarted",
            "recordVersion": "1.0",
            "configSnapshotId": "x",
            "notificationCreationTime": "2026-03-01T00:00:00.000Z",
        },
    ],
)
def test_a_message_that_is_not_as_real_ones_is_found(message: Document) -> None:
    assert list(faults_of_message(message))


def test_an_answer_that_the_model_does_not_have_is_found() -> None:
    fine = {"RetentionConfigurations": [{"Name": "default", "RetentionPeriodInDays": 30}]}
    assert list(faults_of_answer("config", "DescribeRetentionConfigurations", fine)) == []
    wrongs: list[Document] = [
        {"RetentionConfigurations": [{"Name": "default", "RetentionPeriodInDays": 29}]},
        {"RetentionConfigurations": [{"Name": "default"}]},
        {"RetentionConfigurations": [{"Name": "default", "RetentionPeriodInDays": 30, "More": 1}]},
        {"retentionConfigurations": []},
    ]
    for wrong in wrongs:
        assert list(faults_of_answer("config", "DescribeRetentionConfigurations", wrong))
    assert list(faults_of_answer("config", "StopConfigurationRecorder", {"x": 1}))


def test_a_refusal_that_the_operation_does_not_have_is_found() -> None:
    def faults(code: str) -> list[str]:
        return list(faults_of_refusal("config", "DescribeConfigRules", ServiceError(code)))

    assert faults("NoSuchConfigRuleException") == faults("ThrottlingException") == []
    assert faults("NoSuchBucketException")
    assert faults("NoSuchConfigRule")

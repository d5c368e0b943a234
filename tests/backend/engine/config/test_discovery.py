"""What AWS Config knows of a region: lists, counts and batches."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.world.estate import Resource
from backend.model import moment
from backend.model.item import Document, ResourceKey
from backend.model.moment import DAY
from tests.backend.engine.config.conftest import remove, sized_volume
from tests.backend.engine.conftest import REGION, START, CallFixture, PutFixture

KEY = ResourceKey("AWS::EC2::Volume", "vol-1")


def listing(call: CallFixture, **params: Any) -> list[str]:
    answer = call("config", "ListDiscoveredResources", resourceType="AWS::EC2::Volume", **params)
    return [each["resourceId"] for each in answer["resourceIdentifiers"]]


def test_without_a_recorder_there_is_nothing_to_read(call: CallFixture) -> None:
    for operation, params in (
        ("GetResourceConfigHistory", {"resourceType": KEY.resource_type, "resourceId": KEY.resource_id}),
        ("ListDiscoveredResources", {"resourceType": KEY.resource_type}),
        ("BatchGetResourceConfig", {"resourceKeys": [{"resourceType": "AWS::EC2::Volume", "resourceId": "vol-1"}]}),
    ):
        with pytest.raises(ServiceError) as refusal:
            call("config", operation, **params)
        assert refusal.value.code == "NoAvailableConfigurationRecorderException"


def test_resources_are_listed_by_id_name_and_page(call: CallFixture, put: PutFixture, recording: None) -> None:
    put(sized_volume("vol-c", name="data"), sized_volume("vol-a"), sized_volume("vol-b", name="logs"))

    assert listing(call) == ["vol-a", "vol-b", "vol-c"]
    assert listing(call, resourceIds=["vol-c", "vol-x"]) == ["vol-c"]
    assert listing(call, resourceName="logs") == ["vol-b"]
    first = call("config", "ListDiscoveredResources", resourceType="AWS::EC2::Volume", limit=2)
    assert first["resourceIdentifiers"][1] == {
        "resourceType": "AWS::EC2::Volume",
        "resourceId": "vol-b",
        "resourceName": "logs",
    }
    assert listing(call, limit=2, nextToken=first["nextToken"]) == ["vol-c"]


@pytest.mark.parametrize(
    "params", [{"resourceIds": ["a"], "resourceName": "b"}, {"resourceIds": [f"vol-{n}" for n in range(21)]}]
)
def test_ids_or_a_name_and_not_too_many(call: CallFixture, recording: None, params: Document) -> None:
    with pytest.raises(ServiceError) as refusal:
        listing(call, **params)

    assert refusal.value.code == "ValidationException"


def test_deleted_resources_are_listed_on_demand(
    engine: Engine, call: CallFixture, put: PutFixture, three_sizes: None
) -> None:
    put(sized_volume("vol-2"))
    engine.advance(START + 2 * DAY)
    remove(engine, *KEY)

    assert listing(call) == ["vol-2"]
    answer = call("config", "ListDiscoveredResources", resourceType="AWS::EC2::Volume", includeDeletedResources=True)
    gone, there = answer["resourceIdentifiers"]
    assert gone["resourceDeletionTime"] == moment.to_datetime(START + 2 * DAY)
    assert "resourceDeletionTime" not in there


def test_counts_are_largest_first_and_empty_while_off(call: CallFixture, put: PutFixture, recording: None) -> None:
    put(
        sized_volume("vol-1"),
        sized_volume("vol-2"),
        Resource(resource_type="AWS::Lambda::Function", resource_id="f", region=REGION),
    )
    wanted = ["AWS::Lambda::Function", "AWS::EC2::Volume"]

    answer = call("config", "GetDiscoveredResourceCounts", resourceTypes=wanted)
    assert answer == {
        "totalDiscoveredResources": 3,
        "resourceCounts": [
            {"resourceType": "AWS::EC2::Volume", "count": 2},
            {"resourceType": "AWS::Lambda::Function", "count": 1},
        ],
    }
    page = call("config", "GetDiscoveredResourceCounts", resourceTypes=wanted, limit=1)
    rest = call("config", "GetDiscoveredResourceCounts", resourceTypes=wanted, limit=1, nextToken=page["nextToken"])
    assert [each["resourceCounts"][0]["count"] for each in (page, rest)] == [2, 1]
    assert page["totalDiscoveredResources"] == 3

    call("config", "StopConfigurationRecorder", ConfigurationRecorderName="default")
    assert call("config", "GetDiscoveredResourceCounts") == {"totalDiscoveredResources": 0, "resourceCounts": []}


def test_a_batch_has_the_newest_items_of_what_lives(
    engine: Engine, call: CallFixture, put: PutFixture, three_sizes: None
) -> None:
    put(sized_volume("vol-2", size=5, tags={"env": "lab"}), sized_volume("vol-3"))
    remove(engine, *KEY)
    keys = [{"resourceType": "AWS::EC2::Volume", "resourceId": f"vol-{number}"} for number in (1, 2, 9)]

    answer = call("config", "BatchGetResourceConfig", resourceKeys=keys)

    (item,) = answer["baseConfigurationItems"]
    assert item["resourceId"] == "vol-2"
    assert json.loads(item["configuration"])["size"] == 5
    assert not {"tags", "relationships", "relatedEvents", "configurationItemMD5Hash"} & item.keys()
    assert answer["unprocessedResourceKeys"] == []


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("ListDiscoveredResources", {"resourceType": "AWS::EC2::Volume"}),
        ("GetDiscoveredResourceCounts", {}),
    ],
)
def test_a_token_that_nobody_gave_is_refused(
    call: CallFixture, recording: None, operation: str, params: Document
) -> None:
    with pytest.raises(ServiceError) as refusal:
        call("config", operation, **params, nextToken="bm9uc2Vuc2U=")

    assert refusal.value.code == "InvalidNextTokenException"


def test_what_is_not_recorded_is_listed_and_not_counted(call: CallFixture, put: PutFixture, recording: None) -> None:
    role = "arn:aws:iam::696686700433:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    settings = {"name": "default", "roleARN": role, "recordingGroup": {"resourceTypes": ["AWS::S3::Bucket"]}}
    call("config", "PutConfigurationRecorder", ConfigurationRecorder=settings)
    put(sized_volume())

    assert listing(call) == ["vol-1"]
    counts = call("config", "GetDiscoveredResourceCounts", resourceTypes=["AWS::EC2::Volume"])
    assert counts == {"totalDiscoveredResources": 0, "resourceCounts": []}


def test_stored_lists_stay_readable_with_the_recorder_off(call: CallFixture, put: PutFixture, recording: None) -> None:
    put(sized_volume())
    call("config", "StopConfigurationRecorder", ConfigurationRecorderName="default")

    assert listing(call) == ["vol-1"]
    keys = [{"resourceType": "AWS::EC2::Volume", "resourceId": "vol-1"}]
    assert len(call("config", "BatchGetResourceConfig", resourceKeys=keys)["baseConfigurationItems"]) == 1

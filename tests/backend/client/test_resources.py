"""The inventory, and which calls bring an item."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backend.client.listing import list_types
from backend.client.resources import ResourcesOverApi
from backend.client.together import IN_FLIGHT
from backend.model.item import Document, ResourceKey
from backend.model.moment import Moment, from_datetime, to_datetime
from backend.model.problem import Denied
from tests.backend.client.scripted import ScriptedApi, denied

KEY = ResourceKey("AWS::EC2::Volume", "vol-1")
NOW: Moment = 1_800_000_000_000
CAPTURED: Moment = NOW - 5_000

BASE: Document = {
    "version": "1.3",
    "resourceType": "AWS::EC2::Volume",
    "resourceId": "vol-1",
    "configurationItemCaptureTime": to_datetime(CAPTURED),
    "configuration": '{"size":8}',
}
WHOLE: Document = {**BASE, "tags": {"Name": "data"}}


def over(answers: dict[str, Any]) -> tuple[ResourcesOverApi, ScriptedApi]:
    api = ScriptedApi(answers)
    return ResourcesOverApi(api, lambda: NOW), api


def identifiers(params: Document) -> Document:
    kind = params["resourceType"]
    return {"resourceIdentifiers": [{"resourceType": kind, "resourceId": f"{kind}-{n}"} for n in range(2)]}


async def test_the_newest_item_is_fetched_whole_from_its_own_second() -> None:
    resources, api = over(
        {
            "BatchGetResourceConfig": {"baseConfigurationItems": [BASE]},
            "GetResourceConfigHistory": {"configurationItems": [WHOLE]},
        }
    )
    item = await resources.item(KEY)
    assert item is not None
    assert item.tags == {"Name": "data"}
    asked = api.asked[-1][1]
    assert asked["earlierTime"] * 1000 <= CAPTURED <= asked["laterTime"] * 1000


async def test_without_batch_get_the_history_is_asked_alone() -> None:
    resources, api = over(
        {
            "BatchGetResourceConfig": denied("config:BatchGetResourceConfig"),
            "GetResourceConfigHistory": {"configurationItems": [WHOLE]},
        }
    )
    item = await resources.item(KEY)
    assert item is not None
    assert item.capture_time == CAPTURED
    assert api.times_asked("GetResourceConfigHistory") == 1


async def test_without_the_history_the_item_has_no_tags_and_links() -> None:
    resources, _ = over(
        {
            "BatchGetResourceConfig": {"baseConfigurationItems": [BASE]},
            "GetResourceConfigHistory": denied("config:GetResourceConfigHistory"),
        }
    )
    item = await resources.item(KEY)
    assert item is not None
    assert item.configuration == {"size": 8}


async def test_a_deleted_resource_is_found_in_the_history() -> None:
    gone = {**BASE, "configurationItemStatus": "ResourceDeleted", "configuration": "null"}
    resources, _ = over(
        {
            "BatchGetResourceConfig": {"baseConfigurationItems": []},
            "GetResourceConfigHistory": {"configurationItems": [gone]},
        }
    )
    item = await resources.item(KEY)
    assert item is not None
    assert item.deleted
    assert item.configuration is None


async def test_as_of_asks_for_the_newest_item_up_to_the_moment() -> None:
    resources, api = over({"BatchGetResourceConfig": {}, "GetResourceConfigHistory": {"configurationItems": [WHOLE]}})
    await resources.as_of(KEY, CAPTURED)
    asked = api.asked[-1][1]
    assert asked["laterTime"] * 1000 == CAPTURED
    assert asked["limit"] == 1


async def test_counts_come_most_first_over_all_pages() -> None:
    first = {"resourceCounts": [{"resourceType": "AWS::EC2::Volume", "count": 2}], "nextToken": "more"}
    second = {"resourceCounts": [{"resourceType": "AWS::S3::Bucket", "count": 7}]}
    resources, _ = over({"GetDiscoveredResourceCounts": [first, second]})
    assert list((await resources.counts()).items()) == [("AWS::S3::Bucket", 7), ("AWS::EC2::Volume", 2)]


async def test_the_listing_covers_every_type() -> None:
    counts = [{"resourceType": name, "count": 2} for name in ("AWS::EC2::Volume", "AWS::IAM::User")]
    resources, _ = over(
        {"GetDiscoveredResourceCounts": {"resourceCounts": counts}, "ListDiscoveredResources": identifiers}
    )
    listed = [one async for batch in resources.listing() for one in batch]
    assert len(listed) == 4
    assert {one.region for one in listed if one.resource_type == "AWS::IAM::User"} == {"global"}
    assert {one.region for one in listed if one.resource_type == "AWS::EC2::Volume"} == {"eu-west-1"}


async def test_while_the_recorder_is_off_every_type_is_asked_once() -> None:
    recorder = {"name": "default", "roleARN": "r", "recordingGroup": {"allSupported": True}}
    resources, api = over(
        {
            "GetDiscoveredResourceCounts": {"resourceCounts": []},
            "DescribeConfigurationRecorders": {"ConfigurationRecorders": [recorder]},
            "DescribeConfigurationRecorderStatus": {"ConfigurationRecordersStatus": []},
            "ListDiscoveredResources": identifiers,
        }
    )
    assert sum((await resources.counts()).values()) == 6
    listed = [one async for batch in resources.listing() for one in batch]
    assert len(listed) == 6
    assert api.times_asked("ListDiscoveredResources") == 3


async def test_a_region_without_recorder_is_not_searched() -> None:
    resources, api = over(
        {
            "GetDiscoveredResourceCounts": {"resourceCounts": []},
            "DescribeConfigurationRecorders": {"ConfigurationRecorders": []},
            "DescribeConfigurationRecorderStatus": {"ConfigurationRecordersStatus": []},
        }
    )
    assert await resources.counts() == {}
    assert [batch async for batch in resources.listing()] == []
    assert api.times_asked("ListDiscoveredResources") == 0


async def test_a_refused_type_reaches_the_reader() -> None:
    resources, _ = over(
        {
            "GetDiscoveredResourceCounts": {"resourceCounts": [{"resourceType": "AWS::S3::Bucket", "count": 1}]},
            "ListDiscoveredResources": denied("config:ListDiscoveredResources"),
        }
    )
    with pytest.raises(Denied, match="config:ListDiscoveredResources"):
        _ = [batch async for batch in resources.listing()]


async def test_leaving_a_listing_early_stops_the_asking() -> None:
    api = ScriptedApi({"ListDiscoveredResources": identifiers})
    pages = list_types(api, [f"T::{n}" for n in range(1000)])
    async for _ in pages:
        break
    await pages.aclose()
    asked = len(api.asked)
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(api.asked) == asked < 100


async def test_only_some_types_are_asked_at_a_time() -> None:
    running = most = 0

    class Slow(ScriptedApi):
        async def call(self, service: str, operation: str, /, **params: Any) -> Document:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1
            return identifiers(params)

    assert len([page async for page in list_types(Slow({}), [f"T::{n}" for n in range(50)])]) == 50
    assert most == IN_FLIGHT


def test_the_capture_time_survives_the_way_through_datetime() -> None:
    assert from_datetime(to_datetime(CAPTURED)) == CAPTURED

"""Reading configuration items: history, lists, counts and batches, in the API's spelling."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from backend.engine.config import items
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.world import estate
from backend.engine.world.estate import Link, Resource
from backend.model import moment
from backend.model.item import Document, ResourceKey
from backend.model.moment import DAY, HOUR

Call: TypeAlias = Callable[..., Document]
Put: TypeAlias = Callable[..., None]

START = moment.parse("2026-03-01T00:00:00Z")
REGION = "ap-southeast-1"
KEY = ResourceKey("AWS::EC2::Volume", "vol-1")


def volume(resource_id: str = "vol-1", *, size: int = 8, **members: Any) -> Resource:
    return Resource(
        resource_type="AWS::EC2::Volume",
        resource_id=resource_id,
        region=REGION,
        configuration={"volumeId": resource_id, "size": size},
        **members,
    )


def history(call: Call, resource_id: str = "vol-1", **params: Any) -> Document:
    answer: Document = call(
        "config", "GetResourceConfigHistory", resourceType="AWS::EC2::Volume", resourceId=resource_id, **params
    )
    return answer


def sizes(answer: Document) -> list[int]:
    return [json.loads(each["configuration"])["size"] for each in answer["configurationItems"]]


@pytest.fixture
def three_sizes(engine: Engine, put: Put, recording: None) -> None:
    """A volume of 8, then 16, then 32 GiB, an hour apart from the start on."""
    for hour, size in enumerate((8, 16, 32)):
        engine.advance(START + DAY + hour * HOUR)
        put(volume(size=size))


@pytest.mark.requirement("HIS-01")
@pytest.mark.requirement("HIS-03")
@pytest.mark.requirement("REC-12")
def test_history_is_newest_first_unless_asked_for_otherwise(call: Call, three_sizes: None) -> None:
    assert sizes(history(call)) == [32, 16, 8]
    assert sizes(history(call, chronologicalOrder="Forward")) == [8, 16, 32]


@pytest.mark.requirement("HIS-02")
def test_both_bounds_of_a_period_are_inside_it(call: Call, three_sizes: None) -> None:
    first, second = (moment.to_datetime(START + DAY + hour * HOUR) for hour in (0, 1))

    assert sizes(history(call, earlierTime=first, laterTime=second)) == [16, 8]
    assert sizes(history(call, earlierTime=second)) == [32, 16]
    assert sizes(history(call, laterTime=first)) == [8]


def test_a_period_must_have_a_length(call: Call, three_sizes: None) -> None:
    when = moment.to_datetime(START)
    with pytest.raises(ServiceError) as refusal:
        history(call, earlierTime=when, laterTime=when)

    assert (refusal.value.code, refusal.value.message) == ("InvalidTimeRangeException", "")


def test_history_comes_in_pages(call: Call, three_sizes: None) -> None:
    for order, expected in (("Reverse", [[32, 16], [8]]), ("Forward", [[8, 16], [32]])):
        first = history(call, limit=2, chronologicalOrder=order)
        second = history(call, limit=2, chronologicalOrder=order, nextToken=first["nextToken"])
        assert [sizes(first), sizes(second)] == expected
        assert "nextToken" not in second


def test_ten_items_are_a_page_by_default(call: Call, put: Put, recording: None) -> None:
    for size in range(1, 13):
        put(volume(size=size))

    assert len(history(call)["configurationItems"]) == 10
    assert len(history(call, limit=0)["configurationItems"]) == 10
    assert len(history(call, limit=100)["configurationItems"]) == 12


@pytest.mark.parametrize("token", ["no base64 !", "bm9qc29u", "WzEsMl0=", "e30="])
def test_a_token_of_somebody_else_is_refused(call: Call, three_sizes: None, token: str) -> None:
    with pytest.raises(ServiceError) as refusal:
        history(call, nextToken=token)

    assert refusal.value.code == "InvalidNextTokenException"


def test_an_unknown_resource_has_not_been_discovered(call: Call, recording: None) -> None:
    with pytest.raises(ServiceError) as refusal:
        history(call, "vol-none")

    assert str(refusal.value) == (
        "ResourceNotDiscoveredException: Resource vol-none of resourceType:AWS::EC2::Volume is unknown or has not been"
        " discovered"
    )


def test_without_a_recorder_there_is_nothing_to_read(call: Call) -> None:
    for operation, params in (
        ("GetResourceConfigHistory", {"resourceType": KEY.resource_type, "resourceId": KEY.resource_id}),
        ("ListDiscoveredResources", {"resourceType": KEY.resource_type}),
        ("BatchGetResourceConfig", {"resourceKeys": [{"resourceType": "AWS::EC2::Volume", "resourceId": "vol-1"}]}),
    ):
        with pytest.raises(ServiceError) as refusal:
            call("config", operation, **params)
        assert refusal.value.code == "NoAvailableConfigurationRecorderException"


def test_stored_items_stay_readable_with_the_recorder_off(call: Call, three_sizes: None) -> None:
    call("config", "StopConfigurationRecorder", ConfigurationRecorderName="default")

    assert sizes(history(call)) == [32, 16, 8]


def test_the_api_spells_an_item_in_its_own_way(call: Call, put: Put, recording: None) -> None:
    put(
        volume(
            name="data",
            arn=f"arn:aws:ec2:{REGION}:696686700433:volume/vol-1",
            zone=f"{REGION}a",
            created=START,
            tags={"env": "lab"},
            supplementary={"Plain": {"a": None}, "Text": '{"grantList":[]}'},
            links=(Link("Is attached to Instance", "AWS::EC2::Instance", "i-1"),),
        )
    )

    (item,) = history(call)["configurationItems"]

    assert item == {
        "version": "1.3",
        "accountId": "696686700433",
        "configurationItemCaptureTime": moment.to_datetime(int(item["configurationStateId"])),
        "configurationItemStatus": "ResourceDiscovered",
        "configurationStateId": item["configurationStateId"],
        "configurationItemMD5Hash": "",
        "arn": f"arn:aws:ec2:{REGION}:696686700433:volume/vol-1",
        "resourceType": "AWS::EC2::Volume",
        "resourceId": "vol-1",
        "resourceName": "data",
        "awsRegion": REGION,
        "availabilityZone": f"{REGION}a",
        "resourceCreationTime": moment.to_datetime(START),
        "tags": {"env": "lab"},
        "relatedEvents": [],
        "relationships": [
            {
                "resourceId": "i-1",
                "resourceType": "AWS::EC2::Instance",
                "relationshipName": "Is attached to Instance",
            }
        ],
        "configuration": '{"volumeId":"vol-1","size":8}',
        "supplementaryConfiguration": {"Plain": '{"a":null}', "Text": '"{\\"grantList\\":[]}"'},
    }


def test_the_api_tells_of_a_deleted_resource_with_a_null_body(engine: Engine, call: Call, three_sizes: None) -> None:
    engine.act(lambda ctx: assert_removed(ctx))

    newest = history(call)["configurationItems"][0]

    assert newest["configurationItemStatus"] == "ResourceDeleted"
    assert newest["configuration"] == "null"
    assert not {"availabilityZone", "resourceCreationTime", "arn"} & newest.keys()


def assert_removed(ctx: Context) -> None:
    assert estate.remove(ctx, *KEY)


@pytest.mark.requirement("HIS-11")
def test_the_item_of_any_moment_can_be_found(ctx: Context, three_sizes: None) -> None:
    def size(offset: int) -> int | None:
        found = items.at(ctx, KEY, START + DAY + offset)
        return found["configuration"]["size"] if found else None

    assert [size(-1), size(0), size(HOUR - 1), size(HOUR), size(5 * DAY)] == [None, 8, 8, 16, 32]


def listing(call: Call, **params: Any) -> list[str]:
    answer = call("config", "ListDiscoveredResources", resourceType="AWS::EC2::Volume", **params)
    return [each["resourceId"] for each in answer["resourceIdentifiers"]]


def test_resources_are_listed_by_id_name_and_page(call: Call, put: Put, recording: None) -> None:
    put(volume("vol-c", name="data"), volume("vol-a"), volume("vol-b", name="logs"))

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
def test_ids_or_a_name_and_not_too_many(call: Call, recording: None, params: Document) -> None:
    with pytest.raises(ServiceError) as refusal:
        listing(call, **params)

    assert refusal.value.code == "ValidationException"


def test_deleted_resources_are_listed_on_demand(engine: Engine, call: Call, put: Put, three_sizes: None) -> None:
    put(volume("vol-2"))
    engine.advance(START + 2 * DAY)
    engine.act(lambda ctx: assert_removed(ctx))

    assert listing(call) == ["vol-2"]
    answer = call("config", "ListDiscoveredResources", resourceType="AWS::EC2::Volume", includeDeletedResources=True)
    gone, there = answer["resourceIdentifiers"]
    assert gone["resourceDeletionTime"] == moment.to_datetime(START + 2 * DAY)
    assert "resourceDeletionTime" not in there


def test_counts_are_largest_first_and_empty_while_off(call: Call, put: Put, recording: None) -> None:
    put(
        volume("vol-1"),
        volume("vol-2"),
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


def test_a_batch_has_the_newest_items_of_what_lives(engine: Engine, call: Call, put: Put, three_sizes: None) -> None:
    put(volume("vol-2", size=5, tags={"env": "lab"}), volume("vol-3"))
    engine.act(lambda ctx: assert_removed(ctx))
    keys = [{"resourceType": "AWS::EC2::Volume", "resourceId": f"vol-{number}"} for number in (1, 2, 9)]

    answer = call("config", "BatchGetResourceConfig", resourceKeys=keys)

    (item,) = answer["baseConfigurationItems"]
    assert item["resourceId"] == "vol-2"
    assert json.loads(item["configuration"])["size"] == 5
    assert not {"tags", "relationships", "relatedEvents", "configurationItemMD5Hash"} & item.keys()
    assert answer["unprocessedResourceKeys"] == []


def test_live_items_are_read_in_pages_that_leave_room_for_writes(
    ctx: Context, engine: Engine, put: Put, recording: None
) -> None:
    put(*(volume(f"vol-{number:04}") for number in range(1001)))

    seen = 0

    def walk(ctx: Context) -> None:
        nonlocal seen
        for document in items.live(ctx, "AWS::EC2::Volume"):
            seen += 1
            if seen % 400 == 0:
                estate.remove(ctx, document["resourceType"], document["resourceId"])

    engine.act(walk)
    assert seen == 1001
    assert len(list(items.live(ctx, "AWS::EC2::Volume"))) == 999


@pytest.mark.requirement("ITM-16")
def test_no_operation_deletes_an_item(engine: Engine, call: Call, three_sizes: None) -> None:
    for operation in ("DeleteConfigurationItem", "DeleteResourceConfigHistory"):
        with pytest.raises(ServiceError) as refusal:
            call("config", operation)
        assert refusal.value.code == "UnknownOperationException"
    call("config", "StopConfigurationRecorder", ConfigurationRecorderName="default")
    call("config", "DeleteDeliveryChannel", DeliveryChannelName="default")
    assert len(history(call)["configurationItems"]) == 3

"""Configuration items as they are kept, and in the API's spelling."""

from __future__ import annotations

from typing import Any

import pytest

from backend.engine.config import items
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.world import estate
from backend.engine.world.estate import Link
from backend.model import moment
from backend.model.item import Document, ResourceKey
from backend.model.moment import DAY, HOUR
from tests.backend.engine.config.conftest import remove, sized_volume
from tests.backend.engine.conftest import REGION, START, CallFixture, PutFixture

KEY = ResourceKey("AWS::EC2::Volume", "vol-1")


def history(call: CallFixture, resource_id: str = "vol-1", **params: Any) -> Document:
    answer: Document = call(
        "config", "GetResourceConfigHistory", resourceType="AWS::EC2::Volume", resourceId=resource_id, **params
    )
    return answer


def test_the_api_spells_an_item_in_its_own_way(call: CallFixture, put: PutFixture, recording: None) -> None:
    put(
        sized_volume(
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


def test_the_api_tells_of_a_deleted_resource_with_a_null_body(
    engine: Engine, call: CallFixture, three_sizes: None
) -> None:
    remove(engine, *KEY)

    newest = history(call)["configurationItems"][0]

    assert newest["configurationItemStatus"] == "ResourceDeleted"
    assert newest["configuration"] == "null"
    assert not {"availabilityZone", "resourceCreationTime", "arn"} & newest.keys()


@pytest.mark.requirement("HIS-11")
def test_the_item_of_any_moment_can_be_found(ctx: Context, three_sizes: None) -> None:
    def size(offset: int) -> int | None:
        found = items.at(ctx, KEY, START + DAY + offset)
        return found["configuration"]["size"] if found else None

    assert [size(-1), size(0), size(HOUR - 1), size(HOUR), size(5 * DAY)] == [None, 8, 8, 16, 32]


def test_live_items_are_read_in_pages_that_leave_room_for_writes(
    ctx: Context, engine: Engine, put: PutFixture, recording: None
) -> None:
    put(*(sized_volume(f"vol-{number:04}") for number in range(1001)))

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
def test_no_operation_deletes_an_item(engine: Engine, call: CallFixture, three_sizes: None) -> None:
    for operation in ("DeleteConfigurationItem", "DeleteResourceConfigHistory"):
        with pytest.raises(ServiceError) as refusal:
            call("config", operation)
        assert refusal.value.code == "UnknownOperationException"
    call("config", "StopConfigurationRecorder", ConfigurationRecorderName="default")
    call("config", "DeleteDeliveryChannel", DeliveryChannelName="default")
    assert len(history(call)["configurationItems"]) == 3

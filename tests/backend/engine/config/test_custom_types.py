"""Resources of customers' own types: reported, listed, changed and gone, like any other."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from backend.engine.config import custom_types, items
from backend.engine.context import Context
from backend.engine.errors import ServiceError
from tests.backend.engine.config.conftest import start, stop
from tests.backend.engine.conftest import REGION, CallFixture, Messages

KIND = "Kestrel::Parcel::Robot"


def put(call: CallFixture, body: object = None, *, kind: str = KIND, resource_id: str = "r-1", **more: Any) -> None:
    configuration = body if isinstance(body, str) else json.dumps(body or {"arms": 2})
    asked = {"ResourceType": kind, "ResourceId": resource_id, "SchemaVersionId": "00000001"}
    call("config", "PutResourceConfig", **asked, Configuration=configuration, **more)


def delete(call: CallFixture, resource_id: str = "r-1") -> None:
    call("config", "DeleteResourceConfig", ResourceType=KIND, ResourceId=resource_id)


def refusal_of(action: Callable[..., None], *args: Any, **params: Any) -> str:
    with pytest.raises(ServiceError) as refusal:
        action(*args, **params)
    return refusal.value.code


def test_what_is_reported_becomes_an_item_and_a_message(
    ctx: Context, call: CallFixture, messages: Messages, recording: None
) -> None:
    messages()
    put(call, {"arms": 2}, ResourceName="Gripper", Tags={"hall": "4"})

    item = items.latest(ctx, KIND, "r-1")
    assert item is not None
    assert (item["configuration"], item["tags"], item["resourceName"]) == ({"arms": 2}, {"hall": "4"}, "Gripper")
    assert (item["configurationItemStatus"], item["awsRegion"]) == ("ResourceDiscovered", REGION)
    ((subject, message),) = messages("ConfigurationItemChangeNotification")
    assert f"{KIND} r-1 Created" in subject
    assert message["configurationItem"]["configuration"] == {"arms": 2}


def test_its_history_is_read_like_any_other(call: CallFixture, recording: None) -> None:
    put(call, {"arms": 2})
    put(call, {"arms": 2})
    put(call, {"arms": 3})
    delete(call)
    put(call, {"arms": 4})

    answer = call("config", "GetResourceConfigHistory", resourceType=KIND, resourceId="r-1")
    found = [(each["configurationItemStatus"], each["configuration"]) for each in answer["configurationItems"]]
    assert found == [
        ("ResourceDiscovered", '{"arms":4}'),
        ("ResourceDeleted", "null"),
        ("OK", '{"arms":3}'),
        ("ResourceDiscovered", '{"arms":2}'),
    ]
    listed = call("config", "ListDiscoveredResources", resourceType=KIND)["resourceIdentifiers"]
    assert [each["resourceId"] for each in listed] == ["r-1"]
    counts = call("config", "GetDiscoveredResourceCounts", resourceTypes=[KIND])
    assert counts["totalDiscoveredResources"] == 1


def test_it_outlives_a_restart_of_the_recorder(call: CallFixture, recording: None) -> None:
    put(call)
    stop(call)
    start(call)

    answer = call("config", "GetResourceConfigHistory", resourceType=KIND, resourceId="r-1")
    assert [each["configurationItemStatus"] for each in answer["configurationItems"]] == ["ResourceDiscovered"]


def test_the_recorder_has_to_run(call: CallFixture, recorder: None) -> None:
    assert refusal_of(put, call) == "NoRunningConfigurationRecorderException"
    assert refusal_of(delete, call) == "NoRunningConfigurationRecorderException"


@pytest.mark.parametrize(
    "kind",
    ["AWS::EC2::Instance", "aws::My::Thing", "Amazon::My::Thing", "custom::My::Thing", "My::Thing", "x", "A::B::C"],
)
def test_type_names_that_no_customer_has(call: CallFixture, recording: None, kind: str) -> None:
    assert refusal_of(put, call, kind=kind) == "ValidationException"


@pytest.mark.parametrize("body", ["{", "[1]", '"text"', "null", '{"a":' + "[" * 5000, '{"a":"' + "x" * 65536 + '"}'])
def test_bodies_that_are_no_object_or_too_long(ctx: Context, call: CallFixture, recording: None, body: str) -> None:
    assert refusal_of(put, call, body) == "ValidationException"
    assert items.latest(ctx, KIND, "r-1") is None


def test_a_body_may_have_64_kilobytes(ctx: Context, call: CallFixture, recording: None) -> None:
    frame = len('{"a":""}')
    put(call, '{"a":"' + "x" * (custom_types.LARGEST - frame) + '"}')

    assert items.latest(ctx, KIND, "r-1") is not None


@pytest.mark.parametrize("tags", [{f"k{n}": "" for n in range(51)}, {"": "x"}, {"k" * 129: ""}, {"k": "v" * 257}])
def test_tags_have_their_limits(call: CallFixture, recording: None, tags: dict[str, str]) -> None:
    assert refusal_of(put, call, Tags=tags) == "ValidationException"


def test_what_is_not_there_cannot_go(call: CallFixture, recording: None) -> None:
    assert refusal_of(delete, call) == "ValidationException"
    put(call)
    delete(call)
    assert refusal_of(delete, call) == "ValidationException"


def test_there_are_only_so_many(call: CallFixture, recording: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custom_types, "MOST_ACTIVE", 1)
    put(call)

    assert refusal_of(put, call, resource_id="r-2") == "MaxActiveResourcesExceededException"
    put(call, {"arms": 3})
    delete(call)
    put(call, resource_id="r-2")

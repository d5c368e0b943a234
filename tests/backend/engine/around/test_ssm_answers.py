"""Systems Manager's answers: nodes and inventory listed, filtered, counted, and what is refused."""

from __future__ import annotations

import pytest

from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.world import estate
from backend.model.item import Document
from tests.backend.engine.around.agent import SERVER, information, refusal_code, section
from tests.backend.engine.conftest import CallFixture, PutFixture


def test_nodes_are_told_with_what_their_agents_say(
    call: CallFixture, report: CallFixture, engine: Engine, put: PutFixture
) -> None:
    report(information(SERVER))
    [node] = call("ssm", "DescribeInstanceInformation")["InstanceInformationList"]
    assert (node["PingStatus"], node["PlatformName"], node["IPAddress"]) == ("Online", "Amazon Linux", "10.0.0.5")

    def stop(ctx: Context) -> None:
        found = estate.get(ctx, "AWS::EC2::Instance", SERVER)
        assert found is not None
        estate.put(ctx, estate.edited(found, state={"name": "stopped"}))

    engine.act(stop)
    [node] = call("ssm", "DescribeInstanceInformation")["InstanceInformationList"]
    assert node["PingStatus"] == "ConnectionLost"


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("InstanceIds", SERVER, 1),
        ("PlatformTypes", "Windows", 0),
        ("PingStatus", "Online", 1),
        ("tag:Env", "prod", 1),
        ("tag:Env", "dev", 0),
        ("tag-key", "Env", 1),
        ("ResourceType", "EC2Instance", 1),
    ],
)
def test_nodes_are_filtered(call: CallFixture, report: CallFixture, key: str, value: str, found: int) -> None:
    report(information(SERVER))
    answer = call("ssm", "DescribeInstanceInformation", Filters=[{"Key": key, "Values": [value]}])
    assert len(answer["InstanceInformationList"]) == found


def test_an_unknown_filter_of_nodes_is_refused(call: CallFixture, report: CallFixture) -> None:
    report(information(SERVER))
    wanted = [{"Key": "Colour", "Values": ["red"]}]
    assert refusal_code(call, "DescribeInstanceInformation", Filters=wanted) == "InvalidFilterKey"


def test_nodes_come_in_pages(call: CallFixture) -> None:
    call("ssm", "CreateActivation", IamRole="hybrid", RegistrationLimit=20)
    for number in range(12):
        node = f"mi-{number:017d}"
        call("ssm", "PutInventory", InstanceId=node, Items=[information(node)])
    pages: list[Document] = []
    token: Document = {}
    while not pages or token:
        pages.append(call("ssm", "DescribeInstanceInformation", MaxResults=5, **token))
        token = {"NextToken": pages[-1]["NextToken"]} if "NextToken" in pages[-1] else {}
    assert [len(page["InstanceInformationList"]) for page in pages] == [5, 5, 2]
    assert refusal_code(call, "DescribeInstanceInformation", NextToken="bogus") == "InvalidNextToken"
    assert len(call("ssm", "GetInventory", MaxResults=5)["Entities"]) == 5


@pytest.mark.parametrize(
    ("how", "value", "found"),
    [
        ("Equal", "3.9", True),
        ("NotEqual", "3.9", False),
        ("BeginWith", "3.", True),
        ("LessThan", "3.10", True),
        ("GreaterThan", "3.10", False),
        ("Exists", "x", True),
    ],
)
def test_inventory_is_filtered(call: CallFixture, report: CallFixture, how: str, value: str, found: bool) -> None:
    report(section("AWS:Application", {"Name": "python", "Version": "3.9"}))
    wanted = [{"Key": "AWS:Application.Version", "Values": [value], "Type": how}]
    asked = {"Filters": wanted, "ResultAttributes": [{"TypeName": "AWS:Application"}]}
    entities = call("ssm", "GetInventory", **asked)["Entities"]
    assert bool(entities) is found
    if found:
        data = entities[0]["Data"]["AWS:Application"]
        assert (data["SchemaVersion"], data["Content"][0]["Name"]) == ("1.1", "python")


def test_nodes_are_counted_by_an_attribute(call: CallFixture, report: CallFixture) -> None:
    report(information(SERVER))
    [answer] = call("ssm", "GetInventory", Aggregators=[{"Expression": "AWS:InstanceInformation.PlatformType"}])[
        "Entities"
    ]
    assert answer["Data"]["AWS:InstanceInformation"]["Content"] == [{"PlatformType": "Linux", "Count": "1"}]
    assert refusal_code(call, "GetInventory", Aggregators=[{"Expression": "Colour"}]) == "InvalidAggregatorException"
    assert refusal_code(call, "GetInventory", Filters=[{"Key": "Colour", "Values": ["x"]}]) == "InvalidFilter"


def test_entries_are_listed_and_filtered(call: CallFixture, report: CallFixture) -> None:
    report(section("AWS:Application", *({"Name": f"p{number}", "Version": "1"} for number in range(7))))
    asked = {"InstanceId": SERVER, "TypeName": "AWS:Application"}
    first = call("ssm", "ListInventoryEntries", MaxResults=5, **asked)
    rest = call("ssm", "ListInventoryEntries", MaxResults=5, NextToken=first["NextToken"], **asked)
    assert [entry["Name"] for entry in first["Entries"] + rest["Entries"]] == [f"p{number}" for number in range(7)]
    only = call("ssm", "ListInventoryEntries", Filters=[{"Key": "AWS:Application.Name", "Values": ["p3"]}], **asked)
    assert [entry["Name"] for entry in only["Entries"]] == ["p3"]
    assert call("ssm", "ListInventoryEntries", InstanceId=SERVER, TypeName="AWS:Network")["Entries"] == []


def test_the_schemas_of_the_types_are_told(call: CallFixture) -> None:
    [schema] = call("ssm", "GetInventorySchema", TypeName="AWS:WindowsUpdate")["Schemas"]
    assert [each["Name"] for each in schema["Attributes"]] == [
        "HotFixId",
        "Description",
        "InstalledTime",
        "InstalledBy",
    ]
    assert len(call("ssm", "GetInventorySchema")["Schemas"]) == 9
    assert refusal_code(call, "GetInventorySchema", TypeName="AWS:Nothing") == "InvalidTypeNameException"


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (section("AWS:Nothing", {}), "InvalidTypeNameException"),
        (section("AWS:Application", {"Name": "x"}, version="7.7"), "UnsupportedInventorySchemaVersionException"),
        (section("AWS:Application", {"Name": "x", "Colour": "red"}), "InvalidItemContentException"),
        (section("AWS:Application", {"Version": "1"}), "InvalidItemContentException"),
        (section("Custom:Rack", {str(number): "x" for number in range(51)}), "InvalidItemContentException"),
        (section("Custom:Rack", {"x": "y" * 2_000_000}), "TotalSizeLimitExceededException"),
        (
            {"TypeName": "Custom:Rack", "SchemaVersion": "1.0", "CaptureTime": "x", "ContentHash": "unknown"},
            "ItemContentMismatchException",
        ),
    ],
)
def test_inventory_that_does_not_fit_is_refused_and_nothing_of_it_kept(
    call: CallFixture, server: None, item: Document, code: str
) -> None:
    assert refusal_code(call, "PutInventory", InstanceId=SERVER, Items=[information(SERVER), item]) == code
    assert call("ssm", "GetInventory")["Entities"] == []


def test_a_hash_stands_for_what_is_known(call: CallFixture, report: CallFixture) -> None:
    report(section("Custom:Rack", {"Row": "7"}, ContentHash="abc"))
    known = {"TypeName": "Custom:Rack", "SchemaVersion": "1.0", "CaptureTime": "x", "ContentHash": "abc"}
    report(known)
    assert call("ssm", "ListInventoryEntries", InstanceId=SERVER, TypeName="Custom:Rack")["Entries"] == [{"Row": "7"}]

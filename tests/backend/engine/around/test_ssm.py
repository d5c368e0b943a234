"""Systems Manager: managed nodes, the switch of collection, inventory, and what AWS Config sees of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from backend.engine.around import ssm_nodes
from backend.engine.config import items
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.world import estate
from backend.engine.world.estate import Resource
from backend.model.item import Document
from backend.model.moment import DAY
from tests.backend.engine.conftest import ROLE

Call: TypeAlias = Callable[..., Document]
Put: TypeAlias = Callable[..., None]

TYPE = "AWS::SSM::ManagedInstanceInventory"
SERVER, OUTSIDE = "i-0123456789abcdef0", "mi-0123456789abcdef0"


def information(node: str, **more: str) -> Document:
    told = {"InstanceId": node, "PlatformName": "Amazon Linux", "PlatformType": "Linux", "PlatformVersion": "2023"}
    told |= {"AgentVersion": "3.3.1.0", "ComputerName": "web-1", "IpAddress": "10.0.0.5"}
    return section("AWS:InstanceInformation", {**told, **more})


def section(name: str, *entries: dict[str, str], version: str = "", **more: Any) -> Document:
    known = "1.1" if name == "AWS:Application" else "1.0"
    captured = {"CaptureTime": "2026-03-01T00:00:00Z", "Content": list(entries)}
    return {"TypeName": name, "SchemaVersion": version or known, **captured, **more}


@pytest.fixture
def server(put: Put) -> None:
    """A running instance."""
    body = {"state": {"name": "running"}}
    put(
        Resource(
            resource_type="AWS::EC2::Instance",
            resource_id=SERVER,
            region="ap-southeast-1",
            configuration=body,
            tags={"Env": "prod"},
        )
    )


@pytest.fixture
def report(call: Call, server: None) -> Call:
    """Send inventory as the agent of the instance does: `report(section(…))`."""

    def report(*sections: Document, node: str = SERVER) -> Document:
        return call("ssm", "PutInventory", InstanceId=node, Items=list(sections))

    return report


@pytest.fixture
def collected(call: Call) -> str:
    """The collection is on for all nodes; its association's id."""
    found: str = collect(call)["AssociationId"]
    return found


def collect(call: Call, key: str = "InstanceIds", *values: str) -> Document:
    targets = [{"Key": key, "Values": list(values) or ["*"]}]
    described: Document = call("ssm", "CreateAssociation", Name="AWS-GatherSoftwareInventory", Targets=targets)[
        "AssociationDescription"
    ]
    return described


def recorded(ctx: Context, node: str = SERVER) -> list[Document]:
    """The items of a node's inventory, oldest first."""
    return items.history(ctx, TYPE, node, forward=True)


def refused(call: Call, operation: str, **params: Any) -> str:
    with pytest.raises(ServiceError) as caught:
        call("ssm", operation, **params)
    return caught.value.code


@pytest.mark.requirement("INV-19")
def test_with_both_switches_on_an_inventory_is_recorded(
    ctx: Context, report: Call, recording: None, collected: str
) -> None:
    report(information(SERVER))
    [item] = recorded(ctx)
    assert item["ARN"] == f"arn:aws:ssm:ap-southeast-1:696686700433:managed-instance-inventory/{SERVER}"
    assert [(each["name"], each["resourceId"]) for each in item["relationships"]] == [("Is associated with ", SERVER)]


@pytest.mark.requirement("INV-19")
def test_without_the_collection_there_is_no_item(ctx: Context, call: Call, report: Call, recording: None) -> None:
    report(information(SERVER))
    assert recorded(ctx) == []
    # Systems Manager has it all the same, and shows it when the switch is turned.
    assert call("ssm", "GetInventory")["Entities"][0]["Id"] == SERVER
    collect(call)
    assert len(recorded(ctx)) == 1


@pytest.mark.requirement("INV-19")
def test_without_the_type_in_the_recording_group_there_is_no_item(
    ctx: Context, call: Call, report: Call, recorder: None, collected: str
) -> None:
    settings = {
        "name": "default",
        "roleARN": ROLE,
        "recordingGroup": {"allSupported": False, "resourceTypes": ["AWS::EC2::Instance"]},
    }
    call("config", "PutConfigurationRecorder", ConfigurationRecorder=settings)
    call("config", "StartConfigurationRecorder", ConfigurationRecorderName="default")
    report(information(SERVER))
    assert recorded(ctx) == []
    assert call("config", "ListDiscoveredResources", resourceType=TYPE)["resourceIdentifiers"] == []


def test_switched_off_again_the_items_that_came_stay_and_no_more_come(
    ctx: Context, call: Call, report: Call, recording: None, collected: str
) -> None:
    report(information(SERVER))
    call("ssm", "DeleteAssociation", AssociationId=collected)
    report(information(SERVER, PlatformVersion="2024"))
    [item] = recorded(ctx)
    assert item["configurationItemStatus"] == "ResourceDiscovered"


@pytest.mark.requirement("INV-12", "INV-15")
def test_the_first_item_tells_what_the_machine_is_the_next_what_is_on_it(
    ctx: Context, report: Call, recording: None, collected: str
) -> None:
    report(information(SERVER), section("AWS:Application", {"Name": "bash", "Version": "5.2"}))
    first, second = recorded(ctx)
    assert list(first["configuration"]) == ["AWS:InstanceInformation"]
    assert first["configuration"]["AWS:InstanceInformation"]["Content"][SERVER]["PlatformName"] == "Amazon Linux"
    assert second["configuration"]["AWS:Application"]["Content"]["bash"]["Version"] == "5.2"


@pytest.mark.requirement("INV-12", "INV-13", "INV-14", "INV-16", "INV-17", "INV-18")
@pytest.mark.parametrize(
    ("name", "before", "after", "path"),
    [
        ("AWS:Application", {"Name": "bash", "Version": "5"}, {"Name": "bash", "Version": "6"}, "bash.Version"),
        (
            "AWS:AWSComponent",
            {"Name": "aws-cli", "Version": "2"},
            {"Name": "aws-cli", "Version": "3"},
            "aws-cli.Version",
        ),
        (
            "AWS:Network",
            {"Name": "ens5", "Gateway": "10.0.0.1"},
            {"Name": "ens5", "Gateway": "10.0.0.2"},
            "ens5.Gateway",
        ),
        (
            "AWS:WindowsUpdate",
            {"HotFixId": "KB1", "InstalledBy": "a"},
            {"HotFixId": "KB1", "InstalledBy": "b"},
            "KB1.InstalledBy",
        ),
    ],
)
def test_what_changes_on_a_machine_is_an_item_with_its_difference(
    ctx: Context,
    report: Call,
    recording: None,
    collected: str,
    messages: Callable[..., list[tuple[str, Document]]],
    name: str,
    before: dict[str, str],
    after: dict[str, str],
    path: str,
) -> None:
    report(information(SERVER), section(name, before))
    messages()
    report(section(name, after))
    [(_, message)] = messages("ConfigurationItemChangeNotification")
    changed = message["configurationItemDiff"]["changedProperties"]
    assert f"Configuration.{name}.Content.{path[0].upper()}{path[1:]}" in changed
    assert message["configurationItem"]["configuration"][name]["Content"][path.partition(".")[0]] == after


@pytest.mark.requirement("INV-17")
def test_a_firewall_that_is_switched_off_is_seen(ctx: Context, report: Call, recording: None, collected: str) -> None:
    report(information(SERVER, FirewallStatus="firewalld: active"))
    report(information(SERVER, FirewallStatus="firewalld: inactive"))
    told = [
        item["configuration"]["AWS:InstanceInformation"]["Content"][SERVER]["FirewallStatus"] for item in recorded(ctx)
    ]
    assert told == ["firewalld: active", "firewalld: inactive"]


def test_what_was_removed_is_gone_from_the_next_item(
    ctx: Context, report: Call, recording: None, collected: str
) -> None:
    report(section("AWS:Application", {"Name": "bash"}, {"Name": "htop"}))
    report(section("AWS:Application", {"Name": "bash"}))
    assert list(recorded(ctx)[-1]["configuration"]["AWS:Application"]["Content"]) == ["bash"]


def test_several_versions_of_a_package_are_a_list(ctx: Context, report: Call, recording: None, collected: str) -> None:
    report(section("AWS:Application", {"Name": "kernel", "Version": "6.1"}, {"Name": "kernel", "Version": "6.2"}))
    content = recorded(ctx)[-1]["configuration"]["AWS:Application"]["Content"]
    assert [each["Version"] for each in content["kernel"]] == ["6.1", "6.2"]


def test_the_same_inventory_again_changes_nothing(ctx: Context, report: Call, recording: None, collected: str) -> None:
    report(information(SERVER))
    report({**information(SERVER), "CaptureTime": "2026-03-02T00:00:00Z"})
    assert len(recorded(ctx)) == 1


def test_inventory_of_peoples_own_types_is_kept_but_not_recorded(
    ctx: Context, call: Call, report: Call, recording: None, collected: str
) -> None:
    report(information(SERVER), section("Custom:Rack", {"Row": "7"}))
    assert list(recorded(ctx)[-1]["configuration"]) == ["AWS:InstanceInformation"]
    listed = call("ssm", "ListInventoryEntries", InstanceId=SERVER, TypeName="Custom:Rack")
    assert listed["Entries"] == [{"Row": "7"}]


@pytest.mark.requirement("INV-12")
def test_a_server_outside_of_aws_signs_up_with_an_activation(
    ctx: Context, call: Call, report: Call, recording: None, collected: str
) -> None:
    assert refused(call, "PutInventory", InstanceId=OUTSIDE, Items=[information(OUTSIDE)]) == "InvalidInstanceId"
    made = call("ssm", "CreateActivation", IamRole="hybrid", DefaultInstanceName="dock-1")
    report(information(OUTSIDE), node=OUTSIDE)

    [node] = call("ssm", "DescribeInstanceInformation")["InstanceInformationList"]
    assert (node["ResourceType"], node["ActivationId"], node["Name"]) == (
        "ManagedInstance",
        made["ActivationId"],
        "dock-1",
    )
    [item] = recorded(ctx, OUTSIDE)
    assert item["relationships"] == []
    [activation] = call("ssm", "DescribeActivations")["ActivationList"]
    assert activation["RegistrationsCount"] == 1
    other = "mi-ffffffffffffffff0"
    assert refused(call, "PutInventory", InstanceId=other, Items=[information(other)]) == "InvalidInstanceId"


def test_an_activation_ends(call: Call, engine: Engine) -> None:
    made = call("ssm", "CreateActivation", IamRole="hybrid", RegistrationLimit=5)
    engine.advance(engine.now + 2 * DAY)
    assert refused(call, "PutInventory", InstanceId=OUTSIDE, Items=[information(OUTSIDE)]) == "InvalidInstanceId"
    call("ssm", "DeleteActivation", ActivationId=made["ActivationId"])
    assert refused(call, "DeleteActivation", ActivationId=made["ActivationId"]) == "InvalidActivation"


def test_a_server_that_is_deregistered_is_unmanaged_and_has_no_more_items(
    ctx: Context, call: Call, report: Call, recording: None, collected: str
) -> None:
    call("ssm", "CreateActivation", IamRole="hybrid")
    report(information(OUTSIDE), node=OUTSIDE)
    call("ssm", "DeregisterManagedInstance", InstanceId=OUTSIDE)
    last = recorded(ctx, OUTSIDE)[-1]
    assert last["supplementaryConfiguration"] == {"InstanceStatus": "Unmanaged"}
    assert call("ssm", "DescribeInstanceInformation")["InstanceInformationList"] == []
    assert refused(call, "DeregisterManagedInstance", InstanceId=OUTSIDE) == "InvalidInstanceId"


def test_nodes_are_told_with_what_their_agents_say(call: Call, report: Call, engine: Engine, put: Put) -> None:
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
def test_nodes_are_filtered(call: Call, report: Call, key: str, value: str, found: int) -> None:
    report(information(SERVER))
    answer = call("ssm", "DescribeInstanceInformation", Filters=[{"Key": key, "Values": [value]}])
    assert len(answer["InstanceInformationList"]) == found


def test_an_unknown_filter_of_nodes_is_refused(call: Call, report: Call) -> None:
    report(information(SERVER))
    wanted = [{"Key": "Colour", "Values": ["red"]}]
    assert refused(call, "DescribeInstanceInformation", Filters=wanted) == "InvalidFilterKey"


def test_nodes_come_in_pages(call: Call) -> None:
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
    assert refused(call, "DescribeInstanceInformation", NextToken="bogus") == "InvalidNextToken"
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
def test_inventory_is_filtered(call: Call, report: Call, how: str, value: str, found: bool) -> None:
    report(section("AWS:Application", {"Name": "python", "Version": "3.9"}))
    wanted = [{"Key": "AWS:Application.Version", "Values": [value], "Type": how}]
    asked = {"Filters": wanted, "ResultAttributes": [{"TypeName": "AWS:Application"}]}
    entities = call("ssm", "GetInventory", **asked)["Entities"]
    assert bool(entities) is found
    if found:
        data = entities[0]["Data"]["AWS:Application"]
        assert (data["SchemaVersion"], data["Content"][0]["Name"]) == ("1.1", "python")


def test_nodes_are_counted_by_an_attribute(call: Call, report: Call) -> None:
    report(information(SERVER))
    [answer] = call("ssm", "GetInventory", Aggregators=[{"Expression": "AWS:InstanceInformation.PlatformType"}])[
        "Entities"
    ]
    assert answer["Data"]["AWS:InstanceInformation"]["Content"] == [{"PlatformType": "Linux", "Count": "1"}]
    assert refused(call, "GetInventory", Aggregators=[{"Expression": "Colour"}]) == "InvalidAggregatorException"
    assert refused(call, "GetInventory", Filters=[{"Key": "Colour", "Values": ["x"]}]) == "InvalidFilter"


def test_entries_are_listed_and_filtered(call: Call, report: Call) -> None:
    report(section("AWS:Application", *({"Name": f"p{number}", "Version": "1"} for number in range(7))))
    asked = {"InstanceId": SERVER, "TypeName": "AWS:Application"}
    first = call("ssm", "ListInventoryEntries", MaxResults=5, **asked)
    rest = call("ssm", "ListInventoryEntries", MaxResults=5, NextToken=first["NextToken"], **asked)
    assert [entry["Name"] for entry in first["Entries"] + rest["Entries"]] == [f"p{number}" for number in range(7)]
    only = call("ssm", "ListInventoryEntries", Filters=[{"Key": "AWS:Application.Name", "Values": ["p3"]}], **asked)
    assert [entry["Name"] for entry in only["Entries"]] == ["p3"]
    assert call("ssm", "ListInventoryEntries", InstanceId=SERVER, TypeName="AWS:Network")["Entries"] == []


def test_the_schemas_of_the_types_are_told(call: Call) -> None:
    [schema] = call("ssm", "GetInventorySchema", TypeName="AWS:WindowsUpdate")["Schemas"]
    assert [each["Name"] for each in schema["Attributes"]] == [
        "HotFixId",
        "Description",
        "InstalledTime",
        "InstalledBy",
    ]
    assert len(call("ssm", "GetInventorySchema")["Schemas"]) == 9
    assert refused(call, "GetInventorySchema", TypeName="AWS:Nothing") == "InvalidTypeNameException"


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
    call: Call, server: None, item: Document, code: str
) -> None:
    assert refused(call, "PutInventory", InstanceId=SERVER, Items=[information(SERVER), item]) == code
    assert call("ssm", "GetInventory")["Entities"] == []


def test_a_hash_stands_for_what_is_known(call: Call, report: Call) -> None:
    report(section("Custom:Rack", {"Row": "7"}, ContentHash="abc"))
    known = {"TypeName": "Custom:Rack", "SchemaVersion": "1.0", "CaptureTime": "x", "ContentHash": "abc"}
    report(known)
    assert call("ssm", "ListInventoryEntries", InstanceId=SERVER, TypeName="Custom:Rack")["Entries"] == [{"Row": "7"}]


@pytest.mark.parametrize(
    ("key", "values", "covered"),
    [
        ("InstanceIds", ["*"], True),
        ("InstanceIds", [SERVER], True),
        ("InstanceIds", ["i-ffffffffffffffff0"], False),
        ("tag:Env", ["prod"], True),
        ("tag:Env", ["dev"], False),
        ("tag-key", ["Env"], True),
    ],
)
def test_whom_the_collection_covers(
    ctx: Context, call: Call, report: Call, recording: None, key: str, values: list[str], covered: bool
) -> None:
    collect(call, key, *values)
    report(information(SERVER))
    assert bool(recorded(ctx)) is covered


def test_associations_are_listed_described_and_deleted(call: Call, server: None) -> None:
    made = call(
        "ssm", "CreateAssociation", Name="AWS-GatherSoftwareInventory", InstanceId=SERVER, AssociationName="one"
    )
    found = made["AssociationDescription"]["AssociationId"]
    [listed] = call("ssm", "ListAssociations")["Associations"]
    assert (listed["AssociationId"], listed["InstanceId"], listed["AssociationName"]) == (found, SERVER, "one")
    wanted = [{"key": "AssociationName", "value": "two"}]
    assert call("ssm", "ListAssociations", AssociationFilterList=wanted)["Associations"] == []
    assert call("ssm", "DescribeAssociation", InstanceId=SERVER)["AssociationDescription"]["AssociationId"] == found
    again = {"Name": "AWS-GatherSoftwareInventory", "InstanceId": SERVER}
    assert refused(call, "CreateAssociation", **again) == "AssociationAlreadyExists"
    call("ssm", "DeleteAssociation", AssociationId=found)
    assert refused(call, "DeleteAssociation", AssociationId=found) == "AssociationDoesNotExist"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"Name": "AWS-RunShellScript", "InstanceId": SERVER}, "InvalidDocument"),
        ({"Name": "AWS-GatherSoftwareInventory"}, "InvalidTarget"),
        (
            {"Name": "AWS-GatherSoftwareInventory", "Targets": [{"Key": "Colour", "Values": ["red"]}]},
            "InvalidTarget",
        ),
        (
            {"Name": "AWS-GatherSoftwareInventory", "InstanceId": SERVER, "ScheduleExpression": "daily"},
            "InvalidSchedule",
        ),
    ],
)
def test_associations_that_mean_nothing_are_refused(call: Call, params: Document, code: str) -> None:
    assert refused(call, "CreateAssociation", **params) == code


@pytest.mark.requirement("INV-07")
def test_the_call_of_the_agent_is_found_by_the_machine(call: Call, report: Call) -> None:
    report(information(SERVER))
    wanted = [{"AttributeKey": "ResourceName", "AttributeValue": SERVER}]
    names = [event["EventName"] for event in call("cloudtrail", "LookupEvents", LookupAttributes=wanted)["Events"]]
    assert "PutInventory" in names


def test_an_instance_that_ends_takes_its_inventory_along(
    ctx: Context, report: Call, engine: Engine, recording: None, collected: str
) -> None:
    report(information(SERVER))
    engine.act(lambda ctx: ssm_nodes.terminated(ctx, SERVER))
    assert recorded(ctx)[-1]["configurationItemStatus"] == "ResourceDeleted"
    assert ssm_nodes.every(ctx) == []

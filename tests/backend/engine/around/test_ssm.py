"""Systems Manager: managed nodes, the switch of collection, inventory, and what AWS Config sees of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backend.engine.around import ssm_nodes
from backend.engine.config import items
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.model.item import Document
from backend.model.moment import DAY
from tests.backend.engine.around.agent import OUTSIDE, SERVER, TYPE, collect, information, refusal_code, section
from tests.backend.engine.conftest import ROLE, CallFixture


def recorded(ctx: Context, node: str = SERVER) -> list[Document]:
    """The items of a node's inventory, oldest first."""
    return items.history(ctx, TYPE, node, forward=True)


@pytest.mark.requirement("INV-19")
def test_with_both_switches_on_an_inventory_is_recorded(
    ctx: Context, report: CallFixture, recording: None, collected: str
) -> None:
    report(information(SERVER))
    [item] = recorded(ctx)
    assert item["ARN"] == f"arn:aws:ssm:ap-southeast-1:696686700433:managed-instance-inventory/{SERVER}"
    assert [(each["name"], each["resourceId"]) for each in item["relationships"]] == [("Is associated with ", SERVER)]


@pytest.mark.requirement("INV-19")
def test_without_the_collection_there_is_no_item(
    ctx: Context, call: CallFixture, report: CallFixture, recording: None
) -> None:
    report(information(SERVER))
    assert recorded(ctx) == []
    # Systems Manager has it all the same, and shows it when the switch is turned.
    assert call("ssm", "GetInventory")["Entities"][0]["Id"] == SERVER
    collect(call)
    assert len(recorded(ctx)) == 1


@pytest.mark.requirement("INV-19")
def test_without_the_type_in_the_recording_group_there_is_no_item(
    ctx: Context, call: CallFixture, report: CallFixture, recorder: None, collected: str
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
    ctx: Context, call: CallFixture, report: CallFixture, recording: None, collected: str
) -> None:
    report(information(SERVER))
    call("ssm", "DeleteAssociation", AssociationId=collected)
    report(information(SERVER, PlatformVersion="2024"))
    [item] = recorded(ctx)
    assert item["configurationItemStatus"] == "ResourceDiscovered"


@pytest.mark.requirement("INV-12", "INV-15")
def test_the_first_item_tells_what_the_machine_is_the_next_what_is_on_it(
    ctx: Context, report: CallFixture, recording: None, collected: str
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
    report: CallFixture,
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
def test_a_firewall_that_is_switched_off_is_seen(
    ctx: Context, report: CallFixture, recording: None, collected: str
) -> None:
    report(information(SERVER, FirewallStatus="firewalld: active"))
    report(information(SERVER, FirewallStatus="firewalld: inactive"))
    told = [
        item["configuration"]["AWS:InstanceInformation"]["Content"][SERVER]["FirewallStatus"] for item in recorded(ctx)
    ]
    assert told == ["firewalld: active", "firewalld: inactive"]


def test_what_was_removed_is_gone_from_the_next_item(
    ctx: Context, report: CallFixture, recording: None, collected: str
) -> None:
    report(section("AWS:Application", {"Name": "bash"}, {"Name": "htop"}))
    report(section("AWS:Application", {"Name": "bash"}))
    assert list(recorded(ctx)[-1]["configuration"]["AWS:Application"]["Content"]) == ["bash"]


def test_several_versions_of_a_package_are_a_list(
    ctx: Context, report: CallFixture, recording: None, collected: str
) -> None:
    report(section("AWS:Application", {"Name": "kernel", "Version": "6.1"}, {"Name": "kernel", "Version": "6.2"}))
    content = recorded(ctx)[-1]["configuration"]["AWS:Application"]["Content"]
    assert [each["Version"] for each in content["kernel"]] == ["6.1", "6.2"]


def test_the_same_inventory_again_changes_nothing(
    ctx: Context, report: CallFixture, recording: None, collected: str
) -> None:
    report(information(SERVER))
    report({**information(SERVER), "CaptureTime": "2026-03-02T00:00:00Z"})
    assert len(recorded(ctx)) == 1


def test_inventory_of_peoples_own_types_is_kept_but_not_recorded(
    ctx: Context, call: CallFixture, report: CallFixture, recording: None, collected: str
) -> None:
    report(information(SERVER), section("Custom:Rack", {"Row": "7"}))
    assert list(recorded(ctx)[-1]["configuration"]) == ["AWS:InstanceInformation"]
    listed = call("ssm", "ListInventoryEntries", InstanceId=SERVER, TypeName="Custom:Rack")
    assert listed["Entries"] == [{"Row": "7"}]


@pytest.mark.requirement("INV-12")
def test_a_server_outside_of_aws_signs_up_with_an_activation(
    ctx: Context, call: CallFixture, report: CallFixture, recording: None, collected: str
) -> None:
    assert refusal_code(call, "PutInventory", InstanceId=OUTSIDE, Items=[information(OUTSIDE)]) == "InvalidInstanceId"
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
    assert refusal_code(call, "PutInventory", InstanceId=other, Items=[information(other)]) == "InvalidInstanceId"


def test_an_activation_ends(call: CallFixture, engine: Engine) -> None:
    made = call("ssm", "CreateActivation", IamRole="hybrid", RegistrationLimit=5)
    engine.advance(engine.now + 2 * DAY)
    assert refusal_code(call, "PutInventory", InstanceId=OUTSIDE, Items=[information(OUTSIDE)]) == "InvalidInstanceId"
    call("ssm", "DeleteActivation", ActivationId=made["ActivationId"])
    assert refusal_code(call, "DeleteActivation", ActivationId=made["ActivationId"]) == "InvalidActivation"


def test_a_server_that_is_deregistered_is_unmanaged_and_has_no_more_items(
    ctx: Context, call: CallFixture, report: CallFixture, recording: None, collected: str
) -> None:
    call("ssm", "CreateActivation", IamRole="hybrid")
    report(information(OUTSIDE), node=OUTSIDE)
    call("ssm", "DeregisterManagedInstance", InstanceId=OUTSIDE)
    last = recorded(ctx, OUTSIDE)[-1]
    assert last["supplementaryConfiguration"] == {"InstanceStatus": "Unmanaged"}
    assert call("ssm", "DescribeInstanceInformation")["InstanceInformationList"] == []
    assert refusal_code(call, "DeregisterManagedInstance", InstanceId=OUTSIDE) == "InvalidInstanceId"


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
    ctx: Context, call: CallFixture, report: CallFixture, recording: None, key: str, values: list[str], covered: bool
) -> None:
    collect(call, key, *values)
    report(information(SERVER))
    assert bool(recorded(ctx)) is covered


def test_associations_are_listed_described_and_deleted(call: CallFixture, server: None) -> None:
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
    assert refusal_code(call, "CreateAssociation", **again) == "AssociationAlreadyExists"
    call("ssm", "DeleteAssociation", AssociationId=found)
    assert refusal_code(call, "DeleteAssociation", AssociationId=found) == "AssociationDoesNotExist"


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
def test_associations_that_mean_nothing_are_refused(call: CallFixture, params: Document, code: str) -> None:
    assert refusal_code(call, "CreateAssociation", **params) == code


@pytest.mark.requirement("INV-07")
def test_the_call_of_the_agent_is_found_by_the_machine(call: CallFixture, report: CallFixture) -> None:
    report(information(SERVER))
    wanted = [{"AttributeKey": "ResourceName", "AttributeValue": SERVER}]
    names = [event["EventName"] for event in call("cloudtrail", "LookupEvents", LookupAttributes=wanted)["Events"]]
    assert "PutInventory" in names


def test_an_instance_that_ends_takes_its_inventory_along(
    ctx: Context, report: CallFixture, engine: Engine, recording: None, collected: str
) -> None:
    report(information(SERVER))
    engine.act(lambda ctx: ssm_nodes.terminated(ctx, SERVER))
    assert recorded(ctx)[-1]["configurationItemStatus"] == "ResourceDeleted"
    assert ssm_nodes.every(ctx) == []

"""The bodies of resources: spelled as in real items, and in agreement with each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import pytest

from backend.engine.config import items
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.world import estate, inventory, kinds
from backend.engine.world.estate import GLOBAL, Resource
from backend.model import derived, link_names
from backend.model.item import Document
from backend.model.spelling import read_item
from tests.backend.engine.world.conftest import HOME, OTHER


def everything(engine: Engine) -> Iterator[Resource]:
    ctx = engine.context()
    regions = [row["region"] for row in ctx.store.all("SELECT DISTINCT region FROM resources ORDER BY region")]
    return chain.from_iterable(estate.in_region(ctx, region) for region in regions)


def recorded(engine: Engine, resource_type: str) -> list[Document]:
    """The newest items of a type, of both regions."""
    found = [item for region in (HOME, OTHER) for item in items.live(engine.context(region), resource_type)]
    assert found
    return found


def disagreements(ctx: Context) -> list[str]:
    """Where the items of a region contradict each other: instances against their interfaces, volumes, groups."""
    found: list[str] = []
    for server in estate.of_type(ctx, kinds.INSTANCE):
        body = server.configuration
        shown = body["networkInterfaces"][0]
        interface = estate.get(ctx, kinds.NETWORK_INTERFACE, shown["networkInterfaceId"])
        if interface is None or interface.configuration["attachment"]["instanceId"] != server.resource_id:
            found.append(f"{server.resource_id}: its interface is another's")
            continue
        if interface.configuration.get("association") != shown.get("association"):
            found.append(f"{server.resource_id}: its interface has another public address")
        if body.get("publicIpAddress") != shown.get("association", {}).get("publicIp"):
            found.append(f"{server.resource_id}: it shows another public address than its interface")
        if estate.get(ctx, kinds.SUBNET, body["subnetId"]) is None:
            found.append(f"{server.resource_id}: its subnet does not exist")
        held = {mapping["ebs"]["volumeId"]: mapping["deviceName"] for mapping in body["blockDeviceMappings"]}
        linked = {link.resource_id for link in server.links if link.resource_type == kinds.VOLUME}
        if linked != set(held):
            found.append(f"{server.resource_id}: links and mappings name different volumes")
        for volume_id, device in held.items():
            volume = estate.get(ctx, kinds.VOLUME, volume_id)
            attached = volume.configuration["attachments"] if volume else []
            if [(each["instanceId"], each["device"]) for each in attached] != [(server.resource_id, device)]:
                found.append(f"{server.resource_id}: {volume_id} knows nothing of it")
    for volume in estate.of_type(ctx, kinds.VOLUME):
        attached = volume.configuration["attachments"]
        if (volume.configuration["state"] == "in-use") != bool(attached) or len(volume.links) != len(attached):
            found.append(f"{volume.resource_id}: state, attachments and links disagree")
        if attached and estate.get(ctx, kinds.INSTANCE, attached[0]["instanceId"]) is None:
            found.append(f"{volume.resource_id}: attached to an instance that is gone")
    for group in estate.of_type(ctx, kinds.AUTO_SCALING_GROUP):
        members = [member["instanceId"] for member in group.configuration["instances"]]
        if group.configuration["desiredCapacity"] != len(members):
            found.append(f"{group.name}: desired capacity is not what it has")
        found += [f"{group.name}: {one} is gone" for one in members if not estate.get(ctx, kinds.INSTANCE, one)]
    return found


def test_servers_volumes_interfaces_and_groups_agree_after_two_weeks_of_life(lived: Engine) -> None:
    assert disagreements(lived.context()) == []
    assert disagreements(lived.context("us-east-1")) == []


@pytest.mark.requirement("ITM-12")
def test_a_volume_has_every_property_of_the_sample(lived: Engine) -> None:
    for volume in recorded(lived, kinds.VOLUME):
        body = volume["configuration"]
        assert {
            "volumeId",
            "size",
            "snapshotId",
            "availabilityZone",
            "state",
            "createTime",
            "attachments",
            "tags",
            "volumeType",
        } <= set(body)
        for attachment in body["attachments"]:
            assert set(attachment) == {"volumeId", "instanceId", "device", "state", "attachTime", "deleteOnTermination"}


@pytest.mark.requirement("ITM-13")
def test_an_instance_has_every_property_of_the_sample(lived: Engine) -> None:
    wanted = (
        "instanceId imageId state privateDnsName publicDnsName stateTransitionReason amiLaunchIndex productCodes "
        "instanceType launchTime placement kernelId monitoring subnetId vpcId privateIpAddress architecture "
        "rootDeviceType rootDeviceName blockDeviceMappings virtualizationType clientToken tags securityGroups "
        "sourceDestCheck hypervisor networkInterfaces ebsOptimized"
    )
    servers = recorded(lived, kinds.INSTANCE)
    for server in servers:
        body = server["configuration"]
        assert set(wanted.split()) <= set(body)
        assert set(body["state"]) == {"code", "name"}
        assert set(body["placement"]) == {"availabilityZone", "groupName", "tenancy"}
        for mapping in body["blockDeviceMappings"]:
            assert set(mapping) == {"deviceName", "ebs"}
            assert set(mapping["ebs"]) == {"volumeId", "status", "attachTime", "deleteOnTermination"}
    # Only some have a key pair or a public address; those that have, show it.
    assert any("keyName" in server["configuration"] for server in servers)
    assert any("publicIpAddress" in server["configuration"] for server in servers)


@pytest.mark.requirement("ITM-14")
def test_an_instance_repeats_its_interfaces_in_full(lived: Engine) -> None:
    wanted = (
        "networkInterfaceId subnetId vpcId description ownerId status privateIpAddress privateDnsName "
        "sourceDestCheck groups attachment privateIpAddresses"
    )
    public = 0
    for server in recorded(lived, kinds.INSTANCE):
        for interface in server["configuration"]["networkInterfaces"]:
            assert set(wanted.split()) <= set(interface)
            assert {"attachmentId", "deviceIndex", "status", "attachTime", "deleteOnTermination"} <= set(
                interface["attachment"]
            )
            for address in interface["privateIpAddresses"]:
                assert {"privateIpAddress", "privateDnsName", "primary"} <= set(address)
                assert address.get("association") == interface.get("association")
            if "association" in interface:
                public += 1
                assert set(interface["association"]) == {"publicIp", "publicDnsName", "ipOwnerId"}
    assert public


@pytest.mark.requirement("ITM-15")
@pytest.mark.parametrize("kind", [kinds.INSTANCE, kinds.VOLUME, kinds.VPC, kinds.SECURITY_GROUP])
def test_tags_are_a_map_in_the_item_and_a_list_inside_the_body(lived: Engine, kind: str) -> None:
    tagged = [item for item in recorded(lived, kind) if item["tags"]]
    assert tagged
    for item in tagged:
        assert item["configuration"]["tags"] == [{"key": key, "value": value} for key, value in item["tags"].items()]


@pytest.mark.requirement("SNP-07")
def test_links_lead_somewhere_but_for_a_few_that_do_not(lived: Engine) -> None:
    ctx = lived.context()
    loose = []
    for resource in everything(lived):
        for link in resource.links:
            region = GLOBAL if link.resource_type.startswith("AWS::IAM::") else resource.region
            found = (
                estate.get(ctx, link.resource_type, link.resource_id, region)
                if link.resource_id
                else estate.by_name(ctx, link.resource_type, link.resource_name or "", region)
            )
            if found is None:
                loose.append((resource.name, link.resource_type, link.resource_name))
    # An old Auto Scaling group names a launch configuration of a kind that this account has no items of.
    assert loose == [("legacy-erp-web", kinds.LAUNCH_CONFIGURATION, "erp-web-v3")]


@pytest.mark.requirement("REL-01", "REL-02")
def test_links_have_the_names_that_aws_config_gives_them(lived: Engine) -> None:
    for resource in everything(lived):
        for link in resource.links:
            assert link_names.name(resource.resource_type, link.resource_type) == link.name


def test_most_newer_types_are_linked_by_their_bodies_only(lived: Engine) -> None:
    found = {
        (item["resourceType"].removeprefix("AWS::"), link.resource_type.removeprefix("AWS::"))
        for item in items.live(lived.context())
        for link in derived.links(read_item(item))
    }
    assert {
        ("AutoScaling::AutoScalingGroup", "EC2::LaunchTemplate"),
        ("AutoScaling::AutoScalingGroup", "ElasticLoadBalancingV2::TargetGroup"),
        ("ElasticLoadBalancingV2::Listener", "ElasticLoadBalancingV2::TargetGroup"),
        ("ElasticLoadBalancingV2::TargetGroup", "ElasticLoadBalancingV2::LoadBalancer"),
        ("EC2::Volume", "KMS::Key"),
        ("ECS::Service", "ECS::Cluster"),
        ("ECS::Service", "ECS::TaskDefinition"),
        ("ECS::Service", "EC2::SecurityGroup"),
        ("ECS::TaskDefinition", "IAM::Role"),
        ("ECS::TaskDefinition", "ECR::Repository"),
        ("EKS::Cluster", "EC2::Subnet"),
        ("Lambda::Function", "SQS::Queue"),
        ("SQS::Queue", "SQS::Queue"),
        ("CloudWatch::Alarm", "SNS::Topic"),
        ("CloudTrail::Trail", "S3::Bucket"),
    } <= found


def test_arns_and_zones_are_those_of_the_account(lived: Engine) -> None:
    ctx = lived.context()
    words = {"Regional", "Multiple Availability Zones", "Not Applicable", None}
    for resource in everything(lived):
        assert resource.arn is not None
        parts = resource.arn.split(":")
        if resource.resource_type != kinds.BUCKET:
            assert parts[4] == ctx.account
        if resource.region != GLOBAL and resource.resource_type != kinds.BUCKET:
            assert parts[3] == resource.region
        assert resource.zone in words or str(resource.zone)[:-1] == resource.region


@pytest.mark.requirement("INV-12")
def test_servers_outside_of_aws_have_an_inventory_and_it_changes(lived: Engine) -> None:
    outside = [item for item in recorded(lived, kinds.INVENTORY) if item["resourceId"].startswith("mi-")]
    assert len(outside) == 2
    for item in outside:
        information = item["configuration"]["AWS:InstanceInformation"]["Content"][item["resourceId"]]
        assert information["ResourceType"] == "ManagedInstance"
        assert item["relationships"] == []
    # In two weeks something was installed on one of them or the other.
    changes = [len(items.history(lived.context(), kinds.INVENTORY, item["resourceId"])) for item in outside]
    assert max(changes) > 1


@pytest.mark.requirement("INV-13", "INV-14", "INV-15", "INV-16", "INV-17", "INV-18")
def test_an_inventory_holds_the_five_kinds(lived: Engine) -> None:
    windows = 0
    for item in recorded(lived, kinds.INVENTORY):
        sections = item["configuration"]
        information = sections["AWS:InstanceInformation"]["Content"][item["resourceId"]]
        assert information["PlatformName"] and information["PlatformVersion"] and information["FirewallStatus"]
        assert sections["AWS:Application"]["Content"]
        components = " ".join(sections["AWS:AWSComponent"]["Content"])
        assert "aws-cli" in components or "AWS Tools for Windows" in components
        (network,) = sections["AWS:Network"]["Content"].values()
        assert network["IPV4"] and network["Gateway"] and network["SubnetMask"]
        if information["PlatformType"] == "Windows":
            windows += 1
            updates = sections["AWS:WindowsUpdate"]["Content"]
            assert updates
            assert all(values["HotFixId"] == key for key, values in updates.items())
        else:
            assert "AWS:WindowsUpdate" not in sections
    assert windows


def test_one_entry_of_an_inventory_can_be_replaced(lived: Engine) -> None:
    ctx = lived.context()
    machine = next(estate.of_type(ctx, kinds.INVENTORY))
    found = inventory.entries(ctx, machine.resource_id, "AWS:Network")
    changed = {**found[0], "IPV4": "10.0.0.9"}
    assert inventory.with_entry(found, changed) == [changed]
    added = {**found[0], "Name": "a second one"}
    assert {each["Name"] for each in inventory.with_entry(found, added)} == {found[0]["Name"], "a second one"}

"""What uses a resource, who changed it, what is installed where: asked with the stock command line and our client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend import connect
from backend.client.session import Session
from backend.connect import Target
from backend.model.item import ResourceKey
from backend.model.standing import tally
from tests.labs.conftest import START, Lab

GROUP = "AWS::EC2::SecurityGroup"
INVENTORY = "AWS::SSM::ManagedInstanceInventory"
DOCK = "mi-0a1b2c3d4e5f60718"


@pytest.fixture
async def session() -> AsyncIterator[Session]:
    """The explorer's own way into a local world."""
    target = Target(memory=True, start=START, resources=120)
    async with connect.open(target) as connection:
        yield connection.session


async def group_named(session: Session, name: str) -> ResourceKey:
    assert session.resources is not None
    async for batch in session.resources.listing(GROUP):
        for found in batch:
            if found.resource_name == name:
                return found.key
    raise AssertionError(name)


@pytest.mark.requirement("REL-05", "REL-06", "INV-06")
async def test_what_uses_a_security_group_is_told_of_all_types(session: Session) -> None:
    relationships = session.relationships
    assert relationships is not None
    front = await group_named(session, "yard-planner-prod-alb")
    tasks = await group_named(session, "yard-planner-prod-tasks")

    users = {
        (link.resource_type.removeprefix("AWS::"), link.derived) for link in (await relationships.used_by(front)).links
    }
    assert {("ElasticLoadBalancingV2::LoadBalancer", False), ("EC2::NetworkInterface", False)} <= users
    # Another group lets it in: no link that AWS Config records.
    assert ("EC2::SecurityGroup", True) in users

    # Services of ECS and clusters of EKS name the group in their configuration only.
    usage = await relationships.used_by(tasks)
    assert {(link.resource_type, link.derived) for link in usage.links} == {
        ("AWS::ECS::Service", True),
        ("AWS::EKS::Cluster", True),
    }
    assert usage.limit == ""
    assert {link.name for link in usage.links} == {"Is associated with "}

    impact = await relationships.impact(front)
    assert {"AWS::ElasticLoadBalancingV2::LoadBalancer", GROUP, "AWS::ECS::Service"} <= {
        reach.key.resource_type for reach in impact.reached
    }


@pytest.mark.requirement("INV-01", "INV-02", "INV-03")
async def test_what_is_there_in_which_state_and_what_nobody_needs(session: Session) -> None:
    assert session.resources is not None
    found = [each async for batch in session.resources.standings() for each in batch]
    by_type = tally(found, "type")
    counts = await session.resources.counts()
    assert {kind: by_type[kind] for kind in counts} == counts
    assert tally(found, "tag:Team")["物流チーム"] > 5
    assert tally(found, "account").keys() == {"696686700433"}
    servers = [each for each in found if each.key.resource_type == "AWS::EC2::Instance"]
    assert set(tally(servers, "state")) == {"running", "stopped"}
    idle = {(each.key.resource_type.rpartition("::")[2], each.idle) for each in found if each.idle}
    assert {("Instance", "stopped"), ("Volume", "attached to nothing"), ("EIP", "unused")} <= idle


@pytest.mark.requirement("INV-11")
async def test_the_types_that_can_be_recorded(session: Session) -> None:
    assert session.resources is not None
    types = await session.resources.types()
    assert [name for name in types if "kms" in name.lower()] == ["AWS::KMS::Alias", "AWS::KMS::Key"]
    assert len(types) > 400


@pytest.mark.requirement("REL-04")
async def test_links_can_be_followed_from_a_service_to_its_role(session: Session) -> None:
    assert session.relationships is not None and session.resources is not None
    [batch] = [found async for found in session.resources.listing("AWS::ECS::Service")]
    links = await session.relationships.neighbours(batch[0].key)
    [definition] = [link for link in links if link.resource_type == "AWS::ECS::TaskDefinition"]
    assert definition.derived and definition.found_at == "TaskDefinition"
    further = await session.relationships.neighbours(
        ResourceKey(definition.resource_type, definition.resource_id or "")
    )
    roles = [link for link in further if link.resource_type == "AWS::IAM::Role"]
    assert roles and all(link.resource_id and link.resource_id.startswith("AROA") for link in roles)


@pytest.mark.requirement("INV-07")
def test_a_change_by_the_command_line_is_found_by_the_bucket(lab: Lab) -> None:
    bucket = "config-bucket-sgp"
    lab.run(f"aws s3api put-bucket-tagging --bucket {bucket} --tagging TagSet=[{{Key=Owner,Value=me}}]")
    lookup = "aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue="
    [event, *_] = lab.json(lookup + bucket)["Events"]
    assert event["EventName"] == "PutBucketTagging"
    assert {"ResourceType": "AWS::S3::Bucket", "ResourceName": bucket} in event["Resources"]


@pytest.mark.requirement("INV-07")
async def test_the_cause_of_an_item_is_told_by_the_explorer(session: Session) -> None:
    resources, trail = session.resources, session.trail
    assert resources is not None and trail is not None
    causes: dict[str, str] = {}
    for kind in ("AWS::EC2::VPC", "AWS::IAM::User", "AWS::Lambda::Function", INVENTORY):
        async for batch in resources.listing(kind):
            for found in batch:
                history = await resources.history(found.key, limit=2)
                if len(history) == 2:
                    event = await trail.cause(history[0], history[1])
                    causes[kind] = event.name if event else ""
    assert causes[INVENTORY] == "PutInventory"
    assert causes["AWS::EC2::VPC"] in ("RunInstances", "TerminateInstances")
    assert causes.get("AWS::Lambda::Function", "Update").startswith("Update")
    assert "" not in causes.values()


@pytest.mark.requirement("INV-12", "INV-13", "INV-19")
def test_software_installed_on_a_server_outside_of_aws(lab: Lab, tmp_path: Path) -> None:
    [node] = lab.json(f"aws ssm describe-instance-information --filters Key=InstanceIds,Values={DOCK}")[
        "InstanceInformationList"
    ]
    assert (node["ResourceType"], node["PlatformName"]) == ("ManagedInstance", "Amazon Linux")
    entry = {"Name": "nginx", "Version": "1.28.0"}
    content = {"TypeName": "AWS:Application", "SchemaVersion": "1.1", "CaptureTime": "2023-02-28T09:50:00Z"}
    lab.write("items.json", [{**content, "Content": [entry]}])
    lab.run(f"aws ssm put-inventory --instance-id {DOCK} --items file://items.json")

    asked = f"aws configservice get-resource-config-history --resource-type {INVENTORY} --resource-id {DOCK} --limit 1"
    [item] = lab.json(asked)["configurationItems"]
    assert '"nginx":{"Name":"nginx","Version":"1.28.0"}' in item["configuration"].replace(" ", "")

    # With the collection off nothing more is recorded.
    for each in lab.json("aws ssm list-associations")["Associations"]:
        lab.run(f"aws ssm delete-association --association-id {each['AssociationId']}")
    lab.write("items.json", [{**content, "Content": []}])
    lab.run(f"aws ssm put-inventory --instance-id {DOCK} --items file://items.json")
    [same] = lab.json(asked)["configurationItems"]
    assert same["configurationStateId"] == item["configurationStateId"]

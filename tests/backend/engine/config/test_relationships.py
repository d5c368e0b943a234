"""Relationships: what a resource shows of itself, and what AWS Config adds on the other side."""

from __future__ import annotations

import pytest

from backend.engine.config import items
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.world import estate
from backend.engine.world.estate import Link, Resource
from backend.model import link_names
from backend.model.moment import MINUTE
from tests.backend.engine.conftest import REGION, Messages, PutFixture

EC2 = "AWS::EC2::"


def ec2(kind: str, resource_id: str, *links: Link) -> Resource:
    return Resource(resource_type=EC2 + kind, resource_id=resource_id, region=REGION, configuration={}, links=links)


def link(name: str, kind: str, resource_id: str) -> Link:
    return Link(name, EC2 + kind, resource_id)


IN_GROUP = link("Is associated with SecurityGroup", "SecurityGroup", "sg-1")
IN_SUBNET = link("Is contained in Subnet", "Subnet", "subnet-1")
IN_VPC = link("Is contained in Vpc", "VPC", "vpc-1")


def told(ctx: Context, kind: str, resource_id: str) -> set[tuple[str, str]]:
    """(name, id at the other end) of the newest item's relationships."""
    item = items.latest(ctx, EC2 + kind, resource_id)
    assert item is not None
    return {(each["name"], each["resourceId"]) for each in item["relationships"]}


def how_many(ctx: Context, kind: str, resource_id: str) -> int:
    return len(items.history(ctx, EC2 + kind, resource_id))


@pytest.fixture
def network(put: PutFixture, recording: None) -> None:
    put(ec2("VPC", "vpc-1"), ec2("Subnet", "subnet-1", IN_VPC), ec2("SecurityGroup", "sg-1", IN_VPC))


@pytest.mark.requirement("REL-01")
def test_an_entry_names_the_target_and_the_link(ctx: Context, put: PutFixture, network: None) -> None:
    put(ec2("Instance", "i-1", IN_SUBNET))

    item = items.latest(ctx, EC2 + "Instance", "i-1")

    assert item is not None
    assert item["relationships"] == [
        {
            "resourceId": "subnet-1",
            "resourceName": None,
            "resourceType": "AWS::EC2::Subnet",
            "name": "Is contained in Subnet",
        }
    ]


@pytest.mark.requirement("REL-07")
def test_a_new_link_makes_items_on_both_sides(ctx: Context, put: PutFixture, network: None) -> None:
    before = {kind: how_many(ctx, kind, each) for kind, each in (("SecurityGroup", "sg-1"), ("VPC", "vpc-1"))}

    put(ec2("Instance", "i-1", IN_GROUP, IN_SUBNET, IN_VPC))

    assert told(ctx, "Instance", "i-1") == {
        ("Is associated with SecurityGroup", "sg-1"),
        ("Is contained in Subnet", "subnet-1"),
        ("Is contained in Vpc", "vpc-1"),
    }
    assert ("Is associated with Instance", "i-1") in told(ctx, "SecurityGroup", "sg-1")
    assert ("Contains Instance", "i-1") in told(ctx, "Subnet", "subnet-1")
    assert ("Contains Instance", "i-1") in told(ctx, "VPC", "vpc-1")
    assert how_many(ctx, "SecurityGroup", "sg-1") == before["SecurityGroup"] + 1
    assert how_many(ctx, "VPC", "vpc-1") == before["VPC"] + 1


@pytest.mark.requirement("REL-07")
def test_a_link_that_goes_makes_items_on_both_sides_too(
    ctx: Context, put: PutFixture, messages: Messages, network: None
) -> None:
    put(ec2("Instance", "i-1", IN_GROUP))
    messages()

    put(ec2("Instance", "i-1"))

    assert told(ctx, "SecurityGroup", "sg-1") == {("Is contained in Vpc", "vpc-1")}
    diffs = {message["configurationItem"]["resourceId"]: message["configurationItemDiff"] for _, message in messages()}
    assert diffs["sg-1"]["changeType"] == "UPDATE"
    assert diffs["sg-1"]["changedProperties"] == {
        "Relationships.0": {
            "previousValue": {
                "resourceId": "i-1",
                "resourceName": None,
                "resourceType": "AWS::EC2::Instance",
                "name": "Is associated with Instance",
            },
            "updatedValue": None,
            "changeType": "DELETE",
        }
    }
    assert list(diffs) == ["i-1", "sg-1"]


@pytest.mark.requirement("REL-07")
def test_the_end_of_a_resource_is_seen_by_its_neighbours(
    ctx: Context, engine: Engine, put: PutFixture, network: None
) -> None:
    put(ec2("Instance", "i-1", IN_GROUP))

    def terminate(ctx: Context) -> None:
        assert estate.remove(ctx, EC2 + "Instance", "i-1")

    engine.act(terminate)

    assert told(ctx, "SecurityGroup", "sg-1") == {("Is contained in Vpc", "vpc-1")}


def test_a_change_without_a_link_leaves_the_neighbours_alone(ctx: Context, put: PutFixture, network: None) -> None:
    put(ec2("Instance", "i-1", IN_GROUP))
    before = how_many(ctx, "SecurityGroup", "sg-1")

    changed = ec2("Instance", "i-1", IN_GROUP)
    changed.configuration = {"state": {"name": "stopped"}}
    put(changed)

    assert how_many(ctx, "SecurityGroup", "sg-1") == before


@pytest.mark.requirement("REL-07")
@pytest.mark.parametrize(
    ("changed", "others"),
    [
        ("RouteTable", ("Instance", "NetworkInterface", "Subnet", "VPNGateway", "VPC")),
        ("EIP", ("Instance", "NetworkInterface")),
        ("Instance", ("SecurityGroup", "Subnet", "VPC")),
        ("NetworkInterface", ("SecurityGroup", "Subnet", "VPC")),
        ("NetworkAcl", ("Subnet", "VPC")),
        ("VPNConnection", ("VPNGateway", "CustomerGateway")),
        ("InternetGateway", ("VPC",)),
        ("SecurityGroup", ("VPC",)),
        ("Subnet", ("VPC",)),
        ("VPNGateway", ("VPC",)),
    ],
)
def test_a_resource_that_comes_or_goes_makes_items_of_those_that_tell_of_it(
    ctx: Context, engine: Engine, put: PutFixture, recording: None, changed: str, others: tuple[str, ...]
) -> None:
    put(*(ec2(other, f"{other}-1") for other in others))
    names = {other: link_names.name(EC2 + changed, EC2 + other) or "" for other in others}

    put(ec2(changed, "x-1", *(link(names[other], other, f"{other}-1") for other in others)))

    def go(ctx: Context) -> None:
        assert estate.remove(ctx, EC2 + changed, "x-1")

    engine.act(go)

    # Discovered, linked to, and on its own again.
    assert [how_many(ctx, other, f"{other}-1") for other in others] == [3] * len(others)


def test_a_database_does_not_show_in_its_group(ctx: Context, put: PutFixture, network: None) -> None:
    before = how_many(ctx, "SecurityGroup", "sg-1")
    put(Resource(resource_type="AWS::RDS::DBInstance", resource_id="db-A", region=REGION, links=(IN_GROUP,)))

    assert how_many(ctx, "SecurityGroup", "sg-1") == before


def test_both_sides_with_links_of_their_own_are_told_once(ctx: Context, put: PutFixture, recording: None) -> None:
    put(ec2("Instance", "i-1", link("Is attached to Volume", "Volume", "vol-1")))
    put(ec2("Volume", "vol-1", link("Is attached to Instance", "Instance", "i-1")))

    volume, instance = (items.latest(ctx, *key) for key in ((EC2 + "Volume", "vol-1"), (EC2 + "Instance", "i-1")))

    assert volume is not None and instance is not None
    assert [each["resourceId"] for each in volume["relationships"]] == ["i-1"]
    assert [each["resourceId"] for each in instance["relationships"]] == ["vol-1"]
    assert how_many(ctx, "Volume", "vol-1") == 1
    assert how_many(ctx, "Instance", "i-1") == 1


def test_iam_names_both_ends_by_id_and_name(ctx: Context, put: PutFixture, recording: None) -> None:
    policy = Link("Is attached to CustomerManagedPolicy", "AWS::IAM::Policy", "ANPA1", "deploy")
    put(
        Resource(resource_type="AWS::IAM::Policy", resource_id="ANPA1", region="global", name="deploy"),
        Resource(resource_type="AWS::IAM::Role", resource_id="AROA1", region="global", name="ci", links=(policy,)),
    )

    item = items.latest(ctx, "AWS::IAM::Policy", "ANPA1")

    assert item is not None
    assert item["relationships"] == [
        {
            "resourceId": "AROA1",
            "resourceName": "ci",
            "resourceType": "AWS::IAM::Role",
            "name": "Is attached to Role",
        }
    ]


def test_a_link_may_name_its_target_only(ctx: Context, put: PutFixture, recording: None) -> None:
    role = Link("Is associated with ", "AWS::IAM::Role", None, "ci")
    put(Resource(resource_type="AWS::Lambda::Function", resource_id="f", region=REGION, links=(role,)))

    item = items.latest(ctx, "AWS::Lambda::Function", "f")

    assert item is not None
    assert item["relationships"] == [
        {"resourceId": None, "resourceName": "ci", "resourceType": "AWS::IAM::Role", "name": "Is associated with "}
    ]


def test_a_crowded_network_tells_of_its_members_later_and_all_at_once(
    ctx: Context, engine: Engine, put: PutFixture, network: None
) -> None:
    put(*(ec2("NetworkInterface", f"eni-{number:03}", IN_VPC) for number in range(600)))
    before = how_many(ctx, "VPC", "vpc-1")
    assert before < 520
    assert ("Contains NetworkInterface", "eni-599") not in told(ctx, "VPC", "vpc-1")

    engine.advance(engine.now + 10 * MINUTE)

    assert how_many(ctx, "VPC", "vpc-1") == before + 1
    assert ("Contains NetworkInterface", "eni-599") in told(ctx, "VPC", "vpc-1")

"""What a change of a resource could affect."""

from __future__ import annotations

import pytest

from backend.model.item import ConfigurationItem, Relationship, ResourceKey
from backend.model.usage import Graph

EC2, IAM = "AWS::EC2::", "AWS::IAM::"


def item(kind: str, name: str, *links: tuple[str, str, str], body: object = None) -> ConfigurationItem:
    return ConfigurationItem(
        resource_type=kind,
        resource_id=name,
        relationships=tuple(Relationship(word, other, end) for word, other, end in links),
        configuration=body,
    )


def affected(graph: Graph, kind: str, name: str, steps: int = 3) -> dict[str, int]:
    return {reach.key.resource_id: reach.steps for reach in graph.affected(ResourceKey(kind, name), steps)}


@pytest.fixture
def network() -> Graph:
    graph = Graph()
    for each in (
        item(
            EC2 + "VPC", "vpc", ("Contains Instance", EC2 + "Instance", "i"), ("Contains Subnet", EC2 + "Subnet", "s")
        ),
        item(EC2 + "Subnet", "s", ("Is contained in Vpc", EC2 + "VPC", "vpc")),
        item(
            EC2 + "Instance",
            "i",
            ("Is contained in Subnet", EC2 + "SUBNET", "s"),
            ("Is associated with SecurityGroup", EC2 + "SecurityGroup", "sg"),
            ("Is attached to Volume", EC2 + "Volume", "vol"),
        ),
        item(EC2 + "Volume", "vol", ("Is attached to Instance", EC2 + "Instance", "i")),
        item(EC2 + "SecurityGroup", "sg", ("Is associated with Instance", EC2 + "Instance", "i")),
        item(EC2 + "NetworkAcl", "acl", ("Is attached to Subnet", EC2 + "Subnet", "s")),
        item("AWS::AutoScaling::AutoScalingGroup", "asg", ("Contains ", EC2 + "Instance", "i")),
        item("AWS::Config::ResourceCompliance", "v", ("Is associated with ", EC2 + "SecurityGroup", "sg")),
    ):
        graph.add(each)
    return graph


@pytest.mark.requirement("REL-06")
def test_who_is_inside_and_who_uses_it_are_affected(network: Graph) -> None:
    assert affected(network, EC2 + "SecurityGroup", "sg") == {"i": 1, "vol": 2}
    assert affected(network, EC2 + "VPC", "vpc") == {"i": 1, "s": 1, "vol": 2, "acl": 2}
    assert affected(network, "AWS::AutoScaling::AutoScalingGroup", "asg") == {"i": 1, "vol": 2}


@pytest.mark.requirement("REL-06")
def test_what_a_resource_is_in_or_uses_is_not(network: Graph) -> None:
    assert affected(network, EC2 + "Instance", "i") == {"vol": 1}
    assert affected(network, EC2 + "Volume", "vol", 1) == {"i": 1}


def test_an_access_list_affects_its_subnets_and_so_their_servers(network: Graph) -> None:
    assert affected(network, EC2 + "NetworkAcl", "acl") == {"s": 1, "i": 2, "vol": 3}


def test_the_way_there_is_told(network: Graph) -> None:
    last = network.affected(ResourceKey(EC2 + "SecurityGroup", "sg"))[-1]
    assert last.through == ResourceKey(EC2 + "Instance", "i")
    assert last.link.resource_type == EC2 + "Volume" or last.link.name == "Is attached to Instance"


def test_a_policy_affects_roles_but_a_role_no_policy() -> None:
    graph = Graph()
    graph.add(item(IAM + "Policy", "p", ("Is attached to Role", IAM + "Role", "r")))
    graph.add(item(IAM + "Role", "r", ("Is attached to CustomerManagedPolicy", IAM + "Policy", "p")))
    assert affected(graph, IAM + "Policy", "p") == {"r": 1}
    assert affected(graph, IAM + "Role", "r") == {}


def test_derived_links_count_too() -> None:
    graph = Graph()
    graph.add(item(EC2 + "SecurityGroup", "sg-0a1b2c3d"))
    graph.add(item("AWS::ECS::Service", "web", body={"SecurityGroups": ["sg-0a1b2c3d"]}))
    [reach] = graph.affected(ResourceKey(EC2 + "SecurityGroup", "sg-0a1b2c3d"))
    assert reach.link.derived and reach.key.resource_id == "web"


def test_a_circle_ends() -> None:
    graph = Graph()
    for one, other in (("a", "b"), ("b", "c"), ("c", "a")):
        graph.add(item("X", one, ("Is associated with ", "X", other)))
    assert affected(graph, "X", "a", 10) == {"c": 1, "b": 2}

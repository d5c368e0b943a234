"""What lies around a resource, and the shortest ways from one to another."""

from __future__ import annotations

import pytest

from backend.model import neighbourhood
from backend.model.item import ConfigurationItem, Relationship, ResourceKey
from backend.model.neighbourhood import Neighbourhood
from backend.model.usage import Graph
from backend.model.verdicts import Verdict, read_verdict, verdict_key

KIND = "AWS::EC2::Thing"


def key(name: str) -> ResourceKey:
    return ResourceKey(KIND, name)


def graph(*links: str, derived: str = "") -> Graph:
    """A graph of links in short: `a>b` is a link that a has to b."""
    made = Graph()
    ends = [link.split(">") for link in links]
    for name in sorted({name for pair in ends for name in pair}):
        own = tuple(
            Relationship("Is associated with ", KIND, other, derived=f"{holder}>{other}" == derived)
            for holder, other in ends
            if holder == name
        )
        made.add(ConfigurationItem(resource_type=KIND, resource_id=name, relationships=own))
    return made


def steps(found: Neighbourhood) -> dict[str, int]:
    return {node.key.resource_id: node.step for node in found.nodes}


@pytest.mark.requirement("REL-05")
def test_users_stand_on_one_side_and_what_is_used_on_the_other() -> None:
    estate = graph("user>root", "root>used", "used>deep", "other>user", "far>other")
    found = neighbourhood.around(estate, key("root"), 2)
    assert steps(found) == {"root": 0, "user": -1, "used": 1, "deep": 2, "other": -2}
    assert {(edge.holder.resource_id, edge.other.resource_id) for edge in found.edges} == {
        ("user", "root"),
        ("root", "used"),
        ("used", "deep"),
        ("other", "user"),
    }


def test_what_is_too_much_for_a_picture_is_counted() -> None:
    found = neighbourhood.around(graph(*(f"root>n{number:04}" for number in range(50))), key("root"), 1, most=11)
    assert len(found.nodes) == 11
    assert found.left_out == 40


def test_networkx_gets_names_kinds_and_failing_rules() -> None:
    estate = graph("a>b", "b>a", derived="b>a")
    estate.judge(key("b"), "encrypted", "NON_COMPLIANT")
    network = neighbourhood.around(estate, key("a"), 1).network()
    assert network.nodes[key("b")]["failing"] == ["encrypted"]
    assert [told["derived"] for _, _, told in network.edges(data=True)] == [False, True]


def test_all_shortest_ways_are_counted_and_told_in_a_settled_order() -> None:
    estate = graph("a>b", "a>c", "d>b", "c>d", "d>e", "a>x", "x>y", "y>z", "z>e")
    found = neighbourhood.ways(estate, key("a"), key("e"))
    assert (found.count, found.steps) == (2, 3)
    assert [[node.name for node in way] for way in found.ways] == [["a", "b", "d", "e"], ["a", "c", "d", "e"]]
    assert [node.holds for node in found.ways[0]] == [False, False, True, False]
    assert found.looked_at == found.reachable == 8


def test_more_ways_than_anybody_walks_are_only_counted() -> None:
    links = [f"{layer}-{one}>{layer + 1}-{other}" for layer in range(12) for one in range(4) for other in range(4)]
    found = neighbourhood.ways(graph(*links), key("0-0"), key("12-0"), most=3)
    assert found.count == 4**11
    assert len(found.ways) == 3


def test_no_way_tells_how_far_it_was_looked() -> None:
    found = neighbourhood.ways(graph("a>b", "c>d"), key("a"), key("d"))
    assert (found.count, found.looked_at, found.reachable) == (0, 4, 2)
    assert neighbourhood.ways(graph("a>b"), key("a"), key("nowhere")).unknown == (key("nowhere"),)
    alone = neighbourhood.ways(graph("a>b"), key("a"), key("a"))
    assert (alone.count, alone.steps) == (1, 0)


def test_a_recorded_link_is_told_rather_than_a_derived_one() -> None:
    found = neighbourhood.ways(graph("a>b", "b>a", derived="a>b"), key("a"), key("b"))
    step = found.ways[0][1]
    assert step.link is not None
    assert not step.link.derived
    assert step.holds


def test_users_are_told_once_and_a_container_does_not_use_what_is_in_it() -> None:
    estate = Graph()
    vpc, group = ResourceKey("AWS::EC2::VPC", "vpc"), ResourceKey("AWS::EC2::SecurityGroup", "sg")
    within = (Relationship("Is contained in Vpc", *vpc),)
    holds = (Relationship("Contains SecurityGroup", *group),)
    estate.add(ConfigurationItem(resource_type=vpc[0], resource_id=vpc[1], relationships=holds))
    estate.add(ConfigurationItem(resource_type=group[0], resource_id=group[1], relationships=within))
    assert [link.resource_id for link in estate.used_by(vpc)] == ["sg"]
    assert estate.used_by(group) == ()


@pytest.mark.requirement("REL-08")
def test_a_graph_reads_verdicts_out_of_their_own_items() -> None:
    estate = graph("a>b")
    rules = [
        {"configRuleName": "zones", "complianceType": "NON_COMPLIANT"},
        {"configRuleName": "tags", "complianceType": "COMPLIANT"},
        {"configRuleName": "gone", "complianceType": "NOT_APPLICABLE"},
    ]
    about = verdict_key(key("b"))
    body = {"targetResourceType": KIND.upper(), "targetResourceId": "b", "configRuleList": rules}
    estate.add(ConfigurationItem(resource_type=about[0], resource_id=about[1], configuration=body))
    assert estate.verdict(key("b")) == Verdict(("zones",), 1)
    assert estate.verdict(key("a")) is None
    assert len(estate) == 2
    assert read_verdict(ConfigurationItem(resource_type=KIND, resource_id="b", configuration=body)) is None

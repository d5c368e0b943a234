"""The links of files as arrays: the same answers as the graph of objects gives."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from backend.client.files import open_files
from backend.files.graph import FileGraph
from backend.files.index import Index
from backend.model.item import Document, ResourceKey
from backend.model.usage import Graph
from tests.backend.files.samples import item, snapshot, write

VPC = "AWS::EC2::VPC"


def estate() -> Iterator[Document]:
    """Networks with servers, groups, roles and services; recorded and derived links, some to what is not there."""
    for n in range(3):
        yield item(n, resourceType=VPC, resourceId=f"vpc-{n}", relationships=[])
        yield _linked(f"sg-{n}", "AWS::EC2::SecurityGroup", ("Is contained in Vpc", VPC, f"vpc-{n}"))
        yield _linked(f"subnet-{n}", "AWS::EC2::Subnet", ("Is contained in Vpc", "aws::ec2::vpc", f"vpc-{n}"))
    for n in range(12):
        yield _linked(
            f"i-{n}",
            "AWS::EC2::Instance",
            ("Is contained in Subnet", "AWS::EC2::Subnet", f"subnet-{n % 3}"),
            ("Is associated with SecurityGroup", "AWS::EC2::SecurityGroup", f"sg-{n % 2}"),
            ("Is attached to Volume", "AWS::EC2::Volume", f"vol-{n}"),
            ("Is attached to NetworkInterface", "AWS::EC2::NetworkInterface", f"eni-{n}"),
        )
        yield _linked(f"vol-{n}", "AWS::EC2::Volume", ("Is attached to Instance", "AWS::EC2::Instance", f"i-{n}"))
    role = "arn:aws:iam::111122223333:role/service"
    yield item(1, resourceType="AWS::IAM::Role", resourceId="AROA1", resourceName="service", ARN=role, relationships=[])
    for n in range(4):
        yield item(
            n,
            resourceType="AWS::Lambda::Function",
            resourceId=f"fn-{n}",
            relationships=[],
            configuration={"role": role, "vpcConfig": {"securityGroupIds": [f"sg-{n % 3}", f"sg-{(n + 1) % 3}"]}},
        )
    own = {"id": "i-0123456789abcdef0", "group": "sg-0123456789abcdef0"}
    yield {
        **_linked("i-0123456789abcdef0", "AWS::EC2::Instance", ("Is in", "AWS::EC2::SecurityGroup", own["group"])),
        "configuration": own,
    }
    yield item(1, resourceType="AWS::EC2::SecurityGroup", resourceId=own["group"], resourceName=7, relationships=None)
    yield item(
        1,
        resourceType="AWS::Config::ResourceCompliance",
        resourceId="AWS::EC2::Volume/vol-1",
        relationships=[],
        configuration={"configRuleList": [{"configRuleName": "encrypted", "complianceType": "NON_COMPLIANT"}]},
    )


def _linked(resource_id: str, resource_type: str, *links: tuple[str, str, str]) -> Document:
    said = [{"name": name, "resourceType": kind, "resourceId": end} for name, kind, end in links]
    return item(1, resourceType=resource_type, resourceId=resource_id, relationships=said, configuration={})


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Graph, FileGraph]]:
    index = Index()
    for _ in index.read(write(tmp_path / "s.json", snapshot(*estate()))):
        pass
    index.freeze()
    objects, arrays = Graph(), FileGraph(index)
    for one in index.items(range(index.count)):
        objects.add(one)
    arrays.take_in(range(10))
    arrays.take_in(range(10, index.count))
    arrays.join()
    yield objects, arrays
    index.close()


def test_they_hold_the_same(both: tuple[Graph, FileGraph]) -> None:
    objects, arrays = both
    assert len(arrays) == len(objects) > 30
    assert list(arrays.resources()) == list(objects.resources())
    volume = ResourceKey("aws::ec2::VOLUME", "vol-1")
    assert arrays.resource(volume) == objects.resource(volume) is not None
    assert arrays.verdict(volume) == objects.verdict(volume) is not None
    assert arrays.judged == objects.judged == 1
    assert arrays.resource(ResourceKey(VPC, "nobody")) is None


def test_each_resource_has_the_same_links(both: tuple[Graph, FileGraph]) -> None:
    objects, arrays = both

    def told(graph: Graph, key: ResourceKey) -> set[tuple[object, ...]]:
        return {
            (edge.holder, edge.link.name, edge.link.derived, edge.link.found_at, edge.other)
            for edge in graph.edges_of(key)
        }

    derived = 0
    for known in objects.resources():
        assert told(arrays, known.key) == told(objects, known.key)
        derived += sum(edge.link.derived for edge in arrays.edges_of(known.key))
        users = [(one.resource_type, one.resource_id, one.name, one.derived) for one in arrays.used_by(known.key)]
        assert users == [
            (one.resource_type, one.resource_id, one.name, one.derived) for one in objects.used_by(known.key)
        ]
    assert derived > 5, "derived links are among them"
    assert {(edge.holder, edge.other) for edge in arrays.edges()} == {
        (edge.holder, edge.other) for edge in objects.edges()
    }


def test_what_is_recorded_is_known_without_reading_items(both: tuple[Graph, FileGraph]) -> None:
    _, arrays = both
    index = arrays._index
    recorded = FileGraph(index)
    recorded.recorded(np.arange(index.count))
    recorded.join()
    assert list(recorded.resources()) == list(arrays.resources())
    wanted = {edge for edge in arrays.edges() if not edge.link.derived}
    assert set(recorded.edges()) == wanted
    assert len(wanted) > 30
    role = ResourceKey("AWS::IAM::Role", "AROA1")
    assert len(arrays.affected(role)) == 4
    assert not recorded.affected(role), "functions have it by derived links only"
    assert len(recorded.affected(ResourceKey("AWS::EC2::SecurityGroup", "sg-1"))) == 12


async def test_a_reading_that_is_ended_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.files.relationships.BATCH", 10)
    session = await open_files(write(tmp_path / "s.json", snapshot(*estate())))
    assert session.relationships is not None
    first = await session.relationships.recorded()
    assert first is not None
    assert first.limit
    assert await session.relationships.recorded() is first, "found once"
    seen: list[int] = []

    def until_ended(done: int, total: int) -> None:
        seen.append(done)
        if done == 20:
            reading.cancel()

    reading = asyncio.create_task(session.relationships.whole(until_ended))
    with pytest.raises(asyncio.CancelledError):
        await reading
    whole = await session.relationships.whole(lambda done, total: seen.append(done))
    assert seen == sorted(set(seen)), "nothing is read twice"
    assert any(edge.link.derived for edge in whole.edges())
    assert not whole.limit
    assert await session.relationships.recorded() is None, "all is known"
    await session.close()


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_the_same_is_affected_as_near(both: tuple[Graph, FileGraph], steps: int) -> None:
    objects, arrays = both
    reached = 0
    for known in objects.resources():
        theirs = objects.affected(known.key, steps)
        ours = arrays.affected(known.key, steps)
        assert {(one.key, one.steps) for one in ours} == {(one.key, one.steps) for one in theirs}
        assert [one.steps for one in ours] == sorted(one.steps for one in ours)
        reached = max(reached, len(ours))
    assert reached > 3


def test_of_nothing_nothing_follows(tmp_path: Path) -> None:
    index = Index()
    graph = FileGraph(index)
    graph.take_in([])
    graph.join()
    assert (len(graph), graph.affected(ResourceKey(VPC, "x")), list(graph.edges())) == (0, (), [])
    index.close()

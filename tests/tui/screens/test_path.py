"""The shortest way between two resources, on its page."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from backend.model.item import Relationship, ResourceKey
from backend.model.usage import Graph
from tests.tui.fake_session import BUCKET, GROUP, INSTANCE, NOW, VOLUME, World, item
from tests.tui.opened import SMALL, Opened, opened

SUBNET = ResourceKey("AWS::EC2::Subnet", "subnet-9")


def _two_ways() -> World:
    """A volume and a group with two servers between them."""
    world = World()
    second = ResourceKey("AWS::EC2::Instance", "i-0zz")
    links = [Relationship("Is attached to Volume", *VOLUME), Relationship("Is associated with SecurityGroup", *GROUP)]
    world.estate[second] = [item(second, "web-2", captured=NOW, relationships=links)]
    return world


def said(it: Opened) -> str:
    """The screen as running text: sentences wrap."""
    return " ".join(it.text.split())


@pytest.mark.requirement("REL-05")
@pytest.mark.requirement("INV-06")
async def test_the_way_to_another_resource_is_a_chain_of_links() -> None:
    async with opened(SMALL) as it:
        await it.line("go vol-0b2")
        await it.press("p")
        await it.type("open-door")
        await it.press("enter")
        assert "From vol-0b2 to open-door (sg-0c3): 2 steps, one shortest way." in said(it)
        rows = [row.strip() for row in it.lines]
        chain = [row for row in rows if row.startswith(("●", "▌", "│"))]
        assert "Volume vol-0b2" in chain[0]
        assert "✗ fails encrypted-volumes" in chain[0]
        assert "→ is attached to Instance" in chain[1]
        assert "Instance web-1 i-0a1" in chain[2]
        assert "→ is associated with SecurityGroup" in chain[3]
        assert "SecurityGroup open-door sg-0c3" in chain[4]


async def test_ways_of_the_same_length_are_counted_and_walked() -> None:
    async with opened(SMALL, world=_two_ways()) as it:
        await it.line("path vol-0b2 open-door")
        assert "2 shortest ways" in said(it)
        assert "Way 1 of 2" in said(it)
        first = it.text
        await it.press("v")
        assert "Way 2 of 2" in said(it)
        assert ("web-1" in first) != ("web-1" in it.text)
        await it.press("v")
        assert "Way 1 of 2" in said(it)


async def test_no_way_is_a_sentence_with_what_was_looked_at() -> None:
    async with opened(SMALL) as it:
        await it.line(f"path vol-0b2 {BUCKET.resource_id}")
        assert "No way leads from vol-0b2 to reports-sgp" in said(it)
        assert "of 5 looked at" in said(it)
        await it.press("escape")
        assert it.app.screen is it.app.dashboard


async def test_two_marked_resources_are_the_ends() -> None:
    async with opened(SMALL) as it:
        await it.press("4", "m", "j", "m", "p")
        assert "1 step, one shortest way" in said(it)


async def test_a_name_is_completed_and_an_unknown_one_refused() -> None:
    async with opened(SMALL) as it:
        await it.line("go vol-0b2")
        await it.press("p")
        await it.type("open-d")
        await it.press("tab", "enter")
        assert "to open-door" in it.text
        await it.press("escape")
        await it.line("path nothing-of-the-kind")
        assert "no resource is called so" in it.text


async def test_enter_chooses_what_is_under_the_cursor_and_the_ways_are_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(SMALL, world=_two_ways()) as it:
        await it.line("path vol-0b2 open-door")
        await it.line("export ways.json")
        told = json.loads((tmp_path / "ways.json").read_text())
        assert told["count"] == len(told["ways"]) == 2
        await it.line("picture svg ways.svg")
        drawn = (tmp_path / "ways.svg").read_text()
        assert "web-1" in drawn
        assert "web-2" in drawn
        await it.line("path vol-0b2 open-door")
        await it.press("j", "enter")
        assert it.app.workspace.resource in (INSTANCE, ResourceKey("AWS::EC2::Instance", "i-0zz"))


async def test_a_way_over_what_is_known_at_once_is_shown_while_the_rest_is_read() -> None:
    world = _two_ways()
    first = Graph()
    for key in (VOLUME, GROUP, INSTANCE):
        first.add(world.estate[key][0])
    first.limit = "other links are not known yet"
    world.recorded_links, world.whole_waits = first, asyncio.Event()
    async with opened(SMALL, world=world) as it:
        await it.line("path vol-0b2 open-door")
        assert "2 steps, one shortest way." in said(it)
        assert "other links are not known yet." in said(it)
        world.whole_waits.set()
        await it.settle()
        assert "2 shortest ways" in said(it)
        assert "not known yet" not in said(it)
        assert "Instance web-1" in it.text, "the way in sight stays"

"""What a change could affect, on its page."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path

import pytest

from backend.model.item import Relationship, ResourceKey
from backend.model.problem import Denied
from backend.model.usage import Graph
from tests.tui.fake_session import GROUP, INSTANCE, NOW, VOLUME, VPC, World, item
from tests.tui.opened import GRID, SMALL, WIDE, Opened, opened
from tui.screens.blast import BlastScreen

DAY = 86_400_000


def said(it: Opened) -> str:
    """The screen as running text: sentences wrap."""
    return " ".join(it.text.split())


@pytest.mark.requirement("REL-06")
@pytest.mark.parametrize("size", [SMALL, GRID, WIDE])
async def test_what_a_change_could_affect_is_listed_by_step_with_the_failing_rules(size: tuple[int, int]) -> None:
    async with opened(size) as it:
        await it.line("go vpc-0d4")
        await it.press("x")
        assert "Changing main touches 3 resources of 3 types within 3 steps; 1 rule fails among them." in said(it)
        assert "1 step away: 2 resources" in it.text
        assert "2 steps away: 1 resource, 1 with failing rules" in it.text
        assert "✗ 1 rule" in it.row("Volume vol-0b2")
        assert "not judged" in it.row("Instance web-1")
        assert "is contained in main" in it.row("SecurityGroup open-door")
        await it.press("G")
        assert "is what web-1 is attached to   ✗ fails encrypted-volumes" in it.text


@pytest.mark.requirement("REL-06")
async def test_a_planned_change_is_told_in_its_own_word_and_depth() -> None:
    async with opened(SMALL) as it:
        await it.line("go vpc-0d4")
        await it.line("blast 1 deleting")
        assert "Deleting main touches 2 resources of 2 types within 1 step; no rule fails there." in said(it)
        await it.press("plus")
        assert "Deleting main touches 3 resources of 3 types within 2 steps; 1 rule fails among them." in said(it)
        assert "nothing more lies deeper" in it.text
        await it.press("plus")
        assert "within 2 steps" in it.text
        await it.press("minus")
        assert "within 1 step;" in it.text


@pytest.mark.requirement("REL-06")
async def test_a_recorded_change_reaches_what_was_there_then() -> None:
    world = World()
    world.estate[GROUP].append(item(GROUP, "open-door", captured=NOW - 3 * DAY))
    world.estate[VPC].append(item(VPC, "main", captured=NOW - 3 * DAY))
    async with opened(SMALL, world=world) as it:
        await it.line("go vpc-0d4")
        await it.line("at -2d")
        await it.press("x")
        assert "Changing main touches no other resource" in said(it)
        assert "as of 2026-03-05" in it.text


async def test_the_list_can_be_grouped_by_type_by_rule_and_as_a_tree() -> None:
    async with opened(SMALL) as it:
        await it.line("go vpc-0d4")
        await it.press("x", "v")
        assert "EC2 Volume: 1 resource, 1 with failing rules" in it.text
        await it.press("v")
        assert "encrypted-volumes fails on 1 resource" in it.text
        await it.press("v")
        instance, volume = it.row("Instance web-1"), it.row("Volume vol-0b2")
        assert volume.index("Volume") > instance.index("Instance")


async def test_it_is_filtered_and_started_again_from_what_is_under_the_cursor() -> None:
    async with opened(SMALL) as it:
        await it.line("go vpc-0d4")
        await it.press("x", "slash")
        await it.type("encrypted")
        assert "1 of 3" in it.text
        await it.press("enter")
        assert "Instance web-1" not in it.text
        await it.press("enter")
        assert it.app.workspace.resource == VOLUME
        assert "Changing vol-0b2 touches 1 resource of 1 type" in said(it)
        await it.press("backspace")
        assert it.app.workspace.resource == VPC
        assert "Changing main touches 3" in said(it)
        await it.press("escape")
        assert it.app.screen is it.app.dashboard


async def test_what_was_not_looked_at_is_said_and_all_can_be_read() -> None:
    world = World(unread="only the first 5000 resources were read")
    async with opened(SMALL, world=world, clock=False) as it:
        await it.line("go vpc-0d4")
        await it.press("x")
        assert "Not all was looked at: only the first 5000 resources were read; a reads all." in it.text
        world.unread = ""
        before = world.read_whole
        await it.press("a")
        assert world.read_whole == before + 1
        assert "Not all was looked at" not in it.text


async def test_the_links_of_an_account_are_not_read_again_for_each_look() -> None:
    world = World()
    async with opened(SMALL, world=world, clock=False) as it:
        await it.line("go vpc-0d4")
        await it.press("x", "escape", "x", "plus", "v")
        assert world.read_whole == 1
        await it.press("r")
        assert world.read_whole == 2


async def test_a_missing_permission_is_told_on_the_page() -> None:
    world = World(fails={"relationships": Denied("Items cannot be read", "config:SelectResourceConfig is missing")})
    async with opened(SMALL, world=world) as it:
        await it.line("go vpc-0d4")
        await it.press("x")
        assert "config:SelectResourceConfig is missing" in said(it)
        assert "r reads again" in it.text


async def test_without_a_chosen_resource_it_says_what_to_do() -> None:
    async with opened(SMALL, world=World(estate={})) as it:
        await it.press("x")
        assert "No resource is chosen" in it.text


async def test_it_is_exported_in_the_form_that_the_suffix_asks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(SMALL) as it:
        await it.line("go vpc-0d4")
        await it.press("x")
        for form in ("csv", "json", "md", "svg", "dot", "mmd"):
            await it.line(f"export out.{form}")
        rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text())))
        assert [row["steps"] for row in rows] == ["0", "1", "1", "2"]
        assert rows[-1]["failingRules"] == "encrypted-volumes"
        told = json.loads((tmp_path / "out.json").read_text())
        assert told["said"].startswith("Changing main touches 3 resources")
        assert "| 2 | AWS::EC2::Volume | vol-0b2 | vol-0b2 | encrypted-volumes |" in (tmp_path / "out.md").read_text()
        assert (tmp_path / "out.svg").read_text().startswith("<svg")
        assert (tmp_path / "out.dot").read_text().startswith("digraph")
        assert "flowchart LR" in (tmp_path / "out.mmd").read_text()
        await it.line("export out.png")
        await it.settle()
        assert not (tmp_path / "out.png").exists()
        assert "no form .png" in it.text


async def test_ten_thousand_reached_resources_are_shown() -> None:
    world = World()
    for number in range(3000):
        key = ResourceKey("AWS::EC2::Instance", f"i-{number:05}")
        world.estate[key] = [item(key, f"n{number}", relationships=[Relationship("Is contained in Vpc", *VPC)])]
    async with opened(SMALL, world=world) as it:
        await it.line("go vpc-0d4")
        await it.press("x")
        await it.settle()
        screen = it.app.screen
        assert isinstance(screen, BlastScreen)
        assert "touches 3,003 resources" in it.text
        await it.press("v", "G")
        assert "Volume vol-0b2" in it.text


async def test_an_instance_affects_its_disk() -> None:
    async with opened(SMALL) as it:
        it.app.workspace.selection.choose(INSTANCE)
        await it.press("x", "G")
        assert "is what web-1 is attached to" in it.text


def _recorded() -> Graph:
    """What is known at once: the server in its network, nothing of the volume."""
    graph = Graph()
    graph.add(item(VPC, "main", captured=NOW))
    graph.add(item(INSTANCE, "web-1", captured=NOW, relationships=[Relationship("Is contained in Vpc", *VPC)]))
    graph.limit = "other links are not known yet"
    return graph


@pytest.mark.requirement("REL-06")
async def test_what_is_known_at_once_is_shown_while_the_rest_is_read() -> None:
    world = World(recorded_links=_recorded(), whole_waits=asyncio.Event())
    assert world.whole_waits is not None
    async with opened(SMALL, world=world) as it:
        await it.line("go vpc-0d4")
        await it.press("x")
        assert "Changing main touches 1 resource of 1 type within 3 steps" in said(it)
        assert "other links are not known yet. They are being read." in said(it)
        await it.press("minus")
        assert "within 2 steps" in said(it)
        assert "They are being read." in said(it)
        world.whole_waits.set()
        await it.settle()
        assert "Changing main touches 3 resources of 3 types within 2 steps" in said(it)
        assert "not known yet" not in said(it)


async def test_what_is_known_at_once_stays_when_the_reading_is_ended() -> None:
    world = World(recorded_links=_recorded(), whole_waits=asyncio.Event())
    async with opened(SMALL, world=world) as it:
        await it.line("go vpc-0d4")
        await it.press("x")
        worker = it.app.jobs.running[-1].worker
        assert worker is not None
        worker.cancel()
        await it.settle()
        assert "web-1" in it.text
        assert "The reading was ended before all was read. r reads on." in said(it)

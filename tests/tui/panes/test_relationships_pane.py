from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.model.item import Relationship, ResourceKey
from backend.model.problem import Denied
from tests.tui.fake_session import INSTANCE, NOW, VOLUME, VPC, World, item
from tests.tui.opened import GRID, SMALL, WIDE, opened
from tui.panes.links import link_words


@pytest.mark.requirement("REL-04")
async def test_the_links_of_the_chosen_resource_stand_below_it() -> None:
    async with opened(SMALL) as it:
        await it.press("4")
        assert "Instance web-1 i-0a1" in it.lines[2]
        assert "→ Volume vol-0b2  is attached to" in it.text
        assert "→ SecurityGroup open-door sg-0c3  is associated with" in it.text
        assert "3 links" in str(it.app.dashboard.panes["relationships"].border_title)


@pytest.mark.requirement("REL-05")
async def test_links_that_only_the_other_side_knows_are_shown_too() -> None:
    async with opened(SMALL) as it:
        await it.line("go vpc-0d4")
        await it.press("4")
        assert "← Instance web-1 i-0a1" in it.text
        assert "← SecurityGroup open-door sg-0c3" in it.text


@pytest.mark.requirement("REL-05")
async def test_branches_are_fetched_when_they_are_opened_and_cycles_are_marked() -> None:
    async with opened(SMALL) as it:
        await it.press("4", "j", "l")
        assert "→ Instance web-1 i-0a1 ↺ above" in it.text
        await it.press("h")
        assert "above" not in it.text


async def test_enter_makes_the_resource_under_the_cursor_the_chosen_one_and_backspace_returns() -> None:
    async with opened(SMALL) as it:
        await it.press("4", "j", "enter")
        assert it.app.workspace.resource == VOLUME
        assert "Volume vol-0b2" in it.lines[2]
        await it.press("backspace")
        assert it.app.workspace.resource == INSTANCE
        assert "Instance web-1" in it.lines[2]
        await it.press("alt+right")
        assert it.app.workspace.resource == VOLUME


@pytest.mark.requirement("REL-07")
async def test_a_link_made_elsewhere_appears_and_open_branches_stay_open() -> None:
    async with opened(SMALL) as it:
        await it.press("4", "j", "l")
        subnet = ResourceKey("AWS::EC2::Subnet", "subnet-9")
        newest = it.world.estate[INSTANCE][0]
        links = (*newest.relationships, Relationship("Is contained in Subnet", *subnet))
        it.world.estate[INSTANCE].insert(0, item(INSTANCE, "web-1", captured=NOW, relationships=links))
        await it.changed()
        assert "→ Subnet subnet-9" in it.text
        assert "↺ above" in it.text


_KEY = ResourceKey("AWS::KMS::Key", "3bf3d91e")


def _with_derived_links() -> World:
    """A server whose disk is encrypted with a key that only its configuration names."""
    world = World()
    newest = world.estate[INSTANCE][0]
    found_at = "blockDeviceMappings.ebs.kmsKeyId"
    link = Relationship("Is associated with", *_KEY, derived=True, found_at=found_at)
    world.estate[INSTANCE].insert(0, item(INSTANCE, "web-1", captured=NOW, relationships=(*newest.relationships, link)))
    world.estate[_KEY] = [item(_KEY, "disks", captured=NOW)]
    return world


@pytest.mark.parametrize("size", [SMALL, GRID, WIDE])
async def test_a_derived_link_has_a_sign_and_a_word_of_its_own(size: tuple[int, int]) -> None:
    async with opened(size, world=_with_derived_links()) as it:
        await it.press("4")
        row = it.row("⇢ Key disks")
        assert row.split("⇢ Key disks", 1)[1].split("│")[0].rstrip().endswith("derived")
        assert "derived" not in it.row("→ Volume")


async def test_what_stands_under_the_cursor_is_told_in_words() -> None:
    async with opened(GRID, world=_with_derived_links()) as it:
        await it.press("4")
        assert "→ its own link  ← one of another" in it.box("relationships")
        assert "⇢ ⇠ derived, not recorded" in it.box("relationships")
        await it.press("j")
        assert "→ Is attached to Volume" in it.box("relationships")
        assert "recorded by AWS Config" in it.box("relationships")
    async with opened(WIDE, world=_with_derived_links()) as it:
        await it.press("4", "G")
        assert "derived from blockDeviceMappings.ebs.kmsKeyId" in it.box("relationships")


async def test_links_that_only_others_have_come_after_a_while_where_reading_costs_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui.panes.relationships.RESTED", 0.0)
    world = _with_derived_links()
    world.one_sided = True
    async with opened(SMALL, world=world) as it:
        await it.line("go 3bf3d91e")
        await it.press("4")
        assert "⇠ Instance web-1 i-0a1" in it.text
    async with opened(SMALL, world=world, clock=False) as it:
        await it.line("go 3bf3d91e")
        await it.press("4")
        assert "no links" in it.text


async def test_who_uses_a_resource_is_told_when_it_is_asked_for() -> None:
    world = _with_derived_links()
    world.one_sided = True
    world.unread = "only the first 5000 resources were read"
    async with opened(SMALL, world=world, clock=False) as it:
        await it.line("go vpc-0d4")
        await it.press("u")
        assert "← Instance web-1 i-0a1" in it.text
        assert "← SecurityGroup open-door sg-0c3" in it.text
        assert "Not all is known: only the first 5000 resources were read." in it.text
        await it.press("j", "j", "l")
        assert "↺ above" in it.text or "← " in it.text
        await it.press("escape")
        assert "no links" in it.text
        assert "Not all is known" not in it.text


async def test_who_uses_a_resource_of_an_account_is_not_read_again_and_again() -> None:
    world = World(one_sided=True)
    async with opened(GRID, world=world, clock=False) as it:
        assert world.read_whole == 0
        await it.line("go vpc-0d4")
        await it.press("u")
        assert "used by 2" in it.box("relationships")
        await it.changed()
        assert world.read_whole == 1
        await it.press("r")
        assert world.read_whole == 2
        await it.line("go reports-sgp")
        assert "no links" in it.box("relationships")
        assert world.read_whole == 2


async def test_in_a_local_world_those_who_use_a_resource_follow_the_selection() -> None:
    async with opened(GRID, world=World(one_sided=True)) as it:
        await it.line("go vpc-0d4")
        await it.press("u")
        assert "used by 2" in it.box("relationships")
        await it.line("go reports-sgp")
        assert "nothing uses it" in it.box("relationships")
        await it.press("4", "u")
        assert "no links" in it.box("relationships")


async def test_who_used_it_then_is_not_known() -> None:
    async with opened(SMALL) as it:
        await it.line("at -2d")
        await it.press("u")
        assert "known only for now" in it.text


async def test_a_resource_without_links_says_so() -> None:
    async with opened(SMALL) as it:
        await it.line("go reports-sgp")
        await it.press("4")
        assert "no links" in it.text


async def test_the_links_are_those_of_the_moment_looked_at() -> None:
    async with opened(SMALL) as it:
        await it.press("4")
        await it.line("at -2d")
        assert "no links" in it.text
        assert "NOT NOW" in it.lines[0]
        await it.press("n")
        assert "→ Volume" in it.text


async def test_a_missing_permission_is_told_in_the_pane() -> None:
    world = World(fails={"relationships": Denied("Links cannot be read", "config:GetResourceConfigHistory is missing")})
    async with opened(SMALL, world=world) as it:
        await it.press("4")
        assert "config:GetResourceConfigHistory is missing" in it.text
        await it.press("3")
        assert "web-1" in it.text


async def test_the_links_are_exported(tmp_path: Path) -> None:
    async with opened(SMALL) as it:
        await it.press("4")
        await it.line(f"export {tmp_path / 'links.json'}")
        links = json.loads((tmp_path / "links.json").read_text())
        assert {"resourceType": VPC.resource_type, "resourceId": VPC.resource_id, "resourceName": None} in [
            link["to"] for link in links
        ]


@pytest.mark.parametrize(
    ("name", "resource_type", "words"),
    [
        ("Is attached to Instance", "AWS::EC2::Instance", "is attached to"),
        ("Is contained in Vpc", "AWS::EC2::VPC", "is contained in Vpc"),
        ("Contains", "AWS::EC2::Volume", "contains"),
    ],
)
def test_a_link_is_told_without_the_type_that_stands_beside_it(name: str, resource_type: str, words: str) -> None:
    assert link_words(Relationship(name, resource_type, "x")) == words

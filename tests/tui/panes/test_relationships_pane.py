from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from backend.model.item import Relationship, ResourceKey
from backend.model.moment import DAY
from backend.model.problem import Denied
from backend.model.verdicts import verdict_key
from tests.tui.fake_session import GROUP, INSTANCE, NOW, VOLUME, VPC, World, item
from tests.tui.opened import GRID, SMALL, WIDE, opened
from tui.panes.links import link_words


@pytest.mark.requirement("REL-04")
async def test_the_links_of_the_chosen_resource_stand_below_it() -> None:
    async with opened(SMALL) as it:
        await it.press("4")
        assert "Instance web-1 i-0a1" in it.lines[2]
        assert "→ Volume vol-0b2 ✗ 1 rule" in it.text
        assert "→ SecurityGroup open-door sg-0c3" in it.text
        assert "is associated with" in it.row("→ SecurityGroup")
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


async def test_who_used_it_then_is_told_from_what_was_there() -> None:
    world = World(one_sided=True)
    links = [Relationship("Is contained in Vpc", *VPC)]
    world.estate[INSTANCE].append(item(INSTANCE, "web-1", captured=NOW - 4 * DAY, relationships=links))
    world.estate[VPC].append(item(VPC, "main", captured=NOW - 4 * DAY))
    async with opened(SMALL, world=world, clock=False) as it:
        await it.line("go vpc-0d4")
        await it.line("at 2026-03-04T00:00:00Z")
        await it.press("u")
        assert "← Instance web-1 i-0a1" in it.text
        assert "SecurityGroup" not in it.text
    assert world.read_whole == 0


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
        ("Is contained in Vpc", "AWS::EC2::VPC", "is contained in"),
        ("Contains", "AWS::EC2::Volume", "contains"),
    ],
)
def test_a_link_is_told_without_the_type_that_stands_beside_it(name: str, resource_type: str, words: str) -> None:
    assert link_words(Relationship(name, resource_type, "x")) == words


@pytest.mark.requirement("REL-04")
async def test_each_resource_is_shown_with_what_the_rules_say_of_it() -> None:
    world = World()
    world.evaluations += [
        replace(world.evaluations[0], rule="tagged-volumes"),
        replace(
            world.evaluations[0], rule="open", resource_type=GROUP[0], resource_id=GROUP[1], compliance="COMPLIANT"
        ),
    ]
    async with opened(SMALL, world=world) as it:
        await it.press("4")
        assert "✗ 2 rules" in it.row("Volume vol-0b2")
        assert "✓" in it.row("SecurityGroup open-door")
        assert "✓" not in it.row("VPC main")
        await it.press("j")
        assert "✗ fails encrypted-volumes, tagged-volumes" in it.text
        await it.press("j")
        assert "✓ complies with 1 rule" in it.text


@pytest.mark.parametrize("size", [SMALL, GRID, WIDE])
async def test_what_fails_stays_in_sight_where_the_name_does_not(size: tuple[int, int]) -> None:
    world = World()
    world.estate[VOLUME].insert(0, item(VOLUME, "v" * 300, captured=NOW))
    async with opened(size, world=world) as it:
        await it.press("4")
        row = next(row for row in it.box("relationships").splitlines() if "Volume" in row)
        assert "✗1" in row
        await it.press("j")
        assert "encrypted-volumes" in it.unwrapped("relationships")


async def test_links_are_shown_in_one_direction_and_in_the_other() -> None:
    async with opened(SMALL) as it:
        await it.line("go sg-0c3")
        await it.press("4")
        assert "← Instance" in it.text
        assert "→ VPC" in it.text
        await it.press("v")
        assert "← Instance" not in it.text
        assert "→ VPC" in it.text
        await it.press("v")
        assert "← Instance" in it.text
        assert "→ VPC" not in it.text
        await it.press("escape")
        assert "← Instance" in it.text
        assert "→ VPC" in it.text


async def test_in_an_account_it_is_said_that_others_may_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(one_sided=True)
    async with opened(SMALL, world=world, clock=False) as it:
        await it.line("go vpc-0d4")
        await it.press("4", "v", "v")
        assert "u looks for all others" in it.text
    assert world.read_whole == 0


async def test_links_are_counted_before_a_branch_is_opened_where_they_are_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui.panes.relationships.RESTED", 0.0)
    async with opened(SMALL) as it:
        await it.press("4")
        await it.settle()
        assert "(1)" in it.row("→ Volume")
        assert "(2)" in it.row("→ VPC")
        assert "running" in it.row("Instance web-1")


async def test_thousands_of_links_come_piece_by_piece() -> None:
    world = World()
    links = [Relationship("Contains Instance", "AWS::EC2::Instance", f"i-{number:05}") for number in range(5000)]
    world.estate[VPC] = [item(VPC, "main", relationships=links)]
    async with opened(SMALL, world=world) as it:
        await it.line("go vpc-0d4")
        await it.press("4", "G")
        assert "… 4,80" in it.text
        await it.press("enter", "G")
        assert "… 4,60" in it.text


def _suffixes(folder: Path) -> list[str]:
    return [written.suffix for written in folder.glob("configscope-relationships-i-0a1-*")]


async def test_the_open_part_of_the_tree_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(SMALL) as it:
        await it.press("4", "j", "l")
        for form in ("svg", "dot", "mmd", "json"):
            await it.line(f"export links.{form}")
        drawn = (tmp_path / "links.svg").read_text()
        assert all(name in drawn for name in ("web-1", "vol-0b2", "open-door", "main"))
        assert "✗ 1 rule fails" in drawn
        assert 'label="is attached to"' in (tmp_path / "links.dot").read_text()
        assert "flowchart LR" in (tmp_path / "links.mmd").read_text()
        await it.press("e")
        assert "Graphviz" in it.text
        await it.press("2")
        await it.line("picture mermaid")
    assert sorted(_suffixes(tmp_path)) == [".mmd", ".svg"]


@pytest.mark.requirement("INV-06")
async def test_links_in_files_are_told_with_the_state_and_what_the_rules_said() -> None:
    world = World()
    about = verdict_key(VOLUME)
    rules = [{"configRuleName": "encrypted-volumes", "complianceType": "NON_COMPLIANT"}]
    world.estate[about] = [item(about, configuration={"configRuleList": rules})]
    async with opened(SMALL, world=world, files=True) as it:
        await it.line("go i-0a1")
        await it.press("4")
        assert "✗ 1 rule" in it.row("→ Volume vol-0b2")

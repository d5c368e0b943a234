"""What the resource browser shows of the inventory: views, filter, order, columns and groups."""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec
import pytest

from backend.model.item import Relationship, ResourceKey
from backend.model.moment import HOUR
from backend.model.problem import Denied
from backend.model.recorder import RecordingGroup
from tests.tui.fake_session import BUCKET, GROUP, INSTANCE, NOW, VOLUME, World, item
from tests.tui.looking import at_rest
from tests.tui.opened import GRID, SMALL, WIDE, Opened, opened

ADDRESS = ResourceKey("AWS::EC2::EIP", "eipalloc-9")
ROLE = ResourceKey("AWS::IAM::Role", "AROA9")
LOST = ResourceKey("AWS::EC2::Instance", "i-0gone")


def _world() -> World:
    """The usual one, and an address nobody uses, a role of the whole account, and an instance that is gone."""
    world = World()
    door = {"ipPermissions": [{"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "ipRanges": ["0.0.0.0/0"]}]}
    world.estate[GROUP][0].configuration = door
    world.estate[ADDRESS] = [item(ADDRESS, status="ResourceDiscovered", configuration={"publicIp": "192.0.2.1"})]
    world.estate[ROLE] = [item(ROLE, "deploy")]
    world.estate[ROLE][0].region = "global"
    world.estate[LOST] = [item(LOST, "web-0", status="ResourceDeleted", captured=NOW - 5 * HOUR)]
    return world


def _listed(it: Opened) -> list[str]:
    return [row.summary.resource_id for row in it.app.dashboard.panes["snapshots"].shown]  # type: ignore[attr-defined]


@pytest.mark.requirement("INV-03")
async def test_v_shows_what_nobody_seems_to_need_and_why() -> None:
    async with opened(SMALL, world=_world()) as it:
        await it.press("v")
        assert sorted(_listed(it)) == ["eipalloc-9", "vol-0b2"]
        assert "idle candidates: By their own items nothing uses them." in it.unfolded("snapshots")
        assert "unused" in it.row("eipalloc-9 ")
        assert "attached to nothing" in it.row("vol-0b2 ")
        await it.press("escape")
        assert "web-1" in it.text


@pytest.mark.requirement("INV-05", "RUL-14")
async def test_the_security_view_lists_broken_rules_first_then_open_doors_then_identities() -> None:
    async with opened(SMALL, world=_world()) as it:
        await it.line("view security")
        assert _listed(it) == ["vol-0b2", "sg-0c3", "AROA9"]
        assert "vol-0b2: breaks encrypted-volumes; not encrypted" in it.unfolded("snapshots")
        await it.press("j")
        assert "open-door: open to anybody: 22" in it.unfolded("snapshots")


@pytest.mark.requirement("SNP-07", "SNP-05")
async def test_what_is_linked_to_but_not_recorded_is_listed_with_the_reason() -> None:
    world = _world()
    world.estate[INSTANCE][0].relationships = (
        *world.estate[INSTANCE][0].relationships,
        Relationship("Is associated with ", "AWS::EC2::NetworkInterface", "eni-1"),
        Relationship("Is contained in Subnet", "AWS::EC2::Subnet", "subnet-1"),
        Relationship("Is associated with Thing", "AWS::Odd::Thing", None, "thing-1"),
    )
    assert world.recorder is not None
    group = RecordingGroup(
        all_supported=False,
        excluded_types=("AWS::EC2::NetworkInterface",),
        strategy="EXCLUSION_BY_RESOURCE_TYPES",
    )
    world.recorder = msgspec.structs.replace(world.recorder, group=group)
    world.other_types = {"AWS::EC2::NetworkInterface", "AWS::EC2::Subnet"}
    async with opened(SMALL, world=world) as it:
        await it.line("view unrecorded")
        pane = it.app.dashboard.panes["snapshots"]
        why = {row.summary.resource_id: row.note for row in pane.shown}  # type: ignore[attr-defined]
        assert why == {
            "i-0gone": "deleted 5 h ago; its items are kept",
            "eni-1": "its type is not recorded; linked to by web-1 (Instance)",
            "subnet-1": "no item: deleted before it was recorded, or of another account or region; linked to by web-1 "
            "(Instance)",
            "thing-1": "Config does not support its type; linked to by web-1 (Instance)",
        }
        assert "deleted 5 h ago" in it.text


async def test_a_file_says_of_what_is_missing_that_it_is_not_in_it() -> None:
    world = _world()
    world.estate[INSTANCE][0].relationships += (Relationship("Is contained in Subnet", "AWS::EC2::Subnet", "subnet-1"),)
    async with opened(SMALL, world=world, files=True) as it:
        await it.line("view unrecorded")
        assert "not in this file; linked to by web-1 (Instance)" in [
            row.note
            for row in it.app.dashboard.panes["snapshots"].shown  # type: ignore[attr-defined]
        ]


@pytest.mark.requirement("ITM-22")
@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("type:Instance", ["i-0a1"]),
        ("id:vol-", ["vol-0b2"]),
        ("name:web", ["i-0a1"]),
        ("tag:Team=finance", ["reports-sgp"]),
        ("region:global", ["AROA9"]),
        ("zone:1b", ["i-0a1"]),
        ("state:running", ["i-0a1"]),
        ("status:Discovered", ["eipalloc-9"]),
        ("before:-2d", ["vol-0b2"]),
        ("rule:encrypted", ["vol-0b2"]),
        ("ec2 -type:vpc -id:vol -id:sg -type:eip", ["i-0a1"]),
    ],
)
async def test_resources_are_found_by_all_that_is_known_of_them(text: str, ids: list[str]) -> None:
    world = _world()
    world.estate[INSTANCE][0].availability_zone = "ap-southeast-1b"
    world.estate[VOLUME][0].capture_time = NOW - 72 * HOUR
    async with opened(SMALL, world=world) as it:
        await it.line(f"filter {text}")
        assert _listed(it) == ids


async def test_the_line_shows_the_syntax_completes_it_and_tells_what_is_wrong() -> None:
    async with opened(SMALL, world=_world()) as it:
        await it.press("slash")
        assert "type:Instance tag:Team=shop -state:stopped" in it.lines[-1]
        await it.type("ta")
        await it.press("tab")
        assert "tag:" in it.lines[-1]
        await it.type("te")
        await it.press("tab")
        assert "tag:Team=" in it.lines[-1]
        await it.type("fi")
        await it.press("tab")
        assert "tag:Team=finance" in it.lines[-1]
        assert "1 of 7" in it.lines[-1]
        await it.type(" after:yesterday")
        assert "is not a moment" in it.lines[-1]
        assert _listed(it) == ["reports-sgp"]
        await it.press("enter")
        assert "1 of 7 · tag Team=finance" in it.unfolded("snapshots")


async def test_a_filter_that_fits_nothing_says_how_to_leave_it() -> None:
    async with opened(SMALL, world=_world()) as it:
        await it.line("filter nowhere")
        assert "Nothing matches. esc takes the filter off." in it.text
        await it.press("escape")
        assert "web-1" in it.text


@pytest.mark.requirement("INV-02")
async def test_o_orders_by_a_column_and_the_title_shows_the_direction() -> None:
    async with opened((110, 24), world=_world()) as it:
        await it.press("o")
        assert "Order by" in it.text
        await it.press("escape")
        await it.line("order state")
        assert "state▴" in it.row("state")
        assert _listed(it)[-1] == "i-0a1"  # the only one that has a state
        assert "running" in it.row("web-1")
        await it.line("order state")
        assert "state▾" in it.row("state")
        assert _listed(it)[0] == "i-0a1"
        await it.line("order -captured")
        assert _listed(it)[0] in ("i-0a1", "reports-sgp", "AROA9", "vpc-0d4", "sg-0c3", "vol-0b2", "eipalloc-9")
        await it.line("order colour")
        assert "there are name, type, id" in it.lines[-1]


async def test_c_chooses_the_columns_and_each_choice_shows_at_once() -> None:
    async with opened(WIDE, world=_world()) as it:
        await it.press("z", "c")
        assert "[x]" in it.row("▌[x]  name")
        assert "[ ]" in it.row("tag:Team")
        await it.press("down", "space", "escape")
        assert "type" not in it.row("name ").split("│")[-1]
        await it.line("columns state account tag:Team")
        head = it.row("name ")
        assert [word for word in head.split() if word in ("name", "state", "account", "Team", "id")] == [
            "name",
            "state",
            "account",
            "Team",
        ]
        assert "finance" in it.row("reports-sgp")
        assert "696686700433" in it.row("web-1")
        await it.line("columns hue")
        assert "there is no hue" in it.lines[-1]


@pytest.mark.requirement("INV-01")
async def test_resources_are_counted_by_type_region_account_state_and_tag() -> None:
    async with opened(SMALL, world=_world()) as it:
        await it.line("by tag:Team")
        assert "all, by Team" in it.row("  7")
        for row in ("finance", "shop", "without Team"):
            assert row in it.text
        it.app.dashboard.panes["snapshots"].query_one("#resource-types").focus()
        await it.press("j")
        assert _listed(it) == ["reports-sgp"]
        await it.line("by region")
        assert "ap-southeast-1" in it.text
        assert "global" in it.text
        await it.line("by account")
        assert it.row("all, by account").split("│")[0].split()[-1] == "7"
        await it.line("by shoe size")
        assert "there are type, region, account" in it.lines[-1]


@pytest.mark.requirement("REC-09")
async def test_global_resources_stand_among_those_of_the_region() -> None:
    async with opened(SMALL, world=_world()) as it:
        assert "IAM Role" in it.text
        await it.line("filter region:global")
        assert _listed(it) == ["AROA9"]


@pytest.mark.requirement("REC-05", "ITM-02", "ITM-03")
async def test_the_list_follows_what_is_made_changed_and_deleted() -> None:
    async with opened(SMALL, world=_world()) as it:
        await it.line("columns state")
        await it.line("filter type:Instance")
        assert "running" in it.row("web-1")
        newer = item(INSTANCE, "web-1", captured=NOW, configuration={"state": {"name": "stopped"}})
        it.world.estate[INSTANCE].insert(0, newer)
        made = ResourceKey("AWS::EC2::Instance", "i-0new")
        it.world.estate[made] = [item(made, "web-2", captured=NOW, configuration={"state": {"name": "pending"}})]
        await it.changed()
        assert "stopped" in it.row("web-1")
        assert "pending" in it.row("web-2")
        assert it.world.read_items == 1
        it.world.estate[made].insert(0, item(made, "web-2", captured=NOW + 1, status="ResourceDeleted"))
        await it.changed()
        assert "web-2" not in it.text


@pytest.mark.requirement("REC-06", "ITM-11")
async def test_what_was_there_before_the_recorder_is_told_from_what_changed_since() -> None:
    async with opened(SMALL, world=_world()) as it:
        await it.line("columns status")
        await it.line("order -status")
        assert "ResourceDis" in it.row("eipalloc-9 ")
        assert " OK" in it.row("web-1")


async def test_the_items_are_read_once_and_a_refusal_is_told_with_what_is_missing() -> None:
    world = _world()
    world.fails["items"] = Denied("The items cannot be read", "config:SelectResourceConfig is missing")
    async with opened(SMALL, world=world) as it:
        assert "web-1" in it.text
        await it.line("filter tag:Team")
        assert "config:SelectResourceConfig is missing" in it.text
        assert "Tags and states are known of 0 of 7 only" in it.unfolded("snapshots")
        del world.fails["items"]
        await it.press("r")
        assert sorted(_listed(it)) == ["i-0a1", "reports-sgp"]
        await it.line("filter state:running")
        assert it.world.read_items == 1


@pytest.mark.requirement("SNP-13", "SNP-01")
async def test_a_snapshot_of_many_items_opens_scrolls_and_filters() -> None:
    world = World()
    for number in range(3_000):
        key = ResourceKey("AWS::EC2::Volume", f"vol-{number:05d}")
        world.estate[key] = [item(key, f"disk-{number}", tags={"Team": "shop" if number % 3 else "data"})]
    async with opened(GRID, world=world, files=True) as it:
        await it.press("end", "home", "ctrl+f", "ctrl+f", "end")
        assert it.app.workspace.resource == BUCKET
        await it.line("filter disk-29 tag:Team=data")
        found = _listed(it)
        assert len(found) == 36
        assert all(int(one.removeprefix("vol-")) % 3 == 0 for one in found)


async def test_what_is_chosen_to_be_shown_is_what_is_exported(tmp_path: Path) -> None:
    async with opened(SMALL, world=_world()) as it:
        await it.line("columns state tag:Team captured")
        await it.line("filter type:Instance")
        await it.line(f"export {tmp_path / 'rows.csv'}")
        with (tmp_path / "rows.csv").open() as file:
            [row] = csv.DictReader(file)
        assert (row["resourceId"], row["state"], row["tag:Team"], row["captured"]) == (
            "i-0a1",
            "running",
            "shop",
            "2026-03-06 14:22:31",
        )


@pytest.mark.requirement("ITM-16", "INV-10")
async def test_no_key_of_the_list_or_of_an_item_takes_anything_away() -> None:
    async with opened(SMALL, world=_world()) as it:
        for key in ("delete", "ctrl+d", "v", "c", "escape", "o", "escape", "enter", "delete", "ctrl+d", "v", "v"):
            await it.press(key)
        assert it.world.calls == []


@pytest.mark.parametrize("rows", [1, 2, 3_000])
async def test_many_rows_are_arranged_beside_the_screen_and_show_the_same(
    rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.panes.inventory.AT_ONCE", rows)
    monkeypatch.setattr("tui.panes.inventory_pane.AT_ONCE", rows)
    async with opened(SMALL, world=_world()) as it:
        at_first = await _arranged(it)
        assert len(at_first) == 7
        await it.press("v")
        assert sorted(await _arranged(it)) == ["eipalloc-9", "vol-0b2"]
        await it.line("view security")
        assert await _arranged(it) == ["vol-0b2", "sg-0c3", "AROA9"]
        await it.line("view all")
        assert await _arranged(it) == at_first
        await it.press("j", "j")
        current = it.app.dashboard.panes["snapshots"].copy_text()
        await it.line("order -name")
        turned = await _arranged(it)
        assert turned != at_first
        assert it.app.dashboard.panes["snapshots"].copy_text() == current, "the cursor stays on its row"


async def _arranged(it: Opened) -> list[str]:
    """What is listed when nothing is under way."""
    await at_rest(it.app, it.pilot)
    return _listed(it)

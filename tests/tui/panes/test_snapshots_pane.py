from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from textual.events import Paste

from backend import connect
from backend.connect import Target
from backend.model.item import ResourceKey
from backend.model.reading import Reading
from tests.tui.fake_session import BUCKET, INSTANCE, NOW, VOLUME, VPC, World, item
from tests.tui.looking import at_rest, text
from tests.tui.opened import ENVIRONMENT, GRID, SMALL, WIDE, opened
from tui.app import ConfigScope
from tui.panes.snapshots import SnapshotsPane
from tui.settings import Settings


@pytest.mark.requirement("INV-01")
async def test_types_with_counts_and_the_resources_of_the_chosen_type() -> None:
    async with opened() as it:
        box = it.box("snapshots")
        assert "all types" in box
        assert "EC2 Instance" in box
        assert "web-1" in box
        it.app.dashboard.panes["snapshots"].query_one("#resource-types").focus()
        await it.press("end")
        assert "reports-sgp" in it.box("snapshots")
        assert "web-1" not in it.box("snapshots")
        assert "1 of 5" in it.row("3 Resources")
        await it.press("escape")
        assert "web-1" in it.box("snapshots")


@pytest.mark.requirement("INV-04")
async def test_at_size_the_chosen_resource_is_shown_with_its_newest_item() -> None:
    async with opened(WIDE) as it:
        assert "t3.large" not in it.text
        assert "configurationItemStatus" in it.box("snapshots")
        assert it.app.workspace.resource == INSTANCE
        await it.press("end")
        assert it.app.workspace.resource == BUCKET
        assert "S3 Bucket  reports-sgp  OK  2026-03-06 14:22" in it.box("snapshots")


@pytest.mark.requirement("ITM-22")
async def test_the_list_is_filtered_as_one_types() -> None:
    async with opened(SMALL) as it:
        await it.press("slash")
        await it.type("door")
        assert "open-door" in it.text
        assert "web-1" not in it.text
        assert "1 of 5" in it.lines[-1]
        await it.press("enter")
        assert "open-door" in it.text
        await it.press("escape")
        assert "web-1" in it.text


@pytest.mark.requirement("ITM-22")
async def test_the_list_is_filtered_by_tag() -> None:
    async with opened(SMALL) as it:
        await it.line("filter tag:Team=finance")
        assert "reports-sgp" in it.text
        assert "open-door" not in it.text


async def test_leaving_the_filter_shows_everything_again() -> None:
    async with opened(SMALL) as it:
        await it.press("slash")
        await it.type("door")
        await it.press("escape")
        assert "web-1" in it.text


async def test_a_click_on_a_column_orders_the_rows() -> None:
    async with opened(WIDE) as it:
        table = it.app.dashboard.panes["snapshots"].query_one("#resource-list")
        await it.pilot.click(table, offset=(2, 0))
        await it.settle()
        names = [row for row in it.box("snapshots").splitlines() if "vpc-0d4" in row or "i-0a1" in row]
        assert "main" in names[0]
        await it.pilot.click(table, offset=(2, 0))
        await it.settle()
        names = [row for row in it.box("snapshots").splitlines() if "vpc-0d4" in row or "i-0a1" in row]
        assert "web-1" in names[0]


async def test_a_resource_made_elsewhere_appears_and_the_cursor_stays_on_its_row() -> None:
    async with opened() as it:
        await it.press("end")
        assert it.app.workspace.resource == BUCKET
        key = ResourceKey("AWS::EC2::EIP", "eipalloc-1")
        it.world.estate[key] = [item(key, captured=NOW)]
        await it.changed()
        assert "eipalloc-1" in it.box("snapshots")
        assert it.app.workspace.resource == BUCKET
        table = it.app.dashboard.panes["snapshots"].main_part()
        assert getattr(table, "current").key == BUCKET  # noqa: B009


async def test_enter_opens_the_resources_page_and_escape_leaves_it() -> None:
    async with opened() as it:
        await it.press("enter")
        assert "t3.large" in it.text
        assert "3 Resources" not in it.text
        await it.press("escape")
        assert "3 Resources" in it.text


async def test_a_resource_is_chosen_by_its_id_or_name() -> None:
    async with opened() as it:
        await it.line("resource vol-0b2")
        assert it.app.workspace.resource == VOLUME
        await it.line("go main")
        assert it.app.workspace.resource == VPC
        await it.press("backspace")
        assert it.app.workspace.resource == VOLUME


@pytest.mark.requirement("INV-09")
async def test_the_rows_shown_are_exported_as_csv(tmp_path: Path) -> None:
    async with opened() as it:
        await it.line("filter ec2")
        await it.line(f"export {tmp_path / 'rows.csv'}")
        with (tmp_path / "rows.csv").open() as file:
            rows = list(csv.DictReader(file))
        assert [row["resourceId"] for row in rows] == ["i-0a1", "sg-0c3", "vpc-0d4", "vol-0b2"]
        await it.line(f"export {tmp_path / 'rows.csv'}")
        assert (tmp_path / "rows-2.csv").exists()


async def test_a_name_that_looks_like_a_formula_is_none_in_the_exported_rows(tmp_path: Path) -> None:
    world = World()
    key = ResourceKey("AWS::EC2::Instance", "i-0e5")
    world.estate[key] = [item(key, name='=HYPERLINK("https://example.com")')]
    async with opened(world=world) as it:
        await it.line(f"export {tmp_path / 'rows.csv'}")
        with (tmp_path / "rows.csv").open() as file:
            names = [row["resourceName"] for row in csv.DictReader(file)]
        assert """'=HYPERLINK("https://example.com")""" in names


async def test_a_file_is_browsed_in_the_same_panes() -> None:
    async with opened(files=True) as it:
        assert "web-1" in it.box("snapshots")
        assert "[RO] [FILE]" in it.lines[0]
        assert "A file has no recorder" in it.box("recorder")
        assert "A file has no delivery channel" in it.box("delivery")
        assert "Volume" in it.box("relationships")
        assert "J jump" not in it.lines[-1]


async def test_of_very_many_resources_only_those_of_the_chosen_type_are_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui.panes.inventory_pane.WHOLE", 3)
    monkeypatch.setattr("tui.panes.inventory_pane.UNASKED_HERE", 3)
    async with opened() as it:
        box = it.box("snapshots")
        assert "all types" not in box
        assert "web-1" in box
        assert "open-door" not in box
        it.app.dashboard.panes["snapshots"].query_one("#resource-types").focus()
        await it.press("j")
        assert "open-door" in it.box("snapshots")
        assert "web-1" not in it.box("snapshots")


async def test_the_columns_of_the_settings_are_the_first_shown_and_an_unknown_one_is_told() -> None:
    async with opened(WIDE, settings=Settings(columns=("name", "tag:Team", "zone", "colour"))) as it:
        head = it.row("Team")
        assert "zone" in head
        assert "state" not in head
        assert "The setting columns names “colour”" in it.text


async def test_zoomed_the_list_has_the_whole_width_and_the_types_come_back() -> None:
    async with opened(GRID) as it:
        pane = it.app.dashboard.panes["snapshots"]
        types, listed = pane.query_one("#resource-types"), pane.query_one("#resource-list")
        await it.press("3", "z")
        assert "all types" not in it.text
        assert listed.region.width == GRID[0]
        await it.press("z")
        assert "all types" in it.text
        types.focus()
        await it.press("down", "z")
        assert it.app.focused is listed, "what is left has the keys"
        assert "esc lists all" in it.text
        await it.press("escape")
        assert "esc lists all" not in it.text
        assert "all types" not in it.text, "first the type is taken off, then the zoom"
        await it.line("by region")
        assert "all, by region" in it.text, "what is counted is to be seen"


async def test_the_item_below_the_list_is_hidden_and_shown_again() -> None:
    async with opened(WIDE) as it:
        await it.press("3", "z")
        assert "configurationItemCaptureTime" in it.text
        await it.press("Z")
        assert "configurationItemCaptureTime" not in it.text
        await it.press("down", "Z")
        assert "configurationItemCaptureTime" in it.text
        await it.pilot.resize_terminal(*SMALL)
        await it.settle()
        await it.press("Z", "Z")
        assert "96 columns and 30 rows" in it.text


async def test_a_file_that_is_cut_off_shows_what_it_holds_and_what_is_wrong(tmp_path: Path) -> None:
    items = [
        {"resourceType": "AWS::EC2::VPC", "resourceId": f"vpc-{n}", "tags": {"x": "y" * 900}} for n in range(3_000)
    ]
    items[5] = {"neither": "type nor id"}
    path = tmp_path / "s.json"
    path.write_text(json.dumps({"configurationItems": items})[:-1_000])
    target = Target(kind="files", files=(path,))
    app = ConfigScope(lambda progress: connect.open(target, progress), landing="snapshots", environment=ENVIRONMENT)
    async with app.run_test(size=(120, 30)) as pilot:
        while app.workspace.connection is None:
            await pilot.pause()
        shown = await at_rest(app, pilot)
        assert "s.json is cut off" in shown
        assert "vpc-0" in shown
        assert "1 entry is no configuration item and is left out, the first from byte" in " ".join(shown.split())


async def test_while_a_file_is_read_it_is_told_how_far_and_esc_ends_it() -> None:
    async with opened(SMALL, files=True) as it:
        session = it.app.workspace.session
        assert session is not None
        ended: list[bool] = []
        pane = it.app.dashboard.panes["snapshots"]
        assert isinstance(pane, SnapshotsPane)
        pane._asked = replace(
            session,
            reading=lambda: None if ended else Reading(12_000, 3_000_000, 10_000_000, 1.5),
            stop_reading=lambda: ended.append(True),
        )
        pane._tell_reading()
        await it.settle()
        told = " ".join(it.text.split())
        assert "reading: 12,000 items, 30 %, 2.0 MB/s, about 4 s left; esc ends it, what is read stays" in told
        assert "web-1" in it.text, "meanwhile all of it can be used"
        await it.press("escape")
        assert ended == [True]


async def test_a_long_file_is_listed_whole_and_filtered_by_columns(tmp_path: Path) -> None:
    items = [
        {
            "resourceType": f"AWS::EC2::{name}",
            "resourceId": f"{name}-{n}",
            "tags": {"Team": f"team-{n % 3}"},
            "configuration": {"cidrBlock": f"10.0.{n % 7}.0/24"},
        }
        for name in ("VPC", "Subnet")
        for n in range(2_000)
    ]
    path = tmp_path / "s.json"
    path.write_text(json.dumps({"configSnapshotId": "x", "configurationItems": items}))
    target = Target(kind="files", files=(path,))
    app = ConfigScope(lambda progress: connect.open(target, progress), landing="snapshots", environment=ENVIRONMENT)
    async with app.run_test(size=(120, 30)) as pilot:
        while app.workspace.connection is None:
            await pilot.pause()
        pane = app.dashboard.panes["snapshots"]
        assert isinstance(pane, SnapshotsPane)
        await at_rest(app, pilot)
        assert len(pane.shown) == 4_000
        for line, there in (
            ("vpc-1999", 1),
            ("type:Subnet tag:Team=team-1", 667),
            ("-type:Subnet tag:team-1", 667),
            ('text:"10.0.3.0/24"', 572),
            (".cidrBlock:10.0.6", 570),
            ("type:VPC configuration.cidrblock:10.0.6", 285),
        ):
            pane.apply_filter(line)
            await at_rest(app, pilot)
            assert (line, len(pane.shown)) == (line, there)
        pane.apply_filter("")
        await pilot.press("slash")
        app.focused.post_message(Paste('text:"10.0.3.0/24"'))  # type: ignore[union-attr]
        await at_rest(app, pilot)
        assert "572 of 4,000 · text 10.0.3.0/24" in text(app), (
            "the line tells what was found, not what was there before"
        )


async def test_of_many_remarks_on_files_some_are_told_and_the_rest_counted() -> None:
    async with opened(SMALL, files=True) as it:
        pane = it.app.dashboard.panes["snapshots"]
        session = it.app.workspace.session
        assert isinstance(pane, SnapshotsPane)
        assert session is not None
        pane._asked = replace(session, remarks=lambda: [f"{name}.json: something." for name in "abcd"])
        pane.show()
        await it.settle()
        assert "b.json: something." in it.text
        assert "c.json" not in it.text
        assert "2 more: configscope inspect FILE tells all." in it.text


async def test_what_only_files_can_be_asked_is_said_over_an_account() -> None:
    async with opened() as it:
        await it.press("3", "slash")
        await it.type('text:"0.0.0.0/0"')
        assert "are looked for in files only" in it.text

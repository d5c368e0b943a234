"""The item's page over real local worlds: tree, tables and raw JSON, searched and followed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.events import Paste
from textual.pilot import Pilot

from backend import connect
from backend.connect import Target
from backend.files.read import read_items
from backend.model.item import ResourceKey
from backend.model.item_document import document
from backend.model.moment import HOUR, parse
from tests.tui.fake_session import INSTANCE, VOLUME, VPC, World, item
from tests.tui.looking import at_rest, text
from tests.tui.opened import ENVIRONMENT, GRID, SMALL, WIDE, opened
from tui.app import ConfigScope
from tui.screens.file import FileScreen
from tui.screens.item import ItemScreen
from tui.screens.message import MessageScreen
from tui.software import as_lines, sheets
from tui.widgets.json_tree import JsonTree

WORLD = Target(memory=True, start=parse("2026-03-07T14:22:31Z"), seed=7)
SERVER = ResourceKey("AWS::SSM::ManagedInstanceInventory", "mi-0f3a9c1e5b7d2468a")
"""A server outside of AWS: an on-premises node has an id that begins with `mi-`."""
FIELDS = {
    "relatedEvents", "relationships", "configuration", "supplementaryConfiguration", "tags",
    "configurationItemVersion", "configurationItemCaptureTime", "configurationStateId", "awsAccountId",
    "configurationItemStatus", "resourceType", "resourceId", "ARN", "awsRegion", "availabilityZone",
    "configurationStateMd5Hash", "resourceCreationTime",
}  # fmt: skip


@asynccontextmanager
async def real(size: tuple[int, int] = GRID, target: Target = WORLD) -> AsyncIterator[tuple[ConfigScope, Pilot[int]]]:
    """The app on a local world whose clock stands still."""
    app = ConfigScope(lambda progress: connect.open(target, progress), environment=ENVIRONMENT)
    async with app.run_test(size=size) as pilot:
        while app.workspace.connection is None:
            await pilot.pause()
        assert app.workspace.clock is not None
        await app.workspace.clock.pause()
        await calm(app, pilot)
        yield app, pilot


async def calm(app: ConfigScope, pilot: Pilot[int]) -> str:
    return await at_rest(app, pilot)


async def page_of(app: ConfigScope, pilot: Pilot[int], key: ResourceKey) -> str:
    """The page of a resource, when its item has been read."""
    app.workspace.selection.choose(key)
    screen = ItemScreen(app.workspace)
    await app.push_screen(screen)
    while screen.stage is None or screen.stage.item.key != key:
        await pilot.pause()
    return await calm(app, pilot)


def raw_of(app: ConfigScope) -> dict[str, object]:
    """What the raw view holds, all lines of it."""
    screen = app.screen
    assert isinstance(screen, ItemScreen)
    assert screen.view == "raw"
    held = json.loads("\n".join(screen._raw._texts))
    assert isinstance(held, dict)
    return held


@pytest.mark.requirement("INV-12", "INV-13", "INV-14", "INV-15", "INV-16")
async def test_the_software_of_a_server_outside_of_aws_stands_in_tables() -> None:
    async with real(WIDE) as (app, pilot):
        shown = await page_of(app, pilot, SERVER)
        for title in ("Operating system and agent", "Network (", "Applications (", "AWS components ("):
            assert title in shown
        [row] = [row for row in shown.splitlines() if "  system  " in row]
        assert row.split("system")[1].split("│")[0].strip()
        [head] = [row for row in shown.splitlines() if "interface" in row]
        assert ("address" in head, "mask" in head, "gateway" in head) == (True, True, True)
        changes = [row for row in shown.splitlines() if "captured 20" in row]
        assert changes, "when the record of it was written"
        await pilot.press("3")
        assert "what changed" in await calm(app, pilot), "each change of the inventory is an item of its own"


@pytest.mark.requirement("INV-17", "INV-18")
async def test_firewall_and_updates_of_a_windows_server_stand_in_tables() -> None:
    async with real(WIDE) as (app, pilot):
        session = app.workspace.session
        assert session is not None and session.resources is not None
        keys = [one.key async for some in session.resources.listing(SERVER.resource_type) for one in some]
        items = [found for key in keys if (found := await session.resources.item(key)) is not None]
        windows = next(one for one in items if "AWS:WindowsUpdate" in json.dumps(one.configuration))
        shown = await page_of(app, pilot, windows.key)
        assert "Firewall (" in shown
        assert "Domain" in shown
        assert "Windows updates (" in shown
        assert "KB50" in shown


def test_a_kind_of_content_that_is_not_known_is_shown_with_its_own_fields() -> None:
    body = {"Custom:Rack": {"CaptureTime": "t", "Content": {"a": {"row": "4", "unit": 7}, "b": "odd"}}, "x": [1]}
    found = sheets(item(SERVER, configuration=body))
    assert [(sheet.title, sheet.columns, sheet.rows) for sheet in found] == [
        ("Custom:Rack", ("row", "unit"), (("4", "7"),))
    ]
    versions = {
        "AWS:Application": {"Content": {"jre": [{"Name": "jre", "Version": "8"}, {"Name": "jre", "Version": "17"}]}}
    }
    [both] = sheets(item(SERVER, configuration=versions))
    assert [row[1] for row in both.rows] == ["8", "17"]
    lines, headings = as_lines(found)
    assert lines[0].startswith("Custom:Rack (1)")
    assert 0 in headings


@pytest.mark.requirement("ITM-01", "ITM-04", "ITM-06", "REL-01")
async def test_raw_json_has_the_fields_of_a_file_of_format_1_3_and_no_other() -> None:
    async with real() as (app, pilot):
        session = app.workspace.session
        assert session is not None and session.resources is not None
        keys = [one.key async for some in session.resources.listing(INSTANCE.resource_type) for one in some]
        await page_of(app, pilot, keys[0])
        await pilot.press("v")
        assert '"relatedEvents": []' in await calm(app, pilot)
        held = raw_of(app)
        assert set(held) == FIELDS
        assert isinstance(held["configurationStateId"], int), "a number in 1.3, as in the file"
        assert held["resourceId"] == keys[0].resource_id
        assert str(held["ARN"]).endswith(keys[0].resource_id)
        links = held["relationships"]
        assert isinstance(links, list) and links
        assert all(
            link["name"] and link["resourceType"] and (link.get("resourceId") or link.get("resourceName"))
            for link in links
        )
        assert not any(None in link.values() for link in links), "what a link lacks is not told as null"


@pytest.mark.requirement("ITM-05")
async def test_the_same_state_is_found_in_history_stream_and_snapshot() -> None:
    async with real(WIDE) as (app, pilot):
        session = app.workspace.session
        assert session is not None and session.stream is not None
        assert session.snapshots is not None and session.delivery is not None
        channel = await session.delivery.channel()
        assert channel is not None
        files = [one for one in await session.snapshots.recent(channel, 60) if "ConfigSnapshot" in one.key]
        kept = {one.state_id: one for one in read_items(await session.snapshots.download(files[0]))}
        sent = next(
            message
            for message in reversed(await session.stream.recent())
            if (told := message.document.get("configurationItem")) and str(told["configurationStateId"]) in kept
        )
        told = sent.document["configurationItem"]
        state = str(told["configurationStateId"])

        app.push_screen(MessageScreen(app.workspace, [sent], 0))
        await calm(app, pilot)
        assert app.screen.query_one(JsonTree).reveal(("configurationItem", "configurationStateId"))
        assert state in await calm(app, pilot), "in the stream"
        app.pop_screen()

        app.push_screen(FileScreen(app.workspace, files[0]))
        await calm(app, pilot)
        assert isinstance(app.screen, FileScreen)
        app.screen.apply_filter(f"{kept[state].resource_type} {kept[state].resource_id}")
        assert state in await calm(app, pilot), "in the snapshot"
        app.pop_screen()

        app.workspace.selection.look_at(kept[state].capture_time)
        assert state in await page_of(app, pilot, kept[state].key), "in the history"


@pytest.mark.requirement("ITM-15")
async def test_tags_of_the_item_and_the_list_inside_its_configuration_are_both_shown() -> None:
    world = World()
    inside = {"tags": [{"key": "Name", "value": "web-1"}]}
    world.estate[INSTANCE] = [item(INSTANCE, "web-1", tags={"Name": "web-1"}, configuration=inside)]
    async with opened(SMALL, world=world) as it:
        it.app.workspace.selection.choose(INSTANCE)
        await it.press("3", "enter", "2", "j")
        assert "[…] 1 item" in it.row("tags  ")
        await it.press("asterisk")
        assert "key " in it.text
        rows = [row for row in it.lines if "tags" in row]
        assert ("1 item" in rows[0], "1 field" in rows[1]) == (True, True)


async def test_what_is_searched_for_is_found_folded_or_not_and_next_goes_on() -> None:
    async with real(GRID) as (app, pilot):
        session = app.workspace.session
        assert session is not None and session.resources is not None
        keys = [one.key async for some in session.resources.listing(INSTANCE.resource_type) for one in some]
        await page_of(app, pilot, keys[0])
        await pilot.press("slash")
        assert app.focused is not None
        app.focused.post_message(Paste("vpcid"))
        await pilot.pause()
        await pilot.press("enter")
        screen = app.screen
        assert isinstance(screen, ItemScreen)
        first = screen._tree.path
        assert first[-1] == "vpcId"
        await pilot.press("full_stop")
        second = screen._tree.path
        assert second[-1] == "vpcId"
        assert second != first
        await pilot.press("comma")
        assert screen._tree.path == first
        await pilot.press("enter")
        await calm(app, pilot)
        assert app.workspace.resource is not None
        assert app.workspace.resource.resource_type == VPC.resource_type, "an id leads to its resource"
        assert "›" in text(app), "the page says where one came from"
        await pilot.press("slash")
        assert app.focused is not None
        app.focused.post_message(Paste("cidr"))
        await pilot.pause()
        await pilot.press("enter", "escape")
        assert isinstance(app.screen, ItemScreen), "the first esc ends the search"
        await pilot.press("escape")
        assert not isinstance(app.screen, ItemScreen)


async def test_every_size_keeps_the_way_out_in_the_last_row() -> None:
    world = World()
    async with opened(SMALL, world=world) as it:
        it.app.workspace.selection.choose(VOLUME)
        await it.press("3", "enter")
        for view in ("raw JSON", "tree"):
            assert f"v {view}" in it.lines[-1]
            assert it.lines[-1].rstrip().endswith("esc out")
            await it.press("v")


@pytest.mark.requirement("ITM-10")
async def test_an_item_of_format_1_0_is_read_and_shown() -> None:
    from backend.model.spelling import read_item

    old = read_item(
        {
            "configurationItemVersion": "1.0",
            "resourceId": "vol-0ld",
            "arn": "arn:aws:ec2:eu-west-1:123456789012:volume/vol-0ld",
            "accountId": "123456789012",
            "configurationItemCaptureTime": "2014-10-07T10:25:14.000Z",
            "configurationStateID": "6f7cbb1c-6a13-4a3a-9d4f-6d2c8d3c1b11",
            "configurationItemStatus": "ResourceDiscovered",
            "relatedEvents": ["06c12a39-eb35-11de-ae07-adb69edbb1e4"],
            "availibilityZone": "eu-west-1b",
            "resourceType": "AWS::EC2::Volume",
            "resourceCreationTime": "2014-02-27T21:43:53.885Z",
            "tags": {"stage": "old"},
            "relationships": [],
            "configuration": {"size": 1},
        }
    )
    world = World()
    world.estate[old.key] = [old]
    async with opened(WIDE, world=world) as it:
        it.app.workspace.selection.choose(old.key)
        await it.press("3", "enter")
        for told in ("123456789012", "eu-west-1b", "2014-10-07 10:25:14 UTC", "6f7cbb1c", "06c12a39", "stage"):
            assert told in it.text or told in json.dumps(document(old)), told
        assert '"1.0"' in it.text
        await it.press("v")
        assert '"06c12a39-eb35-11de-ae07-adb69edbb1e4"' in it.text
        assert raw_of(it.app)["configurationStateId"] == "6f7cbb1c-6a13-4a3a-9d4f-6d2c8d3c1b11", "a GUID stays text"


@pytest.mark.requirement("REC-08")
async def test_what_changes_while_the_recorder_is_stopped_leaves_nothing() -> None:
    async with real() as (app, pilot):
        session, clock = app.workspace.session, app.workspace.clock
        assert session is not None and clock is not None
        assert session.recorder is not None and session.resources is not None
        bucket = (await anext(aiter(session.resources.listing("AWS::S3::Bucket"))))[0].key
        before = await page_of(app, pilot, bucket)
        await session.recorder.stop("default")
        await session.setup._api.call(  # type: ignore[union-attr]
            "s3", "PutBucketTagging", Bucket=bucket.resource_id, Tagging={"TagSet": [{"Key": "unseen", "Value": "yes"}]}
        )
        await clock.jump(HOUR)
        app.workspace.data_changed.publish(None)
        after = await calm(app, pilot)
        assert "unseen" not in after
        assert [row for row in before.splitlines() if "StateId" in row] == [
            row for row in after.splitlines() if "StateId" in row
        ]


@pytest.mark.parametrize(
    ("state", "told"), [("1772323200000", 1772323200000), ("007", "007"), ("9" * 5_000, "9" * 5_000)]
)
def test_a_state_that_is_no_number_of_aws_config_stays_the_text_it_is(state: str, told: object) -> None:
    found = item(VOLUME, "disk")
    found.state_id = state
    assert document(found)["configurationStateId"] == told

"""A resource's page over a session of plain values."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from textual.app import App
from textual.pilot import Pilot

from backend.model.estate import VERDICT
from backend.model.item import Document, Json, Relationship, ResourceKey
from backend.model.moment import DAY, MINUTE
from backend.model.problem import Denied
from backend.model.trail import TrailEvent
from tests.tui.fake_session import HOSTILE, INSTANCE, NOW, VOLUME, VPC, FakeConnection, World, item
from tests.tui.looking import at_rest, lines, text
from tui.screens.item import ItemScreen
from tui.screens.timeline_rows import stages
from tui.workspace import Workspace


class Paged(App[None]):
    def __init__(self, world: World, key: ResourceKey, *, files: bool = False) -> None:
        super().__init__()
        self.animation_level = "none"
        self.workspace = Workspace(self)
        self.workspace.connection = FakeConnection(world, files=files).connection
        self.workspace.selection.choose(key)

    def on_mount(self) -> None:
        self.push_screen(ItemScreen(self.workspace))


async def settled(app: Paged, pilot: Pilot[None]) -> str:
    return await at_rest(app, pilot)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    yield World()


async def test_the_page_shows_the_newest_item_with_its_configuration_open(world: World) -> None:
    app = Paged(world, INSTANCE)
    async with app.run_test(size=(120, 36)) as pilot:
        shown = await settled(app, pilot)
        assert "web-1" in lines(app)[1]
        assert "t3.large" in shown
        assert "Team" in shown  # the tags, in the summary at the left
        assert "item 2 of 2" in shown


async def test_at_eighty_columns_each_part_has_the_screen(world: World) -> None:
    app = Paged(world, INSTANCE)
    async with app.run_test(size=(80, 24)) as pilot:
        shown = await settled(app, pilot)
        assert "t3.large" in shown
        assert "Team" not in shown
        await pilot.press("1")
        assert "Team" in text(app)
        assert "t3.large" not in text(app)


async def test_the_timeline_tells_what_changed_from_item_to_item(world: World) -> None:
    app = Paged(world, INSTANCE)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        await pilot.press("3")
        shown = [" ".join(line.split()) for line in lines(app)]
        assert any("first item known" in line for line in shown)
        assert any("configuration.instanceType t3.small t3.large" in line for line in shown)


async def test_choosing_an_older_item_takes_the_whole_app_back_to_it(world: World) -> None:
    app = Paged(world, INSTANCE)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        await pilot.press("3", "j", "enter")
        assert app.workspace.selection.moment == NOW - 3 * DAY
        assert "not the newest item" in text(app)
        await pilot.press("2")
        assert "t3.small" in text(app)
        await pilot.press("3", "k", "enter")
        assert app.workspace.selection.moment is None


async def test_choosing_a_link_goes_there_and_back_returns(world: World) -> None:
    app = Paged(world, INSTANCE)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        await pilot.press("4", "enter")
        assert app.workspace.resource == VOLUME
        assert VOLUME.resource_id in await settled(app, pilot)
        app.workspace.selection.back()
        assert "web-1" in await settled(app, pilot)


async def test_verdicts_on_the_resource_are_shown(world: World) -> None:
    app = Paged(world, VOLUME)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        await pilot.press("5")
        assert "✗ NON_COMPLIANT" in text(app)
        assert "encrypted-volumes" in text(app)


async def test_a_part_that_is_denied_says_so_and_the_others_go_on(world: World) -> None:
    world.fails["relationships"] = Denied("The links cannot be listed", "config:SelectResourceConfig is missing")
    app = Paged(world, INSTANCE)
    async with app.run_test(size=(100, 30)) as pilot:
        assert "t3.large" in await settled(app, pilot)
        await pilot.press("4")
        assert "config:SelectResourceConfig is missing." in text(app)
        assert app.workspace.mishaps[-1].place == "Resource page"


async def test_a_file_has_no_verdicts_and_says_so(world: World) -> None:
    app = Paged(world, VPC, files=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        await pilot.press("5")
        assert "The files hold no verdict on this resource." in " ".join(text(app).split())
        await pilot.press("6")
        assert "A file holds no trail." in text(app)


def with_a_past(world: World) -> ResourceKey:
    """A volume that was judged good nine days ago, called on then and today, and linked otherwise."""
    here = Relationship("Is attached to Instance", "AWS::EC2::Instance", "i-today")
    there = Relationship("Is attached to Instance", "AWS::EC2::Instance", "i-long-ago")
    world.estate[VOLUME] = [
        item(VOLUME, "disk", captured=NOW - MINUTE, relationships=(here,)),
        item(VOLUME, "disk", captured=NOW - 9 * DAY, relationships=(there,)),
    ]
    judged = ResourceKey(VERDICT, f"{VOLUME.resource_type}/{VOLUME.resource_id}")
    rules: list[Json] = [{"configRuleName": "rule-of-then", "complianceType": "COMPLIANT"}]
    told: Document = {
        "targetResourceType": VOLUME.resource_type, "targetResourceId": VOLUME.resource_id, "configRuleList": rules
    }  # fmt: skip
    world.estate[judged] = [item(judged, "", captured=NOW - 9 * DAY, configuration=told)]
    named = ((VOLUME.resource_type, VOLUME.resource_id),)
    world.events = [
        TrailEvent(event_id="1", name="ModifyVolume", source="ec2.amazonaws.com", time=NOW - MINUTE, resources=named),
        TrailEvent(event_id="2", name="CreateVolume", source="ec2.amazonaws.com", time=NOW - 9 * DAY, resources=named),
    ]
    return VOLUME


@pytest.mark.parametrize(
    ("part", "of_now", "of_then"),
    [("4", "i-today", "i-long-ago"), ("5", "encrypted-volumes", "rule-of-then"), ("6", "ModifyVolume", "CreateVolume")],
)
async def test_links_verdicts_and_calls_are_those_of_the_moment_looked_at(
    world: World, part: str, of_now: str, of_then: str
) -> None:
    app = Paged(world, with_a_past(world))
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        await pilot.press(part)
        assert of_now in text(app)
        app.workspace.selection.look_at(NOW - 2 * DAY)
        then = await settled(app, pilot)
        assert of_then in then
        assert of_now not in then
        assert ("reason not kept" in then) == (part == "5")
        app.workspace.selection.look_at(None)
        assert of_now in await settled(app, pilot), "and those of now again"


async def test_what_cannot_be_read_of_then_is_said_and_nothing_of_now_stays(world: World) -> None:
    app = Paged(world, with_a_past(world))
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        await pilot.press("6")
        assert "ModifyVolume" in text(app)
        world.fails["trail"] = Denied("The trail cannot be asked", "cloudtrail:LookupEvents is missing")
        app.workspace.selection.look_at(NOW - 2 * DAY)
        then = await settled(app, pilot)
        assert "cloudtrail:LookupEvents is missing." in then
        assert "ModifyVolume" not in then


async def test_a_hostile_resource_is_only_text(world: World) -> None:
    key = ResourceKey("AWS::EC2::Instance", HOSTILE)
    world.estate[key] = [
        item(key, HOSTILE, tags={HOSTILE: HOSTILE}, configuration={HOSTILE: HOSTILE}),
        item(key, HOSTILE, captured=NOW - 2 * DAY, configuration={HOSTILE: "other"}),
    ]
    app = Paged(world, key)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(app, pilot)
        for part in "123456":
            await pilot.press(part)
            assert "\x1b" not in text(app)
            assert "\u202e" not in text(app)


async def test_escape_leaves_the_page(world: World) -> None:
    app = Paged(world, INSTANCE)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        await pilot.press("escape")
        assert not isinstance(app.screen, ItemScreen)


def test_stages_pair_each_item_with_the_one_before() -> None:
    newest, oldest = stages(World().estate[INSTANCE])
    assert oldest.first
    assert oldest.changes == ()
    assert ("configuration.instanceType", "t3.small", "t3.large") in [
        (change.path, change.before, change.after) for change in newest.changes
    ]

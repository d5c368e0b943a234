"""The timeline of a resource: items on a line and in a list, differences of any two, who caused them."""

from __future__ import annotations

import json
from typing import cast

import pytest

from backend.model.item import ConfigurationItem
from backend.model.moment import DAY, HOUR, MINUTE, Moment
from backend.model.noise import Noise
from backend.model.problem import Denied
from backend.model.trail import TrailEvent
from tests.tui.fake_session import HOSTILE, INSTANCE, NOW, World, item
from tests.tui.opened import GRID, SMALL, WIDE, Opened, opened
from tui.screens.item import ItemScreen
from tui.screens.timeline import MOST, Timeline, read_period
from tui.screens.timeline_rows import lines, stages
from tui.times import UTC


def at(captured: Moment, status: str = "OK", **configuration: object) -> ConfigurationItem:
    found = item(INSTANCE, "web-1", captured=captured, configuration=None if "Deleted" in status else configuration)
    found.status = status
    found.relationships = ()
    return found


def lived(*items: ConfigurationItem) -> World:
    """A world in which the instance had these items, newest first."""
    world = World()
    world.estate[INSTANCE] = list(items)
    return world


async def timeline(it: Opened) -> Timeline:
    """The timeline of the instance, with its callers looked up."""
    it.app.workspace.selection.choose(INSTANCE)
    it.app.dashboard.post_message(it.app.dashboard.current.Opened(INSTANCE))
    await it.settle()
    await it.press("3")
    await it.app.workers.wait_for_complete()
    await it.settle()
    return cast(ItemScreen, it.app.screen).timeline


FOUR = (
    at(NOW - HOUR, size="xl", state="running", roleLastUsed="3"),
    at(NOW - DAY, size="l", state="running", roleLastUsed="2"),
    at(NOW - 5 * DAY, size="m", state="running", roleLastUsed="1"),
    at(NOW - 9 * DAY, "ResourceDiscovered", size="s", state="running", roleLastUsed="0"),
)


@pytest.mark.requirement("HIS-01")
@pytest.mark.requirement("HIS-06")
@pytest.mark.requirement("ITM-02")
async def test_every_item_is_on_the_line_and_in_the_list_with_what_changed() -> None:
    async with opened(SMALL, world=lived(*FOUR)) as it:
        found = await timeline(it)
        assert [stage.item.capture_time for stage in found.stages] == [one.capture_time for one in FOUR]
        assert it.lines[3].count("●") == 3
        assert it.lines[3].count("+") == 1
        assert "2026-02-26 14:22 UTC" in it.lines[4]
        assert "configuration.size" in it.row("2026-03-07 13:22:31")
        assert "(1 ignor" in it.row("2026-03-07 13:22:31")
        row = it.row("~    configuration.size")
        assert row.index("l") < row.index("xl")
        assert "1 field the same" in it.row("1 changed")
        assert "m mark, compare" in it.lines[-1]


@pytest.mark.requirement("HIS-06")
async def test_any_two_items_are_compared_when_one_is_marked() -> None:
    async with opened(GRID, world=lived(*FOUR)) as it:
        await timeline(it)
        await it.press("G", "m", "g")
        row = it.row("~    configuration.size")
        assert " s " in row and " xl" in row
        assert "marked 02-26 14:22" in it.text
        await it.press("m")  # the newest is marked as well: the other one of the two is the oldest still
        assert " s " in it.row("~    configuration.size")


async def test_what_did_not_change_is_folded_with_its_count_and_can_be_opened() -> None:
    async with opened(GRID, world=lived(*FOUR)) as it:
        found = await timeline(it)
        assert "configuration.state" not in it.text
        await it.press("tab")
        assert found.changes.has_focus
        await it.press("g", "enter")
        assert "running" in it.row("configuration.state")
        await it.press("enter")
        assert "configuration.state" not in it.text


async def test_noise_is_counted_opened_added_and_taken_off_again() -> None:
    async with opened(GRID, world=lived(*FOUR)) as it:
        found = await timeline(it)
        assert "1 ignored" in it.text
        await it.press("tab", "g", "j", "N")
        assert "configuration.size" in it.app.workspace.noise.paths
        assert "2 ignored" in it.text
        assert "nothing of substance" in it.row("2026-03-07 13:22:31")
        await it.press("G", "enter")
        assert [line.path for line in found.changes_shown if line.kind == "ignored"] == [
            "configuration.size",
            "configuration.roleLastUsed",
        ]
        await it.line("ignore configuration.size")
        await it.line("ignore configuration.roleLastUsed")
        assert [line.path for line in found.changes_shown if line.kind == "change"] == [
            "configuration.size",
            "configuration.roleLastUsed",
        ]
        await it.line("ignore configuration")
        assert [line.changed for line in found.changes_shown if line.group == "ignored"][:1] == [2]


@pytest.mark.requirement("INV-07")
async def test_who_changed_it_stands_by_each_item() -> None:
    world = lived(*FOUR)
    world.events = [
        TrailEvent(
            event_id="e1",
            time=NOW - HOUR - MINUTE,
            name="ModifyInstanceAttribute",
            source="ec2.amazonaws.com",
            user="marek",
            source_ip="203.0.113.7",
            user_agent="aws-cli/2.15",
            resources=((INSTANCE.resource_type, INSTANCE.resource_id),),
        )
    ]
    async with opened(SMALL, world=world) as it:
        await timeline(it)
        told = it.row("ModifyInstanceAttribute by marek at 2026-03-07 13:21:31 UTC")
        assert "from 203.0.113.7" in told
        assert "aws-cli/2.15" in it.text
        await it.press("j")
        await it.app.workers.wait_for_complete()
        await it.settle()
        assert "no call in the trail names this resource then" in it.text


@pytest.mark.requirement("INV-07")
async def test_why_nobody_is_named_is_said() -> None:
    world = lived(at(NOW - 100 * DAY, size="s"))
    async with opened(SMALL, world=world) as it:
        await timeline(it)
        assert "the trail keeps 90 days" in it.text
    world = lived(*FOUR)
    world.fails["trail"] = Denied("The trail cannot be read", "cloudtrail:LookupEvents is missing")
    async with opened(SMALL, world=world) as it:
        await timeline(it)
        assert "cloudtrail:LookupEvents is missing" in it.text
    async with opened(SMALL, world=lived(*FOUR), files=True) as it:
        await timeline(it)
        assert "a file holds no trail" in it.text


@pytest.mark.requirement("HIS-11")
async def test_enter_shows_everything_as_of_the_item() -> None:
    async with opened(GRID, world=lived(*FOUR)) as it:
        await timeline(it)
        await it.press("j", "j", "enter")
        assert it.app.workspace.selection.moment == NOW - 5 * DAY
        assert "NOT NOW" in it.lines[0]
        assert "not the newest item" in it.lines[1]
        await it.press("2")
        assert '"m"' in it.row("size") or "m" in it.row("size")
        await it.press("3", "g", "enter")
        assert it.app.workspace.selection.moment is None


@pytest.mark.requirement("HIS-02")
async def test_a_period_is_chosen_by_its_start_and_end() -> None:
    async with opened(GRID, world=lived(*FOUR)) as it:
        found = await timeline(it)
        await it.line("history -6d..-12h")
        await it.app.workers.wait_for_complete()
        await it.settle()
        assert [stage.item.capture_time for stage in found.stages] == [NOW - DAY, NOW - 5 * DAY]
        assert "Only from 2026-03-01 14:22:31 UTC to 2026-03-07 02:22:31 UTC." in it.text
        await it.line("history -3h..-2h")
        await it.settle()
        assert "No item is of this period." in it.text
        await it.press("2")
        assert "xl" in it.text  # the other parts show the item of the moment all the same
        await it.line("history all")
        await it.settle()
        assert len(found.stages) == 4
        await it.line("history -1d..-2d")
        assert "ends before it begins" in it.text


def test_periods_are_read_in_the_forms_people_type() -> None:
    assert read_period("all", NOW, UTC) == (read_period("..", NOW, UTC))
    assert read_period("-7d", NOW, UTC).earlier == NOW - 7 * DAY
    assert read_period("..-7d", NOW, UTC).later == NOW - 7 * DAY
    assert read_period("-7d..now", NOW, UTC).later is None


@pytest.mark.requirement("REC-12")
async def test_deletion_and_another_life_are_visible() -> None:
    world = lived(
        at(NOW - HOUR, "ResourceDiscovered", size="l"),
        at(NOW - 3 * DAY, "ResourceDeleted"),
        at(NOW - 9 * DAY, "ResourceDiscovered", size="s"),
    )
    async with opened(SMALL, world=world) as it:
        await timeline(it)
        assert "made again after its deletion" in it.row("13:22:31")
        assert "deleted" in it.row("2026-03-04 14:22:31")
        line = it.lines[3]
        dead = line[line.index("−") + 1 : line.rindex("+")]
        assert dead.strip() == ""
        assert "─" in line[: line.index("−")]


async def test_items_of_the_same_time_are_all_there() -> None:
    async with opened(SMALL, world=lived(at(NOW - DAY, size="l"), at(NOW - DAY, size="m"))) as it:
        found = await timeline(it)
        assert len(found.stages) == 2
        assert "configuration.size" in it.text


async def test_a_resource_without_items_says_so() -> None:
    async with opened(SMALL, world=lived()) as it:
        await timeline(it)
        assert "No items are known." in it.text


async def test_a_thousand_items_are_a_thousand_rows_and_more_are_told_of() -> None:
    many = [at(NOW - number * HOUR, size=str(number)) for number in range(MOST + 5)]
    async with opened(SMALL, world=lived(*many)) as it:
        found = await timeline(it)
        assert len(found.stages) == MOST
        assert "Only the newest 1,000 items are shown" in it.text
        await it.press("G")
        assert found.current is found.stages[-1]


async def test_a_difference_is_read_in_full() -> None:
    policy = {"Statement": [{"Effect": "Allow", "Action": f"s3:{number}"} for number in range(9)]}
    async with opened(WIDE, world=lived(at(NOW - HOUR, policy=policy), at(NOW - DAY, policy="none"))) as it:
        await timeline(it)
        await it.press("tab", "G", "k", "g", "j", "enter")
        assert it.lines[0] != ""
        assert '"Action": "s3:8"' in it.text
        assert "before" in it.text and "after" in it.text
        await it.press("escape")
        assert isinstance(it.app.screen, ItemScreen)


async def test_a_click_on_the_line_goes_to_the_item() -> None:
    async with opened(SMALL, world=lived(*FOUR)) as it:
        found = await timeline(it)
        await it.pilot.click("Axis", offset=(2, 0))
        await it.settle()
        assert found.current is found.stages[-1]


async def test_the_timeline_is_exported_with_callers() -> None:
    async with opened(GRID, world=lived(*FOUR)) as it:
        found = await timeline(it)
        suffix, text = found.export()
        records = json.loads(text)
        assert (suffix, len(records)) == ("json", 4)
        assert records[0]["changes"][0]["path"] == "configuration.size"
        assert [change["ignored"] for change in records[0]["changes"]] == [False, True]
        assert records[3]["changeType"] == "CREATE"


def test_elements_of_lists_are_the_same_wherever_they_stand() -> None:
    before, after = at(NOW - DAY, groups=["a", "b"]), at(NOW, groups=["b"])
    rows = lines(before, after, Noise(), frozenset({"configuration"}))
    assert [(row.kind, row.path) for row in rows if row.group == "configuration"] == [
        ("group", ""),
        ("change", "configuration.groups[0]"),
        ("same", "configuration.groups[0]"),
    ]
    assert [stage.kind for stage in stages([after, before])] == ["UPDATE", "CREATE"]


async def test_hostile_callers_and_values_are_only_text() -> None:
    world = lived(at(NOW - HOUR, field={HOSTILE: [HOSTILE]}), at(NOW - DAY, field={HOSTILE: "x"}))
    world.events = [
        TrailEvent(
            event_id="e1",
            time=NOW - HOUR - MINUTE,
            name=HOSTILE,
            source="ec2.amazonaws.com",
            user=HOSTILE,
            source_ip=HOSTILE,
            user_agent=HOSTILE,
            resources=((INSTANCE.resource_type, INSTANCE.resource_id),),
        )
    ]
    async with opened(SMALL, world=world) as it:
        await timeline(it)
        for keys in (("j",), ("k", "tab", "j"), ("enter",)):
            await it.press(*keys)
            assert "\x1b" not in it.text
            assert "\u202e" not in it.text

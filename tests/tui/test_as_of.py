"""All panes follow the moment looked at, and say what is not known of it."""

from __future__ import annotations

import pytest

from backend.model.estate import RECORDER, VERDICT
from backend.model.item import ResourceKey
from backend.model.moment import DAY, MINUTE, Moment
from backend.model.problem import Denied
from tests.tui.fake_session import INSTANCE, NOW, World, item
from tests.tui.opened import GRID, SMALL, Opened, opened

OLD = ResourceKey("AWS::EC2::Instance", "i-0ld")
JUDGED = ResourceKey(VERDICT, "AWS::EC2::Instance/i-0ld")


def moment_of(it: Opened) -> Moment | None:
    return it.app.workspace.selection.moment


def bar_shown(it: Opened) -> bool:
    return it.app.dashboard.moment_bar.display


def past() -> World:
    """A world in which an instance went yesterday, with its recorder and a verdict recorded."""
    world = World()
    gone = item(OLD, "long-gone", captured=NOW - DAY)
    gone.status = "ResourceDeleted"
    world.estate[OLD] = [gone, item(OLD, "long-gone", captured=NOW - 9 * DAY)]
    verdict = item(
        JUDGED,
        "",
        captured=NOW - 9 * DAY,
        configuration={
            "complianceType": "NON_COMPLIANT",
            "targetResourceType": OLD.resource_type,
            "targetResourceId": OLD.resource_id,
            "configRuleList": [{"configRuleName": "no-old-ones", "complianceType": "NON_COMPLIANT"}],
        },
    )
    verdict_gone = item(JUDGED, "", captured=NOW - DAY)
    verdict_gone.status = "ResourceDeleted"
    world.estate[JUDGED] = [verdict_gone, verdict]
    recorder = item(
        ResourceKey(RECORDER, "default"),
        "",
        captured=NOW - 9 * DAY,
        configuration={"Name": "default", "Recording": False, "RecordingGroup": {"AllSupported": True}},
    )
    world.estate[recorder.key] = [recorder]
    world.gaps = ("Recording was off then: what changed while it was off is not known.",)
    return world


@pytest.mark.requirement("HIS-11")
@pytest.mark.requirement("INV-04")
async def test_the_resources_of_then_are_listed_and_counted() -> None:
    async with opened(SMALL, world=past()) as it:
        await it.press("3")
        assert "long-gone" not in it.text
        await it.line("at -2d")
        assert "long-gone" in it.text
        assert "web-1" in it.text
        assert "Recording was off then" in it.text
        await it.press("n")
        assert "long-gone" not in it.text
        assert "Recording was off then" not in it.text


async def test_before_everything_nothing_is_there() -> None:
    async with opened(SMALL, world=past()) as it:
        await it.press("3")
        await it.line("at 2020-01-01")
        assert "web-1" not in it.box("snapshots")


async def test_the_verdicts_of_then_are_shown_and_said_to_be_so() -> None:
    async with opened(SMALL, world=past()) as it:
        await it.press("5")
        assert "no-old-ones" not in it.text
        await it.line("at -2d")
        assert "no-old-ones" in it.text
        assert "without their reasons" in it.text


async def test_what_breaks_another_rule_of_then_is_of_then_too() -> None:
    world = past()
    (verdict,) = [entry for entry in world.estate[JUDGED] if not entry.deleted]
    assert isinstance(verdict.configuration, dict)
    verdict.configuration["configRuleList"] = [
        {"configRuleName": name, "complianceType": "NON_COMPLIANT"} for name in ("a-rule", "encrypted-volumes")
    ]
    async with opened(SMALL, world=world) as it:
        await it.press("5")
        assert "vol-0b2" in it.box("compliance")
        await it.line("at -2d")
        await it.press("k", "j")
        assert "long-gone" in it.box("compliance")
        assert "vol-0b2" not in it.box("compliance"), "what breaks that rule now"


async def test_the_recorder_of_then_is_shown() -> None:
    async with opened(SMALL, world=past()) as it:
        await it.press("1")
        assert "recording" in it.row("name")
        await it.line("at -2d")
        assert "stopped" in it.row("name")
        assert "not kept" in it.row("status")
        await it.press("n")
        assert "stopped" not in it.row("name")


async def test_files_and_messages_are_those_until_then() -> None:
    async with opened(SMALL, world=past()) as it:
        await it.press("2")
        await it.line(f"at -{5 * 365}d")
        assert "states of then are not kept" in " ".join(it.text.split())
        assert "_ConfigSnapshot_" not in it.text
        await it.press("6")
        assert "web-1" not in it.box("stream")
        assert "nobody kept what was said before" in " ".join(it.text.split())
        assert "No message of then is known" in it.text
        await it.line("at -4m")
        assert INSTANCE.resource_id in it.box("stream") or "web-1" in it.box("stream")


async def test_ages_are_counted_from_the_moment_that_is_looked_at() -> None:
    async with opened(SMALL, world=past()) as it:
        await it.press("2")
        assert "2 h" in it.row("snapshot, all types")
        await it.line("at -90m")
        assert "30 m" in it.row("snapshot, all types")
        await it.press("n", "5")
        assert "1 h" in it.row("vol-0b2")


@pytest.mark.parametrize("size", [SMALL, GRID])
async def test_what_is_not_now_is_unmistakable_without_colours(size: tuple[int, int]) -> None:
    async with opened(size, world=past()) as it:
        await it.line("at -2h")
        assert "NOT NOW" in it.lines[0]
        assert "2 h ago" in it.lines[0]
        session = it.app.workspace.session
        assert session is not None
        assert session.region in it.lines[0], "whose past it is"
        assert session.account in it.lines[0]


async def test_an_estate_that_cannot_be_read_is_said_in_the_pane_and_now_is_there_again() -> None:
    world = past()
    async with opened(SMALL, world=world) as it:
        await it.press("3")
        world.fails["estate"] = Denied("The past cannot be read", "config:GetResourceConfigHistory is missing")
        await it.line("at -2h")
        assert "config:GetResourceConfigHistory is missing" in it.text
        await it.press("n")
        assert "config:GetResourceConfigHistory is missing" not in it.text
        assert "web-1" in it.text


async def test_stepping_on_reads_the_next_moment_and_not_the_last() -> None:
    async with opened(SMALL, world=past()) as it:
        await it.press("3")
        await it.line("at -2d")
        await it.line("at -30m")
        assert "long-gone" not in it.box("snapshots")
        assert it.app.workspace.selection.moment == NOW - 30 * MINUTE


@pytest.mark.requirement("HIS-11")
async def test_braces_step_by_any_change_and_end_at_now() -> None:
    async with opened(SMALL, world=past()) as it:
        await it.press("3")
        assert it.app.workspace.resource == INSTANCE
        moments = sorted({entry.capture_time for items in it.world.estate.values() for entry in items})
        await it.press("{")
        assert moment_of(it) == moments[-1]
        await it.press("{")
        assert moment_of(it) == moments[-2]
        await it.press("}", "}")
        assert moment_of(it) is None
        await it.press("}")
        assert "nothing is later" in it.text


async def test_a_bar_of_time_shows_the_moment_and_takes_the_pointer() -> None:
    async with opened(SMALL, world=past()) as it:
        assert not bar_shown(it)
        await it.press("3")
        await it.line("at -2d")
        await it.settle()
        assert "now, UTC" in it.lines[2]
        assert "◆" in it.lines[2], "the items of the chosen resource"
        assert "│" in it.lines[2], "the moment looked at"
        width = len(it.lines[2])
        await it.pilot.click("MomentBar", offset=(width - 12, 0))
        await it.settle()
        moment = it.app.workspace.selection.moment
        assert moment is not None and moment > NOW - 2 * DAY
        await it.press("n")
        assert not bar_shown(it)
        await it.line("timebar")
        assert bar_shown(it)
        await it.line("timebar")
        assert not bar_shown(it)


async def test_what_would_change_the_account_now_is_not_offered_while_one_looks_back() -> None:
    async with opened(GRID, landing="recorder") as it:
        assert "s start" in it.lines[-1]
        await it.line("at -2d")
        assert "NOT NOW" in it.text
        assert "s start" not in it.lines[-1]
        await it.press("S")
        assert "Stop the recorder?" not in it.text
        assert it.world.calls == []
        await it.press("n")
        assert "s start" in it.lines[-1]

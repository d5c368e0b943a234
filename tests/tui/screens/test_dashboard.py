from __future__ import annotations

import pytest

from tests.tui.fake_session import INSTANCE, VOLUME, World
from tests.tui.opened import GRID, SMALL, WIDE, opened
from tui.commands import PANES, SHORT_NAMES

PANE_IDS = [pane_id for pane_id, _ in PANES]


@pytest.mark.parametrize("size", [GRID, WIDE])
async def test_where_there_is_room_all_panes_stand_where_they_belong(size: tuple[int, int]) -> None:
    async with opened(size) as it:
        panes = it.app.dashboard.panes
        region = {pane_id: pane.region for pane_id, pane in panes.items()}
        assert [pane_id for pane_id, pane in panes.items() if not pane.display] == ["pulse"]
        assert region["recorder"].x == region["delivery"].x == 0
        assert region["recorder"].bottom == region["delivery"].y
        assert region["delivery"].right == region["snapshots"].x
        assert region["snapshots"].right == region["relationships"].x == region["compliance"].x
        assert region["relationships"].bottom == region["compliance"].y
        assert region["compliance"].right == size[0]
        assert region["stream"].size.width == size[0]
        assert region["stream"].bottom == size[1] - 1
        assert region["snapshots"].width > region["recorder"].width
        assert region["snapshots"].width > region["compliance"].width
        assert [f"{number} {name}" in it.text for number, (_, name) in enumerate(PANES)] == [True] * 7


async def test_where_there_is_none_one_pane_is_shown_under_a_strip_of_names() -> None:
    async with opened(SMALL) as it:
        for number, (pane_id, name) in enumerate(PANES):
            await it.press(str(number))
            shown = [pane for pane, widget in it.app.dashboard.panes.items() if widget.display]
            assert shown == [pane_id]
            assert f"{number} {SHORT_NAMES.get(pane_id, name)}" in it.lines[1]
            pane = it.app.dashboard.panes[pane_id]
            assert pane.region.size == (80, 21)
            assert it.lines[-1].endswith("q quit ")
            assert it.app.focused is not None
            assert pane in it.app.focused.ancestors_with_self


async def test_nothing_is_cut_off_at_80_by_24() -> None:
    world = World()
    async with opened(SMALL, world=world) as it:
        assert len(it.lines) == 24
        assert all(len(row) <= 80 for row in it.lines)
        names = it.lines[1]
        assert all(SHORT_NAMES.get(pane_id, name) in names for pane_id, name in PANES)
        assert "Recorder ●" in names
        assert "Delivery ✗" in names
        assert "Rules ✗1" in names


async def test_the_screen_follows_when_the_terminal_is_made_smaller_and_larger() -> None:
    async with opened(GRID) as it:
        await it.press("5")
        await it.pilot.resize_terminal(*SMALL)
        await it.settle()
        assert "3 Resources" in it.lines[1]
        assert "encrypted-volumes" in it.text
        assert "config-bucket-sgp" not in it.text
        await it.pilot.resize_terminal(*WIDE)
        await it.settle()
        assert "config-bucket-sgp" in it.text


async def test_zoom_gives_a_pane_the_screen_and_takes_it_back() -> None:
    async with opened(GRID) as it:
        await it.press("5", "z")
        assert it.app.dashboard.panes["compliance"].region.width == GRID[0]
        assert not it.app.dashboard.panes["recorder"].display
        await it.press("2")
        assert it.app.dashboard.panes["delivery"].region.width == GRID[0]
        await it.press("escape")
        assert it.app.dashboard.panes["recorder"].display


async def test_tab_walks_through_the_parts() -> None:
    async with opened(GRID) as it:
        seen = []
        for _ in range(12):
            await it.press("tab")
            seen.append(it.app.dashboard.current.id)
        assert set(seen) == set(PANE_IDS) - {"pulse"}


async def test_a_click_on_a_name_goes_there() -> None:
    async with opened(SMALL) as it:
        await it.pilot.click(offset=(it.lines[1].index("Rules") + 2, 1))
        await it.settle()
        assert "encrypted-volumes" in it.text


@pytest.mark.requirement("INV-06")
async def test_the_resource_chosen_in_one_pane_is_the_resource_of_all() -> None:
    async with opened(GRID) as it:
        assert it.app.workspace.resource == INSTANCE
        await it.press("5", "tab", "down", "up")
        it.app.workspace.selection.choose(VOLUME)
        await it.settle()
        assert "Volume vol-0b2" in it.box("relationships")
        table = it.app.dashboard.panes["snapshots"].main_part()
        assert getattr(table, "current").key == VOLUME  # noqa: B009


@pytest.mark.requirement("HIS-11")
async def test_steps_go_from_change_to_change_and_back_to_now() -> None:
    async with opened(WIDE) as it:
        await it.press("left_square_bracket")
        assert "NOT NOW: as of 2026-03-06 14:22:31 UTC" in it.lines[0]
        await it.press("left_square_bracket")
        assert "NOT NOW: as of 2026-03-04 14:22:31 UTC" in it.lines[0]
        assert "web-1  OK  2026-03-04 14:22" in it.box("snapshots")
        await it.press("left_square_bracket")
        assert "No earlier change" in it.text
        await it.press("right_square_bracket", "right_square_bracket")
        assert "NOT NOW" not in it.lines[0]


@pytest.mark.parametrize("key", ["escape", "n"])
async def test_another_moment_is_loudly_told_and_left(key: str) -> None:
    async with opened(GRID) as it:
        await it.press("t")
        await it.type("2026-03-05 12:00")
        await it.press("enter")
        assert "NOT NOW: as of 2026-03-05 12:00:00 UTC, 2 d 2 h ago" in it.lines[0]
        await it.press(key)
        assert "NOT NOW" not in it.text


async def test_a_moment_that_is_none_is_refused_where_it_was_typed() -> None:
    async with opened(GRID) as it:
        await it.line("at half past")
        assert "at half past" in it.lines[-1]
        assert "is not a moment" in it.lines[-1]
        await it.press("escape")
        assert it.app.workspace.selection.moment is None


async def test_a_wrong_command_is_refused_where_it_was_typed_and_tab_completes() -> None:
    async with opened(GRID) as it:
        await it.line("frobnicate")
        assert "there is no command “frobnicate” here" in it.lines[-1]
        await it.press("escape", "colon")
        await it.type("compl")
        await it.press("tab")
        assert ": compliance" in it.lines[-1]
        await it.press("enter")
        assert it.app.dashboard.current.id == "compliance"


async def test_the_palette_offers_commands_and_resources() -> None:
    async with opened(GRID) as it:
        await it.press("ctrl+p")
        await it.pilot.pause(0.3)
        assert "Deliver a snapshot now  [d]" in it.text or "Go to Recorder" in it.text
        await it.type("web-1")
        await it.pilot.pause(0.6)
        assert "Instance web-1" in it.text
        await it.press("escape")


async def test_read_only_the_palette_has_no_changes() -> None:
    async with opened(GRID, read_only=True) as it:
        await it.press("ctrl+p")
        await it.type("Stop the recorder")
        await it.pilot.pause(0.6)
        assert "[S]" not in it.text


async def test_help_says_what_every_key_does() -> None:
    async with opened(GRID) as it:
        await it.press("question_mark", "question_mark")
        assert "Keys and commands" in it.text
        assert "Filter this pane" in it.text
        await it.press("escape")
        assert "3 Resources" in it.text


async def test_the_clock_is_held_sped_up_and_jumped() -> None:
    async with opened(GRID) as it:
        clock = it.connection.clock
        assert "paused" in it.lines[0]
        await it.press("space")
        assert not clock.paused
        await it.press("space", "plus", "plus")
        assert clock.speed == 60
        await it.press("minus")
        assert clock.speed == 10
        await it.line("jump 6h")
        assert "2026-03-07 20:22:31 UTC" in it.lines[0]
        await it.line("play open-door")
        assert clock.played == ["open-door"]
        await it.line("play nothing")
        assert "There is no scenario nothing" in it.text


@pytest.mark.parametrize("size", [SMALL, GRID, WIDE])
async def test_the_top_line_says_which_account_and_region_is_looked_at(size: tuple[int, int]) -> None:
    async with opened(size) as it:
        await it.press("space")
        await it.line("speed 1")
        assert "[LOCAL ×1] test ap-southeast-1 696686700433" in it.lines[0]
        assert ("configscope" in it.lines[0]) == (size != SMALL)
        assert ("data live" in it.lines[0]) == (size != SMALL)


async def test_data_of_an_account_tell_their_age() -> None:
    async with opened(WIDE, clock=False, read_only=True) as it:
        assert "[RO] [AWS]" in it.lines[0]
        assert "data <1 m old" in it.lines[0]
        assert it.app.workspace.asked_at is not None
        it.app.workspace.asked_at -= 190  # as if nothing had been answered since
        it.app.workspace.clock_changed.publish(None)
        await it.settle()
        assert "data 3 m old" in it.lines[0]


async def test_on_aws_there_is_no_clock_to_hold() -> None:
    async with opened(GRID, clock=False, read_only=True) as it:
        await it.press("space", "J")
        assert "Simulated clock" not in it.text
        assert "paused" not in it.lines[0]
        assert "[RO]" in it.lines[0]


async def test_themes_are_walked_and_named() -> None:
    async with opened(GRID) as it:
        first = it.app.theme
        await it.press("T", "down", "enter")
        assert it.app.theme != first
        await it.line("theme paper")
        assert it.app.theme == "paper"
        await it.line("theme none-such")
        assert "There is no theme" in it.text
        assert it.app.theme == "paper"


async def test_copying_never_claims_more_than_it_knows() -> None:
    async with opened(GRID) as it:
        await it.press("y")
        assert it.app.clipboard == "i-0a1"
        assert "was sent to the terminal" in it.text


async def test_panes_never_seen_come_into_sight_one_after_the_other() -> None:
    async with opened(GRID, landing="pulse") as it:
        dashboard = it.app.dashboard
        dashboard.go_to("compliance")
        panes = [pane for pane_id, pane in dashboard.panes.items() if pane_id != "pulse"]
        assert [pane.visible for pane in panes] == [pane is dashboard.current for pane in panes]
        for _ in range(len(panes)):
            await it.settle()
        assert all(pane.visible for pane in panes)
        await it.press("0")
        dashboard.go_to("recorder")
        assert all(pane.visible for pane in panes), "seen once, they come back together"

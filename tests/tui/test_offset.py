"""Times in UTC or a chosen offset, on every screen, and marked with it."""

from __future__ import annotations

import pytest

from backend.model.moment import HOUR
from tests.tui.fake_session import NOW
from tests.tui.opened import GRID, SMALL, opened
from tui import times
from tui.times import UTC, Zone

BANGKOK = Zone(420)


@pytest.mark.requirement("ITM-20")
async def test_a_chosen_offset_is_on_every_screen_and_marked() -> None:
    async with opened(SMALL) as it:
        assert times.stated(NOW, UTC) in it.lines[0]
        await it.line("offset +07:00")
        assert times.stated(NOW, BANGKOK) in it.lines[0]
        assert "UTC" not in it.text.replace("UTC or", "")
        for key in "123456":
            await it.press(key)
            assert " UTC" not in it.text, it.text
            assert "(UTC)" not in it.text, it.text
        await it.press("3", "enter")
        assert "+07:00" in it.row("captured")
        await it.press("3")
        assert "captured (+07:00)" in it.text
        await it.press("O")
        assert "captured (UTC)" in it.text
        assert "UTC" in it.lines[0]


@pytest.mark.requirement("ITM-20")
async def test_a_moment_is_typed_in_the_offset_that_is_shown() -> None:
    async with opened(GRID) as it:
        await it.line("offset +07:00")
        at = times.full(NOW - 3 * HOUR, BANGKOK)
        await it.line(f"at {at}")
        assert it.app.workspace.selection.moment == (NOW - 3 * HOUR) // 1000 * 1000
        assert f"{at} +07:00" in it.lines[0]


async def test_o_changes_between_utc_and_the_offset_chosen_last() -> None:
    async with opened(GRID) as it:
        await it.line("offset -03:30")
        await it.press("O")
        assert it.app.workspace.zone == UTC
        await it.press("O")
        assert it.app.workspace.zone == Zone(-210)


async def test_what_is_no_offset_is_asked_for_again() -> None:
    async with opened(GRID) as it:
        await it.line("offset Bangkok")
        assert "is no offset" in it.text
        assert it.app.workspace.zone == UTC

"""Every pane and page with strings of people who mean no good: shown as text, all of it, and nothing acts."""

from __future__ import annotations

import pytest

from backend.model.item import ResourceKey
from backend.model.problem import Refused
from tests.tui.hostile import ACTING, HOSTILE
from tests.tui.hostile_world import assert_sound, hostile_world
from tests.tui.opened import GRID, SMALL, WIDE, opened
from tui import marks
from tui.text import visible
from tui.widgets.caption import Caption


@pytest.mark.parametrize("bad", HOSTILE.values(), ids=HOSTILE)
async def test_all_panes_at_once(bad: str) -> None:
    async with opened(WIDE) as it:
        vars(it.world).update(vars(hostile_world(bad[:10_000])))
        it.app.workspace.names.clear()
        await it.changed()
        assert visible(bad)[:5].strip() in it.box("recorder")
        it.app.say(bad[:10_000])
        await it.settle()
        assert_sound(it)


async def test_refusals_in_all_panes_at_once() -> None:
    parts = ("recorder", "delivery", "resources", "relationships", "compliance", "stream", "snapshots")
    async with opened(WIDE) as it:
        for name, bad in HOSTILE.items():
            it.world.fails.update({part: Refused(bad[:300], bad[:300], code=bad[:100]) for part in parts})
            await it.changed()
            assert_sound(it, name)
        await it.press("exclamation_mark")
        assert_sound(it, "the list of problems")


@pytest.mark.parametrize("name", ACTING)
async def test_one_pane_at_a_time_and_what_opens_from_them(name: str) -> None:
    bad = HOSTILE[name]
    async with opened(SMALL, world=hostile_world(bad)) as it:
        for number in "123456":
            await it.press(number)
            assert_sound(it)
        await it.press("4", "down", "down")
        assert_sound(it)
        await it.press("u")
        assert_sound(it)
        await it.press("escape", "x")
        assert_sound(it, "the blast radius")
        for _ in range(3):
            await it.press("v", "down")
            assert_sound(it, "the blast radius")
        await it.line(f"blast 2 {bad[:60]}")
        assert_sound(it, "what is planned")
        [key, *_] = it.world.estate
        await it.press("escape")
        it.app.workspace.marks.toggle(marks.of_resource(key))
        it.app.workspace.marks.toggle(marks.of_resource(ResourceKey(f"{bad}::{bad}", bad)))
        await it.press("p")
        assert_sound(it, "the shortest way")
        it.app.workspace.marks.clear()
        await it.press("escape", "2", "enter")
        assert_sound(it)
        await it.press("escape", "b")
        assert_sound(it)
        await it.press("escape", "6", "enter")
        assert_sound(it)
        for _ in range(3):
            await it.press("less_than_sign")
            assert_sound(it)
        await it.press("escape")
        for _ in range(5):
            await it.press("v")
            assert_sound(it)
        await it.line(f"watch {bad}")
        assert_sound(it)
        await it.press("5")
        for _ in range(5):
            await it.press("v")
            assert_sound(it)
        await it.press("L")
        assert_sound(it)
        await it.press("escape", "i")
        assert_sound(it)
        await it.press("escape", "3", "enter")
        assert_sound(it)
        for part in "123456":
            await it.press(part)
            assert_sound(it)
        await it.press("escape", "slash")
        await it.type(bad)
        assert_sound(it)
        await it.press("escape", "S")
        assert_sound(it)
        await it.press("y", "C")
        assert_sound(it)
        await it.press("escape", "y", "exclamation_mark", "escape")
        assert_sound(it)


@pytest.mark.parametrize("name", ACTING)
async def test_the_set_up_and_the_types(name: str) -> None:
    bad = HOSTILE[name]
    async with opened(SMALL, world=hostile_world(bad)) as it:
        await it.press("1")
        for _ in range(4):
            await it.press("v")
            assert_sound(it)
        await it.press("2", "v", "v", "v", "d", "y")
        assert_sound(it)
        await it.press("U")
        assert_sound(it)
        for _ in range(2):
            await it.press("ctrl+n")
            assert_sound(it)
        await it.press("right", "right", "enter")
        assert_sound(it)


async def test_markup_is_shown_as_it_is() -> None:
    async with opened(GRID, world=hostile_world("[red]x[/]")) as it:
        assert "[red]x[/]" in it.box("recorder")
        assert "[red]x[/]" in it.box("delivery")
        assert "[red]x[/]" in it.box("snapshots")
        assert "[red]x[/]" in it.box("relationships")
        assert "[red]x[/]" in it.box("compliance")
        assert "[red]x[/]" in it.box("stream")


@pytest.mark.parametrize("size", [SMALL, WIDE])
@pytest.mark.parametrize("name", ACTING)
async def test_the_past_its_bar_and_a_caption(name: str, size: tuple[int, int]) -> None:
    bad = HOSTILE[name]
    async with opened(size, world=hostile_world(bad)) as it:
        caption = Caption()
        await it.app.screen.mount(caption)
        caption.show(bad, bad, bad, bad)
        await it.line("at -4m")
        assert it.app.dashboard.moment_bar.display
        for number in "0123456":
            await it.press(number)
            assert "NOT NOW" in it.lines[0]
            assert_sound(it, f"the past, {number}")
        await it.press("3", "enter")
        for part in "1234567":
            await it.press(part)
            assert_sound(it, f"the page of then, {part}")

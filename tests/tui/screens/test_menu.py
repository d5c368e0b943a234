from __future__ import annotations

import pytest
from textual.app import App

from backend.model.clock import ClockState, ScenarioInfo
from backend.model.moment import DAY, parse
from tests.tui.looking import lines, text
from tui.commands import COMMANDS, Circumstances
from tui.glyphs import ASCII, UNICODE
from tui.screens.clock import ClockChoice, ClockScreen, read_choice
from tui.screens.help import HelpScreen
from tui.screens.menu import Entry, Menu, MenuScreen

NOW = parse("2026-03-07T14:22:31Z")


class Choosing(App[None]):
    def __init__(self, screen: MenuScreen) -> None:
        super().__init__()
        self.menu = screen
        self.answers: list[str | None] = []

    def on_mount(self) -> None:
        self.push_screen(self.menu, self.answers.append)


def menu() -> MenuScreen:
    return MenuScreen(
        "Choose",
        [
            ("First", [Entry("a", "1", "Alpha", "The first letter."), Entry("b", "2", "Beta", "The second.")]),
            ("Empty", []),
            ("Last", [Entry("z", "3", "Omega", "The last one."), Entry("", "", "Only said")]),
        ],
    )


async def test_entries_stand_under_their_headings() -> None:
    app = Choosing(menu())
    async with app.run_test(size=(60, 20)):
        shown = [line.strip(" │") for line in lines(app)]
        first, last = shown.index("First"), shown.index("Last")
        assert "Alpha" in shown[first + 1]
        assert "Omega" in shown[last + 1]
        assert "Empty" not in shown


async def test_the_cursor_passes_the_headings_by_and_enter_chooses() -> None:
    app = Choosing(menu())
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("up", "down", "down")
        assert "The last one." in text(app)
        await pilot.press("enter")
        assert app.answers == ["z"]


async def test_an_entry_that_only_informs_cannot_be_chosen() -> None:
    app = Choosing(menu())
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("G", "enter", "escape")
        assert app.answers == [None]


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (40, 12)])
async def test_the_help_lists_every_command_that_can_be_done_here(size: tuple[int, int]) -> None:
    everything = list(Circumstances(read_only=False, has_clock=True, has_account=True, has_story=True).commands())
    assert len(everything) == len(COMMANDS)
    app = Choosing(HelpScreen(everything))
    async with app.run_test(size=size) as pilot:
        seen = ""
        while not seen.endswith(text(app)):
            seen += text(app)
            app.screen.query_one(Menu).action_page(1)
            await pilot.pause()
        assert all(command.name[:14] in seen for command in everything)


async def test_the_help_tells_derived_links_from_recorded_ones_in_the_signs_of_the_terminal() -> None:
    for signs in (UNICODE, ASCII):
        app = Choosing(HelpScreen((), signs))
        async with app.run_test(size=(120, 36)) as pilot:
            await pilot.press("G")
            assert f"{signs.derived_outward} {signs.derived_inward}" in text(app)
            assert "Recorded link" in text(app)
            assert "AWS Config does not record it: configscope found it" in text(app)


async def test_the_help_hides_what_would_change_a_read_only_account() -> None:
    app = Choosing(HelpScreen(Circumstances(read_only=True, has_account=True).commands()))
    async with app.run_test(size=(120, 60)) as pilot:
        await pilot.press("G")
        assert "Stop the recorder" not in text(app)


async def test_a_command_can_be_done_from_the_help() -> None:
    app = Choosing(HelpScreen(Circumstances().commands()))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("j", "enter")
        assert app.answers == ["pane.recorder"]


def clock_screen() -> ClockScreen:
    return ClockScreen(
        ClockState(now=NOW, speed=60),
        [ScenarioInfo(name="open-door", title="Open door", description="A group is opened to the world.")],
    )


async def test_the_clock_offers_speeds_jumps_and_stories() -> None:
    app = Choosing(clock_screen())
    async with app.run_test(size=(100, 40)):
        shown = text(app)
        assert "2026-03-07 14:22:31 UTC  ×60" in shown
        assert "On by 1 day" in shown
        assert "to 2026-03-08 14:22:31 UTC" in shown
        assert "Open door" in shown


@pytest.mark.parametrize(
    ("key", "choice"),
    [
        ("p", ClockChoice("pause")),
        ("4", ClockChoice("speed", 600)),
        ("d", ClockChoice("jump", DAY)),
    ],
)
async def test_a_key_chooses_at_once(key: str, choice: ClockChoice) -> None:
    app = Choosing(clock_screen())
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press(key)
        (answer,) = app.answers
        assert answer is not None
        assert read_choice(answer) == choice


async def test_a_story_is_chosen_by_its_name() -> None:
    app = Choosing(clock_screen())
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press("G", "enter")
        assert [read_choice(answer or "") for answer in app.answers] == [ClockChoice("play", name="open-door")]


async def test_a_paused_clock_offers_to_go_on() -> None:
    app = Choosing(ClockScreen(ClockState(now=NOW, paused=True)))
    async with app.run_test(size=(100, 40)) as pilot:
        assert "paused" in text(app)
        await pilot.press("p")
        assert app.answers == ["resume"]

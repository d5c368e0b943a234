"""What works wherever one is: jumping, copying, help, the log of problems, the mouse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.model.problem import NotSignedIn
from tests.tui.opened import GRID, SMALL, opened
from tui.commands import BY_ID, COMMANDS, PANES
from tui.help import CONCEPTS, PLACES, find
from tui.help import references as at
from tui.screens.explain import ExplainScreen
from tui.screens.help import HelpScreen
from tui.screens.jump import JumpScreen
from tui.settings import Settings
from tui.widgets.key_bar import KeyBar
from tui.widgets.lines import LineView


def written(folder: Path) -> list[Path]:
    """The files in a folder."""
    return list(folder.iterdir())


# Jumping


@pytest.mark.parametrize("size", [SMALL, GRID])
async def test_a_letter_goes_to_the_part_it_stands_on(size: tuple[int, int]) -> None:
    async with opened(size) as it:
        await it.press("apostrophe")
        screen = it.app.screen
        assert isinstance(screen, JumpScreen)
        found = dict(screen._found)
        assert len(found) >= 2
        assert len(found) == len({widget.region for widget in found.values()})
        for letter, part in found.items():
            row = it.lines[part.region.y]
            assert f" {letter} " in row[part.region.x : part.region.x + 4]
        letter, part = list(found.items())[-1]
        await it.press(letter)
        assert it.app.focused is part


async def test_all_panes_in_sight_have_a_letter_and_a_click_on_it_goes_there() -> None:
    async with opened(GRID) as it:
        await it.press("ctrl+o")
        screen = it.app.screen
        assert isinstance(screen, JumpScreen)
        panes = {pane for pane in it.app.dashboard.panes.values() if pane.is_on_screen}
        assert all(any(pane in part.ancestors for part in screen._found.values()) for pane in panes)
        part = next(one for one in screen._found.values() if it.app.dashboard.panes["stream"] in one.ancestors)
        await it.pilot.click(offset=(part.region.x + 1, part.region.y))
        await it.settle()
        assert it.app.focused is part
        await it.press("apostrophe", "escape")
        assert it.app.focused is part


async def test_it_works_on_a_page_too() -> None:
    async with opened(GRID) as it:
        it.app.dashboard.query_one("#resource-list", LineView).focus()
        await it.press("enter")
        page = it.app.screen
        assert page is not it.app.dashboard
        await it.press("apostrophe")
        assert isinstance(it.app.screen, JumpScreen) or "only one part" in it.text


# Help


def test_every_pane_and_page_is_explained() -> None:
    scopes = {place for command in COMMANDS for place in command.scope}
    assert {pane for pane, _ in PANES} <= set(PLACES)
    assert scopes - set(PLACES) == set()
    assert all(concept in CONCEPTS for place in PLACES.values() for concept in place.concepts)
    assert all(other in CONCEPTS for concept in CONCEPTS.values() for other in concept.also)
    assert all(place.concepts for place in PLACES.values())


@pytest.mark.parametrize("pane", [pane for pane, _ in PANES])
async def test_the_focused_pane_is_explained_in_plain_words_with_its_keys(pane: str) -> None:
    async with opened(landing=pane) as it:
        await it.press("question_mark")
        place = PLACES[pane]
        assert f"{place.name}: what is this?" in it.text
        assert place.shows[:40] in it.text
        assert "What is behind it" in it.text
        assert CONCEPTS[place.concepts[0]].name in it.text
        await it.press("G")
        assert "Keys here" in it.text or BY_ID["app.help"].help[:20] in it.text


@pytest.mark.requirement("HIS-12")
async def test_history_and_snapshots_are_kept_apart_in_the_help_of_delivery() -> None:
    async with opened(landing="delivery") as it:
        await it.press("question_mark")
        screen = it.app.screen
        assert isinstance(screen, ExplainScreen)
        lines = screen._lines
        rows = [lines.row(number) for number in range(lines.line_count)]
        lines.go_to(next(number for number, row in enumerate(rows) if row and row.concept == "history-or-snapshot"))
        await it.press("enter")
        told = " ".join(it.text.replace("│", " ").split())
        assert "History against snapshot" in told
        assert "A history file holds the changes of one type of resource over some hours" in told
        assert "A snapshot file holds all recorded resources as they are at one moment" in told
        await it.press("backspace")
        assert "Delivery: what is this?" in it.text


@pytest.mark.requirement("INV-20")
async def test_concepts_name_the_pages_of_the_documentation() -> None:
    named = {reference for concept in CONCEPTS.values() for reference in concept.references}
    assert {at.HISTORY_OR_SNAPSHOT, at.MANAGE, at.VIEW, at.PUT_CHANNEL, at.DELIVER, at.CHANNELS} <= named
    assert all(
        reference.url.startswith(("https://docs.aws.amazon.com/", "https://aws.amazon.com/")) for reference in named
    )
    async with opened() as it:
        await it.line("help delivery-channel")
        await it.press("G")
        shown = "".join(it.text.replace("│", "").split())
        assert all(page.url.split("/")[-1] in shown for page in (at.PUT_CHANNEL, at.DELIVER, at.CHANNELS))
        assert "https://docs.aws.amazon.com/cli/latest/reference/configservice/" in shown


async def test_a_second_question_mark_and_tab_show_all_keys() -> None:
    for key in ("question_mark", "tab"):
        async with opened() as it:
            await it.press("question_mark", key)
            assert isinstance(it.app.screen, HelpScreen)


async def test_a_word_that_is_no_concept_is_told() -> None:
    async with opened() as it:
        await it.line("help frobnicate")
        assert "There is no concept “frobnicate”" in it.text


def test_concepts_are_found_by_part_of_their_name() -> None:
    assert [one.id if (one := find(word)) else None for word in ("recorder", "channel", "Rule", "clo", "", "e")] == [
        "recorder", "delivery-channel", "rule", "clock", None, None,
    ]  # fmt: skip


@pytest.mark.parametrize("size", [(60, 20), SMALL, GRID])
async def test_nothing_of_the_help_is_cut_off(size: tuple[int, int]) -> None:
    async with opened(size) as it:
        for concept in CONCEPTS.values():
            screen = ExplainScreen(None, (), concept)
            it.app.push_screen(screen)
            await it.settle()
            lines = screen._lines
            texts = [row.text for number in range(lines.line_count) if (row := lines.row(number)) is not None]
            long = [text.plain for text in texts if text.cell_length > lines.room - 2 and "https:" not in text.plain]
            assert long == []
            it.app.pop_screen()


# No key removes what is recorded, and browsing changes nothing


@pytest.mark.requirement("ITM-16")
def test_no_command_removes_an_item() -> None:
    removing = [
        command.id
        for command in COMMANDS
        if any(word in f"{command.name} {command.help}".lower() for word in ("delete", "remove an", "remove the item"))
    ]
    assert removing == ["putting.delete"]  # rules and packs: settings, which are no items
    assert "item" not in BY_ID["putting.delete"].help
    assert "never changed or removed by anyone" in " ".join(CONCEPTS["item"].text)


@pytest.mark.requirement("INV-10")
@pytest.mark.parametrize("pane", [pane for pane, _ in PANES])
async def test_pressing_every_key_of_a_read_only_account_changes_nothing(pane: str) -> None:
    async with opened(read_only=True) as it:
        before = repr((it.world.recorder, it.world.channel, it.world.estate, it.world.objects))
        pressed = sorted({key for command in COMMANDS for key in command.key_names} - {"q", "ctrl+p", "e"})
        it.app.dashboard.go_to(pane)
        for key in pressed:
            await it.pilot.press(key)
            await it.pilot.pause()
            while it.app.screen is not it.app.dashboard and it.app.is_running:
                it.app.pop_screen()
                await it.pilot.pause()
        assert repr((it.world.recorder, it.world.channel, it.world.estate, it.world.objects)) == before
        assert not [one.id for one in it.app.workspace.circumstances.commands() if one.changes_account]


# Copying


async def test_the_path_of_a_field_and_the_address_of_a_file_are_copied(tmp_path: Path) -> None:
    async with opened(settings=Settings(clipboard=("osc52",))) as it:
        await it.line("delivery")
        await it.press("Y")
        assert it.app.clipboard.startswith("s3://")
        await it.line(f"copy {tmp_path / 'it.txt'}")
        assert (tmp_path / "it.txt").read_text().startswith("s3://")
        await it.line("copy print")
        assert it.app.printed_at_exit.startswith("s3://")


async def test_where_there_is_no_path_that_is_said() -> None:
    async with opened(landing="recorder") as it:
        await it.press("Y")
        assert "There is no path or ARN" in it.text or it.app.clipboard


async def test_exports_go_to_the_folder_that_is_set(tmp_path: Path) -> None:
    async with opened(settings=Settings(export_folder=str(tmp_path))) as it:
        await it.press("e", "enter")
        assert [file.suffix for file in written(tmp_path)] == [".csv"]


# Problems


async def test_problems_are_listed_counted_opened_copied_and_exported(tmp_path: Path) -> None:
    settings = Settings(clipboard=("osc52",), export_folder=str(tmp_path))
    async with opened(settings=settings) as it:
        expired = NotSignedIn("The token is old", "it ended", "Sign in again", code="ExpiredToken", request_id="req-1")
        for _ in range(2):
            it.app.workspace.remember("Compliance", expired)
        it.app.workspace.remember("Stream", NotSignedIn("Nobody listens"))
        await it.press("exclamation_mark")
        assert "Problems so far: 2" in it.text
        assert "×2" in it.row("ExpiredToken")
        await it.press("j", "enter")
        for words in ("The token is old", "it ended", "Sign in again", "ExpiredToken", "req-1", "Compliance"):
            assert words in it.text
        await it.press("y")
        assert "request: req-1" in it.app.clipboard
        await it.press("e", "enter")
        (file,) = written(tmp_path)
        assert [one["code"] for one in json.loads(file.read_text())] == ["", "ExpiredToken"]
        assert "×2" in it.row("ExpiredToken")
        await it.press("escape")
        assert it.app.screen is it.app.dashboard


# The mouse


async def test_the_mouse_is_given_back_and_that_stays_in_the_bottom_row() -> None:
    async with opened(SMALL) as it:
        await it.press("M")
        assert it.app.bar_note is not None
        for saying in it.app.screen.query("Saying"):
            await saying.remove()
        await it.settle()
        assert "M mouse is the terminal's" in it.lines[-1]
        await it.press("M")
        assert it.app.bar_note is None


async def test_hints_of_pages_can_be_clicked() -> None:
    async with opened(GRID) as it:
        await it.press("question_mark")
        bar = it.app.screen.query_one(KeyBar)
        start = next(start for start, hint in bar.place(bar.size.width) if hint.key == "esc")
        await it.pilot.click(bar, offset=(start, 0))
        await it.settle()
        assert it.app.screen is it.app.dashboard


async def test_times_are_shown_with_the_offset_that_is_set() -> None:
    async with opened(settings=Settings(time_offset="+07:00")) as it:
        assert "21:22:31 +07:00" in it.lines[0]


async def test_a_megabyte_pasted_into_a_line_is_refused_with_a_word() -> None:
    async with opened(SMALL) as it:
        for key in ("slash", "colon"):
            await it.press(key)
            await it.type("x" * 1_000_000)
            assert "4,000 characters" in it.lines[-1]
            await it.type("web")
            assert "web" in it.lines[-1], "and goes on to be typed in"
            await it.press("escape")

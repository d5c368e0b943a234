"""Every page and dialog with strings of people who mean no good, at two sizes: shown as text, and nothing acts."""

from __future__ import annotations

import ast
import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import tui.screens
from backend.connect import Connection, Progress
from backend.model.problem import Refused
from backend.model.reading import OpenedFile
from tests.tui.fake_session import FakeConnection, World
from tests.tui.hostile import MARKUP_FIRST, STEERING_FIRST
from tests.tui.hostile_world import assert_sound, hostile_world
from tests.tui.opened import ENVIRONMENT, SMALL, WIDE, Opened, opened
from tui.app import ConfigScope
from tui.text import visible

FOLDER = Path(tui.screens.__file__).parent


@dataclass(frozen=True)
class Walk:
    """The way to a page from the panes, and what is pressed once it is there."""

    way: tuple[str, ...]
    """Keys; `:word` is a typed line, `:word …` one that ends with the bad string."""
    then: tuple[str, ...] = ()


PLACES: dict[str, Walk] = {
    "ThemesScreen": Walk(("T",), ("down", "up")),
    "FileScreen": Walk(("2", "enter"), ("down", "tab", "down", "slash", "…", "escape", "enter")),
    "MessageScreen": Walk(("6", "enter"), ("down", "G")),
    "MenuScreen": Walk(("3", "o"), ("down", "G")),
    "ClockScreen": Walk(("P",), ("G",)),
    "LineScreen": Walk(("3", "slash"), ("…", "tab")),
    "FlowScreen": Walk(("5", "L"), ("G",)),
    "ConfirmScreen": Walk(("S",), ("n",)),
    "ChannelScreen": Walk(("C",), ("…", "down", "down", "…")),
    "RuleScreen": Walk(("5", "i"), ("down", "G")),
    "VerdictScreen": Walk(("5", "w"), ("down", "G")),
    "TryScreen": Walk(("3", ":try encrypted-volumes"), ("…", "tab", "down")),
    "SetUpScreen": Walk(("U",), ("ctrl+n", "ctrl+n", "ctrl+n", "down", "down", "down", "…")),
    "ProblemsScreen": Walk(("exclamation_mark",), ("enter", "G", "enter")),
    "ItemScreen": Walk(("3", "enter"), ("v", "v", "2", "asterisk", "3", "down", "4", "5", "6", "2", "slash", "…")),
    "ExplainScreen": Walk(("question_mark",), ("tab",)),
    "HelpScreen": Walk((":keys",), ("G",)),
    "ComparisonScreen": Walk((":compare -2d now",), ("tab", "down", "tab", "down", "slash", "…")),
    "DifferenceScreen": Walk(("3", "enter", "3", "tab", "down", "enter")),
    "TypesScreen": Walk(("U", "right", "right", "enter"), ("space", "…")),
    "BucketScreen": Walk(("b",), ("down", "slash", "…")),
    "JumpScreen": Walk(("3", "apostrophe")),
    "BlastScreen": Walk(("4", "x"), ("v", "v", "v", "plus", "down", "slash", "…")),
    "PathScreen": Walk(("4", "p", "…", "enter"), ("right", "v")),
    "ChoicesScreen": Walk(("3", "c"), ("G", "space")),
    "OpeningScreen": Walk(()),
    "InspectionScreen": Walk(()),
    "LibraryScreen": Walk(("5", "a"), ("down", "tab", "down", "slash", "…")),
    "PutRuleScreen": Walk((":put required-tags",), ("…", "down", "…", "ctrl+n", "ctrl+n", "enter")),
    "PutPolicyScreen": Walk((":policy …",), ("…", "ctrl+n", "ctrl+n", "ctrl+r")),
    "PutPackScreen": Walk((":pack …",), ("…", "down", "…", "ctrl+n", "ctrl+n", "enter")),
    "PackScreen": Walk((":verdicts packs", "i"), ("down", "G")),
}
"""The way to each, over a world with a file."""

PARTS = [tuple(PLACES)[first::4] for first in range(4)]
"""All of them, in parts that run beside each other."""


def test_every_page_and_dialog_is_walked() -> None:
    there = {
        node.name
        for file in FOLDER.glob("*.py")
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.ClassDef)
        and any(word in ast.unparse(base) for base in node.bases for word in ("Screen", "Modal"))
    }
    assert there - {"Dashboard", "FilteredScreen", "FormScreen", "Modal", "PutScreen", "Veil"} == set(PLACES)


async def _walk(it: Opened, bad: str, steps: tuple[str, ...], name: str) -> None:
    for step in steps:
        if step == "…":
            await it.type(bad)
        elif step.startswith(":"):
            await it.line(step[1:].replace("…", bad))
        else:
            await it.pilot.press(step)
            await it.pilot.pause()
        assert_sound(it, f"{name}, {step}")


@pytest.mark.parametrize("places", PARTS, ids=range(1, 5))
@pytest.mark.parametrize(
    ("bad", "size"),
    [(MARKUP_FIRST, SMALL), (STEERING_FIRST, WIDE)],
    ids=["small", "wide"],
)
async def test_all_pages_and_dialogs(bad: str, size: tuple[int, int], places: Sequence[str], tmp_path: Path) -> None:
    world = hostile_world(bad)
    world.file = tmp_path / "bad.json"
    world.file.write_text(json.dumps({"configurationItems": [{"resourceType": bad, "resourceId": bad, bad: bad}]}))
    async with opened(size, world=world) as it:
        it.app.workspace.remember(bad, Refused(bad, bad, bad, bad, bad))
        for place in places:
            walk = PLACES[place]
            if not walk.way:
                continue
            await _walk(it, bad, walk.way, place)
            await _until(it, place)
            await _walk(it, bad, walk.then, place)
            while it.app.screen is not it.app.dashboard:
                await it.press("escape")


@pytest.mark.parametrize("bad", [MARKUP_FIRST, STEERING_FIRST], ids=["markup", "steering"])
async def test_the_list_of_open_files_and_what_one_is(bad: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text(json.dumps({"configurationItems": [{"resourceType": bad, "resourceId": bad, bad: bad}]}))
    file = OpenedFile(path, bad, 1, 1, False, None, "broken")
    async with opened(SMALL, world=World(opened=(file,)), files=True, landing="delivery") as it:
        assert_sound(it)
        await it.press("enter")
        await it.app.workers.wait_for_complete()
        await it.settle()
        assert visible(bad)[:20] in it.text
        assert_sound(it, "what the file is")


MEGABYTE = (MARKUP_FIRST * (1_000_000 // len(MARKUP_FIRST) + 1))[:1_000_000]


@pytest.mark.parametrize("places", PARTS, ids=range(1, 5))
async def test_a_megabyte_in_every_string_opens_everywhere(places: Sequence[str], tmp_path: Path) -> None:
    """What is shown of it is cut before it is looked at: a pane that wraps it all does not open in minutes."""
    world = hostile_world(MEGABYTE)
    world.file = tmp_path / "bad.json"
    world.file.write_text(json.dumps({"configurationItems": [{"resourceType": MEGABYTE, MEGABYTE: MEGABYTE}]}))
    async with opened(SMALL, world=world) as it:
        it.app.workspace.remember(MEGABYTE, Refused(MEGABYTE, MEGABYTE, MEGABYTE, MEGABYTE, MEGABYTE))
        it.app.say(MEGABYTE)
        for place in places:
            walk = PLACES[place]
            if walk.way:
                # No line takes a whole megabyte: the ends of a way are marked, not typed.
                way = ("3", "g", "m", "j", "m", "4", "p") if place == "PathScreen" else walk.way
                await _walk(it, MEGABYTE[:100], way, place)
                await _until(it, place)
                if place not in ("ChannelScreen", "SetUpScreen"):  # a form's field is typed into as it is
                    await _walk(it, MEGABYTE[:100], walk.then, place)
            while it.app.screen is not it.app.dashboard:
                await it.press("escape")
            it.app.workspace.marks.clear()


async def _until(it: Opened, place: str) -> None:
    """Wait for a page that opens when something has been read."""
    for _ in range(100):
        if type(it.app.screen).__name__ == place:
            break
        await it.pilot.pause(0.01)
    assert type(it.app.screen).__name__ == place, it.text
    await it.settle()


async def test_what_is_said_while_it_opens_and_when_it_cannot() -> None:
    bad = MARKUP_FIRST

    @asynccontextmanager
    async def refused(progress: Progress | None = None) -> AsyncIterator[Connection]:
        if progress is not None:
            progress(bad, 0.5)
        await gate.wait()
        if gate.is_set():
            raise Refused(bad, bad, bad, bad, bad)
        yield FakeConnection(World()).connection

    gate = asyncio.Event()
    app = ConfigScope(refused, environment=ENVIRONMENT)
    async with app.run_test(size=SMALL) as pilot:
        it = Opened(app, pilot, World(), FakeConnection(World()))
        await it.settle()
        assert visible(bad)[:20] in it.text
        assert_sound(it)
        gate.set()
        await it.settle()
        if app.is_running:
            assert_sound(it)

"""The page of what differs: between two moments, two snapshot files, two resources."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from backend.model.delivery import StoredObject
from backend.model.item import ResourceKey
from backend.model.noise import USUAL
from tests.tui.fake_session import INSTANCE, NOW, VOLUME, World, item
from tests.tui.hostile import HOSTILE
from tests.tui.opened import GRID, SMALL, Opened, opened
from tui import marks as made
from tui.screens.comparison import ComparisonScreen
from tui.settings import Settings
from tui.times import UTC

DAY = 86_400_000


async def compare(it: Opened, words: str) -> None:
    await it.line(f"compare {words}")
    for _ in range(200):
        if isinstance(it.app.screen, ComparisonScreen):
            break
        await it.pilot.pause(0.01)
    await it.settle()


@pytest.mark.requirement("SNP-14")
async def test_two_moments_are_compared_down_to_the_field() -> None:
    async with opened(SMALL) as it:
        await compare(it, "-2d now")
        assert "before 2026-03-05 14:22:31 UTC, 1 resource" in it.text
        assert "after  now" in it.text
        assert "+4 new" in it.text
        assert "~1 changed" in it.text
        assert "Instance" in it.row("web-1")
        await it.press("tab")
        assert "Instance" in it.row("web-1")
        assert "instanceType" in it.text
        assert "t3.small" in it.text
        assert "t3.large" in it.text


async def test_a_field_is_ignored_and_let_in_again() -> None:
    async with opened(GRID) as it:
        await compare(it, "-2d now")
        for path in ("configuration.*", "tags.Name", "relationships"):
            await it.line(f"ignore {path}")
        assert "~0 changed" in it.text
        assert "(1 but for" in it.text
        await it.line("ignore tags.Name")
        assert "~1 changed" in it.text
        await it.press("escape")
        assert it.app.screen is it.app.dashboard


async def test_what_is_ignored_is_listed_let_in_and_cleared() -> None:
    async with opened(GRID, settings=Settings(noise=("tags.Name",))) as it:
        assert it.app.workspace.noise.hides("tags.Name")
        await it.line("noise")
        assert "configuration.roleLastUsed" in it.text
        assert "tags.Name" in it.row("tags.Name")
        await it.press("enter")  # yours come first
        assert "No longer ignored: tags.Name." in it.text
        await it.line("noise clear")
        assert it.app.workspace.noise.paths == ()
        await it.line("noise usual")
        assert it.app.workspace.noise.paths == (*USUAL, "tags.Name")


async def test_n_ignores_the_field_under_the_cursor() -> None:
    async with opened(GRID) as it:
        await compare(it, "-2d now")
        screen = it.app.screen
        assert isinstance(screen, ComparisonScreen)
        await it.press("tab")
        while (row := screen._resources.current) is not None and row.key != INSTANCE:
            await it.press("j")
        before = screen._fields.line_count
        await it.press("tab", "N")
        assert screen._fields.line_count == before - 1
        assert "Ignored:" in it.text


async def test_enter_opens_the_resource_and_the_filter_narrows() -> None:
    async with opened(GRID) as it:
        await compare(it, "-2d now")
        await it.press("slash")
        await it.type("web-1")
        await it.press("enter")
        assert "reports-sgp" not in it.text
        await it.press("enter", "enter")
        assert it.app.workspace.resource == INSTANCE
        assert not isinstance(it.app.screen, ComparisonScreen)
        await it.press("escape")
        assert isinstance(it.app.screen, ComparisonScreen)


@pytest.mark.parametrize("suffix", ["md", "json", "csv"])
async def test_it_is_exported_by_suffix(tmp_path: Path, suffix: str) -> None:
    async with opened(GRID) as it:
        await compare(it, "-2d now")
        path = tmp_path / f"difference.{suffix}"
        await it.line(f"export {path}")
        text = path.read_text()
        assert "instanceType" in text
        assert "t3.small" in text
        if suffix == "json":
            assert json.loads(text)["counts"]["new"] == 4


@pytest.mark.requirement("SNP-15")
async def test_two_marked_snapshot_files_are_compared(tmp_path: Path) -> None:
    def stored(name: str, at: int, *entries: object) -> StoredObject:
        path = tmp_path / name
        path.write_bytes(msgspec.json.encode({"configSnapshotId": "x", "configurationItems": entries}))
        return StoredObject(bucket="b", key=f"ConfigSnapshot/{name}", size=1, modified=at)

    one = {"resourceType": "AWS::EC2::Volume", "resourceId": "vol-1", "configuration": {"size": 1}}
    world = World(
        objects=[
            stored("newer.json", NOW, {**one, "configuration": {"size": 2}}, {**one, "resourceId": "vol-2"}),
            stored("older.json", NOW - DAY, one),
        ]
    )
    async with opened(SMALL, world=world) as it:

        async def download(each: StoredObject) -> Path:
            return tmp_path / each.key.rpartition("/")[2]

        snapshots = it.connection.connection.session.snapshots
        assert snapshots is not None
        snapshots.download = download  # type: ignore[method-assign,assignment]
        await it.press("2", "m", "j", "D")  # one marked, the other under the cursor
        for _ in range(300):
            if isinstance(it.app.screen, ComparisonScreen):
                break
            await it.pilot.pause(0.01)
        await it.settle()
        assert "before older.json, 1 resource " in it.text
        assert "+1 new  −0 gone  ~1 changed" in it.text
        await it.press("tab", "down")
        assert "vol-2" in it.text


async def test_two_marked_resources_are_compared_and_unlike_things_are_not() -> None:
    async with opened(GRID) as it:
        marks = it.app.workspace.marks
        await it.press("1", "D")
        assert "Mark two with m" in it.text
        marks.toggle(made.of_item(INSTANCE, NOW - 3 * DAY, UTC, "web-1"))
        marks.toggle(made.of_item(INSTANCE, NOW - DAY, UTC, "web-1"))
        await it.press("D")
        assert "t3.small" in it.text
        assert "t3.large" in it.text
        await it.press("escape")
        marks.clear()
        marks.toggle(made.of_resource(VOLUME))
        marks.toggle(made.of_moment(NOW - DAY, UTC))
        await it.press("D")
        assert "cannot be compared" in it.text


@pytest.mark.parametrize(
    ("words", "said"), [("soon", "not a moment"), ("-1d -2d -3d", "two moments"), ("missing.json now", "no file")]
)
async def test_what_cannot_be_compared_is_said(words: str, said: str) -> None:
    async with opened(GRID) as it:
        await it.line(f"compare {words}")
        await it.settle()
        await it.pilot.pause(0.2)
        assert said in it.text


@pytest.mark.parametrize("bad", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_names_are_only_text(bad: str) -> None:
    key = ResourceKey(f"AWS::{bad[:500]}::x", bad[:500] or "x")
    later = item(key, bad, captured=NOW - DAY, tags={bad: bad}, configuration={bad[:500]: [bad, {bad: 1}]})
    world = World(estate={key: [later, item(key, captured=NOW - 4 * DAY)]})
    async with opened(SMALL, world=world) as it:
        await compare(it, "-3d now")
        assert isinstance(it.app.screen, ComparisonScreen)
        assert "~1 changed" in it.text
        assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(it.text)
        assert it.app.is_running

"""Marking what is to be compared."""

from __future__ import annotations

import pytest

from backend.model.delivery import StoredObject
from backend.model.item import ResourceKey
from tests.tui.fake_session import INSTANCE, NOW, VOLUME, World
from tests.tui.opened import GRID, SMALL, opened
from tui import marks
from tui.glyphs import UNICODE
from tui.marks import Marks
from tui.times import UTC

MARKED = UNICODE.marked


def test_a_third_mark_takes_the_place_of_the_oldest() -> None:
    told: list[int] = []
    marked = Marks(lambda: told.append(len(marked)))
    one, two, three = (marks.of_resource(ResourceKey("T", name)) for name in "abc")
    assert [marked.toggle(mark) for mark in (one, two, three)] == [True, True, True]
    assert list(marked) == [two, three]
    assert not marked.toggle(two)
    assert (list(marked), told) == ([three], [1, 2, 2, 1])
    assert marked.clear()
    assert not marked.clear()


def test_what_a_mark_is_called_is_no_part_of_it() -> None:
    assert marks.of_resource(INSTANCE, "web-1") == marks.of_resource(INSTANCE)
    assert marks.of_item(INSTANCE, NOW, UTC) != marks.of_item(INSTANCE, NOW - 1, UTC)


@pytest.mark.requirement("HIS-12")
def test_a_file_is_called_by_what_it_is_and_when_it_was_made() -> None:
    names = {
        "1_Config_eu-west-1_ConfigSnapshot_20260307T122231Z_0f1e.json.gz": "snapshot, 2026-03-07 12:22:31",
        "1_Config_eu-west-1_ConfigHistory_AWS::EC2::Volume_20260307T122231Z_20260307T122231Z_1.json.gz": (
            "history of Volume, 2026-03-07 12:22:31"
        ),
        "mine.json": "mine.json",
    }
    for name, label in names.items():
        assert marks.of_file(StoredObject(bucket="b", key=f"a/{name}")).label == label


async def test_m_marks_a_row_and_the_top_line_counts_the_marks() -> None:
    async with opened(SMALL) as it:
        await it.press("3", "g", "m")
        assert "1 marked" in it.lines[0]
        assert sum(MARKED in row for row in it.lines[1:]) == 1
        await it.press("j", "m")
        assert "2 marked" in it.lines[0]
        await it.press("m")
        assert "1 marked" in it.lines[0]
        await it.press("escape")
        assert MARKED not in it.text
        assert len(it.app.workspace.marks) == 0


async def test_files_are_marked_in_the_delivery_pane_and_in_the_bucket() -> None:
    async with opened(SMALL) as it:
        await it.press("2", "m")
        [mark] = it.app.workspace.marks
        assert mark.stored == it.world.objects[0]
        await it.press("b")
        assert MARKED in it.row(it.world.objects[0].key[-12:])
        await it.press("m")
        assert len(it.app.workspace.marks) == 0


async def test_a_moment_is_marked_by_typing_it() -> None:
    async with opened(GRID) as it:
        await it.line("mark -1d")
        [mark] = it.app.workspace.marks
        assert mark.moment is not None
        assert abs(mark.moment - (NOW - 86_400_000)) < 60_000
        await it.line("mark tomorrow")
        assert "not a moment" in it.text
        await it.press("escape")
        await it.line("unmark")
        assert len(it.app.workspace.marks) == 0


async def test_where_nothing_can_be_marked_m_says_so() -> None:
    async with opened(GRID, world=World()) as it:
        await it.press("1", "m")
        assert "Nothing here can be marked" in it.text
        it.app.workspace.marks.toggle(marks.of_resource(VOLUME))
        await it.settle()
        assert "1 marked" in it.lines[0]

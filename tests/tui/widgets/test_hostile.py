"""Whatever strangers put into names and values is shown as text: nothing acts, nothing steers the terminal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from textual.app import App
from textual.content import Content
from textual.events import Paste
from textual.widget import Widget

from backend.model.clock import ClockState, ScenarioInfo
from tests.tui.hostile import FORBIDDEN, HOSTILE
from tests.tui.looking import text
from tui.screens.clock import ClockScreen
from tui.screens.confirm import ConfirmScreen, Question
from tui.screens.menu import Entry, MenuScreen
from tui.widgets.columns import Column
from tui.widgets.json_tree import JsonTree
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.line_input import LineInput
from tui.widgets.table import BigTable


def _table(bad: str) -> Widget:
    table: BigTable[str] = BigTable(
        [Column("text", "text", minimum=10), Column("styled", "styled", minimum=10, shorten="middle")],
        lambda row: (row, Content.styled(row, "bold")),
        empty=bad,
    )
    table.set_list([bad, bad])
    table.set_match(bad)
    return table


def _empty_table(bad: str) -> Widget:
    table: BigTable[str] = BigTable([Column("text", "text")], lambda row: (row,), empty=bad)
    return table


def _tree(bad: str) -> Widget:
    return JsonTree({bad: bad, "nested": {bad: [bad, {bad: bad}]}, "json": f'{{"a": "{bad}"}}'})


def _bar(bad: str) -> Widget:
    return KeyBar([Hint("x", bad[:20]), Hint(bad[:20], "y")], kept=1)


def _line(bad: str) -> Widget:
    line = LineInput(":", hint=bad)
    line.call_after_refresh(line.open, bad)
    line.call_after_refresh(line.say, bad)
    return line


WIDGETS = {"table": _table, "empty table": _empty_table, "tree": _tree, "key bar": _bar, "line": _line}


class Shown(App[None]):
    """One widget at a time, filling the screen."""

    def __init__(self) -> None:
        super().__init__()
        self.animation_level = "none"
        self.quitted = False

    async def show(self, widget: Widget) -> None:
        await self.screen.remove_children()
        await self.screen.mount(widget)

    async def action_quit(self) -> None:
        self.quitted = True


def places() -> Iterator[tuple[int, int]]:
    for y in (0, 2, 5, 8):
        for x in (4, 20, 45):
            yield x, y


def assert_harmless(app: App[None]) -> None:
    shown = text(app)
    assert not FORBIDDEN & set(shown.replace("\n", ""))
    shown.encode()
    for strip in app.screen._compositor.render_strips():
        assert strip.cell_length == app.size.width
        for segment in strip:
            if segment.style is not None:
                assert segment.style.link is None
                assert "@click" not in segment.style.meta


@pytest.mark.parametrize("kind", WIDGETS)
async def test_widgets_show_it_as_text(kind: str) -> None:
    app = Shown()
    async with app.run_test(size=(60, 14)) as pilot:
        for bad in HOSTILE.values():
            widget = WIDGETS[kind](bad)
            await app.show(widget)
            if isinstance(widget, JsonTree):
                widget.action_unfold_all()
                widget.action_last()
                widget.action_unfold_all()
                widget.find(bad[:10])
            await pilot.pause()
            assert_harmless(app)
        assert not app.quitted


@pytest.mark.parametrize("kind", ["table", "tree", "key bar"])
async def test_nothing_in_it_can_be_clicked(kind: str) -> None:
    app = Shown()
    async with app.run_test(size=(60, 14)) as pilot:
        await app.show(WIDGETS[kind](HOSTILE["an action in markup"]))
        for place in places():
            await pilot.click(offset=place)
        assert not app.quitted


async def test_dialogs_show_it_as_text() -> None:
    app = Shown()
    async with app.run_test(size=(60, 20)) as pilot:
        for bad in HOSTILE.values():
            screens = (
                MenuScreen(bad, [(bad, [Entry("id", bad[:10], bad, bad)])]),
                ConfirmScreen(Question(bad, ((bad, bad),), warning=bad, command=bad, typed=bad)),
                ClockScreen(ClockState(now=0), [ScenarioInfo(name=bad, title=bad, description=bad)]),
            )
            for screen in screens:
                await app.push_screen(screen)
                await pilot.pause()
                assert_harmless(app)
                app.pop_screen()


async def test_what_is_pasted_into_a_line_is_shown_safely_and_kept_as_it_is() -> None:
    app = Shown()
    async with app.run_test(size=(60, 5)) as pilot:
        line = LineInput("/")
        await app.show(line)
        line.open()
        await pilot.pause()
        app.post_message(Paste("a\x1b]0;owned\u202e"))
        await pilot.pause()
        assert line.value == "a\x1b]0;owned\u202e"
        assert "a\u241b]0;owned\u00b7" in text(app)

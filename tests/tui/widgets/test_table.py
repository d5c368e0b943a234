from __future__ import annotations

from collections.abc import Sequence

import pytest
from textual.app import App, ComposeResult
from textual.content import Content
from textual.message import Message

from tests.tui.looking import lines, style_at, text
from tui import themes
from tui.glyphs import ASCII
from tui.widgets.columns import Column
from tui.widgets.lines import Cell
from tui.widgets.table import BigTable

COLUMNS = (
    Column("name", "name", minimum=10, shorten="middle"),
    Column("state", "state", width=8),
    Column("count", "n", width=5, right=True, sortable=False),
)


class Tabled(App[None]):
    """A table of numbers, and the messages it sent."""

    def __init__(self, count: int, columns: Sequence[Column] = COLUMNS) -> None:
        super().__init__()
        self.asked: set[int] = set()
        self.messages: list[Message] = []
        self.table: BigTable[int] = BigTable(columns, self.cells, key=lambda row: row, empty="Nothing matches.")
        self.count = count

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.table.set_rows(self.give, self.count)

    def give(self, index: int) -> int:
        self.asked.add(index)
        return index

    def cells(self, row: int) -> tuple[Cell, ...]:
        state = Content.styled("broken", "$text-error") if row % 2 else Content.styled("fine", "$text-success")
        return f"row-{row}", state, str(row)

    def on_big_table_highlighted(self, event: BigTable.Highlighted) -> None:
        self.messages.append(event)

    def on_big_table_selected(self, event: BigTable.Selected) -> None:
        self.messages.append(event)

    def on_big_table_sort_asked(self, event: BigTable.SortAsked) -> None:
        self.messages.append(event)


async def test_rows_stand_in_columns_below_their_titles() -> None:
    app = Tabled(3)
    async with app.run_test(size=(40, 6)):
        assert [line.rstrip() for line in lines(app)] == [
            " name                    state        n",
            "▌row-0                   fine         0",
            " row-1                   broken       1",
            " row-2                   fine         2",
            "",
            "",
        ]


async def test_of_a_million_rows_only_those_in_sight_are_asked_for() -> None:
    app = Tabled(1_000_000)
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("j", "pagedown", "G")
        assert app.table.current == 999_999
        assert "row-999999" in text(app)
        assert len(app.asked) < 100


async def test_the_cursor_goes_where_the_keys_say() -> None:
    app = Tabled(100)
    async with app.run_test(size=(40, 12)) as pilot:
        steps = ["down", "j", "k", "up", "up", "end", "j", "home", "pagedown", "pageup", "G", "g"]
        seen = []
        for key in steps:
            await pilot.press(key)
            seen.append(app.table.cursor)
        assert seen == [1, 2, 1, 0, 0, 99, 99, 0, 10, 0, 99, 0]


async def test_moving_and_choosing_are_told_with_the_row() -> None:
    app = Tabled(5)
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("j", "enter")
        moved, chosen = app.messages
        assert isinstance(moved, BigTable.Highlighted)
        assert isinstance(chosen, BigTable.Selected)
        assert (moved.row, chosen.row, chosen.index, chosen.control) == (1, 1, 1, app.table)


async def test_rows_that_change_beneath_the_cursor_are_not_told() -> None:
    app = Tabled(5)
    async with app.run_test(size=(40, 12)) as pilot:
        app.table.set_list([7, 8, 9])
        await pilot.pause()
        assert app.messages == []


async def test_a_click_moves_and_a_double_click_chooses() -> None:
    app = Tabled(5)
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.click(BigTable, offset=(3, 3))
        assert app.table.cursor == 2
        assert len(app.messages) == 1
        await pilot.click(BigTable, offset=(3, 3), times=2)
        assert isinstance(app.messages[-1], BigTable.Selected)
        await pilot.click(BigTable, offset=(3, 10))  # below the last row
        assert app.table.cursor == 2


async def test_a_click_on_a_title_asks_for_its_order() -> None:
    app = Tabled(5)
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.click(BigTable, offset=(2, 0))
        await pilot.click(BigTable, offset=(39, 0))  # this column cannot be ordered by
        (asked,) = app.messages
        assert isinstance(asked, BigTable.SortAsked)
        assert asked.column.key == "name"


async def test_the_order_is_shown_at_its_title() -> None:
    app = Tabled(5)
    async with app.run_test(size=(40, 12)) as pilot:
        app.table.set_sort("name")
        await pilot.pause()
        assert "name▴" in lines(app)[0]
        app.table.set_sort("name", descending=True)
        await pilot.pause()
        assert "name▾" in lines(app)[0]


async def test_the_cursor_stays_on_its_row_when_others_come() -> None:
    app = Tabled(5)
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("j", "j")
        app.table.set_list([20, 10, 2, 3])
        assert app.table.current == 2
        app.table.set_list([1, 3])  # it is gone: the place is kept as far as there is one
        assert app.table.cursor == 1


async def test_the_row_under_the_cursor_is_in_sight_after_a_resize() -> None:
    app = Tabled(100)
    async with app.run_test(size=(40, 40)) as pilot:
        for _ in range(30):
            app.table.action_step(1)
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        assert "row-30" in text(app)


async def test_an_empty_table_says_so() -> None:
    app = Tabled(0)
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("j", "G", "enter")
        assert "Nothing matches." in text(app)
        assert app.table.current is None
        assert app.messages == []


async def test_long_values_lose_their_middle() -> None:
    app = Tabled(0)
    async with app.run_test(size=(32, 4)) as pilot:
        app.table._cells = lambda row: ("arn:aws:iam::123456789012:role/reader", "", "")
        app.table.set_rows(app.give, 1)
        await pilot.pause()
        assert "arn:aws…/reader" in lines(app)[1]


async def test_styles_survive_the_shortening() -> None:
    app = Tabled(0)
    async with app.run_test(size=(40, 5)) as pilot:
        app.table._cells = lambda row: ("", Content.assemble(("much", "bold"), " too long for it"), "")
        app.table.set_rows(app.give, 2)
        await pilot.pause()
        assert lines(app)[2][25:33] == "much to…"
        assert style_at(app, "much").bold


async def test_what_matches_the_filter_is_marked() -> None:
    app = Tabled(3)
    async with app.run_test(size=(40, 6)) as pilot:
        app.table.set_match("ROW-2")
        await pilot.pause()
        assert style_at(app, "row-2").underline
        assert not style_at(app, "row-1").underline


@pytest.mark.parametrize("theme", themes.SHIPPED)
async def test_the_cursor_shows_in_every_theme(theme: str) -> None:
    app = Tabled(3)
    async with app.run_test(size=(40, 6)) as pilot:
        for one in themes.shipped():
            app.register_theme(one)
        app.theme = theme
        await pilot.press("j")
        under, other = style_at(app, "row-1"), style_at(app, "row-2")
        assert under.reverse or under.bgcolor != other.bgcolor


async def test_the_cursor_shows_without_colours_and_without_the_focus() -> None:
    app = Tabled(3)
    async with app.run_test(size=(40, 6)) as pilot:
        app.screen.set_focus(None)
        await pilot.pause()
        assert lines(app)[1].startswith("▌row-0")


async def test_an_ascii_terminal_gets_ascii() -> None:
    app = Tabled(0)
    app.glyphs = ASCII  # type: ignore[attr-defined]
    async with app.run_test(size=(40, 6)) as pilot:
        app.table._cells = lambda row: ("Größe der Straße und noch viel mehr davon", "", "")
        app.table.set_rows(app.give, 1)
        app.table.set_sort("name")
        await pilot.pause()
        assert text(app).isascii()


async def test_a_step_of_the_cursor_repaints_two_rows() -> None:
    """Over SSH every row counts."""
    app = Tabled(100)
    async with app.run_test(size=(40, 30)) as pilot:
        await pilot.pause()
        drawn: list[int] = []
        draw = app.table.render_line
        app.table.render_line = lambda y: drawn.append(y) or draw(y)  # type: ignore[func-returns-value, method-assign]
        await pilot.press("j")
        assert sorted(set(drawn)) == [1, 2]


async def test_no_word_touches_the_scroll_bar_or_the_border() -> None:
    app = Tabled(100)
    async with app.run_test(size=(40, 6)):
        assert app.table.show_vertical_scrollbar
        assert [line[38] for line in lines(app)] == [" "] * 6


async def test_the_row_under_the_cursor_is_found_without_looking_at_the_others() -> None:
    looked_at: list[int] = []

    def key(row: int) -> int:
        looked_at.append(row)
        return row

    table: BigTable[int] = BigTable((Column("n", "n"),), lambda row: (str(row),), key=key)

    class Tabled(App[None]):
        def compose(self) -> ComposeResult:
            yield table

    async with Tabled().run_test():
        table.set_rows(lambda number: number, 1_000_000)
        table.put_cursor(999_999)
        looked_at.clear()
        assert table.find(999_999) == 999_999
        assert looked_at == [999_999]
        assert table.find(2) == 2

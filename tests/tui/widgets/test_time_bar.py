"""The density of changes in one row."""

from __future__ import annotations

from textual.app import App, ComposeResult

from tests.tui.looking import lines
from tui.widgets.time_bar import TimeBar


class Barred(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.bar = TimeBar()
        self.asked: list[int] = []

    def compose(self) -> ComposeResult:
        yield self.bar

    def on_time_bar_asked(self, event: TimeBar.Asked) -> None:
        self.asked.append(event.moment)


async def test_more_changes_stand_higher_and_one_crowd_does_not_flatten_the_rest() -> None:
    app = Barred()
    async with app.run_test(size=(60, 3)) as pilot:
        app.bar.show(0, 5600, [50] * 400 + [2050] * 8 + [4050], [5550], 3000, ("begin", "now"))
        await pilot.pause()
        row = lines(app)[0]
        assert row.startswith(" begin ") and row.rstrip().endswith("now")
        levels = [cell for cell in row if cell in "▁▂▃▄▅▆▇█"]
        assert levels[0] > levels[1] > levels[2]
        assert row.count("◆") == 1
        assert row.count("│") == 1


async def test_a_click_asks_for_the_mark_nearby_or_the_moment_of_the_cell() -> None:
    app = Barred()
    async with app.run_test(size=(52, 3)) as pilot:
        app.bar.show(0, 5000, [], [1000], None)
        await pilot.pause()
        start = 2
        await pilot.click(TimeBar, offset=(start + app.bar.cell_of(1000), 0))
        await pilot.click(TimeBar, offset=(start + app.bar.cell_of(4000), 0))
        await pilot.pause()
        assert app.asked[0] == 1000
        assert abs(app.asked[1] - 4000) < 200


async def test_a_narrow_bar_goes_without_words_and_an_empty_span_does_not_fail() -> None:
    app = Barred()
    async with app.run_test(size=(24, 2)) as pilot:
        app.bar.show(5, 5, [5], (), 5, ("2026-03-07 14:22", "now, +07:00"))
        await pilot.pause()
        assert "now" not in lines(app)[0]
        assert "│" in lines(app)[0]

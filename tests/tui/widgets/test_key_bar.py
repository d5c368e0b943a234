from __future__ import annotations

from textual.app import App, ComposeResult

from tests.tui.looking import lines
from tui.widgets.key_bar import Hint, KeyBar

HINTS = [
    Hint("enter", "open", "move.in"),
    Hint("/", "filter", "look.filter"),
    Hint("t", "as of", "time.at"),
    Hint("?", "help", "app.help"),
    Hint("q", "quit", "app.quit"),
]


class Barred(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.clicked: list[str] = []

    def compose(self) -> ComposeResult:
        yield KeyBar(HINTS, kept=2)

    def on_key_bar_clicked(self, event: KeyBar.Clicked) -> None:
        self.clicked.append(event.hint.id)


async def test_hints_stand_in_a_row_the_kept_ones_at_the_right() -> None:
    app = Barred()
    async with app.run_test(size=(60, 3)):
        assert lines(app)[0].rstrip() == " enter open  / filter  t as of               ? help  q quit"


async def test_what_does_not_fit_is_left_out_whole() -> None:
    app = Barred()
    async with app.run_test(size=(40, 3)):
        assert lines(app)[0].rstrip() == " enter open  / filter    ? help  q quit"


def test_the_way_out_of_a_page_is_never_left_out() -> None:
    bar = KeyBar([*HINTS[:3], Hint("esc", "leave")])
    assert [hint.key for _, hint in bar.place(80)] == ["enter", "/", "t", "esc"]
    assert [(at, hint.key) for at, hint in bar.place(26)] == [(1, "enter"), (13, "esc")]


async def test_every_width_is_kept_to() -> None:
    bar = KeyBar(HINTS, kept=2)
    for cells in range(1, 80):
        for start, hint in bar.place(cells):
            assert start + len(f"{hint.key} {hint.label}") <= cells


async def test_a_click_on_a_hint_is_told() -> None:
    app = Barred()
    async with app.run_test(size=(60, 3)) as pilot:
        await pilot.click(KeyBar, offset=(14, 0))
        await pilot.click(KeyBar, offset=(35, 0))
        assert app.clicked == ["look.filter"]

"""A screen over a page: the page is dimmed as Textual would, and everything is laid out once."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.color import Color
from textual.geometry import Size
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import Screen
from textual.widgets import Static

from tests.tui.looking import style_at, text
from tui.screens.modal import Modal, Veil


class Asking(Modal[None]):
    DEFAULT_CSS = "Asking { align: center middle; background: black 50%; } Asking Static { width: 10; height: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[Size] = []

    def compose(self) -> ComposeResult:
        yield Static("question")

    def fit(self, size: Size) -> None:
        self.sizes.append(size)


class Paged(App[None]):
    CSS = "#behind { color: white; background: #204060; }"

    def compose(self) -> ComposeResult:
        yield Static("the page behind", id="behind")


async def test_the_page_behind_is_dimmed_as_textual_does() -> None:
    app = Paged()
    async with app.run_test(size=(40, 10)) as pilot:
        before = style_at(app, "the page behind")
        await app.push_screen(Asking())
        await pilot.pause()
        assert "question" in text(app)
        segments = [Segment("the page behind", before), Segment("bare")]
        color = Color.parse("black").with_alpha(0.5)
        [dimmed, bare] = BackgroundScreen.process_segments(segments, color)
        assert list(Veil.process_segments(segments, color)) == [dimmed, bare]
        assert dimmed.style is not None
        assert style_at(app, "the page behind").bgcolor == dimmed.style.bgcolor
        assert style_at(app, "the page behind").bgcolor != before.bgcolor


def test_what_a_style_of_the_page_would_do_is_taken_from_it() -> None:
    link = Style.parse("bold link https://example.com") + Style.from_meta({"@click": "app.quit"})
    [dimmed] = Veil.process_segments([Segment("here", link)], Color(0, 0, 0, 0.5))
    assert dimmed.style is not None
    assert dimmed.style.link is None
    assert not dimmed.style.meta
    assert dimmed.style.bold


async def test_opening_lays_the_page_behind_out_no_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Paged()
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        laid_out: list[Screen[object]] = []
        refresh = Screen._refresh_layout

        def note(screen: Screen[object], size: Size | None = None, scroll: bool = False) -> None:
            laid_out.append(screen)
            refresh(screen, size, scroll)

        monkeypatch.setattr(Screen, "_refresh_layout", note)
        asking, behind = Asking(), app.screen
        await app.push_screen(asking)
        await pilot.pause()
        assert behind not in laid_out
        assert asking.sizes == [Size(40, 10)]
        await pilot.resize_terminal(60, 12)
        await pilot.pause()
        assert behind in laid_out
        assert asking.sizes == [Size(40, 10), Size(60, 12)]

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.color import Color
from textual.containers import VerticalScroll
from textual.widgets import Button, Static

from tests.tui.looking import text
from tui.glyphs import ASCII, UNICODE, Glyphs, names
from tui.terminal import AsciiOnly, MutedAnsi, line_filters
from tui.text import visible

GROUND = Color.parse("ansi_default")


@pytest.mark.parametrize("colour", [RichColor.parse("bright_black"), Color.parse("ansi_bright_black").rich_color])
def test_muted_words_are_dim_where_the_terminal_mixes_the_colours(colour: RichColor) -> None:
    grey = Segment("muted", Style(color=colour))
    line = Segment("green", Style.parse("green"))
    dimmed, kept = MutedAnsi().apply([grey, line], GROUND)
    assert dimmed.style is not None
    assert dimmed.style.dim
    assert dimmed.style.color is not None
    assert dimmed.style.color.is_default
    assert kept.style == line.style


@given(st.text(st.characters(), max_size=40).map(visible))
def test_ascii_terminals_get_ascii_of_the_same_width(shown: str) -> None:
    (line,) = AsciiOnly().apply([Segment(shown)], GROUND)
    assert line.text.isascii()
    assert cell_len(line.text) == cell_len(shown)


def test_our_signs_have_a_likeness() -> None:
    signs = "".join(getattr(UNICODE, name) for name in names())
    (line,) = AsciiOnly().apply([Segment(signs.replace("?", ""))], GROUND)
    assert "?" not in line.text


class Bordered(App[None]):
    """Borders, a scroll bar and a button: what Textual itself draws."""

    CSS = "VerticalScroll { border: round white; }"

    def __init__(self, signs: Glyphs) -> None:
        super().__init__()
        self._filters[:0] = line_filters(signs)

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            for number in range(30):
                yield Static(f"Größe {number} …")
            yield Button("button")


async def test_an_app_for_an_ascii_terminal_shows_nothing_else() -> None:
    app = Bordered(ASCII)
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        assert text(app).isascii()
        assert "|Gr" in text(app)

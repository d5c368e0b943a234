"""Our themes are readable, and a theme that is not right costs a sentence, never the app."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.color import ColorSystem
from textual.app import App, ComposeResult
from textual.color import Color
from textual.theme import Theme
from textual.widgets import Button, Input, Label

from backend.model.problem import BadInput
from tui import themes

SHIPPED = {theme.name: theme for theme in themes.shipped()}
MIXED = [theme for theme in SHIPPED.values() if not theme.ansi]
"""Themes with colours of their own; the sixteen of a terminal are not ours to judge."""

GOOD = (Path(__file__).parents[2] / "themes" / "night.toml").read_text("utf-8")


def variables(theme: Theme) -> dict[str, str]:
    return {**theme.to_color_system().generate(), **theme.variables}


def luminance(colour: Color) -> float:
    parts = [part / 255 for part in colour.rgb]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2: from 1 to 21."""
    dark, light = sorted((luminance(Color.parse(one)), luminance(Color.parse(other))))
    return (light + 0.05) / (dark + 0.05)


WORDS = ("text", "text-muted", *(f"text-{word}" for word in themes._WORDS))


@pytest.mark.parametrize("theme", MIXED, ids=lambda theme: theme.name)
@pytest.mark.parametrize("ground", ["surface", "background", "panel"])
@pytest.mark.parametrize("word", WORDS)
def test_words_are_readable_on_every_ground(theme: Theme, ground: str, word: str) -> None:
    colours = variables(theme)
    least = 7 if theme.name == "contrast" else 4.5
    assert contrast(colours[word], colours[ground]) >= least


def in_256(colour: str) -> str:
    """The nearest of the 256 colours, as a terminal without COLORTERM gets it: most do, over SSH and in tmux."""
    return Color.parse(colour).rich_color.downgrade(ColorSystem.EIGHT_BIT).get_truecolor().hex


@pytest.mark.parametrize("theme", MIXED, ids=lambda theme: theme.name)
def test_words_are_readable_in_256_colours_too(theme: Theme) -> None:
    colours = variables(theme)
    for ground in ("surface", "background", "panel"):
        for word in WORDS:
            assert contrast(in_256(colours[word]), in_256(colours[ground])) >= 4.5, (word, ground)
    under, cursor = in_256(colours["block-cursor-foreground"]), in_256(colours["block-cursor-background"])
    assert contrast(under, cursor) >= 4.5


@pytest.mark.parametrize("theme", MIXED, ids=lambda theme: theme.name)
def test_grounds_stay_neutral_in_256_colours(theme: Theme) -> None:
    """A dark blue grey would turn into navy, a brown one into olive."""
    colours = variables(theme)
    for ground in ("surface", "background", "panel", "border-blurred"):
        red, green, blue = Color.parse(in_256(colours[ground])).rgb
        assert max(red, green, blue) - min(red, green, blue) == 0, ground


@pytest.mark.parametrize("theme", MIXED, ids=lambda theme: theme.name)
def test_the_line_under_the_cursor_is_readable(theme: Theme) -> None:
    colours = variables(theme)
    assert contrast(colours["block-cursor-foreground"], colours["block-cursor-background"]) >= 6


@pytest.mark.parametrize("theme", MIXED, ids=lambda theme: theme.name)
@pytest.mark.parametrize("word", ["success", "warning", "error"])
def test_coloured_words_are_readable_on_their_own_tint(theme: Theme, word: str) -> None:
    colours = variables(theme)
    assert contrast(colours[f"text-{word}"], colours[f"{word}-muted"]) >= 4.5


def test_there_are_six_one_of_them_light_and_one_of_the_terminal() -> None:
    assert list(SHIPPED) == list(themes.SHIPPED)
    assert len(SHIPPED) == 6
    assert any(not theme.dark for theme in SHIPPED.values())
    assert SHIPPED[themes.COLOURLESS].ansi


class Everything(App[None]):
    """Some of Textual's own widgets, whose styles ask for many variables."""

    def compose(self) -> ComposeResult:
        yield Label("label")
        yield Input("input")
        yield Button("button", variant="warning")


@pytest.mark.parametrize("name", themes.SHIPPED)
async def test_textual_can_show_each(name: str) -> None:
    app = Everything()
    async with app.run_test(size=(40, 10)) as pilot:
        for theme in themes.shipped():
            app.register_theme(theme)
        app.theme = name
        await pilot.pause()
        assert app.current_theme.name == name


async def test_the_terminal_theme_sends_no_colours_of_its_own() -> None:
    app = Everything()
    async with app.run_test(size=(40, 10)) as pilot:
        app.register_theme(SHIPPED["terminal"])
        app.theme = "terminal"
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        styles = [segment.style for strip in strips for segment in strip if segment.style is not None]
        colours = {colour for style in styles for colour in (style.color, style.bgcolor) if colour is not None}
        assert all(colour.is_system_defined or colour.is_default for colour in colours)


def test_no_color_selects_the_theme_without_colours() -> None:
    assert themes.choose("paper", {"NO_COLOR": "1"}) == themes.Colours("terminal", True)
    assert themes.choose("paper", {}) == themes.Colours("paper", None)
    assert themes.choose("", {"NO_COLOR": ""}).theme == themes.DEFAULT


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = ", "it is not TOML"),
        ('title = "x"', "it has no [colors]"),
        (GOOD.replace("#121518", "bleu"), "“bleu” for “background” is not a colour"),
        (GOOD.replace('"#121518"', "3"), "“3” for “background” is not a colour"),
        (GOOD.replace("faint", "feint"), "it names the colour “feint”"),
        (GOOD.replace('faint = "#5c6670"', ""), "it lacks faint"),
        ("colour = 1\n" + GOOD, "it has a setting “colour”"),
        (GOOD.replace("dark = true", 'dark = "yes"'), "“dark” must be true or false"),
    ],
)
def test_a_wrong_theme_is_one_sentence(text: str, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        themes.read("mine", text)
    assert str(caught.value).startswith("The theme “mine” is left out: ")
    assert said in str(caught.value)


def test_own_themes_come_beside_the_wrong_ones_warnings(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(GOOD, "utf-8")
    (tmp_path / "bad.toml").write_text("[", "utf-8")
    (tmp_path / "worse.toml").write_bytes(b"\xff\xfe")
    own, warnings = themes.own(tmp_path)
    assert [theme.name for theme in own] == ["mine"]
    assert len(warnings) == 2


def test_no_folder_of_own_themes_is_no_problem(tmp_path: Path) -> None:
    assert themes.own(tmp_path / "none") == ([], [])

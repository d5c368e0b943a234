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
from tests.tui.opened import ENVIRONMENT, opened
from tui import themes
from tui.settings import Settings

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


def over(colour: str, ground: str, share: float) -> str:
    """A colour mixed into a ground, as a tinted row is."""
    return Color.parse(ground).blend(Color.parse(colour), share).hex


def grounds(colours: dict[str, str]) -> dict[str, str]:
    """Everything that words of state stand on somewhere on the screen, but for the tints and the cursor."""
    plain = {name: colours[name] for name in ("background", "surface", "panel")}
    rows = {f"row on {name}": over(colours["foreground"], colours[name], 0.09) for name in ("background", "surface")}
    return {**plain, **rows, "blurred cursor": colours["block-cursor-blurred-background"]}


@pytest.mark.parametrize("theme", MIXED, ids=lambda theme: theme.name)
def test_every_pair_of_words_and_ground_that_the_screen_has_is_readable(theme: Theme) -> None:
    colours = variables(theme)
    pairs = [(word, name, ground) for name, ground in grounds(colours).items() for word in WORDS]
    tints = [f"{word}-muted" for word in ("primary", "success", "warning", "error")]
    pairs += [("text", tint, colours[tint]) for tint in tints]
    pairs += [(f"text-{tint.removesuffix('-muted')}", tint, colours[tint]) for tint in tints]
    pairs += [("footer-key-foreground", "footer", colours["footer-background"])]
    pairs += [("footer-description-foreground", "footer", colours["footer-background"])]
    pairs += [("input-selection-foreground", "selection", colours["input-selection-background"])]
    weak = [
        (word, name, round(contrast(colours[word], ground), 2))
        for word, name, ground in pairs
        if contrast(colours[word], ground) < 4.5
    ]
    assert weak == []


_EYES = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""How colours reach eyes without one of the three cones (Machado, Oliveira and Fernandes 2009), on linear light."""


def seen(colour: str, eyes: str) -> tuple[float, ...]:
    parts = [part / 255 for part in Color.parse(colour).rgb]
    light = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    mixed = [sum(share * part for share, part in zip(row, light, strict=True)) for row in _EYES[eyes]]
    return tuple(max(0.0, min(1.0, part)) ** (1 / 2.2) for part in mixed)


@pytest.mark.parametrize("eyes", _EYES)
@pytest.mark.parametrize(("one", "other"), [("success", "error"), ("success", "warning"), ("warning", "error")])
def test_the_safe_theme_tells_states_apart_for_all_eyes(eyes: str, one: str, other: str) -> None:
    colours = variables(SHIPPED["safe"])
    pairs = zip(seen(colours[f"text-{one}"], eyes), seen(colours[f"text-{other}"], eyes), strict=True)
    assert sum((left - right) ** 2 for left, right in pairs) ** 0.5 > 0.2


def test_there_is_one_for_everybody() -> None:
    assert list(SHIPPED) == list(themes.SHIPPED)
    assert len(SHIPPED) >= 8
    assert len({theme.name for theme in SHIPPED.values() if not theme.dark}) >= 2
    assert {"contrast", "safe", "stage", "terminal", "mono"} <= set(SHIPPED)
    assert (Settings().theme, "mono") == (themes.DEFAULT, themes.COLOURLESS)


def test_the_colourless_one_has_no_colours() -> None:
    colours = variables(SHIPPED[themes.COLOURLESS])
    assert {colours[f"text-{word}"] for word in themes._WORDS} == {"ansi_default"}


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


@pytest.mark.parametrize("name", ["terminal", "mono"])
async def test_a_theme_of_the_terminal_sends_no_colours_of_its_own(name: str) -> None:
    app = Everything()
    async with app.run_test(size=(40, 10)) as pilot:
        app.register_theme(SHIPPED[name])
        app.theme = name
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        styles = [segment.style for strip in strips for segment in strip if segment.style is not None]
        colours = {colour for style in styles for colour in (style.color, style.bgcolor) if colour is not None}
        assert all(colour.is_system_defined or colour.is_default for colour in colours)


def test_no_color_selects_the_theme_without_colours() -> None:
    assert themes.choose("paper", {"NO_COLOR": "1"}) == themes.Colours("mono", True)
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


# Choosing one


async def test_a_theme_is_tried_on_as_the_cursor_reaches_it_and_esc_takes_it_off() -> None:
    async with opened() as it:
        await it.press("T")
        assert "colour-blind safe" in it.text
        await it.press("j", "j")
        tried = it.app.theme
        await it.press("escape")
        assert (tried, it.app.theme) == (themes.SHIPPED[2], themes.DEFAULT)


async def test_enter_keeps_the_theme_and_w_writes_it_to_the_settings(tmp_path: Path) -> None:
    async with opened() as it:
        it.app.loaded.path = tmp_path / "settings.toml"
        await it.press("T", "j", "enter")
        assert it.app.theme == themes.SHIPPED[1]
        assert not it.app.loaded.path.exists()
        await it.press("T", "j", "w")
        assert it.app.loaded.path.read_text() == f'theme = "{themes.SHIPPED[2]}"\n'
        await it.line("theme paper")
        assert it.app.theme == "paper"
        await it.line("theme write")
        assert it.app.loaded.path.read_text() == 'theme = "paper"\n'
        await it.line("theme papr")
        assert "There is no theme “papr”" in it.text


async def test_themes_of_ones_own_can_be_chosen_and_a_bad_one_is_a_warning(tmp_path: Path) -> None:
    folder = tmp_path / "configscope" / "themes"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text(GOOD, "utf-8")
    (folder / "bad.toml").write_text(GOOD.replace("#121518", "bleu"), "utf-8")
    async with opened(environment={**ENVIRONMENT, "XDG_CONFIG_HOME": str(tmp_path)}, theme="mine") as it:
        assert it.app.theme == "mine"
        assert "The theme “bad” is left out: “bleu” for “background” is not a colour." in " ".join(it.text.split())
        await it.press("exclamation_mark")
        assert "settings" in it.text
        await it.press("escape", "T")
        assert "yours" in it.row("mine")
        assert "bad" not in it.app.theme_names


async def test_a_theme_that_went_away_leaves_the_default() -> None:
    async with opened(theme="gone") as it:
        assert it.app.theme == themes.DEFAULT

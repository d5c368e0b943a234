"""Reads the themes, ours and the person's own, and checks them before Textual sees them.

A theme file names sixteen colours (see themes/night.toml). Textual takes any colour when a theme is registered and
dies of a bad one at the next repaint, so a file that is not right becomes one sentence and no theme.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from textual.color import Color, ColorParseError
from textual.theme import Theme

from backend.model.problem import BadInput
from tui.text import visible

DEFAULT = "aurora"
COLOURLESS = "mono"
"""The theme that needs no colours of its own: what NO_COLOR selects."""
SHIPPED = ("aurora", "night", "ember", "paper", "stage", "safe", "contrast", "terminal", "mono")
"""Our themes, in the order that the theme key walks them."""

COLOURS = (
    "background", "surface", "panel", "foreground", "muted", "faint", "primary", "secondary", "accent", "success",
    "warning", "error", "border", "cursor", "cursor-text",
)  # fmt: skip
"""The names a theme file gives colours to; all of them, and no others."""

_SETTINGS = {"title": str, "dark": bool, "ansi": bool}
_WORDS = ("primary", "secondary", "accent", "success", "warning", "error")
_MUTED_BY = 0.8
"""How far a coloured background behind coloured words goes towards the plain background."""


class Colours(msgspec.Struct, frozen=True):
    """What to start the app with: a theme, and whether Textual must leave the terminal's colours alone."""

    theme: str
    ansi_color: bool | None


def choose(wanted: str, environment: Mapping[str, str]) -> Colours:
    """The theme to start with. NO_COLOR (not empty) wins over `wanted`: a normal theme would still send greys."""
    if environment.get("NO_COLOR"):
        # Textual picks its colour filter before any theme of ours is registered; `ansi_color` makes it the right one.
        return Colours(COLOURLESS, True)
    return Colours(wanted or DEFAULT, None)


def shipped() -> list[Theme]:
    """Our own themes."""
    return [one(name) for name in SHIPPED]


def one(name: str) -> Theme:
    """One of our own themes."""
    import themes  # a folder of files; `importlib.resources` would take longer to load than all of them to read

    return read(name, (Path(themes.__path__[0]) / f"{name}.toml").read_text("utf-8"))


def own(folder: Path) -> tuple[list[Theme], list[str]]:
    """The person's themes in a folder, and a sentence for each file that is none. No folder, no themes."""
    themes: list[Theme] = []
    warnings: list[str] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            themes.append(read(path.stem, path.read_text("utf-8")))
        except BadInput as problem:
            warnings.append(str(problem))
        except (OSError, UnicodeDecodeError) as error:
            warnings.append(str(_bad(path.stem, f"it cannot be read ({visible(str(error))})")))
    return themes, warnings


def read(name: str, text: str) -> Theme:
    """A theme from the text of its file. Raises `BadInput` with what is wrong with it."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _bad(name, f"it is not TOML: {visible(str(error))}") from error
    colours = _colours(name, content.pop("colors", None))
    for key, value in content.items():
        if key not in _SETTINGS:
            raise _bad(name, f"it has a setting “{visible(key)}”; there are {', '.join(_SETTINGS)} and [colors]")
        if not isinstance(value, _SETTINGS[key]):
            raise _bad(name, f"“{key}” must be {'text' if _SETTINGS[key] is str else 'true or false'}")
    theme = _theme(name, colours, dark=content.get("dark", True), ansi=content.get("ansi", False))
    theme.to_color_system().generate()
    return theme


def _colours(name: str, given: Any) -> dict[str, Color]:
    if not isinstance(given, dict):
        raise _bad(name, "it has no [colors]")
    unknown = sorted(set(given) - set(COLOURS))
    missing = [colour for colour in COLOURS if colour not in given]
    if unknown:
        raise _bad(name, f"it names the colour “{visible(unknown[0])}”; there are {', '.join(COLOURS)}")
    if missing:
        raise _bad(name, f"it lacks {_listed(missing)}")
    colours: dict[str, Color] = {}
    for key, value in given.items():
        try:
            colours[key] = Color.parse(value if isinstance(value, str) else "")
        except ColorParseError as error:
            raise _bad(name, f"“{visible(str(value))}” for “{key}” is not a colour") from error
    return colours


def _theme(name: str, colours: Mapping[str, Color], *, dark: bool, ansi: bool) -> Theme:
    hexes = {key: colour.hex for key, colour in colours.items()}
    return Theme(
        name=name,
        dark=dark,
        ansi=ansi,
        primary=hexes["primary"],
        secondary=hexes["secondary"],
        accent=hexes["accent"],
        success=hexes["success"],
        warning=hexes["warning"],
        error=hexes["error"],
        background=hexes["background"],
        foreground=hexes["foreground"],
        surface=hexes["surface"],
        panel=hexes["panel"],
        boost=hexes["panel"],
        variables=_variables(hexes, colours, ansi=ansi),
    )


def _variables(hexes: Mapping[str, str], colours: Mapping[str, Color], *, ansi: bool) -> dict[str, str]:
    """Textual's own variables from our names: words in their full colour, so that a file says how they look."""
    words = {f"text-{word}": hexes[word] for word in _WORDS}
    if ansi:
        # Sixteen colours cannot be mixed: what would be a tint is the plain background.
        tints = {f"{word}-muted": "ansi_default" for word in (*_WORDS, "foreground", "background")}
        tints |= {f"panel-{shade}": hexes["border"] for shade in ("lighten-1", "lighten-2", "lighten-3")}
        tints |= {"ansi-background": "ansi_default", "ansi-foreground": "ansi_default"}
    else:
        background = colours["background"]
        tints = {f"{word}-muted": colours[word].blend(background, _MUTED_BY).hex for word in _WORDS}
        tints |= {"panel-lighten-1": hexes["border"]}
    return {
        **words,
        **tints,
        "text": hexes["foreground"],
        "text-muted": hexes["muted"],
        "text-disabled": hexes["faint"],
        "border": hexes["accent"],
        "border-blurred": hexes["border"],
        "block-cursor-background": hexes["cursor"],
        "block-cursor-foreground": hexes["cursor-text"],
        "block-cursor-text-style": "bold reverse" if ansi else "bold",
        "block-cursor-blurred-background": hexes["panel"],
        "block-cursor-blurred-foreground": hexes["foreground"],
        "block-cursor-blurred-text-style": "bold",
        "block-hover-background": hexes["panel"],
        "footer-background": hexes["panel"],
        "footer-foreground": hexes["muted"],
        "footer-key-foreground": hexes["accent"],
        "footer-description-foreground": hexes["foreground"],
        "input-cursor-background": hexes["foreground"],
        "input-cursor-foreground": hexes["background"],
        "input-cursor-text-style": "reverse" if ansi else "none",
        "input-selection-background": hexes["accent"] if ansi else hexes["cursor"],
        "input-selection-foreground": hexes["cursor-text"],
        "screen-selection-background": hexes["accent"] if ansi else hexes["cursor"],
        "screen-selection-foreground": hexes["cursor-text"],
        "scrollbar": hexes["border"],
        "scrollbar-hover": hexes["muted"],
        "scrollbar-active": hexes["accent"],
        "scrollbar-background": hexes["background"],
        "scrollbar-background-hover": hexes["background"],
        "scrollbar-background-active": hexes["background"],
        "scrollbar-corner-color": hexes["background"],
    }


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _bad(name: str, why: str) -> BadInput:
    return BadInput(f"The theme “{visible(name)}” is left out: {why}")

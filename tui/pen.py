"""Writes cells to a terminal in as few bytes as there are: short moves, and of a look only what changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style


class Ink(NamedTuple):
    """A look as the numbers that set it: attributes, and the two colours (empty: the terminal's own)."""

    attributes: frozenset[str]
    colour: str
    background: str


LONG = 12
"""Blanks in a row that cost more to write than to erase and jump over."""

_BLANK_BELOW = frozenset(("1", "2", "3"))
"""Attributes that do not show on a blank: bold, dim, italic."""

_BLANKS = re.compile(f" {{{LONG},}}")

PLAIN = Ink(frozenset(), "", "")


class Pen:
    """A place on the screen and a look, and the sequences that led there.

    Where the cursor stands before the first move, and after text whose width terminals do not agree on, is not known.
    """

    def __init__(self, console: Console, *, erases: bool = False) -> None:
        """With `erases` the terminal is known to erase in the background colour in force."""
        self._erases = erases
        self._system = console._color_system
        self._columns = console.width
        self._parts: list[str] = []
        self._y = self._x = -1
        self._ink = PLAIN

    def move(self, y: int, x: int) -> None:
        """Go to a cell, the shortest way."""
        if (y, x) == (self._y, self._x):
            return
        ways = [f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H" if y else "\x1b[H"]
        if y == self._y:
            ways.append(f"\x1b[{x + 1}G" if x else "\r")
            if 0 <= self._x < x:
                ways.append(f"\x1b[{x - self._x}C" if x - self._x > 1 else "\x1b[C")
        elif y == self._y + 1 and self._y >= 0 and not x:
            ways.append("\r\n")
        self._parts.append(min(ways, key=len))
        self._y, self._x = y, x

    def write(self, text: str, cells: int, style: Style) -> None:
        """Write text that takes so many cells."""
        ascii_only = text.isascii()
        if style.link:
            self._take(PLAIN)
            self._parts.append(style.render(text, color_system=self._system))
        else:
            ink = _ink(style, self._system)
            self._take(ink)
            if self._erases and ink.attributes <= _BLANK_BELOW:
                text = _BLANKS.sub(_erased, text)
            self._parts.append(text)
        self._x = self._x + cells if self._x >= 0 and ascii_only else -1
        if self._x >= self._columns:
            # At the right edge terminals do not agree on where the cursor is.
            self._y = self._x = -1

    def scroll(self, top: int, bottom: int, by: int) -> None:
        """Move rows `top` to `bottom` up by so many, down where it is negative."""
        self._take(PLAIN)
        edge = f"\x1b[{bottom + 1}H" + "\n" * by if by > 0 else f"\x1b[{top + 1}H" + "\x1bM" * -by
        self._parts.append(f"\x1b[{top + 1};{bottom + 1}r{edge}\x1b[r")
        self._y = self._x = -1

    def written(self) -> str:
        """All of it; the look is plain again at the end."""
        self._take(PLAIN)
        return "".join(self._parts)

    def _take(self, ink: Ink) -> None:
        """Change the look to another."""
        now = self._ink
        if ink == now:
            return
        self._ink = ink
        if ink == PLAIN:
            self._parts.append("\x1b[m")
            return
        whole = ";".join(filter(None, ("", *sorted(ink.attributes), ink.colour, ink.background)))
        ways = [f"\x1b[0;{whole}m" if now != PLAIN else f"\x1b[{whole}m"]
        if now.attributes <= ink.attributes:
            change = sorted(ink.attributes - now.attributes)
            if ink.colour != now.colour:
                change.append(ink.colour or "39")
            if ink.background != now.background:
                change.append(ink.background or "49")
            ways.append(f"\x1b[{';'.join(change)}m")
        self._parts.append(min(ways, key=len))


def erases_in_colour(environment: Mapping[str, str]) -> bool:
    """True where erased cells take on the background colour: in xterm and all that call themselves so.

    GNU screen and older tmux do not; they have names of their own, which are not among these.
    """
    return environment.get("TERM", "").startswith(("xterm", "alacritty", "foot", "wezterm", "rxvt"))


def _erased(blanks: re.Match[str]) -> str:
    count = len(blanks[0])
    return f"\x1b[{count}X\x1b[{count}C"


@lru_cache(maxsize=4096)
def _ink(style: Style, system: ColorSystem | None) -> Ink:
    """The numbers that Rich would send for a style; none where the terminal shows no colours at all."""
    if system is None:
        return PLAIN
    attributes: list[str] = []
    colour = background = ""
    codes = [code for code in style._make_ansi_codes(system).split(";") if code]
    while codes:
        code = codes.pop(0)
        if code in ("38", "48"):
            count = 4 if codes[0] == "2" else 2
            one = ";".join([code, *codes[:count]])
            del codes[:count]
            colour, background = (one, background) if code == "38" else (colour, one)
        elif code.isdigit() and (30 <= int(code) <= 39 or 90 <= int(code) <= 97):
            colour = "" if code == "39" else code
        elif code.isdigit() and (40 <= int(code) <= 49 or 100 <= int(code) <= 107):
            background = "" if code == "49" else code
        else:
            attributes.append(code)
    return Ink(frozenset(attributes), colour, background)

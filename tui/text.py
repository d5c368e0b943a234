"""Text from strangers, made safe and made to fit.

Names, tags and configuration come from people we do not know. Whatever could steer the terminal, turn the reading
direction or hide itself is replaced by a sign that shows it; nothing is dropped. Light to import: the plain
subcommands print through it too.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

if TYPE_CHECKING:
    from textual.content import Content

_MARKS_KEPT = 3
"""Combining marks kept on one letter; more are a stunt that paints over the lines around."""

_HIDDEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | {
    # Letters and marks that print nothing, and the variation selectors, about whose width terminals disagree.
    *map(chr, range(0x180B, 0x1810)),
    *map(chr, range(0xFE00, 0xFE10)),
    *map(chr, range(0xE0100, 0xE01F0)),
}

READ_AHEAD = 4
"""Characters that can share one cell in what `visible` returns: a letter and the marks kept on it."""

LONGEST = 2_000
"""Characters of one text that a screen shows in full; a value can be a megabyte, and wrapping that takes minutes."""


def visible(text: str, *, ascii_only: bool = False) -> str:
    """`text` on one line, with everything that does not simply print made visible.

    A line end becomes ↵, a tab ⇥, other C0 controls their control picture (ESC is ␛), unusual blanks ␣, and C1, bidi
    controls, zero-width and unassigned characters their number: ‹202E›. With `ascii_only` everything beyond ASCII
    becomes its number.
    """
    if text.isascii() and text.isprintable():
        return text
    if ascii_only:
        return "".join(sign if " " <= sign <= "~" else _number(sign, "<>") for sign in text)
    if text.isprintable() and not _HIDDEN.intersection(text) and not any(map(unicodedata.combining, text)):
        return text
    signs: list[str] = []
    marks = _MARKS_KEPT  # a mark at the very beginning would land on whatever stands before it
    for sign in text:
        if sign in _HIDDEN or not sign.isprintable():
            signs.append(_picture(sign))
            marks = 0
        elif cell_len(sign) == 0:
            marks += 1
            signs.append(sign if marks <= _MARKS_KEPT else _number(sign))
        else:
            signs.append(sign)
            marks = 0
    return "".join(signs)


def legible(text: str) -> str:
    """`visible`, for a screen: of a text longer than anybody reads there the beginning, and how much follows."""
    if len(text) <= LONGEST:
        return visible(text)
    return f"{visible(text[:LONGEST])} … and {len(text) - LONGEST:,} characters more"


def _picture(sign: str) -> str:
    code = ord(sign)
    if sign in "\n\t":
        return "↵" if sign == "\n" else "⇥"
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if unicodedata.category(sign) == "Zs":
        return "\u2423"
    return _number(sign)


def _number(sign: str, brackets: str = "‹›") -> str:
    return f"{brackets[0]}{ord(sign):02X}{brackets[1]}"


def plain(text: str, style: str = "") -> Content:
    """Untrusted text for a widget: visible, without markup, in one style (`$text-muted`, `bold`, …)."""
    from textual.content import Content  # here, so that the plain subcommands never load textual

    return Content.styled(legible(text), style) if style else Content(legible(text))


def width(text: str) -> int:
    """Cells that `text` takes on the screen."""
    return len(text) if text.isascii() else cell_len(text)


def fit(text: str, cells: int, *, shorten: str = "end", ellipsis: str = "…", ascii_only: bool = False) -> str:
    """Untrusted text, visible, in at most `cells` cells; what does not fit is cut at the `end`, `middle` or `start`.

    Takes the same time for a text of any length.
    """
    if cells <= 0:
        return ""
    reach = cells * READ_AHEAD
    if len(text) <= 2 * reach:
        text = visible(text, ascii_only=ascii_only)
    elif shorten == "end":
        text = visible(text[: 2 * reach], ascii_only=ascii_only)
    else:
        # Only both ends can show; what lies between is longer than the cells in any case.
        text = visible(text[:reach], ascii_only=ascii_only) + visible(text[-reach:], ascii_only=ascii_only)
    if width(text) <= cells:
        return text
    room = cells - width(ellipsis)
    if room <= 0:
        return _head(text, cells)
    if shorten == "end":
        return _head(text, room) + ellipsis
    if shorten == "start":
        return ellipsis + _tail(text, room)
    # Ids and ARNs differ at their ends more than at their beginnings.
    head = room // 2
    return _head(text, head) + ellipsis + _tail(text, room - head)


def pad(text: str, cells: int, *, right: bool = False) -> str:
    """`text` filled up with blanks to `cells` cells, on the left when `right`."""
    blanks = " " * (cells - width(text))
    return blanks + text if right else text + blanks


def _head(text: str, cells: int) -> str:
    return text[:cells] if text.isascii() else set_cell_size(text, cells).rstrip()


def _tail(text: str, cells: int) -> str:
    if text.isascii():
        return text[len(text) - cells :]
    start = len(text)
    taken = 0
    while start > 0 and taken + (step := cell_len(text[start - 1])) <= cells:
        start -= 1
        taken += step
    return text[start:].lstrip()

"""What some terminals cannot show, made into what they can: the last step before a line is sent."""

from __future__ import annotations

from rich.cells import cell_len
from rich.color import Color as RichColor
from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from tui.glyphs import Glyphs

_ASCII = str.maketrans(
    {
        **dict.fromkeys("─━═┄┈╌╶╴▔", "-"),
        **dict.fromkeys("│┃║┆┊╎╷╵▌▐▏▎▕", "|"),
        **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╯╰╔╗╚╝╠╣╦╩╬┏┓┗┛┣┫┳┻╋", "+"),
        **dict.fromkeys("█▇▆▅▄▃▂▀■", "#"),
        **dict.fromkeys("●•◆", "*"),
        **dict.fromkeys("○◌◇", "o"),
        **dict.fromkeys("▶▸►→⇥", ">"),
        **dict.fromkeys("◀◂◄←↵", "<"),
        **dict.fromkeys("▼▾↓", "v"),
        **dict.fromkeys("▲▴↑", "^"),
        **dict.fromkeys("“”„", '"'),
        **dict.fromkeys("‘’‹›", "'"),
        **dict.fromkeys("–—−", "-"),
        "⇢": "}",
        "⇠": "{",
        "▁": "_",
        "…": "~",
        "×": "x",
        "≈": "~",
        "‖": "=",
        "↺": "^",
        "✓": "+",
        "✗": "x",
        "·": ".",
        "␣": "_",
        "\u00a0": " ",
    }
)
"""Our own signs and Textual's borders and scroll bars; one sign for one sign."""


class AsciiOnly(LineFilter):
    """Lets nothing but ASCII through, cell for cell. Signs without a likeness become question marks."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment if segment.text.isascii() else Segment(_in_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]


def _in_ascii(text: str) -> str:
    text = text.translate(_ASCII)
    return text if text.isascii() else "".join(one if one.isascii() else "?" * cell_len(one) for one in text)


class MutedAnsi(LineFilter):
    """Shows muted words as dim ones where the terminal mixes its own colours.

    Bright black, the only grey among the sixteen, is the background itself in some palettes (Solarized): words in it
    would be gone. Dim words stay readable, and stay muted under NO_COLOR.
    """

    _GREY = 8
    """The number of bright black; its name depends on who made the colour."""
    _DIM = Style(color="default", dim=True)

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            Segment(segment.text, segment.style + self._DIM, segment.control)
            if segment.style is not None and self._is_grey(segment.style.color)
            else segment
            for segment in segments
        ]

    def _is_grey(self, colour: RichColor | None) -> bool:
        return colour is not None and colour.type is ColorType.STANDARD and colour.number == self._GREY


def line_filters(signs: Glyphs) -> list[LineFilter]:
    """The filters to put before Textual's own (`App._filters`), for a terminal that shows these signs."""
    return [MutedAnsi(), AsciiOnly()] if signs.ascii_only else [MutedAnsi()]

"""An input on a single row that shows what is pasted into it as safely as everything else is shown."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Input

from tui.text import visible


class PlainInput(Input):
    """Textual's input without its border. Its value stays what was typed or pasted; only the showing is changed."""

    DEFAULT_CSS = """
    PlainInput, PlainInput:focus { height: 1; width: 1fr; border: none; padding: 0; background: transparent; }
    /* Textual's own is white on black in a theme of the terminal's colours: colours, where none were asked for. */
    PlainInput:ansi > .input--cursor { color: ansi_default; background: ansi_default; text-style: reverse; }
    """

    _signed = _signs = ""
    """The value that was drawn last, and its signs: it is asked for many times in one drawing."""

    @property
    def _value(self) -> Text:
        # Textual prints the value as it is, with the escapes that a paste may bring. The cursor counts characters,
        # so each is replaced by exactly one sign.
        if self.value != self._signed:
            self._signed, self._signs = self.value, _signs(self.value)
        text = Text(self._signs, no_wrap=True, overflow="ignore", end="")
        if self.highlighter is not None:
            text = self.highlighter(text)
        return text


def _signs(value: str) -> str:
    return value.translate({ord(sign): _one_sign(sign) for sign in set(value)})


def _one_sign(character: str) -> str:
    shown = visible(character)
    return shown if len(shown) == 1 else "·"

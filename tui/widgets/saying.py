"""A sentence over the bottom row: what was done, or why not. It goes by itself.

A toast would cost ten kilobytes on the wire, appearing and going; a row costs a few hundred bytes.
"""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from tui.text import legible

SECONDS_A_WORD = 0.4
SHORTEST = 4.0
"""Seconds a sentence stays at least."""


class Saying(Static):
    """The sentence, in up to four rows. Never markup."""

    DEFAULT_CSS = """
    Saying {
        dock: bottom; layer: _toastrack; width: 1fr; height: auto; max-height: 4; padding: 0 1;
        background: $primary-muted; color: $text;
    }
    Saying.-warning { background: $warning-muted; color: $text-warning; }
    Saying.-error { background: $error-muted; color: $text-error; }
    Saying:ansi { text-style: reverse; }
    """

    def __init__(self, text: str, severity: str = "information") -> None:
        super().__init__(Content(legible(text)), classes=f"-{severity}")
        self._seconds = max(SHORTEST, len(text.split()) * SECONDS_A_WORD)

    def on_mount(self) -> None:
        self.set_timer(self._seconds, self.go)

    def on_click(self) -> None:
        self.go()

    def go(self) -> None:
        """Give the row back."""
        self.remove()

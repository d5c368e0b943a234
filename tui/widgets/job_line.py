"""One row over the bottom row: what is under way, how far it is, and how to end it. Still while nothing changes."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from tui.text import legible

_BAR = 12


class JobLine(Widget):
    """The row. Hidden while nothing is under way."""

    DEFAULT_CSS = """
    JobLine {
        dock: bottom; layer: _toastrack; height: 1; width: 1fr; padding: 0 1; background: $primary-muted; color: $text;
    }
    JobLine:ansi { text-style: reverse; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._line = Content("")

    def show(self, told: str, part: float | None, ending: str) -> None:
        """Say what is under way; `part` (0 to 1) draws a bar, None draws none."""
        bar = ""
        if part is not None:
            full = round(_BAR * max(0.0, min(1.0, part)))
            bar = f"  [{'=' * full}{' ' * (_BAR - full)}] {part:.0%}"
        line = Content.assemble(legible(told), (bar, "$text-accent"), (f"  {ending}", "$text-muted"))
        if line.markup != self._line.markup:
            self._line = line
            self.refresh()

    def render(self) -> Content:
        return self._line.truncate(max(1, self.size.width), ellipsis=True)

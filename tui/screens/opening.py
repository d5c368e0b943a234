"""What is painted first: the top line, the strip, the keys and what is being opened, in the places they keep.

It needs next to nothing, so that it is there almost as soon as an empty app would be. The dashboard takes its place
once its panes are imported; nothing on the screen moves then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual import events, on
from textual.screen import Screen
from textual.strip import Strip as DrawnLine
from textual.widget import Widget

from tui import glyphs
from tui.commands import KEPT, PANES, SHORT_NAMES
from tui.restyling import keep_styles
from tui.screens.strip import Strip
from tui.screens.title import TitleBar
from tui.text import fit, pad
from tui.widgets.key_bar import Hint, KeyBar
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.files.glimpse import Glimpsed
    from tui.app import ConfigScope


_SHARES = ((36, "name"), (26, "type"), (26, "id"), (12, "region"))
"""Hundredths of the width, and titles, of what is shown of the first resources."""


class Waiting(Widget):
    """Where the panes will be: says what the connecting is at, as a pane that waits does.

    Of a file it shows the first resources meanwhile.
    """

    DEFAULT_CSS = """
    Waiting { width: 1fr; height: 1fr; padding: 0 1; color: $text-muted; }
    """

    def __init__(self, workspace: Workspace, rows: Sequence[Glimpsed]) -> None:
        super().__init__()
        self._workspace = workspace
        self._rows = rows

    def render_line(self, y: int) -> DrawnLine:
        cells = self.content_size.width
        return DrawnLine([Segment(pad(fit(self._text(y, cells), cells), cells), self.rich_style)], cells)

    def _text(self, y: int, cells: int) -> str:
        """What stands in a line."""
        if y == 0:
            return f"{glyphs.of(self.app).waiting} {self._workspace.progress}"
        if not self._rows or y - 2 >= len(self._rows):
            return ""
        if y == 1:
            return _line([title for _, title in _SHARES], cells)
        from tui.panes.spelling import short_type  # only a file has rows this early

        row = self._rows[y - 2]
        return _line([row.label, short_type(row.resource_type), row.resource_id, row.region or ""], cells)


def _line(cells: Sequence[str], width: int) -> str:
    """A row of a width; what comes from a file is made safe to show."""
    rooms = [width * share // 100 for share, _ in _SHARES]
    return "".join(pad(fit(cell, room - 2), room) for cell, room in zip(cells, rooms, strict=True)).rstrip()


class OpeningScreen(Screen[None]):
    """The frame of the dashboard, before it."""

    AUTO_FOCUS = ""
    DEFAULT_CSS = "OpeningScreen { layout: vertical; }"

    if TYPE_CHECKING:
        app: ConfigScope

    def __init__(self, workspace: Workspace, landing: str, rows: Sequence[Glimpsed] = ()) -> None:
        super().__init__()
        self.PLACE = landing
        self._workspace = workspace
        self._rows = rows
        self._strip = Strip(PANES, first=0, short=SHORT_NAMES)
        self._strip.show(landing, {})

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        keep_styles(event)

    def compose(self) -> ComposeResult:
        yield TitleBar(self._workspace)
        yield self._strip
        yield Waiting(self._workspace, self._rows)
        commands = self._workspace.circumstances.bar(self.PLACE)
        hints = [Hint(command.key_label, command.label, command.id) for command in commands]
        yield KeyBar(hints, kept=sum(1 for command in commands if command.id in KEPT))

    @on(Strip.Chosen)
    def strip_chosen(self, event: Strip.Chosen) -> None:
        """A click on a name is a key press: done as soon as it can be."""
        self.app.run_command(f"pane.{event.pane_id}")

"""A sheet over the screen, as high as what is on it, with its title in the first line: what dialogs are made of."""

from __future__ import annotations

from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui.text import legible


class Sheet(Vertical):
    """The sheet. Everything on it is plain text; the one border says that it has the focus."""

    DEFAULT_CSS = """
    Sheet {
        width: 76; max-width: 96%; height: auto; max-height: 94%;
        background: $surface; border: round $accent; padding: 0 1;
    }
    Sheet > .sheet--title {
        dock: top; width: 1fr; height: auto; padding: 0 1; margin-bottom: 1; text-style: bold; color: $text-accent;
    }
    Sheet > KeyBar { dock: bottom; }
    Sheet > VerticalScroll { height: auto; max-height: 100%; scrollbar-size-vertical: 1; }
    Sheet.-danger { border: round $error; }
    Sheet.-danger > .sheet--title { color: $text-error; }
    """

    WIDTH = 76

    @classmethod
    def title_lines(cls, title: str, columns: int) -> int:
        """How many lines a title takes in a terminal of so many columns."""
        inside = min(cls.WIDTH, columns * 96 // 100) - 6
        return len(Content(legible(title)).wrap(max(1, inside)))

    def __init__(self, title: str, *children: Widget, danger: bool = False, id: str | None = None) -> None:  # noqa: A002
        heading = Static(Content(legible(title)), classes="sheet--title")
        super().__init__(heading, *children, id=id, classes="-danger" if danger else "")

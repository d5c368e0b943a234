"""A page to be read that is longer than its room: the keys of a list scroll it."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll


class Scroll(VerticalScroll):
    """Scrolls by the keys that a person has set for lists."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_down", "Down", id="lines.down", show=False),
        Binding("up,k", "scroll_up", "Up", id="lines.up", show=False),
        Binding("pagedown,ctrl+f", "page_down", "Page down", id="lines.page_down", show=False),
        Binding("pageup,ctrl+b", "page_up", "Page up", id="lines.page_up", show=False),
        Binding("home,g", "scroll_home", "First", id="lines.first", show=False),
        Binding("end,G", "scroll_end", "Last", id="lines.last", show=False),
    ]

"""What stands on the screen of an app under test."""

from __future__ import annotations

from typing import Any

from rich.style import Style
from textual.app import App


def lines(app: App[Any]) -> list[str]:
    """The rows of the screen as text."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


def text(app: App[Any]) -> str:
    """The whole screen as text."""
    return "\n".join(lines(app))


def style_at(app: App[Any], words: str) -> Style:
    """The style of the first segment on the screen that holds these words."""
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            if words in segment.text and segment.style is not None:
                return segment.style
    raise AssertionError(f"{words!r} is not on the screen:\n{text(app)}")

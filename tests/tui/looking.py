"""What stands on the screen of an app under test."""

from __future__ import annotations

import contextlib
from typing import Any

from rich.style import Style
from textual.app import App
from textual.pilot import Pilot
from textual.worker import WorkerCancelled, WorkerFailed


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


async def at_rest(app: App[Any], pilot: Pilot[Any]) -> str:
    """What is shown once nothing is under way: no worker is left, and what the last one brought began none."""
    quiet = 0
    while quiet < 3:
        await pilot.pause()
        running = [worker for worker in app.workers if not worker.is_finished]
        quiet = 0 if running else quiet + 1
        for worker in running:
            with contextlib.suppress(WorkerCancelled, WorkerFailed):  # one that gives way to the next is no failure
                await worker.wait()
    return text(app)

"""Copying out of a terminal, which nobody can be sure of: each way is told for what it is, and a file always works.

A program of the desktop takes text when configscope runs on it, and not over SSH. tmux keeps a buffer of its own and
passes it on, where it would drop an escape sequence in its default configuration. Elsewhere OSC 52 asks the terminal
to take the text, and no terminal answers whether it did.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tui.settings.values import Settings

if TYPE_CHECKING:
    from textual.app import App

LONGEST = 74_000
"""Bytes that terminals take in one OSC 52 sequence."""
PATIENCE = 3.0
"""Seconds that a program may take to accept the text."""
WAYS: Sequence[str] = Settings().clipboard

_WAYLAND = ("wl-copy",)
_X11 = (("xclip", "-selection", "clipboard"), ("xsel", "--clipboard", "--input"))
_MAC = ("pbcopy",)
_TMUX = ("tmux", "load-buffer", "-w", "-")


async def copy(
    app: App[int], text: str, environment: Mapping[str, str] = os.environ, ways: Sequence[str] = WAYS
) -> str:
    """Hand text to the clipboard by the first of these ways that works here; what to tell the person about it."""
    if not text:
        return "There is nothing to copy here."
    told = f"“{shown if len(shown) <= 40 else shown[:39] + '…'}”" if (shown := " ".join(text.split())) else "It"
    too_long = False
    for way in ways:
        if way == "native":
            for command in native(environment):
                if await _handed(command, text):
                    return f"{told} was handed to {command[0]}."
        elif way == "tmux" and environment.get("TMUX") and shutil.which("tmux") and await _handed(_TMUX, text):
            return f"{told} is in tmux's buffer; prefix ] pastes it."
        elif way == "osc52":
            too_long = len(text.encode()) > LONGEST
            if not too_long:
                app.copy_to_clipboard(text)
                return f"{told} was sent to the terminal. If it does not paste: :copy FILE, or :copy print."
    if too_long:
        return "That is too long for a terminal's clipboard. :copy FILE writes it; e exports all of this pane."
    return "None of the ways to copy that are set works here. :copy FILE writes it to a file."


def native(environment: Mapping[str, str]) -> list[tuple[str, ...]]:
    """The programs of this desktop that take text; none over SSH, whose desktop is another one's."""
    if environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"):
        return []
    found: list[tuple[str, ...]] = []
    if sys.platform == "darwin":
        found.append(_MAC)
    if environment.get("WAYLAND_DISPLAY"):
        found.append(_WAYLAND)
    if environment.get("DISPLAY"):
        found += _X11
    return [command for command in found if shutil.which(command[0])]


async def _handed(command: Sequence[str], text: str) -> bool:
    """True when the program took the text; one that hangs is ended."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return False
    try:
        await asyncio.wait_for(process.communicate(text.encode()), PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()
        return False
    return process.returncode == 0

"""Copying out of a terminal, which nobody can be sure of: tmux keeps a buffer, other terminals are only told.

Inside tmux an escape sequence is dropped by its default configuration, but `tmux load-buffer -w` works with it.
Elsewhere OSC 52 asks the terminal to take the text, and no terminal answers whether it did.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App

LONGEST = 74_000
"""Bytes that terminals take in one OSC 52 sequence."""


async def copy(app: App[int], text: str, environment: Mapping[str, str] = os.environ) -> str:
    """Hand text to the clipboard as well as this terminal can; what to tell the person about it."""
    if not text:
        return "There is nothing to copy here."
    told = f"“{text if len(text) <= 40 else text[:39] + '…'}”"
    if environment.get("TMUX") and shutil.which("tmux") and await _to_tmux(text):
        return f"{told} is in tmux's buffer; prefix ] pastes it."
    if len(text.encode()) > LONGEST:
        return "That is too long for a terminal's clipboard: e writes it to a file."
    app.copy_to_clipboard(text)
    return f"{told} was sent to the terminal. If it does not paste, e writes a file."


async def _to_tmux(text: str) -> bool:
    """True when tmux took the text into its buffer and passed it on to the terminal outside."""
    try:
        process = await asyncio.create_subprocess_exec(
            "tmux",
            "load-buffer",
            "-w",
            "-",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return False
    await process.communicate(text.encode())
    return process.returncode == 0

"""Bytes to the terminal: the resource list against vim on the same rows, and what an idle screen costs."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measure import Ratio
from tests.terminal import Terminal, explorer, running

SIZES = ((80, 24), (200, 60))
VIM = ("vim", "-u", "NONE", "-N", "-c", "set cursorline nowrap noshowcmd noruler laststatus=0 nomodifiable")
KEYS = 9
"""Keys of a kind that are pressed; the median counts."""


def key_bytes() -> Iterator[Ratio]:
    """A step, a scrolled row and a page in the zoomed resource list, and in vim with the rows that it shows."""
    if shutil.which("vim") is None:
        print("      no vim here: nothing to compare the bytes of keys with")
        return
    for columns, rows in SIZES:
        with running(explorer("--memory"), columns, rows) as terminal:
            ours, whole, lines = _explorer(terminal, rows)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rows.txt"
            path.write_text("\n".join(lines), "utf-8")
            vim = Terminal([*VIM, str(path)], columns, rows)
            try:
                theirs = _vim(vim, rows)
            finally:
                vim.close()
        size = f"{columns}x{rows}"
        for kind, goal in (("cursor step", 1.5), ("scrolled row", 2.0), ("page", 2.2)):
            yield Ratio(f"bytes for a {kind}, {size}", ours[kind], theirs[kind], "vim with the same rows", goal)
        yield Ratio(f"bytes for another pane, {size}", ours["pane"], whole, "a whole repaint", 1.0)


def idle_bytes() -> Iterator[Ratio]:
    """What is written while nobody presses a key, with the clock paused and with the clock running."""
    with running(explorer("--memory"), 80, 24) as terminal:
        _opened(terminal)
        seconds = 10
        yield Ratio("bytes a second while the clock runs", _written(terminal, seconds) / seconds, 300, "300 bytes", 1.0)
        terminal.press(b" ")
        _quiet(terminal)
        yield Ratio("bytes a second while it is paused, plus one", _written(terminal, 5) / 5 + 1, 1, "none", 1.0)


def _explorer(terminal: Terminal, rows: int) -> tuple[dict[str, float], float, list[str]]:
    """Bytes by kind of key, bytes of a whole repaint, and the rows of the list as they stand there."""
    _opened(terminal)
    terminal.press(b" ")  # the clock writes too
    _quiet(terminal)
    terminal.press(b"3")
    _quiet(terminal)
    terminal.press(b"z")
    _quiet(terminal)
    terminal.press(b"Z")  # vim shows no item below its rows either
    _quiet(terminal)
    terminal.press(b"g")
    _quiet(terminal)
    counts, lines = _walk(terminal, rows, b"\x06", b"j")
    changes = []
    for key in (b"1", b"3", b"2", b"3", b"5", b"3"):
        changes.append(terminal.bytes_of(key))
    counts["pane"] = statistics.median(changes)
    return counts, terminal.bytes_of(b"r"), lines


def _vim(terminal: Terminal, rows: int) -> dict[str, float]:
    _quiet(terminal)
    return _walk(terminal, rows, b"\x06", b"j")[0]


def _walk(terminal: Terminal, rows: int, page: bytes, down: bytes) -> tuple[dict[str, float], list[str]]:
    """Steps in sight, then rows at the lower edge, then pages; the lines seen on the way."""
    lines = list(terminal.screen)
    steps = [terminal.bytes_of(down) for _ in range(KEYS)]
    for _ in range(rows):
        terminal.press(down)
    _quiet(terminal)
    edge = []
    for _ in range(KEYS):
        edge.append(terminal.bytes_of(down))
        lines.append(terminal.screen[rows // 2])
    pages = []
    for _ in range(KEYS):
        pages.append(terminal.bytes_of(page))
        lines += terminal.screen[3:-1]
    middle = statistics.median
    return {"cursor step": middle(steps), "scrolled row": middle(edge), "page": middle(pages)}, lines


def _opened(terminal: Terminal) -> None:
    terminal.wait_to_see("recording", 120)
    _quiet(terminal)


def _quiet(terminal: Terminal) -> None:
    """Until nothing has been written for a moment."""
    until = time.monotonic() + 20
    while time.monotonic() < until and terminal.read(0.6):
        pass


def _written(terminal: Terminal, seconds: float) -> int:
    """Bytes written in so many seconds."""
    count = 0
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        count += len(terminal.read(left))
    return count

"""The longest stall of the event loop, while the explorer is opened and while it is used.

The explorer runs in a terminal of its own on the real local AWS Config, and its loop notes every long turn (see
`watching`). Each action is waited for until the screen is quiet, but no longer than `PATIENCE`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.benchmarks.measure import Ratio
from tests.benchmarks.watching import WATCH, longest
from tests.terminal import Terminal

SCRIPT: tuple[tuple[str, bytes], ...] = (
    ("recorder pane", b"1"),
    ("delivery pane", b"2"),
    ("resources pane", b"3"),
    ("zoom", b"z"),
    ("filter opened", b"/"),
    ("filter typed", b"prod"),
    ("filter accepted", b"\r"),
    ("filter ended", b"\x1b"),
    ("end of the list", b"G"),
    ("page", b"\x02"),
    ("idle view", b"v"),
    ("security view", b"v"),
    ("view of what is not recorded", b"v"),
    ("all again", b"v"),
    ("relationships pane", b"4"),
    ("compliance pane", b"5"),
    ("stream pane", b"6"),
    ("pulse", b"0"),
    ("resources again", b"3"),
    ("item page", b"\r"),
    ("item left", b"\x1b"),
    ("blast radius", b"x"),
    ("blast radius left", b"\x1b"),
    ("change before", b"["),
    ("now", b"n"),
    ("help", b"?"),
    ("help left", b"\x1b"),
    ("palette", b"\x10"),
    ("palette left", b"\x1b"),
    ("export", b":export csv\r"),
)
"""What is done, and the keys that do it."""

PATIENCE = 5.0
"""Seconds after which an action counts as done, whatever it still draws."""

_WATCHED = """
import tui.app

class Watched(tui.app.ConfigScope):
    def on_mount(self):
        super().on_mount()
        watch_turns(REPORT)

tui.app.ConfigScope = Watched
from tui.cli import main
sys.exit(main())
"""


def stalls(folder: Path, resources: int | None = None, goal: float = 50) -> Iterator[Ratio]:
    """Milliseconds of the longest stall after each of the script's keys; the worst, and where."""
    folder.mkdir(parents=True, exist_ok=True)
    report = folder / "stalls.txt"
    report.touch()
    found: list[tuple[float, str]] = []
    world = "the default world" if resources is None else f"{resources:,} resources"

    def note(what: str) -> None:
        own, wall = longest(report)
        found.append((own, what))
        print(f"{own:9.0f} ms longest turn, {what}, {world} ({wall:.0f} ms on the wall)", flush=True)

    _walk(report, (), lambda _: None, silence=0.2)  # compiles what is imported on the way, as installing does
    report.write_text("")
    _walk(report, () if resources is None else ("--resources", str(resources)), note, silence=0.6)
    own, what = max(found)
    yield Ratio(f"longest stall, {world}: {what}, ms", own, goal, f"{goal:.0f} ms", 1.0)


def _walk(report: Path, size: Sequence[str], done: Callable[[str], None], *, silence: float) -> None:
    """Do what the script says, waiting for so many seconds of silence after each action."""
    argv = ["configscope", "--memory", *size]
    # What is exported must not land where the benchmark was started.
    where = f"import os, sys; sys.path.insert(0, os.getcwd()); os.chdir({str(report.parent)!r})"
    code = f"{where}; sys.argv = {argv!r}; REPORT = {str(report)!r}\n{WATCH}{_WATCHED}"
    terminal = Terminal([sys.executable, "-c", code], 120, 36, {"HOME": str(report.parent)})

    def quiet(silence: float) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and terminal.read(silence):
            pass

    try:
        terminal.wait_to_see("recording", 600)
        quiet(max(silence, 0.6))
        done("start")
        terminal.press(b" ")  # the clock stands still: its ticks are no work that anybody asked for
        quiet(silence)
        done("clock held")
        for what, keys in SCRIPT:
            for key in (keys[i : i + 1] for i in range(len(keys))):
                terminal.press(key)
                terminal.read(0.05)
            quiet(silence)
            done(what)
    finally:
        terminal.close()

"""A table of a million rows: scrolled, and filtered with the real filter line while one types."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measure import Ratio
from tests.benchmarks.watching import WATCH, longest
from tests.terminal import Terminal

GOAL = 50.0
"""Milliseconds."""

_APP = """
import asyncio, sys, time
from textual.app import App
from tui.screens.line import LineScreen
from tui.widgets.columns import Column
from tui.widgets.row_filter import RowFilter
from tui.widgets.table import BigTable

COUNT = 1_000_000

def text(n):
    return f"i-{n * 2654435761 % (1 << 60):017x} web-{n % 977} team-{n % 13} eu-west-{n % 3}"

class Million(App):
    CSS = "LineScreen { background: transparent; }"
    BINDINGS = [("slash", "filter", "filter")]
    def compose(self):
        self.table = BigTable([Column("name", "name")], lambda row: [row])
        yield self.table
    def on_mount(self):
        self.animation_level = "none"
        self.rows = RowFilter()
        self.table.set_rows(text, COUNT)
        self.table.focus()
        watch_turns(REPORT)
        self.work = asyncio.create_task(self.fill())
    async def fill(self):
        await self.rows.fill(map(text, range(COUNT)))
        self.table.set_rows(lambda n: "filled " + text(n), COUNT)
    def action_filter(self):
        self.push_screen(LineScreen("/", typed=self.typed))
    def typed(self, words):
        def shown(found, done):
            self.table.set_rows(lambda n: text(found[n]) + (" done" if done else ""), len(found))
        self.rows.search(words.split(), shown)
        return ""

Million().run()
"""


def million(folder: Path) -> Iterator[Ratio]:
    """Milliseconds of the longest stall: while its rows are taken in, scrolled, and filtered key by key."""
    folder.mkdir(parents=True, exist_ok=True)
    report = folder / "million.txt"
    report.touch()

    terminal = Terminal([sys.executable, "-c", f"REPORT = {str(report)!r}\n{WATCH}{_APP}"], 120, 36)
    try:
        terminal.wait_to_see("eu-west")
        longest(report)
        terminal.wait_to_see("filled", 120)
        yield Ratio("longest stall while a million rows are taken in, ms", longest(report)[0], GOAL, "50 ms", 1.0)
        for key in (b"j", b"\x06", b"G", b"k", b"\x02", b"g"):
            for _ in range(5):
                terminal.bytes_of(key)
        yield Ratio("longest stall while a million rows are scrolled, ms", longest(report)[0], GOAL, "50 ms", 1.0)
        terminal.press(b"/")
        terminal.read(0.5)
        for letter in b"web-97 team-1":
            terminal.press(bytes([letter]))
            terminal.read(0.05)
        terminal.wait_to_see("done", 60)
        yield Ratio(
            "longest stall while one types a filter of a million rows, ms", longest(report)[0], GOAL, "50 ms", 1.0
        )
    finally:
        terminal.close()

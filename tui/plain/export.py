"""`configscope export`: the items of resources as a file that other programs read."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from backend.connect import Connection
from backend.files.writing.forms import check
from tui.exporting_items import export_items
from tui.panes.listing import keys_of
from tui.plain.given import WELL
from tui.plain.naming import now_of
from tui.plain.output import say
from tui.plain.resources import Asked, selected

_TOLD_EVERY = 2.0
"""Seconds between two words of progress."""


async def export(connection: Connection, asked: Asked, path: Path) -> int:
    """Write the newest items of the resources asked for, and say how many. Raises `Problem`."""
    check(path)
    rows = await selected(connection.session, asked, await now_of(connection))
    told = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal told
        if sys.stderr.isatty() and time.monotonic() - told > _TOLD_EVERY:
            told = time.monotonic()
            say(f"{done:,} of {total:,} items …")

    written = await export_items(connection.session, keys_of(rows), path, report)
    say(written.told())
    for remark in connection.session.remarks():
        if remark not in connection.remarks:  # those were said before
            say(remark)
    return WELL

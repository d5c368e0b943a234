"""`configscope report`: the evidence bundle of a moment."""

from __future__ import annotations

import sys
import time

from backend.connect import Connection
from backend.model.moment import to_iso
from backend.model.problem import BadInput
from tui.plain.naming import moment_of, now_of
from tui.plain.output import Format, say, write_json, write_rows
from tui.report.bundle import files, packed_size, write
from tui.report.gather import gather

_TOLD_EVERY = 2.0
"""Seconds between two words of progress."""


async def report(connection: Connection, form: Format, as_of: str | None, since: str | None, out: str) -> int:
    """Write the bundle, and print where its files are and their sizes."""
    now = await now_of(connection)
    moment, begin = await moment_of(connection, as_of), await moment_of(connection, since)
    if begin is not None and begin > (moment or now):
        raise BadInput("The period of changes begins after the moment", f"{to_iso(begin)} is later")
    told = time.monotonic()

    def progress(done: int, total: int, what: str) -> None:
        nonlocal told
        if sys.stderr.isatty() and time.monotonic() - told > _TOLD_EVERY:
            told = time.monotonic()
            say(f"{done:,}{f' of {total:,}' if total else ''} {what} …")

    found = await gather(connection, now, moment, begin, progress)
    target = write(found, out)
    rows = [
        (str(target if target.suffix == ".zip" else target / name), str(len(data)))
        for name, data in files(found).items()
    ]
    if target.suffix == ".zip":
        rows = [(str(target), str(packed_size(target)))]
    if form is Format.JSON:
        write_json([{"file": name, "bytes": int(size)} for name, size in rows])
    else:
        write_rows(form, ("file", "bytes"), rows)
    for gap in found.gaps:
        say(f"Gap: {gap}")
    return 0

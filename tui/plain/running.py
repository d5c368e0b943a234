"""Opening a connection for a subcommand, and closing it again whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from backend import connect
from backend.connect import Connection, Target
from backend.model.problem import Problem
from tui.plain.output import say
from tui.text import visible

if TYPE_CHECKING:
    from backend.client.bucket_files import Fetched


def with_connection(target: Target, work: Callable[[Connection], Awaitable[int]]) -> int:
    """Do `work` over a connection; its exit code. Raises `Problem`."""

    async def run() -> int:
        narrator = _Narrator()
        try:
            async with connect.open(target, narrator.tell) as connection:
                narrator.end()
                for remark in connection.remarks:
                    say(remark)
                with contextlib.suppress(Problem):  # raised again by whoever reads on where it happened
                    await connection.session.settled()  # who asks once is answered from all of a file
                return await work(connection)
        finally:
            narrator.end()

    return asyncio.run(run())


def fetched(target: Target) -> list[Path]:
    """The files of a target, those in buckets downloaded; what was left out is said. Raises `Problem`."""
    if all(isinstance(file, Path) for file in target.files):
        return [file for file in target.files if isinstance(file, Path)]

    async def run() -> Fetched:
        narrator = _Narrator()
        try:
            return await connect.fetch(target, narrator.tell)
        finally:
            narrator.end()

    found = asyncio.run(run())
    for remark in found.remarks:
        say(remark)
    return found.paths


class _Narrator:
    """Says what a long opening is at: in one line that changes on a terminal, each kind of step once elsewhere."""

    def __init__(self) -> None:
        self._said: set[str] = set()
        self._rewrites = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def tell(self, what: str, part: float) -> None:
        if part >= 1:
            return
        if self._rewrites:
            sys.stderr.write(f"\r{visible(what)} …\x1b[K")
            sys.stderr.flush()
            return
        kind = re.sub(r"\d+", "", what)
        if kind not in self._said:
            self._said.add(kind)
            say(f"{what} …")

    def end(self) -> None:
        """Clear the line."""
        if self._rewrites:
            self._rewrites = False
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

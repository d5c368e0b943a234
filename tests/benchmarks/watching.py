"""A task beside a program on its event loop, that notes how late the loop wakes it.

What counts is the time in which the program itself had the processor: on a busy machine other programs stop it too.
"""

from __future__ import annotations

from pathlib import Path

WATCH = """
import asyncio as _asyncio, time as _time

async def watch_loop(path):
    with open(path, "a", buffering=1) as report:
        while True:
            before, busy = _time.perf_counter(), _time.process_time()
            await _asyncio.sleep(0.005)
            late = _time.perf_counter() - before - 0.005
            if late > 0.003:
                own = min(late, _time.process_time() - busy)
                report.write(f"{own * 1000:.1f} {late * 1000:.1f}\\n")
"""
"""Defines `watch_loop(path)`; milliseconds of each stall go to the file, its own and those on the wall."""


def longest(report: Path) -> tuple[float, float]:
    """Milliseconds of the longest stall since the last look, its own and those on the wall."""
    late = [(float(own), float(wall)) for own, wall in (line.split() for line in report.read_text().splitlines())]
    report.write_text("")
    return max(late, default=(0.1, 0.1))

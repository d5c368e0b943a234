"""How long a program's event loop is busy in one turn, noted by the loop itself.

A turn is what is done between two waits: all that was ready, one after the other; a key pressed then waits for it. What
counts is the processor time of the loop's own thread: on a busy machine other programs, and threads, stop it too.
"""

from __future__ import annotations

from pathlib import Path

WATCH = """
import asyncio as _asyncio, time as _time

def watch_turns(path):
    report = open(path, "a", buffering=1)
    selector = _asyncio.get_running_loop()._selector
    wait = selector.select
    began = [_time.perf_counter(), _time.thread_time()]

    def select(timeout=None):
        own, wall = _time.thread_time() - began[1], _time.perf_counter() - began[0]
        if own > 0.003:
            report.write(f"{own * 1000:.1f} {wall * 1000:.1f}\\n")
        ready = wait(timeout)
        began[:] = _time.perf_counter(), _time.thread_time()
        return ready

    selector.select = select
"""
"""Defines `watch_turns(path)`, to be called on the loop; milliseconds of each long turn go to the file, first those
of the loop's thread, then those on the wall."""


def longest(report: Path) -> tuple[float, float]:
    """Milliseconds of the longest turn since the last look, those of the loop's thread and those on the wall."""
    turns = [(float(own), float(wall)) for own, wall in (line.split() for line in report.read_text().splitlines())]
    report.write_text("")
    return max(turns, default=(0.1, 0.1))

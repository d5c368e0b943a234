"""Measuring: interleaved rounds, medians, and a ratio."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 5


@dataclass(frozen=True)
class Ratio:
    """What was measured against what; seconds are of this machine, only the ratio travels."""

    name: str
    subject: float
    baseline: float
    against: str
    goal: float | None = None

    def __str__(self) -> str:
        goal = "" if self.goal is None else f"   goal ≤ {self.goal:g}"
        return f"{self.subject / self.baseline:9.2f} ×  {self.name}  (baseline: {self.against}){goal}"


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def ratio(
    name: str,
    subject: Callable[[], object],
    baseline: Callable[[], object],
    against: str,
    *,
    goal: float | None = None,
    rounds: int = ROUNDS,
) -> Ratio:
    """Medians of both sides, measured turn by turn so that a busy machine hits both alike."""
    pairs = [(seconds(subject), seconds(baseline)) for _ in range(rounds)]
    return Ratio(name, statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs), against, goal)

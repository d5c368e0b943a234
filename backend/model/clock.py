"""The clock of a local world, as the person at the terminal sees it."""

from __future__ import annotations

import msgspec

from backend.model.moment import Moment

MAX_SPEED = 1_000_000.0
"""Twelve days a second; beyond it nothing can be watched any more."""


class ClockState(msgspec.Struct, frozen=True, kw_only=True):
    """Simulated time and how it passes."""

    now: Moment
    speed: float = 1.0
    """Simulated seconds for each second of the wall clock."""
    paused: bool = False


class ScenarioInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A story that can be played on the clock."""

    name: str
    title: str
    description: str = ""

"""How a local world comes to be: opened where it is kept, or built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from backend.engine.engine import Engine, Parts, WorldOptions
from backend.wire.worlds import Place

Progress: TypeAlias = Callable[[str, float], None]
"""Told what is being done and how much of it is (0 to 1); called on the thread of the engine."""

Build: TypeAlias = Callable[[Engine, WorldOptions, Progress | None], None]
"""Fills a new world."""

_MADE = "made"
"""What the world was made from, kept in it."""
_MADE_FROM = ("resources", "past_days", "seed", "accounts", "regions")
_MADE_BEFORE = {"accounts": 1, "regions": 2}
"""What worlds were made from when nobody could choose."""


class Maker:
    """Makes the world of a place, or one in memory where there is none.

    `options` are those asked for, and once a kept world is open those it was made from.
    """

    def __init__(
        self, place: Place | None, options: WorldOptions, parts: Parts, build: Build, progress: Progress
    ) -> None:
        self.options = options
        self._place = place
        self._parts = parts
        self._build = build
        self._progress = progress

    def open(self) -> Engine:
        """Open the world that is kept; make it when there is none yet. Raises `Problem`."""
        if self._place is None or not self._place.exists:
            return self.make()
        engine = Engine(self._place.folder, self.options, self._parts)
        # A reset makes the world as it was made, not as this process would make one.
        self.options = replace(self.options, **{**_MADE_BEFORE, **engine.store.meta(_MADE, {})})
        return engine

    def make(self) -> Engine:
        """Make the world afresh. Raises `Problem`."""
        if self._place is None:
            return self._built(None)
        folder = self._place.make(lambda building: self._built(building).close())
        return Engine(folder, self.options, self._parts)

    def _built(self, folder: Path | None) -> Engine:
        engine = Engine(folder, self.options, self._parts)
        try:
            self._build(engine, self.options, self._progress)
            engine.store.set_meta(_MADE, {name: getattr(self.options, name) for name in _MADE_FROM})
        except BaseException:
            engine.close()
            raise
        return engine

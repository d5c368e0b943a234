"""What the explorer is started with, once it has a terminal."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from backend.connect import Connection, Progress, Target
from tests.tui.fake_session import FakeConnection, World
from tui import launch
from tui.app import ConfigScope


async def test_the_seconds_between_two_looks_reach_the_target(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[ConfigScope] = []
    opened: list[Target] = []

    @contextlib.asynccontextmanager
    async def open_target(target: Target, progress: Progress | None) -> AsyncIterator[Connection]:
        opened.append(target)
        yield FakeConnection(World()).connection

    def run(app: ConfigScope, **_: Any) -> int:
        started.append(app)
        return 0

    monkeypatch.setattr("tui.launch._no_terminal", str)
    monkeypatch.setattr("tui.launch._after_first_paint", lambda opener: opener)
    monkeypatch.setattr("gc.disable", lambda: None)
    monkeypatch.setattr("backend.connect.open", open_target)
    monkeypatch.setattr(ConfigScope, "run", run)
    assert launch.explore(Target(kind="aws"), {"refresh_seconds": (5, "--set")}) == 0
    async with started[0]._opener(lambda what, part: None):
        pass
    assert opened == [Target(kind="aws", watch_seconds=5)]

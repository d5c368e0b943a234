"""What the explorer is started with, once it has a terminal."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from backend.connect import Connection, Progress, Target
from tests.tui.fake_session import FakeConnection, World
from tui import launch
from tui.app import ConfigScope


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[ConfigScope]:
    """The explorers that were started, none of which runs."""
    apps: list[ConfigScope] = []

    def run(app: ConfigScope, **_: Any) -> int:
        apps.append(app)
        return 0

    monkeypatch.setattr("tui.launch._no_terminal", str)
    monkeypatch.setattr("tui.launch._after_first_paint", lambda opener: opener)
    monkeypatch.setattr("gc.disable", lambda: None)
    monkeypatch.setattr(ConfigScope, "run", run)
    return apps


async def test_the_seconds_between_two_looks_reach_the_target(
    started: list[ConfigScope], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Target] = []

    @contextlib.asynccontextmanager
    async def open_target(target: Target, progress: Progress | None) -> AsyncIterator[Connection]:
        opened.append(target)
        yield FakeConnection(World()).connection

    monkeypatch.setattr("backend.connect.open", open_target)
    assert launch.explore(Target(kind="aws"), {"refresh_seconds": (5, "--set")}) == 0
    async with started[0]._opener(lambda what, part: None):
        pass
    assert opened == [Target(kind="aws", watch_seconds=5)]


def test_files_open_at_their_resources_unless_another_pane_is_wished_for(
    started: list[ConfigScope], tmp_path: Path
) -> None:
    file = tmp_path / "snapshot.json"
    file.write_text('{"configurationItems": []}')
    launch.explore_files(Target(kind="files", files=(file,)))
    launch.explore_files(Target(kind="files", files=(file,)), {"landing": ("relationships", "--set")})
    launch.explore(Target(memory=True))
    assert [app._landing for app in started] == ["snapshots", "relationships", "pulse"]

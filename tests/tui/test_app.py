from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.geometry import Size
from textual.widgets import Static

from backend.connect import Connection, Progress
from backend.model.problem import NotSignedIn
from tests.tui.fake_session import FakeConnection, World
from tests.tui.looking import lines, text
from tests.tui.opened import ENVIRONMENT, GRID, SMALL, opened
from tui.app import ConfigScope


async def test_the_screen_is_painted_before_the_connection_is_opened() -> None:
    connection = FakeConnection(World())
    go_on = asyncio.Event()
    painted: list[Size] = []

    @asynccontextmanager
    async def slow(progress: Progress) -> AsyncIterator[Connection]:
        painted.append(app.dashboard.panes["pulse"].size)
        progress("Building the estate", 0.4)
        await go_on.wait()
        async with connection.open(progress) as found:
            yield found

    app = ConfigScope(slow, environment=ENVIRONMENT)
    async with app.run_test(size=GRID) as pilot:
        for _ in range(5):
            await pilot.pause()
        assert [size.width > 100 for size in painted] == [True]
        assert "3 Resources" in text(app)
        assert "◌ Building the estate 40%" in text(app)
        assert "No resources" not in text(app)
        go_on.set()
        for _ in range(8):
            await pilot.pause()
        assert "● recording" in text(app)
        assert "Building" not in text(app)


@pytest.mark.parametrize("size", [SMALL, GRID])
async def test_what_is_painted_first_stays_where_it_is(size: tuple[int, int]) -> None:
    go_on = asyncio.Event()

    class Slow(ConfigScope):
        async def _furnish(self) -> None:
            await go_on.wait()
            await super()._furnish()

    @asynccontextmanager
    async def never(progress: Progress) -> AsyncIterator[Connection]:
        await asyncio.Event().wait()
        yield FakeConnection(World()).connection

    app = Slow(never, environment=ENVIRONMENT)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        first = lines(app)
        assert "configscope" in first[0]
        assert "0 Pulse" in first[1]
        assert "◌ opening" in first[2]
        assert "? help" in first[-1] and "q quit" in first[-1]
        go_on.set()
        while not app.ready:
            await pilot.pause()
        assert lines(app)[1:] == first[1:]


async def test_a_key_pressed_too_early_is_done_when_it_can_be() -> None:
    go_on = asyncio.Event()

    class Slow(ConfigScope):
        async def _furnish(self) -> None:
            await go_on.wait()
            await super()._furnish()

    app = Slow(FakeConnection(World()).open, environment=ENVIRONMENT)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("3")
        go_on.set()
        while not app.ready:
            await pilot.pause()
        assert app.dashboard.current.id == "snapshots"


async def test_q_leaves_before_there_is_a_dashboard() -> None:
    class Slow(ConfigScope):
        async def _furnish(self) -> None:
            await asyncio.Event().wait()

    app = Slow(FakeConnection(World()).open, environment=ENVIRONMENT)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("q")
    assert app.return_value == 0


async def test_what_keeps_us_from_connecting_is_said_in_the_panes_and_q_still_quits() -> None:
    @asynccontextmanager
    async def refused(progress: Progress) -> AsyncIterator[Connection]:
        expired = True
        if expired:
            raise NotSignedIn("The credentials are expired", remedy="Sign in again with aws sso login")
        yield FakeConnection(World()).connection

    app = ConfigScope(refused, environment=ENVIRONMENT)
    async with app.run_test(size=GRID) as pilot:
        for _ in range(5):
            await pilot.pause()
        assert "The credentials are expired." in text(app)
        assert "aws sso login" in text(app)
        await pilot.press("q")
    assert app.return_value == 0


async def test_leaving_closes_the_connection() -> None:
    async with opened() as it:
        before = it.connection.closed
        await it.pilot.press("q")
    assert (before, it.connection.closed) == (False, True)
    assert it.app.return_value == 0


async def test_what_another_terminal_changes_shows_here() -> None:
    async with opened() as it:
        assert "● recording" in it.row("1 Recorder")
        it.world.recorder = None
        await it.changed()
        assert "○ none" in it.row("1 Recorder")


async def test_a_defect_in_one_pane_is_told_there_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with opened() as it:

        async def broken() -> object:
            secret = "AKIAIOSFODNN7EXAMPLE"
            raise ZeroDivisionError(f"in the middle of {secret}")

        session = it.connection.connection.session
        assert session.recorder is not None
        monkeypatch.setattr(session.recorder, "get", broken)
        await it.changed()
        assert "Recorder met a defect of configscope (ZeroDivisionError)".replace(" ", "") in it.unwrapped("recorder")
        assert "AKIAIOSFODNN7EXAMPLE" not in it.text
        assert "web-1" in it.text
        await it.press("j")
        assert it.app.is_running
    reports = list((tmp_path / "configscope" / "reports").iterdir())
    assert [report.stat().st_mode & 0o777 for report in reports] == [0o600]


async def test_a_defect_that_ends_the_app_prints_where_the_report_is_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    class Broken(Static):
        def on_mount(self) -> None:
            secret = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"
            raise RuntimeError("cannot go on with " + secret)

    with pytest.raises(RuntimeError):
        async with opened() as it:
            await it.app.screen.mount(Broken())
            await it.settle()
    printed = capsys.readouterr()
    told = printed.out + printed.err
    assert "wJalrXUtnFEMI" not in told
    assert "Traceback" not in told
    assert "configscope met a defect of configscope (RuntimeError)" in " ".join(told.split())
    assert len(list((tmp_path / "configscope" / "reports").iterdir())) == 1


async def test_the_problems_so_far_are_listed() -> None:
    async with opened() as it:
        await it.press("exclamation_mark")
        assert "Nothing went wrong so far." in it.text
        it.world.fails["compliance"] = NotSignedIn("The token is no longer valid", code="ExpiredToken")
        await it.changed()
        await it.press("exclamation_mark")
        assert "Problems so far: 1" in it.text
        assert "ExpiredToken" in it.text
        await it.press("escape")
        assert "3 Resources" in it.text


async def test_where_no_problem_has_a_code_there_is_no_column_for_one() -> None:
    async with opened(SMALL) as it:
        it.app.workspace.remember("Stream", NotSignedIn("Nobody listens"))
        await it.press("exclamation_mark")
        assert "Nobody listens" in it.text
        assert "code" not in it.row("where")
        await it.press("escape")
        it.app.workspace.remember("Stream", NotSignedIn("The token is old", code="ExpiredToken"))
        await it.press("exclamation_mark")
        assert "code" in it.row("where")


async def test_without_colour_and_without_unicode_it_still_reads() -> None:
    connection = FakeConnection(World())
    app = ConfigScope(connection.open, environment={"TERM": "linux", "LANG": "C", "NO_COLOR": "1"})
    async with app.run_test(size=GRID) as pilot:
        for _ in range(8):
            await pilot.pause()
        assert app.theme == "mono"
        assert "* recording" in text(app)
        assert "x FAILURE" in text(app)


async def test_files_that_are_no_handlers_are_told_when_a_local_world_opens() -> None:
    remarks = ("rules/one.py has no lambda_handler. It is left out.", "rules/two.py is no Python: it is not.")
    async with opened(GRID, world=World(remarks=remarks)) as it:
        assert "rules/one.py has no lambda_handler. It is left out. (and 1 more)" in it.text
        assert [str(mishap.problem) for mishap in it.app.workspace.mishaps] == list(remarks)

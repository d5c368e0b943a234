"""Starting the explorer: on a terminal, and only there."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from backend import connect
from backend.connect import Connection, Progress, Target
from backend.model.problem import BadInput
from tui.plain.output import say

Wishes: TypeAlias = Mapping[str, tuple[Any, str]]
"""Settings by name, each as (value, the option that gave it)."""

DEMO_SPEED = 600.0
"""Ten minutes a second: the steps of a scenario come while one looks on."""

_NO_TERMINAL = 2


def explore(target: Target, wishes: Wishes | None = None) -> int:
    """Open the explorer; the exit code. `wishes` are settings from the command line, each with its option."""
    return _run(lambda progress: connect.open(target, progress), wishes)


def explore_file(path: Path, wishes: Wishes | None = None) -> int:
    """Open the explorer on a file. Raises `BadInput` before the screen changes when the file cannot be used."""
    from backend.files.read import check

    if not path.is_fifo():  # a pipe gives its bytes once
        check(path)
    return explore(Target(kind="files", files=(path,)), wishes)


def explore_difference(before: Path, after: Path, wishes: Wishes | None = None) -> int:
    """Open the explorer on two files, at what differs between them. Raises `BadInput` as `explore_file` does."""
    from backend.files.read import check

    for path in (before, after):
        check(path)
    target = Target(kind="files", files=(before, after))
    begin = ("compare.two", shlex.join(map(str, (before, after))))
    return _run(lambda progress: connect.open(target, progress), wishes, begin)


def demonstrate(target: Target, scenario: str | None, speed: float | None, wishes: Wishes | None = None) -> int:
    """Open the explorer on a world that lives fast; with a scenario, play it."""
    target = replace(target, speed=speed if speed is not None else DEMO_SPEED)

    @contextlib.asynccontextmanager
    async def opener(progress: Progress) -> AsyncIterator[Connection]:
        async with connect.open(target, progress) as connection:
            if scenario is not None and connection.clock is not None:
                names = [known.name for known in await connection.clock.scenarios()]
                if scenario not in names:
                    raise BadInput(f"There is no scenario {scenario}", f"there are {', '.join(names)}")
                await connection.clock.play(scenario)
            yield connection

    return _run(opener, wishes)


def _run(
    opener: Callable[[Progress], contextlib.AbstractAsyncContextManager[Connection]],
    wishes: Wishes | None,
    begin: tuple[str, str] | None = None,
) -> int:
    reason = _no_terminal()
    if reason:
        say(f"configscope: {reason} `configscope status` and `configscope resources` work without one.")
        return _NO_TERMINAL
    from tui.app import ConfigScope
    from tui.log import log_to_file
    from tui.settings import load

    log_to_file()
    loaded = load(wishes)
    app = ConfigScope(opener, loaded=loaded, begin=begin)
    result = app.run(mouse=loaded.settings.mouse)
    return result if isinstance(result, int) else app.return_code or 0


def _no_terminal() -> str:
    """Why the explorer cannot be shown here; empty when it can. Without this check it would wait for keys for ever."""
    if not sys.stdin.isatty():
        return "The explorer needs a terminal, and standard input is none."
    if not sys.stderr.isatty():
        return "The explorer draws on standard error, and that is no terminal."
    if os.environ.get("TERM") == "dumb":
        return "The explorer needs a terminal that can move its cursor, and this one (TERM=dumb) cannot."
    return ""

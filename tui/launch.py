"""Starting the explorer: on a terminal, and only there."""

from __future__ import annotations

import contextlib
import gc
import os
import shlex
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec.structs import replace

from backend import connect
from backend.connect import Connection, Progress, Target
from backend.model.problem import BadInput
from tui.targets import unfolded

if TYPE_CHECKING:
    from tui.app import Begin

if TYPE_CHECKING:
    from backend.files.glimpse import Glimpsed

Wishes: TypeAlias = Mapping[str, tuple[Any, str]]
"""Settings by name, each as (value, the option that gave it)."""

Opener: TypeAlias = Callable[[Progress], contextlib.AbstractAsyncContextManager[Connection]]
"""Takes a reporter of progress, gives the connection for as long as the explorer runs."""

Way: TypeAlias = Callable[[Target, Progress | None], contextlib.AbstractAsyncContextManager[Connection]]
"""How a target is opened."""

_NO_TERMINAL = 2

STANDARD_INPUT = Path("-")
"""How standard input is named on a command line."""

_COLLECTED_AFTER = (5_000, 5, 400)
"""Objects, and rounds of the younger generation, after which each generation is searched for garbage.

A screen that is left is tens of thousands of objects in cycles: found all at once, they hold the screen for 30 ms.
"""


def explore(target: Target, wishes: Wishes | None = None, rows: Sequence[Glimpsed] = ()) -> int:
    """Open the explorer; the exit code. `wishes` are settings from the command line, each with its option.

    `rows` are shown until there is more.
    """
    return _run(target, wishes, rows=rows)


def explore_files(target: Target, wishes: Wishes | None = None) -> int:
    """Open the explorer on the files of a target, on folders of files and on those of buckets, all together.

    Raises `BadInput` before the screen changes when a folder has no files, or the only file cannot be used. A bucket is
    looked into once the screen is there: it takes its time.
    """
    piped = STANDARD_INPUT in target.files
    named = tuple(_standard_input() if file == STANDARD_INPUT else file for file in target.files)
    found = unfolded(replace(target, files=named))
    first, *others = found.files
    rows: Sequence[Glimpsed] = ()
    if isinstance(first, Path) and not piped and not first.is_fifo():  # a pipe gives its bytes once
        rows = _first_rows(first)
        if not others and not rows:
            from backend.files.read import check

            check(first, target.largest)
    return explore(found, wishes, rows)


def _first_rows(path: Path) -> Sequence[Glimpsed]:
    """What can be shown of a file at once."""
    from backend.files.glimpse import glimpse

    try:
        return glimpse(path)
    except OSError:
        return ()  # whoever reads the file says why


def _standard_input() -> Path:
    """What is piped in, as a file to read; keys come from the terminal itself from now on.

    Raises `BadInput` where nothing is piped in, or there is no terminal.
    """
    if sys.stdin.isatty():
        raise BadInput("Nothing is piped in", "standard input is the terminal", "cat FILE | configscope open -")
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError as error:
        raise BadInput("There is no terminal to take keys from", error.strerror or str(error)) from error
    piped = os.dup(0)
    os.dup2(terminal, 0)
    os.close(terminal)
    return Path(f"/dev/fd/{piped}")


def explore_difference(target: Target, wishes: Wishes | None = None) -> int:
    """Open the explorer on the two files of a target, at what differs between them.

    Raises `BadInput` as `explore_files` does.
    """
    own = [file for file in target.files if isinstance(file, Path)]
    if own:
        from backend.files.read import check  # of a bucket nothing is read before the first paint

        for file in own:
            check(file)
    return _run(target, wishes, lambda connection: ("compare.two", shlex.join(map(str, connection.files))))


def demonstrate(
    target: Target, name: str | None, speed: float | None, wishes: Wishes | None = None, *, stepwise: bool = False
) -> int:
    """Tell a story with captions; with a speed play only its scenario, at that speed; without a name offer all stories.

    Raises `BadInput` for a name that no story has, before the screen changes.
    """
    from tui import stories

    if speed is not None:
        return _run(replace(target, speed=speed), wishes, way=_playing(name))
    if name is None:
        return _run(target, wishes, begin=("story.begin", ""))
    story = stories.load(name)
    target = replace(
        target, seed=story.seed, start=story.start, empty=story.empty, memory=target.memory and not story.empty
    )
    begin = f"{name} step" if stepwise else name
    return _run(target, wishes, begin=("story.begin", begin))


def _playing(scenario: str | None) -> Way:
    """Opens a world that lives fast, with the scenario on its clock."""

    @contextlib.asynccontextmanager
    async def way(target: Target, progress: Progress | None) -> AsyncIterator[Connection]:
        async with connect.open(target, progress) as connection:
            if scenario is not None and connection.clock is not None:
                names = [known.name for known in await connection.clock.scenarios()]
                if scenario not in names:
                    raise BadInput(f"There is no scenario {scenario}", f"there are {', '.join(names)}")
                await connection.clock.play(scenario)
            yield connection

    return way


def _run(
    target: Target,
    wishes: Wishes | None,
    begin: Begin | None = None,
    way: Way | None = None,
    rows: Sequence[Glimpsed] = (),
) -> int:
    reason = _no_terminal()
    if reason:
        from tui.plain.output import say

        say(f"configscope: {reason} `configscope status`, `item`, `diff` and the other subcommands work without one.")
        return _NO_TERMINAL
    # Until something is on the screen nothing made is garbage: looking for it is a fifth of the time it takes.
    gc.disable()
    from tui.app import ConfigScope
    from tui.settings import load

    loaded = load(wishes)
    target = replace(target, watch_seconds=loaded.settings.refresh_seconds)
    opening = way or connect.open
    # The pulse is of an account: of files it could only say what they do not tell.
    files = target.kind == "files" and loaded.origin("landing").kind == "default"
    landing = "snapshots" if files else ""
    connecting = _after_first_paint(lambda progress: opening(target, progress))
    app = ConfigScope(connecting, loaded=loaded, landing=landing, begin=begin, first_rows=rows)
    result = app.run(mouse=loaded.settings.mouse)
    if app.printed_at_exit:
        from tui.actions.taking import at_exit

        sys.stdout.write(f"{at_exit(app.printed_at_exit)}\n")
    return result if isinstance(result, int) else app.return_code or 0


def _after_first_paint(opener: Opener) -> Opener:
    """The opener, with what has to be done before it but may wait for the first paint."""

    @contextlib.asynccontextmanager
    async def opening(progress: Progress) -> AsyncIterator[Connection]:
        from tui.log import log_to_file

        log_to_file()
        gc.set_threshold(*_COLLECTED_AFTER)
        gc.enable()
        async with opener(progress) as connection:
            # What is there now stays: searching it for garbage would stop the screen now and then.
            gc.freeze()
            yield connection

    return opening


def _no_terminal() -> str:
    """Why the explorer cannot be shown here; empty when it can. Without this check it would wait for keys for ever."""
    if not sys.stdin.isatty():
        return "The explorer needs a terminal, and standard input is none."
    if not sys.stderr.isatty():
        return "The explorer draws on standard error, and that is no terminal."
    if os.environ.get("TERM") == "dumb":
        return "The explorer needs a terminal that can move its cursor, and this one (TERM=dumb) cannot."
    return ""

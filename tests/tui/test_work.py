"""Work that a widget begins: one of a group at a time, and nothing left over when it ends before its first step."""

from __future__ import annotations

import asyncio
import gc

from textual.app import App

from tui.work import begin


async def test_what_is_ended_before_its_first_step_is_never_called_and_leaves_no_warning() -> None:
    begun: list[str] = []
    done = asyncio.Event()

    async def work(name: str) -> None:
        begun.append(name)
        done.set()

    app = App[None]()
    async with app.run_test():
        begin(app, lambda: work("first"), "group")
        begin(app, lambda: work("second"), "group")  # the first has had no turn of the loop yet
        await done.wait()
        gc.collect()  # a coroutine that was made and never awaited would be told of here, as a failure
    assert begun == ["second"]


async def test_work_beside_other_work_ends_none() -> None:
    begun: list[str] = []

    async def work(name: str) -> None:
        begun.append(name)

    app = App[None]()
    async with app.run_test():
        workers = [begin(app, lambda name=name: work(name), "group", beside=True) for name in ("first", "second")]  # type: ignore[misc]
        await asyncio.gather(*(worker.wait() for worker in workers))
    assert begun == ["first", "second"]

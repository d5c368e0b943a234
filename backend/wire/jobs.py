"""Work handed to the engine's thread, and how who waits for it is told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple


class Job(NamedTuple):
    """Work for the engine's thread, and who waits for what comes of it.

    A future of the caller's own loop: one of `concurrent.futures` costs as much as a small call.
    """

    work: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[Any]

    def do(self) -> None:
        """On the engine's thread; not when who waited has given up before its turn."""
        if self.done.cancelled():
            return
        try:
            result = self.work()
        except BaseException as error:  # noqa: BLE001 - raised where the call was made
            self.settle(None, error)
        else:
            self.settle(result)

    def settle(self, result: Any, error: BaseException | None = None) -> None:
        """Tell who waits, from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self.loop.call_soon_threadsafe(_settle, self.done, result, error)


def promise() -> Future[None]:
    """A future that is kept even when nobody waits for it any more."""
    future: Future[None] = Future()
    future.set_running_or_notify_cancel()
    return future


def _settle(done: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    """On the loop of who waits; not when that one has given up meanwhile."""
    if done.done():
        return
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)

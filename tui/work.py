"""Work beside the screen: every coroutine that a widget or the app starts goes through here."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from textual.dom import DOMNode
from textual.worker import Worker


def begin(
    node: DOMNode, work: Callable[[], Coroutine[Any, Any, object]], group: str, *, name: str = "", beside: bool = False
) -> Worker[None]:
    """Begin work that ends with its widget; it ends what the widget had begun in the same group, unless `beside` it.

    What the work raises is left in the worker, whose state the widget is told of.
    """

    async def run() -> None:
        await work()  # called only now: work that is ended before its first step leaves no coroutine unawaited

    return node.run_worker(run, name=name or group, group=group, exclusive=not beside, exit_on_error=False)

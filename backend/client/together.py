"""Doing several things at a time, no more than there may be calls in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

from backend.client.api import IN_FLIGHT


async def four_at_a_time(work: Callable[[], Coroutine[None, None, None]]) -> None:
    """Let as many work as calls may be in flight; the first problem ends all."""
    workers = [asyncio.create_task(work()) for _ in range(IN_FLIGHT)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

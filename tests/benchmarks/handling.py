"""What a call of a person's own handler costs: in a warm process, against a process for each call."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from backend.wire.handlers.finding import Handler
from backend.wire.handlers.surroundings import Place
from backend.wire.handlers.workers import Pool
from tests.benchmarks.measure import Ratio, ratio

CALLS = 10
PLACE = Place("http://127.0.0.1:1", "111111111111", "eu-west-1", "AKIATEST")
HANDLER = "import boto3\n\ndef lambda_handler(event, context):\n    return len(event['invokingEvent'])\n"
EVENT = {"invokingEvent": "x" * 4_000}


def handling(folder: Path) -> Iterator[Ratio]:
    folder.mkdir()
    file = folder / "handler.py"
    file.write_text(HANDLER)
    handler = Handler(name="handler", file=file, timeout=10)

    async def call(pool: Pool, times: int) -> None:
        for _ in range(times):
            told = await pool.call(handler, PLACE, EVENT, "arn", "request")
            if told.failed:
                raise RuntimeError(told.message)

    async def run(*, warm: bool) -> None:
        if not warm:
            for _ in range(CALLS):
                pool = Pool(1)
                await call(pool, 1)
                await pool.close()
            return
        pool = Pool(1)
        await call(pool, CALLS)
        await pool.close()

    yield ratio(
        f"{CALLS} calls of a handler",
        lambda: asyncio.run(run(warm=True)),
        lambda: asyncio.run(run(warm=False)),
        "a process for each call",
        goal=0.2,
        rounds=3,
    )

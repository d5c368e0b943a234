"""Large worlds: how soon a kept one can be used, and what its snapshot costs."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from backend.engine.config import channel, items, snapshots
from backend.engine.context import Call, Caller
from backend.engine.engine import Engine, WorldOptions
from backend.engine.parts import local_aws
from backend.wire.open import WorldChoice, open_world
from tests.benchmarks.measure import Ratio, ratio

RESOURCES = 20_000


def large_worlds(folder: Path) -> Iterator[Ratio]:
    """Worlds that were made before, opened again; then a snapshot of the large one."""
    folder.mkdir()
    large, empty = _first_call(folder, "large", RESOURCES), _first_call(folder, "empty", 0)
    large()
    empty()
    yield ratio(f"first answer of a kept world of {RESOURCES:,}", large, empty, "of an empty one", goal=1.5, rounds=9)
    yield _snapshot(folder / "large")


def _first_call(parent: Path, name: str, resources: int) -> Callable[[], object]:
    async def work() -> None:
        world = await open_world(WorldChoice(name, resources=resources, parent=parent))
        try:
            call = Call("config", "DescribeConfigurationRecorders", {}, "ap-southeast-1", Caller(access_key="test"))
            await world.call(call)
        finally:
            await world.close()

    return lambda: asyncio.run(work())


def _snapshot(folder: Path) -> Ratio:
    """From the call that asks for it until the file is in the bucket; the other side has its items at hand."""
    engine = Engine(folder, WorldOptions(start=0), local_aws())
    ctx = engine.context()
    documents = [item for kind in items.counts(ctx) for item in items.live(ctx, kind)]
    ask = Call("config", "DeliverConfigSnapshot", {"deliveryChannelName": "default"}, ctx.region, Caller())

    def deliver() -> None:
        engine.call(ask)
        engine.advance(engine.now + snapshots.WORK)
        assert channel.state(ctx, "snapshot").last_success == engine.now, "no file came"

    def encode() -> None:
        gzip.compress(msgspec.json.encode({"configurationItems": documents}), compresslevel=1, mtime=0)

    try:
        return ratio(
            f"a snapshot of {len(documents):,} items delivered", deliver, encode, "encoding and gzipping them", goal=2
        )
    finally:
        engine.close()

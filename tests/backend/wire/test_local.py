"""A living world: its time, its calls, and its end."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backend.engine.context import Call, Context
from backend.engine.engine import Engine, Parts, WorldOptions
from backend.model.item import Document
from backend.model.moment import DAY, HOUR, MINUTE
from backend.model.problem import BadInput, Problem
from backend.wire.local import LocalWorld
from backend.wire.worlds import Place
from tests.backend.wire.conftest import START, OpenWorld, build


class Wall:
    """A wall clock that moves when told."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
async def still(open_world: OpenWorld, wall: Wall) -> LocalWorld:
    """A world whose wall clock moves when told."""
    return await open_world(wall=wall)


def _ticking(engine: Engine) -> None:
    engine.act(lambda ctx: ctx.clock.schedule(START + MINUTE, "tick"))


def _ticks(engine: Engine) -> list[int]:
    found: list[int] = engine.store.meta("ticks", [])
    return [at - START for at in found]


async def test_time_follows_the_wall(still: LocalWorld, wall: Wall) -> None:
    assert (await still.clock()).now == START
    wall.seconds += 90
    assert (await still.clock()).now == START + 90_000
    assert still.now() == START + 90_000


async def test_what_is_due_happens_at_its_own_time(still: LocalWorld, wall: Wall) -> None:
    await still.run(_ticking)
    wall.seconds += 200
    assert (await still.run(_ticks)) == [MINUTE, 2 * MINUTE, 3 * MINUTE]


async def test_a_jump_returns_when_all_on_the_way_has_happened(still: LocalWorld) -> None:
    await still.run(_ticking)
    await still.jump(2 * HOUR)
    assert len(await still.run(_ticks)) == 120
    assert (await still.clock()).now == START + 2 * HOUR


async def test_calls_are_answered_during_a_jump(still: LocalWorld) -> None:
    await still.run(_ticking)
    jump = asyncio.ensure_future(still.jump(3 * DAY))
    moments = []
    while not jump.done():
        answer = await still.call(Call("config", "DescribeConfigurationRecorderStatus", {}, "eu-west-1"))
        moments.append(answer["ConfigurationRecordersStatus"][0]["lastStartTime"])
    assert moments == sorted(moments)
    assert len(set(moments)) > 3
    await jump


async def test_a_jump_that_nobody_waits_for_goes_on(still: LocalWorld) -> None:
    await still.run(_ticking)
    jump = asyncio.ensure_future(still.jump(DAY))
    await asyncio.sleep(0)
    await still.clock()
    jump.cancel()
    await still.jump(HOUR)
    assert len(await still.run(_ticks)) == 25 * 60


async def test_a_paused_world_jumps_and_stays_paused(still: LocalWorld, wall: Wall) -> None:
    await still.pause()
    wall.seconds += 500
    await still.jump(HOUR)
    state = await still.clock()
    assert (state.now, state.paused) == (START + HOUR, True)
    await still.resume()
    wall.seconds += 1
    assert (await still.clock()).now == START + HOUR + 1_000


async def test_a_world_that_cannot_keep_its_speed_holds_the_clock_back(still: LocalWorld, wall: Wall) -> None:
    await still.run(_ticking)
    await still.set_speed(100_000)
    wall.seconds += 60  # seventy days, a hundred thousand ticks: more than is ever made up for
    await still.clock()
    await still.pause()
    assert (await still.clock()).now < START + DAY


async def test_a_bad_speed_is_refused(still: LocalWorld) -> None:
    with pytest.raises(BadInput, match="The speed 0 is not possible"):
        await still.set_speed(0)


async def test_time_goes_on_where_it_stopped(open_world: OpenWorld, wall: Wall, tmp_path: Path) -> None:
    world = await open_world(Place("w", tmp_path), wall=wall)
    wall.seconds += 10
    await world.close()
    wall.seconds += 1_000_000
    again = await open_world(Place("w", tmp_path), wall=wall)
    assert (await again.clock()).now == START + 10_000


async def test_a_world_is_built_once_and_tells_how_far_it_is(open_world: OpenWorld, tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    world = await open_world(Place("w", tmp_path), progress=lambda what, part: told.append((what, part)))
    assert told == [("Making a tiny world", 0.5)]
    await world.close()
    await (await open_world(Place("w", tmp_path), progress=lambda what, part: told.append((what, part)))).close()
    assert len(told) == 1


async def test_watchers_hear_of_writes_only(still: LocalWorld) -> None:
    heard = threading.Semaphore(0)
    end = still.watch(heard.release)
    await still.call(Call("config", "DescribeDeliveryChannels", {}, "eu-west-1"))
    await still.clock()
    assert not heard.acquire(blocking=False)
    channel = {"name": "default"}
    await still.call(Call("config", "PutDeliveryChannel", {"DeliveryChannel": channel}, "eu-west-1"))
    assert await asyncio.to_thread(heard.acquire, timeout=10)
    end()
    await still.call(Call("config", "PutDeliveryChannel", {"DeliveryChannel": channel}, "eu-west-1"))
    await still.clock()
    assert not heard.acquire(blocking=False)


async def test_a_call_withdrawn_before_its_turn_is_not_made(still: LocalWorld) -> None:
    gate = threading.Event()
    blocking = asyncio.ensure_future(still.run(lambda engine: gate.wait(10)))
    made: list[str] = []
    waiting = asyncio.ensure_future(still.run(lambda engine: made.append("call")))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    gate.set()
    await blocking
    await still.clock()
    assert made == []


async def test_a_world_that_nobody_waits_for_is_given_back(open_world: OpenWorld, tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(engine: Engine, *_: Any) -> None:
        begun.set()
        go_on.wait(10)

    place = Place("w", tmp_path)
    opening = asyncio.ensure_future(open_world(place, build=slow))
    await asyncio.to_thread(begun.wait, 10)
    opening.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await opening
    Place("w", tmp_path).close()


async def test_a_world_that_nobody_waits_for_is_not_finished(open_world: OpenWorld, tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()
    steps: list[int] = []

    def long(engine: Engine, options: Any, tell: Any) -> None:
        begun.set()
        go_on.wait(10)
        for day in range(14):
            tell("Living", day / 14)
            steps.append(day)

    opening = asyncio.ensure_future(open_world(Place("w", tmp_path), build=long))
    await asyncio.to_thread(begun.wait, 10)
    opening.cancel()
    asyncio.get_running_loop().call_soon(go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert steps == []
    assert not (tmp_path / "w").exists()


async def test_a_reset_makes_the_world_afresh(open_world: OpenWorld, wall: Wall, tmp_path: Path) -> None:
    world = await open_world(Place("w", tmp_path), wall=wall)
    await world.call(Call("config", "PutDeliveryChannel", {"DeliveryChannel": {"name": "x"}}, "eu-west-1"))
    await world.jump(DAY)
    await world.reset()
    assert (await world.call(Call("config", "DescribeDeliveryChannels", {}, "eu-west-1")))["DeliveryChannels"] == []
    assert (await world.clock()).now == START


async def test_on_a_full_disk_time_stands_still_and_goes_on_later(still: LocalWorld) -> None:
    await still.run(_ticking)
    await still.run(lambda engine: engine.store.run("PRAGMA max_page_count = 1"))
    with pytest.raises(Problem, match="The world could not be written"):
        await still.jump(12 * HOUR)
    assert (await still.clock()).now < START + 12 * HOUR

    await still.run(lambda engine: engine.store.run("PRAGMA max_page_count = 1000000"))
    await still.jump(12 * HOUR)
    assert (await still.clock()).now >= START + 12 * HOUR
    ticks = await still.run(_ticks)
    assert ticks == sorted(set(ticks))


async def test_a_defect_in_what_is_due_is_told_to_everybody(still: LocalWorld) -> None:
    await still.run(lambda engine: engine.act(lambda ctx: ctx.clock.schedule(START + HOUR, "explode")))
    with pytest.raises(Problem, match=r"The local AWS stopped: RuntimeError: the handler broke"):
        await still.jump(DAY)
    with pytest.raises(Problem, match="the handler broke"):
        await still.clock()
    await still.reset()
    assert (await still.clock()).now == START


async def test_a_closed_world_says_so(open_world: OpenWorld) -> None:
    world = await open_world()
    await world.close()
    with pytest.raises(Problem, match="is closed"):
        await world.clock()
    await world.close()


async def test_what_cannot_be_opened_is_raised_where_it_is_opened(open_world: OpenWorld, tmp_path: Path) -> None:
    def broken(*_: Any) -> None:
        raise BadInput("nothing to build from")

    with pytest.raises(BadInput, match="nothing to build from"):
        await open_world(Place("w", tmp_path), build=broken)
    Place("w", tmp_path).close()  # and the place is free again


async def test_a_reset_makes_a_kept_world_as_large_as_it_was(open_world: OpenWorld, tmp_path: Path) -> None:
    sizes: list[int] = []

    def noted(engine: Engine, options: WorldOptions, progress: object) -> None:
        sizes.append(options.resources)
        build(engine, options, None)

    first = await open_world(Place("w", tmp_path), build=noted, options=WorldOptions(start=START, resources=7))
    await first.close()
    again = await open_world(Place("w", tmp_path), build=noted)
    await again.reset()
    assert sizes == [7, 7]


def _reading(parts: Parts, seen: list[str]) -> Parts:
    """Parts whose operations, a short read, a long one and a write, tell on which thread they were answered."""

    def note(ctx: Context, params: Document) -> Document:
        seen.append(threading.current_thread().name)
        return {}

    named = ("DescribeConfigRules", "SelectResourceConfig", "DeleteConfigRule")
    return replace(parts, operations={"config": dict.fromkeys(named, note)})


async def _asked(world: LocalWorld, operation: str) -> None:
    await world.call(Call("config", operation, {}, "ap-southeast-1"), here=True)


async def test_a_read_is_answered_here_while_nothing_else_goes_on(
    open_world: OpenWorld, parts: Parts, wall: Wall
) -> None:
    seen: list[str] = []
    world = await open_world(wall=wall, parts=_reading(parts, seen))
    wall.seconds += 5
    async with asyncio.timeout(10):
        while threading.current_thread().name not in seen:  # the engine's thread may not have gone to sleep yet
            await _asked(world, "DescribeConfigRules")
    assert (await world.run(lambda engine: engine.now)) == START + 5_000


@pytest.mark.parametrize("operation", ["DeleteConfigRule", "SelectResourceConfig"])
async def test_writes_and_long_reads_are_answered_on_the_engines_thread(
    open_world: OpenWorld, parts: Parts, operation: str
) -> None:
    seen: list[str] = []
    world = await open_world(parts=_reading(parts, seen))
    for _ in range(20):  # also while the engine's thread sleeps
        await _asked(world, operation)
    assert set(seen) == {"configscope-engine"}


async def test_a_read_waits_for_what_is_due_before_it(open_world: OpenWorld, parts: Parts, wall: Wall) -> None:
    seen: list[str] = []
    world = await open_world(wall=wall, parts=_reading(parts, seen))
    await world.run(_ticking)
    wall.seconds += 61
    await _asked(world, "DescribeConfigRules")
    assert seen == ["configscope-engine"]
    assert await world.run(_ticks) == [MINUTE]


async def test_a_read_waits_for_a_call_that_is_being_answered(open_world: OpenWorld, parts: Parts) -> None:
    seen: list[str] = []
    world = await open_world(parts=_reading(parts, seen))
    begun, go_on = threading.Event(), threading.Event()

    def work(engine: Engine) -> None:
        begun.set()
        go_on.wait(10)

    working = asyncio.ensure_future(world.run(work))
    await asyncio.to_thread(begun.wait, 10)
    reading = asyncio.ensure_future(_asked(world, "DescribeConfigRules"))
    await asyncio.sleep(0)  # it begins
    go_on.set()
    await asyncio.gather(working, reading)
    assert seen == ["configscope-engine"]


async def test_a_world_that_is_closed_answers_nothing_here(open_world: OpenWorld, parts: Parts) -> None:
    world = await open_world(parts=_reading(parts, []))
    await world.close()
    with pytest.raises(Problem, match="closed"):
        await _asked(world, "DescribeConfigRules")

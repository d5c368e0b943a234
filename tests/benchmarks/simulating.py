"""Simulating: a week of the default estate, against recording its changes and nothing else."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from backend.engine.context import Context
from backend.engine.engine import Engine, WorldOptions
from backend.engine.parts import local_aws
from backend.engine.world import builder, estate
from backend.engine.world.estate import Resource
from backend.model.moment import DAY, Moment
from tests.benchmarks.measure import ROUNDS, Ratio, seconds

_OPTIONS = WorldOptions(start=1_772_323_200_000)
_WEEK: Moment = 7 * DAY


class _Change(NamedTuple):
    at: Moment
    region: str
    before: Resource | None
    after: Resource | None


def simulating(folder: Path) -> Iterator[Ratio]:
    """Both sides begin with the same kept world and end with the same resources."""
    folder.mkdir()
    begin = folder / "begin"
    made = Engine(begin, _OPTIONS, local_aws())
    builder.build(made, _OPTIONS)
    made.close()
    changes = _changes(begin, folder / "watched")
    pairs = [(_week(begin, folder / f"whole{n}"), _alone(begin, folder / f"alone{n}", changes)) for n in range(ROUNDS)]
    yield Ratio(
        "a week of the default estate",
        statistics.median(pair[0] for pair in pairs),
        statistics.median(pair[1] for pair in pairs),
        f"its {len(changes)} changes recorded",
        goal=3,
    )


def _changes(begin: Path, copy: Path) -> list[_Change]:
    """What changes in the estate in that week."""
    shutil.copytree(begin, copy)
    parts = local_aws()
    seen: list[_Change] = []

    def note(ctx: Context, before: Resource | None, after: Resource | None) -> None:
        seen.append(_Change(ctx.now, ctx.region, before, after))
        parts.on_change(ctx, before, after)

    engine = Engine(copy, _OPTIONS, replace(parts, on_change=note))
    engine.advance(engine.now + _WEEK)
    engine.close()
    return seen


def _week(begin: Path, copy: Path) -> float:
    shutil.copytree(begin, copy)
    engine = Engine(copy, _OPTIONS, local_aws())
    took = seconds(lambda: engine.advance(engine.now + _WEEK))
    engine.close()
    shutil.rmtree(copy)
    return took


def _alone(begin: Path, copy: Path, changes: list[_Change]) -> float:
    shutil.copytree(begin, copy)
    engine = Engine(copy, _OPTIONS, local_aws())

    def record() -> None:
        for change in changes:
            engine.act(partial(_repeat, change), change.region)

    took = seconds(record)
    engine.close()
    shutil.rmtree(copy)
    return took


def _repeat(change: _Change, ctx: Context) -> None:
    ctx.clock.move(change.at)
    if change.after is not None:
        estate.put(ctx, change.after)
    elif change.before is not None:
        estate.remove(ctx, change.before.resource_type, change.before.resource_id, change.before.region)

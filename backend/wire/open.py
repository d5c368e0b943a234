"""Opening local worlds: which one, where it is kept, and what a new one is made from."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from backend.engine.engine import WorldOptions
from backend.engine.parts import local_aws
from backend.engine.world import builder
from backend.model.moment import SECOND, Moment
from backend.model.problem import BadInput
from backend.wire.local import LocalWorld
from backend.wire.making import Progress
from backend.wire.worlds import DEFAULT_WORLD, Place


@dataclass(frozen=True)
class WorldChoice:
    """A local world as it is asked for on the command line."""

    name: str = DEFAULT_WORLD
    memory: bool = False
    """Nothing is kept."""
    empty: bool = False
    """A new world has no estate: an account as on its first day. Nothing is kept."""
    resources: int | None = None
    """How large, how many accounts, in how many regions a new world is; a kept one must have been made so."""
    accounts: int | None = None
    regions: int | None = None
    seed: int = 1
    lenient: bool = False
    speed: float = 1.0
    start: Moment | None = None
    """The moment at which a new world is handed over; by default the present."""
    parent: Path | None = None
    """The folder of worlds; by default the user's."""


async def open_world(choice: WorldChoice, progress: Progress | None = None) -> LocalWorld:
    """Open or make the world. Raises `Problem`; `progress` is called on another thread."""
    defaults = WorldOptions(start=0)
    options = WorldOptions(
        start=choice.start if choice.start is not None else int(time.time()) * SECOND,
        seed=choice.seed,
        resources=0 if choice.empty else _chosen(choice.resources, defaults.resources),
        lenient=choice.lenient,
        accounts=_chosen(choice.accounts, defaults.accounts),
        regions=_chosen(choice.regions, defaults.regions),
    )
    kept = not (choice.memory or choice.empty)
    world = LocalWorld(
        Place(choice.name, choice.parent) if kept else None,
        options,
        parts=local_aws(),
        build=builder.build,
        speed=choice.speed,
        progress=progress,
    )
    await world.open()
    refusal = _unlike(choice, world.options) if kept else None
    if refusal is not None:
        await world.close()
        raise refusal
    return world


def _chosen(number: int | None, default: int) -> int:
    return default if number is None else number


def _unlike(choice: WorldChoice, made: WorldOptions) -> BadInput | None:
    """Why a kept world is not the one asked for: numbers that only a new world can be given."""
    for option, number, wanted, what in (
        ("--resources", made.resources, choice.resources, "resource"),
        ("--accounts", made.accounts, choice.accounts, "account"),
        ("--regions", made.regions, choice.regions, "region"),
    ):
        if wanted not in (None, number):
            return BadInput(
                f"The world {choice.name} is there already, made for {number} {what}{'' if number == 1 else 's'}",
                f"{option} says how {'large' if what == 'resource' else f'many {what}s'} a new world is made",
                "Leave it out, or name a new world with --world",
            )
    return None

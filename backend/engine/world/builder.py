"""Builds a new world: its estate, its set-up and its past."""

from __future__ import annotations

from collections.abc import Callable

from backend.engine.context import Context
from backend.engine.engine import Engine, WorldOptions
from backend.engine.world import identity, past, people, posture, regions, setup
from backend.model.moment import DAY, MINUTE

_SET_UP_TAKES = 5 * MINUTE
_MEMBER_SHARE = 5
"""How many times smaller the accounts beside the main one are."""


def build(engine: Engine, options: WorldOptions, progress: Callable[[str, float], None] | None = None) -> None:
    """Fill a new world; with `resources == 0` the account stays empty.

    The estate exists at once, `past_days` before `options.start`; from there the clock runs to the start, with
    whatever the people of the account did meanwhile. `progress` hears what is being done and how much of it is.
    All of it is one transaction: a world is there with its past, or not at all.
    """
    tell = progress or _silently
    with engine.store.transaction():
        engine.found()
        if options.resources:
            _fill(engine, options, tell)
        engine.advance(options.start)
    tell("Ready", 1.0)


def _fill(engine: Engine, options: WorldOptions, tell: Callable[[str, float], None]) -> None:
    begin = options.start - max(options.past_days * DAY, _SET_UP_TAKES)
    for world in engine.accounts:
        world.clock.begin(begin)

    def estate(ctx: Context) -> None:
        if ctx.world.is_main:
            identity.build(ctx, begin)
            regions.build(ctx, options.resources)
        else:
            identity.build_member(ctx, begin)
            regions.build_member(ctx, options.resources // _MEMBER_SHARE)

    tell("Building the estate", 0.0)
    _everywhere(engine, estate)
    _everywhere(engine, _posture)
    tell("Setting AWS Config up", 0.3)
    _everywhere(engine, setup.account)
    engine.advance(begin + _SET_UP_TAKES)
    _everywhere(engine, setup.rules)
    _everywhere(engine, setup.aggregator)
    past.live(engine, options, tell)


def _posture(ctx: Context) -> None:
    posture.found(ctx)
    for region in ctx.world.regions:
        posture.found_in_region(ctx.within(region), home=region == ctx.world.home_region)


def _everywhere(engine: Engine, work: Callable[[Context], None]) -> None:
    """Have the administrator do something in every account."""
    for account in engine.accounts.ids:
        engine.act(lambda ctx: work(people.acting(ctx, people.AISHA.caller)), account=account)


def _silently(_what: str, _share: float) -> None:
    """Nobody listens."""

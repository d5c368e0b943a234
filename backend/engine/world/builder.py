"""Builds a new world: its estate, its set-up and its past."""

from __future__ import annotations

from collections.abc import Callable

from backend.engine.context import Context
from backend.engine.engine import Engine, WorldOptions
from backend.engine.world import identity, past, people, regions, setup
from backend.model.moment import DAY, MINUTE

_SET_UP_TAKES = 5 * MINUTE


def build(engine: Engine, options: WorldOptions, progress: Callable[[str, float], None] | None = None) -> None:
    """Fill a new world; with `resources == 0` the account stays empty.

    The estate exists at once, `past_days` before `options.start`; from there the clock runs to the start, with
    whatever the people of the account did meanwhile. `progress` hears what is being done and how much of it is.
    All of it is one transaction: a world is there with its past, or not at all.
    """
    tell = progress or _silently
    with engine.store.transaction():
        engine.store.set_meta("account", engine.world.account)
        engine.store.set_meta("home_region", engine.world.home_region)
        if options.resources:
            _fill(engine, options, tell)
        engine.advance(options.start)
    tell("Ready", 1.0)


def _fill(engine: Engine, options: WorldOptions, tell: Callable[[str, float], None]) -> None:
    begin = options.start - max(options.past_days * DAY, _SET_UP_TAKES)
    engine.world.clock.begin(begin)
    administrator = people.AISHA.caller

    def estate(ctx: Context) -> None:
        identity.build(ctx, begin)
        regions.build(ctx, options.resources)

    tell("Building the estate", 0.0)
    engine.act(estate, caller=administrator)
    tell("Setting AWS Config up", 0.3)
    engine.act(_set_up, caller=administrator)
    engine.advance(begin + _SET_UP_TAKES)
    engine.act(_put_rules, caller=administrator)
    past.live(engine, options, tell)


def _set_up(ctx: Context) -> None:
    setup.region(ctx, setup.HOME_BUCKET, setup.HOME_TOPIC, "TwentyFour_Hours", everything=True)
    other = ctx.within(regions.OTHER_REGION)
    setup.region(other, setup.OTHER_BUCKET, setup.OTHER_TOPIC, "TwentyFour_Hours", everything=False)


def _put_rules(ctx: Context) -> None:
    setup.rules(ctx, everything=True)
    setup.rules(ctx.within(regions.OTHER_REGION), everything=False)


def _silently(_what: str, _share: float) -> None:
    """Nobody listens."""

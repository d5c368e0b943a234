"""Life of the estate: now and then, most of all in office hours, somebody changes something."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from backend.engine.clock import Due
from backend.engine.context import Context
from backend.engine.engine import DueHandler
from backend.engine.world.changes import access, releases, servers, software, stores
from backend.model.moment import DAY, HOUR, MINUTE, Moment

KIND = "world.life"

_AHEAD = 8 * HOUR
"""The offices keep Singapore time."""

_HOME_SHARE = 0.8
_QUIETER = 6
_TRIES = 5


@dataclass(frozen=True)
class Habit:
    """A change people make, with its weight in office hours and outside of them."""

    change: Callable[[Context, Random], bool]
    office: int
    quiet: int


HABITS = (
    Habit(releases.release, 16, 2),
    Habit(releases.renew_containers, 3, 0),
    Habit(releases.retag, 12, 1),
    Habit(releases.look_around, 10, 3),
    Habit(releases.tune_alarm, 5, 2),
    Habit(releases.configure, 4, 0),
    Habit(releases.new_template_version, 3, 0),
    Habit(software.patch, 4, 6),
    Habit(software.uninstall, 1, 0),
    Habit(software.switch_firewall, 1, 1),
    Habit(software.renew_agent, 1, 1),
    Habit(access.allow_neighbour, 6, 1),
    Habit(access.forget_neighbour, 4, 1),
    Habit(access.edit_role, 4, 0),
    Habit(access.rotate_key, 2, 0),
    Habit(access.move_user, 1, 0),
    Habit(access.new_policy_version, 1, 0),
    Habit(servers.scale_out, 5, 2),
    Habit(servers.scale_in, 4, 4),
    Habit(servers.stop_somewhere, 3, 5),
    Habit(servers.start_somewhere, 5, 1),
    Habit(servers.detach, 2, 0),
    Habit(servers.attach, 3, 0),
    Habit(stores.back_up, 0, 7),
    Habit(stores.modify_database, 2, 0),
    Habit(stores.version_bucket, 2, 0),
    Habit(stores.label_bucket, 3, 0),
    Habit(stores.tighten_bucket, 2, 0),
    Habit(stores.tune_queue, 2, 0),
    Habit(stores.protect_table, 2, 0),
)
"""What happens in the account, and how often."""

NAMED: Mapping[str, Callable[[Context, Random], bool]] = {habit.change.__name__: habit.change for habit in HABITS}
"""The changes by name, for scenario files."""


def begin(ctx: Context, at: Moment | None = None) -> None:
    """Let life go on from the moment given, or in a while."""
    ctx.clock.schedule(_pause(ctx, ctx.now, ctx.ids.chance()) if at is None else at, KIND)


def end(ctx: Context) -> None:
    """Nobody changes anything any more."""
    ctx.clock.cancel(KIND)


def in_office(moment: Moment) -> bool:
    """Whether the offices are open: weekdays nine to six, Singapore time."""
    day, hour = divmod(moment + _AHEAD, DAY)
    # The epoch began on a Thursday.
    return (day + 3) % 7 < 5 and 9 * HOUR <= hour < 18 * HOUR


def happen(ctx: Context, due: Due) -> None:
    """Somebody changes something; then the next change is waited for."""
    chance = ctx.ids.chance()
    ctx.clock.schedule(_pause(ctx, due.at, chance), KIND)
    here = ctx.within(_somewhere(ctx.world.regions, chance.random()))
    working = in_office(due.at)
    weights = [habit.office if working else habit.quiet for habit in HABITS]
    for habit in chance.choices(HABITS, weights, k=_TRIES):
        if habit.change(here, chance):
            return


DUE: Mapping[str, DueHandler] = {KIND: happen}


def _somewhere(regions: Sequence[str], share: float) -> str:
    """A region, home first, for a share between 0 and 1."""
    home, *others = regions
    beyond = (share - _HOME_SHARE) / (1 - _HOME_SHARE)
    return others[int(beyond * len(others))] if others and beyond >= 0 else home


def _pause(ctx: Context, moment: Moment, chance: Random) -> Moment:
    """When the next change comes: every half hour or so while people work, every two hours else.

    The accounts beside the main one are quieter.
    """
    mean = 27 * MINUTE if in_office(moment) else 130 * MINUTE
    if not ctx.world.is_main:
        mean *= _QUIETER
    return moment + max(MINUTE, int(chance.expovariate(1 / mean)))

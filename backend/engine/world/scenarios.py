"""Scenarios: stories told in TOML files, played on the clock.

A file has `title`, `description`, `[cast]` and `[[step]]` tables. The cast is found when the story begins: a name,
and the type and (if there is one) the name of a resource. Each step says when (`at`), who (`by`, see
`people.named`) and what (`do`, see `deeds`); the rest of its table belongs to the deed.

`at` is a time after the beginning ("20m"), or after the next history delivery ("history+20m"). Texts may hold
`$account`, `$region`, `$bucket` (the delivery channel's bucket) and the names of the cast.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from string import Template

from backend.engine.clock import Due
from backend.engine.config import channel, history
from backend.engine.context import Context
from backend.engine.engine import DueHandler
from backend.engine.world import estate, people, story
from backend.engine.world.changes.deeds import pick
from backend.engine.world.people import acting
from backend.model.clock import ScenarioInfo
from backend.model.item import Document, Json
from backend.model.moment import DAY, HOUR, MINUTE, SECOND, Moment
from backend.model.problem import Missing

KIND = "world.scenario"

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
_TIME = re.compile(r"(?:(history)\+)?((?:\d+[smhd])+)")
_FILES = resources.files("backend.engine.world") / "scenario_files"


def names() -> list[str]:
    """The scenarios that can be played."""
    return sorted(entry.name.removesuffix(".toml") for entry in _FILES.iterdir() if entry.name.endswith(".toml"))


def info(name: str) -> ScenarioInfo:
    """What a scenario is about. Raises `Missing`."""
    told = _read(name)
    return ScenarioInfo(name=name, title=told["title"], description=" ".join(told["description"].split()))


def infos(_ctx: Context | None = None) -> list[ScenarioInfo]:
    """All of them, by name."""
    return [info(name) for name in names()]


def play(ctx: Context, name: str) -> None:
    """Put the steps of a scenario on the clock, from now on, in the home region.

    Raises `Missing` for a name that is none, and when the world has nobody for the cast.
    """
    told = _read(name)
    home = ctx.within(ctx.world.home_region)
    found = channel.of(home)
    if found is None:
        raise _unplayable(told["title"], f"AWS Config has no delivery channel in {home.region}")
    cast = {"account": ctx.account, "region": home.region, "bucket": found.bucket}
    for role, wanted in told.get("cast", {}).items():
        cast[role] = _find(home, wanted, told["title"])
    for number, step in enumerate(told["step"]):
        scene = _filled(step, cast)
        home.clock.schedule(_moment(home, scene.pop("at")), KIND, home.region, f"{name}/{number:02d}", scene)


def perform(ctx: Context, due: Due) -> None:
    """Do one step."""
    scene: Document = dict(due.payload)
    caller = people.named(scene.pop("by"))
    story.DEEDS[scene.pop("do")](acting(ctx, caller), scene)


DUE: Mapping[str, DueHandler] = {KIND: perform}


def _read(name: str) -> Document:
    if name not in names():
        raise Missing(f"There is no scenario '{name}'", remedy=f"Choose one of {', '.join(names())}")
    return tomllib.loads((_FILES / f"{name}.toml").read_text(encoding="utf-8"))


def _find(ctx: Context, wanted: Mapping[str, str], title: str) -> str:
    """The id of the resource that plays a part: the one named, or else any of its type."""
    resource_type = wanted["type"]
    named = estate.by_name(ctx, resource_type, wanted["name"], ctx.region) if "name" in wanted else None
    found = named or pick(ctx, ctx.ids.chance(), resource_type)
    if found is None:
        raise _unplayable(title, f"it needs a resource of type {resource_type} in {ctx.region}, and there is none")
    return found.resource_id


def _unplayable(title: str, why: str) -> Missing:
    return Missing(f"'{title}' cannot be played here", why, "Play it in a world that has an estate")


def _moment(ctx: Context, text: str) -> Moment:
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"not a time of a step: {text!r}")
    after = sum(int(amount) * _UNITS[unit] for amount, unit in re.findall(r"(\d+)([smhd])", match[2]))
    begin = ctx.clock.when(history.RUN, ctx.region) if match[1] else None
    return (ctx.now if begin is None else begin) + after


def _filled(value: Json, cast: Mapping[str, str]) -> Json:
    if isinstance(value, str):
        return Template(value).safe_substitute(cast)
    if isinstance(value, dict):
        return {key: _filled(inner, cast) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, cast) for inner in value]
    return value

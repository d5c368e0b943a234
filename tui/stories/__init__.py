"""Stories for a stage: what is typed, step by step, and what is said meanwhile. One TOML file a story.

A story is also a test: each step waits for what it promises to show, never for time alone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from backend.model.moment import Moment, parse
from backend.model.problem import BadInput

LONGEST = 180.0
"""Seconds that a story may take on its own."""

KEY_SECONDS = 0.5
"""Seconds between two keys, so that one sees what each does."""

_STEP = {"say": str, "keys": list, "line": str, "type": str, "jump": str, "until": str, "hold": (int, float)}
_STORY = {"title": str, "about": str, "scenario": str, "empty": bool, "seed": int, "start": str, "step": list}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing shown. What is done comes in the order of the fields."""

    say: str
    """What a presenter would say: one or two sentences."""
    keys: tuple[str, ...] = ()
    """Textual key names."""
    line: str = ""
    """A command as typed after `:`."""
    type: str = ""
    """Text pasted into the line or form that is open."""
    jump: str = ""
    """How far the simulated clock moves on: `2m`, `6h`."""
    until: str = ""
    """What must stand on the screen, outside the caption, before the story goes on. `{good}` is the terminal's sign."""
    hold: float = 6.0
    """Seconds for reading, when the story plays on its own."""


@dataclass(frozen=True, slots=True)
class Story:
    """A story, and the world it plays in."""

    name: str
    title: str
    about: str
    steps: tuple[Step, ...]
    scenario: str = ""
    """The scenario of the local world that is put on the clock at the start; none when empty."""
    empty: bool = False
    """True when it begins with an account in which there is nothing."""
    seed: int = 7
    start: Moment = 0

    @property
    def seconds(self) -> float:
        """How long it takes on its own, at least."""
        return sum(step.hold + KEY_SECONDS * len(step.keys) for step in self.steps)


def names() -> tuple[str, ...]:
    """The stories there are, in the order they are best told."""
    found = {
        entry.name.removesuffix(".toml")
        for entry in resources.files(__name__).iterdir()
        if entry.name.endswith(".toml")
    }
    return (*(name for name in ORDER if name in found), *sorted(found.difference(ORDER)))


ORDER = ("open-door", "delivery-failure", "recorder-off", "quiet-week", "first-day")


def load(name: str) -> Story:
    """The story of this name. Raises `BadInput` where there is none, or its file is not right."""
    if name not in names():
        raise BadInput(f"There is no story {name}", f"there are {', '.join(names())}")
    return read(name, (resources.files(__name__) / f"{name}.toml").read_text("utf-8"))


def read(name: str, text: str) -> Story:
    """A story from the text of its file. Raises `BadInput` with what is wrong with it."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"The story {name} is not TOML", str(error)) from error
    _checked(name, content, _STORY)
    for need in ("title", "about", "step"):
        if not content.get(need):
            raise BadInput(f"The story {name} has no {need}")
    return Story(
        name=name,
        title=content["title"],
        about=" ".join(content["about"].split()),
        steps=tuple(_step(name, number, entry) for number, entry in enumerate(content["step"], start=1)),
        scenario=content.get("scenario", ""),
        empty=content.get("empty", False),
        seed=content.get("seed", 7),
        start=parse(content.get("start", "2026-03-14T09:30:00Z")),
    )


def _step(name: str, number: int, entry: Any) -> Step:
    where = f"{name}, step {number},"
    if not isinstance(entry, dict):
        raise BadInput(f"The story {where} is no table")
    _checked(where, entry, _STEP)
    if not entry.get("say"):
        raise BadInput(f"The story {where} says nothing")
    keys: Sequence[str] = entry.get("keys", ())
    return Step(
        say=" ".join(entry["say"].split()),
        keys=tuple(map(str, keys)),
        line=entry.get("line", ""),
        type=entry.get("type", ""),
        jump=entry.get("jump", ""),
        until=entry.get("until", ""),
        hold=float(entry.get("hold", 6)),
    )


def _checked(where: str, entry: dict[str, Any], known: dict[str, Any]) -> None:
    for key, value in entry.items():
        if key not in known:
            raise BadInput(f"The story {where} has “{key}”", f"there are {', '.join(known)}")
        if not isinstance(value, known[key]):
            raise BadInput(f"The story {where} has a “{key}” of the wrong kind")

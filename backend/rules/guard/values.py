"""Values of policies and documents, and how two of them compare.

A comparison answers None where the kinds do not go together: an integer is never equal to a text, nor to a float.
Documents hold what JSON knows; regular expressions, ranges and single characters come from policies only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TypeAlias

from backend.model.item import Json
from backend.rules.guard.patterns import Pattern


@dataclass(frozen=True, slots=True)
class Char:
    """A single character, which is no text."""

    sign: str


End: TypeAlias = int | float | Char


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers or characters from one end to another; the ends are of one type, which is the type it holds."""

    low: End
    high: End
    with_low: bool
    with_high: bool

    def holds(self, value: End) -> bool:
        """Whether a value of the type of the ends lies within."""
        low, high, own = _number(self.low), _number(self.high), _number(value)
        return (low <= own if self.with_low else low < own) and (own <= high if self.with_high else own < high)


def equal(one: Json, other: Json) -> bool | None:
    """Whether one value equals, matches or lies within the other."""
    kind, other_kind = one.__class__, other.__class__
    if kind is other_kind:
        if kind is list:
            return _equal_lists(one, other)
        if kind is dict:
            return _equal_maps(one, other)
        if kind is Range:
            return None
        return bool(one == other)
    if other_kind is Pattern:
        return other.matches(one) if kind is str else None
    if kind is Pattern:
        return one.matches(other) if other_kind is str else None
    if other_kind is Range:
        return other.holds(one) if kind is other.low.__class__ else None
    return None


def order(one: Json, other: Json) -> int | None:
    """-1, 0 or 1 as one value comes before, with or after the other."""
    kind = one.__class__
    if kind is not other.__class__:
        return None
    if kind is int or kind is str or kind is float:
        return int(one > other) - int(one < other)
    if one is None:
        return 0
    if kind is Char:
        return int(one.sign > other.sign) - int(one.sign < other.sign)
    return None


def spelled(value: Json) -> str:
    """A value as a policy would have it."""
    if isinstance(value, Pattern):
        return "/" + value.source.replace("/", "\\/") + "/"
    if isinstance(value, Range):
        ends = ("[" if value.with_low else "("), ("]" if value.with_high else ")")
        return f"r{ends[0]}{spelled(value.low)}, {spelled(value.high)}{ends[1]}"
    if isinstance(value, Char):
        return value.sign
    if isinstance(value, list):
        return "[" + ", ".join(map(spelled, value)) + "]"
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{json.dumps(name, ensure_ascii=False)}: {spelled(each)}" for name, each in value.items())
            + "}"
        )
    return json.dumps(value, ensure_ascii=False)


def kind_of(value: Json) -> str:
    """What sort of value it is, with its article."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "an integer"
        case float():
            return "a float"
        case str():
            return "a text"
        case list():
            return "a list"
        case dict():
            return "a map"
        case _:
            return "a character"


def _number(value: End) -> int | float:
    return ord(value.sign) if isinstance(value, Char) else value


def _equal_lists(one: list[Json], other: list[Json]) -> bool | None:
    if len(one) != len(other):
        return False
    for mine, theirs in zip(one, other, strict=True):
        same = equal(mine, theirs)
        if not same:
            return same
    return True


def _equal_maps(one: dict[str, Json], other: dict[str, Json]) -> bool | None:
    if len(one) != len(other):
        return False
    for name, mine in one.items():
        if name not in other:
            return False
        same = equal(mine, other[name])
        if not same:
            return same
    return True

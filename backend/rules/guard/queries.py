"""Queries as functions: each step is one that knows what comes after it.

A query answers with values and where they are, or with `Lost` where a document has nothing. Empty lists and maps have
no elements to go over: that is a loss, too. Only filters may answer with nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from backend.model.item import Json
from backend.rules.guard import syntax
from backend.rules.guard.comparing import Comparison
from backend.rules.guard.scope import PASS, WRITTEN, Finder, Found, Frame, Judge, Lost, Path
from backend.rules.guard.spellings import spellings

_INDEX = re.compile(r"-?\d{1,9}")


def here(value: Json, path: Path, frame: Frame) -> list[Found]:
    """The value itself: the end of each query."""
    return [(value, path)]


def keys(names: Sequence[str], lost: Sequence[Lost], rest: Finder) -> Finder:
    """Named properties, one below the other; `lost[n]` is what is missing if the nth is."""
    names = tuple(names)
    others = [spellings(name) for name in names]

    def find(value: Json, path: Path, frame: Frame) -> list[Found]:
        for at, name in enumerate(names):
            if value.__class__ is dict and name in value:
                value = value[name]
                path = (path, name)
                continue
            other = _otherwise(value, name, others[at])
            if other is None:
                return [(lost[at], path)]
            value = value[other]
            path = (path, other)
        return [(value, path)] if rest is here else rest(value, path, frame)

    return find


def _otherwise(value: Json, name: str, others: Sequence[str]) -> str | int | None:
    """The key of a property that is spelled otherwise, or the index of an element that is named by its number."""
    if isinstance(value, dict):
        return next((other for other in others if other in value), None)
    if isinstance(value, list) and _INDEX.fullmatch(name):
        return _position(int(name), value)
    return None


def _position(number: int, values: Sequence[object]) -> int | None:
    """Where an element is. cfn-guard 3.0 drops the sign of a negative index; here it counts from the end."""
    at = number if number >= 0 else len(values) + number
    return at if 0 <= at < len(values) else None


def index(number: int, lost: Lost, rest: Finder) -> Finder:
    """One element of a list."""

    def find(value: Json, path: Path, frame: Frame) -> list[Found]:
        at = _position(number, value) if isinstance(value, list) else None
        return [(lost, path)] if at is None else rest(value[at], (path, at), frame)

    return find


def all_elements(capture: str | None, lost: Lost, rest: Finder) -> Finder:
    """All of a list; a map or a single value stands for a list of one, unless the keys of a map are wanted."""

    def find(value: Json, path: Path, frame: Frame) -> list[Found]:
        if value.__class__ is list:
            return _each(value, path, frame, lost, rest)
        if capture is not None and value.__class__ is dict:
            return _each_value(value, path, frame, capture, lost, rest)
        return rest(value, path, frame)

    return find


def all_values(lost: Lost, rest: Finder) -> Finder:
    """All of a map or of a list; a single value stands for itself."""

    def find(value: Json, path: Path, frame: Frame) -> list[Found]:
        if value.__class__ is list:
            return _each(value, path, frame, lost, rest)
        if value.__class__ is dict:
            return _each_value(value, path, frame, None, lost, rest)
        return rest(value, path, frame)

    return find


def _each(values: list[Json], path: Path, frame: Frame, lost: Lost, rest: Finder) -> list[Found]:
    if not values:
        return [(lost, path)]
    frame.run.spend(len(values))
    if rest is here:
        return [(each, (path, at)) for at, each in enumerate(values)]
    return [found for at, each in enumerate(values) for found in rest(each, (path, at), frame)]


def _each_value(
    values: dict[str, Json], path: Path, frame: Frame, capture: str | None, lost: Lost, rest: Finder
) -> list[Found]:
    if not values:
        return [(lost, path)]
    frame.run.spend(len(values))
    out: list[Found] = []
    for key, each in values.items():
        if capture is not None:
            frame.capture(capture, key, (path, key))
        out.extend(rest(each, (path, key), frame))
    return out


def filtered(before: syntax.Part | syntax.This, capture: str | None, holds: Judge, lost: Lost, rest: Finder) -> Finder:
    """The elements for which clauses hold; `before` is the step before.

    A list is gone through, and so is a map after a name; after any other step the map itself is looked at.
    cfn-guard 3.0 evaluates the clauses of `list[*][ … ]` on the wrong value, outside of the list, and breaks off on a
    map after an index, after `this` and after another filter.
    """
    through = isinstance(before, syntax.Key | syntax.KeyOf)
    single = isinstance(before, syntax.AllElements)

    def find(value: Json, path: Path, frame: Frame) -> list[Found]:
        run = frame.run
        mark = len(run.notes)
        out: list[Found] = []
        if value.__class__ is list:
            run.spend(len(value))
            for at, each in enumerate(value):
                if holds(each, (path, at), frame) is PASS:
                    out.extend(rest(each, (path, at), frame))
        elif through and value.__class__ is dict:
            run.spend(len(value))
            for key, each in value.items():
                if holds(each, (path, key), frame) is PASS:
                    if capture is not None:
                        frame.capture(capture, key, (path, key))
                    out.extend(rest(each, (path, key), frame))
        elif single or value.__class__ is dict:
            if holds(value, path, frame) is PASS:
                out = rest(value, path, frame)
        else:
            out = [(lost, path)]
        del run.notes[mark:]
        return out

    return find


def keys_compared(
    compare: Comparison, negated: bool, expected: Finder, capture: str | None, lost: Lost, rest: Finder
) -> Finder:
    """The values of a map whose keys are as expected: as one of several values that are found, or negated as none."""

    def find(value: Json, path: Path, frame: Frame) -> list[Found]:
        if not isinstance(value, dict):
            return [(lost, path)]
        right = expected(value, path, frame)
        out: list[Found] = []
        if not right:
            return out
        frame.run.spend(len(value) * len(right))
        for key, each in value.items():
            told = [ok for one, _ in right for ok, *_ in compare([(key, (path, key))], [(one, WRITTEN)], negated)]
            if all(told) if negated else any(told):
                if capture is not None:
                    frame.capture(capture, key, (path, key))
                out.extend(rest(each, (path, key), frame))
        return out

    return find


def keys_of(variable: str, pick: int | None, lost: Lost, rest: Finder) -> Finder:
    """The properties that a variable names; `pick` is the index that follows, which chooses among the names."""

    def find(value: Json, path: Path, frame: Frame) -> list[Found]:
        names = frame.look_up(variable)
        if not isinstance(value, dict):
            return [(lost, path)]
        if pick is not None:
            at = _position(pick, names)
            names = [] if at is None else [names[at]]
            if not names:
                return [(lost, path)]
        frame.run.spend(len(names))
        out: list[Found] = []
        for name, _ in names:
            for each in name if isinstance(name, list) else [name]:
                if isinstance(each, str) and each in value:
                    frame.run.spend(1)
                    out.extend(rest(value[each], (path, each), frame))
                else:
                    out.append((lost, path))
        return out

    return find


def variable(name: str, rest: Finder) -> Finder:
    """What a variable stands for, and what is below it."""
    if rest is here:
        return lambda _value, _path, frame: frame.look_up(name)

    def find(value: Json, path: Path, frame: Frame) -> list[Found]:
        out: list[Found] = []
        for each in frame.look_up(name):
            if each[0].__class__ is Lost:
                out.append(each)
            else:
                out.extend(rest(each[0], each[1], frame))
        return out

    return find


def written(value: Json) -> Finder:
    """A value that stands in the policy."""
    found = [(value, WRITTEN)]
    return lambda _value, _path, _frame: found

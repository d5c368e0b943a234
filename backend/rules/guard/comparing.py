"""Comparing what a query found with what is expected of it, as Guard does it for lists and single values.

Guard tells apart a value that is written in the policy and one that was found: one that is written stands for itself,
values that were found are a set. What kinds do not go together fails, whether the operator is negated or not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from backend.model.item import Json
from backend.rules.guard.scope import WRITTEN, Found, Lost, Path
from backend.rules.guard.values import equal, order

Outcome: TypeAlias = tuple[bool, Json, Path, Json]
"""Whether a value is as expected; the value, where it is, and what it was compared with."""

Comparison: TypeAlias = Callable[[list[Found], list[Found], bool], list[Outcome]]
"""Compares what is on the left with what is on the right; the last argument is whether it is negated."""


def equality(left: list[Found], right: list[Found], negated: bool) -> list[Outcome]:
    """`==` and `!=`"""
    if _is_written(right):
        return _equal_to_written(left, right[0][0], negated)
    if _is_written(left):
        return _written_equal_to(left[0], right, negated)
    return _sets_equal(left, right, negated)


def membership(left: list[Found], right: list[Found], negated: bool) -> list[Outcome]:
    """`in` and `not in`; a text is in a text that contains it."""
    if _is_written(right):
        return _in_written(left, right[0][0], negated)
    if _is_written(left):
        return _written_in(left[0], right, negated)
    return _set_in(left, right, negated)


def less(left: list[Found], right: list[Found], negated: bool) -> list[Outcome]:
    return _ordered(left, right, lambda found: (found < 0) is not negated)


def at_most(left: list[Found], right: list[Found], negated: bool) -> list[Outcome]:
    return _ordered(left, right, lambda found: (found <= 0) is not negated)


def greater(left: list[Found], right: list[Found], negated: bool) -> list[Outcome]:
    return _ordered(left, right, lambda found: (found > 0) is not negated)


def at_least(left: list[Found], right: list[Found], negated: bool) -> list[Outcome]:
    return _ordered(left, right, lambda found: (found >= 0) is not negated)


OPERATORS: dict[str, Comparison] = {
    "==": equality,
    "in": membership,
    "<": less,
    "<=": at_most,
    ">": greater,
    ">=": at_least,
}


def _is_written(found: list[Found]) -> bool:
    return len(found) == 1 and found[0][1] is WRITTEN


def _same(value: Json, path: Path, expected: Json, negated: bool) -> Outcome:
    same = equal(value, expected)
    return same is not None and same is not negated, value, path, expected


def _has(values: list[Json], value: Json) -> bool:
    """Whether a value is among others. cfn-guard 3.0 finds none in a list of ranges."""
    return any(equal(value, each) for each in values)


def _split(found: list[Found]) -> tuple[list[Found], list[Found]]:
    """What was found, and what was not."""
    there = [each for each in found if each[0].__class__ is not Lost]
    return there, [] if len(there) == len(found) else [each for each in found if each[0].__class__ is Lost]


def _without(left: list[Found], lost: list[Found]) -> list[Outcome]:
    """Each value on the left fails for each query on the right that found nothing."""
    return [(False, value, path, missing) for missing, _ in lost for value, path in left]


def _equal_to_written(left: list[Found], expected: Json, negated: bool) -> list[Outcome]:
    out: list[Outcome] = []
    many = expected.__class__ is list
    alone = _is_written(left)
    for value, path in left:
        kind = value.__class__
        if kind is Lost:
            out.append((False, value, path, expected))
        elif many and len(expected) == 1 and kind is not list and kind is not dict and not alone:
            out.append(_same(value, path, expected[0], negated))
        elif many or kind is not list or alone:
            out.append(_same(value, path, expected, negated))
        else:
            out.extend(_same(each, (path, at), expected, negated) for at, each in enumerate(value))
    return out


def _written_equal_to(left: Found, right: list[Found], negated: bool) -> list[Outcome]:
    found, lost = _split(right)
    out = _without([left], lost)
    value, path = left
    for expected, _ in found:
        if expected.__class__ is list and value.__class__ is not list:
            out.extend(_same(value, path, each, negated) for each in expected)
        else:
            out.append(_same(value, path, expected, negated))
    return out


def _sets_equal(left: list[Found], right: list[Found], negated: bool) -> list[Outcome]:
    """Each value has to be on the other side, too; negated, none may be.

    cfn-guard 3.0 looks from the longer side only: it takes [1, 2] for equal to [1, 1], and for 1 != 2 it fails.
    """
    mine, lost = _split(left)
    theirs, missing = _split(right)
    out: list[Outcome] = [(False, value, path, None) for value, path in lost] + _without(mine, missing)
    left_values, right_values = [value for value, _ in mine], [value for value, _ in theirs]
    if negated:
        return out + [(not _has(right_values, value), value, path, right_values) for value, path in mine]
    wrong = [(False, value, path, right_values) for value, path in mine if not _has(right_values, value)]
    wrong = wrong or [(False, value, path, left_values) for value, path in theirs if not _has(left_values, value)]
    return out + (wrong or [(True, value, path, right_values) for value, path in mine])


def _contained(value: Json, path: Path, container: Json, negated: bool) -> Outcome:
    """Whether a value is one of a list, or all elements of a list are; negated, whether none is."""
    inside: bool | None
    if value.__class__ is list:
        if container.__class__ is not list:
            return False, value, path, container
        if container and container[0].__class__ is list:
            # cfn-guard 3.0 says of a list that is not among lists that it is neither in nor not in them.
            inside = _has(container, value)
        elif negated:
            return bool(value) and not any(_has(container, each) for each in value), value, path, container
        else:
            inside = all(_has(container, each) for each in value)
    elif container.__class__ is list:
        inside = _has(container, value)
    else:
        inside = equal(value, container)
    return inside is not None and inside is not negated, value, path, container


def _text_in(value: Json, path: Path, text: str, negated: bool) -> Outcome:
    return value.__class__ is str and (value in text) is not negated, value, path, text


def _in_written(left: list[Found], expected: Json, negated: bool) -> list[Outcome]:
    out: list[Outcome] = []
    alone = _is_written(left)
    for value, path in left:
        if value.__class__ is Lost:
            out.append((False, value, path, expected))
        elif expected.__class__ is not str:
            out.append(_contained(value, path, expected, negated))
        elif value.__class__ is list and not alone:
            out.extend(_text_in(each, (path, at), expected, negated) for at, each in enumerate(value))
        else:
            out.append(_text_in(value, path, expected, negated))
    return out


def _written_in(left: Found, right: list[Found], negated: bool) -> list[Outcome]:
    found, lost = _split(right)
    out = _without([left], lost)
    value, path = left
    if value.__class__ is list and not any(expected.__class__ is list for expected, _ in found):
        return [*out, _contained(value, path, [expected for expected, _ in found], negated)]
    return out + [_contained(value, path, expected, negated) for expected, _ in found]


def _set_in(left: list[Found], right: list[Found], negated: bool) -> list[Outcome]:
    mine, lost = _split(left)
    theirs, missing = _split(right)
    out: list[Outcome] = [(False, value, path, None) for value, path in lost] + _without(mine, missing)
    expected = [value for value, _ in theirs]
    for value, path in mine:
        inside = any(_contained(value, path, each, False)[0] for each in expected)
        out.append((inside is not negated, value, path, expected))
    return out


def _ordered(left: list[Found], right: list[Found], holds: Callable[[int], bool]) -> list[Outcome]:
    """Each value on the left with each on the right; of lists, their elements."""
    mine, lost = _split(left)
    theirs, missing = _split(right)
    flat = _elements(mine)
    out: list[Outcome] = [(False, value, path, None) for value, path in lost] + _without(flat, missing)
    for value, path in flat:
        for expected, _ in _elements(theirs):
            found = order(value, expected)
            out.append((found is not None and holds(found), value, path, expected))
    return out


def _elements(found: list[Found]) -> list[Found]:
    out: list[Found] = []
    for value, path in found:
        if value.__class__ is list:
            out.extend((each, (path, at)) for at, each in enumerate(value))
        else:
            out.append((value, path))
    return out

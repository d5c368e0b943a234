"""Rules that look at values of one item: which paths, what each must be, and where the rule does not apply.

A path is dotted and begins in `configuration`, or with `supplementaryConfiguration.` or `tags.` there. `[]` behind a
member goes through all elements of its list: each must do. `{}` goes through all members of an object. `a|b` takes the
first spelling the item has: types of two generations write one property in two ways (reference: rules.md §5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from backend.model.item import Document, Json
from backend.rules.expectations import Expectation
from backend.rules.reading import CONFIGURATION, SUPPLEMENT, unpacked
from backend.rules.verdict import FINE, Check, Parameters, Reason, Surroundings, Verdict, bad, out_of_scope

_TOPS = (SUPPLEMENT, "tags")
_LONGEST_VALUE = 60
"""Characters of a value that an annotation shows."""


@dataclass(frozen=True)
class Need:
    """What a value must be."""

    path: tuple[str, ...]
    expected: Expectation
    some: bool = False
    """Whether one value that fits is enough; else all that are found must."""
    empty_is_fine: bool = True
    """Whether a list on the path may have no elements."""


def need(path: str, expected: Expectation) -> Need:
    """Every value at a path must be so; a value that is missing counts as null."""
    return Need(_steps(path), expected)


def need_some(path: str, expected: Expectation) -> Need:
    """At least one value at a path must be so."""
    return Need(_steps(path), expected, some=True)


def need_any(path: str, expected: Expectation) -> Need:
    """Every value at a path must be so, and there must be one."""
    return Need(_steps(path), expected, empty_is_fine=False)


def rule(identifier: str, decides: str, *needs: Need, only: Iterable[Need] = (), either: bool = False) -> Check:
    """A rule of the table: all of `needs`, or with `either` one of them; not applicable unless all of `only` are so."""
    limits = tuple(only)

    def judge(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
        for limit in limits:
            reasons = unmet(limit, item, parameters)
            if reasons:
                return out_of_scope(sentence(reasons), *reasons)
        asked = [each for each in needs if each.expected.asked(parameters)]
        found = [unmet(each, item, parameters) for each in asked]
        if all(not reasons for reasons in found) or (either and any(not reasons for reasons in found)):
            return FINE
        reasons = [reason for each in found for reason in each]
        return bad(sentence(reasons), *reasons)

    return Check(identifier, decides, item=judge, reads=_reads((*needs, *limits)))


def _reads(needs: Iterable[Need]) -> tuple[str, ...]:
    read: dict[str, None] = {}
    for each in needs:
        top, rest = each.path[0], each.path[1:]
        if top == "tags":
            read["tags"] = None
        else:
            for name in (rest[0] if rest else "").rstrip("[]{}").split("|"):
                read[f"{top}.{name}"] = None
    return tuple(read)


def unmet(wanted: Need, item: Document, parameters: Parameters) -> list[Reason]:
    """What speaks against a need; empty where it is met."""
    if not wanted.expected.asked(parameters):
        return []
    holds = wanted.expected.holds
    against = []
    seen = False
    for path, value in values(item, wanted.path):
        seen = True
        if not holds(value, parameters):
            against.append((path, value))
        elif wanted.some:
            return []
    if not seen and (wanted.some or not wanted.empty_is_fine):
        against.append((_written(wanted.path), None))
    if not against:
        return []
    words = wanted.expected.words(parameters)
    return [Reason(path, value, words) for path, value in against]


def sentence(reasons: list[Reason]) -> str:
    """The reasons as the annotation of a result."""
    rest = f" and {len(reasons) - 3} more" if len(reasons) > 3 else ""
    return "; ".join(map(_said, reasons[:3])) + rest + "."


def _said(reason: Reason) -> str:
    """What is wrong; where something is missing or must not be, what is there says it all."""
    said = f"{_short(reason.path)} is {'empty' if reason.found in ('', [], {}) else shown(reason.found)}"
    return said if reason.expected == "set" or reason.expected.startswith("not ") else f"{said}, not {reason.expected}"


def _short(path: str) -> str:
    return path.removeprefix(f"{CONFIGURATION}.").removeprefix(f"{SUPPLEMENT}.")


def shown(value: Json) -> str:
    """A value as an annotation shows it: its beginning, if it is long."""
    if value is None:
        return "not set"
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def values(item: Document, path: tuple[str, ...]) -> Iterator[tuple[str, Json]]:
    """Each value at a path with where it stands; one null where the path ends early."""
    yield from _walk(item.get(path[0]), path, 1, path[0])


def _walk(value: Json, path: tuple[str, ...], depth: int, where: str) -> Iterator[tuple[str, Json]]:
    if depth == len(path):
        yield where, value
        return
    step = path[depth]
    through = step[-2:]
    name = step[:-2] if through in ("[]", "{}") else step
    value = unpacked(value)
    if name:
        name, value = _member(value, name)
        where = f"{where}.{name}"
    if through == "[]":
        value = unpacked(value)
        for place, each in enumerate(value if isinstance(value, list) else ()):
            yield from _walk(each, path, depth + 1, f"{where}.{place}")
    elif through == "{}":
        value = unpacked(value)
        for key, each in value.items() if isinstance(value, dict) else ():
            yield from _walk(each, path, depth + 1, f"{where}.{key}")
    else:
        yield from _walk(value, path, depth + 1, where)


def _member(value: Json, name: str) -> tuple[str, Json]:
    spellings = name.split("|")
    if isinstance(value, dict):
        for spelling in spellings:
            if spelling in value:
                return spelling, value[spelling]
    return spellings[0], None


def _steps(path: str) -> tuple[str, ...]:
    steps = tuple(path.split("."))
    return steps if steps[0] in _TOPS else (CONFIGURATION, *steps)


def _written(path: tuple[str, ...]) -> str:
    return ".".join(step.rstrip("[]{}").split("|")[0] for step in path)

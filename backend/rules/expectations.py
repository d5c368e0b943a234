"""What rules of the table expect of one value, and how that is said."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from backend.model.item import Json
from backend.rules.reading import number, same_key, split_csv, truth
from backend.rules.verdict import Parameters


class Expectation(NamedTuple):
    """A test of one value, in the light of the rule's parameters."""

    holds: Callable[[Json, Parameters], bool]
    words: Callable[[Parameters], str]
    asked: Callable[[Parameters], bool] = lambda _: True
    """Whether the parameters ask for it at all."""


def _plain(words: str, holds: Callable[[Json], bool]) -> Expectation:
    return Expectation(lambda value, _: holds(value), lambda _: words)


TRUE = _plain("true", lambda value: truth(value) is True)
FALSE = _plain("false", lambda value: truth(value) is False)
NOT_TRUE = _plain("not true", lambda value: truth(value) is not True)
PRESENT = _plain("set", lambda value: value not in (None, "", [], {}))
ABSENT = _plain("not set", lambda value: value in (None, "", [], {}))


def one_of(*allowed: str) -> Expectation:
    """One of some texts, in any case."""
    folded = {text.lower() for text in allowed}
    return _plain(_either(allowed), lambda value: isinstance(value, str) and value.lower() in folded)


def none_of(*refused: str) -> Expectation:
    """Anything but some texts, in any case; a missing value is fine."""
    folded = {text.lower() for text in refused}
    return _plain(f"not {_either(refused)}", lambda value: not (isinstance(value, str) and value.lower() in folded))


def starting_with(*starts: str) -> Expectation:
    """A text with one of some beginnings, in any case."""
    folded = tuple(start.lower() for start in starts)
    words = f"a text that begins with {_either(starts)}"
    return _plain(words, lambda value: isinstance(value, str) and value.lower().startswith(folded))


def holding(*members: str) -> Expectation:
    """A list with all of some texts."""
    words = "a list with " + ", ".join(members)
    return _plain(words, lambda value: isinstance(value, list) and all(member in value for member in members))


def at_least(least: float) -> Expectation:
    return _plain(f"{_number(least)} or more", lambda value: (found := number(value)) is not None and found >= least)


def at_most(most: float) -> Expectation:
    return _plain(f"{_number(most)} or less", lambda value: (found := number(value)) is not None and found <= most)


def matching(pattern: str, words: str) -> Expectation:
    """A text that a regular expression finds something in."""
    compiled = re.compile(pattern)
    return _plain(words, lambda value: isinstance(value, str) and compiled.search(value) is not None)


def not_matching(pattern: str, words: str) -> Expectation:
    """No text that a regular expression finds something in; a missing value is fine."""
    compiled = re.compile(pattern)
    return _plain(words, lambda value: not isinstance(value, str) or compiled.search(value) is None)


# --- with a parameter of the rule: asked for only where that is given, unless there is another value to assume ---


def _given(name: str) -> Callable[[Parameters], bool]:
    return lambda parameters: bool((parameters.get(name) or "").strip())


def among(name: str) -> Expectation:
    """One of the texts of a CSV parameter, in any case."""
    return Expectation(
        lambda value, p: isinstance(value, str) and value.lower() in {text.lower() for text in split_csv(p[name])},
        lambda p: _either(split_csv(p[name])),
        _given(name),
    )


def not_among(name: str) -> Expectation:
    """None of the texts of a CSV parameter, in any case."""
    return Expectation(
        lambda value, p: not (isinstance(value, str) and value.lower() in map(str.lower, split_csv(p[name]))),
        lambda p: f"not {_either(split_csv(p[name]))}",
        _given(name),
    )


def every_among(name: str) -> Expectation:
    """A list of which each text is among those of a CSV parameter."""
    return Expectation(
        lambda value, p: isinstance(value, list) and {str(each) for each in value} <= set(split_csv(p[name])),
        lambda p: f"only {', '.join(split_csv(p[name]))}",
        _given(name),
    )


def some_among(name: str) -> Expectation:
    """A list of which at least one text is among those of a CSV parameter."""
    return Expectation(
        lambda value, p: isinstance(value, list) and not {str(each) for each in value}.isdisjoint(split_csv(p[name])),
        lambda p: f"a list with one of {', '.join(split_csv(p[name]))}",
        _given(name),
    )


def key_among(name: str) -> Expectation:
    """One of the KMS keys, by id or ARN, of a CSV parameter."""
    return Expectation(
        lambda value, p: any(same_key(wanted, value) for wanted in split_csv(p[name])),
        lambda p: f"the key {_either(split_csv(p[name]))}",
        _given(name),
    )


def equal_to(name: str) -> Expectation:
    """The text, number or boolean of a parameter."""
    return Expectation(
        lambda value, p: _same(value, p[name].strip()),
        lambda p: p[name].strip(),
        _given(name),
    )


def at_least_given(name: str, assumed: float | None = None) -> Expectation:
    """The number of a parameter, or one that is assumed, or more."""
    return _limit(name, assumed, "or more", lambda found, limit: found >= limit)


def at_most_given(name: str, assumed: float | None = None) -> Expectation:
    """The number of a parameter, or one that is assumed, or less."""
    return _limit(name, assumed, "or less", lambda found, limit: found <= limit)


def _limit(name: str, assumed: float | None, words: str, fits: Callable[[float, float], bool]) -> Expectation:
    def limit(parameters: Parameters) -> float:
        given = number(parameters.get(name))
        return given if given is not None else (assumed or 0)

    return Expectation(
        lambda value, p: (found := number(value)) is not None and fits(found, limit(p)),
        lambda p: f"{_number(limit(p))} {words}",
        lambda p: assumed is not None or number(p.get(name)) is not None,
    )


def given_true(name: str, then: Expectation) -> Expectation:
    """An expectation that only a parameter set to true asks for."""
    return Expectation(then.holds, then.words, lambda p: truth(p.get(name) or "") is True and then.asked(p))


def _same(value: Json, wanted: str) -> bool:
    if isinstance(value, bool):
        return truth(wanted) is value
    if isinstance(value, int | float):
        return number(wanted) == value
    return isinstance(value, str) and value.lower() == wanted.lower()


def _either(texts: tuple[str, ...] | list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"one of {', '.join(texts)}"


def _number(value: float) -> str:
    return f"{value:g}"

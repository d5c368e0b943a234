"""The built-in functions. What a function cannot convert is left out of its answer, or ends the evaluation."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from backend.model.item import Json
from backend.rules.guard.errors import EvaluationError
from backend.rules.guard.patterns import Pattern, PatternError
from backend.rules.guard.scope import PASSED, Found, Lost
from backend.rules.guard.values import Char, kind_of

Arguments: TypeAlias = list[list[Found]]


def _given(found: list[Found]) -> list[Found]:
    return [each for each in found if each[0].__class__ is not Lost]


def _only(name: str, which: str, found: list[Found], wanted: str, *kinds: type) -> Json:
    """The first value of an argument, which has to be of some kind."""
    value = found[0][0] if found else None
    if value.__class__ not in kinds:
        raise EvaluationError(f"{name} needs {wanted} as its {which} argument")
    return value


def _count(arguments: Arguments) -> list[Found]:
    found = _given(arguments[0])
    return [(len(found), found[0][1] if found else PASSED)]


def _json_parse(arguments: Arguments) -> list[Found]:
    def parsed(text: str) -> Json:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise EvaluationError(f"json_parse cannot read '{text[:40]}' as JSON") from None

    return _of_texts(arguments[0], parsed)


def _regex_replace(arguments: Arguments) -> list[Found]:
    source = _only("regex_replace", "second", arguments[1], "a text", str)
    template = _only("regex_replace", "third", arguments[2], "a text", str)
    try:
        pattern = Pattern(source)
    except PatternError as error:
        raise EvaluationError(f"the regular expression '{source}' is not well formed: {error}") from None
    return _of_texts(arguments[0], lambda text: pattern.replace(text, template))


def _substring(arguments: Arguments) -> list[Found]:
    start = int(_only("substring", "second", arguments[1], "a number", int, float))
    end = int(_only("substring", "third", arguments[2], "a number", int, float))
    return [
        (value[start:end], path)
        for value, path in _given(arguments[0])
        if isinstance(value, str) and 0 <= start < end <= len(value)
    ]


def _join(arguments: Arguments) -> list[Found]:
    between = _only("join", "second", arguments[1], "a text or a character", str, Char)
    texts = []
    for value, _ in arguments[0]:
        if not isinstance(value, str):
            what = f"no {value.wanted}" if isinstance(value, Lost) else kind_of(value)
            raise EvaluationError(f"join takes texts only, it was given {what}")
        texts.append(value)
    path = arguments[0][0][1] if arguments[0] else PASSED
    return [((between.sign if isinstance(between, Char) else between).join(texts), path)]


def _url_decode(arguments: Arguments) -> list[Found]:
    found = []
    for value, path in _given(arguments[0]):
        if isinstance(value, str):
            try:
                found.append((unquote_to_bytes(value).decode(), path))
            except UnicodeDecodeError:
                continue
    return found


def _to_upper(arguments: Arguments) -> list[Found]:
    return _of_texts(arguments[0], str.upper)


def _to_lower(arguments: Arguments) -> list[Found]:
    return _of_texts(arguments[0], str.lower)


def _of_texts(found: list[Found], convert: Callable[[str], Json]) -> list[Found]:
    return [(convert(value), path) for value, path in _given(found) if isinstance(value, str)]


def _converted(found: list[Found], name: str, convert: Callable[[Json], Json]) -> list[Found]:
    """Each value that `convert` takes; it answers with itself for what is to be left out, and raises ValueError."""
    out: list[Found] = []
    for value, path in _given(found):
        try:
            made = convert(value)
        except (ValueError, OverflowError):
            raise EvaluationError(f"{name} cannot read '{str(value)[:40]}'") from None
        if made is not None:
            out.append((made, path))
    return out


def _integer(value: Json) -> Json:
    if isinstance(value, Char):
        return int(value.sign)
    if isinstance(value, str):
        if not value.lstrip("+-").isdecimal() or len(value) > 20:
            raise ValueError(value)
        return int(value)
    return int(value) if value.__class__ in (int, float) else None


def _float(value: Json) -> Json:
    if isinstance(value, Char):
        return float(value.sign)
    if value.__class__ in (int, float, str):
        return float(value)
    return None


def _boolean(value: Json) -> Json:
    if isinstance(value, str):
        if value.lower() not in ("true", "false"):
            raise ValueError(value)
        return value.lower() == "true"
    return value if isinstance(value, bool) else None


def _text(value: Json) -> Json:
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case int():
            return str(value)
        case Char():
            return value.sign
        case str():
            return value
        case _:
            return None


def _char(value: Json) -> Json:
    if value.__class__ is int:
        value = str(value)
    if isinstance(value, str):
        if len(value) != 1:
            raise ValueError(value)
        return Char(value)
    return value if isinstance(value, Char) else None


FUNCTIONS: dict[str, tuple[int, Callable[[Arguments], list[Found]]]] = {
    "count": (1, _count),
    "join": (2, _join),
    "json_parse": (1, _json_parse),
    "parse_boolean": (1, lambda arguments: _converted(arguments[0], "parse_boolean", _boolean)),
    "parse_char": (1, lambda arguments: _converted(arguments[0], "parse_char", _char)),
    "parse_float": (1, lambda arguments: _converted(arguments[0], "parse_float", _float)),
    "parse_int": (1, lambda arguments: _converted(arguments[0], "parse_int", _integer)),
    "parse_string": (1, lambda arguments: _converted(arguments[0], "parse_string", _text)),
    "regex_replace": (3, _regex_replace),
    "substring": (3, _substring),
    "to_lower": (1, _to_lower),
    "to_upper": (1, _to_upper),
    "url_decode": (1, _url_decode),
}
"""How many arguments each takes, and what it does."""

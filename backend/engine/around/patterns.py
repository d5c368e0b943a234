"""The pattern language of EventBridge, which SNS filter policies share (reference: around-config.md §6.3)."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Iterator
from typing import TypeAlias

from backend.engine.store import loads
from backend.model.item import Document, Json

Pattern: TypeAlias = Document
"""A checked pattern: dotted keys opened up, every leaf a list of alternatives."""

Path: TypeAlias = tuple[str, ...]

_OR = "$or"
_BRANCHES = "\0or"
"""Where a checked pattern keeps the branches of its `$or`; no field of an event can have this name."""
_MOST_COMBINATIONS = 1000
_COMPARE = {"=", "<", "<=", ">", ">="}


class InvalidPattern(ValueError):
    """The pattern breaks the language; the message says where."""


def compile_pattern(text: str) -> Pattern:
    """A pattern from its JSON text, checked. Raises `InvalidPattern`."""
    try:
        raw = loads(text)
    except ValueError as error:
        raise InvalidPattern(f"Event pattern is not valid. Reason: {error}") from error
    return check_pattern(raw)


def check_pattern(raw: Json) -> Pattern:
    """A pattern from its JSON value, checked. Raises `InvalidPattern`."""
    if not isinstance(raw, dict):
        raise InvalidPattern("Event pattern is not valid. Reason: Filter is not an object")
    if not raw:
        raise InvalidPattern("Event pattern is not valid. Reason: Empty objects are not allowed")
    pattern = _open(raw)
    if _combinations(pattern) > _MOST_COMBINATIONS:
        raise InvalidPattern("Event pattern is not valid. Reason: too many $or combinations")
    return pattern


def matches(pattern: Pattern, event: Document) -> bool:
    """Whether an event fits a checked pattern: fields ANDed, alternatives ORed."""
    return _fits(pattern, event, event, ())


def weight(pattern: Pattern, depth: int = 1) -> int:
    """What SNS limits of a filter: the product over all fields of their alternatives, each times its depth."""
    return math.prod(
        sum(weight(part, depth) for part in value)
        if key == _BRANCHES
        else weight(value, depth + 1)
        if isinstance(value, dict)
        else len(value) * depth
        for key, value in pattern.items()
    )


def _open(raw: Document) -> Pattern:
    """Nest dotted keys and check every leaf."""
    pattern: Pattern = {}
    for key, value in raw.items():
        if key == _OR and isinstance(value, list) and len(value) >= 2 and all(isinstance(x, dict) for x in value):
            pattern[_BRANCHES] = [_open(part) for part in value]
            continue
        if isinstance(value, dict):
            if not value:
                raise _invalid("Empty objects are not allowed", key)
            leaf: Json = _open(value)
        elif isinstance(value, list):
            if not value:
                raise _invalid("Empty arrays are not allowed", key)
            for alternative in value:
                _check(alternative, key)
            leaf = value
        else:
            raise _invalid(f'"{key}" must be an object or an array', key)
        _graft(pattern, key.split("."), leaf)
    return pattern


def _graft(pattern: Pattern, path: list[str], leaf: Json) -> None:
    for name in path[:-1]:
        inner = pattern.get(name)
        if not isinstance(inner, dict):
            inner = pattern[name] = {}
        pattern = inner
    present = pattern.get(path[-1])
    if isinstance(present, dict) and isinstance(leaf, dict):
        present.update(leaf)
    else:
        pattern[path[-1]] = leaf


def _combinations(pattern: Pattern) -> int:
    return math.prod(
        sum(_combinations(part) for part in value)
        if key == _BRANCHES
        else _combinations(value)
        if isinstance(value, dict)
        else 1
        for key, value in pattern.items()
    )


def _invalid(reason: str, key: str) -> InvalidPattern:
    return InvalidPattern(f"Event pattern is not valid. Reason: {reason} (at {key})")


def _check(alternative: Json, key: str) -> None:
    if isinstance(alternative, list):
        raise _invalid("A match value must be a string, a number, true, false, null or an operator", key)
    if not isinstance(alternative, dict):
        return
    if len(alternative) != 1:
        raise _invalid("Only one key allowed in match expression", key)
    operator, operand = next(iter(alternative.items()))
    if operator in {"prefix", "suffix"}:
        inner = operand.get("equals-ignore-case") if isinstance(operand, dict) and len(operand) == 1 else operand
        _want(isinstance(inner, str), f"{operator} match pattern must be a string", key)
    elif operator == "equals-ignore-case":
        _want(isinstance(operand, str), "equals-ignore-case match pattern must be a string", key)
    elif operator == "wildcard":
        _want(isinstance(operand, str), "wildcard match pattern must be a string", key)
        _wildcard(operand, key)
    elif operator == "exists":
        _want(isinstance(operand, bool), "exists match pattern must be either true or false.", key)
    elif operator == "cidr":
        _want(isinstance(operand, str) and _network(operand) is not None, "Malformed CIDR", key)
    elif operator == "numeric":
        _check_numeric(operand, key)
    elif operator == "anything-but":
        _check_anything_but(operand, key)
    else:
        raise _invalid(f"Unrecognized match type {operator}", key)


def _want(holds: bool, reason: str, key: str) -> None:
    if not holds:
        raise _invalid(reason, key)


def _check_numeric(operand: Json, key: str) -> None:
    _want(isinstance(operand, list) and len(operand) in {2, 4}, "Invalid numeric expression", key)
    for place in range(0, len(operand), 2):
        _want(operand[place] in _COMPARE, f"Unrecognized numeric range operator: {operand[place]}", key)
        _want(_is_number(operand[place + 1]), "Value of numeric match must be a number", key)
    if len(operand) == 4:
        _want(operand[0][0] == ">" and operand[2][0] == "<", "A numeric range needs a lower and an upper bound", key)
        _want(operand[1] < operand[3], "Bottom must be less than top", key)


def _check_anything_but(operand: Json, key: str) -> None:
    if isinstance(operand, dict):
        _want(len(operand) == 1, "Only one key allowed in match expression", key)
        operator, inner = next(iter(operand.items()))
        _want(operator in {"prefix", "suffix", "equals-ignore-case", "wildcard"}, "Unsupported anything-but", key)
        for each in _many(inner):
            _want(isinstance(each, str), f"{operator} match pattern must be a string", key)
            _want(operator not in {"prefix", "suffix"} or each != "", f"Null {operator} not allowed", key)
            if operator == "wildcard":
                _wildcard(each, key)
        return
    listed = _many(operand)
    _want(bool(listed), "Empty arrays are not allowed", key)
    same = all(isinstance(each, str) for each in listed) or all(_is_number(each) for each in listed)
    _want(same, "Inside anything-but list, all values must be strings or all numbers", key)


def _wildcard(text: str, key: str) -> re.Pattern[str]:
    r"""`*` is any run; `\*` and `\\` stand for themselves. Raises `InvalidPattern`."""
    expression, place = "", 0
    while place < len(text):
        char = text[place]
        if char == "\\":
            following = text[place + 1 : place + 2]
            _want(following in {"*", "\\"}, "Invalid escape character", key)
            expression += re.escape(following)
            place += 1
        elif char == "*":
            _want(not text.startswith("**", place), "Consecutive wildcard characters", key)
            expression += ".*"
        else:
            expression += re.escape(char)
        place += 1
    return re.compile(expression, re.DOTALL)


def _fits(pattern: Pattern, value: Json, event: Document, path: Path) -> bool:
    """One object of the event, or any object of a list of them: all fields must fit within the same one."""
    if isinstance(value, list):
        objects = [element for element in value if isinstance(element, (dict, list))]
        return any(_fits(pattern, element, event, path) for element in objects or [{}])
    fields = value if isinstance(value, dict) else {}
    for key, wanted in pattern.items():
        if key == _BRANCHES:
            if not any(_fits(part, value, event, path) for part in wanted):
                return False
        elif isinstance(wanted, dict):
            if not _fits(wanted, fields.get(key, {}), event, (*path, key)):
                return False
        elif not _leaf_fits(wanted, fields, key, event, (*path, key)):
            return False
    return True


def _leaf_fits(alternatives: list[Json], fields: Document, key: str, event: Document, path: Path) -> bool:
    values = list(_leaves(fields[key])) if key in fields else []
    for alternative in alternatives:
        if isinstance(alternative, dict) and "exists" in alternative:
            # Absence is asked of the whole event, presence of this object.
            if bool(values) if alternative["exists"] else not _present(event, path):
                return True
        elif any(_value_fits(alternative, value) for value in values):
            return True
    return False


def _leaves(value: Json) -> Iterator[Json]:
    """A plain value, or those of a list; objects are no leaves."""
    if isinstance(value, list):
        for element in value:
            yield from _leaves(element)
    elif not isinstance(value, dict):
        yield value


def _present(value: Json, path: Path) -> bool:
    if isinstance(value, list):
        return any(_present(element, path) for element in value)
    if not path:
        return not isinstance(value, dict)
    return isinstance(value, dict) and path[0] in value and _present(value[path[0]], path[1:])


def _value_fits(alternative: Json, value: Json) -> bool:
    if not isinstance(alternative, dict):
        return _equal(alternative, value)
    operator, operand = next(iter(alternative.items()))
    if operator == "anything-but":
        if isinstance(operand, dict):
            inner, listed = next(iter(operand.items()))
            return not any(_text_fits(inner, each, value) for each in _many(listed))
        return not any(_equal(each, value) for each in _many(operand))
    if operator == "numeric":
        return _is_number(value) and all(
            _compare(operand[place], value, operand[place + 1]) for place in range(0, len(operand), 2)
        )
    if operator == "cidr":
        return _in_network(operand, value)
    return _text_fits(operator, operand, value)


def _text_fits(operator: str, operand: Json, value: Json) -> bool:
    if not isinstance(value, str):
        return False
    if isinstance(operand, dict):
        return _text_fits(operator, operand["equals-ignore-case"].lower(), value.lower())
    wanted = str(operand)
    if operator == "prefix":
        return value.startswith(wanted)
    if operator == "suffix":
        return value.endswith(wanted)
    if operator == "equals-ignore-case":
        return value.lower() == wanted.lower()
    return _wildcard(wanted, "wildcard").fullmatch(value) is not None


def _equal(wanted: Json, value: Json) -> bool:
    """JSON equality: 300 is 300.0, but true is not 1."""
    if isinstance(wanted, bool) or isinstance(value, bool):
        return wanted is value
    return bool(wanted == value)


def _compare(operator: str, value: float, bound: float) -> bool:
    if operator == "=":
        return value == bound
    if operator[0] == "<":
        return value < bound or (operator == "<=" and value == bound)
    return value > bound or (operator == ">=" and value == bound)


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _many(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _in_network(wanted: str, value: Json) -> bool:
    network = _network(wanted)
    if network is None or not isinstance(value, str):
        return False
    try:
        return ipaddress.ip_address(value) in network
    except ValueError:
        return False

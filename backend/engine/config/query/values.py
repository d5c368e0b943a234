"""The values behind a path of an item, and how a query compares them."""

from __future__ import annotations

import functools
import ipaddress
import operator as operators
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from backend.engine.config.query.expression import AllOf, AnyOf, Between, Compared, Condition, Like, Literal, Not
from backend.model import moment
from backend.model.item import Document, Json

Range: TypeAlias = tuple[int, int]
"""First and last address of a network, as numbers."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?")
_TESTS: dict[str, Callable[[float, float], bool]] = {
    "=": operators.eq,
    "<": operators.lt,
    ">": operators.gt,
    "<=": operators.le,
    ">=": operators.ge,
}

_TEXT_STATES = frozenset({"value", "name"})
"""Steps below a state that some items spell as a plain text (aws-config.md §7.1: a volume's `state.value`)."""


def values(node: Json, path: Sequence[str]) -> Iterator[Json]:
    """Every value at a path; steps go through lists without an index, names match in any case."""
    if isinstance(node, list):
        for element in node:
            yield from values(element, path)
    elif not path:
        if node is not None:
            yield node
    elif isinstance(node, dict):
        name = member(node, path[0])
        if name is not None:
            yield from values(node[name], path[1:])
    elif isinstance(node, str) and len(path) == 1 and path[0] in _TEXT_STATES:
        yield node


def member(node: Document, name: str) -> str | None:
    """How an object spells a member: exactly so, else in another case."""
    if name in node:
        return name
    lower = name.lower()
    return next((each for each in node if each.lower() == lower), None)


def holds(condition: Condition | None, row: Document) -> bool:
    """Whether an item meets a condition: one matching element of a list is enough, and none for NOT."""
    match condition:
        case None:
            return True
        case AllOf(parts):
            return all(holds(part, row) for part in parts)
        case AnyOf(parts):
            return any(holds(part, row) for part in parts)
        case Not(inner):
            return not holds(inner, row)
        case Compared(named, operator, literal):
            return any(_compare(value, operator, literal) for value in values(row, named.path))
        case Between(named, low, high):
            return any(_compare(value, ">=", low) and _compare(value, "<=", high) for value in values(row, named.path))
        case Like(named, pattern):
            fits = _pattern(pattern)
            return any(isinstance(value, str) and fits.fullmatch(value) for value in values(row, named.path))


def exact(literal: str) -> bool:
    """Whether only the very same text is equal to a literal: it is no number, date, address or truth value."""
    if literal.lower() in ("true", "false") or _moment(literal) is not None or _address(literal) is not None:
        return False
    try:
        float(literal)
    except ValueError:
        return True
    return False


def _compare(value: Json, operator: str, literal: Literal) -> bool:
    span = _network(value) if isinstance(literal, str) else None
    address = _address(literal) if span and isinstance(literal, str) else None
    if span is not None and address is not None:
        return _beside(span, operator, address)
    order = _order(value, literal)
    return order is not None and _TESTS[operator](order, 0)


def _beside(span: Range, operator: str, address: int) -> bool:
    """A network against an address: it is equal when it holds it, less when it begins before it (§7.1, CIDR)."""
    first, last = span
    if operator == "=":
        return first <= address <= last
    return _TESTS[operator](first if operator.startswith("<") else last, address)


def _order(value: Json, literal: Literal) -> float | None:
    """Below, at or above 0 as a value is less than, equal to or more than a literal; None where they don't compare."""
    if isinstance(value, (dict, list)):
        return None
    if isinstance(value, bool) or isinstance(literal, bool):
        left, right = str(value).lower(), str(literal).lower()
        return _against(left, right) if {left, right} <= {"true", "false"} else None
    if isinstance(value, (int, float)) or isinstance(literal, float):
        try:
            return float(value) - float(literal)
        except ValueError:
            return None
    at, bound = _moment(str(value)), _moment(str(literal))
    if at is not None and bound is not None:
        return at - bound
    return _against(str(value), str(literal))


def _against(left: str, right: str) -> int:
    return (left > right) - (left < right)


def _moment(text: str) -> int | None:
    """A date in one of the spellings of items and queries, also without seconds or zone (then UTC)."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return moment.parse(text.replace(" ", "T", 1))
    except ValueError:
        return None


@functools.lru_cache(4096)
def _address(text: str) -> int | None:
    try:
        return int(ipaddress.IPv4Address(text))
    except ValueError:
        return None


def _network(value: Json) -> Range | None:
    return _span(value) if isinstance(value, str) and value[:1].isdigit() and value.count(".") == 3 else None


@functools.lru_cache(4096)
def _span(text: str) -> Range | None:
    try:
        network = ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        return None
    return int(network.network_address), int(network.broadcast_address)


@functools.lru_cache(64)
def _pattern(text: str) -> re.Pattern[str]:
    parts = (".*" if sign == "%" else "." if sign == "_" else re.escape(sign) for sign in text)
    return re.compile("".join(parts), re.DOTALL)

"""What can be wrong with a policy that can be read: names that nothing has, and what needs itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass

from backend.rules.guard import syntax
from backend.rules.guard.errors import PolicyError
from backend.rules.guard.functions import FUNCTIONS
from backend.rules.guard.syntax import Place

_LINE_ENDS = re.compile(r"[ \t]*(?:$|[#{}]|<<|(?:or|OR|\|OR\|)(?:\s|$))")
"""What may follow the name of a rule in its line, so that it cannot be a property whose operator is misspelled."""


def check(text: str, policy: syntax.PolicyText) -> None:
    """Raises `PolicyError` for the first thing that is wrong."""
    rules = {rule.name for rule in policy.rules if rule.parameters is None}
    shared = {rule.name: len(rule.parameters) for rule in policy.rules if rule.parameters is not None}
    known = {name for rule in policy.rules for name in rule.parameters or ()} | set(_variables_made(policy))
    lines = text.split("\n")
    for part in _parts(policy):
        match part:
            case syntax.Reference(place, _, name):
                rest = lines[place.line - 1][place.column - 1 + len(name) :].rstrip("\r")
                if not _LINE_ENDS.match(rest):
                    column = place.column + len(name) + len(rest) - len(rest.lstrip())
                    raise PolicyError(place.line, column, f"expected an operator such as == or exists after '{name}'")
                if name in shared:
                    raise _wrong(place, f"the rule '{name}' is called with parameters, as {name}(…)")
                if name not in rules:
                    raise _wrong(place, f"no rule is named '{name}', and a property needs an operator such as exists")
            case syntax.Call(place, _, name, arguments):
                if name not in shared:
                    raise _wrong(place, f"no rule with parameters is named '{name}'")
                if len(arguments) != shared[name]:
                    raise _wrong(place, f"the rule '{name}' takes {shared[name]} parameters, here are {len(arguments)}")
            case syntax.Function(place, name, arguments):
                if name not in FUNCTIONS:
                    raise _wrong(place, f"no function is named '{name}', there are {', '.join(FUNCTIONS)}")
                if len(arguments) != FUNCTIONS[name][0]:
                    raise _wrong(place, f"{name} takes {FUNCTIONS[name][0]} arguments, here are {len(arguments)}")
            case syntax.Query(place, _, syntax.Variable(name)) | syntax.KeyOf(name, place) if name not in known:
                raise _wrong(place, f"no variable is named '%{name}'")
    _check_rules(policy)
    for lets in _blocks_of_lets(policy):
        _check_lets(lets)


def _wrong(place: Place, message: str) -> PolicyError:
    return PolicyError(place.line, place.column, message)


def _parts(part: object) -> Iterator[object]:
    """A part of a policy and all within it, in the order of the text."""
    if isinstance(part, tuple):
        for each in part:
            yield from _parts(each)
    elif is_dataclass(part) and not isinstance(part, Place | syntax.Literal):
        yield part
        for field in fields(part):
            yield from _parts(getattr(part, field.name))


def _variables_made(policy: syntax.PolicyText) -> Iterator[str]:
    for part in _parts(policy):
        match part:
            case syntax.Let():
                yield part.name
            case syntax.AllElements(str() as name) | syntax.Filter(str() as name) | syntax.KeyFilter(str() as name):
                yield name


def _check_rules(policy: syntax.PolicyText) -> None:
    """No rule may need itself, by way of others or not. Those with parameters have names of their own."""
    needs: dict[str, dict[str, Place]] = {}
    for rule in policy.rules:
        own = needs.setdefault(rule.name if rule.parameters is None else f"{rule.name}(…)", {})
        for part in _parts(rule):
            if isinstance(part, syntax.Reference):
                own.setdefault(part.name, part.place)
            elif isinstance(part, syntax.Call):
                own.setdefault(f"{part.name}(…)", part.place)
    _refuse_loop("rule", needs)


def _blocks_of_lets(policy: syntax.PolicyText) -> Iterable[tuple[syntax.Let, ...]]:
    yield policy.lets
    for part in _parts(policy):
        if isinstance(part, syntax.Block):
            yield part.lets


def _check_lets(lets: tuple[syntax.Let, ...]) -> None:
    """No variable of a block may need itself; of two with one name, the later counts."""
    _refuse_loop("variable", {let.name: dict(_variables_read(let.value)) for let in lets})


def _variables_read(value: syntax.Operand) -> Iterator[tuple[str, Place]]:
    for part in _parts(value):
        match part:
            case syntax.Query(place, _, syntax.Variable(name)) | syntax.KeyOf(name, place):
                yield name, place


def _refuse_loop(what: str, needs: dict[str, dict[str, Place]]) -> None:
    loop = _loop(needs)
    if loop:
        place = needs[loop[0]][loop[1]]
        raise _wrong(place, f"the {what} '{loop[0]}' needs itself: {' needs '.join(loop)}")


def _loop(needs: dict[str, dict[str, Place]]) -> list[str]:
    """The names of a loop, the first of them again at its end; empty if there is none."""
    done: set[str] = set()
    for start in needs:
        trail = [start]
        ahead = [iter(needs[start])]
        while trail:
            name = next(ahead[-1], None)
            if name is None:
                done.add(trail.pop())
                ahead.pop()
            elif name in trail:
                return [*trail[trail.index(name) :], name]
            elif name in needs and name not in done:
                trail.append(name)
                ahead.append(iter(needs[name]))
    return []

"""A policy that was read, and what it says of documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from backend.model.item import Document, Json
from backend.rules.guard import syntax
from backend.rules.guard.checking import check
from backend.rules.guard.clauses import Told
from backend.rules.guard.compiling import Compiler
from backend.rules.guard.errors import EvaluationError
from backend.rules.guard.patterns import Pattern
from backend.rules.guard.scope import Lost, Note, Run, Status, steps_of
from backend.rules.guard.values import Char, Range, spelled

PARAMETERS = "CONFIG_RULE_PARAMETERS"
"""Where a policy finds the parameters of its rule."""

LONGEST_TOLD = 400
"""Characters of an expected value; a list may be as long as the item."""


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """What became of one rule of a policy."""

    name: str
    status: Status


@dataclass(frozen=True, slots=True)
class Failure:
    """A clause that failed on a value; one clause may fail on several.

    `line` and `column` are the clause's place in the text, from 1. `path` leads from the document to the value, or to
    where it should have been: then `found` is False, `missing` is the rest of the query, and `value` is None.
    `expected` is spelled as a policy has it, and empty for operators such as `exists`. `path` is empty for a value that
    is no part of the document. Of a rule that was referred to, `value` is the status.
    """

    rule: str
    line: int
    column: int
    path: tuple[str | int, ...]
    found: bool
    missing: str
    value: Json
    operator: str
    expected: str
    message: str


@dataclass(frozen=True)
class PolicyVerdict:
    """What a policy says of a document: `status` is FAIL if one rule failed, PASS if one passed, else SKIP."""

    status: Status
    rules: tuple[RuleVerdict, ...]
    _notes: tuple[tuple[str, Note], ...] = field(repr=False)

    @cached_property
    def failures(self) -> tuple[Failure, ...]:
        """The clauses that failed, in the order of evaluation."""
        return tuple(_failure(rule, note) for rule, note in self._notes)


class Policy:
    """A policy, ready to be evaluated on any number of documents."""

    def __init__(self, text: str, parts: syntax.PolicyText) -> None:
        check(text, parts)
        compiler = Compiler(parts)
        own = [rule for rule in parts.rules if rule.parameters is None]
        self.types = _types(own)
        """The only types of resources it applies to, where its conditions tell; else None."""
        self._names = [rule.name for rule in own]
        self._rules = [compiler.rule(rule) for rule in own]
        self._lets = compiler.lets(parts.lets)
        self._rules_named: dict[str, list[int]] = {}
        for number, name in enumerate(self._names):
            self._rules_named.setdefault(name, []).append(number)

    def check(self, document: Document, parameters: Mapping[str, str] | None = None) -> PolicyVerdict:
        """What it says of an item, given as one JSON document. Raises `EvaluationError` if it cannot tell."""
        if parameters:
            document = {**document, PARAMETERS: dict(parameters)}
        run = Run(document, self._rules, self._rules_named, self._lets)
        try:
            outcomes = [run.outcome(number) for number in range(len(self._rules))]
        except RecursionError:
            raise EvaluationError("its rules or the values of the item are nested too deeply") from None
        statuses = [status for status, _ in outcomes]
        whole = next((each for each in (Status.FAIL, Status.PASS) if each in statuses), Status.SKIP)
        rules = tuple(map(RuleVerdict, self._names, statuses))
        notes = tuple(
            (name, note) for name, (status, noted) in zip(self._names, outcomes, strict=True) for note in noted
        )
        return PolicyVerdict(whole, rules, notes)


def _failure(rule: str, note: Note) -> Failure:
    told, value, path, expected = note
    assert isinstance(told, Told)
    lost = isinstance(value, Lost)
    return Failure(
        rule=rule,
        line=told.place.line,
        column=told.place.column,
        path=steps_of(path) or (),
        found=not lost,
        missing=value.wanted if isinstance(value, Lost) else "",
        value=None if lost else _plain(value),
        operator=told.operator,
        expected=_told(expected) if told.expects else "",
        message=told.message,
    )


def _told(expected: Json) -> str:
    """What was expected, cut where nobody would read on."""
    if isinstance(expected, Lost):
        return f"{expected.wanted}, which is not there"
    text = spelled(expected)
    return text if len(text) <= LONGEST_TOLD else text[: LONGEST_TOLD - 1] + "…"


def _plain(value: Json) -> Json:
    """A value that JSON knows; those of a policy only are spelled."""
    return spelled(value) if isinstance(value, Pattern | Range | Char) else value


def _types(rules: list[syntax.Rule]) -> frozenset[str] | None:
    """Each rule has to be guarded, either itself or in each of its clauses."""
    found: set[str] = set()
    for rule in rules:
        own = _guarded(rule.conditions)
        if own is None:
            for either in rule.block.conjunctions:
                for clause in either:
                    inner = _guarded(clause.conditions) if isinstance(clause, syntax.WhenBlock) else None
                    if inner is None:
                        return None
                    found |= inner
        else:
            found |= own
    return frozenset(found)


def _guarded(conditions: syntax.Conjunctions) -> frozenset[str] | None:
    """The types without which the conditions cannot pass."""
    for either in conditions:
        named = [_types_named(clause) for clause in either]
        if all(each is not None for each in named):
            return frozenset(name for each in named for name in each or ())
    return None


def _types_named(clause: syntax.Clause) -> list[str] | None:
    if not isinstance(clause, syntax.Binary) or clause.inverted or clause.negated:
        return None
    if clause.query.head != syntax.Key("resourceType") or clause.query.parts:
        return None
    match clause.operator, clause.expected:
        case "==", syntax.Literal(str() as name):
            return [name]
        # A text is in a longer one, too, so `in` tells only with a list.
        case "==" | "in", syntax.Literal(list() as names) if all(isinstance(each, str) for each in names):
            return names
        case _:
            return None

"""A policy made into functions, once, so that it can be evaluated on many documents."""

from __future__ import annotations

import operator
from collections.abc import Callable

from backend.model.item import Json
from backend.rules.guard import clauses, queries, syntax
from backend.rules.guard.clauses import Told
from backend.rules.guard.comparing import OPERATORS
from backend.rules.guard.errors import EvaluationError
from backend.rules.guard.functions import FUNCTIONS
from backend.rules.guard.patterns import Pattern
from backend.rules.guard.scope import PASSED, WRITTEN, Finder, Found, Frame, Judge, Lost, Path
from backend.rules.guard.values import spelled

_WORDS = {
    ("==", False): "equals",
    ("==", True): "differs from",
    ("in", False): "is in",
    ("in", True): "is not in",
    ("<", False): "is less than",
    ("<", True): "is not less than",
    ("<=", False): "is at most",
    ("<=", True): "is not at most",
    (">", False): "is greater than",
    (">", True): "is not greater than",
    (">=", False): "is at least",
    (">=", True): "is not at least",
}
_MATCHES = {False: "matches", True: "does not match"}


class Compiler:
    """Makes functions of a policy that `checking.py` found sound."""

    def __init__(self, policy: syntax.PolicyText) -> None:
        self._shared = {rule.name: rule for rule in policy.rules if rule.parameters is not None}
        self._bodies: dict[str, Judge] = {}

    def rule(self, rule: syntax.Rule) -> Judge:
        body = self._block(rule.block, quiet=False)
        return clauses.when(self._all(rule.conditions, quiet=True), body) if rule.conditions else body

    def lets(self, lets: tuple[syntax.Let, ...]) -> dict[str, Finder]:
        return {let.name: self._variable(let.value) for let in lets}

    def _variable(self, value: syntax.Operand) -> Finder:
        find = self._operand(value)
        if not isinstance(value, syntax.Query) or not value.some:
            return find
        return lambda start, path, frame: [
            each for each in find(start, path, frame) if each[0].__class__ is not Lost and each[1] is not WRITTEN
        ]

    def _block(self, block: syntax.Block, *, quiet: bool) -> Judge:
        return clauses.block(self.lets(block.lets), self._all(block.conjunctions, quiet=quiet))

    def _all(self, conjunctions: syntax.Conjunctions, *, quiet: bool) -> Judge:
        judges = [clauses.any_of([self._clause(each, quiet) for each in either]) for either in conjunctions]
        return clauses.all_of(judges, quiet=quiet)

    def _clause(self, clause: syntax.Clause, quiet: bool) -> Judge:
        match clause:
            case syntax.Unary():
                return self._unary(clause)
            case syntax.Binary():
                return self._binary(clause)
            case syntax.Reference(place, negated, name, message):
                words = f"the rule {name} {'does not pass' if negated else 'passes'}"
                return clauses.reference(name, negated, Told(place, words, message, expects=False))
            case syntax.Call():
                return self._call(clause)
            case syntax.BlockClause(place, query, needed, block):
                told = Told(place, "is not empty" if needed else "exists", "", expects=False)
                lost = Lost(spelled_query(query)) if needed else None
                return clauses.over(self.query(query), query.some, lost, self._block(block, quiet=quiet), told)
            case syntax.WhenBlock(_, conditions, block):
                return clauses.when(self._all(conditions, quiet=True), self._block(block, quiet=quiet))
            case syntax.TypeBlock(place, name, conditions, block):
                body = clauses.for_resources(self.query(_resources(place, name)), self._block(block, quiet=quiet))
                return clauses.when(self._all(conditions, quiet=True), body) if conditions else body

    def _unary(self, clause: syntax.Unary) -> Judge:
        query = clause.query
        wanted = clause.negated is clause.inverted
        holds, words, opposite = clauses.TESTS[clause.operator]
        told = Told(clause.place, words if wanted else opposite, clause.message, expects=False)
        last = query.parts[-1] if query.parts else query.head
        if clause.operator == "empty" and isinstance(last, syntax.Filter | syntax.KeyFilter | syntax.Variable):
            return clauses.nothing(self.query(query), query.some, wanted, Lost(spelled_query(query)), told)
        return clauses.unary(self.query(query), query.some, holds, wanted, told)

    def _binary(self, clause: syntax.Binary) -> Judge:
        query, expected = clause.query, clause.expected
        # cfn-guard 3.0 overlooks a `not` before a clause that compares: `not a == b` is `a == b` there.
        negated = clause.negated is not clause.inverted
        find, compare = self.query(query), OPERATORS[clause.operator]
        if isinstance(expected, syntax.Literal):
            value = expected.value
            words = _MATCHES[negated] if isinstance(value, Pattern) else _WORDS[clause.operator, negated]
            told = Told(clause.place, words, clause.message)
            test = _at_once(clause.operator, value)
            if test is not None:
                kind = str if isinstance(value, Pattern) else value.__class__
                return clauses.compares_written(find, query.some, compare, negated, test, kind, value, told)
        told = Told(clause.place, _WORDS[clause.operator, negated], clause.message)
        return clauses.binary(find, query.some, compare, negated, self._operand(expected), told)

    def _call(self, clause: syntax.Call) -> Judge:
        rule = self._shared[clause.name]
        if clause.name not in self._bodies:
            self._bodies[clause.name] = self._block(rule.block, quiet=False)
        words = f"the rule {clause.name}(…) {'does not pass' if clause.negated else 'passes'}"
        told = Told(clause.place, words, clause.message, expects=False)
        arguments = [self._operand(each) for each in clause.arguments]
        return clauses.call(rule.parameters or (), arguments, self._bodies[clause.name], clause.negated, told)

    def _operand(self, operand: syntax.Operand) -> Finder:
        match operand:
            case syntax.Literal(value):
                return queries.written(value)
            case syntax.Query():
                return self.query(operand)
            case syntax.Function(place, name, arguments):
                given = [self._operand(each) for each in arguments]
                return _applied(name, place, given)

    def query(self, query: syntax.Query) -> Finder:
        if isinstance(query.head, syntax.Variable):
            parts = query.parts
            # `%variable[*]` is `%variable`: a variable always stands for all of its values.
            if parts and isinstance(parts[0], syntax.AllElements):
                parts = parts[1:]
            return queries.variable(query.head.name, self._steps(parts, syntax.AllElements()))
        if isinstance(query.head, syntax.This):
            return self._steps(query.parts, query.head)
        return self._steps((query.head, *query.parts), query.head)

    def _steps(self, parts: tuple[syntax.Part, ...], before: syntax.Part | syntax.This) -> Finder:
        """The steps of a query, made from the last to the first."""
        find: Finder = queries.here
        names: list[str] = []
        at = len(parts)
        while at:
            at -= 1
            part = parts[at]
            if isinstance(part, syntax.Key):
                names.insert(0, part.name)
                if at and isinstance(parts[at - 1], syntax.Key):
                    continue
                lost = [Lost(spelled_steps(parts[at + skipped :])) for skipped in range(len(names))]
                find = queries.keys(names, lost, find)
                names = []
            elif isinstance(part, syntax.Index) and at and isinstance(parts[at - 1], syntax.KeyOf):
                continue  # it chooses among the names, see there
            else:
                following = parts[at + 1] if at + 1 < len(parts) else None
                previous = parts[at - 1] if at else before
                find = self._step(part, previous, following, Lost(spelled_steps(parts[at:])), find)
        return find

    def _step(
        self,
        part: syntax.Part,
        before: syntax.Part | syntax.This,
        following: syntax.Part | None,
        lost: Lost,
        rest: Finder,
    ) -> Finder:
        match part:
            case syntax.Index(number):
                return queries.index(number, lost, rest)
            case syntax.AllElements(capture):
                return queries.all_elements(capture, lost, rest)
            case syntax.AllValues():
                return queries.all_values(lost, rest)
            case syntax.Filter(capture, conjunctions):
                return queries.filtered(before, capture, self._all(conjunctions, quiet=True), lost, rest)
            case syntax.KeyFilter(capture, operator, negated, expected):
                return queries.keys_compared(OPERATORS[operator], negated, self._operand(expected), capture, lost, rest)
            case syntax.KeyOf(variable):
                pick = following.number if isinstance(following, syntax.Index) else None
                return queries.keys_of(variable, pick, lost, rest)
            case syntax.Key(name):
                return queries.keys((name,), (lost,), rest)


def _at_once(name: str, expected: Json) -> Callable[[Json, Json], bool] | None:
    """How a single value of a kind is compared with a written one of that kind, where that is all there is to it."""
    if isinstance(expected, Pattern):
        return (lambda text, pattern: pattern.matches(text)) if name == "==" else None
    if expected.__class__ in (str, int) or (expected.__class__ is bool and name == "=="):
        return {"==": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}.get(name)
    return None


def _applied(name: str, place: syntax.Place, arguments: list[Finder]) -> Finder:
    """A function's answer, which counts as found, not as written."""
    apply = FUNCTIONS[name][1]

    def find(value: Json, path: Path, frame: Frame) -> list[Found]:
        given = [argument(value, path, frame) for argument in arguments]
        frame.run.spend(sum(map(len, given)))
        try:
            made = apply(given)
        except EvaluationError as error:
            raise EvaluationError(error.message, place.line, place.column) from None
        return [(each, PASSED if where is WRITTEN else where) for each, where in made]

    return find


def spelled_query(query: syntax.Query) -> str:
    """A query as the policy has it; what a filter says is left out."""
    match query.head:
        case syntax.Key():
            return spelled_steps((query.head, *query.parts))
        case syntax.Variable(name):
            head = f"%{name}"
        case syntax.This():
            head = "this"
    rest = spelled_steps(query.parts)
    return head + ("." if rest and not rest.startswith(("[", ".")) else "") + rest


def spelled_steps(parts: tuple[syntax.Part, ...]) -> str:
    """Steps as a policy spells them; what a filter says is left out."""
    out = ""
    for part in parts:
        match part:
            case syntax.Key(name):
                plain = name.isidentifier() and name.isascii()
                out += f".{name}" if plain else f".{spelled(name)}"
            case syntax.KeyOf(variable):
                out += f".%{variable}"
            case syntax.Index(number):
                out += f"[{number}]"
            case syntax.AllElements():
                out += "[*]"
            case syntax.AllValues():
                out += ".*"
            case syntax.Filter() | syntax.KeyFilter():
                out += "[ … ]"
    return out.removeprefix(".")


def _resources(place: syntax.Place, name: str) -> syntax.Query:
    kind = syntax.Query(place, False, syntax.Key("Type"), ())
    is_one = syntax.Binary(place, False, kind, "==", False, syntax.Literal(name), "")
    parts = (syntax.AllValues(), syntax.Filter(None, ((is_one,),)))
    return syntax.Query(place, False, syntax.Key("Resources"), parts)

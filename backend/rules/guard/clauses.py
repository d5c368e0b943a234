"""Clauses, blocks and rules as functions from a value to a status."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backend.model.item import Json
from backend.rules.guard.comparing import Comparison, Outcome
from backend.rules.guard.scope import FAIL, PASS, PASSED, SKIP, WRITTEN, Finder, Found, Frame, Judge, Lost, Path, Status
from backend.rules.guard.syntax import Place

COMPARISONS_A_STEP = 8
"""Comparisons that cost about as much as a clause."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a failure says of its clause."""

    place: Place
    operator: str
    """In words, such as `equals` or `is not empty`."""
    message: str
    """The policy's own, or an empty text."""
    expects: bool = True
    """Whether the operator compares with something."""


def all_of(judges: Sequence[Judge], *, quiet: bool) -> Judge:
    """FAIL if one fails, PASS if one passes, else SKIP. All are evaluated, unless nobody asks which failed."""
    if len(judges) == 1:
        return judges[0]
    judges = tuple(judges)

    def judge(value: Json, path: Path, frame: Frame) -> Status:
        found = SKIP
        for each in judges:
            status = each(value, path, frame)
            if status is FAIL:
                if quiet:
                    return FAIL
                found = FAIL
            elif status is PASS and found is SKIP:
                found = PASS
        return found

    return judge


def any_of(judges: Sequence[Judge]) -> Judge:
    """PASS with the first that passes; else FAIL if one fails. The failures are told if none passes."""
    if len(judges) == 1:
        return judges[0]
    judges = tuple(judges)

    def judge(value: Json, path: Path, frame: Frame) -> Status:
        mark = len(frame.run.notes)
        found = SKIP
        for each in judges:
            status = each(value, path, frame)
            if status is PASS:
                del frame.run.notes[mark:]
                return PASS
            if status is FAIL:
                found = FAIL
        return found

    return judge


def block(lets: dict[str, Finder], judge: Judge) -> Judge:
    """What stands between braces: its variables belong to the value it looks at."""
    if not lets:
        return judge
    return lambda value, path, frame: judge(value, path, Frame(frame, frame.run, lets, value, path))


def when(conditions: Judge, body: Judge) -> Judge:
    """Does not apply unless the conditions pass. Their failures are nobody's fault."""

    def judge(value: Json, path: Path, frame: Frame) -> Status:
        notes = frame.run.notes
        mark = len(notes)
        status = conditions(value, path, frame)
        del notes[mark:]
        return body(value, path, frame) if status is PASS else SKIP

    return judge


def over(query: Finder, some: bool, needed: Lost | None, body: Judge, told: Told) -> Judge:
    """A block for each value that a query finds; what is not found fails, nothing at all does not apply.

    `needed` is what is missing then, if nothing at all is to fail.
    """

    def judge(value: Json, path: Path, frame: Frame) -> Status:
        run = frame.run
        mark = len(run.notes)
        passed = failed = False
        values = query(value, path, frame)
        if not values:
            if needed is None:
                return SKIP
            run.note(told, needed, path, None)
            return FAIL
        run.spend(len(values))
        for each, where in values:
            if each.__class__ is Lost:
                failed = True
                run.note(told, each, where, None)
                continue
            status = body(each, where, frame)
            if status is PASS:
                passed = True
            elif status is FAIL:
                failed = True
        if passed and (some or not failed):
            del run.notes[mark:]
            return PASS
        return FAIL if failed else SKIP

    return judge


def for_resources(query: Finder, body: Judge) -> Judge:
    """A block for each resource of a template. cfn-guard 3.0 breaks off on a document that has none."""

    def judge(value: Json, path: Path, frame: Frame) -> Status:
        passed = failed = False
        for each, where in query(value, path, frame):
            if each.__class__ is not Lost:
                status = body(each, where, frame)
                passed = passed or status is PASS
                failed = failed or status is FAIL
        return FAIL if failed else PASS if passed else SKIP

    return judge


def reference(name: str, negated: bool, told: Told) -> Judge:
    """Another rule: one that does not apply has not passed."""

    def judge(_value: Json, path: Path, frame: Frame) -> Status:
        status = frame.run.status_of(name)
        if (status is PASS) is not negated:
            return PASS
        frame.run.note(told, status.value, path, None)
        return FAIL

    return judge


def call(parameters: Sequence[str], arguments: Sequence[Finder], body: Judge, negated: bool, told: Told) -> Judge:
    """A rule with parameters, on the value at hand and with the caller's variables in sight.

    cfn-guard 3.0 overlooks a `not` before it.
    """

    def judge(value: Json, path: Path, frame: Frame) -> Status:
        run = frame.run
        run.spend(1)
        given = {
            name: [(each, PASSED if where is WRITTEN else where) for each, where in find(value, path, frame)]
            for name, find in zip(parameters, arguments, strict=True)
        }
        mark = len(run.notes)
        status = body(value, path, Frame(frame, run, {}, value, path, given))
        if not negated:
            return status
        del run.notes[mark:]
        if status is not PASS:
            return PASS
        run.note(told, status.value, path, None)
        return FAIL

    return judge


def binary(query: Finder, some: bool, compare: Comparison, negated: bool, expected: Finder, told: Told) -> Judge:
    """Compares what is found with what is expected; nothing on either side does not apply."""

    def judge(value: Json, path: Path, frame: Frame) -> Status:
        right = expected(value, path, frame)
        left = query(value, path, frame)
        if not left or not right:
            return SKIP
        frame.run.spend(1 + _values(left) * _values(right) // COMPARISONS_A_STEP)
        return _all_or_some(compare(left, right, negated), some, frame, told)

    return judge


def _values(found: list[Found]) -> int:
    """How many values may be compared: those of a list are compared one by one."""
    return sum(len(value) if value.__class__ is list else 1 for value, _ in found)


def _all_or_some(outcomes: list[Outcome], some: bool, frame: Frame, told: Told) -> Status:
    if some:
        if any(ok for ok, *_ in outcomes):
            return PASS
        status = FAIL
    else:
        status = PASS
    for ok, value, path, expected in outcomes:
        if not ok:
            frame.run.note(told, value, path, expected)
            status = FAIL
    return status


def compares_written(
    query: Finder,
    some: bool,
    compare: Comparison,
    negated: bool,
    test: Callable[[Json, Json], bool],
    kind: type,
    expected: Json,
    told: Told,
) -> Judge:
    """`query == 'text'`, the clause that most policies consist of.

    One value of the kind that is expected is tested at once, all else is compared as `binary` does.
    """
    right: list[Found] = [(expected, WRITTEN)]

    def judge(value: Json, path: Path, frame: Frame) -> Status:
        left = query(value, path, frame)
        if len(left) == 1:
            each, where = left[0]
            if each.__class__ is kind:
                if test(each, expected) is not negated:
                    return PASS
                frame.run.note(told, each, where, expected)
                return FAIL
        elif not left:
            return SKIP
        frame.run.spend(len(left))
        return _all_or_some(compare(left, right, negated), some, frame, told)

    return judge


def unary(query: Finder, some: bool, holds: Callable[[Json], bool | None], wanted: bool, told: Told) -> Judge:
    """Whether something is true of what is found, or (`wanted` is False) is not; None fails either way."""

    def judge(value: Json, path: Path, frame: Frame) -> Status:
        found = query(value, path, frame)
        if not found:
            return SKIP
        frame.run.spend(len(found))
        return _all_or_some([(holds(each) is wanted, each, where, None) for each, where in found], some, frame, told)

    return judge


def nothing(query: Finder, some: bool, wanted: bool, lost: Lost, told: Told) -> Judge:
    """`%variable empty`, and the same after a filter: whether there is anything at all; null is nothing.

    `lost` is what is missing if there is nothing.
    """

    def judge(value: Json, path: Path, frame: Frame) -> Status:
        found = query(value, path, frame)
        if not found:
            if wanted:
                return PASS
            frame.run.note(told, lost, path, None)
            return FAIL
        return _all_or_some(
            [((each is None or each.__class__ is Lost) is wanted, each, where, None) for each, where in found],
            some,
            frame,
            told,
        )

    return judge


def exists(value: Json) -> bool | None:
    return value.__class__ is not Lost


def is_empty(value: Json) -> bool | None:
    """None for a number, which cannot be empty. cfn-guard 3.0 breaks off on one, and on null, which is empty here."""
    if value is None or value.__class__ is Lost:
        return True
    if isinstance(value, str | list | dict):
        return not value
    return False if value.__class__ is bool else None


def _is(kind: type) -> Callable[[Json], bool | None]:
    return lambda value: value.__class__ is kind


TESTS: dict[str, tuple[Callable[[Json], bool | None], str, str]] = {
    "exists": (exists, "exists", "does not exist"),
    "empty": (is_empty, "is empty", "is not empty"),
    "is_string": (_is(str), "is a text", "is no text"),
    "is_list": (_is(list), "is a list", "is no list"),
    "is_struct": (_is(dict), "is a map", "is no map"),
    "is_bool": (_is(bool), "is a boolean", "is no boolean"),
    "is_int": (_is(int), "is an integer", "is no integer"),
    "is_float": (_is(float), "is a float", "is no float"),
    "is_null": (_is(type(None)), "is null", "is not null"),
}
"""What each operator without an operand tests, and what it and its opposite are called."""

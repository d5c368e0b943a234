"""What a policy knows while it is evaluated on one document: values found, variables, and how much it has done."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeAlias

from backend.model.item import Json
from backend.rules.guard.errors import EvaluationError

MOST_STEPS = 500_000
"""Clauses, elements and comparisons on one document. Real policies take a few hundred, this many about a second."""

MOST_NOTES = 1_000
"""Failures that are told of one rule."""


class Status(Enum):
    """What became of a clause, a rule or a policy. SKIP means that it did not apply."""

    PASS = "PASS"
    FAIL = "FAIL"
    SKIP = "SKIP"


PASS, FAIL, SKIP = Status.PASS, Status.FAIL, Status.SKIP

Path: TypeAlias = Any
"""Where a value is, as (where its container is, key or index); the document itself is at ROOT."""

ROOT: tuple[()] = ()
WRITTEN = "written"
"""The path of a value that stands in the policy itself."""
PASSED = "passed"
"""The path of a written value that a rule was called with. Guard compares it as if it had been found."""

Found: TypeAlias = tuple[Json, Path]
"""A value and where it is. A value of the class `Lost` says that nothing is there."""


class Lost:
    """The part of a query for which there was nothing."""

    __slots__ = ("wanted",)

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted


Finder: TypeAlias = "Callable[[Json, Path, Frame], list[Found]]"
"""A query, compiled. The list belongs to whoever made it: nobody may change it."""

Judge: TypeAlias = "Callable[[Json, Path, Frame], Status]"
"""A clause, a block or a rule, compiled."""

Note: TypeAlias = tuple[Any, Json, Path, Json]
"""A failure as it is met: the clause (see clauses.py), the value, where it is, and what it was compared with."""


class Run:
    """One evaluation on one document."""

    __slots__ = ("captured", "notes", "outcomes", "root", "rules", "rules_named", "steps")

    def __init__(
        self, document: Json, rules: list[Judge], rules_named: dict[str, list[int]], lets: dict[str, Finder]
    ) -> None:
        self.steps = MOST_STEPS
        self.notes: list[Note] = []
        self.captured: dict[str, list[Found]] = {}
        self.outcomes: dict[int, tuple[Status, list[Note]]] = {}
        self.rules = rules
        self.rules_named = rules_named
        self.root = Frame(None, self, lets, document, ROOT)

    def outcome(self, number: int) -> tuple[Status, list[Note]]:
        """The status of a rule and its failures; it is evaluated once."""
        known = self.outcomes.get(number)
        if known is None:
            outer, self.notes = self.notes, []
            status = self.rules[number](self.root.value, ROOT, self.root)
            known = self.outcomes[number] = (status, self.notes)
            self.notes = outer
        return known

    def status_of(self, name: str) -> Status:
        """The status of the rules of a name: of the first that applies."""
        for number in self.rules_named[name]:
            status = self.outcome(number)[0]
            if status is not SKIP:
                return status
        return SKIP

    def spend(self, steps: int) -> None:
        """Raises `EvaluationError` once too much was done."""
        self.steps -= steps
        if self.steps < 0:
            raise EvaluationError(f"it takes more than {MOST_STEPS} steps on this item; make its queries narrower")

    def note(self, clause: object, value: Json, path: Path, expected: Json) -> None:
        if len(self.notes) < MOST_NOTES:
            self.notes.append((clause, value, path, expected))


class Frame:
    """The variables of a block, on the value that the block looks at. A variable is evaluated when first needed."""

    __slots__ = ("_known", "_lets", "_outer", "path", "run", "value")

    def __init__(
        self,
        outer: Frame | None,
        run: Run,
        lets: dict[str, Finder],
        value: Json,
        path: Path,
        known: dict[str, list[Found]] | None = None,
    ) -> None:
        self._outer = outer
        self._lets = lets
        self._known: dict[str, list[Found] | None] = dict(known) if known else {}
        self.run = run
        self.value = value
        self.path = path

    def look_up(self, name: str) -> list[Found]:
        """What a variable stands for. Raises `EvaluationError` for one that is not in scope."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame._known:
                known = frame._known[name]
                if known is None:
                    raise EvaluationError(f"the variable %{name} needs itself")
                return known
            find = frame._lets.get(name)
            if find is not None:
                frame._known[name] = None
                found = frame._known[name] = find(frame.value, frame.path, frame)
                return found
            frame = frame._outer
        captured = self.run.captured.get(name)
        if captured is None:
            raise EvaluationError(f"the variable %{name} has no value here")
        return captured

    def capture(self, name: str, key: Json, path: Path) -> None:
        """Keeps a key that a filter went over, for the rest of the evaluation."""
        self.run.captured.setdefault(name, []).append((key, path))


def steps_of(path: Path) -> tuple[str | int, ...] | None:
    """A path from the document down, or None if it starts in the policy."""
    steps: list[str | int] = []
    while path:
        if path is WRITTEN or path is PASSED:
            return None
        path, step = path
        steps.append(step)
    return tuple(reversed(steps))

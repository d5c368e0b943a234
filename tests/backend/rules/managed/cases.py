"""How cases of managed rules are written down and proven: what a rule says of an item of real form, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from types import CodeType
from typing import NamedTuple

from backend.model.item import Document
from backend.rules.catalogue import catalogue
from backend.rules.managed import check_of
from backend.rules.managed.neighbours import neighbours
from backend.rules.verdict import COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE, Check, Verdict
from tests.backend.rules.surroundings import Known, judged

_TOPS = (
    "configuration",
    "supplementaryConfiguration",
    "relationships",
    "tags",
    "resourceType",
    "resourceId",
    "resourceName",
    "awsRegion",
)


class Case(NamedTuple):
    """One item and what a rule says of it."""

    identifier: str
    compliance: str
    item: Document
    says: str
    """A part of the annotation."""
    at: str
    """The path of the first reason; empty where no property of the item decides."""
    others: tuple[Document, ...]
    """The other resources that are known."""
    parameters: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.identifier}-{self.compliance}"


def of(identifier: str, *cases: Case) -> tuple[Case, ...]:
    """The cases of one rule."""
    return tuple(case._replace(identifier=identifier) for case in cases)


def good(item: Document, /, *others: Document, **parameters: str) -> Case:
    """A compliant item, or only its `configuration`."""
    return Case("", COMPLIANT, _whole(item), "", "", others, parameters)


def bad(item: Document, says: str, at: str = "", /, *others: Document, **parameters: str) -> Case:
    """A non-compliant one; the path of the reason begins in `configuration` unless it names another top member."""
    if at and not at.startswith(_TOPS):
        at = f"configuration.{at}"
    return Case("", NON_COMPLIANT, _whole(item), says, at, others, parameters)


def out(item: Document, says: str = "", /, *others: Document, **parameters: str) -> Case:
    """One that the rule has nothing to say of."""
    return Case("", NOT_APPLICABLE, _whole(item), says, "", others, parameters)


def other(resource_type: str, configuration: Document, **members: object) -> Document:
    """Another resource, in the region of the one that is judged."""
    return {"resourceType": resource_type, "resourceId": "other", "configuration": configuration, **members}


def _whole(item: Document) -> Document:
    return item if any(top in item for top in _TOPS) else {"configuration": item}


def prove(case: Case) -> None:
    """The rule says so, names what is wrong, and shows where."""
    verdict = _said(case, case.item)
    assert verdict.compliance == case.compliance, verdict
    assert case.says in verdict.annotation
    if case.compliance == NON_COMPLIANT:
        assert case.says
        assert verdict.reasons[0].path == case.at
        assert verdict.reasons[0].expected


def prove_reads(case: Case) -> None:
    """The rule says the same by what it reads of the item and by the types of its neighbours: files keep no more."""
    check = check_of(case.identifier)
    assert check is not None
    left: Document = {}
    for read in ("resourceType", *check.reads):
        top, _, member = read.partition(".")
        if member:
            inner = case.item.get(top) or {}
            held = left.setdefault(top, {})
            if member in inner:
                held[member] = inner[member]
        elif top in case.item:
            left[top] = case.item[top]
    around = _Watching(case.others)
    assert judged(case.identifier, left, around, **case.parameters) == _said(case, case.item)
    assert around.asked <= set(neighbours(case.identifier, case.parameters))


def _said(case: Case, item: Document) -> Verdict:
    return judged(case.identifier, item, Known(case.others), **case.parameters)


class _Watching(Known):
    """Knows other resources, and which types it was asked for."""

    def __init__(self, others: Iterable[Document]) -> None:
        self.asked: set[str] = set()
        super().__init__(others)

    def items(self, resource_type: str) -> Iterable[Document]:
        self.asked.add(resource_type)
        return super().items(resource_type)


def missing(subject: str, cases: Iterable[Case]) -> list[str]:
    """What cases lack of the evaluated rules of a subject (a module of `backend.rules.managed`)."""
    written: dict[str, list[Case]] = {}
    for case in cases:
        written.setdefault(case.identifier, []).append(case)
    checks: tuple[Check, ...] = import_module(f"backend.rules.managed.{subject}").CHECKS
    lacking = []
    for check in checks:
        if check.item is None:
            continue
        found = written.pop(check.identifier, [])
        wanted = {COMPLIANT, NON_COMPLIANT} | ({NOT_APPLICABLE} if _may_not_apply(check) else set())
        unseen: set[str] = wanted - {case.compliance for case in found}
        decided = {name for case in found if case.compliance != COMPLIANT for name in case.parameters}
        unused = {each.name for each in catalogue()[check.identifier].parameters} - decided
        lacking += [f"{check.identifier}: {each}" for each in sorted(unseen | unused)]
    return lacking + [f"{identifier}: no rule of {subject}" for identifier in written]


def _may_not_apply(check: Check) -> bool:
    """Whether a check knows items that it has nothing to say of."""
    judge = check.item
    code: CodeType = getattr(judge, "__code__")  # noqa: B009 - a callable in general has none
    if "limits" in code.co_freevars:
        limits = getattr(judge, "__closure__")[code.co_freevars.index("limits")].cell_contents  # noqa: B009
        return bool(limits)
    return "out_of_scope" in code.co_names

"""What holds for every managed rule that is evaluated here."""

from __future__ import annotations

import pytest

from backend.model.item import Document, Json
from backend.rules.catalogue import catalogue
from backend.rules.managed import checks
from backend.rules.verdict import INSUFFICIENT_DATA, NOT_APPLICABLE
from tests.backend.rules.surroundings import Known, account_judged, judged

OVER_ITEMS = sorted(name for name, check in checks().items() if check.item)
OVER_ACCOUNTS = sorted(name for name, check in checks().items() if check.account)
STRANGE: tuple[Json, ...] = (
    None,
    "",
    "text",
    "{not json",
    7,
    -1.5,
    True,
    [],
    [None, 1, "x", [], {}],
    {"a": None},
    {"": {"": []}},
)


def parameters_of(identifier: str) -> dict[str, str]:
    """Some value for each parameter, of its kind."""
    kinds = {"int": "3", "double": "0.5", "boolean": "true", "StringMap": '{"a":"b"}'}
    return {each.name: kinds.get(each.kind, "one,two") for each in catalogue()[identifier].parameters}


def strange_items(identifier: str) -> list[Document]:
    """Items of which each member that the check reads is something else than it should be."""
    found: list[Document] = []
    for value in STRANGE:
        item: Document = {"configuration": {}, "supplementaryConfiguration": {}, "tags": {}}
        for read in checks()[identifier].reads:
            top, _, member = read.partition(".")
            if member:
                item[top][member] = value
            elif top not in ("resourceId", "ARN", "resourceName"):
                item[top] = value
        found.append(item)
    return [
        *found,
        {},
        {"configuration": None},
        {"configuration": "text", "supplementaryConfiguration": [], "tags": None},
    ]


def test_at_least_200_rules_are_evaluated_and_the_most_used_are_among_them() -> None:
    evaluated = checks()
    assert len(evaluated) >= 200
    assert evaluated.keys() <= catalogue().keys()
    assert [
        each.identifier for each in catalogue().values() if each.packs >= 5 and each.identifier not in evaluated
    ] == []


@pytest.mark.parametrize("identifier", OVER_ITEMS)
def test_a_rule_over_items_stumbles_over_nothing(identifier: str) -> None:
    assert catalogue()[identifier].types
    for item in strange_items(identifier):
        for parameters in ({}, parameters_of(identifier)):
            for around in (Known(), Known([item | {"resourceType": "AWS::EC2::Instance"}])):
                verdict = judged(identifier, item, around, **parameters)
                unrecorded = verdict.compliance == INSUFFICIENT_DATA and verdict.annotation.startswith("It is not ")
                assert unrecorded or verdict.compliance in ("COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE")
                assert len(verdict.annotation) <= 256


@pytest.mark.parametrize("identifier", OVER_ITEMS)
def test_no_rule_applies_to_what_is_deleted(identifier: str) -> None:
    verdict = judged(identifier, {"configurationItemStatus": "ResourceDeleted", "configuration": None})
    assert verdict.compliance == NOT_APPLICABLE


@pytest.mark.parametrize("identifier", OVER_ACCOUNTS)
def test_a_rule_over_the_account_makes_nothing_up(identifier: str) -> None:
    assert set(catalogue()[identifier].types) <= {"AWS::::Account", "AWS::GuardDuty::Detector"}
    parameters = {each.name: each.default or "3" for each in catalogue()[identifier].parameters if each.required}
    assert account_judged(identifier, **parameters).compliance in ("COMPLIANT", "NON_COMPLIANT")
    unknown = account_judged(identifier, Known(knows_facts=False), **parameters)
    assert unknown.compliance in (INSUFFICIENT_DATA, "NON_COMPLIANT")  # trails and the like are resources, no facts

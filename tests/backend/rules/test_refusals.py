"""What is refused of a rule before it is put."""

from __future__ import annotations

import pytest

from backend.model.item import Document
from backend.rules import refusals
from backend.rules.catalogue import Parameter, catalogue


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        ("int", "90", ""),
        ("int", " 90 ", ""),
        ("int", "9.5", "a whole number"),
        ("int", "ninety", "a whole number"),
        ("double", "9.5", ""),
        ("double", "x", "a number"),
        ("boolean", "true", ""),
        ("boolean", "perhaps", "true or false"),
        ("CSV", "a, b", ""),
        ("CSV", " , ", "a list of values with commas"),
        ("String", "anything", ""),
        ("String", "  ", "Blank spaces"),
    ],
)
def test_a_value_is_of_the_kind_of_its_parameter(kind: str, value: str, told: str) -> None:
    flaw = refusals.of_value(Parameter("p", kind), value)
    assert bool(flaw) == bool(told)
    assert told in flaw


def test_required_parameters_are_missed_by_name() -> None:
    rule = catalogue()["ACCESS_KEYS_ROTATED"]
    assert "[maxAccessKeyAge]" in refusals.of_parameters(rule, {})
    assert refusals.of_parameters(rule, {"maxAccessKeyAge": "90"}) == ""


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ({}, ""),
        ({"TagKey": "Team", "TagValue": "shop"}, ""),
        ({"TagValue": "shop"}, "Tag key"),
        ({"TagKey": "Team", "ComplianceResourceTypes": ["AWS::EC2::Volume"]}, "both resource and tag"),
        ({"ComplianceResourceId": "vol-1"}, "single resourceType"),
        ({"ComplianceResourceId": "vol-1", "ComplianceResourceTypes": ["AWS::EC2::Volume"]}, ""),
    ],
)
def test_a_scope_is_of_types_or_of_one_resource_or_of_a_tag(scope: Document, told: str) -> None:
    flaw = refusals.of_scope(scope)
    assert bool(flaw) == bool(told)
    assert told in flaw


def test_a_policy_is_told_by_line_and_column() -> None:
    assert refusals.of_policy("rule a { tags.Owner exists }") == ""
    assert "blank" in refusals.of_policy(" ")
    assert "line 2, column 6" in refusals.of_policy("rule a {\n a === 1\n}")

"""What differs between two states: AWS's diff of items, and the plain one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.diff import Change, changes, item_diff
from backend.model.item import Document

GROUP = {
    "resourceId": "sg-1",
    "resourceName": None,
    "resourceType": "AWS::EC2::SecurityGroup",
    "name": "Is associated with SecurityGroup",
}


def item(status: str = "OK", **members: Any) -> Document:
    body = {
        "relationships": [],
        "configuration": {},
        "supplementaryConfiguration": {},
        "tags": {},
        "configurationItemStatus": status,
    }
    return body | members


def properties(before: Document, after: Document) -> Document:
    changed: Document = item_diff(before, after)["changedProperties"]
    return changed


def test_the_first_item_of_a_resource_is_a_create_without_properties() -> None:
    first = item("ResourceDiscovered", configuration={"size": 8})

    assert item_diff(None, first) == {"changedProperties": {}, "changeType": "CREATE"}
    assert item_diff(item("ResourceDeleted", configuration=None), first)["changeType"] == "CREATE"


def test_a_scalar_that_changes_is_an_update_with_both_values() -> None:
    diff = item_diff(
        item(configuration={"instanceType": "t3.small", "state": {"name": "running"}}),
        item(configuration={"instanceType": "t3.large", "state": {"name": "stopped"}}),
    )

    assert diff == {
        "changedProperties": {
            "Configuration.InstanceType": {
                "previousValue": "t3.small",
                "updatedValue": "t3.large",
                "changeType": "UPDATE",
            },
            "Configuration.State.Name": {
                "previousValue": "running",
                "updatedValue": "stopped",
                "changeType": "UPDATE",
            },
        },
        "changeType": "UPDATE",
    }


def test_a_member_that_comes_or_goes_is_a_create_or_a_delete() -> None:
    changed = properties(item(configuration={"old": 1, "kept": 0}), item(configuration={"new": {"a": 1}, "kept": 0}))

    assert changed["Configuration.Old"] == {"previousValue": 1, "updatedValue": None, "changeType": "DELETE"}
    assert changed["Configuration.New"] == {"previousValue": None, "updatedValue": {"a": 1}, "changeType": "CREATE"}
    assert len(changed) == 2


def test_lists_are_compared_as_sets_and_numbered_by_difference() -> None:
    before = item(configuration={"groups": [{"id": "a"}, {"id": "b"}, {"id": "c"}]})
    after = item(configuration={"groups": [{"id": "c"}, {"id": "d"}, {"id": "a"}]})

    assert properties(before, after) == {
        "Configuration.Groups.0": {"previousValue": {"id": "b"}, "updatedValue": None, "changeType": "DELETE"},
        "Configuration.Groups.1": {"previousValue": None, "updatedValue": {"id": "d"}, "changeType": "CREATE"},
    }


def test_relationships_and_tags_are_lists_of_their_own() -> None:
    changed = properties(
        item(relationships=[GROUP], tags={"env": "lab", "team": "a"}), item(tags={"env": "prod", "team": "a"})
    )

    assert changed["Relationships.0"] == {"previousValue": GROUP, "updatedValue": None, "changeType": "DELETE"}
    assert changed["Tags.0"]["previousValue"] == {"key": "env", "value": "lab"}
    assert changed["Tags.1"]["updatedValue"] == {"key": "env", "value": "prod"}
    assert len(changed) == 3


def test_supplementary_bodies_are_compared_by_name_and_member() -> None:
    before = item(supplementaryConfiguration={"BucketVersioningConfiguration": {"status": "Off"}, "Tags": {}})
    after = item(supplementaryConfiguration={"BucketVersioningConfiguration": {"status": "Enabled"}, "Tags": {}})

    assert list(properties(before, after)) == ["SupplementaryConfiguration.BucketVersioningConfiguration.Status"]


def test_a_deletion_takes_each_body_away_whole() -> None:
    before = item(
        configuration={"name": "b", "owner": {"id": "1"}},
        supplementaryConfiguration={"BucketPolicy": {"policyText": None}, "IsRequesterPaysEnabled": False},
        tags={"a": "1", "b": "2"},
    )
    gone = item("ResourceDeleted", configuration=None)

    diff = item_diff(before, gone)

    assert diff["changeType"] == "DELETE"
    assert list(diff["changedProperties"]) == [
        "SupplementaryConfiguration.BucketPolicy",
        "SupplementaryConfiguration.IsRequesterPaysEnabled",
        "Tags.0",
        "Tags.1",
        "Configuration",
    ]
    assert diff["changedProperties"]["Configuration"] == {
        "previousValue": {"name": "b", "owner": {"id": "1"}},
        "updatedValue": None,
        "changeType": "DELETE",
    }


def test_plain_changes_name_their_place() -> None:
    found = changes(
        {"state": "running", "tags": {"a": "1"}, "groups": [{"id": 1}, {"id": 2}]},
        {"state": "stopped", "tags": {"a": "1", "b": "2"}, "groups": [{"id": 2}, {"id": 3}]},
    )

    assert found == [
        Change("state", "UPDATE", "running", "stopped"),
        Change("tags.b", "CREATE", None, "2"),
        Change("groups[0]", "DELETE", {"id": 1}, None),
        Change("groups[1]", "CREATE", None, {"id": 3}),
    ]


@pytest.mark.parametrize(("before", "after"), [(1, True), (0, False), (1, "1"), ([], {}), (None, [])])
def test_values_of_different_kinds_differ(before: object, after: object) -> None:
    assert len(changes({"x": before}, {"x": after})) == 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("abé\n", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xyz", max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_nothing_differs_from_itself(value: object) -> None:
    assert changes(value, value) == []
    assert properties(item(configuration=value), item(configuration=value)) == {}


@given(
    st.dictionaries(st.text("xyz", max_size=2), json_values), st.dictionaries(st.text("xyz", max_size=2), json_values)
)
def test_a_difference_is_seen_from_both_sides(one: Document, other: Document) -> None:
    turned = {"CREATE": "DELETE", "DELETE": "CREATE", "UPDATE": "UPDATE"}

    there = {(change.path, turned[change.kind], change.after) for change in _hashable(changes(one, other))}
    back = {(change.path, change.kind, change.before) for change in _hashable(changes(other, one))}

    assert there == back


def _hashable(found: list[Change]) -> list[Change]:
    return [Change(change.path, change.kind, repr(change.before), repr(change.after)) for change in found]

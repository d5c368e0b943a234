from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.item import ResourceKey, ResourceSummary
from tui.panes.listing import ORDERS, Order, arranged, read_filter

ROWS = [
    ResourceSummary(
        resource_type="AWS::EC2::Instance", resource_id="i-1", resource_name="web", region="ap-southeast-1"
    ),
    ResourceSummary(resource_type="AWS::EC2::Volume", resource_id="vol-1", region="ap-southeast-1"),
    ResourceSummary(resource_type="AWS::IAM::Role", resource_id="AROA1", resource_name="Deploy", region="global"),
]
TAGS = {ROWS[0].key: {"Team": "Shop", "Env": "prod"}, ROWS[1].key: {"Team": "data"}, ROWS[2].key: {}}


def _ids(text: str, names: dict[ResourceKey, str] | None = None) -> list[str]:
    return [row.resource_id for row in arranged(ROWS, read_filter(text), Order(), names or {}, TAGS)]


@pytest.mark.requirement("ITM-22")
@pytest.mark.requirement("INV-01")
@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", ["i-1", "vol-1", "AROA1"]),
        ("WEB", ["i-1"]),
        ("ec2 volume", ["vol-1"]),
        ("ec2 vol", ["vol-1"]),
        ("global", ["AROA1"]),
        ("ap-south instance", ["i-1"]),
        ("tag:Team", ["i-1", "vol-1"]),
        ("tag:team=shop", ["i-1"]),
        ("tag:shop", ["i-1"]),
        ("tag:Team=shop tag:Env=dev", []),
        ("volume tag:Team=data", ["vol-1"]),
        ("nothing-like-it", []),
    ],
)
def test_rows_are_filtered_by_type_id_name_region_and_tag(text: str, ids: list[str]) -> None:
    assert _ids(text) == ids


def test_names_learned_later_are_found_too() -> None:
    assert _ids("backup") == []
    assert _ids("backup", {ROWS[1].key: "nightly-backup"}) == ["vol-1"]


def test_tags_not_read_yet_match_nothing() -> None:
    assert list(arranged(ROWS, read_filter("tag:Team"), Order(), {}, {})) == []


@pytest.mark.requirement("ITM-22")
def test_a_column_orders_the_rows_and_the_same_again_turns_them() -> None:
    order = Order().next("name")
    assert [row.resource_id for row in arranged(ROWS, read_filter(""), order, {}, {})] == ["AROA1", "vol-1", "i-1"]
    assert [row.resource_id for row in arranged(ROWS, read_filter(""), order.next("name"), {}, {})] == [
        "i-1",
        "vol-1",
        "AROA1",
    ]


@given(st.text())
def test_whatever_is_typed_is_a_filter(text: str) -> None:
    for column in ORDERS:
        assert set(arranged(ROWS, read_filter(text), Order(column), {}, TAGS)) <= set(ROWS)

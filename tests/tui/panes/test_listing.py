from __future__ import annotations

import pytest

from backend.model.item import ResourceSummary
from backend.model.standing import Standing
from tui.panes.listing import GROUPINGS, ORDERS, Entry, Order, counted, needs_items, order_key


def _row(kind: str, resource_id: str, name: str = "", region: str = "eu-west-1", **told: object) -> Entry:
    summary = ResourceSummary(resource_type=f"AWS::{kind}", resource_id=resource_id, region=region)
    known: dict[str, object] = {"tags": {}, "state": "", "account": "1", "region": region, **told}
    return Entry(summary, name, Standing(key=summary.key, name=name, **known))  # type: ignore[arg-type]


ROWS = [
    _row("EC2::Instance", "i-1", "web", state="running", tags={"Team": "shop"}, captured=30, zone="a"),
    _row("EC2::Volume", "vol-1", state="in-use", tags={"Team": "data"}, captured=200, zone="b"),
    _row("IAM::Role", "AROA1", "Deploy", region="global", captured=1000),
]


def _ids(order: Order) -> list[str]:
    return [row.summary.resource_id for row in order.arrange(ROWS)]


@pytest.mark.requirement("ITM-22")
@pytest.mark.parametrize(
    ("column", "ids"),
    [
        ("type", ["i-1", "vol-1", "AROA1"]),
        ("name", ["AROA1", "vol-1", "i-1"]),
        ("id", ["AROA1", "i-1", "vol-1"]),
        ("region", ["i-1", "vol-1", "AROA1"]),
        ("state", ["AROA1", "vol-1", "i-1"]),
        ("captured", ["i-1", "vol-1", "AROA1"]),
        ("zone", ["AROA1", "i-1", "vol-1"]),
        ("tag:Team", ["vol-1", "i-1", "AROA1"]),
    ],
)
def test_a_column_orders_the_rows_and_the_same_again_turns_them(column: str, ids: list[str]) -> None:
    order = Order("other").next(column)
    assert _ids(order) == ids
    assert _ids(order.next(column)) == ids[::-1]


def test_every_order_takes_rows_of_which_nothing_is_known() -> None:
    bare = [Entry(ResourceSummary(resource_type="", resource_id=str(number))) for number in range(3)]
    for column in (*ORDERS, "tag:Team"):
        assert len(Order(column).arrange([*bare, *ROWS])) == 6
        assert isinstance(order_key(column)(bare[0]), str)


@pytest.mark.requirement("INV-01")
@pytest.mark.parametrize(
    ("by", "count"),
    [
        ("type", {"AWS::EC2::Instance": 1, "AWS::EC2::Volume": 1, "AWS::IAM::Role": 1}),
        ("region", {"eu-west-1": 2, "global": 1}),
        ("account", {"1": 3}),
        ("state", {"in-use": 1, "running": 1, "": 1}),
        ("tag:Team", {"data": 1, "shop": 1, "": 1}),
    ],
)
def test_resources_are_counted_by_anything(by: str, count: dict[str, int]) -> None:
    assert counted(ROWS, by) == count
    assert list(counted(ROWS, by)) == list(count)


def test_only_what_a_listing_does_not_tell_asks_for_the_items() -> None:
    assert [by for by in GROUPINGS if not needs_items(by)] == ["type", "region"]
    assert needs_items("tag:Team")

"""What AWS Config costs, by what was counted."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from backend.model.compliance import Rule
from backend.model.cost import Churn, estimate, evaluation_price, evaluations_per_day
from backend.model.coverage import RECORDER_TYPE
from backend.model.moment import DAY
from backend.model.recorder import ModeOverride
from tests.backend.model.test_coverage import EVERYTHING, INSTANCE, VOLUME

NIC = "AWS::EC2::NetworkInterface"
BUSY = Churn(
    items={NIC: 1_000, INSTANCE: 10, RECORDER_TYPE: 5},
    resources={NIC: 50, INSTANCE: 8, RECORDER_TYPE: 1},
    rests_on="4 history files",
)


def test_items_cost_by_their_type_and_the_recorder_s_own_are_free() -> None:
    found = estimate(EVERYTHING, BUSY)
    assert [one.resource_type for one in found.types] == [NIC, INSTANCE, RECORDER_TYPE]
    assert [round(one.price, 4) for one in found.types] == [3.0, 0.03, 0.0]
    assert found.per_month == pytest.approx(30 * 3.03)
    assert "public list prices" in found.basis


def test_daily_saves_where_a_resource_changes_more_than_four_times_a_day() -> None:
    found = estimate(EVERYTHING, BUSY)
    assert [one.resource_type for one in found.savings] == [NIC]
    assert found.savings[0].saving == pytest.approx(1_000 * 0.003 - 50 * 0.012)
    assert found.saving_per_month == pytest.approx(30 * 2.4)


def test_what_is_daily_already_has_the_other_price_and_saves_nothing_more() -> None:
    daily = replace(EVERYTHING, overrides=(ModeOverride((NIC,), "DAILY"),))
    found = estimate(daily, Churn(items={NIC: 50}, resources={NIC: 50}, rests_on="1 history file"))
    assert found.types[0].frequency == "DAILY"
    assert found.types[0].price == pytest.approx(0.6)
    assert found.savings == ()


def test_half_a_day_counts_twice() -> None:
    half = Churn(items={INSTANCE: 10}, span=DAY // 2, rests_on="1 history file")
    assert half.per_day(INSTANCE) == 20
    assert estimate(EVERYTHING, half).types[0].if_daily is None


def test_evaluations_follow_changes_and_schedules_and_get_cheaper() -> None:
    changes = Rule(name="a", triggers=("ConfigurationItemChangeNotification",), scope_types=(INSTANCE, VOLUME))
    schedule = Rule(name="b", triggers=("ScheduledNotification",), periodic="Six_Hours", scope_types=(INSTANCE,))
    account = Rule(name="c", triggers=("ScheduledNotification",), periodic="TwentyFour_Hours")
    assert evaluations_per_day([changes], BUSY, {}) == 10
    assert evaluations_per_day([replace(changes, triggers=())], BUSY, {}) == 10
    assert evaluations_per_day([schedule], BUSY, {INSTANCE: 7}) == 28
    assert evaluations_per_day([account], BUSY, {INSTANCE: 7}) == 1
    assert evaluation_price(100_000) == pytest.approx(100)
    assert evaluation_price(600_000) == pytest.approx(100 + 400_000 * 0.0008 + 100_000 * 0.0005)


def test_what_is_not_known_is_not_said_to_be_nothing() -> None:
    found = estimate(EVERYTHING, Churn(items={}, unknown="No history file was delivered"))
    assert not found.known

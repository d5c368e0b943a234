"""Retention: how long items are kept, and what stays for ever."""

from __future__ import annotations

import json

import pytest

from backend.engine.config import items
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.world import estate
from backend.model.moment import DAY
from tests.backend.engine.config.channel import keys
from tests.backend.engine.config.conftest import sized_volume
from tests.backend.engine.conftest import START, CallFixture, PutFixture


def sizes(call: CallFixture) -> list[int]:
    answer = call("config", "GetResourceConfigHistory", resourceType="AWS::EC2::Volume", resourceId="vol-1")
    return [json.loads(each["configuration"])["size"] for each in answer["configurationItems"]]


@pytest.mark.requirement("ITM-17")
@pytest.mark.parametrize("days", [30, 2557])
def test_the_period_is_thirty_days_to_seven_years(call: CallFixture, days: int) -> None:
    expected = {"Name": "default", "RetentionPeriodInDays": days}

    assert call("config", "PutRetentionConfiguration", RetentionPeriodInDays=days) == {
        "RetentionConfiguration": expected
    }
    assert call("config", "DescribeRetentionConfigurations") == {"RetentionConfigurations": [expected]}
    named = call("config", "DescribeRetentionConfigurations", RetentionConfigurationNames=["default"])
    assert named == {"RetentionConfigurations": [expected]}


@pytest.mark.requirement("ITM-17")
@pytest.mark.parametrize("days", [0, 29, 2558])
def test_other_periods_are_refused(call: CallFixture, days: int) -> None:
    with pytest.raises(ServiceError) as refusal:
        call("config", "PutRetentionConfiguration", RetentionPeriodInDays=days)

    assert refusal.value.code == "InvalidParameterValueException"
    assert call("config", "DescribeRetentionConfigurations") == {"RetentionConfigurations": []}


def test_a_period_can_be_taken_back_once(call: CallFixture) -> None:
    call("config", "PutRetentionConfiguration", RetentionPeriodInDays=30)
    call("config", "DeleteRetentionConfiguration", RetentionConfigurationName="default")
    assert call("config", "DescribeRetentionConfigurations") == {"RetentionConfigurations": []}

    for operation, params in (
        ("DeleteRetentionConfiguration", {"RetentionConfigurationName": "default"}),
        ("DescribeRetentionConfigurations", {"RetentionConfigurationNames": ["default"]}),
    ):
        with pytest.raises(ServiceError) as refusal:
            call("config", operation, **params)
        assert refusal.value.code == "NoSuchRetentionConfigurationException"


@pytest.mark.requirement("ITM-18")
@pytest.mark.requirement("S3-06")
def test_old_items_go_and_their_files_stay(engine: Engine, call: CallFixture, put: PutFixture, recording: None) -> None:
    call("config", "PutRetentionConfiguration", RetentionPeriodInDays=30)
    for day, size in enumerate((8, 16, 32)):
        engine.advance(START + day * DAY)
        put(sized_volume(size=size))
    engine.advance(START + 3 * DAY)
    before = keys(call)
    assert any("ConfigHistory_AWS::EC2::Volume" in key for key in before)

    engine.advance(START + 29 * DAY)
    assert sizes(call) == [32, 16, 8]
    engine.advance(START + 31 * DAY)
    assert sizes(call) == [32, 16], "the item that was current thirty days ago stays"
    engine.advance(START + 60 * DAY)
    assert sizes(call) == [32], "and the newest always does"
    assert set(before) <= set(keys(call))


def test_seven_years_hold_when_nothing_was_set(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    put(sized_volume(size=8))
    put(sized_volume(size=16))

    engine.advance(START + 400 * DAY)

    assert sizes(call) == [16, 8]
    assert items.latest(ctx, "AWS::EC2::Volume", "vol-1") is not None


def test_there_is_no_next_page(call: CallFixture) -> None:
    with pytest.raises(ServiceError) as refusal:
        call("config", "DescribeRetentionConfigurations", NextToken="more")

    assert refusal.value.code == "InvalidNextTokenException"


def test_a_resource_that_went_keeps_its_last_item(
    engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    call("config", "PutRetentionConfiguration", RetentionPeriodInDays=30)
    put(sized_volume(size=8))
    engine.act(lambda ctx: assert_removed(ctx))
    engine.advance(START + 100 * DAY)

    answer = call("config", "GetResourceConfigHistory", resourceType="AWS::EC2::Volume", resourceId="vol-1")
    assert [each["configurationItemStatus"] for each in answer["configurationItems"]] == ["ResourceDeleted"]


def assert_removed(ctx: Context) -> None:
    assert estate.remove(ctx, "AWS::EC2::Volume", "vol-1")


def test_periods_are_a_regions_own(call: CallFixture) -> None:
    call("config", "PutRetentionConfiguration", RetentionPeriodInDays=30)

    assert call("config", "DescribeRetentionConfigurations", region="us-east-1") == {"RetentionConfigurations": []}

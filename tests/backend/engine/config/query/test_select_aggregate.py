"""Advanced queries over several accounts, by way of an aggregator."""

from __future__ import annotations

import json

import pytest

from backend.engine.errors import ServiceError
from tests.backend.engine.config.conftest import bucket, volume
from tests.backend.engine.config.lab import Lab

COUNT = "SELECT accountId, COUNT(*) WHERE resourceType = 'AWS::EC2::Volume' GROUP BY accountId ORDER BY COUNT(*) DESC"


@pytest.fixture
def recorded(lab: Lab) -> Lab:
    """Two accounts record: the main one has two volumes and a bucket, the second one volume."""
    for account in (lab.main, lab.second):
        lab.record(account)
        lab.put(volume("vol-1", encrypted=True), account)
    lab.put(volume("vol-2", encrypted=False))
    lab.put(bucket("only-here"))
    lab.authorize(lab.second)
    lab.aggregate(lab.main, lab.second)
    return lab


def test_one_query_sees_every_account(recorded: Lab) -> None:
    answer = recorded.call("SelectAggregateResourceConfig", ConfigurationAggregatorName="all", Expression=COUNT)
    assert [json.loads(each) for each in answer["Results"]] == [
        {"accountId": recorded.main, "COUNT(*)": 2},
        {"accountId": recorded.second, "COUNT(*)": 1},
    ]


def test_pages_have_the_size_asked_for_under_either_name(recorded: Lab) -> None:
    params = {
        "ConfigurationAggregatorName": "all",
        "Expression": "SELECT resourceId WHERE resourceType = 'AWS::EC2::Volume' OR resourceId = 'only-here'",
    }
    first = recorded.call("SelectAggregateResourceConfig", MaxResults=3, **params)
    rest = recorded.call("SelectAggregateResourceConfig", Limit=3, NextToken=first["NextToken"], **params)
    found = [json.loads(each)["resourceId"] for each in (*first["Results"], *rest["Results"])]
    assert sorted(found) == ["only-here", "vol-1", "vol-1", "vol-2"]
    assert "NextToken" not in rest


def test_an_aggregator_that_there_is_not_is_refused(recorded: Lab) -> None:
    with pytest.raises(ServiceError) as refused:
        recorded.call("SelectAggregateResourceConfig", ConfigurationAggregatorName="none", Expression=COUNT)
    assert refused.value.code == "NoSuchConfigurationAggregatorException"

"""GetResourceConfigHistory: order, bounds, pages, and the service's windows of seven days."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backend.engine.config import faults
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.model import moment
from backend.model.item import Document
from backend.model.moment import DAY, HOUR
from tests.backend.engine.config.conftest import sized_volume
from tests.backend.engine.conftest import START, CallFixture, PutFixture


def history(call: CallFixture, resource_id: str = "vol-1", **params: Any) -> Document:
    answer: Document = call(
        "config", "GetResourceConfigHistory", resourceType="AWS::EC2::Volume", resourceId=resource_id, **params
    )
    return answer


def sizes(answer: Document) -> list[int]:
    return [json.loads(each["configuration"])["size"] for each in answer["configurationItems"]]


@pytest.mark.requirement("HIS-01")
@pytest.mark.requirement("HIS-03")
@pytest.mark.requirement("REC-12")
def test_history_is_newest_first_unless_asked_for_otherwise(call: CallFixture, three_sizes: None) -> None:
    assert sizes(history(call)) == [32, 16, 8]
    assert sizes(history(call, chronologicalOrder="Forward")) == [8, 16, 32]


@pytest.mark.requirement("HIS-02")
def test_both_bounds_of_a_period_are_inside_it(call: CallFixture, three_sizes: None) -> None:
    first, second = (moment.to_datetime(START + DAY + hour * HOUR) for hour in (0, 1))

    assert sizes(history(call, earlierTime=first, laterTime=second)) == [16, 8]
    assert sizes(history(call, earlierTime=second)) == [32, 16]
    assert sizes(history(call, laterTime=first)) == [8]


def test_a_period_must_have_a_length(call: CallFixture, three_sizes: None) -> None:
    when = moment.to_datetime(START)
    with pytest.raises(ServiceError) as refusal:
        history(call, earlierTime=when, laterTime=when)

    assert (refusal.value.code, refusal.value.message) == ("InvalidTimeRangeException", "")


def test_history_comes_in_pages(call: CallFixture, three_sizes: None) -> None:
    for order, expected in (("Reverse", [[32, 16], [8]]), ("Forward", [[8, 16], [32]])):
        first = history(call, limit=2, chronologicalOrder=order)
        second = history(call, limit=2, chronologicalOrder=order, nextToken=first["nextToken"])
        assert [sizes(first), sizes(second)] == expected
        assert "nextToken" not in second


def test_ten_items_are_a_page_by_default(call: CallFixture, put: PutFixture, recording: None) -> None:
    for size in range(1, 13):
        put(sized_volume(size=size))

    assert len(history(call)["configurationItems"]) == 10
    assert len(history(call, limit=0)["configurationItems"]) == 10
    assert len(history(call, limit=100)["configurationItems"]) == 12


@pytest.mark.parametrize("token", ["no base64 !", "bm9qc29u", "WzEsMl0=", "e30="])
def test_a_token_of_somebody_else_is_refused(call: CallFixture, three_sizes: None, token: str) -> None:
    with pytest.raises(ServiceError) as refusal:
        history(call, nextToken=token)

    assert refusal.value.code == "InvalidNextTokenException"


def test_an_unknown_resource_has_not_been_discovered(call: CallFixture, recording: None) -> None:
    with pytest.raises(ServiceError) as refusal:
        history(call, "vol-none")

    assert str(refusal.value) == (
        "ResourceNotDiscoveredException: Resource vol-none of resourceType:AWS::EC2::Volume is unknown or has not been"
        " discovered"
    )


def test_stored_items_stay_readable_with_the_recorder_off(call: CallFixture, three_sizes: None) -> None:
    call("config", "StopConfigurationRecorder", ConfigurationRecorderName="default")

    assert sizes(history(call)) == [32, 16, 8]


def weekly_pages(call: CallFixture, **params: Any) -> list[list[int]]:
    """The sizes on each page, to the last one."""
    pages, token = [], dict[str, str]()
    while True:
        answer = history(call, **params, **token)
        pages.append(sizes(answer))
        if "nextToken" not in answer:
            return pages
        token = {"nextToken": answer["nextToken"]}


@pytest.fixture
def windows(engine: Engine, three_sizes: None) -> None:
    """As `three_sizes`, three weeks ago, and calls look at seven days each."""
    engine.advance(START + DAY + 21 * DAY)
    engine.act(lambda ctx: faults.inject(ctx, {"name": "empty-pages"}))


@pytest.mark.requirement("HIS-02")
@pytest.mark.usefixtures("windows")
def test_the_service_looks_at_seven_days_a_call_and_answers_empty_pages(call: CallFixture) -> None:
    since, until = moment.to_datetime(START), moment.to_datetime(START + 22 * DAY)

    assert weekly_pages(call, earlierTime=since, laterTime=until) == [[], [], [32, 16, 8], []]
    forward = {"earlierTime": since, "laterTime": until, "chronologicalOrder": "Forward"}
    assert weekly_pages(call, **forward) == [[8, 16, 32], [], [], []]
    assert weekly_pages(call, earlierTime=since, laterTime=until, limit=2) == [[], [], [32, 16], [8], []]
    assert weekly_pages(call, **forward, limit=1) == [[8], [16], [32], [], [], []]


@pytest.mark.usefixtures("windows")
def test_without_bounds_the_pages_go_back_as_far_as_items_are_kept(engine: Engine, call: CallFixture) -> None:
    call("config", "PutRetentionConfiguration", RetentionPeriodInDays=30)

    pages = weekly_pages(call)
    assert [page for page in pages if page] == [[32, 16, 8]]
    assert len(pages) == 5

    token = history(call)["nextToken"]
    engine.act(lambda ctx: faults.clear(ctx))
    assert history(call, nextToken=token)["configurationItems"] == [], "a walk ends as it began"
    assert weekly_pages(call) == [[32, 16, 8]]


def test_a_token_of_another_operation_or_region_is_refused(call: CallFixture, three_sizes: None) -> None:
    token = history(call, limit=1)["nextToken"]

    with pytest.raises(ServiceError) as refusal:
        call("config", "ListDiscoveredResources", resourceType="AWS::EC2::Volume", nextToken=token)
    assert refusal.value.code == "InvalidNextTokenException"


def test_windows_without_bounds_leave_nothing_out(
    engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    """Neither what was captured some milliseconds ahead of the clock, nor what is older than the retention."""
    call("config", "PutRetentionConfiguration", RetentionPeriodInDays=30)
    volumes = [f"vol-{number}" for number in range(3)]
    put(*(sized_volume(each) for each in volumes))
    engine.act(lambda ctx: faults.inject(ctx, {"name": "empty-pages"}))
    assert [sizes(history(call, each)) for each in volumes] == [[8], [8], [8]]
    engine.advance(engine.now + 100 * DAY)
    for order in ("Forward", "Reverse"):
        assert [size for page in weekly_pages(call, chronologicalOrder=order) for size in page] == [8]

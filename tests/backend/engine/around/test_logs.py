"""CloudWatch Logs as it is read: groups, streams and events of what was written."""

from __future__ import annotations

from itertools import pairwise

import pytest

from backend.engine.around import logs
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.model.item import Document
from backend.model.moment import MINUTE
from tests.backend.engine.conftest import CallFixture

GROUP = "/aws/lambda/judge"


@pytest.fixture
def written(engine: Engine, ctx: Context) -> None:
    """Two streams: the first was written to a minute before the second, in three batches."""

    def write(stream: str, *messages: str) -> None:
        engine.act(lambda ctx: logs.write(ctx, GROUP, stream, messages))

    for number in range(3):
        write("one", f"START {number}", f"[ERROR] no {number}")
    engine.advance(ctx.now + MINUTE)
    write("two", "START 3", "fine")


def texts(answer: Document) -> list[str]:
    return [event["message"] for event in answer["events"]]


@pytest.mark.usefixtures("written")
def test_groups_and_streams_are_listed(call: CallFixture, ctx: Context) -> None:
    [group] = call("logs", "DescribeLogGroups", logGroupNamePrefix="/aws/lambda/")["logGroups"]
    assert (group["logGroupName"], group["arn"]) == (GROUP, ctx.arn("logs", f"log-group:{GROUP}:*"))
    assert group["storedBytes"] == 3 * len("START 0[ERROR] no 0") + len("START 3fine")
    assert call("logs", "DescribeLogGroups", logGroupNamePrefix="/other")["logGroups"] == []
    newest = call("logs", "DescribeLogStreams", logGroupName=GROUP, orderBy="LastEventTime", descending=True, limit=1)
    assert [stream["logStreamName"] for stream in newest["logStreams"]] == ["two"]
    rest = call(
        "logs",
        "DescribeLogStreams",
        logGroupName=GROUP,
        orderBy="LastEventTime",
        descending=True,
        limit=1,
        nextToken=newest["nextToken"],
    )
    assert [stream["logStreamName"] for stream in rest["logStreams"]] == ["one"]
    assert "nextToken" not in rest


@pytest.mark.usefixtures("written")
def test_a_stream_is_read_from_its_end_or_its_head_page_by_page(call: CallFixture) -> None:
    def read(**members: object) -> Document:
        return call("logs", "GetLogEvents", logGroupName=GROUP, logStreamName="one", limit=4, **members)

    end = read()
    assert texts(end) == ["START 1", "[ERROR] no 1", "START 2", "[ERROR] no 2"]
    before = read(nextToken=end["nextBackwardToken"])
    assert texts(before) == ["START 0", "[ERROR] no 0"]
    nothing = read(nextToken=end["nextForwardToken"])
    assert (texts(nothing), nothing["nextForwardToken"]) == ([], end["nextForwardToken"])
    assert texts(read(nextToken=nothing["nextBackwardToken"]))[-1] == "[ERROR] no 2"
    assert texts(read(startFromHead=True))[0] == "START 0"


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize(
    ("members", "found"),
    [
        ({}, ["START 0", "[ERROR] no 0", "START 1", "[ERROR] no 1", "START 2", "[ERROR] no 2", "START 3", "fine"]),
        ({"filterPattern": '"[ERROR]" 1'}, ["[ERROR] no 1"]),
        ({"filterPattern": "-START -no"}, ["fine"]),
        ({"logStreamNames": ["two"]}, ["START 3", "fine"]),
        ({"logStreamNamePrefix": "t"}, ["START 3", "fine"]),
    ],
)
def test_events_are_filtered(call: CallFixture, members: Document, found: list[str]) -> None:
    assert texts(call("logs", "FilterLogEvents", logGroupName=GROUP, **members)) == found


@pytest.mark.usefixtures("written")
def test_events_are_filtered_by_time_and_come_in_pages(call: CallFixture, ctx: Context) -> None:
    late = call("logs", "FilterLogEvents", logGroupName=GROUP, startTime=ctx.now)
    assert texts(late) == ["START 3", "fine"]
    early = call("logs", "FilterLogEvents", logGroupName=GROUP, endTime=ctx.now, limit=5)
    rest = call("logs", "FilterLogEvents", logGroupName=GROUP, endTime=ctx.now, nextToken=early["nextToken"])
    assert (len(early["events"]), texts(rest)) == (5, ["[ERROR] no 2"])
    ids = [event["eventId"] for event in (*early["events"], *rest["events"])]
    assert all(one < other for one, other in pairwise(ids))


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize(
    ("operation", "members", "code"),
    [
        ("GetLogEvents", {"logGroupName": "/none", "logStreamName": "one"}, "ResourceNotFoundException"),
        ("GetLogEvents", {"logGroupName": GROUP, "logStreamName": "none"}, "ResourceNotFoundException"),
        (
            "GetLogEvents",
            {"logGroupName": GROUP, "logStreamName": "one", "nextToken": "x"},
            "InvalidParameterException",
        ),
        ("DescribeLogStreams", {"logGroupName": "/none"}, "ResourceNotFoundException"),
        ("FilterLogEvents", {"logGroupName": GROUP, "filterPattern": "{ $.x = 1 }"}, "InvalidParameterException"),
        ("FilterLogEvents", {"logGroupName": GROUP, "filterPattern": '"open'}, "InvalidParameterException"),
        ("FilterLogEvents", {"logGroupName": GROUP, "nextToken": "x"}, "InvalidParameterException"),
    ],
)
def test_what_is_not_there_is_refused(call: CallFixture, operation: str, members: Document, code: str) -> None:
    with pytest.raises(ServiceError) as refusal:
        call("logs", operation, **members)
    assert refusal.value.code == code


def test_the_newest_batches_are_kept(engine: Engine, call: CallFixture) -> None:
    def write(ctx: Context) -> None:
        for number in range(logs.KEPT_BATCHES + 5):
            logs.write(ctx, GROUP, f"stream {number % 2}", [f"call {number}"])

    engine.act(write)
    kept = texts(call("logs", "FilterLogEvents", logGroupName=GROUP))
    assert (len(kept), kept[0]) == (logs.KEPT_BATCHES, "call 5")


@pytest.mark.usefixtures("written")
def test_a_look_at_a_log_wakes_nobody(engine: Engine, call: CallFixture) -> None:
    before = engine.revision
    call("logs", "FilterLogEvents", logGroupName=GROUP)
    assert engine.revision == before

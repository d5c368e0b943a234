"""Walking back through empty pages, and knowing when to stop."""

from __future__ import annotations

from backend.client.history import AFTERTHOUGHT, PATIENCE, WINDOW, History
from backend.model.item import Document, ResourceKey
from backend.model.moment import DAY, Moment, to_datetime
from backend.model.problem import Missing
from tests.backend.client.scripted import ScriptedApi

KEY = ResourceKey("AWS::EC2::Volume", "vol-1")
NOW: Moment = 1_800_000_000_000


def item(captured: Moment, status: str = "OK") -> Document:
    return {
        "resourceType": KEY.resource_type,
        "resourceId": KEY.resource_id,
        "configurationItemCaptureTime": to_datetime(captured),
        "configurationItemStatus": status,
        "configuration": '{"size":8}',
    }


class Windows:
    """GetResourceConfigHistory as recorded: seven days a call, empty pages with tokens."""

    def __init__(self, *captured: Moment) -> None:
        self.captured = captured

    def __call__(self, params: Document) -> Document:
        assert params["earlierTime"] <= params["laterTime"]
        earliest, latest = round(params["earlierTime"] * 1000), round(params["laterTime"] * 1000)
        end = latest - int(params.get("nextToken", "0")) * WINDOW
        start = max(end - WINDOW, earliest - 1)
        found = [item(moment) for moment in sorted(self.captured, reverse=True) if start < moment <= end]
        page: Document = {"configurationItems": found}
        if start >= earliest:
            page["nextToken"] = str(int(params.get("nextToken", "0")) + 1)
        return page


def walk(*captured: Moment) -> tuple[History, ScriptedApi]:
    api = ScriptedApi({"GetResourceConfigHistory": Windows(*captured)})
    return History(api, lambda: NOW), api


async def test_items_behind_empty_pages_are_found() -> None:
    history, api = walk(NOW - 100 * DAY, NOW - 3 * DAY)
    found = await history.of(KEY, created=NOW - 101 * DAY)
    assert [one.capture_time for one in found] == [NOW - 3 * DAY, NOW - 100 * DAY]
    assert found[0].configuration == {"size": 8}
    assert all({"earlierTime", "laterTime"} <= params.keys() for _, params in api.asked)


async def test_a_walk_ends_some_time_before_the_creation() -> None:
    history, api = walk(NOW - 3 * DAY)
    await history.of(KEY, created=NOW - 4 * DAY)
    assert len(api.asked) == 1 + AFTERTHOUGHT


async def test_a_walk_ends_after_a_year_of_nothing() -> None:
    history, api = walk()
    assert await history.of(KEY) == []
    assert len(api.asked) == PATIENCE


async def test_a_walk_ends_when_there_is_enough() -> None:
    history, api = walk(*(NOW - day * DAY for day in range(1, 60)))
    assert len(await history.of(KEY, limit=5)) == 5
    assert len(api.asked) == 1


async def test_both_bounds_are_kept() -> None:
    history, _ = walk(NOW - 1 * DAY, NOW - 5 * DAY, NOW - 9 * DAY)
    found = await history.of(KEY, NOW - 9 * DAY, NOW - 5 * DAY)
    assert [one.capture_time for one in found] == [NOW - 5 * DAY, NOW - 9 * DAY]


async def test_a_period_that_ends_before_it_begins_has_nothing_and_asks_nothing() -> None:
    history, api = walk(NOW)
    assert await history.of(KEY, NOW, NOW - DAY) == []
    assert api.asked == []


async def test_an_unknown_resource_has_no_history() -> None:
    api = ScriptedApi({"GetResourceConfigHistory": Missing("unknown", code="ResourceNotDiscoveredException")})
    assert await History(api, lambda: NOW).of(KEY) == []


async def test_a_token_that_comes_back_unchanged_ends_the_pages() -> None:
    api = ScriptedApi({"GetResourceConfigHistory": {"configurationItems": [], "nextToken": "same"}})
    assert await History(api, lambda: NOW).of(KEY) == []
    assert len(api.asked) == 2

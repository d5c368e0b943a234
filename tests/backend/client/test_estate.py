"""The estate at a moment: what AWS says of now, with what changed since taken back."""

from __future__ import annotations

import itertools
import json

import pytest

from backend import connect
from backend.client import estate as estates_module
from backend.client.estate import KEPT, SETTLED, Estates
from backend.client.history import History
from backend.model.estate import recording_gaps
from backend.model.item import ConfigurationItem, Document, ResourceKey
from backend.model.moment import DAY, HOUR, MINUTE, Moment, parse, to_datetime, to_iso
from backend.model.problem import Denied
from tests.backend.client.scripted import ScriptedApi, denied

NOW: Moment = 1_800_000_000_000
VOLUME = ResourceKey("AWS::EC2::Volume", "vol-1")
GONE = ResourceKey("AWS::EC2::Volume", "vol-2")
BUCKET = ResourceKey("AWS::S3::Bucket", "logs")


@pytest.mark.requirement("HIS-06")
async def test_the_estate_at_a_moment_is_what_the_histories_say() -> None:
    target = connect.Target(memory=True, start=parse("2023-02-28T09:41:00Z"), resources=60)
    async with connect.open(target) as connection:
        resources = connection.session.resources
        assert resources is not None and connection.clock is not None
        now, newest = (await connection.clock.state()).now, await resources.estate()
        for moment in (now - 14 * HOUR, now - 30 * HOUR, now - 9 * DAY):
            estate = await resources.estate(moment)
            assert estate.items and estate.items != newest.items
            for key in {*estate.items, *estate.deleted, *newest.items}:
                told = await resources.as_of(key, moment)
                if told is None or told.deleted:
                    assert key not in estate.items
                else:
                    assert _essence(estate.items[key]) == _essence(told)
            assert estate.recorder is not None and estate.verdicts
            assert [source.kind for source in estate.sources] == ["API"]
        before = await resources.estate(now - 4000 * DAY)
        assert not before.items
        assert any("No item of then" in gap for gap in before.gaps)


def _essence(item: ConfigurationItem) -> object:
    return item.capture_time, item.status, item.configuration, item.tags, len(item.relationships)


async def test_only_what_changed_since_is_asked_for() -> None:
    account = _Account({VOLUME: [_item(VOLUME, NOW - 9 * DAY)], BUCKET: [_item(BUCKET, NOW - HOUR)]})
    account.histories[BUCKET].append(_item(BUCKET, NOW - 2 * DAY))
    estate = await account.estates.at(NOW - DAY)
    assert {key: item.capture_time for key, item in estate.items.items()} == {
        VOLUME: NOW - 9 * DAY,
        BUCKET: NOW - 2 * DAY,
    }
    assert account.api.times_asked("GetResourceConfigHistory") == 1


async def test_what_was_deleted_since_was_there_and_what_came_since_was_not() -> None:
    account = _Account(
        {
            GONE: [_item(GONE, NOW - HOUR, "ResourceDeleted"), _item(GONE, NOW - 40 * DAY, "ResourceDiscovered")],
            VOLUME: [_item(VOLUME, NOW - HOUR, "ResourceDiscovered")],
        }
    )
    estate = await account.estates.at(NOW - DAY)
    assert list(estate.items) == [GONE]
    later = await account.estates.at(NOW - MINUTE)
    assert list(later.items) == [VOLUME]
    assert later.deleted == {GONE: NOW - HOUR}


async def test_a_resource_that_was_made_again_under_its_name_was_there_in_its_former_life() -> None:
    lives = [
        _item(BUCKET, NOW - HOUR, "ResourceDiscovered", "logs"),
        _item(BUCKET, NOW - 20 * DAY, "ResourceDeleted", "logs"),
        _item(BUCKET, NOW - 60 * DAY, "ResourceDiscovered", "logs"),
    ]
    estates = _Account({BUCKET: lives}).estates
    assert BUCKET in (await estates.at(NOW - 30 * DAY)).items
    between = await estates.at(NOW - 5 * DAY)
    assert BUCKET not in between.items
    assert between.deleted == {BUCKET: NOW - 20 * DAY}


async def test_items_of_one_and_the_same_time_are_taken_as_of_that_time() -> None:
    account = _Account({VOLUME: [_item(VOLUME, NOW - DAY)], BUCKET: [_item(BUCKET, NOW - DAY)]})
    assert len((await account.estates.at(NOW - DAY)).items) == 2
    assert not (await account.estates.at(NOW - DAY - 1)).items


async def test_a_reading_serves_every_moment_before_it() -> None:
    account = _Account({VOLUME: [_item(VOLUME, NOW - HOUR), _item(VOLUME, NOW - 3 * DAY)]})
    for day in range(1, KEPT + 3):
        await account.estates.at(NOW - HOUR - day * HOUR)
    assert account.api.times_asked("SelectResourceConfig") == 1
    # What the first history told, from its item to the moment asked for, answers the others too.
    assert account.api.times_asked("GetResourceConfigHistory") == 1
    assert (await account.estates.at(NOW - 2 * HOUR)) == (await account.estates.at(NOW - 2 * HOUR))


async def test_a_moment_that_is_not_settled_is_asked_for_again() -> None:
    account = _Account({VOLUME: [_item(VOLUME, NOW - 3 * DAY)]})
    young = NOW - SETTLED + MINUTE
    assert (await account.estates.at(young)).items[VOLUME].capture_time == NOW - 3 * DAY
    account.histories[VOLUME].insert(0, _item(VOLUME, young - 1))
    assert (await account.estates.at(young)).items[VOLUME].capture_time == young - 1


async def test_a_moment_still_to_come_shows_now_and_says_so() -> None:
    account = _Account({VOLUME: [_item(VOLUME, NOW - HOUR)]})
    estate = await account.estates.at(NOW + DAY)
    assert (estate.moment, list(estate.items)) == (NOW + DAY, [VOLUME])
    assert "still to come" in estate.gaps[0]


async def test_what_is_under_way_is_told() -> None:
    account = _Account({VOLUME: [_item(VOLUME, NOW - HOUR), _item(VOLUME, NOW - 2 * DAY)]})
    told: list[tuple[int, int, str]] = []
    await account.estates.at(NOW - DAY, lambda done, total, what: told.append((done, total, what)))
    assert told[-1] == (1, 1, "histories")
    assert {what for _, _, what in told} == {"types with deleted resources", "histories"}


async def test_too_many_changes_are_cut_with_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estates_module, "UNDONE", 2)
    keys = [ResourceKey("AWS::EC2::Volume", f"vol-{number}") for number in range(5)]
    account = _Account({key: [_item(key, NOW - HOUR), _item(key, NOW - 2 * DAY)] for key in keys})
    estate = await account.estates.at(NOW - DAY)
    assert len(estate.items) == 2
    assert "5 resources changed since; only 2 of them were looked up" in estate.gaps[0]


async def test_without_queries_and_without_reading_many_at_once_single_items_are_read() -> None:
    account = _Account({VOLUME: [_item(VOLUME, NOW - HOUR), _item(VOLUME, NOW - 2 * DAY)]})
    account.api.answers["SelectResourceConfig"] = denied("config:SelectResourceConfig")
    account.api.answers["BatchGetResourceConfig"] = denied("config:BatchGetResourceConfig")
    estate = await account.estates.at(NOW - DAY)
    assert estate.items[VOLUME].capture_time == NOW - 2 * DAY
    assert any("Queries are not permitted" in gap for gap in estate.gaps)


async def test_a_history_that_may_not_be_read_is_a_problem() -> None:
    account = _Account({VOLUME: [_item(VOLUME, NOW - HOUR), _item(VOLUME, NOW - 2 * DAY)]})
    account.api.answers["GetResourceConfigHistory"] = denied("config:GetResourceConfigHistory")
    with pytest.raises(Denied):
        await account.estates.at(NOW - DAY)


def test_the_recorder_tells_what_was_not_recorded() -> None:
    recorder = _item(ResourceKey("AWS::Config::ConfigurationRecorder", "default"), NOW)
    recorder.configuration = {
        "Recording": False,
        "RecordingGroup": {"AllSupported": False, "ResourceTypes": ["AWS::EC2::Volume"]},
    }
    off, only = recording_gaps(recorder)
    assert off.startswith("Recording was off then")
    assert only.startswith("Only AWS::EC2::Volume were recorded")
    recorder.configuration = {
        "Recording": True,
        "RecordingGroup": {"ExclusionByResourceTypes": {"ResourceTypes": ["A", "B", "C", "D", "E"]}},
    }
    assert recording_gaps(recorder)[0].startswith("A, B, C and 2 more types were left out")
    assert "is not known" in recording_gaps(None)[0]


def _item(key: ResourceKey, captured: Moment, status: str = "OK", name: str | None = None) -> ConfigurationItem:
    return ConfigurationItem(
        resource_type=key.resource_type,
        resource_id=key.resource_id,
        resource_name=name,
        status=status,
        capture_time=captured,
    )


def _spelled(item: ConfigurationItem) -> Document:
    return {
        "resourceType": item.resource_type,
        "resourceId": item.resource_id,
        "resourceName": item.resource_name,
        "configurationItemCaptureTime": to_datetime(item.capture_time),
        "configurationItemStatus": item.status,
    }


class _Account:
    """A small account: each resource with its items, newest first."""

    def __init__(self, histories: dict[ResourceKey, list[ConfigurationItem]]) -> None:
        self.histories = histories
        self.api = ScriptedApi(
            {
                "SelectResourceConfig": self._select,
                "ListDiscoveredResources": self._list,
                "GetResourceConfigHistory": self._history,
            }
        )
        self.estates = Estates(self.api, lambda: NOW, History(self.api, lambda: NOW), self._counts, self._item)

    async def _counts(self) -> dict[str, int]:
        return {key.resource_type: 1 for key, items in self.histories.items() if not items[0].deleted}

    async def _item(self, key: ResourceKey) -> ConfigurationItem | None:
        return self.histories[key][0]

    def _select(self, _: Document) -> Document:
        live = [items[0] for items in self.histories.values() if not items[0].deleted]
        rows = [_spelled(item) | {"configurationItemCaptureTime": to_iso(item.capture_time)} for item in live]
        return {"Results": [json.dumps(row) for row in rows]}

    def _list(self, params: Document) -> Document:
        found = []
        for key, items in self.histories.items():
            row: Document = {"resourceType": key.resource_type, "resourceId": key.resource_id}
            if items[0].deleted:
                row["resourceDeletionTime"] = to_datetime(items[0].capture_time)
            if key.resource_type == params["resourceType"] and (
                params.get("includeDeletedResources") or not items[0].deleted
            ):
                found.append(row)
        return {"resourceIdentifiers": found}

    def _history(self, params: Document) -> Document:
        key = ResourceKey(params["resourceType"], params["resourceId"])
        earliest, latest = round(params["earlierTime"] * 1000), round(params["laterTime"] * 1000)
        found = [one for one in self.histories[key] if earliest <= one.capture_time <= latest]
        return {"configurationItems": [_spelled(one) for one in found][: params["limit"]]}


async def test_the_changes_beside_a_moment_are_found_whatever_changed() -> None:
    account = _Account(
        {
            VOLUME: [_item(VOLUME, NOW - HOUR), _item(VOLUME, NOW - 3 * DAY), _item(VOLUME, NOW - 9 * DAY)],
            GONE: [_item(GONE, NOW - 2 * DAY, "ResourceDeleted"), _item(GONE, NOW - 8 * DAY)],
        }
    )
    steps = [NOW - 9 * DAY, NOW - 8 * DAY, NOW - 3 * DAY, NOW - 2 * DAY, NOW - HOUR]
    for before, after in itertools.pairwise(steps):
        assert await account.estates.next_change(before, back=False) == after
        assert await account.estates.next_change(after, back=True) == before
    assert await account.estates.next_change(steps[-1], back=False) is None
    assert await account.estates.next_change(steps[0], back=True) is None

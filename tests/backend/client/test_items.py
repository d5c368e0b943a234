"""The items of a selection, from an account and from files."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec

from backend.client.files import open_files
from backend.client.items import newest_items
from backend.client.resources import ResourcesOverApi
from backend.client.session import Session
from backend.client.then import session_then
from backend.model.estate import Estate
from backend.model.item import ConfigurationItem, Document, ResourceKey
from tests.backend.client.scripted import ScriptedApi, denied
from tests.tui.fake_session import BUCKET, INSTANCE, NOW, VOLUME, FakeConnection, World, item


async def ids(batches: AsyncIterator[list[ConfigurationItem]]) -> list[str]:
    return [one.resource_id async for batch in batches for one in batch]


def volume(number: int) -> ResourceKey:
    return ResourceKey("AWS::EC2::Volume", f"vol-{number}")


def row(key: ResourceKey) -> str:
    return msgspec.json.encode({"resourceType": key.resource_type, "resourceId": key.resource_id}).decode()


def over_api(api: ScriptedApi) -> Session:
    resources = ResourcesOverApi(api, lambda: NOW)
    return Session(account="1", region="r", who="w", read_only=True, resources=resources, items_of=resources.items_of)


async def read(session: Session, keys: Sequence[ResourceKey]) -> list[str]:
    return await ids(newest_items(session, keys))


async def test_of_many_resources_all_items_are_read_at_once_and_sifted() -> None:
    api = ScriptedApi({"SelectResourceConfig": {"Results": [row(volume(number)) for number in range(300)]}})
    wanted = [volume(number) for number in range(0, 300, 2)]
    assert await read(over_api(api), wanted) == [key.resource_id for key in wanted]
    assert [name for name, _ in api.asked] == ["SelectResourceConfig"]


async def test_what_the_reading_does_not_tell_is_asked_for_singly() -> None:
    def deleted(params: Document) -> Document:
        entry = {"resourceType": params["resourceType"], "resourceId": params["resourceId"], "version": "1.3"}
        return {"configurationItems": [entry]}

    api = ScriptedApi(
        {
            "SelectResourceConfig": {"Results": [row(volume(number)) for number in range(60)]},
            "BatchGetResourceConfig": denied("config:BatchGetResourceConfig"),
            "GetResourceConfigHistory": deleted,
        }
    )
    assert (await read(over_api(api), [volume(number) for number in range(61)]))[-1] == "vol-60"
    assert api.times_asked("BatchGetResourceConfig") == 1


async def test_of_files_the_newest_item_of_each_is_read(tmp_path: Path) -> None:
    entries = [
        {"resourceType": "AWS::EC2::Volume", "resourceId": f"vol-{number}", "configurationItemCaptureTime": at}
        for number in range(3)
        for at in ("2026-03-02T00:00:00.000Z", "2026-03-01T00:00:00.000Z")
    ]
    path = tmp_path / "history.json"
    path.write_bytes(msgspec.json.encode({"configurationItems": entries}))
    session = await open_files(path)
    try:
        keys = [volume(2), volume(0), ResourceKey("AWS::EC2::Volume", "vol-none")]
        found = [one async for batch in newest_items(session, keys) for one in batch]
        assert [(one.resource_id, one.capture_time) for one in found] == [
            ("vol-0", 1_772_409_600_000),
            ("vol-2", 1_772_409_600_000),
        ]
    finally:
        await session.close()


async def test_as_of_a_moment_the_items_are_those_of_then() -> None:
    now = FakeConnection(World()).connection.session

    async def of_now(keys: Sequence[ResourceKey]) -> AsyncIterator[list[ConfigurationItem]]:
        yield [item(key) for key in keys]

    old = item(INSTANCE, captured=NOW - 1000, configuration={"old": True})
    then = session_then(dataclasses.replace(now, items_of=of_now), Estate(moment=NOW - 500, items={INSTANCE: old}))
    assert [one async for batch in newest_items(then, [INSTANCE]) for one in batch] == [old]


async def test_a_session_that_reads_singly_leaves_out_what_is_not_known() -> None:
    session = FakeConnection(World()).connection.session
    keys = [BUCKET, ResourceKey("AWS::S3::Bucket", "nobody"), VOLUME]
    assert await read(session, keys) == [BUCKET.resource_id, VOLUME.resource_id]

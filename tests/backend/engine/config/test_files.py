"""Files of large accounts, and of a moment that is over when they are written."""

from __future__ import annotations

import pytest

from backend.engine.config import faults
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.world.estate import Link
from backend.model import moment
from backend.model.moment import HOUR, SECOND
from tests.backend.engine.config.channel import content, deliver, history_files, snapshots
from tests.backend.engine.config.conftest import linked_volume, remove, sized_volume
from tests.backend.engine.conftest import BUCKET, START, TOPIC, CallFixture, Messages, PutFixture


def test_a_snapshot_is_of_its_moment_however_late_it_comes(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    put(linked_volume("vol-1"), linked_volume("vol-2"))
    engine.act(lambda ctx: faults.inject(ctx, {"name": "delivery-lag", "milliseconds": HOUR}))
    deliver(call)
    put(linked_volume("vol-1", Link("Is attached to Instance", "AWS::EC2::Instance", "i-1")), linked_volume("vol-3"))
    remove(engine, "AWS::EC2::Volume", "vol-2")
    engine.advance(START + 2 * HOUR)

    (key,) = snapshots(call)
    by_id = {each["resourceId"]: each for each in content(ctx, key)["configurationItems"]}

    assert {"vol-1", "vol-2"} <= by_id.keys() and "vol-3" not in by_id
    assert by_id["vol-1"]["relationships"] == []
    assert {BUCKET, TOPIC} <= by_id.keys()


def test_a_snapshot_too_large_for_one_file_has_numbered_ones(
    ctx: Context,
    engine: Engine,
    call: CallFixture,
    put: PutFixture,
    messages: Messages,
    monkeypatch: pytest.MonkeyPatch,
    recording: None,
) -> None:
    monkeypatch.setattr("backend.engine.config.files.LARGEST", 4000)
    put(*(linked_volume(f"vol-{number}") for number in range(20)))
    messages()
    snapshot_id = deliver(call)
    engine.advance(START + SECOND)

    keys = snapshots(call)

    assert len(keys) > 2
    numbers = range(1, len(keys) + 1)
    assert sorted(key.partition(snapshot_id)[2] for key in keys) == sorted(f"_{n}.json.gz" for n in numbers)
    found = [content(ctx, key) for key in keys]
    assert {each["configSnapshotId"] for each in found} == {snapshot_id}
    ids = [each["resourceId"] for part in found for each in part["configurationItems"]]
    assert len(ids) == len(set(ids)) and {f"vol-{number}" for number in range(20)} <= set(ids)
    told = [message["s3ObjectKey"] for _, message in messages("ConfigurationSnapshotDeliveryCompleted")]
    assert sorted(told) == sorted(keys)


def test_a_type_that_changed_very_much_has_several_files(
    ctx: Context,
    engine: Engine,
    call: CallFixture,
    put: PutFixture,
    messages: Messages,
    monkeypatch: pytest.MonkeyPatch,
    recording: None,
) -> None:
    monkeypatch.setattr("backend.engine.config.files.LARGEST", 2000)
    for hour in range(5):
        engine.advance(START + hour * HOUR)
        put(sized_volume(size=8 + hour), sized_volume("vol-2", size=100 + hour))
    messages()
    engine.advance(START + 6 * HOUR)

    keys = history_files(call, "AWS::EC2::Volume")

    assert len(keys) > 2
    found = [content(ctx, key)["configurationItems"] for key in keys]
    sizes = [each["configuration"]["size"] for part in found for each in part]
    assert sizes == [8, 100, 9, 101, 10, 102, 11, 103, 12, 104], "all of them, in order, once"
    for key, part in zip(keys, found, strict=True):
        stamps = [moment.to_compact(each["configurationStateId"]) for each in part]
        assert f"_{stamps[0]}_{stamps[-1]}_" in key, "each file is named by its own items"
    told = [message["s3ObjectKey"] for _, message in messages("ConfigurationHistoryDeliveryCompleted")]
    assert set(keys) <= set(told)


def test_files_of_the_same_second_are_counted(
    engine: Engine, call: CallFixture, put: PutFixture, monkeypatch: pytest.MonkeyPatch, recording: None
) -> None:
    monkeypatch.setattr("backend.engine.config.files.LARGEST", 1)
    for size in (8, 16, 24):
        put(sized_volume(size=size))
    engine.advance(START + 6 * HOUR)

    assert [key.rpartition("_")[2] for key in history_files(call, "AWS::EC2::Volume")] == [
        "1.json.gz",
        "2.json.gz",
        "3.json.gz",
    ]

"""What waits for the disk: an answer and the end of a stretch of time, not what happens in between."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.engine.context import Call, Caller
from backend.engine.engine import Engine, WorldOptions
from backend.engine.parts import local_aws
from backend.model.moment import HOUR
from tests.backend.engine.conftest import BUCKET, REGION, ROLE, START, bucket_policy

_flush = os.fsync


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Engine]:
    """A kept world that records, with a snapshot due every three hours."""
    engine = Engine(tmp_path, WorldOptions(start=START, resources=0), local_aws())
    location = {"LocationConstraint": REGION}
    _call(engine, "s3", "CreateBucket", Bucket=BUCKET, CreateBucketConfiguration=location)
    _call(engine, "s3", "PutBucketPolicy", Bucket=BUCKET, Policy=bucket_policy())
    group = {"allSupported": True, "includeGlobalResourceTypes": True}
    recorder = {"name": "default", "roleARN": ROLE, "recordingGroup": group}
    _call(engine, "config", "PutConfigurationRecorder", ConfigurationRecorder=recorder)
    often = {"deliveryFrequency": "Three_Hours"}
    channel = {"name": "default", "s3BucketName": BUCKET, "configSnapshotDeliveryProperties": often}
    _call(engine, "config", "PutDeliveryChannel", DeliveryChannel=channel)
    _call(engine, "config", "StartConfigurationRecorder", ConfigurationRecorderName="default")
    yield engine
    engine.close()


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the stored objects that were flushed to the disk."""
    seen: list[str] = []

    def note(file: int) -> None:
        seen.append(Path(f"/proc/self/fd/{file}").readlink().name)
        _flush(file)

    monkeypatch.setattr(os, "fsync", note)
    return seen


def _call(engine: Engine, service: str, operation: str, **params: object) -> None:
    engine.call(Call(service, operation, params, REGION, Caller()))


def _upload(engine: Engine) -> None:
    _call(engine, "s3", "PutObject", Bucket=BUCKET, Key="note.txt", Body=b"mine")


def test_an_object_is_on_the_disk_when_its_upload_is_answered(kept: Engine, flushed: list[str]) -> None:
    _upload(kept)
    assert flushed == ["note.txt"]


def test_what_happens_by_itself_is_on_the_disk_when_its_time_has_passed(kept: Engine, flushed: list[str]) -> None:
    assert kept.advance(START + 7 * HOUR, limit=4) is False
    assert flushed == []
    kept.advance(START + 7 * HOUR)
    assert sum("ConfigSnapshot" in name for name in flushed) == 2


def test_what_happens_by_itself_is_on_the_disk_before_the_next_answer(kept: Engine, flushed: list[str]) -> None:
    kept.advance(START + 7 * HOUR, limit=4)
    _upload(kept)
    assert "ConfigSnapshot" in flushed[0]
    assert flushed[-1] == "note.txt"


def test_a_file_that_went_before_it_was_flushed_is_no_obstacle(kept: Engine, flushed: list[str]) -> None:
    with kept.store.transaction(flush=False):
        _upload(kept)
    with kept.store.transaction(flush=False):
        _call(kept, "s3", "DeleteObject", Bucket=BUCKET, Key="note.txt")
    kept.advance(kept.now + HOUR)
    assert flushed == []

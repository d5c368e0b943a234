"""Exports of items: without holding the screen, whole or not at all."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from backend.files.read import read_items
from backend.files.writing.json_forms import LinesWriter
from backend.model.item import ConfigurationItem, ResourceKey
from backend.model.problem import Denied
from tests.tui.fake_session import BUCKET, INSTANCE, VOLUME, FakeConnection, World
from tui.exporting_items import export_items


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_the_items_of_a_selection_are_written_and_counted(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    keys = [INSTANCE, BUCKET, ResourceKey("AWS::S3::Bucket", "nobody")]
    session = FakeConnection(World()).connection.session
    written = await export_items(session, keys, tmp_path / "x.json.gz", lambda done, total: told.append((done, total)))
    assert {one.key for one in read_items(written.path)} == {INSTANCE, BUCKET}
    assert told[-1] == (2, 3)
    assert written.told() == f"2 items are written to {tmp_path / 'x.json.gz'}; of 1 other none is known."


async def test_a_problem_on_the_way_leaves_nothing(tmp_path: Path) -> None:
    async def refused(keys: Sequence[ResourceKey]) -> AsyncIterator[list[ConfigurationItem]]:
        yield []
        raise Denied("Not allowed to call config:SelectResourceConfig")

    session = dataclasses.replace(FakeConnection(World()).connection.session, items_of=refused)
    with pytest.raises(Denied):
        await export_items(session, [INSTANCE], tmp_path / "x.csv", lambda *_: None)
    assert left_in(tmp_path) == []


async def test_a_cancelled_export_waits_for_its_step_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()
    write = LinesWriter.write

    def slow(writer: LinesWriter, items: Sequence[ConfigurationItem]) -> None:
        begun.set()
        go_on.wait()
        write(writer, items)
        ended.set()

    monkeypatch.setattr(LinesWriter, "write", slow)
    session = FakeConnection(World()).connection.session
    exporting = asyncio.create_task(export_items(session, [VOLUME], tmp_path / "x.ndjson", lambda *_: None))
    await asyncio.to_thread(begun.wait)
    exporting.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await exporting
    assert ended.is_set()
    assert left_in(tmp_path) == []

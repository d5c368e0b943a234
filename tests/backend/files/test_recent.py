"""What changed in the last day of files."""

from __future__ import annotations

from pathlib import Path

from backend.client.files import open_files
from backend.files.recent import Recent, recent
from backend.model.estate import VERDICT
from backend.model.item import Document
from backend.model.moment import Moment, parse
from tests.backend.files.samples import history, item, write


def on(time: str, number: int, **members: str) -> Document:
    return item(number, configurationItemCaptureTime=f"2026-01-{time}:00.000Z", **members)


async def of(tmp_path: Path, *items: Document, until: Moment | None = None) -> Recent | None:
    session = await open_files(write(tmp_path / "h.json", history(*items)))
    await session.settled()
    assert session.table is not None and session.as_of is not None
    table = (session if until is None else session.as_of(until)).table
    assert table is not None
    found = recent(table(), most=2)
    await session.close()
    return found


ITEMS = (
    on("05T10:00", 1),
    on("08T10:30", 2),
    on("09T09:59", 3, configurationItemStatus="ResourceDeleted"),
    on("09T10:00", 1),
    on("09T10:00", 4, resourceType=VERDICT),
)


async def test_the_last_day_ends_with_the_newest_item_and_verdicts_are_no_changes(tmp_path: Path) -> None:
    found = await of(tmp_path, *ITEMS)
    assert found is not None
    assert (found.first, found.last) == (parse("2026-01-05T10:00:00Z"), parse("2026-01-09T10:00:00Z"))
    assert (found.items, found.changes) == (5, 3)
    assert found.hours[-1] == 2
    assert found.hours[0] == 1, "23 and a half hours before the end"
    assert [(change.name, change.deleted) for change in found.newest] == [("host 1", False), ("host 3", True)]


async def test_of_the_past_nothing_later_is_told(tmp_path: Path) -> None:
    found = await of(tmp_path, *ITEMS, until=parse("2026-01-06T00:00:00Z"))
    assert found is not None
    assert (found.items, found.changes) == (1, 1)


async def test_before_all_there_is_nothing(tmp_path: Path) -> None:
    assert await of(tmp_path, *ITEMS, until=parse("2026-01-01T00:00:00Z")) is None

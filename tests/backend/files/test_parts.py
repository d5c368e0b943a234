"""Several snapshots and history files looked at together: what they say of a resource over time."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.client.files import open_files
from backend.client.session import Session
from backend.model.item import Document, ResourceKey
from backend.model.moment import parse
from backend.model.problem import BadInput
from tests.backend.files.samples import history, item, snapshot, write

KEPT, WENT, CAME = (ResourceKey("AWS::EC2::Instance", f"i-{number}") for number in (1, 2, 3))


def on(day: int, number: int, **members: object) -> Document:
    return item(number, configurationItemCaptureTime=f"2026-01-{day:02d}T00:00:00.000Z", **members)


@pytest.fixture
async def session(tmp_path: Path) -> Session:
    """A snapshot of the 1st, one of the 5th, and one of another account that nobody has to be in."""
    first = write(tmp_path / "first.json.gz", snapshot(on(1, 1), on(1, 2)))
    second = write(tmp_path / "second.json.gz", snapshot(on(1, 1), on(4, 1, tags={"Name": "other"}), on(5, 3)))
    other = write(tmp_path / "other.json.gz", snapshot(on(9, 9, awsAccountId="999988887777")))
    opened = await open_files(first, second, other)
    await opened.settled()
    return opened


async def listed(session: Session) -> dict[str, str]:
    assert session.resources is not None
    rows = [one for batch in [b async for b in session.resources.listing()] for one in batch]
    return {one.resource_id: "gone" if one.deletion_time is not None else "there" for one in rows}


async def test_what_is_in_one_snapshot_and_no_more_in_the_next_is_gone(session: Session) -> None:
    assert await listed(session) == {"i-1": "there", "i-2": "gone", "i-3": "there", "i-9": "there"}
    await session.close()


async def test_a_snapshot_that_is_cut_off_says_nothing_of_what_it_does_not_have(tmp_path: Path) -> None:
    first = write(tmp_path / "first.json.gz", snapshot(on(1, 1), on(1, 2)))
    cut = tmp_path / "cut.json.gz"
    whole = snapshot(*(on(5, number, configuration={"text": "x" * 9000}) for number in range(3, 400)))
    cut.write_bytes(write(tmp_path / "whole.json.gz", whole).read_bytes()[:-40])
    session = await open_files(first, cut)
    with pytest.raises(BadInput, match="cut off"):
        await session.settled()
    assert session.table is not None
    table = session.table()
    assert len(table.rows()) > 100, "some of it was read"
    assert table.living()[table.rows()].all()
    await session.close()


async def test_at_a_moment_between_them_it_was_there(session: Session) -> None:
    assert session.as_of is not None
    assert await listed(session.as_of(parse("2026-01-03T00:00:00Z"))) == {"i-1": "there", "i-2": "there"}
    await session.close()


async def test_an_item_that_is_in_each_snapshot_is_one_item(session: Session) -> None:
    assert session.resources is not None
    found = await session.resources.history(KEPT)
    assert [(one.capture_time, one.tags["Name"]) for one in found] == [
        (parse("2026-01-04T00:00:00Z"), "other"),
        (parse("2026-01-01T00:00:00Z"), "host 1"),
    ]
    assert len(await session.resources.history(KEPT, limit=1)) == 1
    await session.close()


async def test_what_the_snapshots_do_not_tell_is_said(session: Session) -> None:
    assert session.told_of is not None
    unknown = "Of what changed and changed back between two snapshots nothing is known: history files tell that."
    assert session.told_of(KEPT) == (unknown,)
    assert session.told_of(WENT) == (
        "It is in first.json.gz and no more in second.json.gz: it went between them.",
        unknown,
    )
    assert session.told_of(CAME) == ("It is not yet in first.json.gz, but in second.json.gz.", unknown)
    assert session.told_of(ResourceKey("AWS::EC2::Instance", "nobody")) == ()
    await session.close()


async def test_history_files_say_themselves_what_is_deleted(tmp_path: Path) -> None:
    first = write(tmp_path / "a.json", history(on(1, 1), on(2, 2)))
    second = write(tmp_path / "b.json", history(on(3, 2, configurationItemStatus="ResourceDeleted")))
    session = await open_files(first, second)
    await session.settled()
    assert await listed(session) == {"i-1": "there", "i-2": "gone"}
    assert session.told_of is not None
    assert session.told_of(KEPT) == ()
    await session.close()


async def test_resources_that_two_accounts_have_are_two(tmp_path: Path) -> None:
    ours = item(1, resourceType="AWS::Lambda::Function", resourceId="same", tags={"Name": "ours"})
    theirs = {**ours, "awsAccountId": "999988887777", "tags": {"Name": "theirs"}}
    session = await open_files(write(tmp_path / "a.json", snapshot(ours)), write(tmp_path / "b.json", snapshot(theirs)))
    await session.settled()
    assert session.table is not None
    assert session.resources is not None
    index = session.table().index
    one, other = map(index.placed_key, session.table().rows().tolist())
    assert one != other
    assert {(await session.resources.item(key)).tags["Name"] for key in (one, other)} == {"ours", "theirs"}  # type: ignore[union-attr]
    assert one == ResourceKey("AWS::Lambda::Function", "same"), "a key without a place may mean any of them"
    assert len(await session.resources.history(other)) == 1
    await session.close()

"""What resources are called: told, or looked up in files."""

from __future__ import annotations

from pathlib import Path

from backend.client.files import open_files
from backend.model.item import ResourceKey
from tests.backend.files.samples import item, snapshot, write
from tui.names import FileNames, Names

FIRST, OTHER, UNKNOWN = (ResourceKey("AWS::EC2::Instance", text) for text in ("i-1", "i-2", "i-3"))


def test_names_that_were_told_are_found_by_id() -> None:
    names = Names({FIRST: "web"})
    assert list(names.with_id("i-1")) == [FIRST]
    assert list(names.with_id("i-2")) == []


async def test_names_in_files_are_looked_up_when_they_are_asked_for(tmp_path: Path) -> None:
    session = await open_files(write(tmp_path / "s.json", snapshot(item(1), item(2, tags={}, resourceName="own"))))
    await session.settled()
    assert session.table is not None
    names = FileNames(session.table)
    assert [names.get(key) for key in (FIRST, OTHER, UNKNOWN)] == ["host 1", "own", None]
    assert (FIRST in names, UNKNOWN in names) == (True, False)
    names[UNKNOWN] = "told by a link"
    assert names.get(UNKNOWN) == "told by a link"
    assert list(names.with_id("i-2")) == [OTHER]
    await session.close()


async def test_where_two_accounts_have_a_resource_each_has_its_own_name(tmp_path: Path) -> None:
    theirs = item(1, awsAccountId="999988887777", tags={"Name": "theirs"})
    session = await open_files(write(tmp_path / "s.json", snapshot(item(1), theirs)))
    await session.settled()
    assert session.table is not None
    table = session.table()
    names = FileNames(session.table)
    assert [names.get(table.index.placed_key(row)) for row in table.rows().tolist()] == ["host 1", "theirs"]
    await session.close()

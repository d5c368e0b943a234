"""What resources are called: told, or looked up in files."""

from __future__ import annotations

from pathlib import Path

from backend.client.files import open_files
from backend.model.compliance import Evaluation
from backend.model.item import ResourceKey
from tests.backend.files.samples import item, snapshot, write
from tests.tui.fake_session import GROUP, World
from tests.tui.opened import SMALL, opened
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


async def test_what_verdicts_are_about_is_named_without_a_look_at_the_resources() -> None:
    world = World()
    gone = ResourceKey("AWS::EC2::Volume", "vol-gone")
    world.evaluations = [
        Evaluation(rule="encrypted-volumes", resource_type=kind, resource_id=name, compliance="NON_COMPLIANT")
        for kind, name in (GROUP, gone)
    ]
    async with opened(SMALL, world=world, landing="compliance") as it:
        assert it.app.workspace.names.get(GROUP) == "open-door"
        assert "SecurityGroup open-door" in it.text
        assert "Volume vol-gone" in it.text

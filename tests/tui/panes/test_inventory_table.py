"""Files arranged by columns: the same answers as the inventory of objects gives, which goes row by row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.client.files import open_files
from backend.client.session import Session
from backend.files.table import Table
from backend.model.item import Document
from backend.model.moment import parse
from tests.backend.files.samples import history, item, write
from tui.filtering import read_filter
from tui.names import FileNames
from tui.panes.inventory import Inventory
from tui.panes.inventory_reading import read_gaps, read_items
from tui.panes.inventory_table import Rows, TableInventory
from tui.panes.listing import GROUPINGS, ORDERS, Order

NOW = parse("2026-03-01T00:00:00Z")


def estate() -> Iterator[Document]:
    """Resources of several types, accounts, regions, states and spellings; some deleted, some without anything."""
    for n in range(40):
        kind = ("EC2::Instance", "EC2::Volume", "EC2::SecurityGroup", "S3::Bucket", "Lambda::Function")[n % 5]
        yield item(
            n,
            resourceType=f"AWS::{kind}",
            resourceId=f"{kind[:2].lower()}-{n:03d}",
            resourceName=(None, f"Name {n}", "straße", "ÄRGER-7")[n % 4],
            tags=({}, {"Name": f"Web {n}", "Team": "Shop"}, {"Team": "Ops", "team": "x"}, {"Name": ""})[n % 4],
            configuration=(
                {"state": {"code": 80, "name": "stopped"}, "attachments": []},
                {"state": "available", "encrypted": False, "attachments": []},
                {"ipPermissions": [{"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "ipRanges": ["0.0.0.0/0"]}]},
                None,
            )[n % 4],
            awsRegion=("eu-west-1", "us-east-1", "global")[n % 3],
            awsAccountId=("111122223333", "444455556666")[n % 2],
            availabilityZone=("eu-west-1a", None)[n % 2],
            configurationItemStatus="ResourceDeleted" if n % 9 == 8 else ("OK", "ResourceDiscovered")[n % 2],
            configurationItemCaptureTime=f"2026-02-{1 + n % 20:02d}T00:00:00.000Z",
            resourceCreationTime=None if n % 7 == 0 else "2026-01-01T00:00:00.000Z",
            relationships=[
                {"resourceType": "aws::ec2::volume", "resourceId": f"ec-{n + 1:03d}", "name": "Is attached to Volume"},
                {"resourceType": "AWS::IAM::Role", "resourceName": f"role-{n % 3}", "name": "Is associated with "},
            ],
        )
    yield item(1, resourceId="ec-000", resourceType="AWS::EC2::Instance", tags={"Name": "older"}, awsRegion="eu-west-1")


@pytest.fixture
async def session(tmp_path: Path) -> Session:
    opened = await open_files(write(tmp_path / "h.json.gz", history(*estate())))
    await opened.settled()
    return opened


async def both(session: Session) -> tuple[Inventory, TableInventory]:
    assert session.resources is not None
    assert session.table is not None
    objects = Inventory()
    objects.put([objects.entry(one, {}) async for batch in session.resources.listing() for one in batch])
    await read_items(session, objects, lambda _: None)
    objects.rules_known = True
    objects.renew(objects.take_names())
    table = session.table()
    return objects, TableInventory(table, FileNames(session.table), NOW)


FILTERS = (
    "",
    "web",
    "WEB",
    "strasse",
    "ärger",
    "0",
    "instance",
    "s3 bucket",
    "eu-west",
    "-web",
    "type:volume,bucket",
    "type:s3",
    "id:ec-00",
    "name:web",
    "name:straße",
    "region:us,global",
    "account:4444",
    "zone:1a",
    "-zone:1a",
    "state:stopped",
    "state:deleted",
    "status:ok",
    "tag:Team=Shop",
    "tag:team",
    "tag:ops",
    "tag:name=web",
    "tag:web",
    "tag:name",
    "-tag:Team",
    "tag:Team=shop,Team=ops",
    "after:2026-02-10",
    "before:2026-02-03 type:instance",
    "rule:any",
    "web type:instance -state:stopped tag:shop",
)


@pytest.mark.parametrize("line", FILTERS)
async def test_a_filter_leaves_the_same(session: Session, line: str) -> None:
    objects, table = await both(session)
    wanted = read_filter(line, NOW)
    objects.look(wanted=wanted)
    table.look(wanted=wanted)
    await table.prepare()
    assert {row.key for row in table.shown()} == {row.key for row in objects.shown()}
    await session.close()


@pytest.mark.parametrize("by", [*GROUPINGS, "tag:Team", "tag:Name", "tag:nobody"])
async def test_groups_have_the_same_counts_and_members(session: Session, by: str) -> None:
    objects, table = await both(session)
    for one in (objects, table):
        one.look(by=by)
    await table.prepare()
    assert table.groups() == objects.groups()
    for group in objects.groups():
        for one in (objects, table):
            one.look(by=by, group=group)
        await table.prepare()
        assert {row.key for row in table.shown()} == {row.key for row in objects.shown()}
    await session.close()


@pytest.mark.parametrize("column", [*sorted(set(ORDERS) - {"verdict", "finding", "note"}), "tag:Team"])
async def test_rows_stand_in_the_same_order(session: Session, column: str) -> None:
    objects, table = await both(session)
    key = {"name": lambda row: row.folded_name, "id": lambda row: row.summary.resource_id.casefold()}.get(column)
    for descending in (False, True):
        for one in (objects, table):
            one.look(order=Order(column, descending))
        await table.prepare()
        if key is None:
            key = _first_part(column)
        assert [key(row) for row in table.shown()] == [key(row) for row in objects.shown()]
    await session.close()


@pytest.mark.parametrize("view", ["idle", "security", "unrecorded"])
async def test_views_list_the_same_with_the_same_reasons(session: Session, view: str) -> None:
    objects, table = await both(session)
    await read_gaps(session, objects, NOW)
    for one in (objects, table):
        one.look(view=view)
    await table.prepare()
    assert {(row.key, row.note) for row in table.shown()} == {(row.key, row.note) for row in objects.shown()}
    assert table.shown(), "there is something to compare"
    await session.close()


async def test_rows_tell_the_same_and_know_their_places(session: Session) -> None:
    objects, table = await both(session)
    await table.prepare()
    by_key = {row.key: row for row in objects.rows}
    shown = table.shown()
    assert isinstance(shown, Rows)
    for place, row in enumerate(shown):
        other = by_key[row.key]
        assert row.standing is not None
        assert other.standing is not None
        assert (row.name, row.state, row.tags, row.summary) == (other.name, other.state, other.tags, other.summary)
        assert (row.standing.captured, row.standing.created) == (other.standing.captured, other.standing.created)
        assert row.standing.links == other.standing.links
        assert shown.place_of(row.key) == place
    assert table.tag_keys() == objects.tag_keys()
    assert {one: set(words) for one, words in table.vocabulary().items()} == {
        one: set(words) for one, words in objects.vocabulary().items() if one != "rule"
    }
    await session.close()


async def test_the_first_of_a_type_is_found_without_making_those_before_it(session: Session) -> None:
    _, table = await both(session)
    await table.prepare()
    shown = table.shown()
    assert isinstance(shown, Rows)
    last = shown[len(shown) - 1].summary.resource_type
    expected = next(row.key for row in shown if row.summary.resource_type == last)
    made: list[int] = []
    make = table.table.summary
    table.table.summary = lambda row: made.append(row) or make(row)  # type: ignore[method-assign, func-returns-value]
    found = table.first_of(table.shown()[:], last)
    assert found is not None
    assert found.key == expected
    assert len(made) == 1
    assert table.first_of(shown, "AWS::Nothing::OfThis") is None
    await session.close()


async def test_texts_and_paths_are_looked_for_in_the_items(session: Session) -> None:
    _, table = await both(session)

    async def left(line: str) -> int:
        table.look(wanted=read_filter(line, NOW))
        await table.prepare()
        return len(table.shown())

    assert await left('text:"0.0.0.0/0"') == 10
    assert await left("text:nowhere") == 0
    assert await left(".ipPermissions.fromPort:22") == 10
    assert await left("configuration.ippermissions.ipranges:0.0.0.0/0") == 10
    assert await left("-configuration.encrypted:false") == 30
    table.look(wanted=read_filter("", NOW), by="configuration.state.name")
    await table.prepare()
    assert table.groups() == {"stopped": 10, "": 30}
    await session.close()


async def test_as_of_a_moment_only_what_was_there_is_listed(session: Session) -> None:
    assert session.as_of is not None
    then = session.as_of(parse("2026-01-10T00:00:00Z"))
    assert then.table is not None
    table: Table = then.table()
    assert [table.summary(row).resource_id for row in table.rows().tolist()] == ["ec-000"]
    assert then.resources is not None
    assert await then.resources.counts() == {"AWS::EC2::Instance": 1}
    assert list(then.remarks()) == ["Only what the files hold is known: a snapshot has no older items than its own."]
    await session.close()


def _first_part(column: str):  # type: ignore[no-untyped-def]
    """What a column is ordered by, without that which only decides between equals."""
    from tui.panes.listing import order_key

    return lambda row: order_key(column)(row).split("\0")[0]

"""Files in the place of an account."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pytest

from backend.client.files import open_files
from backend.client.session import RelationshipsPart, ResourcesPart, Session
from backend.files.inventory import FileInventory
from backend.model.item import ResourceKey
from backend.model.moment import parse
from backend.model.problem import BadInput
from backend.model.usage import Usage
from tests.backend.files.samples import OLD_SNAPSHOT, history, item, snapshot, write

ROLE = ResourceKey("AWS::IAM::Role", "AROA1")


def parts(session: Session) -> tuple[ResourcesPart, RelationshipsPart]:
    assert session.resources is not None
    assert session.relationships is not None
    return session.resources, session.relationships


async def listed(session: Session, resource_type: str | None = None) -> list[str]:
    resources, _ = parts(session)
    return [one.resource_id async for batch in resources.listing(resource_type) for one in batch]


async def test_a_snapshot_is_a_session_that_can_only_be_read(tmp_path: Path) -> None:
    session = await open_files(write(tmp_path / "snap.json.gz", snapshot(item(1), item(2))))
    assert (session.account, session.region, session.who) == ("111122223333", "eu-west-1", "snap.json.gz")
    assert session.read_only
    assert session.recorder is None
    assert await listed(session) == ["i-1", "i-2"]
    resources, _ = parts(session)
    assert await resources.counts() == {"AWS::EC2::Instance": 2}
    found = await resources.item(ResourceKey("aws::ec2::INSTANCE", "i-2"))
    assert found is not None
    assert found.tags == {"Name": "host 2"}
    assert await resources.item(ResourceKey("AWS::EC2::Instance", "i-3")) is None
    await session.close()


async def test_a_long_snapshot_is_listed_while_it_is_read(tmp_path: Path) -> None:
    many = (item(number, configuration={"text": "x" * 4000}) for number in range(2000))
    session = await open_files(write(tmp_path / "snap.json.gz", snapshot(*many)))
    assert await listed(session) == [f"i-{number}" for number in range(2000)]
    resources, _ = parts(session)
    last = await resources.item(ResourceKey("AWS::EC2::Instance", "i-1999"))
    assert last is not None
    assert last.label == "host 1999"
    await session.close()


async def test_a_file_that_inflates_to_more_than_was_allowed_shows_its_beginning(tmp_path: Path) -> None:
    many = (item(number, configuration={"text": "x" * 4000}) for number in range(1000))
    path = write(tmp_path / "snap.json.gz", snapshot(*many))
    session = await open_files(path, largest=2_000_000)
    resources, _ = parts(session)
    with pytest.raises(BadInput, match="--largest SIZE"):
        await listed(session)
    assert 0 < sum((await resources.counts()).values()) < 1000
    await session.close()


async def test_closing_in_the_middle_ends_the_reading(tmp_path: Path) -> None:
    many = (item(number, configuration={"text": "x" * 4000}) for number in range(2000))
    inventory = FileInventory([write(tmp_path / "snap.json.gz", snapshot(*many))])
    await inventory.begin()
    await inventory.close()
    assert inventory.finished
    assert 0 < inventory.ready < 2000


async def test_a_history_file_has_several_items_of_a_resource(tmp_path: Path) -> None:
    times = ["2026-01-01T00:00:00.000Z", "2026-01-03T00:00:00.000Z", "2026-01-02T00:00:00.000Z"]
    items = [item(1, configurationItemCaptureTime=time, tags={"Name": time}) for time in times]
    gone = item(2, configurationItemStatus="ResourceDeleted", configurationItemCaptureTime=times[1])
    session = await open_files(write(tmp_path / "h.json.gz", history(*items, item(2), gone)))
    resources, _ = parts(session)
    key = ResourceKey("AWS::EC2::Instance", "i-1")
    assert await listed(session) == ["i-1", "i-2"]
    assert [one.tags["Name"] for one in await resources.history(key)] == [times[1], times[2], times[0]]
    assert [one.tags["Name"] for one in await resources.history(key, later=parse(times[2]), limit=1)] == [times[2]]
    assert [one.tags["Name"] for one in await resources.history(key, earlier=parse(times[1]))] == [times[1]]
    at = await resources.as_of(key, parse("2026-01-02T12:00:00Z"))
    assert at is not None
    assert at.tags["Name"] == times[2]
    assert await resources.as_of(key, parse("2025-12-31T00:00:00Z")) is None
    await session.close()


async def test_deleted_resources_are_listed_with_their_end(tmp_path: Path) -> None:
    gone = item(1, configurationItemStatus="ResourceDeleted")
    session = await open_files(write(tmp_path / "h.json", history(gone)))
    resources, _ = parts(session)
    [batch] = [batch async for batch in resources.listing()]
    assert batch[0].deletion_time == parse("2026-01-05T10:00:00.123Z")
    await session.close()


@pytest.mark.requirement("REL-08")
async def test_links_are_followed_in_both_directions_and_any_spelling(tmp_path: Path) -> None:
    session = await open_files(write(tmp_path / "old.json", OLD_SNAPSHOT))
    _, relationships = parts(session)
    volume, instance = ResourceKey("AWS::EC2::Volume", "vol-0ld"), ResourceKey("AWS::EC2::Instance", "i-0ld")
    [to_instance] = await relationships.neighbours(volume)
    assert (to_instance.resource_type, to_instance.resource_id) == instance
    assert [link.resource_id for link in await relationships.neighbours(instance)] == [
        "vol-0ld",
        "vol-r00t",
        "subnet-0ld",
    ]
    await session.close()


async def test_links_that_only_the_others_have_come_in(tmp_path: Path) -> None:
    role = item(
        0, resourceType=ROLE.resource_type, resourceId=ROLE.resource_id, resourceName="the-role", relationships=[]
    )
    session = await open_files(write(tmp_path / "s.json", snapshot(role, item(1), item(2))))
    _, relationships = parts(session)
    incoming = await relationships.neighbours(ROLE)
    assert [(link.resource_id, link.direction) for link in incoming] == [("i-1", "IN"), ("i-2", "IN")]
    outgoing = await relationships.neighbours(ResourceKey("AWS::EC2::Instance", "i-1"))
    assert ("AROA1", "the-role") in [(link.resource_id, link.resource_name) for link in outgoing]
    assert await relationships.neighbours(ResourceKey("T", "nothing")) == ()
    await session.close()


async def test_numbers_for_text_are_taken(tmp_path: Path) -> None:
    odd = item(1, awsAccountId=111122223333, resourceName=5, tags=[{"key": "Name", "value": "odd"}])
    session = await open_files(write(tmp_path / "s.json", snapshot(odd)))
    resources, _ = parts(session)
    found = await resources.item(ResourceKey("AWS::EC2::Instance", "i-1"))
    assert found is not None
    assert (found.account_id, found.resource_name, found.label) == ("111122223333", "5", "odd")
    await session.close()


async def test_several_files_are_one_inventory(tmp_path: Path) -> None:
    first = write(tmp_path / "a.json", history(item(1)))
    second = write(tmp_path / "b.json.gz", history(item(2)))
    session = await open_files(first, second)
    assert await listed(session) == ["i-1", "i-2"]
    assert session.who == "a.json, b.json.gz"
    await session.close()


async def test_a_bad_file_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no file"):
        await open_files(tmp_path / "nothing")


async def test_of_a_long_file_that_is_cut_off_the_beginning_can_be_seen(tmp_path: Path) -> None:
    many = snapshot(*(item(number, configuration={"text": "x" * 4000}) for number in range(1000)))
    path = write(tmp_path / "s.json.gz", many)
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-1000])[:-200])
    session = await open_files(path)
    resources, _ = parts(session)
    seen = 0
    with pytest.raises(BadInput, match="cut off"):
        async for batch in resources.listing():
            seen += len(batch)
    assert 100 < seen < 1000
    assert sum((await resources.counts()).values()) == seen
    await session.close()


async def test_an_empty_snapshot_is_an_empty_inventory(tmp_path: Path) -> None:
    session = await open_files(write(tmp_path / "s.json", snapshot()))
    assert await listed(session) == []
    await session.close()


GROUP = ResourceKey("AWS::EC2::SecurityGroup", "sg-0123456789abcdef0")


@pytest.mark.requirement("REL-05", "INV-06")
async def test_who_uses_a_group_is_found_in_the_items_of_all(tmp_path: Path) -> None:
    group = item(0, resourceType=GROUP.resource_type, resourceId=GROUP.resource_id, relationships=[])
    server = item(1, relationships=[{"name": "Is associated with SecurityGroup", **_named(GROUP)}])
    service = item(2, resourceType="AWS::ECS::Service", configuration={"SecurityGroups": [GROUP.resource_id]})
    other = item(3, configuration={"note": f"{GROUP.resource_id}1"})
    gone = item(4, configuration={"groups": [GROUP.resource_id]}, configurationItemStatus="ResourceDeleted")
    session = await open_files(write(tmp_path / "s.json.gz", snapshot(group, server, service, other, gone)))
    _, relationships = parts(session)
    await session.settled()

    found = await relationships.used_by(GROUP)

    assert [(link.resource_id, link.derived, link.direction) for link in found.links] == [
        ("i-1", False, "IN"),
        ("i-2", True, "IN"),
    ]
    assert found.limit == ""
    assert await relationships.neighbours(GROUP) == found.links
    assert await relationships.used_by(ResourceKey("T", "nothing")) == Usage()
    told: list[tuple[int, int]] = []
    graph = await relationships.whole(lambda done, total: told.append((done, total)))
    assert [reach.key.resource_id for reach in graph.affected(GROUP)] == ["i-1", "i-2"]
    assert told[-1] == (len(graph), len(graph))
    assert [reach.key.resource_id for reach in (await relationships.impact(GROUP)).reached] == ["i-1", "i-2"]
    await session.close()


async def test_a_derived_link_is_marked_and_spelled_as_its_target(tmp_path: Path) -> None:
    key = "0a1b2c3d-1111-2222-3333-444455556666"
    body = {"kmsKeyId": f"arn:aws:kms:eu-west-1:111122223333:key/{key}"}
    volume = item(1, resourceType="AWS::EC2::Volume", configuration=body, relationships=[])
    holder = item(2, resourceType="AWS::KMS::Key", resourceId=key, resourceName="data")
    session = await open_files(write(tmp_path / "s.json.gz", snapshot(volume, holder)))
    _, relationships = parts(session)

    [link] = await relationships.neighbours(ResourceKey("AWS::EC2::Volume", "i-1"))

    assert (link.resource_id, link.resource_name, link.derived, link.found_at) == (key, "data", True, "kmsKeyId")
    await session.close()


def _named(key: ResourceKey) -> dict[str, str]:
    return {"resourceType": key.resource_type, "resourceId": key.resource_id}


@pytest.mark.requirement("INV-01", "INV-03", "INV-11")
async def test_files_tell_how_their_resources_stand(tmp_path: Path) -> None:
    lost = item(1, resourceType="AWS::EC2::Volume", configuration={"attachments": [], "state": "available"})
    gone = item(2, configurationItemStatus="ResourceDeleted")
    session = await open_files(write(tmp_path / "s.json.gz", snapshot(lost, gone)))
    resources, _ = parts(session)
    found, deleted = [each async for batch in resources.standings() for each in batch]
    assert deleted.state == "deleted"
    assert [each async for batch in resources.deleted(["AWS::EC2::Volume"]) for each in batch] == []
    [kept] = [each async for batch in resources.deleted(["AWS::EC2::Instance"]) for each in batch]
    assert kept.key == deleted.key
    assert (found.key.resource_id, found.state, found.idle) == ("i-1", "available", "attached to nothing")
    assert await resources.types() == ("AWS::EC2::Instance", "AWS::EC2::Volume")
    await session.close()


@pytest.mark.requirement("HIS-06")
async def test_history_files_give_the_estate_of_a_moment(tmp_path: Path) -> None:
    early, late = "2026-01-05T10:00:00.000Z", "2026-01-06T10:00:00.000Z"
    path = write(
        tmp_path / "history.json",
        history(
            item(1, configurationItemCaptureTime=early),
            item(1, configurationItemCaptureTime=late, configurationItemStatus="ResourceDeleted"),
            item(2, configurationItemCaptureTime=late),
        ),
    )
    session = await open_files(path)
    resources, _ = parts(session)
    estate = await resources.estate(parse("2026-01-05T12:00:00Z"))
    assert [key.resource_id for key in estate.items] == ["i-1"]
    assert estate.counts() == {"AWS::EC2::Instance": 1}
    assert estate.sources[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    now = await resources.estate()
    assert [key.resource_id for key in now.items] == ["i-2"]
    assert [key.resource_id for key in now.deleted] == ["i-1"]
    assert "begin after" in (await resources.estate(parse("2025-01-01"))).gaps[0]
    assert "end before" in (await resources.estate(parse("2027-01-01"))).gaps[0]
    await session.close()


async def test_what_is_no_item_is_left_out_counted_and_told_with_its_place(tmp_path: Path) -> None:
    path = write(tmp_path / "s.json.gz", snapshot(*(item(number, tags={"x": "y" * 900}) for number in range(3_000))))
    text = gzip.decompress(path.read_bytes())
    whole = json.loads(text)
    whole["configurationItems"][1_200] = {"neither": "type nor id"}
    whole["configurationItems"][2_900] = None
    path = write(path, whole)
    text = gzip.decompress(path.read_bytes())
    session = await open_files(path)
    ids = await listed(session)
    assert len(ids) == 2_998
    assert "i-1200" not in ids
    place = text.index(b'{"neither"')
    expected = f"s.json.gz: 2 entries are no configuration items and are left out, the first from byte {place:,} on."
    assert list(session.remarks()) == [expected]
    resources, relationships = parts(session)
    found = await resources.item(ResourceKey("AWS::EC2::Instance", "i-2999"))
    assert found is not None, "what stands behind them is found in its place"
    assert found.resource_id == "i-2999"
    assert relationships is not None
    await session.close()


async def test_a_file_that_cannot_be_read_does_not_keep_the_others_away(tmp_path: Path) -> None:
    good, bad = write(tmp_path / "a.json", snapshot(item(1))), tmp_path / "b.json"
    bad.write_text("{")
    worse, last = tmp_path / "c.json", write(tmp_path / "d.json", snapshot(item(2)))
    worse.write_text("no JSON")
    session = await open_files(good, bad, worse, last)
    found: list[str] = []
    resources, _ = parts(session)
    with pytest.raises(BadInput, match=r"b\.json"):
        async for batch in resources.listing():
            found += [one.resource_id for one in batch]
    assert found == ["i-1", "i-2"]
    assert len(session.remarks()) == 1
    assert "c.json" in session.remarks()[0]
    await session.close()


async def test_how_far_the_reading_is_and_ending_it_keeps_what_is_there(tmp_path: Path) -> None:
    texts = ["".join(hashlib.md5(f"{n}/{k}".encode()).hexdigest() for k in range(128)) for n in range(2000)]
    many = (item(number, configuration={"text": text}) for number, text in enumerate(texts))
    session = await open_files(write(tmp_path / "snap.json.gz", snapshot(*many)))
    reading = session.reading()
    assert reading is not None
    assert 0 < reading.items < 2000
    assert reading.size == (tmp_path / "snap.json.gz").stat().st_size
    assert 0 < reading.done < reading.size
    assert reading.left is not None
    assert reading.left > 0
    session.stop_reading()
    resources, _ = parts(session)
    there = await listed(session)
    assert 0 < len(there) < 2000
    assert session.reading() is None
    assert sum((await resources.counts()).values()) == len(there)
    assert await resources.item(ResourceKey("AWS::EC2::Instance", there[-1])) is not None
    assert session.remarks()[0].startswith("The reading was ended at ")
    await session.close()


async def test_each_file_is_told_with_what_is_in_it_and_how_far_it_was_read(tmp_path: Path) -> None:
    first = write(tmp_path / "snap.json.gz", snapshot(item(1), item(2)))
    whole = gzip.compress(json.dumps(history(item(3))).encode())
    cut = tmp_path / "cut.json.gz"
    cut.write_bytes(gzip.compress(json.dumps(snapshot(*(item(n) for n in range(3000)))).encode())[:-4000])
    last = tmp_path / "history.json.gz"
    last.write_bytes(whole)
    session = await open_files(first, cut, last)
    with pytest.raises(BadInput):
        await session.settled()
    assert session.files is not None
    told = [(one.name, one.items > 0, one.snapshot, one.state, one.size) for one in session.files()]
    assert told == [
        ("snap.json.gz", True, True, "whole", first.stat().st_size),
        ("cut.json.gz", True, True, "broken", cut.stat().st_size),
        ("history.json.gz", True, False, "whole", len(whole)),
    ]
    assert sum(one.items for one in session.files()) == 3 + session.files()[1].items
    assert session.files()[0].latest == parse(item(1)["configurationItemCaptureTime"])
    await session.close()


async def test_of_a_file_that_is_gone_nothing_is_known_and_of_the_others_all(tmp_path: Path) -> None:
    there = write(tmp_path / "snap.json.gz", snapshot(item(1)))
    session = await open_files(tmp_path / "gone.json", there, largest=5_000_000)
    with pytest.raises(BadInput):
        await session.settled()
    assert session.files is not None
    told = [(one.name, one.items, one.state, one.size, one.largest) for one in session.files()]
    assert told == [
        ("gone.json", 0, "broken", None, 5_000_000),
        ("snap.json.gz", 1, "whole", there.stat().st_size, 5_000_000),
    ]
    await session.close()

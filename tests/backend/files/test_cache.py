"""Indexes that are kept: found again while the files are the same, and never in the way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backend.client.files import open_files
from backend.files.cache import Cache, state_of
from backend.model.item import ResourceKey
from backend.model.problem import BadInput
from tests.backend.files.samples import item, snapshot, write

FIRST = ResourceKey("AWS::EC2::Instance", "i-0")


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", smallest=0)


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    return write(tmp_path / "snap.json.gz", snapshot(*(item(number) for number in range(50)), {"no": "item"}))


def folders(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache").iterdir())


async def read(path: Path, cache: Cache) -> tuple[bool, tuple[str, ...]]:
    """Open a file and look at all of it; whether it had to be read, and what was remarked."""
    session = await open_files(path, cache=cache)
    had_to = session.reading() is not None
    assert session.resources is not None
    assert await session.resources.counts() == {"AWS::EC2::Instance": 50}
    found = await session.resources.item(FIRST)
    assert found is not None
    assert found.tags == {"Name": "host 0"}
    [standings] = [batch async for batch in session.resources.standings()]
    assert len(standings) == 50
    remarks = tuple(session.remarks())
    await session.close()
    return had_to, remarks


async def test_what_was_read_once_is_not_read_again(tmp_path: Path, estate: Path, cache: Cache) -> None:
    first, second = await read(estate, cache), await read(estate, cache)
    assert (first[0], second[0]) == (True, False)
    assert (
        first[1]
        == second[1]
        == ("snap.json.gz: 1 entry is no configuration item and is left out, the first from byte 40,033 on.",)
    )


async def test_only_the_owner_may_read_it(tmp_path: Path, estate: Path, cache: Cache) -> None:
    await read(estate, cache)
    [folder] = folders(tmp_path)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()} == {"bodies": 0o600, "columns": 0o600}


async def test_a_file_that_changed_is_read_anew(tmp_path: Path, estate: Path, cache: Cache) -> None:
    await read(estate, cache)
    os.utime(estate, ns=(0, 0))
    assert (await read(estate, cache))[0]


@pytest.mark.parametrize("damage", [b"", b"configscope index 6\n", b"\xff" * 4000])
async def test_a_damaged_index_is_dropped_and_the_file_read(
    tmp_path: Path, estate: Path, cache: Cache, damage: bytes
) -> None:
    await read(estate, cache)
    [folder] = folders(tmp_path)
    (folder / "columns").write_bytes(damage)
    assert (await read(estate, cache))[0]
    assert not (await read(estate, cache))[0]


async def test_a_bit_that_is_wrong_in_the_columns_is_noticed(tmp_path: Path, estate: Path, cache: Cache) -> None:
    await read(estate, cache)
    [folder] = folders(tmp_path)
    text = bytearray((folder / "columns").read_bytes())
    text[-200] ^= 1
    (folder / "columns").write_bytes(text)
    assert (await read(estate, cache))[0]


async def test_damaged_items_are_told_of_and_are_read_anew_the_next_time(
    tmp_path: Path, estate: Path, cache: Cache
) -> None:
    await read(estate, cache)
    [folder] = folders(tmp_path)
    text = bytearray((folder / "bodies").read_bytes())
    text[len(text) // 2] ^= 255
    (folder / "bodies").write_bytes(text)
    session = await open_files(estate, cache=cache)
    assert session.resources is not None
    with pytest.raises(BadInput, match="damaged"):
        await session.resources.item(FIRST)
    await session.close()
    assert (await read(estate, cache))[0]


async def test_what_is_read_in_part_only_is_not_kept(tmp_path: Path, cache: Cache) -> None:
    whole = write(
        tmp_path / "whole.json.gz",
        snapshot(*(item(n, configuration={"n": os.urandom(2000).hex()}) for n in range(900))),
    )
    cut = tmp_path / "cut.json.gz"
    cut.write_bytes(whole.read_bytes()[:-1000])
    session = await open_files(cut, cache=cache)
    assert session.resources is not None
    await session.resources.counts()
    await session.close()
    assert folders(tmp_path) == []


async def test_small_files_are_not_worth_it(tmp_path: Path, estate: Path) -> None:
    await read(estate, Cache(tmp_path / "cache"))
    assert not (tmp_path / "cache").exists()


async def test_what_takes_too_much_room_goes_the_longest_unused_first(tmp_path: Path, estate: Path) -> None:
    for number in range(3):
        other = write(tmp_path / f"other-{number}.json.gz", snapshot(*(item(n) for n in range(50))))
        await read(other, Cache(tmp_path / "cache", smallest=0))
    kept = folders(tmp_path)
    room = 5 * sum(file.stat().st_size for file in kept[0].iterdir()) // 2
    for age, folder in enumerate(kept):
        os.utime(folder, (1e9 + age, 1e9 + age))
    await read(estate, Cache(tmp_path / "cache", smallest=0, largest=room, days=100_000))
    assert kept[2] in folders(tmp_path)
    assert not {kept[0], kept[1]} & set(folders(tmp_path))


async def test_what_nobody_opened_for_long_goes(tmp_path: Path, estate: Path, cache: Cache) -> None:
    other = write(tmp_path / "other.json.gz", snapshot(*(item(n) for n in range(50))))
    await read(other, cache)
    [old] = folders(tmp_path)
    os.utime(old, (1e9, 1e9))
    await read(estate, cache)
    assert old not in folders(tmp_path)


async def test_a_cache_that_cannot_be_written_keeps_nobody_from_reading(tmp_path: Path, estate: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert await read(estate, Cache(tmp_path / "cache", smallest=0)) == (
        True,
        ("snap.json.gz: 1 entry is no configuration item and is left out, the first from byte 40,033 on.",),
    )


async def test_a_disk_that_is_full_keeps_nobody_from_reading(
    tmp_path: Path, estate: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.pwrite
    refused: list[int] = []

    def full_once(descriptor: int, data: bytes, at: int) -> int:
        if not refused:
            refused.append(descriptor)
            raise OSError(28, "No space left on device")
        return real(descriptor, data, at)

    monkeypatch.setattr(os, "pwrite", full_once)
    had_to, remarks = await read(estate, cache)
    assert had_to
    assert remarks[0] == "The index is not kept: No space left on device in the cache folder."
    assert folders(tmp_path) == []


async def test_a_disk_that_takes_only_a_part_is_given_the_rest(
    estate: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, data, at: real(file, data[: max(1, len(data) // 2)], at))
    first, second = await read(estate, cache), await read(estate, cache)
    assert (first[0], second[0]) == (True, False)


async def test_which_resources_another_region_has_too_is_kept_with_it(tmp_path: Path, cache: Cache) -> None:
    here = [item(number, resourceId=f"i-{number}") for number in range(3)]
    there = [{**item(1, resourceId="i-1"), "awsRegion": "ap-south-2"}]
    path = write(tmp_path / "snap.json.gz", snapshot(*here, *there))
    session = await open_files(path, cache=cache)
    await session.settled()
    await session.close()
    index = cache.find([path], state_of([path]))
    assert index is not None
    assert index.worked_out["twins"].tolist() == index.twins().tolist() == [False, True, False, True]
    index.close()

"""Browsing buckets, and keeping what was fetched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backend.client.downloads import KEPT, Downloads
from backend.client.snapshots import in_order
from backend.model.delivery import StoredObject
from backend.model.problem import Problem


def stored(key: str, size: int = 1, modified: int = 1) -> StoredObject:
    return StoredObject(bucket="b", key=key, size=size, modified=modified)


def test_numbers_in_names_are_ordered_as_numbers() -> None:
    names = ["2026/10/1/", "2026/9/27/", "2025/12/31/", "2026/9/3/"]
    assert sorted(names, key=in_order) == ["2025/12/31/", "2026/9/3/", "2026/9/27/", "2026/10/1/"]


def test_a_copy_is_private_and_found_again(tmp_path: Path) -> None:
    downloads = Downloads("1", tmp_path)
    with downloads.writing(stored("a/b.json.gz")) as file:
        file.write(b"data")
    copy = downloads.find(stored("a/b.json.gz"))
    assert copy is not None
    assert (copy.name, copy.read_bytes(), copy.stat().st_mode & 0o777) == ("b.json.gz", b"data", 0o600)


def test_an_object_that_changed_is_another_object(tmp_path: Path) -> None:
    downloads = Downloads("1", tmp_path)
    with downloads.writing(stored("a", size=4)) as file:
        file.write(b"data")
    assert downloads.find(stored("a", size=5)) is None
    assert downloads.find(stored("a", size=4, modified=2)) is None
    assert Downloads("2", tmp_path).find(stored("a", size=4)) is None


@pytest.mark.parametrize("key", ["../../../etc/passwd", "/", "..", "a/\x1b[31m", "a/" + "x" * 1000, ".hidden"])
def test_no_name_in_a_bucket_leads_out_of_the_folder(tmp_path: Path, key: str) -> None:
    downloads = Downloads("1", tmp_path)
    with downloads.writing(stored(key)) as file:
        file.write(b"data")
    copy = downloads.find(stored(key))
    assert copy is not None
    assert copy.resolve().is_relative_to(tmp_path.resolve())
    assert copy.name.isprintable()


def test_a_download_that_fails_leaves_nothing(tmp_path: Path) -> None:
    downloads = Downloads("1", tmp_path)
    with pytest.raises(RuntimeError), downloads.writing(stored("a")) as file:
        file.write(b"half")
        raise RuntimeError
    assert downloads.find(stored("a")) is None
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem) as raised, Downloads("1", tmp_path / "file").writing(stored("a")):
        pass
    assert "could not be kept" in str(raised.value)


def filled(folder: Path) -> Downloads:
    """More copies than are kept, each looked at a second after the one before, long ago."""
    downloads = Downloads("1", folder)
    for number in range(KEPT + 3):
        with downloads.writing(stored(f"k{number}")) as file:
            file.write(b"data")
        copy = downloads.find(stored(f"k{number}"))
        assert copy is not None
        os.utime(copy, (number, number))
    return downloads


def test_only_the_last_copies_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.client.downloads.KEPT_BYTES", 4)
    filled(tmp_path)
    with Downloads("1", tmp_path).writing(stored("last")):
        pass
    Downloads("1", tmp_path).make_room()
    assert Downloads("1", tmp_path).find(stored("k0")) is None
    assert Downloads("1", tmp_path).find(stored(f"k{KEPT + 2}")) is not None
    assert len(list(tmp_path.glob("*/*"))) == KEPT


def test_small_copies_are_kept_as_long_as_there_is_room(tmp_path: Path) -> None:
    filled(tmp_path)
    with Downloads("1", tmp_path).writing(stored("last")):
        pass
    Downloads("1", tmp_path).make_room()
    assert len(list(tmp_path.glob("*/*"))) == KEPT + 4


def test_a_copy_that_may_be_being_read_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path)
    monkeypatch.setattr("backend.client.downloads.KEPT_BYTES", 4)
    handed_out = Downloads("1", tmp_path).find(stored("k0"))
    with Downloads("1", tmp_path).writing(stored("last")):
        pass
    Downloads("1", tmp_path).make_room()
    assert handed_out is not None
    assert handed_out.is_file()


def test_however_small_they_are_there_are_not_more_than_a_folder_bears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.client.downloads.KEPT_FILES", KEPT + 1)
    filled(tmp_path).make_room()
    assert len(list(tmp_path.glob("*/*"))) == KEPT + 1


def test_room_is_made_with_the_first_download_and_then_now_and_again(tmp_path: Path) -> None:
    downloads = Downloads("1", tmp_path)
    crowded = []
    for number in range(120):
        with downloads.writing(stored(f"k{number}")):
            pass
        if downloads.crowded:
            crowded.append(number)
            downloads.make_room()
    assert crowded == [0, 101]

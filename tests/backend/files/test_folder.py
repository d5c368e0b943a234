"""Which files of a folder are taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.files.folder import files_in
from backend.model.problem import BadInput

DAY = "AWSLogs/1/Config/r/2026/3/{day}/Config{what}"
HISTORY = "1_Config_r_ConfigHistory_AWS::EC2::VPC_202603{day:02}T000000Z_1.json.gz"
SNAPSHOT = "1_Config_r_ConfigSnapshot_202603{day:02}T000000Z_1.json.gz"


def _bucket(folder: Path) -> None:
    for day in (1, 2):
        for what, name in (("History", HISTORY), ("Snapshot", SNAPSHOT)):
            below = folder / DAY.format(day=day, what=what)
            below.mkdir(parents=True)
            (below / name.format(day=day)).touch()
    (folder / "AWSLogs/1/Config/ConfigWritabilityCheckFile").touch()
    (folder / "notes.json").touch()


def test_of_a_bucket_the_delivered_files_are_taken_by_name(tmp_path: Path) -> None:
    _bucket(tmp_path)
    names = [path.name for path in files_in((tmp_path,))]
    assert names == [one.format(day=day) for one in (HISTORY, SNAPSHOT) for day in (1, 2)]


def test_a_part_of_it_is_enough_and_a_file_named_twice_is_taken_once(tmp_path: Path) -> None:
    _bucket(tmp_path)
    part = tmp_path / DAY.format(day=2, what="History")
    named = part / HISTORY.format(day=2)
    assert files_in((named, part)) == (named,)


def test_a_folder_without_delivered_files_gives_its_json_files(tmp_path: Path) -> None:
    for name in ("b.json", "a.json.gz", "c.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in files_in((tmp_path,))] == ["a.json.gz", "b.json"]


def test_a_folder_without_any_and_one_with_too_many_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="There is no JSON file below"):
        files_in((tmp_path,))
    _bucket(tmp_path)
    monkeypatch.setattr("backend.files.folder.MOST", 3)
    with pytest.raises(BadInput, match="holds 4 files: 3 are taken at most"):
        files_in((tmp_path,))


def test_what_is_no_folder_is_taken_as_it_is_named(tmp_path: Path) -> None:
    assert files_in((tmp_path / "nothing",)) == (tmp_path / "nothing",)

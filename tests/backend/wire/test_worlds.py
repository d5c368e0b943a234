"""Where worlds are kept: private, held by one process, whole or not there."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from backend.model.problem import BadInput, Problem
from backend.wire.worlds import Place


def _fill(folder: Path) -> None:
    (folder / "world.sqlite").write_text("whole")


def test_a_world_is_private(tmp_path: Path) -> None:
    parent = tmp_path / "worlds"
    place = Place("default", parent)
    place.make(_fill)
    assert stat.S_IMODE(parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700
    place.close()


def test_a_world_half_made_is_not_there(tmp_path: Path) -> None:
    place = Place("w", tmp_path)

    def crash(folder: Path) -> None:
        _fill(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        place.make(crash)
    assert not place.exists
    place.close()
    again = Place("w", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".w.lock"]
    again.make(_fill)
    assert again.exists
    again.close()


def test_a_failed_attempt_leaves_nothing_on_the_disk(tmp_path: Path) -> None:
    place = Place("w", tmp_path)

    def full(folder: Path) -> None:
        _fill(folder)
        raise OSError("no space left")

    with pytest.raises(Problem, match="no space left"):
        place.make(full)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".w.lock"]
    place.close()


def test_a_world_whose_successor_never_came_is_put_back(tmp_path: Path) -> None:
    outgoing = tmp_path / ".w.outgoing"  # killed between the two renames
    outgoing.mkdir()
    _fill(outgoing)
    place = Place("w", tmp_path)
    assert place.exists
    assert sorted(path.name for path in tmp_path.iterdir()) == [".w.lock", "w"]
    place.close()


def test_the_old_world_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    place = Place("w", tmp_path)
    place.make(_fill)

    def crash(folder: Path) -> None:
        raise OSError("no space left")

    with pytest.raises(Problem, match="The world 'w' could not be made: no space left"):
        place.make(crash)
    assert (place.folder / "world.sqlite").read_text() == "whole"
    place.close()


def test_two_cannot_have_the_same_world(tmp_path: Path) -> None:
    first = Place("w", tmp_path)
    with pytest.raises(Problem, match=rf"The world 'w' is in use: process {os.getpid()} has it open"):
        Place("w", tmp_path)
    other = Place("v", tmp_path)
    other.close()
    first.close()
    Place("w", tmp_path).close()


def test_a_process_that_is_killed_gives_its_world_back(tmp_path: Path) -> None:
    held = "import sys; from pathlib import Path; from backend.wire.worlds import Place; Place('w', Path(sys.argv[1]))"
    script = f"{held}; print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Problem, match=f"process {holder.pid}"):
            Place("w", tmp_path)
        holder.kill()
        holder.wait()
    Place("w", tmp_path).close()


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="Worlds cannot be kept in"):
        Place("w", tmp_path / "file" / "worlds")


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "x" * 65, "a\nb", "-x"])
def test_a_name_cannot_lead_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="cannot be the name of a world"):
        Place(name, tmp_path)


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "thesis.txt").write_text("years of work")
    place = Place("w", tmp_path)
    with pytest.raises(BadInput, match="is no world of configscope"):
        _ = place.exists
    place.close()

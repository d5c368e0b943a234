"""Blocks of items that are looked through."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.files.bodies import Bodies, temporary
from backend.model.problem import BadInput

SMALL, LARGE = b'[{"a":1}]', b'["' + b"x" * 3_000_000 + b'"]'


def kept(bodies: Bodies) -> Bodies:
    for row, text in enumerate((SMALL, LARGE, SMALL, SMALL)):
        bodies.keep(memoryview(text), row)
    bodies.settle()
    return bodies


def test_each_block_is_looked_at_as_it_is_whatever_was_in_its_room_before() -> None:
    bodies = kept(Bodies(temporary()))
    assert list(bodies.through(lambda block, text: (block, bytes(text)))) == [
        (0, SMALL),
        (1, LARGE),
        (2, SMALL),
        (3, SMALL),
    ]
    assert bodies.text(1) == LARGE
    bodies.close()


@pytest.mark.parametrize("at", [2, 12, -3], ids=["head", "data", "sum"])
def test_a_damaged_block_is_told_of_by_whoever_looks_through_all(tmp_path: Path, at: int) -> None:
    bodies = kept(Bodies((tmp_path / "bodies").open("w+b", buffering=0)))
    told: list[bool] = []
    bodies.on_damage = lambda: told.append(True)
    ends = bodies.arrays()["ends"].tolist()
    with (tmp_path / "bodies").open("r+b") as file:
        file.seek(ends[1] + at if at >= 0 else ends[2] + at)
        file.write(b"\xff\xff")
    with pytest.raises(BadInput, match="damaged"):
        list(bodies.through(lambda block, text: block))
    assert told
    bodies.close()

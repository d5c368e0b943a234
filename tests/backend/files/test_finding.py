"""Texts that are found in large ones, by the C library and by Python alike."""

from __future__ import annotations

import pytest

from backend.files.finding import Holds, by_python, finder


@pytest.mark.parametrize("holds", [finder(), by_python], ids=["c", "python"])
@pytest.mark.parametrize(
    ("text", "wanted", "held"),
    [
        (b"", b"", True),
        (b"", b"web", False),
        (b"web-1", b"", True),
        (b"web-1", b"web-1", True),
        (b"web-1", b"web-12", False),
        (b"a\0web\0b", b"web\0b", True),
        (b"a\0web\0b", b"web\0c", False),
        (b"x" * 100_000 + b"end", b"end", True),
        (b"x" * 100_000, b"x" * 300 + b"y", False),
    ],
)
def test_a_text_is_held_or_not(holds: Holds, text: bytes, wanted: bytes, held: bool) -> None:
    room = bytearray(text)
    assert holds(room, wanted) is held
    room.extend(b"free to grow again")


def test_what_is_beyond_the_end_of_a_text_is_not_found() -> None:
    room = bytearray(b"web-1 and more")
    del room[5:]
    assert not finder()(room, b"more")

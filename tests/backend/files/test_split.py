"""Long arrays are cut between entries, wherever the buffer ends."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.files import window
from backend.files.read import decode_documents, read_items, slices
from backend.model.problem import BadInput
from tests.backend.files.samples import item, snapshot, write


class Bytes:
    """A source over bytes that gives them in small portions."""

    name = "bytes"

    def __init__(self, content: bytes, portion: int = 1 << 30) -> None:
        self._content = content
        self._portion = portion
        self._done = 0

    def readinto(self, buffer: memoryview) -> int:
        part = self._content[self._done : self._done + min(self._portion, len(buffer))]
        buffer[: len(part)] = part
        self._done += len(part)
        return len(part)


def split_all(content: bytes, size: int, portion: int = 1 << 30) -> list[list[Any]]:
    """The entries slice by slice; each slice's text must be what was decoded of it."""
    found = []
    for part in slices(Bytes(content, portion), decode_documents, size):
        assert json.loads(bytes(part.text)) == part.entries
        found.append(part.entries)
    return found


STYLES: list[dict[str, Any]] = [{"separators": (",", ":")}, {}, {"indent": 2}, {"indent": "\t"}]


@pytest.mark.requirement("SNP-13")
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("portion", [7, 1000, 1 << 30])
def test_many_items_come_in_several_slices_and_in_order(style: dict[str, Any], portion: int) -> None:
    document = snapshot(*(item(number) for number in range(60)))
    found = split_all(json.dumps(document, **style).encode(), 4096, portion)
    assert [entry for entries in found for entry in entries] == document["configurationItems"]
    assert len(found) > 5


def test_an_item_longer_than_the_buffer() -> None:
    items = [item(1), item(2, configuration={"text": "x" * 50_000}), item(3)]
    found = split_all(json.dumps(snapshot(*items)).encode(), 1024)
    assert [entry for entries in found for entry in entries] == items


def test_objects_inside_that_look_like_the_next_item_are_not_cut() -> None:
    inside = [item(9), item(8), item(7)]
    items = [item(number, configuration={"copies": inside}) for number in range(10)]
    found = split_all(json.dumps(snapshot(*items), separators=(",", ":")).encode(), 2048)
    assert [entry for entries in found for entry in entries] == items


def test_text_inside_that_looks_like_the_next_item_is_not_cut() -> None:
    trap = json.dumps([item(1), item(2)], separators=(",", ":"))
    items = [item(number, configuration=trap) for number in range(10)]
    found = split_all(json.dumps(snapshot(*items), separators=(",", ":")).encode(), 2048)
    assert [entry for entries in found for entry in entries] == items


def test_a_plain_list_is_cut_too() -> None:
    items = [item(number) for number in range(60)]
    found = split_all(json.dumps(items).encode(), 4096)
    assert [entry for entries in found for entry in entries] == items


def test_what_stands_after_the_items_is_looked_at() -> None:
    document = {**snapshot(*(item(number) for number in range(60))), "afterwards": {"lists": [[1], [2]]}}
    content = json.dumps(document).encode()
    assert sum(map(len, split_all(content, 4096))) == 60
    for cut in (1, 5, 30, 500):
        with pytest.raises(BadInput, match="cut off"):
            split_all(content[:-cut], 4096)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", [256, 4096, 1 << 20])
@pytest.mark.parametrize(
    "wrong",
    [b'"i-40" oops', b'"\\x"', b'"\\ud83d"', b'"i-40', b"[" * 5_000 + b"]" * 5_000, b"}", b"[{]", b"", b"\0"],
    ids=["word", "escape", "surrogate", "quote", "deep", "closed", "open", "missing", "zero"],
)
def test_a_broken_entry_is_left_out_and_the_others_are_read(style: dict[str, Any], size: int, wrong: bytes) -> None:
    document = snapshot(*(item(number) for number in range(60)))
    content = json.dumps(document, **style).encode().replace(b'"i-40"', wrong, 1)
    found = list(slices(Bytes(content), decode_documents, size))
    ids = [one.get("resourceId") for part in found for one in part.entries if isinstance(one, dict)]
    others = [f"i-{number}" for number in range(60) if number != 40]
    assert [one for one in ids if one in others] == others
    broken = [(part, number) for part in found for number, _ in part.broken]
    for part, number in broken:
        places = part.places()
        assert places is not None
        assert content[places[number] :].startswith(part.entries[number][:100].encode())


def test_an_entry_without_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "LARGEST_ENTRY", 1 << 16)
    with pytest.raises(BadInput, match="longer than"):
        split_all(b'{"configurationItems":[{"a":"' + b"x" * (1 << 18), 1024)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["a", "b"]),
            st.recursive(
                st.text(alphabet='{}[],:"ab\\', max_size=8),
                lambda inner: st.lists(st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2), max_size=3),
                max_leaves=6,
            ),
        ),
        max_size=30,
    ),
    st.integers(8, 200),
    st.integers(1, 64),
    st.sampled_from(STYLES),
)
def test_any_list_at_any_buffer_size_is_the_same_list(
    entries: list[Any], size: int, portion: int, style: dict[str, Any]
) -> None:
    content = json.dumps({"configurationItems": entries}, **style).encode()
    assert [entry for part in split_all(content, size, portion) for entry in part] == entries


def test_a_long_file_is_read_in_little_memory(tmp_path: Path) -> None:
    text = ",".join(json.dumps(item(number, configuration={"text": "x" * 2000})) for number in range(6000))
    path = tmp_path / "long.json.gz"
    path.write_bytes(gzip.compress(b'{"fileVersion":"1.0","configurationItems":[' + text.encode() + b"]}", 1))
    del text
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_items(path)) == 6000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20, peak  # of 13 MiB of text, whose objects would take more


def test_a_short_file_is_one_slice(tmp_path: Path) -> None:
    write(tmp_path / "f.json", snapshot(item(1), item(2)))
    assert len(list(slices(Bytes((tmp_path / "f.json").read_bytes()), decode_documents))) == 1

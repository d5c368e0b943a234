"""What holds no items is shown as what it is, in whatever encoding it is."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from backend.files.raw import look


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_json_in_any_unicode(tmp_path: Path, encoding: str, packed: bool) -> None:
    content = '{"é": [1]}'.encode(encoding)
    path = tmp_path / "the-file"
    path.write_bytes(gzip.compress(content) if packed else content)
    assert look(path) == ("JSON", {"é": [1]}, True)


def test_text_bytes_and_nothing(tmp_path: Path) -> None:
    path = tmp_path / "the-file"
    kinds = []
    for content in ("one\ntwo".encode("utf-8-sig"), b"\x7fELF\0\1", b""):
        path.write_bytes(content)
        kinds.append((look(path).kind, look(path).value))
    assert kinds == [("text", ["one", "two"]), ("binary", ["7f 45 4c 46 00 01"]), ("empty", None)]

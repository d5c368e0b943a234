"""The first resources of a file, before anything else is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.files.glimpse import glimpse
from tests.backend.files.samples import history, item, snapshot, write


@pytest.mark.parametrize("name", ["snap.json", "snap.json.gz"])
def test_a_long_file_shows_its_first_resources(tmp_path: Path, name: str) -> None:
    many = (item(n, configuration={"text": '},{"relatedEvents":[]' * 20}) for n in range(2000))
    found = glimpse(write(tmp_path / name, snapshot(*many)))
    assert 10 < len(found) < 500
    assert [(one.resource_id, one.label, one.region) for one in found[:2]] == [
        ("i-0", "host 0", "eu-west-1"),
        ("i-1", "host 1", "eu-west-1"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no JSON",
        b"\x1f\x8b damaged",
        json.dumps([item(1)]).encode(),
        json.dumps(history(item(1, resourceId=7)), separators=(",", ":")).encode(),
        b'{"configurationItems":[',
        b'{"configurationItems":[{"a',
    ],
)
def test_what_is_not_plainly_a_delivered_file_is_left_to_others(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    assert glimpse(path) == []


def test_what_is_no_file_shows_nothing(tmp_path: Path) -> None:
    assert glimpse(tmp_path) == []
    assert glimpse(tmp_path / "nowhere") == []

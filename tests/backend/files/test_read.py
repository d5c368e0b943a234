"""Files in all shapes are read, and each bad one says what is wrong with it."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from backend.files.read import check, read_items
from backend.model.problem import BadInput
from tests.backend.files.samples import OLD_SNAPSHOT, history, item, snapshot, write

SHARED = Path(__file__).parents[4] / "shared"
"""Material that only some machines have."""


def ids(path: Path) -> list[str]:
    return [found.resource_id for found in read_items(path)]


def complaint(path: Path) -> str:
    with pytest.raises(BadInput) as raised:
        list(read_items(path))
    return str(raised.value)


@pytest.mark.requirement("SNP-06")
@pytest.mark.requirement("SNP-15")
@pytest.mark.parametrize("name", ["s.json", "s.json.gz"])
def test_a_snapshot_plain_and_gzip(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, snapshot(item(1), item(2)))
    found = list(read_items(path))
    assert [one.resource_id for one in found] == ["i-1", "i-2"]
    assert found[0].configuration == item(1)["configuration"]
    assert found[0].label == "host 1"


@pytest.mark.requirement("ITM-10")
@pytest.mark.requirement("ITM-21")
def test_the_first_format_with_its_odd_forms(tmp_path: Path) -> None:
    volume, instance = read_items(write(tmp_path / "old.json", OLD_SNAPSHOT, indent=4))
    assert (volume.version, volume.account_id, volume.availability_zone) == ("1.0", "11112222333", "eu-west-1a")
    assert volume.creation_time == 1393537433088
    assert [link.direction for link in instance.relationships] == [None, "OUT", "IN"]


def test_the_sample_of_the_developer_guide(tmp_path: Path) -> None:
    found = sorted((SHARED / "sources").glob("001*.txt")) if SHARED.is_dir() else []
    if not found:
        pytest.skip("the guide's text is not on this machine")
    text = found[0].read_text(encoding="utf-8")
    begin = text.index('{\n    "fileVersion"')
    sample = text[begin : text.index("```", begin)]
    path = tmp_path / "sample.json"
    path.write_text(sample, encoding="utf-8")
    volume, instance = read_items(path)
    assert (volume.resource_id, instance.resource_id) == ("vol-ce676ccc", "i-344c463d")
    assert len(instance.relationships) == 3


def test_the_example_items_of_public_repositories() -> None:
    folder = SHARED / "data" / "configuration-items"
    if not folder.is_dir():
        pytest.skip("the example items are not on this machine")
    refused = {}
    for path in sorted(folder.glob("*.json")):
        try:
            assert ids(path)
        except BadInput as problem:
            refused[path.name] = str(problem)
    assert list(refused) == ["AWS_EC2_NetworkInterface.json"]
    assert "cut off" in refused["AWS_EC2_NetworkInterface.json"]


def envelope(message: Any) -> dict[str, Any]:
    return {"Type": "Notification", "Message": json.dumps(message)}


NOTICE = {"messageType": "ConfigurationItemChangeNotification", "configurationItem": item(1)}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (history(item(1)), ["i-1"]),
        (item(1), ["i-1"]),
        ([item(1), item(2)], ["i-1", "i-2"]),
        (NOTICE, ["i-1"]),
        ([NOTICE, envelope(NOTICE)], ["i-1", "i-1"]),
        (envelope(NOTICE), ["i-1"]),
        ({"detail-type": "Config Configuration Item Change", "detail": NOTICE}, ["i-1"]),
        ({"invokingEvent": json.dumps(NOTICE)}, ["i-1"]),
        ({"configurationItem": [item(1)], "MessageVersion": "1.0"}, ["i-1"]),
        ({"baseConfigurationItems": [item(1)], "unprocessedResourceKeys": []}, ["i-1"]),
        (snapshot(), []),
        ({**snapshot(item(1)), "afterwards": [[], {}]}, ["i-1"]),
    ],
)
def test_other_shapes(tmp_path: Path, document: Any, expected: list[str]) -> None:
    assert ids(write(tmp_path / "f.json", document)) == expected


def test_a_mark_before_the_text_and_control_characters_in_it_are_taken(tmp_path: Path) -> None:
    text = json.dumps(snapshot(item(1, tags={"Name": "one\ntwo"}))).replace("\\n", "\n")
    path = tmp_path / "f.json"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    [found] = read_items(path)
    assert found.tags == {"Name": "one\ntwo"}


def test_bytes_that_are_no_utf_8_are_marked(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_bytes(json.dumps(snapshot(item(1))).encode().replace(b"host", b"h\xff"))
    [found] = read_items(path)
    assert found.tags == {"Name": "h\ufffd 1"}


def test_numbers_beyond_64_bits_are_kept(tmp_path: Path) -> None:
    [found] = read_items(write(tmp_path / "f.json", item(1, configuration={"n": 10**30})))
    assert found.configuration == {"n": 10**30}


WHOLE = json.dumps(snapshot(item(1), item(2))).encode()
PACKED = gzip.compress(WHOLE, mtime=0)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n ", "is empty"),
        (PACKED[:5], "cut off"),
        (PACKED[:-6] + b"\0\0" + PACKED[-4:], "damaged"),
        (b'{"fileVersion": "1.0",\n"tags" oops}', "not valid JSON: line 2, column"),
        (b'{"fileVersion": "1.0",', "cut off"),
        (b"\x7fELF\0\0\0\0" + bytes(100), "it is binary"),
        (b"Dear customer,", "it is text"),
        (b"{}", "no snapshot, history file or configuration item"),
        (b"[]", "no snapshot, history file or configuration item"),
        (b'{"Records": [{"eventName": "RunInstances"}]}', "no snapshot, history file or configuration item"),
        (b'{"messageType": "ScheduledNotification"}', "no snapshot, history file or configuration item"),
        (b'{"configurationItems": [{"resourceType": "T"}]}', "lacks its resourceId"),
        (b'{"configurationItems": [5]}', "no JSON object"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_bad_file_says_what_is_wrong(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "the-file"
    path.write_bytes(content)
    said = complaint(path)
    assert words in said
    assert said.startswith("the-file")
    with pytest.raises(BadInput):
        check(path)


@pytest.mark.parametrize("content", [PACKED[:-20], WHOLE[:-30]], ids=["gzip", "plain"])
def test_what_comes_before_a_cut_is_given_before_it_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "the-file"
    path.write_bytes(content)
    check(path)
    found: list[str] = []
    with pytest.raises(BadInput, match="the-file is cut off"):
        found.extend(one.resource_id for one in read_items(path))
    assert found == ["i-1"]


def test_a_file_that_is_not_there_a_folder_and_a_locked_file(tmp_path: Path) -> None:
    assert "There is no file" in complaint(tmp_path / "nothing")
    assert "is a folder" in complaint(tmp_path)
    locked = write(tmp_path / "locked.json", snapshot())
    locked.chmod(0)
    if os.access(locked, os.R_OK):
        pytest.skip("this user may read everything")
    assert "may not be read" in complaint(locked)


def test_a_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    import threading

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(gzip.compress(WHOLE),))
    writer.start()
    assert ids(pipe) == ["i-1", "i-2"]
    writer.join()

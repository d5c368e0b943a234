"""What is told of a file: its form, its counts and times, and every oddity with its place."""

from __future__ import annotations

import codecs
import gzip
import json
from pathlib import Path

import pytest

from backend.files.inspection import MOST_NAMES, OTHERS, Gaps, inspect
from backend.model.item import Document
from backend.model.moment import parse
from backend.model.problem import BadInput
from tests.backend.files.samples import OLD_SNAPSHOT


def _item(number: int, **changes: object) -> Document:
    made = {
        "resourceType": "AWS::EC2::Volume",
        "resourceId": f"vol-{number}",
        "configurationItemVersion": "1.3",
        "configurationItemCaptureTime": f"2026-03-0{1 + number % 7}T00:00:00.000Z",
        "configurationItemStatus": "OK",
        "configurationStateId": 1772323200000 + number,
        "awsAccountId": "123456789012",
        "awsRegion": "eu-west-1",
        "ARN": f"arn:aws:ec2:eu-west-1:123456789012:volume/vol-{number}",
        "configuration": {"size": number},
        "tags": {"filler": "x" * 500},
    }
    return {name: value for name, value in (made | changes).items() if value is not None}


def _file(path: Path, items: list[object], **head: str) -> Path:
    text = json.dumps({**head, "configurationItems": items}).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


@pytest.mark.parametrize("count", [3, 3_000], ids=["small", "streamed"])
def test_a_snapshot_is_told_with_its_counts_and_times(tmp_path: Path, count: int) -> None:
    items: list[object] = [_item(number) for number in range(count)]
    path = _file(tmp_path / "s.json.gz", items, fileVersion="1.0", configSnapshotId="0f1e2d3c")
    found = inspect(path, {"AWS::EC2::Volume"})
    assert (found.form, found.file_version, found.snapshot_id) == ("snapshot", "1.0", "0f1e2d3c")
    assert (found.items, found.resources, found.deleted) == (count, count, 0)
    assert found.types == {"AWS::EC2::Volume": count}
    assert found.regions == {"eu-west-1": count}
    assert found.earliest is not None and found.latest is not None
    assert found.latest > found.earliest
    assert found.compressed
    assert found.size == path.stat().st_size
    assert found.inflated == len(gzip.decompress(path.read_bytes()))
    assert found.largest > 500
    assert found.sound


@pytest.mark.parametrize("name", ["1_Config_r_ConfigHistory_AWS::EC2::Volume_20260301T000000Z_1.json", "plain.json"])
def test_in_a_history_a_resource_comes_more_than_once_and_that_is_no_fault(tmp_path: Path, name: str) -> None:
    items: list[object] = [_item(1, configurationStateId=number) for number in range(4)]
    found = inspect(_file(tmp_path / name, items, fileVersion="1.0"))
    assert found.form == "history"
    assert (found.items, found.resources) == (4, 1)
    assert [(one.what, one.count, one.grave) for one in found.oddities] == [
        ("items of a resource that has one already", 3, False)
    ]
    assert found.sound


def test_in_a_snapshot_it_is_one(tmp_path: Path) -> None:
    items: list[object] = [_item(1), _item(1, configurationStateId=9), _item(1)]
    found = inspect(_file(tmp_path / "s.json", items, configSnapshotId="x"))
    assert {one.what: one.count for one in found.oddities} == {
        "items of a resource that has one already": 1,
        "items that are there twice": 1,
    }
    assert not found.sound


def test_what_is_no_item_and_what_an_item_lacks_is_counted_with_its_place(tmp_path: Path) -> None:
    items: list[object] = [_item(number) for number in range(3_000)]
    items[1_500] = {"neither": "type nor id"}
    items[2_000] = _item(2_000, awsRegion=None)
    items[2_500] = _item(2_500, resourceType="Ours::Own::Thing")
    path = _file(tmp_path / "s.json.gz", items, fileVersion="1.0", configSnapshotId="x")
    found = inspect(path, {"AWS::EC2::Volume"})
    text = gzip.decompress(path.read_bytes())
    told = {one.what: one for one in found.oddities}
    assert found.items == 2_999
    assert told["entries that are no configuration items"].offsets == [text.index(b'{"neither"')]
    assert told["items without awsRegion"].offsets == [text.rindex(b'{"resourceType"', 0, text.index(b'"vol-2000"'))]
    unknown = told["items of the type Ours::Own::Thing, which AWS Config does not record"]
    assert not unknown.grave
    assert unknown.count == 1


def test_a_file_that_is_cut_off_is_told_as_far_as_it_goes(tmp_path: Path) -> None:
    path = _file(tmp_path / "s.json.gz", [_item(number) for number in range(5_000)], configSnapshotId="x")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    found = inspect(path)
    assert found.flaw is not None
    assert "cut off" in str(found.flaw)
    assert 0 < found.items < 5_000
    assert not found.sound


def test_old_files_are_read_and_their_version_told(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text(json.dumps(OLD_SNAPSHOT))
    found = inspect(path)
    assert set(found.versions) == {"1.0"}
    assert found.form == "snapshot"


def test_what_cannot_be_opened_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no file"):
        inspect(tmp_path / "none.json")


def test_values_that_no_file_of_aws_config_has_are_told_and_end_nothing(tmp_path: Path) -> None:
    odd: list[object] = [None, True, -1, 1e300, 1 << 80, "", [], {"a": [1]}, "9" * 5_000, "\ud800", "2026-13-01"]
    made = [_item(number, **{name: value}) for number, value in enumerate(odd) for name in sorted(_item(0))]
    found = inspect(_file(tmp_path / "s.json", list(made), fileVersion="\ud800"))
    assert found.flaw is None
    left_out = next(one for one in found.oddities if one.what == "entries that are no configuration items")
    assert found.items + left_out.count == len(made)


@pytest.mark.parametrize("count", [3, 3_000], ids=["small", "streamed"])
def test_lines_of_an_item_each_are_a_form_of_their_own(tmp_path: Path, count: int) -> None:
    lines = [json.dumps(_item(number)) for number in range(count)]
    path = tmp_path / "items.ndjson"
    path.write_text("\n".join([*lines, "{oops", "", lines[0]]))
    found = inspect(path)
    assert (found.form, found.items, found.resources) == ("ndjson", count + 1, count)
    told = {one.what: one.offsets for one in found.oddities}
    text = path.read_text()
    assert told["entries that are no valid JSON"] == [text.index("{oops")]
    assert told["items that are there twice"] == [len(text) - len(lines[0])]
    assert found.flaw is None


def test_days_without_items_are_told_of_a_history(tmp_path: Path) -> None:
    days = [1, 2, 5, 6, 20, 22]
    items: list[object] = [_item(day, configurationItemCaptureTime=f"2026-03-{day:02}T12:00:00Z") for day in days]
    name = "1_Config_r_ConfigHistory_AWS::EC2::Volume_20260301T000000Z_1.json"
    found = inspect(_file(tmp_path / name, items, fileVersion="1.0"))
    assert found.gaps == Gaps(days=22, empty=16, longest=13, begin=parse("2026-03-07T00:00:00Z"))
    assert inspect(_file(tmp_path / "s.json", items, configSnapshotId="x")).gaps is None


@pytest.mark.parametrize("count", [3, 3_000], ids=["small", "streamed"])
def test_what_is_odd_about_the_text_is_told_with_its_place(tmp_path: Path, count: int) -> None:
    items: list[object] = [_item(number, tags={"Name": f"host {number}"}) for number in range(count)]
    path = _file(tmp_path / "s.json", items, configSnapshotId="x")
    text = codecs.BOM_UTF8 + path.read_bytes().replace(b"host 1", b"h\xff 1", 1).replace(b"host 2", b"h\0 2", 1)
    path.write_bytes(text)
    found = inspect(path)
    assert (found.items, found.flaw) == (count, None)
    assert [(one.what, one.offsets, one.grave) for one in found.oddities] == [
        ("parts with bytes that are no UTF-8", [text.index(b"\xff")], True),
        ("parts with zero bytes", [text.index(b"\0")], True),
        ("text in UTF-8 with a byte order mark", [0], False),
    ]


def test_a_letter_between_two_parts_of_a_file_is_no_fault(tmp_path: Path) -> None:
    items: list[object] = [_item(number, tags={"Name": "é" * 400}) for number in range(4_000)]
    path = tmp_path / "s.json"
    for shift in range(2):
        path.write_text(" " * shift + json.dumps(items, ensure_ascii=False), encoding="utf-8")
        assert inspect(path).oddities == []


def test_utf_16_and_what_stands_behind_gzip_data_are_told(tmp_path: Path) -> None:
    path = _file(tmp_path / "s.json", [_item(1)], configSnapshotId="x")
    packed = gzip.compress(path.read_text().encode("utf-16"))
    path.write_bytes(packed + b"and more")
    found = inspect(path)
    assert (found.items, found.form, found.flaw) == (1, "snapshot", None)
    assert [(one.what, one.offsets) for one in found.oddities] == [
        ("bytes behind the gzip data that are not read", [len(packed)]),
        ("text in UTF-16", [0]),
    ]


def test_a_snapshot_behind_another_is_told_and_its_items_are_no_fault(tmp_path: Path) -> None:
    one = _file(tmp_path / "1.json", [_item(1)], configSnapshotId="x").read_bytes()
    two = _file(tmp_path / "2.json", [_item(1, configurationStateId=9)], configSnapshotId="y").read_bytes()
    (tmp_path / "both.json").write_bytes(one + two)
    found = inspect(tmp_path / "both.json")
    assert (found.form, found.snapshot_id, found.items, found.resources) == ("snapshot", "x", 2, 1)
    assert found.sound
    assert {each.what for each in found.oddities} == {
        "snapshots behind the first one",
        "items of a resource that has one already",
    }


def test_made_up_names_without_end_are_counted_together(tmp_path: Path) -> None:
    count = 2 * MOST_NAMES
    items: list[object] = [
        _item(number, resourceType=f"Ours::{number}", awsRegion=f"r-{number}", tags=None) for number in range(count)
    ]
    found = inspect(_file(tmp_path / "s.json", items), {"AWS::EC2::Volume"})
    assert found.items == count
    for counts in (found.types, found.regions):
        assert len(counts) == MOST_NAMES + 1
        assert counts[OTHERS] == MOST_NAMES
        assert counts.total() == count
    assert len(found.oddities) < 1_100


def test_a_file_larger_than_it_may_be_is_told_as_far_as_it_goes(tmp_path: Path) -> None:
    path = _file(tmp_path / "s.json.gz", [_item(number) for number in range(3_000)], configSnapshotId="x")
    found = inspect(path, largest=2_000_000)
    assert found.flaw is not None
    assert "--largest" in found.flaw.remedy
    assert 0 < found.items < 3_000

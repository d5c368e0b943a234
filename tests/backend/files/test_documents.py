"""Files of several JSON documents: a line each, one after the other, or cut over parts of gzip data."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from backend.files.index import Index
from backend.files.read import decode_documents, read_items, slices
from backend.files.source import opened
from backend.model.item import Document
from backend.model.problem import BadInput
from tests.backend.files.samples import OLD_SNAPSHOT, history, item, snapshot

ITEMS = [item(number) for number in range(40)]
IDS = [one["resourceId"] for one in ITEMS]


def spelled(*documents: Any, between: str = "\n", **style: Any) -> bytes:
    return between.join(json.dumps(one, **style) for one in documents).encode()


LINES = spelled(*ITEMS)


def written(folder: Path, content: bytes) -> Path:
    path = folder / "the-file"
    path.write_bytes(content)
    return path


def entries(path: Path, size: int = 1 << 20) -> list[Any]:
    with opened(path) as source:
        return [entry for part in slices(source, decode_documents, size) for entry in part.entries]


def ids(found: list[Any]) -> list[str]:
    return [one["resourceId"] for one in found if isinstance(one, dict)]


SIZES = pytest.mark.parametrize("size", [100, 3_000, 1 << 20])


@SIZES
@pytest.mark.parametrize(
    "content",
    [
        LINES,
        LINES + b"\n",
        LINES.replace(b"\n", b"\r\n"),
        LINES.replace(b"\n", b"\n\n \t\n"),
        spelled(*ITEMS, between=""),
        spelled(*ITEMS, indent=2),
        b"".join(b"\x1e%b\n" % spelled(one) for one in ITEMS),
        b"".join(b"\xef\xbb\xbf%b\n" % spelled(one) for one in ITEMS),
        spelled(snapshot(*ITEMS[:20]), snapshot(*ITEMS[20:])),
        spelled(snapshot(*ITEMS[:20]), history(*ITEMS[20:]), between="", indent=1),
        spelled(*(history(one) for one in ITEMS)),
        spelled(ITEMS[:20], ITEMS[20:]),
        spelled(*([one] for one in ITEMS)),
        spelled(ITEMS[0], snapshot(*ITEMS[1:20]), ITEMS[20:30], {"configurationItem": ITEMS[30]}, *ITEMS[31:]),
        spelled(*({"Type": "Notification", "Message": json.dumps({"configurationItem": one})} for one in ITEMS)),
        spelled(snapshot(*ITEMS)) + bytes(1_000),
        spelled(snapshot(*ITEMS))[:-1] + b" " * 5_000 + b"}",
        gzip.compress(LINES[:5_000]) + gzip.compress(LINES[5_000:]),
        gzip.compress(spelled(snapshot(*ITEMS[:20]))) + gzip.compress(spelled(snapshot(*ITEMS[20:]))),
        gzip.compress(spelled(snapshot(*ITEMS))) + bytes(512),
        gzip.compress(spelled(snapshot(*ITEMS))) + b"what a disk had there",
        LINES.decode().encode("utf-16"),
        spelled(snapshot(*ITEMS)).decode().encode("utf-16-be"),
        gzip.compress(LINES.decode().encode("utf-32")),
    ],
    ids=[
        "lines", "last line ended", "crlf", "blank lines", "nothing between", "spread", "separators", "marks",
        "snapshots", "spread snapshots", "snapshots a line", "lists", "lists a line", "mixed", "messages", "zeros",
        "blanks", "cut over gzip", "snapshots in gzip", "gzip and zeros", "gzip and more", "utf-16",
        "utf-16-be", "utf-32",
    ],
)  # fmt: skip
def test_all_items_of_all_documents_are_read_in_order(tmp_path: Path, content: bytes, size: int) -> None:
    assert ids(entries(written(tmp_path, content), size)) == IDS


@SIZES
@pytest.mark.parametrize(
    "wrong",
    [
        b"{oops",
        b'{"a": "without end',
        b"what is this",
        b'{"a": "\\x"}',
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"resourceType":\0}',
        b"}",
    ],
)
def test_a_line_that_is_no_json_is_passed_over_and_its_place_is_known(tmp_path: Path, wrong: bytes, size: int) -> None:
    lines = LINES.split(b"\n")
    path = written(tmp_path, b"\n".join([*lines[:20], wrong, *lines[20:]]))
    broken = []
    with opened(path) as source:
        found: list[Any] = []
        for part in slices(source, decode_documents, size):
            places = part.places()
            assert places is not None
            broken += [places[number] for number, _ in part.broken]
            found += part.entries
    assert ids(found) == IDS
    assert broken == [path.read_bytes().index(b"\n" + wrong) + 1]


def test_a_list_that_is_never_closed_does_not_take_the_lines_behind_it_with_it(tmp_path: Path) -> None:
    lines = LINES.split(b"\n")
    path = written(tmp_path, b"\n".join([*lines[:20], b"[" * 10_000, *lines[20:]]))
    found: list[str] = []
    with pytest.raises(BadInput, match="cut off"):
        found.extend(one.resource_id for one in read_items(path))
    assert found == IDS


def test_what_is_no_json_is_counted_as_an_entry_that_is_no_item(tmp_path: Path) -> None:
    path = written(tmp_path, LINES.replace(b'"i-30"', b'"i-30" oops') + b"\n{}")
    index = Index()
    *_, count = index.read(path)
    assert count == 39
    [told] = index.skipped
    place = LINES.index(b'{"relatedEvents": [], "relationships": ', LINES.index(b'"i-29"'))
    assert told.told().endswith(
        f"2 entries are no configuration items and are left out, the first from byte {place:,} on."
    )
    index.close()


@pytest.mark.parametrize("content", [gzip.compress(LINES)[:-60], LINES[:-60]], ids=["gzip", "plain"])
def test_lines_before_a_cut_are_given_before_it_is_told(tmp_path: Path, content: bytes) -> None:
    found: list[str] = []
    with pytest.raises(BadInput, match="the-file is cut off"):
        found.extend(one.resource_id for one in read_items(written(tmp_path, content)))
    assert 30 < len(found) < 40
    assert found == IDS[: len(found)]


def test_many_lines_are_read_in_little_memory(tmp_path: Path) -> None:
    text = spelled(*(item(number, configuration={"text": "x" * 2_000}) for number in range(6_000)))
    path = written(tmp_path, gzip.compress(text, 1))
    del text
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_items(path)) == 6_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12 << 20, peak  # of 15 MiB of text, whose objects would take more


@SIZES
def test_the_items_are_found_behind_a_member_that_is_longer_than_what_is_read_at_a_time(
    tmp_path: Path, size: int
) -> None:
    late = {"before": ["configurationItems", {"configurationItems": [{}]}, "x" * 50_000], **snapshot(*ITEMS)}
    assert ids(entries(written(tmp_path, spelled(late, indent=2)), size)) == IDS


def pascal(document: Document) -> Document:
    """An item as a .NET program or PowerShell writes it."""
    found: Document = {name[0].upper() + name[1:]: value for name, value in document.items()}
    links = [{name[0].upper() + name[1:]: text for name, text in link.items()} for link in document["relationships"]]
    return {**found, "ResourceType": {"Value": document["resourceType"]}, "Relationships": links}


@SIZES
@pytest.mark.parametrize(
    "document",
    [
        {"configurationItems": ITEMS, "nextToken": "more"},
        {"baseConfigurationItems": ITEMS, "unprocessedResourceKeys": []},
        {"Results": [json.dumps(one) for one in ITEMS], "QueryInfo": {"SelectFields": [{"Name": "resourceId"}]}},
        {"ConfigurationItems": [pascal(one) for one in ITEMS]},
        [pascal(one) for one in ITEMS],
        [{"Message": json.dumps({"configurationItem": one})} for one in ITEMS],
    ],
    ids=["history", "batch", "query", "pascal answer", "pascal list", "messages"],
)
def test_answers_of_the_api_in_any_case_of_letters(tmp_path: Path, document: Any, size: int) -> None:
    path = written(tmp_path, spelled(document))
    assert ids(entries(path, size)) == IDS
    first = next(read_items(path))
    assert first.resource_type == "AWS::EC2::Instance"
    assert [link.resource_type for link in first.relationships] == ["AWS::EC2::VPC", "AWS::IAM::Role"]


@SIZES
@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3"])
def test_all_formats(tmp_path: Path, version: str, size: int) -> None:
    old = OLD_SNAPSHOT["configurationItems"]
    items = [{**one, "configurationItemVersion": version} for one in (*old, *ITEMS)]
    path = written(tmp_path, spelled(snapshot(*items), indent=4))
    assert ids(entries(path, size)) == ["vol-0ld", "i-0ld", *IDS]
    assert {one.version for one in read_items(path)} == {version}


@SIZES
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (spelled({"resourceIdentifiers": [{"resourceType": "T", "resourceId": "x"}]}), "identifiers of resources only"),
        (spelled({"Results": ['{"count(*)": 5}']}), "results of a query that are no configuration items"),
        (b"resourceId,resourceType\nvpc-1,AWS::EC2::VPC\n", "is a CSV file"),
        (b'"accountId","tags.Name"\n"1","x"\n', "is a CSV file"),
        (spelled(*({"eventName": "RunInstances", "number": n} for n in range(100))), "something else than"),
        (b"{}\n" * 110_000, "something else than configuration items"),
        (spelled({"Records": [{"eventName": "x" * 2_000_000}]}), "JSON, but no snapshot"),
        (b"\0" * 5_000, "it is binary"),
    ],
    ids=["identifiers", "counts", "csv", "quoted csv", "events", "empty objects", "trail", "zeros"],
)
def test_what_holds_no_items_is_told_by_what_it_is(tmp_path: Path, content: bytes, words: str, size: int) -> None:
    if len(content) > 100_000 and size < 1 << 20:
        pytest.skip("once is enough")
    with pytest.raises(BadInput, match=words):
        list(read_items(written(tmp_path, content)))


@pytest.mark.parametrize(
    "odd",
    [
        5,
        "text",
        None,
        [],
        {},
        {"resourceType": "T"},
        {"resourceType": None, "resourceId": 7},
        [[[]]],
        {"configurationItems": []},
    ],
)
def test_an_entry_of_another_kind_does_not_keep_the_others_away(tmp_path: Path, odd: Any) -> None:
    for document in (snapshot(odd, *ITEMS), snapshot(*ITEMS, odd), [*ITEMS[:5], odd, *ITEMS[5:]]):
        found = list(read_items(written(tmp_path, spelled(document))))
        assert [one.resource_id for one in found] == IDS
    assert [one.resource_id for one in read_items(written(tmp_path, spelled(odd, *ITEMS)))] == IDS


def test_odd_values_are_kept_as_they_are(tmp_path: Path) -> None:
    odd = {"large": 10**40, "deep": json.loads("[" * 300 + "]" * 300), "zero": "a\0b", "half": "\ud83d"}
    path = written(tmp_path, spelled(snapshot(item(1), item(2, configuration=odd), item(2), item(3))))
    found = list(read_items(path))
    assert [one.resource_id for one in found] == ["i-1", "i-2", "i-2", "i-3"]
    assert found[1].configuration == {**odd, "half": "\ufffd"} or found[1].configuration == {**odd, "half": "?"}


def test_an_object_that_is_not_closed_does_not_hide_the_one_behind_it(tmp_path: Path) -> None:
    path = written(tmp_path, spelled(snapshot(*ITEMS[:20]))[:-1] + spelled(snapshot(*ITEMS[20:])))
    found: list[str] = []
    with pytest.raises(BadInput, match="not valid JSON"):
        found.extend(one.resource_id for one in read_items(path))
    assert found == IDS


@SIZES
@pytest.mark.parametrize("before", [b'{"fileVersion": oops, ', b"{oops, ", b'{"a" "b", ', b'{"a": 1 "b": 2, '])
def test_items_behind_a_broken_beginning_are_read_and_it_is_told(tmp_path: Path, before: bytes, size: int) -> None:
    path = written(tmp_path, spelled(history(*ITEMS)).replace(b"{", before, 1))
    found: list[Any] = []
    with opened(path) as source, pytest.raises(BadInput, match="what stands before its items is broken"):
        for part in slices(source, decode_documents, size):
            found += part.entries
    assert ids(found) == IDS


@SIZES
@pytest.mark.parametrize("number", [10**30, -(10**30), 10**400, 1 << 64])
def test_numbers_of_any_length(tmp_path: Path, number: int, size: int) -> None:
    odd = snapshot(*ITEMS[:20], item(20, configuration={"n": number}), *ITEMS[21:])
    assert ids(entries(written(tmp_path, spelled(odd)), size)) == IDS


@pytest.mark.parametrize("number", ["9" * 10_000, "1e999", "-1e999"])
def test_a_number_that_nothing_holds_stays_text(tmp_path: Path, number: str) -> None:
    odd = spelled(snapshot(item(1, configuration={"n": "here"}), item(2))).replace(b'"here"', number.encode())
    path = written(tmp_path, odd)
    index = Index()
    *_, count = index.read(path)
    found = index.items(range(count))
    assert [one.configuration for one in found] == [{"n": number}, item(2)["configuration"]]
    assert found == list(read_items(path))
    index.close()

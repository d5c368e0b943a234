"""Whatever the bytes of a file are, reading them gives items, counts what is broken, or ends in a sentence."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.files.index import Index
from backend.files.inspection import inspect
from backend.files.raw import look
from backend.files.read import decode_documents, read_items, slices
from backend.files.slices import Slice
from backend.files.source import FileSource
from backend.model.item import ConfigurationItem, Document
from backend.model.problem import BadInput
from tests.backend.files.samples import OLD_SNAPSHOT, history, item, snapshot

HOSTILE = st.one_of(
    st.sampled_from(
        [
            '},{"',
            '"}],"',
            "[[{",
            "]}]}",
            '\\"',
            "\\",
            "\n",
            "\x00",
            '{"configurationItems":[',
            "},\n{",
            "\ufeff",
            "\U0001f511",
        ]
    ),
    st.text(alphabet='{}[],:"\\ \n\té\U0001f511', max_size=12),
)
"""Texts that look like the structure around them."""

KEYS = HOSTILE | st.just("configurationItems")

MEMBERS = st.dictionaries(
    st.sampled_from(["relatedEvents", "tags", "configuration", "note"]),
    st.recursive(
        HOSTILE | st.integers() | st.none() | st.booleans(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=5,
    ),
    max_size=4,
)
ITEMS = st.lists(MEMBERS, min_size=1, max_size=12).map(
    lambda found: [{**one, "resourceType": "AWS::EC2::Instance", "resourceId": f"i-{n}"} for n, one in enumerate(found)]
)
STYLES: list[dict[str, Any]] = [
    {"separators": (",", ":")},
    {},
    {"indent": 2},
    {"separators": (" , ", " : ")},
    {"ensure_ascii": False},
]


def _lines(items: list[Document], style: dict[str, Any]) -> bytes:
    return "\n".join(json.dumps(one, **style) for one in items).encode()


def _snapshot(items: list[Document], style: dict[str, Any]) -> bytes:
    return json.dumps({"before": ["x" * 300], **snapshot(*items), "after": {"more": [[]]}}, **style).encode()


def _several(items: list[Document], style: dict[str, Any]) -> bytes:
    half = len(items) // 2
    return b"\n".join(json.dumps(history(*part), **style).encode() for part in (items[:half], items[half:]))


def _list(items: list[Document], style: dict[str, Any]) -> bytes:
    return json.dumps(items, **style).encode()


SPELLINGS = [_lines, _snapshot, _several, _list]
Spelling = Callable[[list[Document], dict[str, Any]], bytes]


def read(content: bytes, size: int) -> list[Slice[list[Any]]]:
    file: Any = io.BufferedReader(io.BytesIO(content))
    return list(slices(FileSource("the-file", file), decode_documents, size))


def entries(parts: list[Slice[list[Any]]]) -> list[Any]:
    return [entry for part in parts for entry in part.entries]


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(ITEMS, st.sampled_from(SPELLINGS), st.sampled_from(STYLES), st.integers(8, 400), st.booleans())
def test_whatever_stands_in_the_items_of_a_valid_file_they_come_as_they_are(
    items: list[Document], spelling: Spelling, style: dict[str, Any], size: int, packed: bool
) -> None:
    content = spelling(items, style)
    assert entries(read(gzip.compress(content) if packed else content, size)) == items


CORPUS = [
    _snapshot([item(number) for number in range(12)], {"separators": (",", ":")}),
    _snapshot([item(number) for number in range(6)], {"indent": 2}),
    _lines([item(number) for number in range(12)], {}),
    _several([item(number, tags={"Name": '},{"'}) for number in range(12)], {}),
    _list([{"Message": json.dumps({"configurationItem": item(number)})} for number in range(6)], {}),
    json.dumps(OLD_SNAPSHOT, indent=4).encode(),
    _snapshot([item(number) for number in range(6)], {}).decode().encode("utf-16"),
    codecs.BOM_UTF8 + _several([item(number) for number in range(6)], {"indent": 1}),
    json.dumps({"Results": [json.dumps(item(1)), json.dumps(item(2))]}).encode(),
]
KINDS = ("flip", "cut", "double", "insert", "drop")
CHANGES = st.lists(
    st.tuples(st.sampled_from(KINDS), st.floats(0, 1), st.integers(1, 400), st.sampled_from(b'{}[]",\\\n\0\xffx0')),
    max_size=4,
)


def changed(content: bytes, changes: list[tuple[str, float, int, int]]) -> bytes:
    for kind, where, length, byte in changes:
        at = int(where * len(content))
        before, some, after = content[:at], content[at : at + length], content[at + length :]
        content = {
            "flip": before + bytes([byte]) + content[at + 1 :],
            "cut": before,
            "double": before + some + some + after,
            "insert": before + bytes([byte]) * (length % 7) + content[at:],
            "drop": before + after,
        }[kind]
    return content


@pytest.mark.soak
@settings(max_examples=3_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(CORPUS), CHANGES, CHANGES, st.booleans())
def test_whoever_reads_damaged_files_gets_items_or_a_sentence(
    tmp_path: Path, content: bytes, changes: list[Any], packed_changes: list[Any], packed: bool
) -> None:
    text = changed(content, changes)
    path = tmp_path / "the-file"
    path.write_bytes(changed(gzip.compress(text), packed_changes) if packed else text)
    index = Index()
    with contextlib.suppress(BadInput):
        list(index.read(path))
    items = index.items(range(index.count))
    with contextlib.suppress(BadInput):
        found = inspect(path)
        assert found.items == len(items)
    again: list[ConfigurationItem] = []
    with contextlib.suppress(BadInput):
        again.extend(read_items(path))
    assert again == items
    with contextlib.suppress(BadInput):
        look(path)
    index.close()


@pytest.mark.soak
@settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(CORPUS), CHANGES, CHANGES, st.sampled_from([16, 100, 3_000, 1 << 20]), st.booleans())
def test_damaged_files_are_read_as_far_as_they_go_and_nothing_else_is_raised(
    content: bytes, changes: list[Any], packed_changes: list[Any], size: int, packed: bool
) -> None:
    text = changed(content, changes)
    if packed:
        text = changed(gzip.compress(text), packed_changes)
    began = time.monotonic()
    try:
        found = entries(read(text, size))
    except BadInput as problem:
        assert changes or packed_changes, problem
        assert str(problem).endswith(".")
    else:
        if not changes and not (packed and packed_changes):
            assert found == entries(read(content, 1 << 20))
    assert time.monotonic() - began < 20

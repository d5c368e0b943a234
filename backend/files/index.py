"""What is kept of files that are being read: a short row for each item, and the items themselves on disk.

The items lie compressed, slice by slice, in a nameless temporary file, so that a snapshot of any size takes memory
for its rows only (about 0.4 kB an item), and any item is there again in some milliseconds.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from isal import isal_zlib

from backend.files.read import decode_documents, no_items, slices
from backend.files.source import called, opened
from backend.files.split import Slice
from backend.model.item import DELETED_STATUSES, ConfigurationItem, Json, ResourceKey
from backend.model.moment import Moment
from backend.model.problem import Problem
from backend.model.spelling import fold, is_item, read_item, read_moment


class Row(msgspec.Struct, gc=False):
    """What is known of an item without opening it."""

    resource_type: str
    resource_id: str
    resource_name: str | None
    region: str
    account: str
    captured: Moment
    deleted: bool
    block: int
    place: int
    """Its number within the block."""

    @property
    def key(self) -> ResourceKey:
        return ResourceKey(self.resource_type, self.resource_id)


class Skipped(msgspec.Struct):
    """Entries of a file that are no configuration items."""

    name: str
    """That of the file."""
    count: int = 0
    first: Json = None
    offset: int | None = None
    """Where the first one begins, in bytes of what is inflated, where that is known."""

    def add(self, entry: Json, offset: int | None) -> None:
        if not self.count:
            self.first, self.offset = entry, offset
        self.count += 1

    def told(self) -> str:
        """All of it in a sentence."""
        some = f"{self.count:,} entries are no configuration items and are"
        if self.count == 1:
            some = "1 entry is no configuration item and is"
        place = f", the first from byte {self.offset:,} on" if self.offset is not None else ""
        return f"{self.name}: {some} left out{place}."


class _Link(msgspec.Struct, gc=False):
    resource_id: str | None = msgspec.field(name="resourceId", default=None)
    resource_name: str | None = msgspec.field(name="resourceName", default=None)


class _Head(msgspec.Struct, gc=False):
    """The members of an item that a row is made of; the rest is passed over without making objects of it."""

    resource_type: str = msgspec.field(name="resourceType")
    resource_id: str = msgspec.field(name="resourceId")
    resource_name: str | None = msgspec.field(name="resourceName", default=None)
    region: str | None = msgspec.field(name="awsRegion", default=None)
    account: str | None = msgspec.field(name="awsAccountId", default=None)
    old_account: str | None = msgspec.field(name="accountId", default=None)
    captured: str | float | None = msgspec.field(name="configurationItemCaptureTime", default=None)
    status: str | None = msgspec.field(name="configurationItemStatus", default=None)
    links: list[_Link] | None = msgspec.field(name="relationships", default=None)


class _Block(NamedTuple):
    offset: int
    length: int


_HEADS = msgspec.json.Decoder(list[_Head])


class Index:
    """Rows and items of any number of files; filled by one thread at a time, read by any."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.snapshot = False
        """Whether the file that is being read says that it is a snapshot, in which no resource comes twice."""
        self.position = 0
        """Bytes of the files that were taken so far, as they lie there."""
        self.skipped: list[Skipped] = []
        """What was passed over, by file."""
        self._rows_of: dict[ResourceKey, list[int]] = {}
        self._referring: dict[str, list[int]] = {}
        """Rows whose item has a link to an id or a name."""
        self._named: dict[tuple[str, str], int] = {}
        self._named_until = 0
        self._blocks: list[_Block] = []
        self._first_rows: list[int] = []
        """The row of the first item of each block."""
        self._bodies = tempfile.TemporaryFile(prefix="configscope-")  # noqa: SIM115 - `close` ends it
        self._size = 0

    def read(self, path: Path) -> Iterator[int]:
        """Take in a file; after each slice of about a MiB the number of rows so far. Raises `BadInput`.

        Entries that are no items are passed over, counted and told of in `skipped`.
        """
        before, left_out = len(self.rows), Skipped(called(path))
        passed = self.position
        with opened(path) as source:
            for part in slices(source, _decode_heads):
                self.snapshot = part.snapshot
                self.position = passed + source.position
                heads, text = _only_items(part, left_out)
                if left_out.count and left_out not in self.skipped:
                    self.skipped.append(left_out)
                block = self._keep(text)
                for place, head in enumerate(heads):
                    self._add(head if isinstance(head, _Head) else _head_of(head), block, place)
                yield len(self.rows)
        if left_out.count and len(self.rows) == before:
            raise no_items(called(path), left_out.first)

    def newest(self, key: ResourceKey) -> int | None:
        """The row of the newest item of a resource, whatever spelling of the type the key has."""
        numbers = self._rows_of.get(fold(key))
        return max(numbers, key=lambda number: (self.rows[number].captured, number)) if numbers else None

    def all_of(self, key: ResourceKey) -> list[int]:
        """The rows of all items of a resource, newest first."""
        numbers = self._rows_of.get(fold(key), [])
        return sorted(numbers, key=lambda number: (self.rows[number].captured, number), reverse=True)

    def newest_rows(self) -> Iterator[Row]:
        """One row for each resource: its newest."""
        for number in self.newest_numbers():
            yield self.rows[number]

    def newest_numbers(self, until: Moment | None = None) -> Iterator[int]:
        """The number of the newest row of each resource; none of those that have only rows after `until`."""
        for numbers in self._rows_of.values():
            if until is None and len(numbers) == 1:
                yield numbers[0]
                continue
            known = numbers if until is None else [each for each in numbers if self.rows[each].captured <= until]
            if known:
                yield max(known, key=lambda number: (self.rows[number].captured, number))

    def named(self, resource_type: str, name: str) -> int | None:
        """The row of the resource of a type that has a name: links of newer types name no id."""
        if self._named_until != len(self.rows):
            for number, row in enumerate(self.rows[self._named_until :], self._named_until):
                if row.resource_name:
                    self._named[row.resource_type.casefold(), row.resource_name] = number
            self._named_until = len(self.rows)
        return self._named.get((resource_type.casefold(), name))

    def referring(self, *names: str | None) -> list[int]:
        """Rows whose item links to one of these ids or names."""
        return sorted({number for name in names if name for number in self._referring.get(name, ())})

    def mentioning(self, texts: Sequence[str]) -> Iterator[int]:
        """Rows whose item holds one of these texts anywhere, as a word of its own; all items are searched.

        It takes about as long as unpacking the file (a second for a gigabyte), and no memory.
        """
        wanted = [text.encode() for text in texts]
        for number, first in enumerate(self._first_rows):
            text = self._text_of(number)
            if any(each in text for each in wanted):
                for place, document in enumerate(msgspec.json.decode(text, type=list[msgspec.Raw])):
                    if any(_says(bytes(document), each) for each in wanted):
                        yield first + place

    def items(self, numbers: Sequence[int]) -> list[ConfigurationItem]:
        """The items of rows, in the order of the rows asked for."""
        opened_blocks: dict[int, list[msgspec.Raw]] = {}
        found = []
        for number in numbers:
            row = self.rows[number]
            if row.block not in opened_blocks:
                opened_blocks[row.block] = self._open(row.block)
            [document] = decode_documents(b"[" + bytes(opened_blocks[row.block][row.place]) + b"]")
            found.append(read_item(document))
        return found

    def fingerprints(self) -> list[bytes]:
        """Sixteen bytes for each row that are the same for the same text; all items are read once more."""
        marks: list[bytes] = []
        for number in range(len(self._blocks)):
            marks += [blake2b(document, digest_size=16).digest() for document in self._open(number)]
        return marks

    def close(self) -> None:
        self._bodies.close()

    def _add(self, head: _Head, block: int, place: int) -> None:
        number = len(self.rows)
        row = Row(
            resource_type=sys.intern(head.resource_type),
            resource_id=head.resource_id,
            resource_name=head.resource_name or None,
            region=sys.intern(head.region or ""),
            account=sys.intern(head.account or head.old_account or ""),
            captured=read_moment(head.captured) or 0,
            deleted=head.status in DELETED_STATUSES,
            block=block,
            place=place,
        )
        self.rows.append(row)
        self._rows_of.setdefault(fold(row.key), []).append(number)
        for link in head.links or ():
            target = link.resource_id or link.resource_name
            if target:
                self._referring.setdefault(target, []).append(number)

    def _keep(self, text: memoryview) -> int:
        packed = isal_zlib.compress(text, 1)
        try:
            self._bodies.seek(self._size)
            self._bodies.write(packed)
            self._bodies.flush()
        except OSError as error:
            raise Problem(
                "The file is too large for this machine's temporary folder",
                error.strerror or str(error),
                f"Free some space below {tempfile.gettempdir()}, or set TMPDIR to another folder",
            ) from error
        self._blocks.append(_Block(self._size, len(packed)))
        self._first_rows.append(len(self.rows))
        self._size += len(packed)
        return len(self._blocks) - 1

    def _open(self, block: int) -> list[msgspec.Raw]:
        return msgspec.json.decode(self._text_of(block), type=list[msgspec.Raw])

    def _text_of(self, block: int) -> bytes:
        offset, length = self._blocks[block].offset, self._blocks[block].length
        text: bytes = isal_zlib.decompress(os.pread(self._bodies.fileno(), length, offset))
        return text


_WORD = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.")
"""What a name may go on with, so that `web` is not found in `web-1`."""


def _says(text: bytes, wanted: bytes) -> bool:
    """Whether a text holds another one, with nothing before and after it that belongs to the same word."""
    at = text.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        if (at == 0 or text[at - 1] not in _WORD) and (end == len(text) or text[end] not in _WORD):
            return True
        at = text.find(wanted, at + 1)
    return False


def _decode_heads(text: memoryview) -> list[Any]:
    """Heads where the slice is spelled as usual, else (numbers for text, bytes that are no UTF-8) whole objects."""
    try:
        return _HEADS.decode(text)
    except (msgspec.ValidationError, UnicodeDecodeError):
        return decode_documents(text)


def _only_items(part: Slice[list[Any]], left_out: Skipped) -> tuple[list[Any], memoryview]:
    """The entries of a slice that are items, and their text; the others are counted."""
    entries = part.entries
    good = [isinstance(one, _Head) or is_item(one) for one in entries]
    if all(good):
        return entries, part.text
    raw, places = part.raw(), part.places()
    for number, one in enumerate(good):
        if not one:
            left_out.add(entries[number], places[number] if places else None)
    kept = [number for number, one in enumerate(good) if one]
    return [entries[number] for number in kept], memoryview(b"[" + b",".join(raw[number] for number in kept) + b"]")


def _head_of(document: Json) -> _Head:
    item = read_item(document)
    return _Head(
        resource_type=item.resource_type,
        resource_id=item.resource_id,
        resource_name=item.resource_name,
        region=item.region,
        account=item.account_id,
        captured=item.capture_time / 1000,
        status=item.status,
        links=[_Link(link.resource_id, link.resource_name) for link in item.relationships],
    )

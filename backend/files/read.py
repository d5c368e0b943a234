"""Reading configuration items from the files in which they are met.

A snapshot or history file, the answer of an API call, a list of items, a single item, a notification (bare or in
its SNS envelope), and any of these one after the other, as in files of one item a line; plain or gzip. Long ones are
streamed: memory holds a slice of a MiB, not the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from backend.files.documents import Documents
from backend.files.slices import Decode, Slice, T
from backend.files.slices import decode_documents as decode_documents
from backend.files.source import Source, opened
from backend.files.window import BUFFER, Window
from backend.model.item import ConfigurationItem, Json
from backend.model.problem import BadInput
from backend.model.spelling import is_item, read_item


def read_items(path: Path, largest: int | None = None) -> Iterator[ConfigurationItem]:
    """The items of a file in the order they are in. Raises `BadInput`; items before a flaw are given first.

    An entry that is no item is passed over; a file that has no other is none of ours. `largest` are the bytes that
    the file may inflate to, in place of the usual limits.
    """
    other: list[Json] = []
    found = False
    with opened(path, largest) as source:
        for part in slices(source, decode_documents):
            for document in part.entries:
                if is_item(document):
                    found = True
                    yield read_item(document)
                elif not other:
                    other.append(document)
        if other and not found:
            raise no_items(source.name, other[0])


def check(path: Path, largest: int | None = None) -> None:
    """Raise `BadInput` when the beginning of a file already shows that it holds no items."""
    for _ in read_items(path, largest):
        return


def slices(source: Source, decode: Decode[T], size: int = BUFFER) -> Iterator[Slice[T]]:
    """The items of a source in slices, each a JSON array of about `size` bytes or less.

    What is no valid JSON among them is an entry that is text. `decode` may raise `msgspec.DecodeError`. Raises
    `BadInput` when the source holds no items, or is not whole: after what could be read.
    """
    return Documents(Window(source, size), decode).slices()


def no_items(name: str, entry: Json) -> BadInput:
    """What is to be said of a file of whose entries none is an item; `entry` is the first of them."""
    return BadInput(f"{name} holds something else than configuration items", _without(entry))


def _without(document: Json) -> str:
    if not isinstance(document, dict):
        return "an entry is no JSON object"
    return "an entry lacks its " + ("resourceId" if document.get("resourceType") else "resourceType")

"""Some entries of a file: what the readers of long files hand on."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from backend.model.item import Json

T = TypeVar("T")

Decode = Callable[[memoryview], T]
"""Decodes a JSON array. Raises `msgspec.DecodeError`."""

_SHOWN = 200
"""Bytes that are kept of a broken entry."""


class Slice(NamedTuple, Generic[T]):
    """Some entries: decoded, and as JSON text that is valid until the next slice is asked for."""

    entries: T
    text: memoryview
    snapshot: bool = False
    """Whether the file says beforehand that it is a snapshot: then no resource comes twice."""
    offset: int | None = None
    """Where the text begins in the file, in bytes of what is inflated; None where it was put together from parts."""
    head: bytes = b""
    """What stands in the file before the array."""
    spots: Sequence[int] = ()
    """Where each entry begins in the file, of a text that was put together from parts."""
    broken: Sequence[tuple[int, str]] = ()
    """Numbers of the entries that are no valid JSON, each with the reason; the entry is the text it begins with."""
    lines: bool = False
    """Whether it is of a file of several documents that are items, as those of one a line are."""
    strangers: int = 0
    """How many of the entries are known to be no items."""

    def raw(self) -> list[bytes]:
        """The entries as they are spelled."""
        return [bytes(one) for one in msgspec.json.decode(self.text, type=list[msgspec.Raw])]

    def places(self) -> list[int] | None:
        """Where each entry begins in the file; None where that is not known."""
        if self.offset is None:
            return list(self.spots) or None
        text, found, at = bytes(self.text), [], 1
        for one in self.raw():
            at = text.index(one, at)
            found.append(self.offset + at)
            at += len(one)
        return found


def decode_documents(text: memoryview | bytes) -> list[Json]:
    """A slice as JSON values; what is no UTF-8 in it is replaced by a mark, a number beyond all limits stays text."""
    try:
        return msgspec.json.decode(text, type=list[Any])
    except UnicodeDecodeError:
        return decode_documents(str(text, "utf-8", "replace").encode())
    except msgspec.ValidationError:
        return list(loosely(text))


def loosely(text: memoryview | bytes) -> Json:
    """A value as Python's decoder takes it, which takes more: with control characters in it, and half letters.

    They occur in real items (a description with a line break in an inventory). Raises `ValueError`.
    """
    return json.loads(str(text, "utf-8", "replace"), strict=False, parse_int=_number, parse_float=_number)


def _number(text: str) -> Json:
    """A number, or its text where nothing holds it: `1e999`, or more digits than Python reads."""
    try:
        return int(text)
    except ValueError:
        found = float(text)
    return found if math.isfinite(found) else text


class Piece(NamedTuple):
    """An entry that was found by itself."""

    text: bytes
    spot: int
    """Where it begins in the file."""
    fault: str = ""
    """Why it is no valid JSON; then the text is a JSON string of its beginning."""
    item: bool = False
    """Whether it is a configuration item."""


def broken(text: bytes, spot: int, fault: str) -> Piece:
    """A piece that stands for one that cannot be read."""
    return Piece(msgspec.json.encode(str(text[:_SHOWN], "utf-8", "replace")), spot, fault)


def put_together(
    pieces: Sequence[Piece], decode: Decode[T], *, snapshot: bool = False, head: bytes = b"", lines: bool = False
) -> Slice[T]:
    """A slice of pieces; one that the decoder does not take is broken, and left out where it takes objects only."""
    text = _listed(pieces)
    try:
        entries = decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pieces = [taken for piece in pieces for taken in _taken(piece, decode)]
        text = _listed(pieces)
        entries = decode(text)
    strangers = len(pieces) - sum(piece.item for piece in pieces)
    faults = [(number, piece.fault) for number, piece in enumerate(pieces) if piece.fault]
    return Slice(entries, text, snapshot, None, head, [piece.spot for piece in pieces], faults, lines, strangers)


def _listed(pieces: Sequence[Piece]) -> memoryview:
    return memoryview(b"[" + b",".join(piece.text for piece in pieces) + b"]")


def _taken(piece: Piece, decode: Decode[T]) -> list[Piece]:
    """A piece as the decoder takes it: as it is, in UTF-8, or as a broken one."""
    fault = piece.fault
    readable = piece._replace(text=str(piece.text, "utf-8", "replace").encode())
    for attempt in (piece, readable):
        try:
            decode(_listed([attempt]))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            fault = fault or str(error)
        else:
            return [attempt]
    beginning = broken(piece.text, piece.spot, fault)
    try:
        decode(_listed([beginning]))
    except msgspec.DecodeError:
        return []
    return [beginning]

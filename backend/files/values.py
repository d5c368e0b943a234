"""Where one JSON value ends in a text that goes on after it, and what can be made of one that is no valid JSON."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

import msgspec

from backend.files.shapes import are_items, items_in, may_hold_items
from backend.files.slices import Piece, broken, decode_documents, loosely
from backend.files.window import Window
from backend.model.item import Json
from backend.model.spelling import is_item

_WHOLE = msgspec.json.Decoder(msgspec.Raw)
_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")
"""How msgspec says where a value ended: it counts from 1."""

_DEEP = "it is nested too deeply"

_REACH = 1 << 14
"""Bytes behind the next entry, as it seems, in which the end of a broken one is looked for."""

_SCANNED = 2 << 20
"""Bytes in which the closing bracket of a broken value is looked for: it takes its time."""

_CANDIDATES = 50
"""Places where the next entry seems to begin that are looked at."""

_LONG = 1 << 20
"""Bytes from which on a value is not made objects of to see that there is no item in it."""

ANY_BORDER = b"},{"
"""What stands between entries of which nothing is known."""

_STEP = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["\[\]{}]', re.DOTALL)
"""What brackets are counted by: a string is passed over whole, a quote that is left opens one without end."""
_LINE = re.compile(rb"\n(?=[\[{])")
"""A line that begins with a bracket: in files of one document a line, or of several spread ones, the next of them."""


class Value(NamedTuple):
    """A value in a window."""

    end: int
    fault: str = ""
    """Why it is no valid JSON; then `end` is where the next one may begin."""


def ended(error: msgspec.DecodeError) -> int | None:
    """How long the value was after which a text went on, blanks behind it included; None for any other error."""
    found = _TRAILING.search(str(error))
    return int(found[1]) - 1 if found else None


def unfinished(error: msgspec.DecodeError) -> bool:
    """Whether a text only ended too early; nothing else tells msgspec's errors apart."""
    return "truncated" in str(error)


def value_at(window: Window, start: int, border: bytes = b"") -> Value | None:
    """The value that begins at a position; None where the window ends before it does.

    `border` is what stands between two entries of the list that it is in; without one it is a document of its own.
    """
    try:
        _WHOLE.decode(window.text(start, window.end))
    except msgspec.DecodeError as error:
        length = ended(error)
        if length is not None:
            return Value(start + length)
        if not unfinished(error):
            return _broken(window, start, border, str(error).removeprefix("JSON is malformed: "))
        # Half a letter before the end looks as if the text went on.
        if window.finished and (end := _closed(window, start, window.end)) is not None:
            return Value(end, str(error))
        return None
    except RecursionError:
        return _broken(window, start, border, _DEEP)
    # A number may go on.
    return Value(window.end) if window.finished or window.buffer[start] in b'{["' else None


def pieces_of(window: Window, start: int, value: Value) -> list[Piece]:
    """What is in a value: the items in it, itself where there are none, or that it is broken."""
    text, spot = bytes(window.text(start, value.end)).strip(), window.passed + start
    if value.fault:
        whole = mended(text)
        if whole is None:
            return [broken(text, spot, value.fault)]
        text = whole
    if are_items(b"[%b]" % text):
        return [Piece(text, spot, item=True)]
    if len(text) > _LONG and not may_hold_items(text):
        return [Piece(b"{}", spot)]
    try:
        [document] = decode_documents(b"[%b]" % text)
    except (msgspec.DecodeError, RecursionError) as error:
        return [broken(text, spot, str(error))]
    items = items_in(document)
    if items is None:
        return [Piece(text, spot)]
    return [Piece(spelled(item), spot, item=is_item(item)) for item in items]


def mended(text: bytes) -> bytes | None:
    """A value that is no valid JSON as one that is, where Python's decoder takes it."""
    try:
        return spelled(loosely(text))
    except (ValueError, RecursionError):
        return None


def spelled(value: Json) -> bytes:
    """A value as JSON again; half a letter, which Python's decoder lets in, is replaced by a mark."""
    try:
        return msgspec.json.encode(value)
    except (OverflowError, UnicodeEncodeError):  # whole numbers beyond 64 bits, lone surrogates
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _broken(window: Window, start: int, border: bytes, fault: str) -> Value | None:
    """Where a value that is no valid JSON ends: at its own bracket, or where the next one seems to begin."""
    if not border:
        line = _LINE.search(window.buffer, start, window.end)
        following = line.start() if line else None
        end = _closed(window, start, window.end if following is None else following) or following
        return Value(end, fault) if end is not None else _last(window, fault)
    following = _after_border(window, start, border)
    # What looks like the next entry may stand inside of this one; looking far for each one takes its time.
    reach = window.end if following is None else following + _REACH + 4 * (following - start)
    end = _closed(window, start, min(reach, window.end))
    if end is not None and window.at(window.skip(end)) in (b",", b"]"):
        return Value(end, fault)
    if end is None and reach > window.end and not window.finished:
        return None
    return _next(window, start, border, fault)


def _next(window: Window, start: int, border: bytes, fault: str) -> Value | None:
    """Up to the next entry that is an item, so that a part of an entry is not taken for one."""
    found = first = _after_border(window, start, border)
    for _ in range(_CANDIDATES):
        if found is None:
            break
        opening = window.find(b"{", found)
        try:
            _WHOLE.decode(window.text(opening, window.end))
            length: int | None = window.end - opening
        except msgspec.DecodeError as error:
            length = ended(error)
            if length is None and unfinished(error) and not window.finished:
                return None
        except RecursionError:
            length = None
        if length is not None and (
            border == ANY_BORDER or are_items(b"[%b]" % bytes(window.text(opening, opening + length)))
        ):
            return Value(found, fault)
        found = _after_border(window, found, border)
    return _last(window, fault) if first is None else Value(first, fault)


def _last(window: Window, fault: str) -> Value | None:
    return Value(window.end, fault) if window.finished else None


def _after_border(window: Window, start: int, border: bytes) -> int | None:
    """Where the comma of the next border is; a list of which nothing is known may be a line that was never closed."""
    found = window.find(border, start + 1)
    if border == ANY_BORDER and (line := _LINE.search(window.buffer, start, found if found >= 0 else window.end)):
        return line.start()
    return found + 1 if found >= 0 else None


def _closed(window: Window, start: int, end: int) -> int | None:
    """Where the bracket is closed that is opened at a position; None where it is not, or there is none."""
    if window.at(start) not in (b"{", b"["):
        return None
    depth = 0
    for step in _STEP.finditer(window.buffer, start, min(end, start + _SCANNED)):
        token = step[0]
        if token == b'"':
            return None
        if token in (b"{", b"["):
            depth += 1
        elif token in (b"}", b"]"):
            depth -= 1
            if not depth:
                return step.end()
    return None

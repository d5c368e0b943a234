"""Finding the list of items among the members of an object, of which some may be longer than the window."""

from __future__ import annotations

from backend.files.shapes import LISTS
from backend.files.values import Value, value_at
from backend.files.window import Window

SPELLED_LISTS = tuple(f'"{name}"'.encode() for name in LISTS)


def list_in(window: Window) -> int | None:
    """Where the list of items begins that is a member of the object at the beginning of the window.

    None where there is none. What comes before it may be broken. Reads on as far as it takes; raises `BadInput` for a
    member that is too much to hold.
    """
    if not any(window.find(name, 0) >= 0 for name in SPELLED_LISTS) and value_at(window, 0) is not None:
        return None
    position = 1
    while True:
        name = _value(window, position)
        if name is None or window.at(begin := _after(window, name.end)) != b":":
            return _sought(window)
        begin = _after(window, begin + 1)
        if window.at(begin) == b"[" and bytes(window.text(position, name.end)).strip() in SPELLED_LISTS:
            return begin
        value = _value(window, begin)
        if value is None:
            return _sought(window)
        if window.at(position := _after(window, value.end)) != b",":
            return None if window.at(position) == b"}" else _sought(window)
        position = _after(window, position + 1)


def _sought(window: Window) -> int | None:
    """Where something that looks like the list begins, in an object that is broken before it."""
    for name in SPELLED_LISTS:
        found = window.find(name, 0)
        begin = window.skip(window.skip(found + len(name)) + 1)
        if found >= 0 and window.at(begin) == b"[":
            return begin
    return None


def _after(window: Window, position: int) -> int:
    """The first position from here on that is no blank, once it is read."""
    while (found := window.skip(position)) == window.end and not window.finished:
        window.more()
    return found


def _value(window: Window, position: int) -> Value | None:
    """The value at a position, once it is read; None for one that is broken or has no end."""
    while (value := value_at(window, position)) is None and not window.finished:
        window.more()
    return None if value is None or value.fault else value

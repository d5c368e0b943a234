"""What the JSON tree shows on its lines: fields, their ways, and how values read as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias
from urllib.parse import unquote

import msgspec

from backend.model.item import Json
from tui.text import READ_AHEAD, visible, width

JsonPath: TypeAlias = tuple[str | int, ...]
"""The way to a value: field names, list positions, and `INSIDE` into a text that is JSON itself."""

INSIDE = "(json)"
"""The step from a text to the JSON it holds."""

_FULL_FROM = 60
"""Characters from which a text can be opened to stand in full."""
_READABLE = 500_000
"""Characters up to which a text is tried as JSON."""
_UNFOLDED = 100_000
"""Characters of one text that are unfolded; a list of its lines beyond that helps nobody and takes seconds."""
_LOOKS_LIKE_A_VALUE = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?|true|false|null|[\[{].*|\s.*|.*\s|\"?", re.DOTALL)


class Node:
    """A line of the tree: a field with its value, or a piece of a text that stands in full."""

    __slots__ = ("depth", "is_piece", "key", "open", "parent", "value")

    def __init__(self, parent: Node | None, key: str | int, value: Json, *, is_piece: bool = False) -> None:
        self.parent = parent
        self.key = key
        self.value = value
        self.is_piece = is_piece
        self.depth: int = -1 if parent is None else parent.depth + 1
        self.open = False

    @property
    def path(self) -> JsonPath:
        steps: list[str | int] = []
        node = self
        while node.parent is not None:
            steps.append(node.key)
            node = node.parent
        return tuple(reversed(steps))

    @property
    def label(self) -> str:
        """How the field is named in its row."""
        if self.is_piece:
            return ""
        return f"[{self.key}]" if isinstance(self.key, int) else self.key

    @property
    def is_text(self) -> bool:
        """True for a text long enough, or broken into lines, to be worth opening."""
        value = self.value
        return isinstance(value, str) and not self.is_piece and (len(value) > _FULL_FROM or "\n" in value)

    @property
    def can_open(self) -> bool:
        return self.is_text or _may_be_json(self.value) or (isinstance(self.value, dict | list) and bool(self.value))

    @property
    def shown(self) -> str:
        """A plain value as text; texts that could be taken for something else stand in quotes."""
        value = self.value
        if isinstance(value, str):
            mistakable = len(value) <= _FULL_FROM and _LOOKS_LIKE_A_VALUE.fullmatch(value)
            return f'"{value}"' if mistakable else value
        return value_text(value)

    def unfold(self, cells: int) -> list[Node]:
        """Open this node: the lines that stand below it. A text is broken to `cells` cells."""
        self.open = True
        value = self.value
        if isinstance(value, str):
            held = _held_json(value)
            if held is None:
                return [Node(self, place, piece, is_piece=True) for place, piece in enumerate(_broken(value, cells))]
            inner = Node(self, INSIDE, held)
            inner.open = True
            return [inner, *_children(inner)]
        if isinstance(value, dict | list):
            return _children(self)
        if self.parent is None and value is not None:
            return [Node(self, "value", value)]
        return []


def _children(node: Node) -> list[Node]:
    value = node.value
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    return [Node(node, key if isinstance(key, int) else str(key), child) for key, child in pairs]


def _may_be_json(value: Json) -> bool:
    return isinstance(value, str) and 2 < len(value) <= _READABLE and value.startswith(("{", "[", "%7B", "%5B"))


def _held_json(text: str) -> Json:
    """The object or list that a text spells, also URL-encoded as IAM's policies are; None when it does not."""
    if not _may_be_json(text):
        return None
    try:
        held = msgspec.json.decode(unquote(text) if text.startswith("%") else text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    return held if isinstance(held, dict | list) and held else None


def _broken(text: str, cells: int) -> list[str]:
    """A text in lines of `cells` cells, broken at its own line ends too.

    Nothing of it is left out up to `_UNFOLDED` characters; of what is longer the last line tells how much follows.
    """
    pieces: list[str] = []
    for line in text[:_UNFOLDED].split("\n"):
        pieces += _lines_of(visible(line.expandtabs(4).removesuffix("\r")), max(2, cells))
    if len(text) > _UNFOLDED:
        pieces.append(f"… and {len(text) - _UNFOLDED:,} characters more; copied whole")
    return pieces


def _lines_of(line: str, cells: int) -> Iterator[str]:
    """A line in pieces of at most so many cells; at least one."""
    start = 0
    while len(line) - start > READ_AHEAD * cells or width(line[start:]) > cells:
        end = start + cells
        while (over := width(line[start:end]) - cells) > 0:
            end -= max(1, over // 2)
        end = max(start + 1, end)
        yield line[start:end]
        start = end
    yield line[start:]


def path_text(path: JsonPath) -> str:
    """A path as people write it: `configuration.groups[0].groupId`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def value_text(value: Json) -> str:
    """A value in full: text as it is, all else as JSON."""
    if isinstance(value, str):
        return value
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError):
        return repr(value)  # not JSON at all, such as a number beyond every range


def walk(value: Json) -> Iterator[tuple[JsonPath, Json]]:
    """Every field of a value with its path, in the order of the lines, without recursion."""
    stack: list[tuple[JsonPath, Json]] = [((), value)]
    while stack:
        path, here = stack.pop()
        if path:
            yield path, here
        if isinstance(here, dict):
            stack.extend(((*path, str(key)), child) for key, child in reversed(here.items()))
        elif isinstance(here, list):
            stack.extend(((*path, place), child) for place, child in reversed(list(enumerate(here))))

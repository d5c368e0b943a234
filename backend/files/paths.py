"""What items have at a path (`configuration.instanceType`), and texts anywhere in them: all items are looked through.

Only what holds the last name of the path is decoded; a list on the way stands for each of its elements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TypeAlias

import msgspec
import numpy as np

from backend.files.columns import Numbers
from backend.files.finding import finder
from backend.files.index import Index
from backend.files.read import decode_documents
from backend.files.search import Truths
from backend.model.item import Json

Found: TypeAlias = dict[int, str]
"""What rows have at a path, in words; several elements of a list one after the other, with commas."""


def values_at(index: Index, path: str) -> Found:
    """What each row has at a path. Raises `BadInput` when what was kept is damaged."""
    names = path.strip(".").split(".")
    marked = msgspec.json.encode(names[-1]).lower()

    def look(block: int, text: bytearray) -> list[tuple[int, str]]:
        if marked not in text.lower():
            return []
        first = int(index.bodies.first_rows.values[block])
        found = []
        for place, raw in enumerate(msgspec.json.decode(text, type=list[msgspec.Raw])):
            document = bytes(raw)
            if marked in document.lower():
                told = [_told(value) for value in _at(decode_documents(b"[" + document + b"]")[0], names)]
                if told:
                    found.append((first + place, ", ".join(dict.fromkeys(told))))
        return found

    return dict(chain.from_iterable(index.bodies.through(look)))


def holding(index: Index, word: str) -> Truths:
    """Rows whose item has a text anywhere, as it is spelled. Raises `BadInput` when what was kept is damaged."""
    holds = finder()
    spellings = list({word.encode(), msgspec.json.encode(word)[1:-1]})
    truths = np.zeros(index.count, bool)

    def look(block: int, text: bytearray) -> list[int]:
        if not any(holds(text, each) for each in spellings):
            return []
        first = int(index.bodies.first_rows.values[block])
        documents = map(bytes, msgspec.json.decode(text, type=list[msgspec.Raw]))
        return [first + place for place, one in enumerate(documents) if any(each in one for each in spellings)]

    for rows in index.bodies.through(look):
        truths[rows] = True
    return truths


def mentioning(index: Index, texts: Sequence[str]) -> Numbers:
    """Rows whose item holds one of some texts anywhere, as a word of its own. Raises `BadInput` as `holding`."""
    holds = finder()
    wanted = [text.encode() for text in texts]

    def look(block: int, text: bytearray) -> list[int]:
        if not any(holds(text, each) for each in wanted):
            return []
        first = int(index.bodies.first_rows.values[block])
        documents = map(bytes, msgspec.json.decode(text, type=list[msgspec.Raw]))
        return [first + place for place, one in enumerate(documents) if any(_says(one, each) for each in wanted)]

    return np.fromiter(chain.from_iterable(index.bodies.through(look)), "i8")


def _at(value: Json, names: list[str]) -> Iterator[Json]:
    """The values at a path; names are compared without regard to case, as nobody remembers how AWS spells which."""
    if isinstance(value, list):
        for one in value:
            yield from _at(one, names)
    elif not names:
        if value is not None:
            yield value
    elif isinstance(value, dict):
        name = names[0].casefold()
        for key, inner in value.items():
            if key.casefold() == name:
                yield from _at(inner, names[1:])


def _told(value: Json) -> str:
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


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

"""What rows are searched and ordered by as one types: what each is called, its id and its name, folded.

They are one text a row, `called NUL id NUL name`, so that a word is looked for in all rows by one pass over bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backend.files.columns import Numbers, Texts
from backend.files.heads import Head

_SOME = 20_000
"""Texts that are looked at in one go: a byte takes eight meanwhile."""

END = "\0"
"""Between the parts of a row's text; what else has it there is a stranger's, and is taken out."""


LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-_./:"
"""Signs of which is kept for each row whether it has them: the first one typed is in most rows."""


def letters_of(texts: Texts, count: int) -> Numbers:
    """For each of the first `count` texts, of which none is empty, a bit for each of `LETTERS` that it has."""
    bits = np.zeros(256, "u8")
    bits[np.frombuffer(LETTERS.encode(), "u1")] = np.uint64(1) << np.arange(len(LETTERS), dtype="u8")
    arrays = texts.arrays()
    ends = arrays["ends"][:count]
    found = np.zeros(count, "u8")
    for first in range(0, count, _SOME):
        some = ends[first : first + _SOME]
        start = int(ends[first - 1]) if first else 0
        starts = np.concatenate((np.array([start]), some[:-1])) - start
        found[first : first + _SOME] = np.bitwise_or.reduceat(bits[arrays["bytes"][start : int(some[-1])]], starts)
    return found


def fold_names(heads: Sequence[Head], labels: Sequence[str]) -> list[str]:
    """The text of each row; `labels` are the names that people gave."""
    texts = [
        f"{label or head.resource_name or head.resource_id}{END}{head.resource_id}{END}{head.resource_name or ''}"
        for head, label in zip(heads, labels, strict=True)
    ]
    folded = "\n".join(texts).casefold()
    if folded.count("\n") == len(texts) - 1 and folded.count(END) == 2 * len(texts):
        return folded.split("\n")
    return [_clean(head, label).casefold() for head, label in zip(heads, labels, strict=True)]


def _clean(head: Head, label: str) -> str:
    parts = (label or head.resource_name or head.resource_id, head.resource_id, head.resource_name or "")
    return END.join(part.replace(END, " ").replace("\n", " ") for part in parts)

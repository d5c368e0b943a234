"""What others in files are linked to but has no item there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from backend.files.columns import NOTHING, Numbers
from backend.files.index import Index
from backend.model.derived import VERDICTS
from backend.model.item import ResourceKey


class Missing(NamedTuple):
    """A resource without an item."""

    key: ResourceKey
    """Its id, or its name where the links give no id."""
    row: int
    """The first row that is linked to it."""
    holders: int
    """How many are."""


def missing(index: Index, rows: Numbers) -> list[Missing]:
    """What some rows are linked to and no row is of, in the order in which it is first spoken of."""
    kinds, targets = index.columns["target_type"].values, index.columns["target"].values
    ends = index.column("links_end")
    holders = np.searchsorted(ends, np.arange(int(ends[-1]) if len(ends) else 0), side="right")
    kinds, targets = kinds[: len(holders)], targets[: len(holders)]
    wanted = np.zeros(index.count, bool)
    wanted[rows] = True
    verdicts = index.words_like(lambda word: word.startswith(VERDICTS.casefold()))
    wanted &= ~np.isin(index.column("resource_type"), verdicts)
    links = np.flatnonzero(wanted[holders] & (targets != NOTHING))
    folded = index.folded_words()
    own = folded[index.column("resource_type")].astype("i8") << 32
    known = np.concatenate((own | index.column("resource_id"), own | np.maximum(index.column("resource_name"), 0)))
    ends_of = (folded[kinds[links]].astype("i8") << 32) | targets[links]
    unknown = ~np.isin(ends_of, known)
    links, ends_of = links[unknown], ends_of[unknown]
    _, first, counts = np.unique(ends_of, return_index=True, return_counts=True)
    found = []
    for at in np.argsort(first).tolist():
        link = int(links[first[at]])
        key = ResourceKey(index.words.texts.text(int(kinds[link])), index.ids.texts.text(int(targets[link])))
        found.append(Missing(key, int(holders[link]), int(counts[at])))
    return found

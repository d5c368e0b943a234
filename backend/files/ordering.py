"""Putting very many texts in order: their bytes are compared eight at a time, by columns.

Only those that are alike so far are compared further, so that long common beginnings cost little.
"""

from __future__ import annotations

import numpy as np

from backend.files.columns import Numbers, Texts

_AT_ONCE = 8


def ranks(texts: Texts, count: int) -> Numbers:
    """For each of the first `count` texts its place among them, by their bytes; equal ones keep their order."""
    arrays = texts.arrays()
    ends = arrays["ends"][:count]
    starts = np.concatenate((np.zeros(min(count, 1), "i8"), ends[:-1]))
    data = np.concatenate((arrays["bytes"][: int(ends[-1]) if count else 0], np.zeros(_AT_ONCE, "u1")))
    order = np.arange(count)
    group = np.zeros(count, "i8")
    """For each place in the order, where those begin that are alike so far."""
    open_places = np.arange(count)
    depth = 0
    while len(open_places):
        rows = order[open_places]
        keys = _keys(data, starts[rows] + depth, ends[rows])
        by = np.lexsort((rows, keys, group[open_places]))
        order[open_places] = rows[by]
        keys, groups = keys[by], group[open_places]
        begins = np.ones(len(keys), bool)
        begins[1:] = (keys[1:] != keys[:-1]) | (groups[1:] != groups[:-1])
        group[open_places] = open_places[np.maximum.accumulate(np.where(begins, np.arange(len(keys)), 0))]
        alone = begins & np.append(begins[1:], True)
        depth += _AT_ONCE
        going_on = ~alone & (starts[order[open_places]] + depth < ends[order[open_places]])
        open_places = open_places[going_on]
    found = np.empty(count, "i8")
    found[order] = np.arange(count)
    return found


def _keys(data: Numbers, starts: Numbers, ends: Numbers) -> Numbers:
    """Eight bytes from each start on as one number; 0 beyond the end."""
    keys = np.zeros(len(starts), "u8")
    last = len(data) - 1
    for at in range(_AT_ONCE):
        places = starts + at
        keys = (keys << np.uint64(8)) | np.where(places < ends, data[np.minimum(places, last)], 0).astype("u8")
    return keys

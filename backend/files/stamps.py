"""Many times at once: the spelling that AWS Config's files have is read by columns, any other one by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backend.files.columns import Numbers
from backend.model.item import Json
from backend.model.spelling import read_moment

_USUAL = "2026-03-01T00:00:00.000Z"
_SIGNS = {4: "-", 7: "-", 10: "T", 13: ":", 16: ":", 19: ".", 23: "Z"}
_DIGITS = [place for place in range(len(_USUAL)) if place not in _SIGNS]


def read_moments(values: Sequence[Json]) -> Numbers:
    """Times in milliseconds since 1970, 0 for what is none (`read_moment` says what is one)."""
    given = [value for value in values if value is not None]
    found = _usual(given)
    if found is None:
        found = np.fromiter((read_moment(value) or 0 for value in given), "i8", len(given))
    if len(given) == len(values):
        return found
    spread = np.zeros(len(values), "i8")
    spread[[value is not None for value in values]] = found
    return spread


def _usual(values: Sequence[Json]) -> Numbers | None:
    """The times when all are spelled as in delivered files, and there is such a day; else None."""
    try:
        data = "".join(values).encode("ascii")
    except (TypeError, UnicodeEncodeError):
        return None
    count = len(values)
    if not count or any(len(value) != len(_USUAL) for value in values):
        return None
    signs = np.frombuffer(data, "u1").reshape(count, len(_USUAL))
    if any((signs[:, place] != ord(sign)).any() for place, sign in _SIGNS.items()):
        return None
    digits = signs[:, _DIGITS].astype("i8") - ord("0")
    if ((digits < 0) | (digits > 9)).any():
        return None
    year = digits[:, 0:4] @ [1000, 100, 10, 1]
    month, day, hour, minute, second = (digits[:, at : at + 2] @ [10, 1] for at in (4, 6, 8, 10, 12))
    if ((year < 1) | (month < 1) | (month > 12) | (hour > 23) | (minute > 59) | (second > 59)).any():
        return None
    months = (year - 1970) * 12 + month - 1
    first = months.astype("M8[M]").astype("M8[D]").astype("i8")
    following = (months + 1).astype("M8[M]").astype("M8[D]").astype("i8")
    if ((day < 1) | (first + day > following)).any():
        return None
    minutes = ((first + day - 1) * 24 + hour) * 60 + minute
    found: Numbers = (minutes * 60 + second) * 1000 + digits[:, 14:17] @ [100, 10, 1]
    return found

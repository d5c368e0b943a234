"""Many times at once: the spelling that AWS Config's files have is read by columns, any other one by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backend.files.columns import Numbers
from backend.model.item import Json
from backend.model.spelling import read_moment

_USUAL = "2026-03-01T00:00:00.000Z"
_DIGITS = b"0123456789"
_SIGNS = b"--T::.Z"
"""What stands between the digits of a usual time."""
_PLACES = [place for place, sign in enumerate(_USUAL) if not sign.isdigit()]
_FIRST = int(np.datetime64("0001-01-01", "ms").astype("i8"))
"""Before it there is no year."""


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
        if set(map(len, values)) != {len(_USUAL)}:
            return None
        data = "".join(values).encode("ascii")
        if data.translate(None, _DIGITS) != _SIGNS * len(values):
            return None
        if np.frombuffer(data, "u1").reshape(-1, len(_USUAL))[:, _PLACES].tobytes() != _SIGNS * len(values):
            return None
        found: Numbers = np.array([value[:-1] for value in values], "M8[ms]").astype("i8")
    except (TypeError, ValueError):
        return None
    return found if found.min() >= _FIRST else None

"""Moments as items and facts spell them."""

from __future__ import annotations

import re

from backend.model.item import Json
from backend.model.moment import Moment
from backend.model.spelling import read_moment

_SPOKEN = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)( GMT| UTC|Z)?")


def moment_of(value: Json) -> Moment | None:
    """A moment in any spelling of items, also in a text such as `2026-11-01 10:20:30 GMT`."""
    if isinstance(value, str) and (found := _SPOKEN.match(value)):
        return read_moment(f"{found[1]}T{found[2]}Z")
    return read_moment(value)

"""Many times at once, read as one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.files.stamps import read_moments
from backend.model.item import Json
from backend.model.spelling import read_moment

USUAL = st.datetimes().map(lambda time: f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z".rjust(24, "0"))


@given(st.lists(st.one_of(USUAL, st.none())))
def test_times_as_delivered_files_spell_them(values: list[str | None]) -> None:
    assert read_moments(values).tolist() == [read_moment(value) or 0 for value in values]


@pytest.mark.parametrize(
    "odd",
    [
        "2023-02-29T00:00:00.000Z",
        "2026-13-01T00:00:00.000Z",
        "2026-03-01T25:00:00.000Z",
        "2026-03-01 00:00:00.000Z",
        "0000-03-01T00:00:00.000Z",
        "2026-0301-T00:00:00.000Z",
        "2026-03-01T00:00:60.000Z",
        "2026-03-01T00:00:00Z",
        "２026-03-01T00:00:00.000",
        1772323200.5,
        "",
        None,
        {},
    ],
)
def test_any_other_value_beside_them(odd: Json) -> None:
    usual = "2026-03-01T00:00:00.000Z"
    assert read_moments([usual, odd]).tolist() == [read_moment(usual), read_moment(odd) or 0]

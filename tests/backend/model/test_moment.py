"""Moments: every spelling met is read, one spelling is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.moment import from_datetime, parse, to_compact, to_datetime, to_iso

LAB = 1677555871656


@pytest.mark.requirement("ITM-08", "ITM-09")
def test_a_state_id_is_the_capture_time_in_milliseconds() -> None:
    assert to_iso(LAB) == "2023-02-28T03:44:31.656Z"
    assert parse("2023-02-28T03:44:31.656Z") == LAB


@pytest.mark.requirement("ITM-21", "CHN-15")
@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2014-02-27T21:43:53.0885+0000", "2014-02-27T21:43:53.088Z"),
        ("2023-02-28T14:48:40.549000+07:00", "2023-02-28T07:48:40.549Z"),
        ("2023-02-28T22:50:20Z", "2023-02-28T22:50:20.000Z"),
        ("2023-02-28", "2023-02-28T00:00:00.000Z"),
        (1415138614.125, "2014-11-04T22:03:34.125Z"),
        (datetime(2023, 2, 28, 10, tzinfo=timezone(timedelta(hours=7))), "2023-02-28T03:00:00.000Z"),
    ],
)
def test_the_odd_forms_of_the_samples_are_read(text: str | float | datetime, iso: str) -> None:
    assert to_iso(parse(text)) == iso


@pytest.mark.parametrize("text", ["", "yesterday", "2023-02-28T", "28/02/2023"])
def test_what_is_no_time_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        parse(text)


def test_object_keys_carry_whole_seconds() -> None:
    assert to_compact(LAB) == "20230228T034431Z"


@given(st.integers(min_value=0, max_value=4_102_444_800_000))
def test_writing_and_reading_gives_the_same_moment(moment: int) -> None:
    assert parse(to_iso(moment)) == moment
    assert from_datetime(to_datetime(moment)) == moment
    assert to_datetime(moment).tzinfo is UTC

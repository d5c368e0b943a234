from __future__ import annotations

import pytest

from backend.model.moment import DAY, HOUR, MINUTE, SECOND, parse
from tui import times

NOW = parse("2026-03-07T14:22:31Z")


@pytest.mark.requirement("ITM-20")
def test_moments_are_said_in_utc_and_as_short_as_they_stay_clear() -> None:
    assert times.full(parse("2026-03-07T09:00:00+07:00")) == "2026-03-07 02:00:00"
    assert times.short(parse("2026-03-07T02:00:00Z"), NOW) == "02:00:00"
    assert times.short(parse("2026-02-01T02:00:00Z"), NOW) == "02-01 02:00"
    assert times.short(parse("2014-02-27T21:43:53Z"), NOW) == "2014-02-27"


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (0, "0 s"),
        (999, "0 s"),
        (75 * SECOND, "1 m 15 s"),
        (HOUR, "1 h"),
        (HOUR + 5 * SECOND, "1 h"),
        (26 * HOUR + 3 * MINUTE, "1 d 2 h"),
        (-5, "0 s"),
    ],
)
def test_lengths_are_said_in_their_two_largest_units(span: int, said: str) -> None:
    assert times.length(span) == said


def test_ago_and_ahead() -> None:
    assert times.ago(NOW - 2 * MINUTE, NOW) == "2 m ago"
    assert times.ago(NOW + 2 * HOUR + 14 * MINUTE, NOW) == "in 2 h 14 m"


def test_lengths_are_read() -> None:
    assert times.read_length("6h") == 6 * HOUR
    assert times.read_length("1d 12h") == DAY + 12 * HOUR
    assert times.read_length("+ 90 m") == 90 * MINUTE


@pytest.mark.parametrize("text", ["", "soon", "6", "6h later", "h6"])
def test_other_lengths_are_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="is not a length of time"):
        times.read_length(text)


def test_moments_are_read_in_the_forms_people_type() -> None:
    assert times.read_moment("now", NOW) is None
    assert times.read_moment("-2h", NOW) == NOW - 2 * HOUR
    assert times.read_moment("3d ago", NOW) == NOW - 3 * DAY
    assert times.read_moment("12:30", NOW) == parse("2026-03-07T12:30:00Z")
    assert times.read_moment("2026-03-01 12:00", NOW) == parse("2026-03-01T12:00:00Z")
    assert times.read_moment("2026-03-01", NOW) == parse("2026-03-01")


def test_nonsense_and_the_future_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="is not a moment"):
        times.read_moment("yesterday-ish", NOW)
    with pytest.raises(ValueError, match="still to come"):
        times.read_moment("2030-01-01", NOW)

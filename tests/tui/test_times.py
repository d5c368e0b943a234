from __future__ import annotations

import pytest

from backend.model.moment import DAY, HOUR, MINUTE, SECOND, parse
from tui import times

NOW = parse("2026-03-07T14:22:31Z")


@pytest.mark.requirement("ITM-20")
def test_moments_are_said_in_utc_and_as_short_as_they_stay_clear() -> None:
    assert times.full(parse("2026-03-07T09:00:00+07:00"), times.UTC) == "2026-03-07 02:00:00"
    assert times.short(parse("2026-03-07T02:00:00Z"), NOW, times.UTC) == "02:00:00"
    assert times.short(parse("2026-02-01T02:00:00Z"), NOW, times.UTC) == "02-01 02:00"
    assert times.short(parse("2014-02-27T21:43:53Z"), NOW, times.UTC) == "2014-02-27"


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
    assert times.read_moment("now", NOW, times.UTC) is None
    assert times.read_moment("-2h", NOW, times.UTC) == NOW - 2 * HOUR
    assert times.read_moment("3d ago", NOW, times.UTC) == NOW - 3 * DAY
    assert times.read_moment("12:30", NOW, times.UTC) == parse("2026-03-07T12:30:00Z")
    assert times.read_moment("2026-03-01 12:00", NOW, times.UTC) == parse("2026-03-01T12:00:00Z")
    assert times.read_moment("2026-03-01", NOW, times.UTC) == parse("2026-03-01")


def test_nonsense_and_the_future_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="is not a moment"):
        times.read_moment("yesterday-ish", NOW, times.UTC)
    with pytest.raises(ValueError, match="still to come"):
        times.read_moment("2030-01-01", NOW, times.UTC)


@pytest.mark.requirement("ITM-20")
def test_moments_are_said_in_a_chosen_offset_and_marked() -> None:
    zone = times.read_zone("+07:00")
    assert times.stated(parse("2026-03-07T20:00:00Z"), zone) == "2026-03-08 03:00:00 +07:00"
    assert times.stated(parse("2026-03-07T20:00:00Z"), times.UTC) == "2026-03-07 20:00:00 UTC"
    # In that zone it is the eighth already, and so is this moment.
    late = parse("2026-03-07T20:00:00Z")
    assert times.short(late, late + HOUR, zone) == "03:00:00"
    assert times.titled("when (UTC)", zone) == "when (+07:00)"


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("utc", 0), ("Z", 0), ("+07:00", 420), ("+7", 420), ("-0330", -210), ("UTC+5:45", 345), ("-14:00", -840)],
)
def test_offsets_are_read_in_the_forms_people_type(text: str, minutes: int) -> None:
    assert times.read_zone(text) == times.Zone(minutes)
    assert times.read_zone(times.Zone(minutes).name) == times.Zone(minutes)


@pytest.mark.parametrize("text", ["", "Bangkok", "+25:00", "7", "+7:99", "+14:30"])
def test_other_offsets_are_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="is no offset"):
        times.read_zone(text)


@pytest.mark.requirement("ITM-20")
def test_moments_are_read_in_the_chosen_offset_unless_they_say_another() -> None:
    zone = times.Zone(420)
    assert times.read_moment("12:30", NOW, zone) == parse("2026-03-07T05:30:00Z")
    assert times.read_moment("2026-03-01 12:00", NOW, zone) == parse("2026-03-01T05:00:00Z")
    assert times.read_moment("2026-03-01", NOW, zone) == parse("2026-02-28T17:00:00Z")
    assert times.read_moment("2026-03-01T12:00Z", NOW, zone) == parse("2026-03-01T12:00:00Z")
    assert times.read_moment("2026-03-01T12:00+02:00", NOW, zone) == parse("2026-03-01T10:00:00Z")
    with pytest.raises(ValueError, match=r"still to come: it is 2026-03-07 21:22:31 \+07:00"):
        times.read_moment("23:59", NOW, zone)

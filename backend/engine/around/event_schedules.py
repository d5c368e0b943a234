"""When a scheduled rule runs: `rate(…)` and `cron(…)`, in UTC (reference: around-config.md §6.4)."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from backend.model.moment import DAY, HOUR, MINUTE, Moment, from_datetime, to_datetime

_UNITS: dict[str, Moment] = {"minute": MINUTE, "hour": HOUR, "day": DAY}
_RATE = re.compile(r"rate\((?:1 (minute|hour|day)|(?!1 )([1-9]\d*) (minute|hour|day)s)\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_PIECE = re.compile(r"(\*|\w+)(?:-(\w+))?(?:/(\d+))?")

_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_WEEKDAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
_LAST_YEAR = 2199


class InvalidSchedule(ValueError):
    """The text is no schedule."""


def next_time(expression: str, after: Moment) -> Moment | None:
    """The first moment later than `after` at which a rule runs; None when it never will. Raises `InvalidSchedule`.

    A rate counts from `after`.
    """
    rate = _RATE.fullmatch(expression)
    if rate is not None:
        return after + int(rate[2] or 1) * _UNITS[rate[1] or rate[3]]
    cron = _CRON.fullmatch(expression)
    if cron is None:
        raise InvalidSchedule(expression)
    return _parsed(*cron.groups()).next(after)


@dataclass(frozen=True)
class _Cron:
    minutes: frozenset[int]
    hours: frozenset[int]
    months: frozenset[int]
    years: frozenset[int]
    fits: Callable[[date], bool]
    """Whether a day is one of those that the day of the month, or of the week, asks for."""

    def next(self, after: Moment) -> Moment | None:
        start = to_datetime(after).astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        day = start.date()
        while day.year <= max(self.years, default=0):
            if day.year in self.years and day.month in self.months:
                if self.fits(day) and (found := self._within(day, start)) is not None:
                    return from_datetime(found)
                day += timedelta(days=1)
            else:
                # To the first of the next month: a schedule may lie a century ahead.
                day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        return None

    def _within(self, day: date, start: datetime) -> datetime | None:
        times = (
            datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
            for hour in sorted(self.hours)
            for minute in sorted(self.minutes)
        )
        return next((time for time in times if time >= start), None)


def _parsed(minutes: str, hours: str, month_days: str, months: str, week_days: str, years: str) -> _Cron:
    if (month_days == "?") == (week_days == "?"):
        raise InvalidSchedule("one of day of month and day of week must be ?")
    return _Cron(
        minutes=_numbers(minutes, 0, 59),
        hours=_numbers(hours, 0, 23),
        months=_numbers(months, 1, 12, _MONTHS),
        years=_numbers(years, 1970, _LAST_YEAR),
        fits=_of_week(week_days) if month_days == "?" else _of_month(month_days),
    )


def _numbers(field: str, low: int, high: int, names: dict[str, int] | None = None) -> frozenset[int]:
    """`*`, `5`, `1-5`, `0/15`, `MON-FRI`, and lists of them."""
    found: set[int] = set()
    for piece in field.split(","):
        parts = _PIECE.fullmatch(piece)
        if parts is None:
            raise InvalidSchedule(field)
        if parts[1] == "*":
            first, last = low, high
        else:
            first = _number(parts[1], names)
            last = _number(parts[2], names) if parts[2] else high if parts[3] else first
        step = int(parts[3] or 1)
        if not (low <= first <= last <= high) or step < 1:
            raise InvalidSchedule(field)
        found.update(range(first, last + 1, step))
    return frozenset(found)


def _number(text: str, names: dict[str, int] | None) -> int:
    known = (names or {}).get(text.upper())
    if known is None and not text.isdigit():
        raise InvalidSchedule(text)
    return int(text) if known is None else known


def _of_month(field: str) -> Callable[[date], bool]:
    if field == "L":
        return lambda day: day.day == _length(day)
    if field.endswith("W") and field[:-1].isdigit() and 1 <= int(field[:-1]) <= 31:
        return lambda day: day.day == _nearest_weekday(day, int(field[:-1]))
    days = _numbers(field, 1, 31)
    return lambda day: day.day in days


def _of_week(field: str) -> Callable[[date], bool]:
    numbered = re.fullmatch(r"(\w+)#([1-5])", field)
    if numbered is not None:
        weekday = _weekday(numbered[1])
        return lambda day: _week_day(day) == weekday and (day.day + 6) // 7 == int(numbered[2])
    if field == "L":
        return lambda day: _week_day(day) == 7
    if field.endswith("L"):
        last = _weekday(field[:-1])
        return lambda day: _week_day(day) == last and day.day + 7 > _length(day)
    days = _numbers(field, 1, 7, _WEEKDAYS)
    return lambda day: _week_day(day) in days


def _weekday(text: str) -> int:
    (number,) = _numbers(text, 1, 7, _WEEKDAYS)
    return number


def _week_day(day: date) -> int:
    """1 is Sunday."""
    return day.isoweekday() % 7 + 1


def _length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_weekday(day: date, wanted: int) -> int:
    """The working day of the month that is nearest to a day of it; it does not leave the month."""
    if wanted > _length(day):
        return 0
    target = day.replace(day=wanted)
    if target.isoweekday() == 6:
        return wanted - 1 if wanted > 1 else wanted + 2
    if target.isoweekday() == 7:
        return wanted + 1 if wanted < _length(day) else wanted - 2
    return wanted

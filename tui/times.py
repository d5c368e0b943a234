"""How moments and lengths of time are said and read on screen: in UTC or a chosen offset, and marked so (ITM-20)."""

from __future__ import annotations

import re
from datetime import timedelta

import msgspec

from backend.model.moment import DAY, HOUR, MINUTE, SECOND, Moment, parse, to_datetime

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
# What is typed is read with patterns that `re` compiles when they are first asked for: after the first paint.
_SPAN = r"(?i)(?:(\d+(?:\.\d+)?)\s*([smhdw]))"
_TIME_OF_DAY = r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$"
_OFFSET = r"(?i)(?:utc|gmt)?\s*([+-])(\d{1,2})(?::?([0-5]\d))?$"
_ZONED = r"(?i)(?:Z|[+-]\d\d:?\d\d)$"
_IN_A_ZONE = re.compile(r" \((?:UTC|[+-]\d\d:\d\d)\)$")
_FARTHEST = 14 * 60
"""Minutes of the greatest offset there is on earth."""


class Zone(msgspec.Struct, frozen=True):
    """What clock times are said in: so many minutes ahead of UTC."""

    minutes: int = 0

    @property
    def name(self) -> str:
        """The mark of a time: `UTC` or `+07:00`."""
        if not self.minutes:
            return "UTC"
        hours, minutes = divmod(abs(self.minutes), 60)
        return f"{'-' if self.minutes < 0 else '+'}{hours:02d}:{minutes:02d}"

    @property
    def ahead(self) -> Moment:
        return self.minutes * MINUTE


UTC = Zone()


def read_zone(text: str) -> Zone:
    """The zone meant by `utc`, `+07:00`, `+7` or `-0330`. Raises `ValueError` with a sentence."""
    words = text.strip()
    if words.casefold() in ("utc", "z", "gmt", "0"):
        return UTC
    found = re.match(_OFFSET, words)
    if found:
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        if minutes <= _FARTHEST:
            return Zone(-minutes if found[1] == "-" else minutes)
    raise ValueError(f"“{text}” is no offset: write utc, +07:00 or -03:30.")


def of_this_machine(moment: Moment) -> Zone:
    """What the clock of this machine is ahead of UTC at a moment."""
    ahead = to_datetime(moment).astimezone().utcoffset()
    return Zone(round(ahead.total_seconds() / 60)) if ahead is not None else UTC


def full(moment: Moment, zone: Zone) -> str:
    """`2026-03-07 14:22:31`; whoever shows it says near it which zone it is in."""
    return (to_datetime(moment) + timedelta(minutes=zone.minutes)).strftime("%Y-%m-%d %H:%M:%S")


def stated(moment: Moment, zone: Zone) -> str:
    """`2026-03-07 14:22:31 UTC`."""
    return f"{full(moment, zone)} {zone.name}"


def titled(title: str, zone: Zone) -> str:
    """The title of a column of times: `when (UTC)`; a title that names a zone already names this one."""
    return f"{_IN_A_ZONE.sub('', title)} ({zone.name})"


def is_titled(title: str) -> bool:
    """Whether a title says which zone the times below it are in."""
    return _IN_A_ZONE.search(title) is not None


def short(moment: Moment, now: Moment, zone: Zone) -> str:
    """The time of day when it is of `now`'s day, else month, day and time; with the year when that differs."""
    at, today = (to_datetime(each) + timedelta(minutes=zone.minutes) for each in (moment, now))
    if at.date() == today.date():
        return at.strftime("%H:%M:%S")
    if at.year == today.year:
        return at.strftime("%m-%d %H:%M")
    return at.strftime("%Y-%m-%d")


def length(span: Moment, *, parts: int = 2) -> str:
    """A length in its largest units: `3 d 4 h`, `5 m 12 s`, `0 s`."""
    seconds = max(0, span) // SECOND
    said: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count or (unit == "s" and not said):
            said.append(f"{count} {unit}")
        elif said:
            break
        if len(said) == parts:
            break
    return " ".join(said)


def ago(moment: Moment, now: Moment) -> str:
    """`3 d 4 h ago`; what lies ahead reads `in 2 h 14 m`."""
    return f"{length(now - moment)} ago" if moment <= now else f"in {length(moment - now)}"


def brief(moment: Moment, now: Moment) -> str:
    """The age in its largest unit, for narrow columns: `14 d`."""
    return length(abs(now - moment), parts=1)


def read_length(text: str) -> Moment:
    """Milliseconds of `6h`, `2d 12h`, `90 m`. Raises `ValueError` with a sentence."""
    found = re.findall(_SPAN, text)
    if not found or re.sub(_SPAN, "", text).strip(" ,+"):
        raise ValueError(f"“{text}” is not a length of time: write 30m, 6h, 2d or 1d 12h.")
    return round(sum(float(count) * _UNITS[unit.lower()] for count, unit in found))


def read_moment(text: str, now: Moment, zone: Zone) -> Moment | None:
    """The moment meant by `2026-03-01T12:00`, `2026-03-01`, `12:30` (of now's day), `-2h`; None for `now`.

    Times without an offset of their own are those of the zone. Raises `ValueError` with a sentence, also for moments
    still to come.
    """
    words = text.strip()
    if words.lower() in ("now", ""):
        return None
    if words.startswith("-"):
        return now - read_length(words[1:])
    if words.lower().endswith(" ago"):
        return now - read_length(words[:-4])
    of_day = re.match(_TIME_OF_DAY, words)
    if of_day:
        hour, minute, second = (int(part or 0) for part in of_day.groups())
        midnight = now + zone.ahead - (now + zone.ahead) % DAY
        moment = midnight + hour * HOUR + minute * MINUTE + second * SECOND - zone.ahead
    else:
        try:
            # A date alone may end like an offset: `2026-03-01`.
            own = len(words) > len("2026-03-01") and re.search(_ZONED, words)
            moment = parse(words) - (0 if own else zone.ahead)
        except (ValueError, OverflowError) as error:
            raise ValueError(
                f"“{text}” is not a moment: write 2026-03-01T12:00, 12:30, -2h or now (in {zone.name})."
            ) from error
    if moment > now:
        raise ValueError(f"{stated(moment, zone)} is still to come: it is {stated(now, zone)} here.")
    return moment

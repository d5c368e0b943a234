"""How moments and lengths of time are said and read on screen. Everything is UTC and says so (ITM-20)."""

from __future__ import annotations

import re

from backend.model.moment import DAY, HOUR, MINUTE, SECOND, Moment, parse, to_datetime

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_SPAN = re.compile(r"(?:(\d+(?:\.\d+)?)\s*([smhdw]))", re.IGNORECASE)
_TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$")


def full(moment: Moment) -> str:
    """`2026-03-07 14:22:31`."""
    return to_datetime(moment).strftime("%Y-%m-%d %H:%M:%S")


def short(moment: Moment, now: Moment) -> str:
    """The time of day when it is of `now`'s day, else month, day and time; with the year when that differs."""
    at, today = to_datetime(moment), to_datetime(now)
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
    found = _SPAN.findall(text)
    if not found or _SPAN.sub("", text).strip(" ,+"):
        raise ValueError(f"“{text}” is not a length of time: write 30m, 6h, 2d or 1d 12h.")
    return round(sum(float(count) * _UNITS[unit.lower()] for count, unit in found))


def read_moment(text: str, now: Moment) -> Moment | None:
    """The moment meant by `2026-03-01T12:00`, `2026-03-01`, `12:30` (of now's day), `-2h`; None for `now`.

    Raises `ValueError` with a sentence, also for moments still to come.
    """
    words = text.strip()
    if words.lower() in ("now", ""):
        return None
    if words.startswith("-"):
        return now - read_length(words[1:])
    if words.lower().endswith(" ago"):
        return now - read_length(words[:-4])
    of_day = _TIME_OF_DAY.match(words)
    if of_day:
        hour, minute, second = (int(part or 0) for part in of_day.groups())
        moment = now - now % DAY + hour * HOUR + minute * MINUTE + second * SECOND
    else:
        try:
            moment = parse(words)
        except (ValueError, OverflowError) as error:
            raise ValueError(
                f"“{text}” is not a moment: write 2026-03-01T12:00, 12:30, -2h or now (all in UTC)."
            ) from error
    if moment > now:
        raise ValueError(f"{full(moment)} UTC is still to come: it is {full(now)} UTC here.")
    return moment

"""Moments: epoch milliseconds (UTC), the one form of time inside configscope."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeAlias

Moment: TypeAlias = int
"""Milliseconds since 1970-01-01T00:00:00Z."""

SECOND: Moment = 1_000
MINUTE: Moment = 60 * SECOND
HOUR: Moment = 60 * MINUTE
DAY: Moment = 24 * HOUR

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?\s*(Z|[+-]\d\d:?\d\d)?$",
    re.IGNORECASE,
)


def to_iso(moment: Moment) -> str:
    """The spelling of configuration items: ISO 8601, UTC, milliseconds, `Z` (ITM-09)."""
    seconds, millis = divmod(moment, 1000)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{millis:03d}Z"


def to_compact(moment: Moment) -> str:
    """The spelling of object keys: `20230228T034431Z`."""
    return datetime.fromtimestamp(moment // 1000, UTC).strftime("%Y%m%dT%H%M%SZ")


def to_datetime(moment: Moment) -> datetime:
    """An aware datetime in UTC, as botocore's shapes carry it."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=moment)


def from_datetime(value: datetime) -> Moment:
    """Milliseconds of a datetime; a naive one is taken as UTC."""
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return (value - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)


def parse(text: str | float | datetime) -> Moment:
    """Read a moment in any form met in files, answers and command lines.

    Takes ISO 8601 with or without fraction and offset (also the sample's `…53.0885+0000`), epoch seconds as a
    number, and datetimes. Raises `ValueError` with the text that was not understood.
    """
    if isinstance(text, datetime):
        return from_datetime(text)
    if isinstance(text, (int, float)):
        return round(text * 1000)
    found = _ISO.match(text.strip())
    if not found:
        raise ValueError(f"not a time: {text!r}")
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    offset = UTC if zone is None or zone in "Zz" else _offset(zone)
    whole = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=offset)
    millis = int((fraction or "0")[:3].ljust(3, "0"))
    return from_datetime(whole) + millis


def _offset(zone: str) -> timezone:
    sign = -1 if zone[0] == "-" else 1
    digits = zone[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))

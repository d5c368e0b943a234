"""How many items are recorded of each type in a day: what the cost of AWS Config hangs on.

AWS tells no such number over the API of AWS Config. Its history files hold every item of a period, one file a type, so
those of the last day are counted; where none can be had, the journal of the stream.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from backend.client.session import Session
from backend.files.read import slices
from backend.files.source import opened
from backend.model.cost import Churn
from backend.model.delivery import DeliveryChannel, StoredObject
from backend.model.moment import DAY, MINUTE, Moment, parse
from backend.model.problem import Problem
from backend.model.stream import StreamMessage

MOST_BYTES = 32 * 1024 * 1024
"""Compressed bytes that are fetched to be counted; of a busier region the largest files are left out, and told."""

_ITEM_MESSAGES = frozenset(
    {"ConfigurationItemChangeNotification", "OversizedConfigurationItemChangeNotification"},
)


async def churn(session: Session, now: Moment, since: Moment | None = None) -> Churn:
    """Items by type from `since` (a day ago) on: by history files, else by the stream, else unknown and why.

    Never raises `Problem`: what could not be read is said in `Churn.unknown`.
    """
    start = now - DAY if since is None else since
    why = "Nothing tells how many items are recorded: there is no delivery channel"
    if session.delivery is not None and session.snapshots is not None:
        try:
            channel, status = await asyncio.gather(session.delivery.channel(), session.delivery.status())
            until = now if status is None else status.history.last_success  # no states of a moment in the past are kept
            if channel is not None and until is not None and until > start:
                counted = await session.snapshots.churn(channel, start, until)
                if counted.known:
                    return counted
                why = counted.unknown
            elif channel is not None:
                why = "No history file was delivered in the last day"
        except Problem as problem:
            why = str(problem)
    if session.stream is not None:
        try:
            counted = by_stream(await session.stream.recent(), start, now)
        except Problem as problem:
            return Churn(items={}, unknown=str(problem))
        if counted.known:
            return counted
    return Churn(items={}, unknown=why)


def by_stream(messages: Sequence[StreamMessage], start: Moment, now: Moment) -> Churn:
    """Items that the journal of the stream tells of; it knows nothing from before its first message."""
    if not messages:
        return Churn(items={}, unknown="No message of the stream was seen yet")
    begin = max(start, min(message.time for message in messages))
    told = [message for message in messages if message.message_type in _ITEM_MESSAGES and begin <= message.time <= now]
    if now - begin < MINUTE:
        return Churn(items={}, unknown="The stream was followed for less than a minute")
    return _churn(
        [(message.resource_type, message.resource_id) for message in told],
        span=now - begin,
        rests_on=f"{len(told):,} messages of the stream",
    )


class History(NamedTuple):
    """The history files of a period."""

    files: tuple[StoredObject, ...]
    earlier: bool
    """Whether there are files from before it, so that the period was recorded from its beginning."""


def days(start: Moment, end: Moment) -> list[str]:
    """The folders of the days between two moments, as the keys of a bucket spell them: `2026/3/7`."""
    first, last = (datetime.fromtimestamp(at // 1000, UTC).toordinal() for at in (start, end))
    found = (datetime.fromordinal(day) for day in range(first, last + 1))
    return [f"{day.year}/{day.month}/{day.day}" for day in found]


def within(files: Sequence[StoredObject], start: Moment) -> History:
    """Those of some history files that were written after `start`, the smallest first."""
    inside = [one for one in files if (one.modified or 0) >= start]
    return History(tuple(sorted(inside, key=lambda one: one.size)), len(inside) < len(files))


class _Brief(msgspec.Struct):
    """As much of an item as counting takes."""

    resource_type: str = msgspec.field(name="resourceType", default="")
    resource_id: str = msgspec.field(name="resourceId", default="")
    captured: str = msgspec.field(name="configurationItemCaptureTime", default="")


_DECODER = msgspec.json.Decoder(list[_Brief])


class Line(NamedTuple):
    """One item of a history file."""

    resource_type: str
    resource_id: str
    captured: Moment


def lines(path: Path) -> list[Line]:
    """The items of a history file in short. Raises `BadInput`. Reads the whole file: for a thread."""
    with opened(path) as source:
        return [
            Line(one.resource_type, one.resource_id, parse(one.captured) if one.captured else 0)
            for part in slices(source, _DECODER.decode)
            for one in part.entries
        ]


def count(found: Sequence[Line], history: History, start: Moment, until: Moment, left_out: int) -> Churn:
    """The items between two moments; a region recorded for less than that has a shorter time."""
    inside = [line for line in found if start <= line.captured <= until]
    begin = start if history.earlier or not inside else min(line.captured for line in inside)
    files = len(history.files) - left_out
    return _churn(
        [(line.resource_type, line.resource_id) for line in inside],
        span=max(MINUTE, until - begin),
        rests_on=f"{files:,} history file{'' if files == 1 else 's'}",
        unknown=f"{left_out:,} large history files were not counted" if left_out else "",
    )


def _churn(items: Sequence[tuple[str, str]], *, span: Moment, rests_on: str, unknown: str = "") -> Churn:
    return Churn(
        items=Counter(resource_type for resource_type, _ in items),
        resources=Counter(resource_type for resource_type, _ in set(items)),
        span=span,
        rests_on=rests_on,
        unknown=unknown,
    )


def history_folders(channel: DeliveryChannel, account: str, region: str, start: Moment, until: Moment) -> list[str]:
    """Where the history files of a period lie, and those of the day before, which tell whether it began earlier."""
    prefix = f"{channel.prefix}/" if channel.prefix else ""
    return [
        f"{prefix}AWSLogs/{account}/Config/{region}/{day}/ConfigHistory/" for day in days(start - DAY, until + MINUTE)
    ]

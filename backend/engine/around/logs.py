"""CloudWatch Logs, as far as it is read: what functions printed, in log groups and streams.

Nobody writes here but the services of this world; the newest batches of each group are kept.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from backend.engine.config import pages
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import Row
from backend.model.item import Document

SCHEMA = """
CREATE TABLE IF NOT EXISTS log_groups (
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (region, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log_events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    region TEXT NOT NULL,
    log_group TEXT NOT NULL,
    stream TEXT NOT NULL,
    batch INTEGER NOT NULL,
    at INTEGER NOT NULL,
    message TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS log_events_by_group ON log_events (region, log_group, stream, seq);
"""

KEPT_BATCHES = 20
"""How many batches, calls of a function, a group keeps."""

_GROUPS_IN_PAGE = 50
_EVENTS_IN_PAGE = 10_000

_PLACE = re.compile(r"([fb])/(\d{1,19})")
_JSON_PATTERN = ("{", "[", "%")


def write(ctx: Context, group: str, stream: str, messages: Sequence[str]) -> None:
    """Add a batch of events to a stream of this region, both made when they are not there yet."""
    if not messages:
        return
    ctx.store.run("INSERT OR IGNORE INTO log_groups VALUES (?, ?, ?)", (ctx.region, group, ctx.now))
    row = ctx.store.one(
        "SELECT max(batch) AS last FROM log_events WHERE region = ? AND log_group = ?", (ctx.region, group)
    )
    batch = (row["last"] if row and row["last"] is not None else 0) + 1
    ctx.store.run_many(
        "INSERT INTO log_events (region, log_group, stream, batch, at, message) VALUES (?, ?, ?, ?, ?, ?)",
        [(ctx.region, group, stream, batch, ctx.now, message) for message in messages],
    )
    ctx.store.run(
        "DELETE FROM log_events WHERE region = ? AND log_group = ? AND batch <= ?",
        (ctx.region, group, batch - KEPT_BATCHES),
    )


def describe_log_groups(ctx: Context, params: Document) -> Document:
    """DescribeLogGroups, by name."""
    limit = params.get("limit") or _GROUPS_IN_PAGE
    after = pages.after(ctx, "DescribeLogGroups", params.get("nextToken"), refusal="InvalidParameterException")
    prefix, part = params.get("logGroupNamePrefix") or "", (params.get("logGroupNamePattern") or "").casefold()
    rows = [
        row
        for row in ctx.store.all("SELECT * FROM log_groups WHERE region = ? ORDER BY name", (ctx.region,))
        if row["name"].startswith(prefix) and part in row["name"].casefold() and (not after or row["name"] > after[0])
    ]
    more = {"nextToken": pages.token(ctx, "DescribeLogGroups", [rows[limit - 1]["name"]])} if len(rows) > limit else {}
    return {"logGroups": [_group(ctx, row) for row in rows[:limit]], **more}


def _group(ctx: Context, row: Row) -> Document:
    arn = ctx.arn("logs", f"log-group:{row['name']}")
    stored = ctx.store.one(
        "SELECT coalesce(sum(length(message)), 0) AS n FROM log_events WHERE region = ? AND log_group = ?",
        (ctx.region, row["name"]),
    )
    return {
        "logGroupName": row["name"],
        "creationTime": row["created"],
        "metricFilterCount": 0,
        "arn": f"{arn}:*",
        "storedBytes": stored["n"] if stored else 0,
        "logGroupClass": "STANDARD",
        "logGroupArn": arn,
    }


def describe_log_streams(ctx: Context, params: Document) -> Document:
    """DescribeLogStreams: those of a group by name, or by their last event."""
    group = _named_group(ctx, params)
    limit = params.get("limit") or _GROUPS_IN_PAGE
    prefix = params.get("logStreamNamePrefix") or ""
    by_time = params.get("orderBy") == "LastEventTime"
    if by_time and prefix:
        raise _invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
    rows = [
        row
        for row in ctx.store.all(
            "SELECT stream, min(at) AS first, max(at) AS last, max(seq) AS newest FROM log_events"
            " WHERE region = ? AND log_group = ? GROUP BY stream",
            (ctx.region, group),
        )
        if row["stream"].startswith(prefix)
    ]
    rows.sort(key=lambda row: row["newest"] if by_time else row["stream"], reverse=bool(params.get("descending")))
    after = pages.after(ctx, "DescribeLogStreams", params.get("nextToken"), refusal="InvalidParameterException")
    begin = int(after[0]) if after else 0
    end = begin + limit
    more = {"nextToken": pages.token(ctx, "DescribeLogStreams", [str(end)])} if len(rows) > end else {}
    return {"logStreams": [_stream(ctx, group, row) for row in rows[begin:end]], **more}


def _stream(ctx: Context, group: str, row: Row) -> Document:
    return {
        "logStreamName": row["stream"],
        "creationTime": row["first"],
        "firstEventTimestamp": row["first"],
        "lastEventTimestamp": row["last"],
        "lastIngestionTime": row["last"],
        "uploadSequenceToken": str(row["newest"]),
        "arn": ctx.arn("logs", f"log-group:{group}:log-stream:{row['stream']}"),
        "storedBytes": 0,
    }


def get_log_events(ctx: Context, params: Document) -> Document:
    """GetLogEvents: the events of one stream, the newest page first unless `startFromHead`."""
    group, stream = _named_group(ctx, params), params["logStreamName"]
    limit = params.get("limit") or _EVENTS_IN_PAGE
    rows = _events(ctx, group, [stream], params)
    if not rows and not _events(ctx, group, [stream], {}):
        raise ServiceError("ResourceNotFoundException", "The specified log stream does not exist.")
    token = params.get("nextToken")
    place = _PLACE.fullmatch(token) if token else None
    if token and not place:
        raise _invalid("The specified nextToken is invalid.")
    if place and place[1] == "f":
        rows = [row for row in rows if row["seq"] > int(place[2])][:limit]
    elif place:
        rows = [row for row in rows if row["seq"] < int(place[2])][-limit:]
    else:
        rows = rows[:limit] if params.get("startFromHead") else rows[-limit:]
    first, last = (rows[0]["seq"], rows[-1]["seq"]) if rows else (_at(place, "b"), _at(place, "f"))
    return {
        "events": [{"timestamp": row["at"], "message": row["message"], "ingestionTime": row["at"]} for row in rows],
        "nextForwardToken": f"f/{last}",
        "nextBackwardToken": f"b/{first}",
    }


def _at(place: re.Match[str] | None, way: str) -> int:
    """Where an empty page stands: the same place again in its own direction, the other side of it in the other."""
    if place is None:
        return 0
    at = int(place[2])
    return at if place[1] == way else at + (1 if way == "b" else -1)


def filter_log_events(ctx: Context, params: Document) -> Document:
    """FilterLogEvents: the events of a group in the order in which they came, by time, stream and words."""
    group = _named_group(ctx, params)
    limit = params.get("limit") or _EVENTS_IN_PAGE
    words = _words(params.get("filterPattern") or "")
    after = pages.after(ctx, "FilterLogEvents", params.get("nextToken"), refusal="InvalidParameterException")
    prefix = params.get("logStreamNamePrefix") or ""
    rows = [
        row
        for row in _events(ctx, group, params.get("logStreamNames") or (), params)
        if row["stream"].startswith(prefix)
        and (not after or row["seq"] > int(after[0]))
        and all((word.lstrip("-") in row["message"]) != word.startswith("-") for word in words)
    ]
    more = (
        {"nextToken": pages.token(ctx, "FilterLogEvents", [str(rows[limit - 1]["seq"])])} if len(rows) > limit else {}
    )
    return {
        "events": [
            {
                "logStreamName": row["stream"],
                "timestamp": row["at"],
                "message": row["message"],
                "ingestionTime": row["at"],
                "eventId": f"{row['seq']:056}",
            }
            for row in rows[:limit]
        ],
        "searchedLogStreams": [],
        **more,
    }


def _events(ctx: Context, group: str, streams: Sequence[str], params: Document) -> list[Row]:
    """The events of a group, or some streams of it, between two moments: from the first on, until before the second."""
    rows = ctx.store.all(
        "SELECT seq, stream, at, message FROM log_events WHERE region = :region AND log_group = :group"
        " AND (:begin IS NULL OR at >= :begin) AND (:end IS NULL OR at < :end) ORDER BY seq",
        {"region": ctx.region, "group": group, "begin": params.get("startTime"), "end": params.get("endTime")},
    )
    return [row for row in rows if not streams or row["stream"] in streams]


def _named_group(ctx: Context, params: Document) -> str:
    """The group that is asked about. Raises ServiceError."""
    name = params.get("logGroupName") or (params.get("logGroupIdentifier") or "").rpartition(":log-group:")[2]
    if not name:
        raise _invalid("Exactly one of logGroupName and logGroupIdentifier is needed.")
    name = name.removesuffix(":*")
    if ctx.store.one("SELECT 1 FROM log_groups WHERE region = ? AND name = ?", (ctx.region, name)) is None:
        raise ServiceError("ResourceNotFoundException", "The specified log group does not exist.")
    return str(name)


def _words(pattern: str) -> list[str]:
    """The words and phrases that a message must have, or with a minus may not. Raises ServiceError for other forms."""
    if pattern.lstrip().startswith(_JSON_PATTERN) or "?" in pattern:
        raise _invalid('Invalid filter pattern: the local engine knows words, "phrases" and -words.')
    try:
        return shlex.split(pattern)
    except ValueError:
        raise _invalid("Invalid filter pattern") from None


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterException", message)


OPERATIONS: dict[str, Operation] = {
    "DescribeLogGroups": describe_log_groups,
    "DescribeLogStreams": describe_log_streams,
    "GetLogEvents": get_log_events,
    "FilterLogEvents": filter_log_events,
}

"""History files: every six hours, one file for each resource type that changed since its last one."""

from __future__ import annotations

from backend.engine.clock import Due
from backend.engine.config import channel, deposit, faults, files, recorder_state, stream
from backend.engine.context import Context
from backend.engine.engine import DueHandler, Operation
from backend.engine.errors import ServiceError
from backend.model.delivery import DeliveryChannel
from backend.model.item import Document
from backend.model.moment import HOUR, Moment

SCHEMA = """
CREATE TABLE IF NOT EXISTS history_delivered (
    region TEXT NOT NULL,
    type TEXT NOT NULL,
    captured INTEGER NOT NULL,
    PRIMARY KEY (region, type)
) WITHOUT ROWID;
"""

RUN = "config.history"
"""The due thing that delivers history files."""

LATE = "config.history.late"
"""The same, put off by an injected lag."""

PERIOD: Moment = 6 * HOUR

_ALL = ""
"""Instead of a type: everything captured up to then is delivered."""


def begin(ctx: Context) -> None:
    """Start the six-hourly rhythm with the recorder, unless it goes on already (HIS-08)."""
    if ctx.clock.when(RUN, ctx.region) is None:
        ctx.clock.schedule(ctx.now + PERIOD, RUN, ctx.region)


def run(ctx: Context, due: Due) -> None:
    """Deliver what changed since the last delivery (HIS-04). While the recorder is off nothing is delivered."""
    ctx.clock.schedule(due.at + PERIOD, RUN, ctx.region)
    lag = faults.active(ctx, "delivery-lag")
    if lag is not None:
        ctx.clock.schedule(ctx.now + lag.milliseconds, LATE, ctx.region)
    else:
        deliver(ctx, due)


def deliver(ctx: Context, due: Due) -> None:
    """Write the files of each type that changed.

    It fails when a file cannot be written, and also when the topic cannot be told of one (aws-config.md §3.3). What
    was written before that is not written again at the next run.
    """
    recorder, found = recorder_state.of(ctx), channel.of(ctx)
    if recorder is None or not recorder.recording or found is None:
        return
    windows = _windows(ctx)
    if not windows:
        return
    refusal: ServiceError | None = None
    try:
        deposit.write_check_file(ctx, found)
        for resource_type, since, last in windows:
            refusal = _write(ctx, found, resource_type, since) or refusal
            _set_delivered(ctx, resource_type, last)
    except deposit.DeliveryFailure as failure:
        channel.failed(ctx, "history", failure.code, failure.message)
        _tell(ctx, "Failed", {"errorCode": failure.code, "errorMessage": failure.message})
        return
    ctx.store.run("DELETE FROM history_delivered WHERE region = ?", (ctx.region,))
    _set_delivered(ctx, _ALL, max(last for _, _, last in windows))
    if refusal is None:
        channel.succeeded(ctx, "history")
    else:
        channel.failed(ctx, "history", refusal.code, refusal.message)


OPERATIONS: dict[str, Operation] = {}

DUE: dict[str, DueHandler] = {RUN: run, LATE: deliver}


def _windows(ctx: Context) -> list[tuple[str, Moment, Moment]]:
    """(type, capture time up to which it is delivered, capture time of its newest item) of what is to be delivered."""
    rows = ctx.store.all("SELECT type, captured FROM history_delivered WHERE region = ?", (ctx.region,))
    delivered: dict[str, Moment] = {row["type"]: row["captured"] for row in rows}
    whole = delivered.get(_ALL, 0)
    changed = ctx.store.all(
        "SELECT type, max(captured) AS last FROM items"
        " WHERE captured > ? AND region = ? AND delivered GROUP BY type ORDER BY type",
        (whole, ctx.region),
    )
    windows = [(row["type"], delivered.get(row["type"], whole), row["last"]) for row in changed]
    return [window for window in windows if window[2] > window[1]]


def _set_delivered(ctx: Context, resource_type: str, captured: Moment) -> None:
    ctx.store.run("INSERT OR REPLACE INTO history_delivered VALUES (?, ?, ?)", (ctx.region, resource_type, captured))


def _write(ctx: Context, found: DeliveryChannel, resource_type: str, since: Moment) -> ServiceError | None:
    """Write what a type has new; why the topic could not be told of it, None when it could or there is none."""
    rows = ctx.store.each(
        "SELECT document FROM items WHERE captured > ? AND region = ? AND type = ? AND delivered ORDER BY captured",
        (since, ctx.region, resource_type),
    )
    refusal: ServiceError | None = None
    for file in list(files.history(row["document"] for row in rows)):
        key = deposit.history_key(ctx, found, ctx.now, resource_type, file.first, file.last)
        deposit.write(ctx, found, key, file.body)
        refusal = _tell(ctx, "Completed", {"s3ObjectKey": key, "s3Bucket": found.bucket}) or refusal
    return refusal


def _tell(ctx: Context, word: str, message: Document) -> ServiceError | None:
    subject = f"Configuration History Delivery {word} for Account {ctx.account}"
    return stream.send(ctx, f"ConfigurationHistoryDelivery{word}", message, subject).refusal

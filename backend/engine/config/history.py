"""History files: every six hours, one file for each resource type that changed since the last ones."""

from __future__ import annotations

from backend.engine.clock import Due
from backend.engine.config import channel, deposit, faults, files, recorder_state, stream
from backend.engine.context import Context
from backend.engine.engine import DueHandler, Operation
from backend.model.delivery import DeliveryChannel
from backend.model.item import Document
from backend.model.moment import HOUR, Moment

SCHEMA = """
CREATE TABLE IF NOT EXISTS history_runs (
    region TEXT PRIMARY KEY,
    delivered INTEGER NOT NULL
) WITHOUT ROWID;
"""

RUN = "config.history"
"""The due thing that delivers history files."""

LATE = "config.history.late"
"""The same, put off by an injected lag."""

PERIOD: Moment = 6 * HOUR


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
    recorder, found = recorder_state.of(ctx), channel.of(ctx)
    if recorder is None or not recorder.recording or found is None:
        return
    since = _delivered(ctx)
    types = ctx.store.all(
        "SELECT type, min(captured) AS first, max(captured) AS last FROM items"
        " WHERE captured > ? AND region = ? GROUP BY type ORDER BY type",
        (since, ctx.region),
    )
    if not types:
        return
    try:
        deposit.write_check_file(ctx, found)
        for row in types:
            _write(ctx, found, row["type"], since, row["first"], row["last"])
    except deposit.DeliveryFailure as failure:
        channel.failed(ctx, "history", failure.code, failure.message)
        _tell(ctx, "Failed", {"errorCode": failure.code, "errorMessage": failure.message})
    else:
        channel.succeeded(ctx, "history")
        ctx.store.run(
            "INSERT OR REPLACE INTO history_runs VALUES (?, ?)", (ctx.region, max(row["last"] for row in types))
        )


OPERATIONS: dict[str, Operation] = {}

DUE: dict[str, DueHandler] = {RUN: run, LATE: deliver}


def _write(
    ctx: Context, found: DeliveryChannel, resource_type: str, since: Moment, first: Moment, last: Moment
) -> None:
    rows = ctx.store.all(
        "SELECT document FROM items WHERE captured > ? AND region = ? AND type = ? ORDER BY captured",
        (since, ctx.region, resource_type),
    )
    key = deposit.history_key(ctx, found, ctx.now, resource_type, first, last)
    deposit.write(ctx, found, key, files.history(row["document"] for row in rows))
    _tell(ctx, "Completed", {"s3ObjectKey": key, "s3Bucket": found.bucket})


def _tell(ctx: Context, word: str, message: Document) -> None:
    subject = f"Configuration History Delivery {word} for Account {ctx.account}"
    stream.send(ctx, f"ConfigurationHistoryDelivery{word}", message, subject)


def _delivered(ctx: Context) -> Moment:
    """The capture time of the newest item that is in a history file."""
    row = ctx.store.one("SELECT delivered FROM history_runs WHERE region = ?", (ctx.region,))
    return row["delivered"] if row else 0

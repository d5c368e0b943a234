"""The delivery channel of a region and its three delivery states, as they are kept."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from backend.engine.context import Context
from backend.engine.store import Row, dumps
from backend.model.delivery import FREQUENCIES, DeliveryChannel, DeliveryState
from backend.model.moment import Moment

SCHEMA = """
CREATE TABLE IF NOT EXISTS channels (
    region TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    snapshot TEXT NOT NULL DEFAULT '{}',
    history TEXT NOT NULL DEFAULT '{}',
    stream TEXT NOT NULL DEFAULT '{}'
) WITHOUT ROWID;
"""

Way: TypeAlias = Literal["snapshot", "history", "stream"]
"""The three ways in which AWS Config delivers; their states do not depend on each other (CHN-13)."""

PERIODIC_SNAPSHOT = "config.snapshot"
"""The due thing that makes a snapshot at the channel's frequency."""

_CHANNEL = msgspec.json.Decoder(DeliveryChannel)
_STATE = msgspec.json.Decoder(DeliveryState)


def of(ctx: Context) -> DeliveryChannel | None:
    """The channel of the context's region."""
    row = ctx.store.one("SELECT body FROM channels WHERE region = ?", (ctx.region,))
    return _CHANNEL.decode(row["body"]) if row else None


def put(ctx: Context, channel: DeliveryChannel) -> None:
    """Keep a channel; the states of one that was there stay."""
    ctx.store.run(
        "INSERT INTO channels (region, body) VALUES (?, ?) ON CONFLICT (region) DO UPDATE SET body = excluded.body",
        (ctx.region, dumps(channel)),
    )


def remove(ctx: Context) -> None:
    ctx.store.run("DELETE FROM channels WHERE region = ?", (ctx.region,))


def state(ctx: Context, way: Way) -> DeliveryState:
    row = ctx.store.one(f"SELECT {way} AS state FROM channels WHERE region = ?", (ctx.region,))
    return _state(row)


def set_state(ctx: Context, way: Way, state: DeliveryState) -> None:
    ctx.store.run(f"UPDATE channels SET {way} = ? WHERE region = ?", (dumps(state), ctx.region))


def succeeded(ctx: Context, way: Way) -> None:
    """A file was delivered: the times move and an older error goes (HIS-10)."""
    set_state(ctx, way, DeliveryState(status="SUCCESS", last_attempt=ctx.now, last_success=ctx.now))


def failed(ctx: Context, way: Way, code: str, message: str) -> None:
    """A file could not be delivered: the last success stays as it was (HIS-09)."""
    before = state(ctx, way)
    set_state(
        ctx,
        way,
        DeliveryState(
            status="FAILURE",
            error_code=code,
            error_message=message,
            last_attempt=ctx.now,
            last_success=before.last_success,
        ),
    )


def schedule_snapshot(ctx: Context, start: Moment) -> None:
    """Put the next periodic snapshot one frequency after `start`, or take it off when the channel has none."""
    channel = of(ctx)
    if channel is None or channel.frequency is None:
        ctx.clock.cancel(PERIODIC_SNAPSHOT, ctx.region)
    else:
        ctx.clock.schedule(start + FREQUENCIES[channel.frequency], PERIODIC_SNAPSHOT, ctx.region)


def _state(row: Row | None) -> DeliveryState:
    return _STATE.decode(row["state"]) if row else DeliveryState()

"""What would have left the engine for subscribers outside: mail, SMS, push, web requests, function calls (SNS-07)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from backend.engine.context import Context
from backend.engine.store import Row, dumps, loads
from backend.model.moment import Moment

SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    subscription TEXT NOT NULL,
    topic TEXT NOT NULL,
    protocol TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    message_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    headers TEXT NOT NULL,
    failure TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS outbox_by_subscription ON outbox (subscription, seq);
"""

KEPT = 500
"""Messages the outbox keeps of a subscription."""


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A message that left the engine, or could not: what a subscriber outside would have got (SNS-07)."""

    at: Moment
    subscription: str
    topic: str
    protocol: str
    endpoint: str
    message_id: str
    subject: str
    body: str
    headers: dict[str, str] = {}
    """Of web requests."""
    failure: str = ""
    """Why it did not arrive; empty when it did."""


def post(
    ctx: Context,
    subscription: Row | Mapping[str, str],
    message_id: str,
    subject: str,
    body: str,
    failure: str = "",
    *,
    headers: dict[str, str] | None = None,
) -> None:
    """Put a message into the outbox, which keeps the newest of each subscription, or rule of the event bus.

    `subscription` has the members arn, topic, protocol and endpoint.
    """
    ctx.store.run(
        "INSERT INTO outbox (at, subscription, topic, protocol, endpoint, message_id, subject, body, headers, failure)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            ctx.now,
            *(subscription[name] for name in ("arn", "topic", "protocol", "endpoint")),
            message_id,
            subject,
            body,
            dumps(headers or {}),
            failure,
        ),
    )
    ctx.store.run(
        "DELETE FROM outbox WHERE subscription = :arn AND seq <="
        " (SELECT seq FROM outbox WHERE subscription = :arn ORDER BY seq DESC LIMIT 1 OFFSET :kept)",
        {"arn": subscription["arn"], "kept": KEPT},
    )


def listing(ctx: Context, subscription: str | None = None) -> list[Mail]:
    """What left the engine, oldest first; of one subscription when its ARN is given."""
    rows = ctx.store.all(
        "SELECT at, subscription, topic, protocol, endpoint, message_id, subject, body, headers, failure FROM outbox"
        " WHERE :arn IS NULL OR subscription = :arn ORDER BY seq",
        {"arn": subscription},
    )
    return [Mail(**{**dict(row), "headers": loads(row["headers"])}) for row in rows]

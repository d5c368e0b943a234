"""Subscriptions: who gets what a topic is told, and from when (reference: around-config.md §8)."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from backend.engine.around import patterns, sns_topics
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import Row, dumps, loads
from backend.model.item import Document
from backend.model.moment import DAY, Moment, to_iso

SCHEMA = """
CREATE TABLE IF NOT EXISTS subscriptions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    arn TEXT NOT NULL UNIQUE,
    topic TEXT NOT NULL,
    region TEXT NOT NULL,
    protocol TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    pending INTEGER NOT NULL,
    token TEXT NOT NULL,
    token_until INTEGER NOT NULL,
    attributes TEXT NOT NULL,
    UNIQUE (topic, protocol, endpoint)
);
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
    failure TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS outbox_by_subscription ON outbox (subscription, seq);
"""

TOKEN_LIFE: Moment = 2 * DAY
KEPT = 500
"""Messages the outbox keeps of a subscription."""

_CONFIRMED_AT_ONCE = frozenset({"sqs", "lambda", "sms", "application", "firehose"})
_ENDPOINTS = {
    "http": re.compile(r"http://\S+"),
    "https": re.compile(r"https://\S+"),
    "email": re.compile(r"[^@\s]+@[^@\s]+"),
    "email-json": re.compile(r"[^@\s]+@[^@\s]+"),
    "sms": re.compile(r"\+?[0-9][0-9 ()-]{3,}"),
    "sqs": re.compile(r"arn:aws:sqs:[a-z0-9-]+:\d+:[A-Za-z0-9_-]+"),
    "lambda": re.compile(r"arn:aws:lambda:[a-z0-9-]+:\d+:function:\S+"),
    "application": re.compile(r"arn:aws:sns:[a-z0-9-]+:\d+:endpoint/\S+"),
    "firehose": re.compile(r"arn:aws:firehose:[a-z0-9-]+:\d+:deliverystream/\S+"),
}
"""Protocols and the form of their endpoints (SNS-05, SNS-06)."""

_SETTABLE = frozenset(
    {
        "DeliveryPolicy",
        "FilterPolicy",
        "FilterPolicyScope",
        "RawMessageDelivery",
        "RedrivePolicy",
        "SubscriptionRoleArn",
    }
)


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
    failure: str = ""
    """Why it did not arrive; empty when it did."""


def subscribe(ctx: Context, params: Document) -> Document:
    """Add an endpoint to a topic; the ARN, or `pending confirmation` until the endpoint agrees.

    The same endpoint again answers its old ARN. Raises NotFound and InvalidParameter; a queue must be in the
    region of the topic unless the world is lenient (SQS-09).
    """
    topic = sns_topics.find(ctx, params["TopicArn"])
    sns_topics.allow_caller(ctx, topic, "Subscribe")
    protocol, endpoint = params["Protocol"], params.get("Endpoint") or ""
    _check_endpoint(ctx, protocol, endpoint)
    attributes = params.get("Attributes") or {}
    for name, value in attributes.items():
        _check(name, value)
    row = ctx.store.one(
        "SELECT * FROM subscriptions WHERE topic = ? AND protocol = ? AND endpoint = ?",
        (topic.resource_id, protocol, endpoint),
    )
    if row is None:
        row = _add(ctx, topic.resource_id, protocol, endpoint, attributes)
    elif attributes and loads(row["attributes"]) != attributes:
        raise sns_topics.invalid("Attributes Reason: Subscription already exists with different attributes")
    if row["pending"] and not params.get("ReturnSubscriptionArn"):
        return {"SubscriptionArn": "pending confirmation"}
    return {"SubscriptionArn": row["arn"]}


def _check_endpoint(ctx: Context, protocol: str, endpoint: str) -> None:
    form = _ENDPOINTS.get(protocol)
    if form is None:
        raise sns_topics.invalid(f"Does not support this protocol string: {protocol}")
    if not form.fullmatch(endpoint):
        named = {"sqs": "SQS endpoint ARN", "lambda": "Lambda endpoint ARN"}.get(protocol)
        raise sns_topics.invalid(named or "Endpoint must match the specified protocol")
    if protocol == "sqs" and endpoint.split(":")[3] != ctx.region and not ctx.world.lenient:
        raise sns_topics.invalid("SQS endpoint ARN: the queue must be in the same region as the topic")


def _add(ctx: Context, topic: str, protocol: str, endpoint: str, attributes: Document) -> Row:
    arn = f"{topic}:{ctx.ids.uuid()}"
    pending = protocol not in _CONFIRMED_AT_ONCE
    token = ctx.ids.hex(64) if pending else ""
    ctx.store.run(
        "INSERT INTO subscriptions (arn, topic, region, protocol, endpoint, pending, token, token_until, attributes)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (arn, topic, ctx.region, protocol, endpoint, pending, token, ctx.now + TOKEN_LIFE, dumps(attributes)),
    )
    row = _row(ctx, arn)
    if pending:
        _ask(ctx, row)
    return row


def _ask(ctx: Context, row: Row) -> None:
    """The message that asks an endpoint outside whether it wants the subscription."""
    link = f"https://sns.{row['region']}.amazonaws.com/?Action=ConfirmSubscription&TopicArn={row['topic']}&Token={row['token']}"
    text = (
        f"You have chosen to subscribe to the topic {row['topic']}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message."
    )
    message_id = ctx.ids.uuid()
    body = dumps(
        {
            "Type": "SubscriptionConfirmation",
            "MessageId": message_id,
            "Token": row["token"],
            "TopicArn": row["topic"],
            "Message": text,
            "SubscribeURL": link,
            "Timestamp": to_iso(ctx.now),
        }
    )
    post(ctx, row, message_id, "AWS Notification - Subscription Confirmation", body)


def post(ctx: Context, row: Row, message_id: str, subject: str, body: str, failure: str = "") -> None:
    """Put a message into the outbox, which keeps the newest of each subscription."""
    ctx.store.run(
        "INSERT INTO outbox (at, subscription, topic, protocol, endpoint, message_id, subject, body, failure)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (ctx.now, row["arn"], row["topic"], row["protocol"], row["endpoint"], message_id, subject, body, failure),
    )
    ctx.store.run(
        "DELETE FROM outbox WHERE subscription = :arn AND seq <="
        " (SELECT seq FROM outbox WHERE subscription = :arn ORDER BY seq DESC LIMIT 1 OFFSET :kept)",
        {"arn": row["arn"], "kept": KEPT},
    )


def outbox(ctx: Context, subscription: str | None = None) -> list[Mail]:
    """What left the engine, oldest first; of one subscription when its ARN is given."""
    rows = ctx.store.all(
        "SELECT at, subscription, topic, protocol, endpoint, message_id, subject, body, failure FROM outbox"
        " WHERE :arn IS NULL OR subscription = :arn ORDER BY seq",
        {"arn": subscription},
    )
    return [Mail(**dict(row)) for row in rows]


def of_topic(ctx: Context, topic: str) -> list[Row]:
    """The confirmed subscriptions of a topic, in the order they were made."""
    return ctx.store.all("SELECT * FROM subscriptions WHERE topic = ? AND NOT pending ORDER BY seq", (topic,))


def confirm_subscription(ctx: Context, params: Document) -> Document:
    """Agree to a subscription with the token that was sent to the endpoint; it lives two days."""
    topic = sns_topics.find(ctx, params["TopicArn"])
    row = ctx.store.one(
        "SELECT * FROM subscriptions WHERE topic = ? AND token = ?", (topic.resource_id, params["Token"])
    )
    if row is None or row["token_until"] < ctx.now:
        raise sns_topics.invalid("Token")
    ctx.store.run("UPDATE subscriptions SET pending = 0 WHERE seq = ?", (row["seq"],))
    return {"SubscriptionArn": row["arn"]}


def unsubscribe(ctx: Context, params: Document) -> Document:
    """Remove a subscription; one that is gone already is no error."""
    ctx.store.run("DELETE FROM subscriptions WHERE arn = ? AND region = ?", (params["SubscriptionArn"], ctx.region))
    return {}


def list_subscriptions(ctx: Context, params: Document) -> Document:
    """All subscriptions of the region, a hundred at a time."""
    rows = ctx.store.all("SELECT * FROM subscriptions WHERE region = ? ORDER BY seq", (ctx.region,))
    return sns_topics.page(params, "Subscriptions", [_listed(ctx, row) for row in rows])


def list_subscriptions_by_topic(ctx: Context, params: Document) -> Document:
    """Those of one topic; waiting ones show `PendingConfirmation` for their ARN."""
    topic = sns_topics.find(ctx, params["TopicArn"])
    sns_topics.allow_caller(ctx, topic, "ListSubscriptionsByTopic")
    rows = ctx.store.all("SELECT * FROM subscriptions WHERE topic = ? ORDER BY seq", (topic.resource_id,))
    return sns_topics.page(params, "Subscriptions", [_listed(ctx, row) for row in rows])


def _listed(ctx: Context, row: Row) -> Document:
    return {
        "SubscriptionArn": "PendingConfirmation" if row["pending"] else row["arn"],
        "Owner": ctx.account,
        "Protocol": row["protocol"],
        "Endpoint": row["endpoint"],
        "TopicArn": row["topic"],
    }


def get_subscription_attributes(ctx: Context, params: Document) -> Document:
    """All attributes of a subscription as text."""
    row = _row(ctx, params["SubscriptionArn"])
    attributes: dict[str, Any] = loads(row["attributes"])
    return {
        "Attributes": {
            "SubscriptionArn": row["arn"],
            "TopicArn": row["topic"],
            "Protocol": row["protocol"],
            "Endpoint": row["endpoint"],
            "Owner": ctx.account,
            "PendingConfirmation": "true" if row["pending"] else "false",
            "ConfirmationWasAuthenticated": "false" if row["token"] else "true",
            "RawMessageDelivery": "false",
            **attributes,
        }
    }


def set_subscription_attributes(ctx: Context, params: Document) -> Document:
    """Change one attribute; an empty value takes a filter or dead-letter queue away."""
    row = _row(ctx, params["SubscriptionArn"])
    name, value = params["AttributeName"], params.get("AttributeValue", "")
    _check(name, value)
    attributes: dict[str, Any] = loads(row["attributes"])
    attributes[name] = value
    if not value:
        del attributes[name]
    ctx.store.run("UPDATE subscriptions SET attributes = ? WHERE seq = ?", (dumps(attributes), row["seq"]))
    return {}


def _row(ctx: Context, arn: str) -> Row:
    row = ctx.store.one("SELECT * FROM subscriptions WHERE arn = ? AND region = ?", (arn, ctx.region))
    if row is None:
        raise ServiceError("NotFound", "Subscription does not exist", 404)
    return row


def _check(name: str, value: str) -> None:
    if name not in _SETTABLE:
        raise sns_topics.invalid("AttributeName")
    if name == "FilterPolicy" and value and value != "{}":
        try:
            patterns.compile_pattern(value)
        except patterns.InvalidPattern as error:
            raise sns_topics.invalid(f"FilterPolicy: {error}") from error
    if name == "FilterPolicyScope" and value not in {"MessageAttributes", "MessageBody"}:
        raise sns_topics.invalid("FilterPolicyScope")
    if name == "RawMessageDelivery" and value.lower() not in {"true", "false"}:
        raise sns_topics.invalid("Attributes Reason: RawMessageDelivery: Invalid value. Must be true or false.")


OPERATIONS: dict[str, Operation] = {
    "Subscribe": subscribe,
    "ConfirmSubscription": confirm_subscription,
    "Unsubscribe": unsubscribe,
    "ListSubscriptions": list_subscriptions,
    "ListSubscriptionsByTopic": list_subscriptions_by_topic,
    "GetSubscriptionAttributes": get_subscription_attributes,
    "SetSubscriptionAttributes": set_subscription_attributes,
}

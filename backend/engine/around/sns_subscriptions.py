"""Subscriptions: who gets what a topic is told, and from when (reference: around-config.md §8)."""

from __future__ import annotations

import re
from typing import Any

from backend.engine.around import identity, patterns, sns_delivery, sns_topics
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import Row, dumps, loads
from backend.model.item import Document
from backend.model.moment import DAY, Moment

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
    owner TEXT NOT NULL,
    UNIQUE (topic, protocol, endpoint)
);
"""

TOKEN_LIFE: Moment = 2 * DAY

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

_FILTER_KEYS = 5
_FILTER_COMBINATIONS = 150

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
    _check_nesting(attributes)
    row = ctx.store.one(
        "SELECT * FROM subscriptions WHERE topic = ? AND protocol = ? AND endpoint = ?",
        (topic.resource_id, protocol, endpoint),
    )
    if row is None:
        row = _add(ctx, topic.resource_id, protocol, endpoint, attributes)
        if row["pending"]:
            sns_delivery.ask(ctx, topic, row)
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
    # Only the owner of a queue may subscribe it without being asked (around-config.md §8).
    foreign = protocol == "sqs" and endpoint.split(":")[4] != ctx.calling_account
    pending = foreign or protocol not in _CONFIRMED_AT_ONCE
    token, until, owner = ctx.ids.hex(64) if pending else "", ctx.now + TOKEN_LIFE, ctx.calling_account
    ctx.store.run(
        "INSERT INTO subscriptions"
        " (arn, topic, region, protocol, endpoint, pending, token, token_until, attributes, owner)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (arn, topic, ctx.region, protocol, endpoint, pending, token, until, dumps(attributes), owner),
    )
    return _row(ctx, arn)


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
    _check_owner(ctx, params["SubscriptionArn"], "Unsubscribe")
    ctx.store.run("DELETE FROM subscriptions WHERE arn = ? AND region = ?", (params["SubscriptionArn"], ctx.region))
    return {}


def list_subscriptions(ctx: Context, params: Document) -> Document:
    """The account's subscriptions in the region, a hundred at a time; those to topics of others come last."""
    rows: list[Row] = []
    for world in (ctx.world, *ctx.world.accounts.others(ctx.world)):
        rows += world.store.all(
            "SELECT * FROM subscriptions WHERE region = ? AND owner = ? ORDER BY seq",
            (ctx.region, ctx.account),
        )
    return sns_topics.page(params, "Subscriptions", [_listed(row) for row in rows])


def list_subscriptions_by_topic(ctx: Context, params: Document) -> Document:
    """Those of one topic; waiting ones show `PendingConfirmation` for their ARN."""
    topic = sns_topics.find(ctx, params["TopicArn"])
    sns_topics.allow_caller(ctx, topic, "ListSubscriptionsByTopic")
    rows = ctx.store.all("SELECT * FROM subscriptions WHERE topic = ? ORDER BY seq", (topic.resource_id,))
    return sns_topics.page(params, "Subscriptions", [_listed(row) for row in rows])


def _listed(row: Row) -> Document:
    return {
        "SubscriptionArn": "PendingConfirmation" if row["pending"] else row["arn"],
        "Owner": row["owner"],
        "Protocol": row["protocol"],
        "Endpoint": row["endpoint"],
        "TopicArn": row["topic"],
    }


def get_subscription_attributes(ctx: Context, params: Document) -> Document:
    """All attributes of a subscription as text."""
    _check_owner(ctx, params["SubscriptionArn"], "GetSubscriptionAttributes")
    row = _row(ctx, params["SubscriptionArn"])
    attributes: dict[str, Any] = loads(row["attributes"])
    return {
        "Attributes": {
            "SubscriptionArn": row["arn"],
            "TopicArn": row["topic"],
            "Protocol": row["protocol"],
            "Endpoint": row["endpoint"],
            "Owner": row["owner"],
            "PendingConfirmation": "true" if row["pending"] else "false",
            "ConfirmationWasAuthenticated": "false" if row["token"] else "true",
            "RawMessageDelivery": "false",
            **attributes,
        }
    }


def set_subscription_attributes(ctx: Context, params: Document) -> Document:
    """Change one attribute; an empty value takes a filter or dead-letter queue away."""
    _check_owner(ctx, params["SubscriptionArn"], "SetSubscriptionAttributes")
    row = _row(ctx, params["SubscriptionArn"])
    name, value = params["AttributeName"], params.get("AttributeValue", "")
    _check(name, value)
    attributes: dict[str, Any] = loads(row["attributes"])
    attributes[name] = value
    if not value:
        del attributes[name]
    _check_nesting(attributes)
    ctx.store.run("UPDATE subscriptions SET attributes = ? WHERE seq = ?", (dumps(attributes), row["seq"]))
    return {}


def _check_owner(ctx: Context, arn: str, action: str) -> None:
    """Raises AuthorizationError (403) for a caller whose account neither has the topic nor made the subscription."""
    caller = ctx.caller.account
    row = ctx.store.one("SELECT owner FROM subscriptions WHERE arn = ?", (arn,)) if caller else None
    if row is not None and row["owner"] != caller:
        raise sns_topics.unauthorized(identity.principal(ctx).arn, f"SNS:{action}", arn)


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
            _check_filter(patterns.compile_pattern(value))
        except patterns.InvalidPattern as error:
            raise sns_topics.invalid(f"FilterPolicy: {error}") from error
    if name == "RedrivePolicy" and value:
        _check_redrive(value)
    if name == "FilterPolicyScope" and value not in {"MessageAttributes", "MessageBody"}:
        raise sns_topics.invalid("FilterPolicyScope")
    if name == "RawMessageDelivery" and value.lower() not in {"true", "false"}:
        raise sns_topics.invalid("Attributes Reason: RawMessageDelivery: Invalid value. Must be true or false.")


def _check_filter(pattern: patterns.Pattern) -> None:
    """Raises InvalidParameter for a filter that SNS finds too large."""
    if len(pattern) > _FILTER_KEYS:
        raise sns_topics.invalid(f"FilterPolicy: Filter policy can not have more than {_FILTER_KEYS} keys")
    if patterns.weight(pattern) > _FILTER_COMBINATIONS:
        raise sns_topics.invalid("FilterPolicy: Filter policy is too complex")


def _check_nesting(attributes: Document) -> None:
    """Raises InvalidParameter for a filter that looks into bodies where it is asked of attributes."""
    text = attributes.get("FilterPolicy") or "{}"
    nested = text != "{}" and any(isinstance(value, dict) for value in patterns.compile_pattern(text).values())
    if nested and attributes.get("FilterPolicyScope") != "MessageBody":
        raise sns_topics.invalid(
            "FilterPolicy: Filter policy scope MessageAttributes does not support nested filter policy"
        )


def _check_redrive(text: str) -> None:
    try:
        target = loads(text)["deadLetterTargetArn"]
    except (ValueError, TypeError, KeyError) as error:
        raise sns_topics.invalid("RedrivePolicy: failed to parse JSON.") from error
    if not _ENDPOINTS["sqs"].fullmatch(str(target)):
        raise sns_topics.invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn")


OPERATIONS: dict[str, Operation] = {
    "Subscribe": subscribe,
    "ConfirmSubscription": confirm_subscription,
    "Unsubscribe": unsubscribe,
    "ListSubscriptions": list_subscriptions,
    "ListSubscriptionsByTopic": list_subscriptions_by_topic,
    "GetSubscriptionAttributes": get_subscription_attributes,
    "SetSubscriptionAttributes": set_subscription_attributes,
}

"""SNS: topics that carry the configuration stream to their subscribers.

Facts: around-config.md §8. Queues get their messages at once; for e-mail, SMS, HTTP and the rest the engine
keeps an outbox of what would have left.
"""

from __future__ import annotations

from backend.engine.around import (
    batches,
    identity,
    message_attributes,
    outbox,
    patterns,
    policy,
    sns_delivery,
    sns_subscriptions,
    sns_topics,
)
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import loads
from backend.engine.world.estate import Resource
from backend.model.item import Document, Json

SCHEMA = sns_subscriptions.SCHEMA + outbox.SCHEMA

_LIMIT = 262_144
"""Bytes of message and attributes together."""


def publish(
    ctx: Context,
    topic_arn: str,
    message: str,
    *,
    subject: str = "",
    principal: str = "",
    attributes: Document | None = None,
    source_arn: str = "",
    per_protocol: Document | None = None,
) -> str:
    """Send a message to all subscribers of a topic, in whatever region and account it is; the message's id.

    `principal` publishes: a role of the context's account, or a service (`config.amazonaws.com`) that speaks for
    `source_arn`. The topic's policy must allow it, and that of the key the topic is encrypted with. Without one the
    engine itself publishes. `per_protocol` has the text of protocols that get another one.
    Raises NotFound, AuthorizationError, and KMSAccessDenied and its like.
    """
    there = ctx.owner_of(topic_arn)
    topic = sns_topics.find(there, topic_arn, anywhere=True)
    there = there.within(topic.region)
    if principal:
        context = identity.surroundings(ctx)
        if principal.endswith(".amazonaws.com"):
            service = principal.partition(".")[0]
            context |= {"aws:sourceaccount": ctx.account, "aws:sourcearn": source_arn or ctx.arn(service, "")}
        sns_topics.allow(ctx, topic, policy.Request(principal, "SNS:Publish", topic_arn, context))
        sns_topics.check_key(ctx, there, topic, principal)
    return _send(there, topic, message, subject, attributes or {}, per_protocol)


def exists(ctx: Context, topic_arn: str) -> bool:
    """Whether there is a topic of that ARN, in whatever region and account."""
    try:
        sns_topics.find(ctx.owner_of(topic_arn), topic_arn, anywhere=True)
    except ServiceError:
        return False
    return True


def _send(
    ctx: Context, topic: Resource, message: str, subject: str, attributes: Document, per_protocol: Document | None
) -> str:
    message_id = ctx.ids.uuid()
    for row in sns_subscriptions.of_topic(ctx, topic.resource_id):
        text = str((per_protocol or {}).get(row["protocol"], message))
        if _wanted(loads(row["attributes"]), text, attributes):
            sns_delivery.hand_over(ctx, topic, row, message_id, subject, text, attributes)
    return message_id


def _wanted(settings: Document, text: str, attributes: Document) -> bool:
    """Whether the subscription's filter lets the message through (SQS-02)."""
    filter_policy = settings.get("FilterPolicy")
    if not filter_policy or filter_policy == "{}":
        return True
    pattern = patterns.compile_pattern(filter_policy)
    if settings.get("FilterPolicyScope") == "MessageBody":
        try:
            body = loads(text)
        except ValueError:
            return False
        return isinstance(body, dict) and patterns.matches(pattern, body)
    return patterns.matches(pattern, {name: _value(attribute) for name, attribute in attributes.items()})


def _value(attribute: Document) -> Json:
    kind, text = attribute["DataType"], attribute.get("StringValue")
    if text is None:
        return None
    return loads(text) if kind in {"Number", "String.Array"} else text


def publish_operation(ctx: Context, params: Document) -> Document:
    """Publish for a caller. Raises InvalidParameter, NotFound and AuthorizationError."""
    topic_arn = params.get("TopicArn") or params.get("TargetArn")
    if topic_arn is None:
        raise sns_topics.invalid("TopicArn or TargetArn Reason: no value for required parameter")
    topic = sns_topics.find(ctx, topic_arn)
    sns_topics.allow_caller(ctx, topic, "Publish")
    return {"MessageId": _publish_entry(ctx, topic, params)}


def _publish_entry(ctx: Context, topic: Resource, entry: Document) -> str:
    message, subject = entry["Message"], entry.get("Subject")
    attributes = entry.get("MessageAttributes") or {}
    message_attributes.check(attributes, "ParameterValueInvalid")
    if not message:
        raise sns_topics.invalid("Empty message")
    if _length(entry) > _LIMIT:
        raise sns_topics.invalid("Message too long")
    if subject is not None and (not 0 < len(subject) <= 100 or "\n" in subject):
        raise sns_topics.invalid("Subject")
    per_protocol: Document | None = None
    if entry.get("MessageStructure") == "json":
        per_protocol = _structured(message)
        message = per_protocol["default"]
    sns_topics.check_key(ctx, ctx, topic, identity.principal(ctx).arn)
    return _send(ctx, topic, message, subject or "", attributes, per_protocol)


def _length(entry: Document) -> int:
    """Bytes of a message with its attributes, of which some may have no value."""
    attributes: Document = entry.get("MessageAttributes") or {}
    texts = [value.get("StringValue", "").encode() or value.get("BinaryValue", b"") for value in attributes.values()]
    return sum(map(len, (entry["Message"].encode(), *(name.encode() for name in attributes), *texts)))


def _structured(message: str) -> Document:
    try:
        found = loads(message)
    except ValueError as error:
        raise sns_topics.invalid("Message Structure - JSON message body failed to parse") from error
    if not isinstance(found, dict) or not isinstance(found.get("default"), str):
        raise sns_topics.invalid("Message Structure - No default entry in JSON message body")
    return found


def publish_batch(ctx: Context, params: Document) -> Document:
    """Up to ten messages, each succeeding or failing by itself."""
    topic_arn, entries = params["TopicArn"], params["PublishBatchRequestEntries"]
    topic = sns_topics.find(ctx, topic_arn)
    sns_topics.allow_caller(ctx, topic, "Publish")
    batches.check(
        entries,
        empty="The batch request doesn't contain any entries.",
        too_many=f"The batch request contains more entries than permissible: {batches.MOST}.",
    )
    batches.check_size(sum(_length(entry) for entry in entries), _LIMIT)
    return batches.run(entries, lambda entry: {"MessageId": _publish_entry(ctx, topic, entry)})


OPERATIONS: dict[str, Operation] = {
    **sns_topics.OPERATIONS,
    **{
        name: sns_topics.where_it_is(operation)
        for name, operation in (
            *((name, sns_topics.OPERATIONS[name]) for name in sns_topics.OF_A_TOPIC),
            *sns_subscriptions.OPERATIONS.items(),
            ("Publish", publish_operation),
            ("PublishBatch", publish_batch),
        )
    },
}

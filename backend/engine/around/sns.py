"""SNS: topics that carry the configuration stream to their subscribers.

Facts: around-config.md §8. Queues get their messages at once; for e-mail, SMS, HTTP and the rest the engine
keeps an outbox of what would have left.
"""

from __future__ import annotations

import base64
import hashlib

from backend.engine.around import identity, message_attributes, patterns, policy, sns_subscriptions, sns_topics, sqs
from backend.engine.around.sns_subscriptions import Mail, outbox, post
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import Row, dumps, loads
from backend.model.item import Document, Json
from backend.model.moment import to_iso

SCHEMA = sns_subscriptions.SCHEMA

__all__ = ["OPERATIONS", "SCHEMA", "Mail", "outbox", "publish"]

_LIMIT = 262_144
"""Bytes of message and attributes together."""

_SERVICE = "sns.amazonaws.com"
_BATCH = 10


def publish(
    ctx: Context,
    topic_arn: str,
    message: str,
    *,
    subject: str = "",
    principal: str = "",
    attributes: Document | None = None,
    source_arn: str = "",
) -> str:
    """Send a message to all subscribers of a topic; its id.

    `principal` is the service that publishes (`config.amazonaws.com`), which the topic's policy must allow; it
    speaks for `source_arn`. Without one the engine itself publishes. Raises NotFound and AuthorizationError.
    """
    topic = sns_topics.find(ctx, topic_arn, anywhere=True)
    if principal:
        service = principal.partition(".")[0]
        source = {"aws:sourceaccount": ctx.account, "aws:sourcearn": source_arn or ctx.arn(service, "")}
        context = {**identity.surroundings(ctx), **source}
        sns_topics.allow(ctx, topic, policy.Request(principal, "SNS:Publish", topic_arn, context))
    return _send(ctx.within(topic.region), topic_arn, message, subject, attributes or {}, per_protocol=None)


def _send(
    ctx: Context,
    topic_arn: str,
    message: str,
    subject: str,
    attributes: Document,
    per_protocol: Document | None,
) -> str:
    message_id = ctx.ids.uuid()
    for row in sns_subscriptions.of_topic(ctx, topic_arn):
        settings: Document = loads(row["attributes"])
        text = str((per_protocol or {}).get(row["protocol"], message))
        if not _wanted(settings, text, attributes):
            continue
        raw = settings.get("RawMessageDelivery", "false").lower() == "true"
        _hand_over(ctx, row, settings, message_id, subject, text, attributes, raw=raw)
    return message_id


def _hand_over(
    ctx: Context,
    row: Row,
    settings: Document,
    message_id: str,
    subject: str,
    text: str,
    attributes: Document,
    *,
    raw: bool,
) -> None:
    if row["protocol"] != "sqs":
        enveloped = row["protocol"] in {"http", "https", "email-json", "lambda", "firehose"} and not raw
        body = dumps(_envelope(ctx, row, message_id, subject, text, attributes)) if enveloped else text
        post(ctx, row, message_id, subject, body)
        return
    body = text if raw else dumps(_envelope(ctx, row, message_id, subject, text, attributes))
    passed = attributes if raw else None
    try:
        sqs.deliver(ctx, row["endpoint"], body, principal=_SERVICE, source_arn=row["topic"], attributes=passed)
    except ServiceError as refusal:
        failure = str(refusal)
        redrive = loads(settings.get("RedrivePolicy") or "null")
        if redrive:
            try:
                target = redrive["deadLetterTargetArn"]
                sqs.deliver(ctx, target, body, principal=_SERVICE, source_arn=row["topic"], attributes=passed)
            except ServiceError as second:
                failure = f"{failure}; dead-letter queue: {second}"
        post(ctx, row, message_id, subject, body, failure)


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


def _envelope(ctx: Context, row: Row, message_id: str, subject: str, text: str, attributes: Document) -> Document:
    """What a subscriber gets unless delivery is raw; `Message` is text even where it holds JSON."""
    host = f"https://sns.{row['region']}.amazonaws.com"
    envelope: Document = {"Type": "Notification", "MessageId": message_id, "TopicArn": row["topic"]}
    if subject:
        envelope["Subject"] = subject
    envelope["Message"] = text
    envelope["Timestamp"] = to_iso(ctx.now)
    envelope["SignatureVersion"] = "1"
    envelope["Signature"] = _signature(f"{message_id}\n{text}")
    envelope["SigningCertURL"] = f"{host}/SimpleNotificationService-configscope.pem"
    envelope["UnsubscribeURL"] = f"{host}/?Action=Unsubscribe&SubscriptionArn={row['arn']}"
    if attributes:
        envelope["MessageAttributes"] = {
            name: {"Type": value["DataType"], "Value": _text(value)} for name, value in attributes.items()
        }
    return envelope


def _text(attribute: Document) -> str:
    if "StringValue" in attribute:
        return str(attribute["StringValue"])
    return base64.b64encode(attribute["BinaryValue"]).decode()


def _signature(text: str) -> str:
    """256 bytes in the form of a signature; there is no certificate to check it with, so nothing is signed."""
    digest = hashlib.sha256(text.encode()).digest()
    return base64.b64encode(b"".join(hashlib.sha256(digest + bytes([place])).digest() for place in range(8))).decode()


def publish_operation(ctx: Context, params: Document) -> Document:
    """Publish for a caller. Raises InvalidParameter, NotFound and AuthorizationError."""
    topic_arn = params.get("TopicArn") or params.get("TargetArn")
    if topic_arn is None:
        raise sns_topics.invalid("TopicArn or TargetArn Reason: no value for required parameter")
    topic = sns_topics.find(ctx, topic_arn)
    sns_topics.allow_caller(ctx, topic, "Publish")
    return {"MessageId": _publish_entry(ctx, topic_arn, params)}


def _publish_entry(ctx: Context, topic_arn: str, entry: Document) -> str:
    message, subject = entry["Message"], entry.get("Subject")
    attributes = entry.get("MessageAttributes") or {}
    message_attributes.check(attributes, "ParameterValueInvalid")
    if not message:
        raise sns_topics.invalid("Empty message")
    if len(message.encode()) + len(dumps({name: _text(value) for name, value in attributes.items()})) - 2 > _LIMIT:
        raise sns_topics.invalid("Message too long")
    if subject is not None and (not 0 < len(subject) <= 100 or "\n" in subject):
        raise sns_topics.invalid("Subject")
    per_protocol: Document | None = None
    if entry.get("MessageStructure") == "json":
        per_protocol = _structured(message)
        message = per_protocol["default"]
    return _send(ctx, topic_arn, message, subject or "", attributes, per_protocol)


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
    if not entries:
        raise ServiceError("EmptyBatchRequest", "The batch request doesn't contain any entries.")
    if len(entries) > _BATCH:
        raise ServiceError(
            "TooManyEntriesInBatchRequest", f"The batch request contains more entries than permissible: {_BATCH}."
        )
    if len({entry["Id"] for entry in entries}) < len(entries):
        raise ServiceError("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
    answer: Document = {"Successful": [], "Failed": []}
    for entry in entries:
        try:
            message_id = _publish_entry(ctx, topic_arn, entry)
        except ServiceError as error:
            failed = {"Id": entry["Id"], "Code": error.code, "Message": error.message, "SenderFault": True}
            answer["Failed"].append(failed)
        else:
            answer["Successful"].append({"Id": entry["Id"], "MessageId": message_id})
    return answer


OPERATIONS: dict[str, Operation] = {
    **sns_topics.OPERATIONS,
    **sns_subscriptions.OPERATIONS,
    "Publish": publish_operation,
    "PublishBatch": publish_batch,
}

"""What a subscriber gets of a message, in the form of its protocol (reference: around-config.md §8).

Queues get it at once. What would leave the engine, as mail, SMS, push or web request, lies in the outbox in the form in
which it would have left; so does what a Lambda function would be called with.
"""

from __future__ import annotations

import base64
import hashlib

from backend.engine.around import outbox, sqs
from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.engine.store import Row, dumps, loads
from backend.engine.world.estate import Resource
from backend.model.item import Document
from backend.model.moment import to_iso

_SERVICE = "sns.amazonaws.com"
_SMS_LIMIT = 1600
"""Characters of all parts of an SMS together; the rest is cut."""

_QUEUE_ATTRIBUTES = 10
"""Message attributes that a queue takes; a raw message with more of them is refused."""


def hand_over(
    ctx: Context, topic: Resource, row: Row, message_id: str, subject: str, text: str, attributes: Document
) -> None:
    """Bring a message to one subscriber; what it refuses goes to its dead-letter queue, or is only recorded."""
    settings: Document = loads(row["attributes"])
    raw = settings.get("RawMessageDelivery", "false").lower() == "true"
    protocol = row["protocol"]
    if protocol in {"sqs", "http", "https", "email-json", "firehose"} and not raw:
        body = dumps(envelope(ctx, topic, row, message_id, subject, text, attributes))
    elif protocol == "lambda":
        body = dumps(_invocation(envelope(ctx, topic, row, message_id, subject, text, attributes), row))
    elif protocol == "email":
        subject = subject or "AWS Notification Message"
        body = text + _footer(row)
    elif protocol == "sms":
        body = f"{topic.configuration.get('DisplayName') or topic.name}> {text}"[:_SMS_LIMIT]
    else:
        body = text
    if protocol == "sqs":
        _to_queue(ctx, row, settings, message_id, subject, body, attributes if raw else {})
    else:
        headers = _headers(row, "Notification", message_id, raw=raw) if protocol in {"http", "https"} else {}
        outbox.post(ctx, row, message_id, subject, body, headers=headers)


def _to_queue(
    ctx: Context, row: Row, settings: Document, message_id: str, subject: str, body: str, attributes: Document
) -> None:
    try:
        _send(ctx, row["endpoint"], row["topic"], body, attributes)
    except ServiceError as refusal:
        failure = str(refusal)
        redrive = loads(settings.get("RedrivePolicy") or "null")
        if redrive:
            try:
                _send(ctx, redrive["deadLetterTargetArn"], row["topic"], body, attributes)
            except ServiceError as second:
                failure = f"{failure}; dead-letter queue: {second}"
        outbox.post(ctx, row, message_id, subject, body, failure)


def _send(ctx: Context, queue: str, topic: str, body: str, attributes: Document) -> None:
    if len(attributes) > _QUEUE_ATTRIBUTES:
        raise ServiceError(
            "InvalidParameterValue", f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum"
        )
    sqs.deliver(ctx, queue, body, principal=_SERVICE, source_arn=topic, attributes=attributes)


def ask(ctx: Context, topic: Resource, row: Row) -> None:
    """Ask an endpoint outside, or a queue of another account, whether it wants its subscription."""
    text = (
        f"You have chosen to subscribe to the topic {row['topic']}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message."
    )
    message_id = ctx.ids.uuid()
    host = _host(row)
    link = f"{host}/?Action=ConfirmSubscription&TopicArn={row['topic']}&Token={row['token']}"
    body = {
        "Type": "SubscriptionConfirmation",
        "MessageId": message_id,
        "Token": row["token"],
        "TopicArn": row["topic"],
        "Message": text,
        "SubscribeURL": link,
        "Timestamp": to_iso(ctx.now),
        **_signed(topic, row, f"{message_id}\n{row['token']}\n{text}"),
    }
    subject = "AWS Notification - Subscription Confirmation"
    if row["protocol"] == "sqs":
        _to_queue(ctx, row, {}, message_id, subject, dumps(body), {})
    elif row["protocol"] == "email":
        mail = (
            f"You have chosen to subscribe to the topic:\n{row['topic']}\n\n"
            f"To confirm this subscription, click or visit the link below:\n{link}\n"
        )
        outbox.post(ctx, row, message_id, subject, mail)
    else:
        web = row["protocol"] in {"http", "https"}
        headers = _headers(row, "SubscriptionConfirmation", message_id, raw=False) if web else {}
        outbox.post(ctx, row, message_id, subject, dumps(body), headers=headers)


def envelope(
    ctx: Context, topic: Resource, row: Row, message_id: str, subject: str, text: str, attributes: Document
) -> Document:
    """What a subscriber gets unless delivery is raw; `Message` is text even where it holds JSON."""
    enveloped: Document = {"Type": "Notification", "MessageId": message_id, "TopicArn": row["topic"]}
    if subject:
        enveloped["Subject"] = subject
    enveloped["Message"] = text
    enveloped["Timestamp"] = to_iso(ctx.now)
    enveloped |= _signed(topic, row, f"{message_id}\n{text}")
    enveloped["UnsubscribeURL"] = _unsubscribe(row)
    if attributes:
        enveloped["MessageAttributes"] = {
            name: {"Type": value["DataType"], "Value": attribute_text(value)} for name, value in attributes.items()
        }
    return enveloped


def _invocation(enveloped: Document, row: Row) -> Document:
    """The event of a Lambda function; its message has every member, and two of them in another spelling."""
    message: Document = {
        "Subject": None,
        "MessageAttributes": {},
        **enveloped,
        "SigningCertUrl": enveloped["SigningCertURL"],
        "UnsubscribeUrl": enveloped["UnsubscribeURL"],
    }
    del message["SigningCertURL"], message["UnsubscribeURL"]
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": row["arn"],
        "Sns": message,
    }
    return {"Records": [record]}


def _headers(row: Row, kind: str, message_id: str, *, raw: bool) -> dict[str, str]:
    """What a web request says of itself before its body."""
    headers = {
        "x-amz-sns-message-type": kind,
        "x-amz-sns-message-id": message_id,
        "x-amz-sns-topic-arn": row["topic"],
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
    }
    if kind == "Notification":
        headers["x-amz-sns-subscription-arn"] = row["arn"]
    if raw:
        headers["x-amz-sns-rawdelivery"] = "true"
    return headers


def _footer(row: Row) -> str:
    return (
        "\n\n--\nIf you wish to stop receiving notifications from this topic, please click or visit the link below to"
        f" unsubscribe:\n{_unsubscribe(row)}&Endpoint={row['endpoint']}\n"
    )


def _host(row: Row) -> str:
    return f"https://sns.{row['region']}.amazonaws.com"


def _unsubscribe(row: Row) -> str:
    return f"{_host(row)}/?Action=Unsubscribe&SubscriptionArn={row['arn']}"


def _signed(topic: Resource, row: Row, text: str) -> Document:
    """256 bytes in the form of a signature; there is no certificate to check it with, so nothing is signed."""
    signature = hashlib.shake_256(text.encode()).digest(256)
    return {
        "SignatureVersion": topic.configuration.get("SignatureVersion", "1"),
        "Signature": base64.b64encode(signature).decode(),
        "SigningCertURL": f"{_host(row)}/SimpleNotificationService-configscope.pem",
    }


def attribute_text(attribute: Document) -> str:
    """The value of a message attribute; base64 where it is binary."""
    if "StringValue" in attribute:
        return str(attribute["StringValue"])
    return base64.b64encode(attribute["BinaryValue"]).decode()

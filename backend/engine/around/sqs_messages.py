"""Messages in queues: sent, received, hidden for a while, deleted, and gone after the retention period.

Facts: around-config.md §9. Time is the engine's clock; an empty receive answers at once, waiting is the wire's part.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Callable, Mapping, Sequence

from backend.engine.around import batches, identity, kms_keys, message_attributes, policy, sqs_queues
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import Row, dumps, loads
from backend.engine.world.estate import Resource
from backend.model.item import Document, Json
from backend.model.moment import MINUTE, SECOND, Moment

SCHEMA = """
CREATE TABLE IF NOT EXISTS queue_messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    attributes TEXT NOT NULL,
    sender TEXT NOT NULL,
    sent INTEGER NOT NULL,
    visible INTEGER NOT NULL,
    receives INTEGER NOT NULL DEFAULT 0,
    first_received INTEGER,
    receipt TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS queue_messages_in_order ON queue_messages (queue, seq);
CREATE INDEX IF NOT EXISTS queue_messages_by_age ON queue_messages (queue, sent);
"""

_KEY_CODES = {
    "AccessDeniedException": "KmsAccessDenied",
    "DisabledException": "KmsDisabled",
    "KMSInvalidStateException": "KmsInvalidState",
    "NotFoundException": "KmsNotFound",
}
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Anything but the characters of XML 1.0."""


def deliver(
    ctx: Context,
    queue_arn: str,
    body: str,
    *,
    principal: str,
    source_arn: str,
    attributes: Document | None = None,
) -> str:
    """Put a message into a queue for a service, as its policy allows; the message id.

    `attributes` are message attributes in the shape of SendMessage. Raises QueueDoesNotExist, AccessDenied, and
    KmsAccessDenied and its like for a queue that is encrypted with a key.
    """
    there = ctx.owner_of(queue_arn)
    queue = sqs_queues.by_arn(there, queue_arn)
    context = {**identity.surroundings(ctx), "aws:sourcearn": source_arn, "aws:sourceaccount": ctx.account}
    sqs_queues.allow(there, queue, policy.Request(principal, "sqs:SendMessage", queue_arn, context))
    key = queue.configuration.get("KmsMasterKeyId")
    refusal = kms_keys.sending_refusal(ctx, there, key, principal) if key else None
    if refusal is not None:
        raise ServiceError(_KEY_CODES[refusal.code], refusal.message)
    return _store(there, queue, body, attributes or {}, sender=principal, delay=None)


def _store(ctx: Context, queue: Resource, body: str, attributes: Document, *, sender: str, delay: int | None) -> str:
    message_id = ctx.ids.uuid()
    wait = sqs_queues.number(queue, "DelaySeconds") if delay is None else delay
    ctx.store.run(
        "INSERT INTO queue_messages (queue, id, body, attributes, sender, sent, visible) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (sqs_queues.arn(queue), message_id, body, dumps(_packed(attributes)), sender, ctx.now, ctx.now + wait * SECOND),
    )
    _expire(ctx, queue)
    return message_id


def _expire(ctx: Context, queue: Resource) -> None:
    kept = sqs_queues.number(queue, "MessageRetentionPeriod") * SECOND
    ctx.store.run("DELETE FROM queue_messages WHERE queue = ? AND sent < ?", (sqs_queues.arn(queue), ctx.now - kept))


def send_message(ctx: Context, params: Document) -> Document:
    """Put a message into a queue. Raises InvalidMessageContents, InvalidParameterValue and AccessDenied."""
    queue = sqs_queues.find(ctx, params["QueueUrl"])
    sqs_queues.allow_caller(ctx, queue, "SendMessage")
    return _send(ctx, queue, params)


def _send(ctx: Context, queue: Resource, entry: Document) -> Document:
    body, attributes = entry["MessageBody"], entry.get("MessageAttributes") or {}
    message_attributes.check(attributes, "InvalidParameterValue")
    limit = sqs_queues.number(queue, "MaximumMessageSize")
    if not body:
        raise ServiceError("MissingParameter", "The request must contain the parameter MessageBody.")
    if _FORBIDDEN.search(body):
        raise ServiceError(
            "InvalidMessageContents", "Invalid characters found. Valid unicode characters are those of XML 1.0."
        )
    if _length(entry) > limit:
        raise ServiceError(
            "InvalidParameterValue",
            f"One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes.",
        )
    sender = identity.principal(ctx).id.partition(":")[0]
    answer: Document = {
        "MessageId": _store(ctx, queue, body, attributes, sender=sender, delay=entry.get("DelaySeconds")),
        "MD5OfMessageBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
    }
    if attributes:
        answer["MD5OfMessageAttributes"] = attributes_md5(attributes)
    return answer


def receive_message(ctx: Context, params: Document) -> Document:
    """At most ten visible messages in the order they were sent; each is hidden for the visibility timeout.

    Without messages the key `Messages` is absent. A message received more often than its queue's redrive
    policy allows goes to the dead-letter queue instead.
    """
    queue = sqs_queues.find(ctx, params["QueueUrl"])
    sqs_queues.allow_caller(ctx, queue, "ReceiveMessage")
    _expire(ctx, queue)
    hidden = params.get("VisibilityTimeout")
    until = ctx.now + (sqs_queues.number(queue, "VisibilityTimeout") if hidden is None else hidden) * SECOND
    wanted = set(params.get("MessageSystemAttributeNames") or []) | set(params.get("AttributeNames") or [])
    names = params.get("MessageAttributeNames") or []
    messages: list[Document] = []
    for row in _visible(ctx, queue, params.get("MaxNumberOfMessages") or 1):
        receipt = base64.b64encode(f"{row['seq']}:{ctx.ids.read_hex()[:32]}".encode()).decode()
        first = row["first_received"] or ctx.now
        ctx.store.run(
            "UPDATE queue_messages SET visible = ?, receives = receives + 1, first_received = ?, receipt = ?"
            " WHERE seq = ?",
            (until, first, receipt, row["seq"]),
        )
        messages.append(_message(row, receipt, first, wanted, names))
    return {"Messages": messages} if messages else {}


def _visible(ctx: Context, queue: Resource, limit: int) -> list[Row]:
    rows = ctx.store.all(
        "SELECT * FROM queue_messages WHERE queue = ? AND visible <= ? ORDER BY seq LIMIT ?",
        (sqs_queues.arn(queue), ctx.now, limit),
    )
    redrive = loads(queue.configuration.get("RedrivePolicy") or "null")
    if redrive is None:
        return rows
    spent = [row for row in rows if row["receives"] >= int(redrive["maxReceiveCount"])]
    for row in spent:
        ctx.store.run(
            "UPDATE queue_messages SET queue = ?, visible = ?, receipt = '' WHERE seq = ?",
            (redrive["deadLetterTargetArn"], ctx.now, row["seq"]),
        )
    return _visible(ctx, queue, limit) if spent else rows


def _message(row: Row, receipt: str, first: Moment, wanted: set[str], names: Sequence[str]) -> Document:
    body: str = row["body"]
    message: Document = {
        "MessageId": row["id"],
        "ReceiptHandle": receipt,
        "MD5OfBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
        "Body": body,
    }
    system = {
        "SenderId": row["sender"],
        "SentTimestamp": str(row["sent"]),
        "ApproximateReceiveCount": str(row["receives"] + 1),
        "ApproximateFirstReceiveTimestamp": str(first),
    }
    asked = {name: value for name, value in system.items() if name in wanted or "All" in wanted}
    if asked:
        message["Attributes"] = asked
    attributes = {
        name: value
        for name, value in _unpacked(loads(row["attributes"])).items()
        if any(n in {"All", ".*", name} or (n.endswith(".*") and name.startswith(n[:-2])) for n in names)
    }
    if attributes:
        message["MessageAttributes"] = attributes
        message["MD5OfMessageAttributes"] = attributes_md5(attributes)
    return message


def delete_message(ctx: Context, params: Document) -> Document:
    """Take a received message off its queue; one that is gone already is no error."""
    queue = sqs_queues.find(ctx, params["QueueUrl"])
    sqs_queues.allow_caller(ctx, queue, "DeleteMessage")
    _delete(ctx, queue, params)
    return {}


def _delete(ctx: Context, queue: Resource, entry: Document) -> Document:
    seq = _seq(entry["ReceiptHandle"])
    ctx.store.run("DELETE FROM queue_messages WHERE seq = ? AND queue = ?", (seq, sqs_queues.arn(queue)))
    return {}


def change_message_visibility(ctx: Context, params: Document) -> Document:
    """Hide a received message for so many seconds from now. Raises MessageNotInflight."""
    queue = sqs_queues.find(ctx, params["QueueUrl"])
    sqs_queues.allow_caller(ctx, queue, "ChangeMessageVisibility")
    return _hide(ctx, queue, params)


def _hide(ctx: Context, queue: Resource, entry: Document) -> Document:
    changed = ctx.store.run(
        "UPDATE queue_messages SET visible = ? WHERE seq = ? AND queue = ? AND receives > 0 AND visible > ?",
        (
            ctx.now + (entry.get("VisibilityTimeout") or 0) * SECOND,
            _seq(entry["ReceiptHandle"]),
            sqs_queues.arn(queue),
            ctx.now,
        ),
    )
    if not changed:
        raise ServiceError("MessageNotInflight", "The specified message isn't in flight.")
    return {}


def purge_queue(ctx: Context, params: Document) -> Document:
    """Delete all messages; PurgeQueueInProgress when asked again within a minute."""
    queue = sqs_queues.find(ctx, params["QueueUrl"])
    sqs_queues.allow_caller(ctx, queue, "PurgeQueue")
    key = f"purged/{sqs_queues.arn(queue)}"
    last = ctx.store.meta(key)
    if last is not None and ctx.now - last < MINUTE:
        raise ServiceError(
            "PurgeQueueInProgress", f"Only one PurgeQueue operation on {queue.name} is allowed every 60 seconds.", 403
        )
    ctx.store.set_meta(key, ctx.now)
    ctx.store.run("DELETE FROM queue_messages WHERE queue = ?", (sqs_queues.arn(queue),))
    return {}


def get_queue_attributes(ctx: Context, params: Document) -> Document:
    """The attributes asked for, all as text, with the counts of messages."""
    queue = sqs_queues.find(ctx, params["QueueUrl"])
    sqs_queues.allow_caller(ctx, queue, "GetQueueAttributes")
    names = set(params.get("AttributeNames") or [])
    _expire(ctx, queue)
    counts = ctx.store.one(
        "SELECT count(*) FILTER (WHERE visible <= :now) AS ready,"
        " count(*) FILTER (WHERE visible > :now AND receives > 0) AS hidden,"
        " count(*) FILTER (WHERE visible > :now AND receives = 0) AS waiting FROM queue_messages WHERE queue = :queue",
        {"now": ctx.now, "queue": sqs_queues.arn(queue)},
    )
    known = {
        **queue.configuration,
        "ApproximateNumberOfMessages": str(counts["ready"] if counts else 0),
        "ApproximateNumberOfMessagesNotVisible": str(counts["hidden"] if counts else 0),
        "ApproximateNumberOfMessagesDelayed": str(counts["waiting"] if counts else 0),
    }
    found = {name: value for name, value in known.items() if "All" in names or name in names}
    return {"Attributes": found} if found else {}


def _batch(action: str, one: Callable[[Context, Resource, Document], Document]) -> Operation:
    """The batch form of an operation: up to ten entries, each succeeding or failing by itself."""

    def run(ctx: Context, params: Document) -> Document:
        queue = sqs_queues.find(ctx, params["QueueUrl"])
        sqs_queues.allow_caller(ctx, queue, action)
        entries = params["Entries"]
        batches.check(
            entries,
            empty=f"There should be at least one {action}BatchRequestEntry in the request.",
            too_many=f"Maximum number of entries per request are {batches.MOST}. You have sent {len(entries)}.",
        )
        if action == "SendMessage":
            size = sum(_length(entry) for entry in entries)
            batches.check_size(size, sqs_queues.LONGEST)
        return batches.run(entries, lambda entry: one(ctx, queue, entry))

    return run


def _seq(receipt: str) -> int:
    """The message behind a receipt handle; older handles of a message serve too."""
    try:
        number, _, chance = base64.b64decode(receipt, validate=True).decode().partition(":")
        if chance:
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise ServiceError(
        "ReceiptHandleIsInvalid", f'The input receipt handle "{receipt}" is not a valid receipt handle.', 404
    )


def attributes_md5(attributes: Mapping[str, Json]) -> str:
    """The digest that clients check: names in order, each part with its length before it."""
    digest = hashlib.md5(usedforsecurity=False)

    def part(value: bytes) -> None:
        digest.update(struct.pack(">I", len(value)) + value)

    for name in sorted(attributes):
        attribute = attributes[name]
        part(name.encode())
        part(attribute["DataType"].encode())
        if "BinaryValue" in attribute:
            digest.update(b"\x02")
            part(attribute["BinaryValue"])
        else:
            digest.update(b"\x01")
            part(attribute["StringValue"].encode())
    return digest.hexdigest()


def _length(entry: Document) -> int:
    """Bytes of a message with its attributes."""
    return len(entry["MessageBody"].encode()) + _size(entry.get("MessageAttributes") or {})


def _size(attributes: Document) -> int:
    return sum(
        len(name.encode())
        + len(value["DataType"])
        + len(value.get("StringValue", "").encode() + value.get("BinaryValue", b""))
        for name, value in attributes.items()
    )


def _packed(attributes: Document) -> Document:
    """For a JSON column: binary values as base64, which `_unpacked` undoes."""
    return {
        name: {**value, "BinaryValue": base64.b64encode(value["BinaryValue"]).decode()}
        if "BinaryValue" in value
        else value
        for name, value in attributes.items()
    }


def _unpacked(attributes: Document) -> Document:
    return {
        name: {**value, "BinaryValue": base64.b64decode(value["BinaryValue"])} if "BinaryValue" in value else value
        for name, value in attributes.items()
    }


OPERATIONS: dict[str, Operation] = {
    "SendMessage": send_message,
    "SendMessageBatch": _batch("SendMessage", _send),
    "ReceiveMessage": receive_message,
    "DeleteMessage": delete_message,
    "DeleteMessageBatch": _batch("DeleteMessage", _delete),
    "ChangeMessageVisibility": change_message_visibility,
    "ChangeMessageVisibilityBatch": _batch("ChangeMessageVisibility", _hide),
    "PurgeQueue": purge_queue,
    "GetQueueAttributes": get_queue_attributes,
}

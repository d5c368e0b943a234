"""Decoding what AWS Config sends: from a queue's message body to a `StreamMessage`."""

from __future__ import annotations

import hashlib

import msgspec

from backend.model.item import Document, Json
from backend.model.spelling import read_moment
from backend.model.stream import StreamMessage

_SUMMARY = "configurationItemSummary"


def read_message(body: str, message_id: str = "") -> StreamMessage:
    """A message in any wrapping: SNS envelope, raw delivery, EventBridge event, or the text form for e-mail.

    Never fails: what is not understood is shown as type "Unknown" with its text in `document`.
    `message_id` (SQS's) names messages that have no id of their own.
    """
    outer = _object(body)
    inner = _object(outer["Message"]) if isinstance(outer.get("Message"), str) else outer
    if isinstance(inner.get("detail"), dict):
        inner, outer = inner["detail"], inner
    message_type = _text(inner.get("messageType"))
    about = inner if message_type == "ComplianceChangeNotification" else _item(inner)
    names = inner.get("configRuleNames")
    return StreamMessage(
        message_id=_text(outer.get("MessageId") or outer.get("id")) or message_id or _digest(body),
        time=read_moment(inner.get("notificationCreationTime") or outer.get("Timestamp") or outer.get("time")) or 0,
        message_type=message_type or "Unknown",
        region=_text(about.get("awsRegion") or inner.get("awsRegion") or outer.get("region")) or _region(outer, inner),
        resource_type=_text(about.get("resourceType")),
        resource_id=_text(about.get("resourceId")),
        change_type=_change(inner),
        rule=_text(inner.get("configRuleName")) or (", ".join(map(_text, names)) if isinstance(names, list) else ""),
        subject=_text(outer.get("Subject") or outer.get("detail-type")),
        document=inner or {"text": body},
    )


def _item(message: Document) -> Document:
    """The item a message is about; archives of 2014 carry a list of one."""
    item = message.get("configurationItem") or message.get(_SUMMARY)
    if isinstance(item, list) and item:
        item = item[0]
    return item if isinstance(item, dict) else {}


def _change(message: Document) -> str:
    for part in (message.get("configurationItemDiff"), message.get(_SUMMARY)):
        if isinstance(part, dict) and part.get("changeType"):
            return _text(part["changeType"])
    result = message.get("newEvaluationResult")
    return _text(result.get("complianceType")) if isinstance(result, dict) else ""


def _region(outer: Document, inner: Document) -> str:
    """Messages about deliveries name no region; their topic or their object's key does."""
    arn = _text(outer.get("TopicArn")).split(":")
    if len(arn) == 6:
        return arn[3]
    path = _text(inner.get("s3ObjectKey")).partition("/Config/")[2].split("/")
    return path[0]


def _object(text: str) -> Document:
    """The JSON object in a text; e-mail puts a preface before it."""
    for start in (0, text.find("{")):
        if start < 0:
            break
        try:
            found: Json = msgspec.json.decode(text[start:])
        except msgspec.DecodeError:
            continue
        if isinstance(found, dict):
            return found
    return {}


def _text(value: Json) -> str:
    return "" if value is None else str(value)


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:32]

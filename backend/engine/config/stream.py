"""The configuration stream: messages to the channel's topic, and events to the default bus.

Every kind of message goes both ways (references: aws-config.md §4, around-config.md §7). The topic is optional; the
bus gets the messages with or without one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backend.engine.around import events, sns
from backend.engine.clock import Due
from backend.engine.config import channel, deposit, faults, grants, letters
from backend.engine.context import Context
from backend.engine.engine import DueHandler
from backend.engine.errors import ServiceError
from backend.engine.store import dumps
from backend.model import moment
from backend.model.delivery import DeliveryState
from backend.model.item import Document

LATE = "config.stream.late"
"""The due thing that sends a message which an injected lag held back."""

_VERSIONS = {
    "ConfigurationItemChangeNotification": "1.3",
    "ConfigurationSnapshotDeliveryStarted": "1.1",
    "ConfigurationSnapshotDeliveryCompleted": "1.1",
    "ConfigurationSnapshotDeliveryFailed": "1.1",
    "ConfigurationHistoryDeliveryCompleted": "1.1",
    "ConfigurationHistoryDeliveryFailed": "1.1",
}
"""`recordVersion` of a message type; 1.0 for the rest."""

_DETAIL_TYPES = {
    "ConfigurationItemChangeNotification": "Config Configuration Item Change",
    "OversizedConfigurationItemChangeNotification": "Config Configuration Item Change",
    "OversizedConfigurationItemChangeDeliveryFailed": "Config Configuration Item Change",
    "ComplianceChangeNotification": "Config Rules Compliance Change",
    "ConfigRulesEvaluationStarted": "Config Rules Re-evaluation Status",
    "ConfigurationSnapshotDeliveryStarted": "Config Configuration Snapshot Delivery Status",
    "ConfigurationSnapshotDeliveryCompleted": "Config Configuration Snapshot Delivery Status",
    "ConfigurationSnapshotDeliveryFailed": "Config Configuration Snapshot Delivery Status",
    "ConfigurationHistoryDeliveryCompleted": "Config Configuration History Delivery Status",
    "ConfigurationHistoryDeliveryFailed": "Config Configuration History Delivery Status",
}

_REFUSALS = {
    "topic-gone": ServiceError("NotFound", "Topic does not exist", 404),
    "topic-denied": ServiceError("AuthorizationError", "AWS Config is not authorized to publish to the topic", 403),
    "topic-throttled": ServiceError("Throttled", "Rate exceeded", 429),
}
"""What the topic answers when it is made to fail."""

_SUBJECT_LIMIT = 100
_MESSAGE_LIMIT = 256 * 1024
"""Bytes of an SNS message; a longer item change is told in its oversized form."""

_WORDS = {"CREATE": "Created", "UPDATE": "Updated", "DELETE": "Deleted"}


def item_changed(ctx: Context, document: Document, diff: Document, *, discovered: bool = False) -> Document | None:
    """Tell of a new item; one too long for SNS goes to the bucket and is told of in short (ITM-05, STR-01).

    Returns the short message of an oversized item, for rules that are called with it; None for all others.
    """
    word = "Discovered" if discovered else _WORDS[diff["changeType"]]
    subject = f"{document['resourceType']} {document['resourceId']} {word} in Account {ctx.account}"
    resources = [document["ARN"]] if document["ARN"] else []
    content = {"configurationItemDiff": diff, "configurationItem": document}
    message = _whole(ctx, "ConfigurationItemChangeNotification", content)
    text = dumps(message)
    # A character has four bytes at most, so that few messages need to be encoded to know.
    if len(text) * 4 > _MESSAGE_LIMIT and len(text.encode()) > _MESSAGE_LIMIT:
        return _oversized(ctx, document, diff, text, subject, resources)
    _send(ctx, message, text, subject, resources)
    return None


class Sent(NamedTuple):
    """What became of a message."""

    message: Document
    """As it was sent."""
    refusal: ServiceError | None
    """Why the channel's topic did not take it."""


def send(ctx: Context, message_type: str, message: Document, subject: str, *, resources: Sequence[str] = ()) -> Sent:
    """Send a message of AWS Config to the channel's topic and to the default bus.

    `message` lacks the members that all messages have (creation time, type, version); `subject` lacks the
    `[AWS Config:<region>]` before it, and is cut to 100 characters. The stream's state follows what became of it.
    """
    whole = _whole(ctx, message_type, message)
    return Sent(whole, _send(ctx, whole, dumps(whole), subject, resources))


def _whole(ctx: Context, message_type: str, message: Document) -> Document:
    return {
        **message,
        "notificationCreationTime": moment.to_iso(ctx.clock.last),
        "messageType": message_type,
        "recordVersion": _VERSIONS.get(message_type, "1.0"),
    }


def _send(ctx: Context, message: Document, text: str, subject: str, resources: Sequence[str]) -> ServiceError | None:
    """Why the topic refused the message; None when it did not."""
    subject = _cut(f"[AWS Config:{ctx.region}] {subject}")
    lag = faults.active(ctx, "stream-lag") if faults.some(ctx) else None
    if lag is None:
        return _hand_over(ctx, message, text, subject, resources)
    payload = {"message": message, "subject": subject, "resources": list(resources)}
    ctx.clock.schedule(ctx.now + lag.milliseconds, LATE, ctx.region, ctx.ids.uuid(), payload)
    return None


def send_late(ctx: Context, due: Due) -> None:
    """Send what an injected lag held back."""
    message = due.payload["message"]
    _hand_over(ctx, message, dumps(message), due.payload["subject"], due.payload["resources"])


DUE: dict[str, DueHandler] = {LATE: send_late}


def _hand_over(
    ctx: Context, message: Document, text: str, subject: str, resources: Sequence[str]
) -> ServiceError | None:
    troubled = faults.some(ctx)
    refusal = None
    if not (troubled and faults.use(ctx, "dropped-message")):
        refusal = _publish(ctx, message, text, subject, troubled)
    if not (troubled and faults.use(ctx, "dropped-event")):
        detail_type = _DETAIL_TYPES[message["messageType"]]
        events.emit(ctx, detail_type, _without_nulls(message), resources=list(resources))
    return refusal


def _cut(subject: str) -> str:
    """One line of a hundred characters at most: SNS takes no other."""
    line = subject if subject.isprintable() else "".join(c if c.isprintable() else " " for c in subject)
    return line if len(line) <= _SUBJECT_LIMIT else line[: _SUBJECT_LIMIT - 3] + "..."


def _publish(ctx: Context, message: Document, text: str, subject: str, troubled: bool) -> ServiceError | None:
    found = channel.of(ctx)
    if found is None or found.topic_arn is None:
        return None
    refusal = _injected(ctx) if troubled else None
    if refusal is None:
        refusal = _refusal(ctx, found.topic_arn, text, subject, letters.texts(ctx, message, text))
    if refusal is None:
        _note(ctx, DeliveryState(status="SUCCESS"))
    else:
        _note(ctx, DeliveryState(status="FAILURE", error_code=refusal.code, error_message=refusal.message))
    return refusal


def _injected(ctx: Context) -> ServiceError | None:
    return next((refusal for fault, refusal in _REFUSALS.items() if faults.use(ctx, fault)), None)


def _refusal(ctx: Context, topic: str, text: str, subject: str, per_protocol: Document) -> ServiceError | None:
    """Publish as one of those who may; why all were refused, None when it was published."""
    refused: ServiceError | None = None
    for principal in grants.principals(ctx, "sns:Publish", topic):
        try:
            sns.publish(
                ctx.as_service("config"), topic, text, subject=subject, principal=principal, per_protocol=per_protocol
            )
        except ServiceError as error:
            refused = error
        else:
            return None
    return refused


def _note(ctx: Context, state: DeliveryState) -> None:
    """Keep the stream's state; its time moves only when the status does (STR-09)."""
    before = channel.state(ctx, "stream")
    if (before.status, before.error_code) != (state.status, state.error_code):
        channel.set_state(
            ctx,
            "stream",
            DeliveryState(
                status=state.status,
                error_code=state.error_code,
                error_message=state.error_message,
                status_changed=ctx.now,
            ),
        )


_HEAD = (
    "configurationItemVersion",
    "configurationItemCaptureTime",
    "configurationStateId",
    "awsAccountId",
    "configurationItemStatus",
    "resourceType",
    "resourceId",
    "resourceName",
    "ARN",
    "awsRegion",
    "availabilityZone",
    "configurationStateMd5Hash",
    "resourceCreationTime",
)


def _oversized(
    ctx: Context, document: Document, diff: Document, text: str, subject: str, resources: list[str]
) -> Document:
    """Lay the message `text` into the bucket and tell of it in short; the short message."""
    summary = {"changeType": diff["changeType"], **{member: document[member] for member in _HEAD}}
    place: Document = {"s3BucketLocation": None, "errorCode": None, "errorMessage": None}
    kind = "OversizedConfigurationItemChangeNotification"
    found = channel.of(ctx)
    if found is not None:
        key = deposit.oversized_key(
            ctx, found, document["configurationStateId"], document["resourceType"], document["resourceId"]
        )
        try:
            deposit.write(ctx, found, key, text.encode())
            place["s3BucketLocation"] = f"{found.bucket}/{key}"
        except deposit.DeliveryFailure as failure:
            kind = "OversizedConfigurationItemChangeDeliveryFailed"
            place["errorCode"], place["errorMessage"] = failure.code, failure.message
    content = {"configurationItemSummary": summary, "s3DeliverySummary": place}
    return send(ctx, kind, content, subject, resources=resources).message


def _without_nulls(message: Document) -> Document:
    """The message as events carry it: no member is null, except inside the bodies and values of an item."""
    plain = _plain(message)
    item = plain.get("configurationItem")
    if item is not None:
        plain["configurationItem"] = {**_plain(item), "relationships": [_plain(link) for link in item["relationships"]]}
    diff = plain.get("configurationItemDiff")
    if diff is not None:
        changes = {path: _plain(change) for path, change in diff["changedProperties"].items()}
        plain["configurationItemDiff"] = {**diff, "changedProperties": changes}
    for member in ("configurationItemSummary", "s3DeliverySummary", "newEvaluationResult", "oldEvaluationResult"):
        if member in plain:
            plain[member] = _plain(plain[member])
    return plain


def _plain(members: Document) -> Document:
    return {member: value for member, value in members.items() if value is not None}

"""The configuration stream: messages to the channel's topic, and events to the default bus.

Every kind of message goes both ways (references: aws-config.md §4, around-config.md §7). The topic is optional; the
bus gets the messages with or without one.
"""

from __future__ import annotations

from collections.abc import Sequence

from backend.engine.around import events, sns
from backend.engine.config import channel, deposit, faults, recorder_state, roles
from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.engine.store import dumps
from backend.model import moment
from backend.model.delivery import DeliveryState
from backend.model.item import Document

PRINCIPAL = "config.amazonaws.com"

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

_SUBJECT_LIMIT = 100
_MESSAGE_LIMIT = 256 * 1024
"""Bytes of an SNS message; a longer item change is told in its oversized form."""

_WORDS = {"CREATE": "Created", "UPDATE": "Updated", "DELETE": "Deleted"}


def item_changed(ctx: Context, document: Document, diff: Document, *, discovered: bool = False) -> None:
    """Tell of a new item; one too long for SNS goes to the bucket and is told of in short (ITM-05, STR-01)."""
    word = "Discovered" if discovered else _WORDS[diff["changeType"]]
    subject = f"{document['resourceType']} {document['resourceId']} {word} in Account {ctx.account}"
    resources = [document["ARN"]] if document["ARN"] else []
    message = {"configurationItemDiff": diff, "configurationItem": document}
    if len(dumps(message)) > _MESSAGE_LIMIT - 1024:
        _oversized(ctx, document, diff, subject, resources)
    else:
        send(ctx, "ConfigurationItemChangeNotification", message, subject, resources=resources)


def send(
    ctx: Context, message_type: str, message: Document, subject: str, *, resources: Sequence[str] = ()
) -> Document:
    """Send a message of AWS Config to the channel's topic and to the default bus.

    `message` lacks the members that all messages have (creation time, type, version); `subject` lacks the
    `[AWS Config:<region>]` before it, and is cut to 100 characters. The stream's state follows what became of it.
    Returns the message as it was sent.
    """
    captured = message.get("configurationItem", {}).get("configurationStateId", 0)
    whole = {
        **message,
        "notificationCreationTime": moment.to_iso(max(ctx.now, captured)),
        "messageType": message_type,
        "recordVersion": _VERSIONS.get(message_type, "1.0"),
    }
    _publish(ctx, whole, f"[AWS Config:{ctx.region}] {subject}")
    if not faults.use(ctx, "dropped-event"):
        events.emit(ctx, _DETAIL_TYPES[message_type], _without_nulls(whole), resources=list(resources))
    return whole


def _publish(ctx: Context, message: Document, subject: str) -> None:
    found = channel.of(ctx)
    if found is None or found.topic_arn is None:
        return
    if len(subject) > _SUBJECT_LIMIT:
        subject = subject[: _SUBJECT_LIMIT - 3] + "..."
    try:
        if faults.active(ctx, "topic-gone"):
            raise ServiceError("NotFound", "Topic does not exist", 404)
        # The recorder's role is tried first, then the service itself (aws-config.md §9).
        recorder = recorder_state.of(ctx)
        by_role = recorder is not None and roles.can_write(ctx, recorder.role_arn, "sns:Publish", found.topic_arn)
        principal = "" if by_role or ctx.world.lenient else PRINCIPAL
        sns.publish(ctx.as_service("config"), found.topic_arn, dumps(message), subject=subject, principal=principal)
    except ServiceError as refusal:
        _note(ctx, DeliveryState(status="FAILURE", error_code=refusal.code, error_message=refusal.message))
    else:
        _note(ctx, DeliveryState(status="SUCCESS"))


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


def _oversized(ctx: Context, document: Document, diff: Document, subject: str, resources: list[str]) -> None:
    summary = {"changeType": diff["changeType"], **{member: document[member] for member in _HEAD}}
    place: Document = {"s3BucketLocation": None, "errorCode": None, "errorMessage": None}
    kind = "OversizedConfigurationItemChangeNotification"
    found = channel.of(ctx)
    if found is not None:
        key = deposit.oversized_key(
            ctx, found, document["configurationStateId"], document["resourceType"], document["resourceId"]
        )
        body = dumps({"configurationItemDiff": diff, "configurationItem": document}).encode()
        try:
            deposit.write(ctx, found, key, body)
            place["s3BucketLocation"] = f"{found.bucket}/{key}"
        except deposit.DeliveryFailure as failure:
            kind = "OversizedConfigurationItemChangeDeliveryFailed"
            place["errorCode"], place["errorMessage"] = failure.code, failure.message
    send(ctx, kind, {"configurationItemSummary": summary, "s3DeliverySummary": place}, subject, resources=resources)


def _without_nulls(message: Document) -> Document:
    """The message as events carry it: members of the message and of the item that are null are left out."""
    plain = {member: value for member, value in message.items() if value is not None}
    for member in ("configurationItem", "configurationItemSummary", "s3DeliverySummary", "newEvaluationResult"):
        if member in plain:
            plain[member] = {name: value for name, value in plain[member].items() if value is not None}
    return plain

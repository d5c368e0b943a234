"""Statements of a queue's policy that are added and taken off one by one (reference: around-config.md §9)."""

from __future__ import annotations

from backend.engine.around import policy, sqs_queues
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import dumps, loads
from backend.engine.world.estate import Resource
from backend.model.item import Document

_MOST_ACTIONS = 7


def add_permission(ctx: Context, params: Document) -> Document:
    """Let accounts do something with a queue. Raises OverLimit, and InvalidParameterValue for a label in use."""
    queue = sqs_queues.find(ctx, params["QueueUrl"])
    sqs_queues.allow_caller(ctx, queue, "AddPermission")
    label, actions = params["Label"], params["Actions"]
    if len(actions) > _MOST_ACTIONS:
        raise ServiceError("OverLimit", f"{len(actions)} actions were found, maximum allowed is {_MOST_ACTIONS}.", 403)
    held = _statements(queue)
    if any(each.get("Sid") == label for each in held):
        raise ServiceError(
            "InvalidParameterValue", f"Value {label} for parameter Label is invalid. Reason: Already exists."
        )
    arn = sqs_queues.arn(queue)
    statement: Document = {
        "Sid": label,
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:aws:iam::{account}:root" for account in params["AWSAccountIds"]]},
        "Action": [f"SQS:{action}" for action in actions],
        "Resource": arn,
    }
    text = {"Version": "2008-10-17", "Id": f"{arn}/SQSDefaultPolicy", "Statement": [*held, statement]}
    return _set(ctx, params, dumps(text))


def remove_permission(ctx: Context, params: Document) -> Document:
    """Take a statement off by its label. Raises InvalidParameterValue for one that is not there."""
    queue = sqs_queues.find(ctx, params["QueueUrl"])
    sqs_queues.allow_caller(ctx, queue, "RemovePermission")
    label, held = params["Label"], _statements(queue)
    kept = [each for each in held if each.get("Sid") != label]
    if len(kept) == len(held):
        raise ServiceError(
            "InvalidParameterValue",
            f"Value {label} for parameter Label is invalid. Reason: can't find label on existing policy.",
        )
    whole: Document = loads(queue.configuration["Policy"])
    return _set(ctx, params, dumps({**whole, "Statement": kept}) if kept else "")


def _set(ctx: Context, params: Document, text: str) -> Document:
    return sqs_queues.set_queue_attributes(ctx, {"QueueUrl": params["QueueUrl"], "Attributes": {"Policy": text}})


def _statements(queue: Resource) -> list[Document]:
    text = queue.configuration.get("Policy")
    return policy.statements(loads(text)) if text else []


OPERATIONS: dict[str, Operation] = {"AddPermission": add_permission, "RemovePermission": remove_permission}

"""SQS: queues that consumers read the configuration stream from.

Facts: around-config.md §9. A queue is a resource of the estate; its messages live here and make no items.
"""

from __future__ import annotations

from backend.engine.around import sqs_messages, sqs_permissions, sqs_queues
from backend.engine.around.sqs_messages import deliver
from backend.engine.engine import Operation

SCHEMA = sqs_messages.SCHEMA

OPERATIONS: dict[str, Operation] = {
    name: sqs_queues.where_it_is(name, operation)
    for name, operation in {
        **sqs_queues.OPERATIONS,
        **sqs_permissions.OPERATIONS,
        **sqs_messages.OPERATIONS,
    }.items()
}

__all__ = ["OPERATIONS", "SCHEMA", "deliver"]

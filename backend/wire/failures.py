"""A refusal of the engine, completed with what the service model knows about it."""

from __future__ import annotations

from typing import Any, NamedTuple

from backend.engine.errors import ServiceError

_SQS = "AWS.SimpleQueueService"
_SQS_CODES = {
    "BatchEntryIdsNotDistinct": f"{_SQS}.BatchEntryIdsNotDistinct",
    "BatchRequestTooLong": f"{_SQS}.BatchRequestTooLong",
    "EmptyBatchRequest": f"{_SQS}.EmptyBatchRequest",
    "InvalidBatchEntryId": f"{_SQS}.InvalidBatchEntryId",
    "MessageNotInflight": f"{_SQS}.MessageNotInflight",
    "PurgeQueueInProgress": f"{_SQS}.PurgeQueueInProgress",
    "QueueDeletedRecently": f"{_SQS}.QueueDeletedRecently",
    "QueueDoesNotExist": f"{_SQS}.NonExistentQueue",
    "QueueNameExists": "QueueAlreadyExists",
    "TooManyEntriesInBatchRequest": f"{_SQS}.TooManyEntriesInBatchRequest",
    "UnsupportedOperation": f"{_SQS}.UnsupportedOperation",
}
"""The codes of SQS's time as a query service, which clients still report; the model no longer has them."""


class Failure(NamedTuple):
    """An error as it goes over the wire."""

    shape: str
    """The name of the exception's shape, `QueueDoesNotExist`."""
    code: str
    """The code that clients report; differs from the shape in query services and those that were."""
    message: str
    status: int
    sender: bool
    """Whether the caller is to blame."""


def failure(service_model: Any | None, error: ServiceError) -> Failure:
    """Complete an error from the model of its service (a botocore `ServiceModel`; None for an unknown one).

    A status that the engine chose itself goes before the model's; an error that the model lacks goes as it is.
    """
    sender = not error.fault
    for shape in service_model.error_shapes if service_model is not None else ():
        if error.code in (shape.name, shape.error_code):
            known = shape.metadata.get("error", {})
            status = error.status if error.status != 400 else known.get("httpStatusCode", 400)
            code = _SQS_CODES.get(shape.name, shape.error_code)
            return Failure(shape.name, code, error.message, status, sender)
    return Failure(error.code, error.code, error.message, error.status, sender)

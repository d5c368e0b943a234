"""Batches of SNS and SQS: up to ten entries with ids of their own, each succeeding or failing by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from backend.engine.errors import ServiceError
from backend.model.item import Document

MOST = 10
_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


def check(entries: Sequence[Document], *, empty: str, too_many: str) -> None:
    """Raises EmptyBatchRequest and TooManyEntriesInBatchRequest with the service's text, and what ids may not be."""
    if not entries:
        raise ServiceError("EmptyBatchRequest", empty)
    if len(entries) > MOST:
        raise ServiceError("TooManyEntriesInBatchRequest", too_many)
    if len({entry["Id"] for entry in entries}) < len(entries):
        raise ServiceError("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
    if not all(_ID.fullmatch(entry["Id"]) for entry in entries):
        raise ServiceError(
            "InvalidBatchEntryId",
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80"
            " letters long.",
        )


def check_size(size: int, limit: int) -> None:
    """Raises BatchRequestTooLong for entries that have more bytes together than one message may have."""
    if size > limit:
        raise ServiceError(
            "BatchRequestTooLong",
            f"Batch requests cannot be longer than {limit} bytes. You have sent {size} bytes.",
        )


def run(entries: Sequence[Document], one: Callable[[Document], Document]) -> Document:
    """What became of each entry, in the shape of the answers to batches."""
    answer: Document = {"Successful": [], "Failed": []}
    for entry in entries:
        try:
            answer["Successful"].append({"Id": entry["Id"], **one(entry)})
        except ServiceError as error:
            failed = {"Id": entry["Id"], "SenderFault": True, "Code": error.code, "Message": error.message}
            answer["Failed"].append(failed)
    return answer

"""Refusals of the engine, in AWS's own words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class ServiceError(Exception):
    """A refusal as the service would give it.

    `code` is the shape name of the exception in the service model (`NoSuchBucketException` for Config,
    `NoSuchBucket` for S3); `status` the HTTP status; `fault` true when the service is to blame.
    """

    code: str
    message: str = ""
    status: int = 400
    fault: bool = False

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def not_implemented(service: str, operation: str) -> ServiceError:
    """The answer for an operation that this engine does not have."""
    return ServiceError(
        "UnknownOperationException",
        f"The local engine does not implement {service}:{operation}. "
        "It answers the operations that AWS Config and its neighbours need.",
    )

"""Holds answers and refusals of the engine against botocore's models."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import OperationNotFoundError, ServiceModel

from backend.engine.errors import ServiceError
from backend.model.item import Document
from backend.wire.validate import Violation, output_faults, violations

_SAID_OTHERWISE = frozenset({"'SUCCESS'", "'FAILURE'", "'PENDING'", "'NOT_APPLICABLE'"})
"""Status words that the real service sends in upper case while the model's enumerations have them in another."""

_UNMODELLED = frozenset(
    {
        "AccessDeniedException",
        "InternalFailure",
        "ServiceUnavailable",
        "ThrottlingException",
        "UnknownOperationException",
        "ValidationException",
    }
)
"""Refusals that every operation of AWS Config can give, whatever its own list says."""


@cache
def service_model(service: str) -> Any:
    """botocore's model of a service. Raises botocore's `UnknownServiceError`."""
    # Not from a session, which reads the settings of the person and fails over a broken one.
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def model_of(service: str, operation: str) -> Any | None:
    """botocore's model of an operation; None for what only a test makes up."""
    try:
        return service_model(service).operation_model(operation)
    except (UnknownServiceError, OperationNotFoundError):
        return None


def faults_of_answer(service: str, operation: str, answer: Document) -> Iterator[str]:
    """What in an answer breaks the model: members, types, enumerations, patterns, lengths and bounds."""
    model = model_of(service, operation)
    if model is None:
        return
    shape = model.output_shape
    wrong = output_faults(shape, answer)
    if not wrong and shape is not None and service == "config":
        wrong = [str(found) for found in violations(shape, answer) if not _known(found)]
    yield from (f"{service}:{operation} {fault}" for fault in wrong)


def faults_of_refusal(service: str, operation: str, refusal: ServiceError) -> Iterator[str]:
    """A code that the operation cannot answer with. Only AWS Config's model lists its refusals in full."""
    model = model_of(service, operation)
    if model is None or service != "config":
        return
    modelled = {shape.name for shape in model.error_shapes}
    if refusal.code not in modelled | _UNMODELLED:
        yield f"{service}:{operation} is refused with {refusal.code}, which its model does not list"


def _known(violation: Violation) -> bool:
    """Where the service was seen to break its own model: status words, lists that are answered empty, the account as a
    resource (rules judge it, and their verdicts link to it, while the types of items lack it)."""
    if violation.constraint.startswith("satisfy enum value set"):
        linked = violation.path.endswith("resourceType") and violation.value == "'AWS::::Account'"
        return violation.value in _SAID_OTHERWISE or linked
    return violation.value == "'[]'" and violation.constraint == "have length greater than or equal to 1"

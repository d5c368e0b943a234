"""What PutConfigRule refuses, and in which words (reference: aws-config.md §5.2)."""

from __future__ import annotations

import msgspec

from backend.engine.config import recorder_state
from backend.engine.config.rules import custom
from backend.engine.config.rules.register import (
    AWS,
    ITEM_CHANGED,
    LAMBDA,
    OVERSIZED_CHANGED,
    POLICY,
    PROACTIVE,
    PROCESS_CHECK,
)
from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.engine.store import dumps
from backend.model.item import Document, Json
from backend.rules import refusals
from backend.rules.catalogue import ManagedRule, catalogue


def need_recorder(ctx: Context) -> None:
    """Raises ServiceError NoAvailableConfigurationRecorderException where rules could not look at anything."""
    if not ctx.world.lenient and recorder_state.of(ctx) is None:
        raise ServiceError(
            "NoAvailableConfigurationRecorderException",
            "There are no customer managed configuration recorders available to record your resources.",
        )


def definition(ctx: Context, given: Document, *, in_pack: bool = False) -> dict[str, str]:
    """Refuse a ConfigRule that makes no sense; its input parameters, parsed.

    A conformance pack may also name process checks: they stay without a verdict until somebody gives one.

    Raises ServiceError InvalidParameterValueException or InsufficientPermissionsException.
    """
    if given.get("CreatedBy"):
        raise invalid(
            "AWS Config populates the CreatedBy field for ServiceLinkedConfigRule. "
            "Try again without populating the CreatedBy field"
        )
    state = given.get("ConfigRuleState", "ACTIVE")
    if state != "ACTIVE":
        raise invalid(f"The ConfigRuleState {state} is invalid.  Only the following values are permitted: ACTIVE")
    _refuse(refusals.of_scope(given.get("Scope") or {}))
    _source(ctx, given["Source"], in_pack=in_pack)
    parameters = _parameters(given.get("InputParameters"))
    managed = catalogue().get(given["Source"].get("SourceIdentifier", ""))
    if given["Source"]["Owner"] == AWS and managed:
        _managed_parameters(managed, parameters, given.get("InputParameters"))
        _refuse(refusals.of_frequency(managed, given.get("MaximumExecutionFrequency")))
    for mode in given.get("EvaluationModes") or ():
        if not mode.get("Mode"):
            raise invalid("An evaluation mode should name a Mode.")
        if mode.get("Mode") == PROACTIVE and not (managed and managed.proactive):
            raise invalid("The rule does not support the evaluation mode PROACTIVE.")
    return parameters


def _source(ctx: Context, source: Document, *, in_pack: bool) -> None:
    identifier, details = source.get("SourceIdentifier", ""), source.get("SourceDetails") or ()
    if source["Owner"] == AWS and identifier not in catalogue() and not (in_pack and identifier == PROCESS_CHECK):
        raise invalid(
            f"The sourceIdentifier {identifier} is invalid.  Please refer to the documentation for a list of valid "
            "sourceIdentifiers that can be used when AWS is the Owner."
        )
    if (source["Owner"] == AWS) == bool(details):
        raise invalid(
            "SourceDetails should be null/empty if the owner is AWS. "
            "SourceDetails should be provided if the owner is CUSTOM_LAMBDA"
        )
    for detail in details:
        _detail(detail)
    if (source["Owner"] == POLICY) != bool(source.get("CustomPolicyDetails")):
        raise invalid("CustomPolicyDetails should be provided if, and only if, the owner is CUSTOM_POLICY.")
    if source["Owner"] == POLICY:
        _policy(source)
    if source["Owner"] == LAMBDA and not custom.callable_here(ctx, identifier):
        raise ServiceError(
            "InsufficientPermissionsException",
            f"The AWS Lambda function {identifier} cannot be invoked. "
            "Check the specified function ARN, and check the function's permissions",
        )


def _policy(source: Document) -> None:
    if source.get("SourceIdentifier"):
        raise invalid("SourceIdentifier should be null/empty if the owner is CUSTOM_POLICY.")
    _refuse(refusals.of_policy(source["CustomPolicyDetails"]["PolicyText"]))
    if any(detail["MessageType"] not in (ITEM_CHANGED, OVERSIZED_CHANGED) for detail in source["SourceDetails"]):
        raise invalid("A custom policy rule is evaluated when configuration items change, not on a schedule.")


def _detail(detail: Document) -> None:
    if not detail.get("EventSource") or not detail.get("MessageType"):
        raise invalid("SourceDetails should name an EventSource and a MessageType")
    if detail.get("MaximumExecutionFrequency") and detail["MessageType"] in (ITEM_CHANGED, OVERSIZED_CHANGED):
        raise invalid(
            "A maximum execution frequency is not allowed if MessageType is ConfigurationItemChangeNotification or "
            "OversizedConfigurationItemChangeNotification"
        )


def _parameters(text: str | None) -> dict[str, str]:
    """The input parameters: one JSON object; numbers and booleans become their text."""
    if text is None or not text.strip():
        return {}
    try:
        found: Json = msgspec.json.decode(text)
    except msgspec.DecodeError:
        found = None
    if not isinstance(found, dict):
        raise invalid(f"Invalid json {text} passed in the InputParameters field")
    return {name: value if isinstance(value, str) else dumps(value) for name, value in found.items()}


def _managed_parameters(managed: ManagedRule, given: dict[str, str], text: str | None) -> None:
    if not given.keys() <= {parameter.name for parameter in managed.parameters}:
        raise invalid(f"Unknown parameters provided in the inputParameters: {text}")
    _refuse(refusals.of_parameters(managed, given))


def _refuse(flaw: str) -> None:
    if flaw:
        raise invalid(flaw)


def invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValueException", message)

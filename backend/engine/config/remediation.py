"""Remediation configurations: which SSM document would put right what a rule finds (reference: aws-config.md §8.2).

They are kept, shown and told apart by owner as the service does it. The engine has no Systems Manager Automation:
every execution fails and says so (`remediation_executions`).
"""

from __future__ import annotations

from backend.engine.config.rules import checks, register, remedies
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.model.item import Document


def put_remediation_configurations(ctx: Context, params: Document) -> Document:
    """PutRemediationConfigurations: those whose rule is not there come back in `FailedBatches`.

    Raises ServiceError InvalidParameterValueException or InsufficientPermissionsException, with nothing kept.
    """
    given: list[Document] = params["RemediationConfigurations"]
    names = [each["ConfigRuleName"] for each in given]
    if len(set(names)) < len(names):
        raise checks.invalid("A rule has one remediation configuration; the request names one twice.")
    for each in given:
        _check(ctx, each)
    lost = [each for each in given if register.by_name(ctx, each["ConfigRuleName"]) is None]
    for each in given:
        if each not in lost:
            remedies.make(ctx, each)
    if not lost:
        return {"FailedBatches": []}
    return {"FailedBatches": [{"FailureMessage": "The ConfigRule does not exist.", "FailedItems": lost}]}


def _check(ctx: Context, given: Document) -> None:
    name = given["ConfigRuleName"]
    if given.get("CreatedByService"):
        raise checks.invalid("AWS Config populates the CreatedByService field.")
    _refuse_service_linked(ctx, name)
    for parameter, value in (given.get("Parameters") or {}).items():
        if ("ResourceValue" in value) == ("StaticValue" in value):
            raise checks.invalid(f"The parameter {parameter} needs either a ResourceValue or a StaticValue.")


def describe_remediation_configurations(ctx: Context, params: Document) -> Document:
    """DescribeRemediationConfigurations: those of the rules named; a rule without one is left out."""
    found = [remedies.of(ctx, name) for name in dict.fromkeys(params["ConfigRuleNames"])]
    return {"RemediationConfigurations": [configuration for configuration in found if configuration is not None]}


def delete_remediation_configuration(ctx: Context, params: Document) -> Document:
    """DeleteRemediationConfiguration. Raises ServiceError, RemediationInProgressException while it runs."""
    name = params["ConfigRuleName"]
    found = existing(ctx, name)
    wanted = params.get("ResourceType")
    if wanted and wanted != found.get("ResourceType"):
        raise no_configuration(name)
    _refuse_service_linked(ctx, name)
    if remedies.running(ctx, name):
        raise ServiceError(
            "RemediationInProgressException",
            f"Remediation for the rule {name} is in progress. Try again when it has ended.",
        )
    remedies.drop(ctx, name)
    return {}


def existing(ctx: Context, rule: str) -> Document:
    """The configuration of a rule. Raises ServiceError NoSuchRemediationConfigurationException."""
    found = remedies.of(ctx, rule)
    if found is None:
        raise no_configuration(rule)
    return found


def no_configuration(rule: str) -> ServiceError:
    """The refusal for a rule that has no remediation configuration."""
    return ServiceError(
        "NoSuchRemediationConfigurationException", f"The rule {rule} does not have a remediation configuration."
    )


def _refuse_service_linked(ctx: Context, rule: str) -> None:
    found = remedies.of(ctx, rule)
    if found is not None and "CreatedByService" in found:
        raise ServiceError(
            "InsufficientPermissionsException",
            f"The remediation configuration of {rule} belongs to {found['CreatedByService']}.",
        )


OPERATIONS: dict[str, Operation] = {
    "PutRemediationConfigurations": put_remediation_configurations,
    "DescribeRemediationConfigurations": describe_remediation_configurations,
    "DeleteRemediationConfiguration": delete_remediation_configuration,
}

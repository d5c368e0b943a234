"""What PutConfigRule refuses of a rule by itself, whatever the account is like, and in which words.

The engine answers with these sentences; a form says them before anything is sent (reference: aws-config.md §5.2).
"""

from __future__ import annotations

from collections.abc import Mapping

from backend.model.item import Document
from backend.rules.catalogue import PERIODIC, ManagedRule, Parameter
from backend.rules.guard import PolicyError
from backend.rules.policy_check import policy_of
from backend.rules.reading import number, truth

KINDS: Mapping[str, str] = {
    "int": "a whole number",
    "double": "a number",
    "boolean": "true or false",
    "StringMap": "a JSON object, or pairs such as key=value",
    "CSV": "a list of values with commas",
    "String": "text",
}
"""What a parameter of each kind takes."""


def of_scope(scope: Document) -> str:
    """What is wrong with a scope; empty when nothing is."""
    types = scope.get("ComplianceResourceTypes") or ()
    if scope.get("TagValue") and not scope.get("TagKey"):
        return "Tag key should not be empty when tag value is provided in scope"
    if scope.get("TagKey") and (types or scope.get("ComplianceResourceId")):
        return "Scope cannot be applied to both resource and tag"
    if scope.get("ComplianceResourceId") and len(types) != 1:
        return "A single resourceType should be provided when resourceId is provided in scope"
    return ""


def of_parameters(managed: ManagedRule, given: Mapping[str, str]) -> str:
    """What is wrong with the input parameters of a managed rule, the first thing; empty when nothing is."""
    known = {parameter.name: parameter for parameter in managed.parameters}
    missing = sorted(name for name, parameter in known.items() if parameter.required and name not in given)
    if missing:
        return f"The required parameter [{', '.join(missing)}] is not present in the inputParameters"
    told = (of_value(known[name], value) for name, value in given.items() if name in known)
    return next(filter(None, told), "")


def of_frequency(managed: ManagedRule, frequency: str | None) -> str:
    """Why a managed rule may not have a frequency; empty when it may, or has none."""
    if frequency and PERIODIC not in managed.triggers:
        return (
            "A maximum execution frequency for this rule is not allowed because only a change in resources triggers "
            "this managed rule."
        )
    return ""


def of_value(parameter: Parameter, value: str) -> str:
    """What is wrong with the value of a parameter; empty when nothing is."""
    if not value.strip():
        return f"Blank spaces are not acceptable for input parameter: {parameter.name}."
    if not _of_kind(parameter, value):
        return f"The value {value} of the parameter {parameter.name} is invalid: it takes {KINDS[parameter.kind]}."
    return ""


def of_policy(text: str) -> str:
    """What is wrong with the text of a policy, with line and column; empty when nothing is."""
    if not text.strip():
        return "The PolicyText of a custom policy rule should not be blank."
    try:
        policy_of(text)
    except PolicyError as error:
        return f"The PolicyText is invalid at line {error.line}, column {error.column}: {error.message}"
    return ""


def _of_kind(parameter: Parameter, value: str) -> bool:
    match parameter.kind:
        case "int":
            found = number(value.strip())
            return found is not None and found == int(found)
        case "double":
            return number(value.strip()) is not None
        case "boolean":
            return truth(value.strip()) is not None
        case "CSV":
            return any(part.strip() for part in value.split(","))
        case _:
            return True

"""The two kinds of resources a conformance pack may have, as typed values with the limits of the service."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, TypeVar

import msgspec

from backend.model.item import Document, Json
from backend.rules.packs.intrinsics import Resolver, TemplateError

RULE, REMEDIATION = "AWS::Config::ConfigRule", "AWS::Config::RemediationConfiguration"
MOST_RULES = 130
"""In one pack (reference: aws-config.md §5.7)."""

_LONGEST_NAME = 128 - len("-conformance-pack-123456789")
"""What is left of a rule's 128 characters by the end that deployment adds."""

_Text: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
_Frequency: TypeAlias = Literal["One_Hour", "Three_Hours", "Six_Hours", "Twelve_Hours", "TwentyFour_Hours"]
_Message: TypeAlias = Literal[
    "ConfigurationItemChangeNotification",
    "OversizedConfigurationItemChangeNotification",
    "ConfigurationSnapshotDeliveryCompleted",
    "ScheduledNotification",
]


class PackRule(msgspec.Struct, frozen=True):
    """A rule of a template: its name there, and the ConfigRule it stands for."""

    name: str
    definition: Document


class PackRemediation(msgspec.Struct, frozen=True):
    """A remediation of a template: the name of its rule there, and the RemediationConfiguration it stands for."""

    rule: str
    definition: Document


class _Scope(msgspec.Struct, rename="pascal", omit_defaults=True, forbid_unknown_fields=True):
    compliance_resource_types: Annotated[list[_Text], msgspec.Meta(max_length=100)] = []
    compliance_resource_id: Annotated[str, msgspec.Meta(min_length=1, max_length=768)] | None = None
    tag_key: Annotated[str, msgspec.Meta(min_length=1, max_length=128)] | None = None
    tag_value: _Text | None = None


class _Detail(msgspec.Struct, rename="pascal", omit_defaults=True, forbid_unknown_fields=True):
    event_source: Literal["aws.config"]
    message_type: _Message
    maximum_execution_frequency: _Frequency | None = None


class _Policy(msgspec.Struct, rename="pascal", omit_defaults=True, forbid_unknown_fields=True):
    policy_runtime: Annotated[str, msgspec.Meta(pattern=r"^guard-2\.x\.x$")]
    policy_text: Annotated[str, msgspec.Meta(max_length=10_000)]
    enable_debug_log_delivery: bool | None = None


class _Source(msgspec.Struct, rename="pascal", omit_defaults=True, forbid_unknown_fields=True):
    owner: Literal["AWS", "CUSTOM_LAMBDA", "CUSTOM_POLICY"]
    source_identifier: _Text | None = None
    source_details: Annotated[list[_Detail], msgspec.Meta(max_length=25)] = []
    custom_policy_details: _Policy | None = None


class _Mode(msgspec.Struct, rename="pascal", forbid_unknown_fields=True):
    mode: Literal["DETECTIVE", "PROACTIVE"]


class _Rule(msgspec.Struct, rename="pascal", omit_defaults=True, forbid_unknown_fields=True):
    source: _Source
    config_rule_name: Annotated[str, msgspec.Meta(min_length=1, max_length=_LONGEST_NAME, pattern=r"\S")]
    description: Annotated[str, msgspec.Meta(max_length=256)] | None = None
    scope: _Scope | None = None
    input_parameters: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)] | None = None
    maximum_execution_frequency: _Frequency | None = None
    evaluation_modes: list[_Mode] = []


class _ResourceValue(msgspec.Struct, rename="pascal", forbid_unknown_fields=True):
    value: Literal["RESOURCE_ID"]


class _StaticValue(msgspec.Struct, rename="pascal", forbid_unknown_fields=True):
    values: Annotated[list[_Text], msgspec.Meta(max_length=25)]


class _Parameter(msgspec.Struct, rename="pascal", omit_defaults=True, forbid_unknown_fields=True):
    resource_value: _ResourceValue | None = None
    static_value: _StaticValue | None = None


_Percentage: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=100)]


class _SsmControls(msgspec.Struct, rename="pascal", omit_defaults=True, forbid_unknown_fields=True):
    concurrent_execution_rate_percentage: _Percentage | None = None
    error_percentage: _Percentage | None = None


class _Controls(msgspec.Struct, rename="pascal", omit_defaults=True, forbid_unknown_fields=True):
    ssm_controls: _SsmControls | None = None


class _Remediation(msgspec.Struct, rename="pascal", omit_defaults=True, forbid_unknown_fields=True):
    config_rule_name: _Text
    target_type: Literal["SSM_DOCUMENT"]
    target_id: _Text
    target_version: str | None = None
    parameters: Annotated[dict[str, _Parameter], msgspec.Meta(max_length=25)] = {}
    resource_type: str | None = None
    automatic: bool | None = None
    execution_controls: _Controls | None = None
    maximum_automatic_attempts: Annotated[int, msgspec.Meta(ge=1, le=25)] | None = None
    retry_attempt_seconds: Annotated[int, msgspec.Meta(ge=1, le=2_678_000)] | None = None


def read_resource(logical: str, resource: Json, resolver: Resolver) -> PackRule | PackRemediation | None:
    """A resource of a template; None when its condition does not hold. Raises `TemplateError`."""
    if not isinstance(resource, dict):
        raise TemplateError(f"The resource {logical} is not a mapping.")
    kind = resource.get("Type")
    if kind not in (RULE, REMEDIATION):
        raise TemplateError(f"The resource {logical} is neither of type {RULE} nor {REMEDIATION}.")
    if "Condition" in resource and not resolver.condition(resource["Condition"]):
        return None
    properties = resolver.resolve(resource.get("Properties"))
    if not isinstance(properties, dict):
        raise TemplateError(f"The resource {logical} has no Properties.")
    if kind == RULE:
        return _rule(logical, properties, resolver)
    # YAML reads a bare 1 as a number; the version of a document is a text.
    if isinstance(properties.get("TargetVersion"), (int, float)):
        properties["TargetVersion"] = str(properties["TargetVersion"])
    remediation = _converted(logical, properties, _Remediation)
    return PackRemediation(remediation.config_rule_name, msgspec.to_builtins(remediation))


def _rule(logical: str, properties: Document, resolver: Resolver) -> PackRule:
    properties.setdefault("ConfigRuleName", logical)
    given = properties.pop("InputParameters", None)
    if isinstance(given, dict):
        given = msgspec.json.encode({name: _plain(value) for name, value in given.items()}).decode() if given else None
    if given is not None:
        properties["InputParameters"] = given
    rule = _converted(logical, properties, _Rule)
    resolver.resources[logical] = rule.config_rule_name
    return PackRule(rule.config_rule_name, msgspec.to_builtins(rule))


def _plain(value: Json) -> Json:
    """A value of an input parameter as the service keeps it: text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else value


_Kind = TypeVar("_Kind", _Rule, _Remediation)


def _converted(logical: str, properties: Document, kind: type[_Kind]) -> _Kind:
    try:
        return msgspec.convert(properties, kind, strict=False)
    except msgspec.ValidationError as error:
        raise TemplateError(f"The resource {logical} is invalid: {error}.") from error

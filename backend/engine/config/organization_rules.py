"""Config rules for a whole organization: put once, made in every account, shown with how far each is."""

from __future__ import annotations

from backend.engine.clock import Due
from backend.engine.config import organization, organization_deployments
from backend.engine.config.organization_deployments import PRINCIPAL, Deployment, Kind, State
from backend.engine.config.rules import checks, lifecycle, register, remedies
from backend.engine.context import Context
from backend.engine.engine import DueHandler, Operation
from backend.engine.errors import ServiceError
from backend.model.item import Document
from backend.model.moment import to_datetime

MOST_RULES = 150
"""For an organization (reference: aws-config.md §5.7)."""

_MANAGED, _LAMBDA, _POLICY = (
    "OrganizationManagedRuleMetadata",
    "OrganizationCustomRuleMetadata",
    "OrganizationCustomPolicyRuleMetadata",
)


def put_organization_config_rule(ctx: Context, params: Document) -> Document:
    """PutOrganizationConfigRule: the accounts follow.

    Raises ServiceError InvalidParameterValueException, ResourceInUseException, InsufficientPermissionsException,
    MaxNumberOfOrganizationConfigRulesExceededException and the refusals of `organization.need_management`.
    """
    organization.need_management(ctx)
    name: str = params["OrganizationConfigRuleName"]
    given = [kind for kind in (_MANAGED, _LAMBDA, _POLICY) if kind in params]
    if len(given) != 1:
        raise checks.invalid(f"You must specify exactly one of {_MANAGED}, {_LAMBDA} and {_POLICY}.")
    definition = {given[0]: params[given[0]]}
    checks.definition(ctx, _config_rule(name, definition))
    if not organization_deployments.has_room(ctx, _KIND, name, MOST_RULES):
        raise ServiceError(
            "MaxNumberOfOrganizationConfigRulesExceededException",
            f"You have reached the limit of the number of organization Config rules you can create: {MOST_RULES}.",
        )
    return {"OrganizationConfigRuleArn": organization_deployments.put(ctx, _KIND, name, definition, params).arn}


def _config_rule(name: str, definition: Document) -> Document:
    """The ConfigRule that an account gets."""
    [(kind, metadata)] = definition.items()
    scope: Document = {
        member: metadata[given]
        for member, given in (
            ("ComplianceResourceTypes", "ResourceTypesScope"),
            ("ComplianceResourceId", "ResourceIdScope"),
            ("TagKey", "TagKeyScope"),
            ("TagValue", "TagValueScope"),
        )
        if metadata.get(given)
    }
    rule: Document = {"ConfigRuleName": name, "Source": _source(kind, metadata), **({"Scope": scope} if scope else {})}
    for member in ("Description", "InputParameters"):
        if member in metadata:
            rule[member] = metadata[member]
    if "MaximumExecutionFrequency" in metadata and kind != _LAMBDA:
        rule["MaximumExecutionFrequency"] = metadata["MaximumExecutionFrequency"]
    return rule


def _source(kind: str, metadata: Document) -> Document:
    if kind == _MANAGED:
        return {"Owner": register.AWS, "SourceIdentifier": metadata["RuleIdentifier"]}
    details = [
        {
            "EventSource": "aws.config",
            "MessageType": trigger,
            **(
                {"MaximumExecutionFrequency": metadata["MaximumExecutionFrequency"]}
                if trigger == register.SCHEDULED and "MaximumExecutionFrequency" in metadata
                else {}
            ),
        }
        for trigger in metadata.get("OrganizationConfigRuleTriggerTypes") or (register.ITEM_CHANGED,)
    ]
    if kind == _LAMBDA:
        return {
            "Owner": register.LAMBDA,
            "SourceIdentifier": metadata["LambdaFunctionArn"],
            "SourceDetails": details,
        }
    policy = {"PolicyRuntime": metadata["PolicyRuntime"], "PolicyText": metadata["PolicyText"]}
    return {"Owner": register.POLICY, "SourceDetails": details, "CustomPolicyDetails": policy}


def _deploy(ctx: Context, deployment: Deployment) -> None:
    name = _KIND.deployed_name(deployment)
    given = _config_rule(name, deployment.definition)
    checks.need_recorder(ctx)
    parameters = checks.definition(ctx, given)
    known = register.by_name(ctx, name)
    if known is None:
        lifecycle.make(ctx, given, parameters, principal=PRINCIPAL)
    else:
        lifecycle.redefine(ctx, known, given, parameters)


def _withdraw(ctx: Context, deployment: Deployment) -> None:
    rule = register.by_name(ctx, _KIND.deployed_name(deployment))
    if rule is not None:
        remedies.drop(ctx, rule.name)
        lifecycle.end(ctx, rule)


def _state(ctx: Context, deployment: Deployment) -> State:
    """A rule is there at once; one that goes takes its time."""
    gone = register.by_name(ctx, _KIND.deployed_name(deployment)) is None
    return State(settled=gone or deployment.phase != organization_deployments.DELETE)


_KIND = Kind(
    name="rule",
    arn_prefix="organization-config-rule",
    deployed_prefix="OrgConfigRule",
    no_such="NoSuchOrganizationConfigRuleException",
    member="OrganizationConfigRuleName",
    status_member="MemberAccountRuleStatus",
    deployed_member="ConfigRuleName",
    deploy=_deploy,
    withdraw=_withdraw,
    state=_state,
)


def describe_organization_config_rules(ctx: Context, params: Document) -> Document:
    """DescribeOrganizationConfigRules: those that are named, or all of them in pages; without the Guard texts."""
    found, token = organization_deployments.chosen(ctx, _KIND, "DescribeOrganizationConfigRules", params)
    return {"OrganizationConfigRules": [_document(deployment) for deployment in found], **token}


def _document(deployment: Deployment) -> Document:
    [(kind, metadata)] = deployment.definition.items()
    return {
        "OrganizationConfigRuleName": deployment.name,
        "OrganizationConfigRuleArn": deployment.arn,
        kind: {member: value for member, value in metadata.items() if member != "PolicyText"},
        "ExcludedAccounts": list(deployment.excluded),
        "LastUpdateTime": to_datetime(deployment.updated),
    }


def describe_organization_config_rule_statuses(ctx: Context, params: Document) -> Document:
    """DescribeOrganizationConfigRuleStatuses: successful when every account is."""
    found, token = organization_deployments.statuses(
        ctx, _KIND, "DescribeOrganizationConfigRuleStatuses", params, "OrganizationRuleStatus"
    )
    return {"OrganizationConfigRuleStatuses": found, **token}


def get_organization_config_rule_detailed_status(ctx: Context, params: Document) -> Document:
    """GetOrganizationConfigRuleDetailedStatus: one status an account."""
    found, token = organization_deployments.detailed(ctx, _KIND, "GetOrganizationConfigRuleDetailedStatus", params)
    return {"OrganizationConfigRuleDetailedStatus": found, **token}


def get_organization_custom_rule_policy(ctx: Context, params: Document) -> Document:
    """GetOrganizationCustomRulePolicy: the Guard text. Raises NoSuchOrganizationConfigRuleException for other rules."""
    metadata = organization_deployments.asked(ctx, _KIND, params).definition.get(_POLICY)
    if metadata is None:
        raise ServiceError(
            _KIND.no_such,
            f"The organization Config rule {params['OrganizationConfigRuleName']} is no custom policy rule.",
        )
    return {"PolicyText": metadata["PolicyText"]}


def delete_organization_config_rule(ctx: Context, params: Document) -> Document:
    """DeleteOrganizationConfigRule: DELETE_IN_PROGRESS until the rule is gone from every account."""
    organization_deployments.delete(ctx, _KIND, params)
    return {}


def _due(ctx: Context, due: Due) -> None:
    organization_deployments.advance(ctx, _KIND, due)


OPERATIONS: dict[str, Operation] = {
    "PutOrganizationConfigRule": put_organization_config_rule,
    "DescribeOrganizationConfigRules": describe_organization_config_rules,
    "DescribeOrganizationConfigRuleStatuses": describe_organization_config_rule_statuses,
    "GetOrganizationConfigRuleDetailedStatus": get_organization_config_rule_detailed_status,
    "GetOrganizationCustomRulePolicy": get_organization_custom_rule_policy,
    "DeleteOrganizationConfigRule": delete_organization_config_rule,
}
DUE: dict[str, DueHandler] = {_KIND.due: _due}

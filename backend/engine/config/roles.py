"""What the recorder's IAM role lets AWS Config do.

The service-linked role may read everything and write nothing: delivery then rests on the policies of bucket and
topic. Any other role has to exist, and its policies say what it may (aws-config.md §9; PRM-01 to PRM-04).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from backend.engine.around import policy
from backend.engine.around.policy import Decision, Request
from backend.engine.context import Context
from backend.engine.store import loads
from backend.engine.world import estate
from backend.engine.world import identity as iam
from backend.engine.world.estate import GLOBAL, Resource
from backend.model.item import Document

_PRINCIPAL = "config.amazonaws.com"
_LINKED_PATH = f"/aws-service-role/{_PRINCIPAL}/"
_LINKED_NAME = "AWSServiceRoleForConfig"
_SERVICE_LINKED = f":role{_LINKED_PATH}{_LINKED_NAME}"

_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")

_READERS = frozenset({"AWS_ConfigRole", "AWSConfigRole", "ReadOnlyAccess", "AdministratorAccess"})
"""AWS managed policies that let a role read every supported type."""

_WRITERS = frozenset({"AdministratorAccess"})
"""AWS managed policies that let a role write to buckets and topics."""

_PREFIXES = {
    "ApiGatewayV2": "apigateway",
    "Elasticsearch": "es",
    "ElasticLoadBalancingV2": "elasticloadbalancing",
    "OpenSearch": "es",
}
"""Prefixes of actions that are not the type's service in lower case."""


def is_arn(text: str) -> bool:
    """Whether a text has the form of a role's ARN."""
    return _ROLE_ARN.fullmatch(text) is not None


def exists(ctx: Context, role_arn: str) -> bool:
    """Whether AWS Config can assume a role: it is the service-linked one, or it is in the account."""
    return role_arn.endswith(_SERVICE_LINKED) or ctx.world.lenient or _find(ctx, role_arn) is not None


def linked(ctx: Context) -> str:
    """The ARN of the service-linked role; the account gets the role when it has none."""
    service_role(ctx, _LINKED_NAME, "AWSConfigServiceRolePolicy")
    return f"arn:aws:iam::{ctx.account}{_SERVICE_LINKED}"


def service_role(ctx: Context, name: str, *policies: str, principal: str = _PRINCIPAL) -> None:
    """Give the account a service-linked role of a part of AWS Config, with AWS's policies, unless it is there."""
    if estate.by_name(ctx, "AWS::IAM::Role", name) is None:
        attached = [f"arn:aws:iam::aws:policy/aws-service-role/{policy}" for policy in policies]
        iam.role(ctx, name, principal, attached, {}, ctx.now, path=f"/aws-service-role/{principal}/")


def can_read(ctx: Context, role_arn: str, resource_type: str) -> bool:
    """Whether the role lets AWS Config describe resources of a type.

    Nobody has to be asked for what AWS Config knows itself: its own types, and those that customers report.
    """
    if role_arn.endswith(_SERVICE_LINKED) or ctx.world.lenient:
        return True
    if resource_type.startswith("AWS::Config::") or not resource_type.startswith("AWS::"):
        return True
    role = _find(ctx, role_arn)
    if role is None:
        return False
    service = resource_type.split("::")[1]
    prefix = _PREFIXES.get(service, service.lower())
    return bool(_READERS & _attached(role).keys()) or any(
        _allows(ctx, role, f"{prefix}:{verb}", "*") for verb in ("Describe", "Get", "List")
    )


def can_write(ctx: Context, role_arn: str, action: str, resource: str) -> bool:
    """Whether the role itself, not the policy of a bucket or topic, allows an action on an ARN."""
    role = None if role_arn.endswith(_SERVICE_LINKED) else _find(ctx, role_arn)
    if role is None:
        return False
    return bool(_WRITERS & _attached(role).keys()) or _allows(ctx, role, action, resource)


def _find(ctx: Context, role_arn: str) -> Resource | None:
    role = estate.by_name(ctx, "AWS::IAM::Role", role_arn.rsplit("/", 1)[1])
    return role if role is not None and role.arn == role_arn else None


def _attached(role: Resource) -> dict[str, str]:
    """Name and ARN of the managed policies of a role."""
    attached = (role.configuration or {}).get("attachedManagedPolicies") or []
    return {each["policyName"]: each["policyArn"] for each in attached}


def _allows(ctx: Context, role: Resource, action: str, resource: str) -> bool:
    request = Request(principal=role.arn or "", action=action, resource=resource)
    decisions = {policy.decide(document, request) for document in _documents(ctx, role)}
    return Decision.ALLOW in decisions and Decision.DENY not in decisions


def _documents(ctx: Context, role: Resource) -> Iterator[Document]:
    """The inline policies of a role and the customer managed ones, as if written for everybody who holds them."""
    found = [each["policyDocument"] for each in (role.configuration or {}).get("rolePolicyList") or []]
    for name, arn in _attached(role).items():
        managed = None if ":aws:policy/" in arn else estate.by_name(ctx, "AWS::IAM::Policy", name)
        if managed is not None and managed.region == GLOBAL:
            versions = (managed.configuration or {}).get("policyVersionList") or []
            found += [each["document"] for each in versions if each.get("isDefaultVersion")]
    for body in found:
        document = loads(unquote(body)) if isinstance(body, str) else body
        yield {"Statement": [{**each, "Principal": "*"} for each in policy.statements(document)]}

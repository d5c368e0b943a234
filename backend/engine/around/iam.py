"""IAM, as far as setting AWS Config up asks: reading a role, and making one that belongs to a service."""

from __future__ import annotations

from urllib.parse import quote, unquote

from backend.engine.around import identity
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import dumps
from backend.engine.world import estate
from backend.engine.world import identity as people
from backend.engine.world.estate import Resource
from backend.model.item import Document
from backend.model.moment import parse, to_datetime


def get_role(ctx: Context, params: Document) -> Document:
    """A role with its trust policy, URL-encoded. `NoSuchEntity` (404) when there is none of this name."""
    found = estate.by_name(ctx, identity.ROLE, params["RoleName"])
    if found is None:
        raise ServiceError("NoSuchEntity", f"The role with name {params['RoleName']} cannot be found.", 404)
    return {"Role": _told(found)}


def create_service_linked_role(ctx: Context, params: Document) -> Document:
    """The role that a service acts by. `InvalidInput` (400) for one that exists, or a service that has none here."""
    service = params["AWSServiceName"]
    name = people.service_role_name(service)
    if name is None:
        raise ServiceError("InvalidInput", f"The service {service} has no service-linked role here.")
    if estate.by_name(ctx, identity.ROLE, name) is not None:
        raise ServiceError(
            "InvalidInput", f"Service role name {name} has been taken in this account, please try a different suffix."
        )
    people.service_role(ctx, service, ctx.now)
    made = estate.by_name(ctx, identity.ROLE, name)
    assert made is not None
    return {"Role": _told(made)}


def _told(role: Resource) -> Document:
    body = role.configuration or {}
    trust = body.get("assumeRolePolicyDocument") or {}
    return {
        "Path": body.get("path") or "/",
        "RoleName": role.name or "",
        "RoleId": role.resource_id,
        "Arn": role.arn or "",
        "CreateDate": to_datetime(parse(body["createDate"]) if body.get("createDate") else role.created or 0),
        "AssumeRolePolicyDocument": quote(unquote(trust) if isinstance(trust, str) else dumps(trust), safe=""),
    }


OPERATIONS: dict[str, Operation] = {
    "GetRole": get_role,
    "CreateServiceLinkedRole": create_service_linked_role,
}

"""STS: who is calling, and temporary credentials of a role."""

from __future__ import annotations

from urllib.parse import unquote

from backend.engine.around import cloudtrail, identity, policy
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import loads
from backend.engine.world import estate
from backend.engine.world.estate import Resource
from backend.model.item import Document
from backend.model.moment import SECOND, to_datetime

SCHEMA = identity.SCHEMA

_DEFAULT_SESSION_SECONDS = 3600


def get_caller_identity(ctx: Context, params: Document) -> Document:
    """Account, ARN and unique id of the caller."""
    caller = identity.principal(ctx)
    return {"UserId": caller.id, "Account": ctx.account, "Arn": caller.arn}


def assume_role(ctx: Context, params: Document) -> Document:
    """Temporary credentials of a role, which may belong to another account of the world that trusts the caller.

    `AccessDenied` (403) for a role that does not exist, or does not trust the caller, as AWS words it.
    """
    arn, session = params["RoleArn"], params["RoleSessionName"]
    name = arn.rsplit("/", 1)[-1]
    there = ctx.owner_of(arn)
    role = estate.by_name(there, identity.ROLE, name)
    caller = identity.principal(ctx).arn
    if not ctx.world.lenient and (role is None or role.arn != arn or not _trusts(there, role, caller, params)):
        raise ServiceError(
            "AccessDenied", f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {arn}", 403
        )
    key = "ASIA" + ctx.ids.upper(16)
    expires = ctx.now + params.get("DurationSeconds", _DEFAULT_SESSION_SECONDS) * SECOND
    identity.register_session(there, key, name, session)
    unique = role.resource_id if role else f"AROA{ctx.ids.upper(17)}"
    answer: Document = {
        "Credentials": {
            "AccessKeyId": key,
            "SecretAccessKey": ctx.ids.hex(40),
            "SessionToken": ctx.ids.hex(64) + ctx.ids.hex(64),
            "Expiration": to_datetime(expires),
        },
        "AssumedRoleUser": {
            "AssumedRoleId": f"{unique}:{session}",
            "Arn": there.arn("sts", f"assumed-role/{name}/{session}", region=""),
        },
    }
    if there is not ctx:  # both accounts see it (around-config.md §1.2)
        touched = [(identity.ROLE, arn)]
        cloudtrail.record(there, source="sts", name="AssumeRole", request=params, response=answer, resources=touched)
    return answer


def _trusts(ctx: Context, role: Resource, caller: str, params: Document) -> bool:
    """Whether a role lets a caller of another account in; those of its own need no word of its trust policy here."""
    if not ctx.caller.account:
        return True
    context = identity.surroundings(ctx)
    if params.get("ExternalId"):
        context["sts:externalid"] = params["ExternalId"]
    request = policy.Request(caller, "sts:AssumeRole", role.arn or "", context)
    trust = (role.configuration or {}).get("assumeRolePolicyDocument")
    # Items hold the document, or the text of it URL-encoded, as IAM answers it.
    document = loads(unquote(trust)) if isinstance(trust, str) else trust
    return policy.decide(document, request) is policy.Decision.ALLOW


OPERATIONS: dict[str, Operation] = {
    "GetCallerIdentity": get_caller_identity,
    "AssumeRole": assume_role,
}

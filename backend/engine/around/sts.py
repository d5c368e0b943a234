"""STS: who is calling, and temporary credentials of a role."""

from __future__ import annotations

from backend.engine.around import identity
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.world import estate
from backend.model.item import Document
from backend.model.moment import SECOND, to_datetime

SCHEMA = identity.SCHEMA

_DEFAULT_SESSION_SECONDS = 3600


def get_caller_identity(ctx: Context, params: Document) -> Document:
    """Account, ARN and unique id of the caller."""
    caller = identity.principal(ctx)
    return {"UserId": caller.id, "Account": ctx.account, "Arn": caller.arn}


def assume_role(ctx: Context, params: Document) -> Document:
    """Temporary credentials of a role; `AccessDenied` (403) for a role that does not exist, as AWS words it."""
    arn, session = params["RoleArn"], params["RoleSessionName"]
    name = arn.rsplit("/", 1)[-1]
    role = estate.by_name(ctx, identity.ROLE, name)
    if not ctx.world.lenient and (role is None or role.arn != arn):
        caller = identity.principal(ctx).arn
        raise ServiceError(
            "AccessDenied", f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {arn}", 403
        )
    key = "ASIA" + ctx.ids.upper(16)
    expires = ctx.now + params.get("DurationSeconds", _DEFAULT_SESSION_SECONDS) * SECOND
    identity.register_session(ctx, key, name, session)
    unique = role.resource_id if role else f"AROA{ctx.ids.upper(17)}"
    return {
        "Credentials": {
            "AccessKeyId": key,
            "SecretAccessKey": ctx.ids.hex(40),
            "SessionToken": ctx.ids.hex(64) + ctx.ids.hex(64),
            "Expiration": to_datetime(expires),
        },
        "AssumedRoleUser": {
            "AssumedRoleId": f"{unique}:{session}",
            "Arn": ctx.arn("sts", f"assumed-role/{name}/{session}", region=""),
        },
    }


OPERATIONS: dict[str, Operation] = {
    "GetCallerIdentity": get_caller_identity,
    "AssumeRole": assume_role,
}

"""Who a call comes from: access keys and their principals, and CloudTrail's `userIdentity`."""

from __future__ import annotations

import hashlib

import msgspec

from backend.engine.context import Caller, Context, World
from backend.engine.world import estate
from backend.model.item import Document
from backend.model.moment import HOUR, Moment, to_iso

USER = "AWS::IAM::User"
ROLE = "AWS::IAM::Role"

SCHEMA = """
CREATE TABLE IF NOT EXISTS access_keys (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    session TEXT NOT NULL,
    created INTEGER NOT NULL
) WITHOUT ROWID;
"""

ROOT_KIND, USER_KIND, ROLE_KIND = "root", "user", "role"
_DEFAULT_USER = "default_user"


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """A caller as IAM sees it; `id` is what GetCallerIdentity calls UserId."""

    arn: str
    id: str
    user_name: str
    """What LookupEvents shows as Username; empty for services."""
    identity: Document
    """The `userIdentity` of its CloudTrail records (reference: around-config.md §1.2)."""
    service: bool = False


def register_key(ctx: Context, key: str, user: str = "", created: Moment | None = None) -> None:
    """Let calls signed with an access key count as an IAM user's; without one as the root user's."""
    ctx.store.run(
        "INSERT OR REPLACE INTO access_keys VALUES (?, ?, ?, '', ?)",
        (key, USER_KIND if user else ROOT_KIND, user, ctx.now if created is None else created),
    )


def register_session(ctx: Context, key: str, role: str, session: str) -> None:
    """Let calls signed with temporary credentials count as a session of a role.

    They do not run out: the clock may jump a week while the client still holds them.
    """
    ctx.store.run("INSERT OR REPLACE INTO access_keys VALUES (?, ?, ?, ?, ?)", (key, ROLE_KIND, role, session, ctx.now))


def knows_key(world: World, key: str) -> bool:
    """Whether an access key belongs to an account."""
    return world.store.one("SELECT 1 FROM access_keys WHERE id = ?", (key,)) is not None


def set_default_user(ctx: Context, user: str) -> None:
    """The IAM user that calls with an access key nobody knows count as.

    A local endpoint takes any key, as people put `test` there; until a user is named such calls are the
    root user's, the only one an empty account has.
    """
    ctx.store.set_meta(_DEFAULT_USER, user)


def principal(ctx: Context) -> Principal:
    """The principal behind the context's caller."""
    if ctx.caller.account:
        return principal(ctx.in_account(ctx.caller.account))
    caller = ctx.caller
    if caller.role:
        role, _, session = caller.role.partition("/")
        return _session(ctx, role, session or caller.user or role, caller)
    if caller.service:
        return _service(caller)
    if caller.user:
        return _user(ctx, caller.user, caller.access_key)
    row = ctx.store.one("SELECT * FROM access_keys WHERE id = ?", (caller.access_key,)) if caller.access_key else None
    if row is None:
        user = ctx.store.meta(_DEFAULT_USER, "")
        return _user(ctx, user, caller.access_key) if user else _root(ctx, caller.access_key)
    if row["kind"] == ROLE_KIND:
        return _session(ctx, row["name"], row["session"], caller, since=row["created"])
    return _user(ctx, row["name"], row["id"]) if row["kind"] == USER_KIND else _root(ctx, row["id"])


def surroundings(ctx: Context) -> dict[str, str]:
    """The condition keys of a policy that every call has, in lower case."""
    keys = {
        "aws:currenttime": to_iso(ctx.now),
        "aws:sourceip": ctx.caller.source_ip,
        "aws:securetransport": "true",
        "aws:useragent": ctx.caller.user_agent,
    }
    organization = ctx.world.accounts.organization
    if organization:  # all accounts of a world belong to it; of the two keys a principal has one
        keys |= {"aws:principalorgid": organization, "aws:sourceorgid": organization}
    return keys


def _root(ctx: Context, key: str) -> Principal:
    arn = ctx.arn("iam", "root", region="")
    identity: Document = {"type": "Root", "principalId": ctx.account, "arn": arn, "accountId": ctx.account}
    if key:
        identity["accessKeyId"] = key
    return Principal(arn=arn, id=ctx.account, user_name="root", identity=identity)


def _user(ctx: Context, name: str, key: str) -> Principal:
    user = estate.by_name(ctx, USER, name)
    arn = (user.arn if user else None) or ctx.arn("iam", f"user/{name}", region="")
    unique = user.resource_id if user else _unique_id(ctx, "AIDA", name)
    identity: Document = {"type": "IAMUser", "principalId": unique, "arn": arn, "accountId": ctx.account}
    # Calls of scenario actors come without a key of their own; their user has one all the same.
    identity["accessKeyId"] = key or _unique_id(ctx, "AKIA", name)[:20]
    identity["userName"] = name
    return Principal(arn=arn, id=unique, user_name=name, identity=identity)


def _session(ctx: Context, role_name: str, session: str, caller: Caller, since: Moment | None = None) -> Principal:
    role = estate.by_name(ctx, ROLE, role_name)
    role_arn = (role.arn if role else None) or ctx.arn("iam", f"role/{role_name}", region="")
    unique = role.resource_id if role else _unique_id(ctx, "AROA", role_name)
    arn = ctx.arn("sts", f"assumed-role/{role_name}/{session}", region="")
    # Without a recorded beginning a session is taken to have begun at the full hour.
    began = ctx.now // HOUR * HOUR if since is None else since
    identity: Document = {
        "type": "AssumedRole",
        "principalId": f"{unique}:{session}",
        "arn": arn,
        "accountId": ctx.account,
        "accessKeyId": caller.access_key or _unique_id(ctx, "ASIA", f"{role_name}/{session}")[:20],
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": unique,
                "arn": role_arn,
                "accountId": ctx.account,
                "userName": role_name,
            },
            "attributes": {"creationDate": to_iso(began)[:19] + "Z", "mfaAuthenticated": "false"},
        },
    }
    if caller.service:
        identity["invokedBy"] = caller.service
    return Principal(arn=arn, id=f"{unique}:{session}", user_name=session, identity=identity)


def _service(caller: Caller) -> Principal:
    identity: Document = {"type": "AWSService", "invokedBy": caller.service}
    return Principal(arn=caller.service, id=caller.service, user_name="", identity=identity, service=True)


def _unique_id(ctx: Context, prefix: str, name: str) -> str:
    """The id of a principal that the estate does not hold: always the same for the same name."""
    digest = hashlib.blake2b(f"{ctx.account}/{prefix}/{name}".encode(), digest_size=17).digest()
    return prefix + "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[byte % 32] for byte in digest)

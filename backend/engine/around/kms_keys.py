"""Keys of KMS: how they are found, whom they let, and why they cannot be used.

A key is a resource of the estate. What matters to AWS Config is whether a key is there, whether it is enabled, and what
its policy says (aws-config.md §9): unlike other services, KMS gives nobody anything that the key's policy does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from backend.engine.around import identity, policy
from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.engine.store import dumps
from backend.engine.world import estate
from backend.engine.world.estate import Resource
from backend.model.moment import SECOND, Moment

KEY = "AWS::KMS::Key"
GENERATE = "kms:GenerateDataKey"
DECRYPT = "kms:Decrypt"

SCHEMA = """
CREATE TABLE IF NOT EXISTS kms_aliases (
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (region, name)
) WITHOUT ROWID;
"""

_ARN = re.compile(r"arn:aws[a-z-]*:kms:([a-z0-9-]+):(\d{12}):(key/[\w-]+|alias/[\w/-]+)")


def is_arn(text: str) -> bool:
    """Whether a text has the form of a key's or an alias's ARN."""
    return _ARN.fullmatch(text) is not None


def look(ctx: Context, named: str) -> Resource | None:
    """A key by id, ARN, alias or alias ARN; ARNs also find the keys of other regions and accounts of the world."""
    found = _ARN.fullmatch(named)
    if found is None:
        return _local(ctx, named)
    region, account, local = found.groups()
    if account not in ctx.accounts:
        return None
    there = ctx.within(region) if account == ctx.account else ctx.in_account(account, region)
    return _local(there, local.removeprefix("key/"))


def _local(ctx: Context, named: str) -> Resource | None:
    if named.startswith("alias/"):
        row = ctx.store.one("SELECT key FROM kms_aliases WHERE region = ? AND name = ?", (ctx.region, named))
        return estate.get(ctx, KEY, row["key"]) if row else None
    return estate.get(ctx, KEY, named)


def find(ctx: Context, named: str) -> Resource:
    """The same; raises NotFoundException."""
    key = look(ctx, named)
    if key is None:
        said = named if named.startswith("arn:") else ctx.arn("kms", named if "/" in named else f"key/{named}")
        raise ServiceError("NotFoundException", f"{'Alias' if ':alias/' in said else 'Key'} '{said}' does not exist")
    return key


def allows(ctx: Context, key: Resource, principal: str, action: str) -> bool:
    """Whether the key's policy lets a principal, an ARN or a service of the context's account, do something with it.

    In a lenient world everything may pass that no statement denies.
    """
    context = identity.surroundings(ctx)
    if principal.endswith(".amazonaws.com"):
        context["aws:sourceaccount"] = ctx.account
        context["aws:sourcearn"] = ctx.arn(principal.partition(".")[0], "")
    request = policy.Request(principal, action, key.arn or "", context)
    text = key.supplementary.get("Policy")
    decision = policy.decide(policy.parse(text) if text else None, request)
    return decision is policy.Decision.ALLOW or (ctx.world.lenient and decision is policy.Decision.NOTHING)


def check_usable(key: Resource) -> None:
    """Raises DisabledException, or KMSInvalidStateException for a key that is about to be deleted."""
    state = key.configuration["keyState"]
    if state == "Disabled":
        raise ServiceError("DisabledException", f"{key.arn} is disabled.")
    if state != "Enabled":
        words = "pending deletion" if state == "PendingDeletion" else f"in state {state}"
        raise ServiceError("KMSInvalidStateException", f"{key.arn} is {words}.")


def refusal(ctx: Context, named: str, principal: str, *actions: str) -> ServiceError | None:
    """Why a principal cannot use a key in these ways, in the words of KMS; None when it can."""
    try:
        key = find(ctx, named)
        check_usable(key)
    except ServiceError as error:
        return error
    for action in actions:
        if not allows(ctx, key, principal, action):
            return denied(principal, action, key)
    return None


def sending_refusal(ctx: Context, there: Context, named: str, principal: str) -> ServiceError | None:
    """Why a principal of `ctx` cannot send to something of `there` that is encrypted with a key; None when it can.

    The keys that AWS keeps for an account (`alias/aws/sns`) let in its own principals and no other service.
    """
    if named.rpartition(":")[2].startswith("alias/aws/"):
        foreign = principal.endswith(".amazonaws.com") and not there.world.lenient
        key = Resource(resource_type=KEY, resource_id=named, region=there.region, arn=there.arn("kms", named))
        return denied(principal, GENERATE, key) if foreign else None
    if not named.startswith("arn:"):
        named = there.arn("kms", named if "/" in named else f"key/{named}")
    return refusal(ctx, named, principal, GENERATE, DECRYPT)


def denied(principal: str, action: str, key: Resource) -> ServiceError:
    """The refusal of what no statement of the policy of the key allows."""
    return ServiceError(
        "AccessDeniedException",
        f"User: {principal} is not authorized to perform: {action} on resource: {key.arn} because no resource-based"
        f" policy allows the {action} action",
    )


def new(
    ctx: Context,
    purpose: str,
    policy_text: str,
    tags: Mapping[str, str],
    *,
    rotates: bool = False,
    created: Moment | None = None,
) -> Resource:
    """A key as its item shows it; not yet put into the estate."""
    key_id = ctx.ids.uuid()
    arn = ctx.arn("kms", f"key/{key_id}")
    created = ctx.now // SECOND * SECOND if created is None else created
    return Resource(
        resource_type=KEY,
        resource_id=key_id,
        region=ctx.region,
        arn=arn,
        zone="Not Applicable",
        created=created,
        configuration={
            "keyId": key_id,
            "arn": arn,
            "creationDate": created,
            "enabled": True,
            "description": purpose,
            "keyUsage": "ENCRYPT_DECRYPT",
            "keyState": "Enabled",
            "origin": "AWS_KMS",
            "keyManager": "CUSTOMER",
            "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "keySpec": "SYMMETRIC_DEFAULT",
            "encryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
            "signingAlgorithms": [],
            "multiRegion": False,
            "awsaccountId": ctx.account,
        },
        supplementary={
            "Policy": policy_text,
            "KeyRotationStatus": rotates,
            "Tags": [{"tagKey": name, "tagValue": value} for name, value in tags.items()],
        },
        tags=dict(tags),
    )


def account_policy(ctx: Context) -> str:
    """The policy of a key that was given none: the account decides by IAM who may do what."""
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ctx.account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return dumps({"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]})

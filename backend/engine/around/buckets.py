"""Buckets as resources of the estate: how one is made, found and asked whom it lets in.

The form of the item is that of real ones (reference: aws-recorded-config.json `document_ci_s3_bucket`).
"""

from __future__ import annotations

import hashlib
import ipaddress
import re

import msgspec

from backend.engine.around import identity, kms_keys, policy
from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.engine.store import dumps
from backend.engine.world import estate
from backend.engine.world.estate import Resource
from backend.model.item import Document, Json
from backend.model.moment import SECOND, to_iso

BUCKET = "AWS::S3::Bucket"

_NAME = re.compile(r"(?!xn--|sthree-)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?<!-s3alias)")

CANNED = {
    "private": (),
    "public-read": (("AllUsers", "Read"),),
    "public-read-write": (("AllUsers", "Read"), ("AllUsers", "Write")),
    "authenticated-read": (("AuthenticatedUsers", "Read"),),
    "log-delivery-write": (("LogDelivery", "Write"), ("LogDelivery", "ReadAcp")),
}
"""What each canned ACL grants beside the owner's full control."""


def missing() -> ServiceError:
    return ServiceError("NoSuchBucket", "The specified bucket does not exist", 404)


def absent(code: str, message: str) -> ServiceError:
    """A part of a bucket's settings that it does not have."""
    return ServiceError(code, message, 404)


def denied() -> ServiceError:
    return ServiceError("AccessDenied", "Access Denied", 403)


def look(ctx: Context, name: str) -> Resource | None:
    """A bucket of any region by its name, which is global."""
    return estate.by_name(ctx, BUCKET, name)


def owner(ctx: Context, name: str) -> Context:
    """The context of the account that has a bucket: names are global. The given one when nobody has it."""
    if len(ctx.accounts) > 1 and look(ctx, name) is None:
        for account in ctx.accounts:
            if account != ctx.account and look(there := ctx.in_account(account), name) is not None:
                return there
    return ctx


def find(ctx: Context, name: str, action: str = "", key: str = "") -> Resource:
    """A bucket that the caller may use for an action (`GetObject`). Raises NoSuchBucket and AccessDenied (403).

    The context is that of the account which has it. Callers of another account need the policy's word, and cannot
    do what has no action here.
    """
    bucket = look(ctx, name)
    if bucket is None:
        raise missing()
    foreign = ctx.caller.account not in ("", ctx.account)
    if foreign or (action and policy_text(bucket) is not None):
        caller = identity.principal(ctx).arn
        decision = decide(ctx, bucket, caller, f"s3:{action}", key)
        if decision is policy.Decision.DENY or (foreign and decision is policy.Decision.NOTHING):
            raise denied()
    return bucket


def decide(ctx: Context, bucket: Resource, principal: str, action: str, key: str) -> policy.Decision:
    """What the bucket's policy says of a principal's action on the bucket, or on an object of it."""
    text = policy_text(bucket)
    if text is None:
        return policy.Decision.NOTHING
    context = identity.surroundings(ctx)
    if principal.endswith(".amazonaws.com"):
        context["aws:sourceaccount"] = ctx.account
        context["s3:x-amz-acl"] = "bucket-owner-full-control"
        context["aws:sourcearn"] = ctx.arn(principal.partition(".")[0], "")
    resource = f"arn:aws:s3:::{bucket.resource_id}"
    request = policy.Request(principal, action, f"{resource}/{key}" if key else resource, context)
    return policy.decide(policy.parse(text), request)


def policy_text(bucket: Resource) -> str | None:
    text = bucket.supplementary.get("BucketPolicy", {}).get("policyText")
    return text if isinstance(text, str) else None


def versioning(bucket: Resource) -> str:
    """`Off`, `Enabled` or `Suspended`."""
    return str(bucket.supplementary.get("BucketVersioningConfiguration", {}).get("status") or "Off")


def encryption(bucket: Resource) -> Document:
    """ServerSideEncryption of new objects, in the shape of PutObject's answer."""
    rules = bucket.supplementary.get("ServerSideEncryptionConfiguration", {}).get("rules") or [{}]
    default = rules[0].get("applyServerSideEncryptionByDefault") or {}
    answer: Document = {"ServerSideEncryption": default.get("sseAlgorithm") or "AES256"}
    if default.get("kmsMasterKeyID"):
        answer["SSEKMSKeyId"] = default["kmsMasterKeyID"]
    return answer


def encrypted(ctx: Context, bucket: Resource, headers: Document) -> Document:
    """The headers of a new object with how it is encrypted: as was asked, else as the bucket does it."""
    asked = headers.get("ServerSideEncryption")
    if asked is None:
        return {**headers, **encryption(bucket)}
    if asked.startswith("aws:kms") and not headers.get("SSEKMSKeyId"):
        default = encryption(bucket).get("SSEKMSKeyId") or ctx.arn("kms", "alias/aws/s3", region=bucket.region)
        return {**headers, "SSEKMSKeyId": default}
    return headers


def check_key(ctx: Context, headers: Document, principal: str, action: str) -> None:
    """Raises AccessDenied (403) or KMS's own refusal when a principal cannot use the key of an object so."""
    key = headers.get("SSEKMSKeyId")
    if not key or key.endswith("alias/aws/s3"):
        return
    refusal = kms_keys.refusal(ctx, key, principal, action)
    if refusal is None:
        return
    if refusal.code == "AccessDeniedException":
        raise ServiceError("AccessDenied", refusal.message, 403)
    raise ServiceError(f"KMS.{refusal.code}", refusal.message)


def owner_id(ctx: Context) -> str:
    """The canonical user id of the account."""
    return hashlib.sha256(f"canonical/{ctx.account}".encode()).hexdigest()


def check_name(name: str) -> None:
    """Raises InvalidBucketName."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        if _NAME.fullmatch(name):
            return
    raise ServiceError("InvalidBucketName", "The specified bucket is not valid.")


def new(ctx: Context, name: str, region: str, acl: str, tags: dict[str, str]) -> Resource:
    """A bucket as AWS makes them today: private, encrypted, public access blocked."""
    owner = {"displayName": None, "id": owner_id(ctx)}
    created = ctx.now // SECOND * SECOND
    supplementary: Document = {
        "AbacStatus": {"status": "Disabled"},
        "AccessControlList": acl_text(ctx, CANNED[acl]),
        "BucketAccelerateConfiguration": {"status": None, "isRequesterCharged": False},
        "BucketLoggingConfiguration": {
            "destinationBucketName": None,
            "logFilePrefix": None,
            "targetObjectKeyFormat": None,
        },
        "BucketNotificationConfiguration": {"configurations": {}, "eventBridgeConfiguration": None},
        "BucketPolicy": {"policyText": None},
        "BucketVersioningConfiguration": {"status": "Off", "isMfaDeleteEnabled": None},
        "IsRequesterPaysEnabled": False,
        "PublicAccessBlockConfiguration": {
            "blockPublicAcls": True,
            "ignorePublicAcls": True,
            "blockPublicPolicy": True,
            "restrictPublicBuckets": True,
        },
        "ServerSideEncryptionConfiguration": default_encryption(),
    }
    if tags:
        supplementary["BucketTaggingConfiguration"] = {"tagSets": [{"tags": tags}]}
    return Resource(
        resource_type=BUCKET,
        resource_id=name,
        region=region,
        name=name,
        arn=f"arn:aws:s3:::{name}",
        zone="Regional",
        created=created,
        configuration={"name": name, "owner": owner, "creationDate": to_iso(created), "region": region},
        supplementary=supplementary,
        tags=tags,
    )


def default_encryption() -> Document:
    by_default = {"sseAlgorithm": "AES256", "kmsMasterKeyID": None}
    return {"rules": [{"applyServerSideEncryptionByDefault": by_default, "bucketKeyEnabled": False}]}


def acl_text(ctx: Context, grants: tuple[tuple[str, str], ...]) -> str:
    """An access control list as items hold it: JSON inside JSON (recorded.md §3). `grants` are (group, permission)."""
    owner = owner_id(ctx)
    listed: list[Json] = [{"grantee": {"id": owner, "displayName": None}, "permission": "FullControl"}]
    listed += [{"grantee": group, "permission": permission} for group, permission in grants]
    return dumps(
        {
            "grantSet": None,
            "grantList": listed,
            "owner": {"displayName": None, "id": owner},
            "isRequesterCharged": False,
        }
    )


def change(ctx: Context, bucket: Resource, name: str, value: Json, tags: dict[str, str] | None = None) -> None:
    """Set one part of a bucket's supplementary configuration (None takes it away); no change makes no item."""
    supplementary = {key: part for key, part in bucket.supplementary.items() if key != name}
    if value is not None:
        supplementary[name] = value
    changed = msgspec.structs.replace(
        bucket,
        supplementary=dict(sorted(supplementary.items())),
        tags=bucket.tags if tags is None else tags,
    )
    if (changed.supplementary, changed.tags) != (bucket.supplementary, bucket.tags):
        estate.put(ctx, changed)

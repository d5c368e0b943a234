"""KMS: the operations on keys that deliveries, objects, topics and queues are encrypted with."""

from __future__ import annotations

import hashlib
import re

from backend.engine.around import identity, kms_keys, policy
from backend.engine.around.kms_keys import KEY
from backend.engine.clock import Due
from backend.engine.context import Context
from backend.engine.engine import DueHandler, Operation
from backend.engine.errors import ServiceError
from backend.engine.world import estate
from backend.engine.world.estate import Resource
from backend.model.item import Document
from backend.model.moment import DAY, SECOND, to_datetime

SCHEMA = kms_keys.SCHEMA

DELETION = "kms.deletion"
"""The due thing that deletes a key at the end of its waiting period."""

_ALIAS = re.compile(r"alias/[\w/-]+")
_PAGE = 100
_ABROAD = frozenset({"Decrypt", "DescribeKey", "GenerateDataKey"})
"""What can be done with keys of other accounts and regions."""


def _called(ctx: Context, params: Document, action: str) -> Resource:
    """The key that a call names, if the caller may do `action` with it.

    Keys of other accounts and regions can be used and described, but not changed.
    """
    key = kms_keys.find(ctx, params["KeyId"])
    caller = identity.principal(ctx).arn
    if action not in _ABROAD and key.arn != ctx.arn("kms", f"key/{key.resource_id}"):
        raise kms_keys.denied(caller, f"kms:{action}", key)
    if not kms_keys.allows(ctx, key, caller, f"kms:{action}"):
        raise kms_keys.denied(caller, f"kms:{action}", key)
    return key


def create_key(ctx: Context, params: Document) -> Document:
    """A symmetric key; without a policy it lets its account do everything. Raises MalformedPolicyDocumentException."""
    if params.get("KeySpec", params.get("CustomerMasterKeySpec", "SYMMETRIC_DEFAULT")) != "SYMMETRIC_DEFAULT":
        raise ServiceError("UnsupportedOperationException", "The local engine has symmetric encryption keys only.")
    tags = {tag["TagKey"]: tag["TagValue"] for tag in params.get("Tags") or []}
    text = params.get("Policy") or kms_keys.account_policy(ctx)
    _check_policy(text)
    key = kms_keys.new(ctx, params.get("Description", ""), text, tags)
    estate.put(ctx, key)
    return {"KeyMetadata": _metadata(key)}


def _check_policy(text: str) -> None:
    try:
        policy.parse(text)
    except policy.MalformedPolicy as error:
        raise ServiceError("MalformedPolicyDocumentException", str(error)) from error


def _metadata(key: Resource) -> Document:
    body = key.configuration
    metadata: Document = {
        "AWSAccountId": body["awsaccountId"],
        "KeyId": key.resource_id,
        "Arn": key.arn,
        "CreationDate": to_datetime(key.created or 0),
        "Enabled": body["keyState"] == "Enabled",
        "Description": body["description"],
        "KeyUsage": body["keyUsage"],
        "KeyState": body["keyState"],
        "Origin": body["origin"],
        "KeyManager": body["keyManager"],
        "CustomerMasterKeySpec": body["customerMasterKeySpec"],
        "KeySpec": body["keySpec"],
        "EncryptionAlgorithms": body["encryptionAlgorithms"],
        "MultiRegion": body["multiRegion"],
    }
    if body.get("deletionDate"):
        metadata["DeletionDate"] = to_datetime(body["deletionDate"])
    return metadata


def describe_key(ctx: Context, params: Document) -> Document:
    """The metadata of a key by id, ARN or alias."""
    return {"KeyMetadata": _metadata(_called(ctx, params, "DescribeKey"))}


def list_keys(ctx: Context, params: Document) -> Document:
    """Ids and ARNs of the region's keys, by id."""
    keys = [{"KeyId": key.resource_id, "KeyArn": key.arn} for key in estate.of_type(ctx, KEY)]
    return _page(params, "Keys", keys)


def get_key_policy(ctx: Context, params: Document) -> Document:
    """The one policy of a key, which is called `default`."""
    _only_default(params)
    key = _called(ctx, params, "GetKeyPolicy")
    return {"Policy": key.supplementary["Policy"], "PolicyName": "default"}


def put_key_policy(ctx: Context, params: Document) -> Document:
    """Replace the policy of a key. Raises MalformedPolicyDocumentException."""
    _only_default(params)
    key = _called(ctx, params, "PutKeyPolicy")
    _check_policy(params["Policy"])
    estate.put(ctx, estate.changed(key, supplementary={**key.supplementary, "Policy": params["Policy"]}))
    return {}


def _only_default(params: Document) -> None:
    if params.get("PolicyName", "default") != "default":
        raise ServiceError("NotFoundException", "No such policy exists")


def enable_key(ctx: Context, params: Document) -> Document:
    """Let a disabled key be used again. Raises KMSInvalidStateException for one that is about to be deleted."""
    return _switch(ctx, _called(ctx, params, "EnableKey"), "Enabled")


def disable_key(ctx: Context, params: Document) -> Document:
    """Nobody can use the key until it is enabled. Raises KMSInvalidStateException for one about to be deleted."""
    return _switch(ctx, _called(ctx, params, "DisableKey"), "Disabled")


def _switch(ctx: Context, key: Resource, state: str) -> Document:
    if key.configuration["keyState"] == "PendingDeletion":
        kms_keys.check_usable(key)
    if key.configuration["keyState"] != state:
        estate.put(ctx, estate.edited(key, keyState=state, enabled=state == "Enabled"))
    return {}


def schedule_key_deletion(ctx: Context, params: Document) -> Document:
    """Delete a key after 7 to 30 days (30 unless said); until then it cannot be used, but called back."""
    key = _called(ctx, params, "ScheduleKeyDeletion")
    if key.configuration["keyState"] == "PendingDeletion":
        kms_keys.check_usable(key)
    days = params.get("PendingWindowInDays", 30)
    if not 7 <= days <= 30:
        raise ServiceError("ValidationException", "PendingWindowInDays must be between 7 and 30")
    at = ctx.now // SECOND * SECOND + days * DAY
    estate.put(ctx, estate.edited(key, keyState="PendingDeletion", enabled=False, deletionDate=at))
    ctx.clock.schedule(at, DELETION, ctx.region, key.resource_id)
    return {
        "KeyId": key.arn,
        "DeletionDate": to_datetime(at),
        "KeyState": "PendingDeletion",
        "PendingWindowInDays": days,
    }


def cancel_key_deletion(ctx: Context, params: Document) -> Document:
    """Keep a key after all; it stays disabled. Raises KMSInvalidStateException for one that is not waiting."""
    key = _called(ctx, params, "CancelKeyDeletion")
    if key.configuration["keyState"] != "PendingDeletion":
        raise ServiceError("KMSInvalidStateException", f"{key.arn} is not pending deletion.")
    ctx.clock.cancel(DELETION, ctx.region, key.resource_id)
    body = {name: value for name, value in key.configuration.items() if name != "deletionDate"}
    estate.put(ctx, estate.changed(key, configuration={**body, "keyState": "Disabled"}))
    return {"KeyId": key.arn}


def delete(ctx: Context, due: Due) -> None:
    """The waiting period of a key is over."""
    ctx.store.run("DELETE FROM kms_aliases WHERE region = ? AND key = ?", (ctx.region, due.key))
    estate.remove(ctx, KEY, due.key)


def create_alias(ctx: Context, params: Document) -> Document:
    """Another name for a key. Raises InvalidAliasNameException and AlreadyExistsException."""
    name = params["AliasName"]
    if not _ALIAS.fullmatch(name) or name.startswith("alias/aws/"):
        raise ServiceError("InvalidAliasNameException", f"{name} is not a valid alias name")
    key = kms_keys.find(ctx, params["TargetKeyId"])
    if ctx.store.one("SELECT 1 FROM kms_aliases WHERE region = ? AND name = ?", (ctx.region, name)):
        raise ServiceError("AlreadyExistsException", f"An alias with the name {ctx.arn('kms', name)} already exists")
    ctx.store.run("INSERT INTO kms_aliases VALUES (?, ?, ?)", (ctx.region, name, key.resource_id))
    return {}


def list_aliases(ctx: Context, params: Document) -> Document:
    """The aliases of the region, or of one key."""
    rows = ctx.store.all("SELECT name, key FROM kms_aliases WHERE region = ? ORDER BY name", (ctx.region,))
    wanted = kms_keys.find(ctx, params["KeyId"]).resource_id if params.get("KeyId") else None
    aliases = [
        {"AliasName": row["name"], "AliasArn": ctx.arn("kms", row["name"]), "TargetKeyId": row["key"]}
        for row in rows
        if wanted in (None, row["key"])
    ]
    return _page(params, "Aliases", aliases)


def generate_data_key(ctx: Context, params: Document) -> Document:
    """A key for data, plain and wrapped. Raises DisabledException and KMSInvalidStateException."""
    key = _called(ctx, params, "GenerateDataKey")
    kms_keys.check_usable(key)
    size = params.get("NumberOfBytes") or {"AES_128": 16}.get(params.get("KeySpec", ""), 32)
    plain = b"".join(ctx.ids.bytes() for _ in range((size + 31) // 32))[:size]
    return {"CiphertextBlob": _wrapped(key, plain), "Plaintext": plain, "KeyId": key.arn}


def decrypt(ctx: Context, params: Document) -> Document:
    """What `GenerateDataKey` wrapped, plain again. Raises InvalidCiphertextException."""
    blob = bytes(params.get("CiphertextBlob") or b"")
    key = kms_keys.look(ctx, blob[:36].decode("ascii", "replace"))
    if key is None or _wrapped(key, _masked(key, blob[36:])) != blob:
        raise ServiceError("InvalidCiphertextException")
    _called(ctx, {"KeyId": key.arn}, "Decrypt")
    kms_keys.check_usable(key)
    return {"KeyId": key.arn, "Plaintext": _masked(key, blob[36:]), "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}


def _wrapped(key: Resource, plain: bytes) -> bytes:
    """The key's id and the masked bytes: the form of a ciphertext, with no secret in this engine to keep."""
    return key.resource_id.encode() + _masked(key, plain)


def _masked(key: Resource, text: bytes) -> bytes:
    mask = hashlib.shake_256(key.resource_id.encode()).digest(len(text))
    return bytes(left ^ right for left, right in zip(text, mask, strict=True))


def _page(params: Document, name: str, entries: list[Document]) -> Document:
    marker = params.get("Marker") or "0"
    if not (marker.isascii() and marker.isdigit()):
        raise ServiceError("InvalidMarkerException")
    start, size = int(marker), params.get("Limit") or _PAGE
    more = start + size < len(entries)
    answer: Document = {name: entries[start : start + size], "Truncated": more}
    if more:
        answer["NextMarker"] = str(start + size)
    return answer


OPERATIONS: dict[str, Operation] = {
    "CreateKey": create_key,
    "DescribeKey": describe_key,
    "ListKeys": list_keys,
    "GetKeyPolicy": get_key_policy,
    "PutKeyPolicy": put_key_policy,
    "EnableKey": enable_key,
    "DisableKey": disable_key,
    "ScheduleKeyDeletion": schedule_key_deletion,
    "CancelKeyDeletion": cancel_key_deletion,
    "CreateAlias": create_alias,
    "ListAliases": list_aliases,
    "GenerateDataKey": generate_data_key,
    "Decrypt": decrypt,
}

DUE: dict[str, DueHandler] = {DELETION: delete}

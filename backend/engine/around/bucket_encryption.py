"""How a bucket encrypts what comes without a word about it (reference: around-config.md §10)."""

from __future__ import annotations

from backend.engine.around import buckets
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.model.item import Document


def get_bucket_encryption(ctx: Context, params: Document) -> Document:
    """How new objects are encrypted. Raises ServerSideEncryptionConfigurationNotFoundError (404) for old buckets."""
    bucket = buckets.find(ctx, params["Bucket"], "GetEncryptionConfiguration")
    held = bucket.supplementary.get("ServerSideEncryptionConfiguration")
    if not held:
        raise buckets.absent(
            "ServerSideEncryptionConfigurationNotFoundError",
            "The server side encryption configuration was not found",
        )
    rules: list[Document] = []
    for rule in held.get("rules") or []:
        default = rule.get("applyServerSideEncryptionByDefault") or {}
        spelled: Document = {"SSEAlgorithm": default.get("sseAlgorithm") or "AES256"}
        if default.get("kmsMasterKeyID"):
            spelled["KMSMasterKeyID"] = default["kmsMasterKeyID"]
        rules.append(
            {
                "ApplyServerSideEncryptionByDefault": spelled,
                "BucketKeyEnabled": bool(rule.get("bucketKeyEnabled", False)),
            }
        )
    return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


def put_bucket_encryption(ctx: Context, params: Document) -> Document:
    """How new objects are encrypted from now on: with AES256, or by a key of KMS."""
    bucket = buckets.find(ctx, params["Bucket"], "PutEncryptionConfiguration")
    rules: list[Document] = []
    for rule in params["ServerSideEncryptionConfiguration"]["Rules"]:
        default = rule.get("ApplyServerSideEncryptionByDefault") or {}
        spelled = {
            "sseAlgorithm": default.get("SSEAlgorithm", "AES256"),
            "kmsMasterKeyID": default.get("KMSMasterKeyID"),
        }
        rules.append(
            {
                "applyServerSideEncryptionByDefault": spelled,
                "bucketKeyEnabled": bool(rule.get("BucketKeyEnabled", False)),
            }
        )
    buckets.change(ctx, bucket, "ServerSideEncryptionConfiguration", {"rules": rules})
    return {}


def delete_bucket_encryption(ctx: Context, params: Document) -> Document:
    """Back to the encryption that every bucket has."""
    bucket = buckets.find(ctx, params["Bucket"], "PutEncryptionConfiguration")
    buckets.change(ctx, bucket, "ServerSideEncryptionConfiguration", buckets.default_encryption())
    return {}


OPERATIONS: dict[str, Operation] = {
    "GetBucketEncryption": get_bucket_encryption,
    "PutBucketEncryption": put_bucket_encryption,
    "DeleteBucketEncryption": delete_bucket_encryption,
}

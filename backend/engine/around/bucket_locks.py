"""Buckets that keep what is put into them: S3 Object Lock, as far as AWS Config meets it.

Such buckets want a digest with each object, which AWS Config does not send: with a retention by default it cannot
deliver (aws-config.md §3.1). Objects themselves are not held against deletion here.
"""

from __future__ import annotations

from backend.engine.around import buckets
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.world import estate
from backend.engine.world.estate import Resource
from backend.model.item import Document

_PART = "ObjectLockConfiguration"


def enabled(bucket: Resource) -> Resource:
    """A new bucket with the lock switched on, and versioning with it; without a retention it keeps nothing yet."""
    versioned = {"isMfaDeleteEnabled": None, "status": "Enabled"}
    supplementary = {
        **bucket.supplementary,
        "BucketVersioningConfiguration": versioned,
        _PART: {"objectLockEnabled": "Enabled", "rule": None},
    }
    return estate.changed(bucket, supplementary=dict(sorted(supplementary.items())))


def retains(bucket: Resource) -> bool:
    """Whether a bucket keeps every new object for some time."""
    return bool((bucket.supplementary.get(_PART) or {}).get("rule"))


def needs_digest() -> ServiceError:
    """The refusal of an object that comes without a digest where objects are locked."""
    return ServiceError(
        "InvalidRequest",
        "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters",
    )


def get_object_lock_configuration(ctx: Context, params: Document) -> Document:
    """Raises ObjectLockConfigurationNotFoundError (404) for a bucket that was made without."""
    held = buckets.find(ctx, params["Bucket"], "GetBucketObjectLockConfiguration").supplementary.get(_PART)
    if not held:
        raise buckets.absent(
            "ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket"
        )
    answer: Document = {"ObjectLockEnabled": "Enabled"}
    if held["rule"]:
        answer["Rule"] = {"DefaultRetention": held["rule"]["defaultRetention"]}
    return {"ObjectLockConfiguration": answer}


def put_object_lock_configuration(ctx: Context, params: Document) -> Document:
    """Set or clear the retention of new objects. Raises InvalidBucketState (409) without versioning."""
    bucket = buckets.find(ctx, params["Bucket"], "PutBucketObjectLockConfiguration")
    if buckets.versioning(bucket) != "Enabled":
        raise ServiceError(
            "InvalidBucketState", "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration", 409
        )
    retention = ((params.get("ObjectLockConfiguration") or {}).get("Rule") or {}).get("DefaultRetention")
    if retention is not None and ("Mode" not in retention or ("Days" in retention) == ("Years" in retention)):
        raise ServiceError("MalformedXML", "The XML you provided was not well-formed")
    rule = {"defaultRetention": retention} if retention else None
    buckets.change(ctx, bucket, _PART, {"objectLockEnabled": "Enabled", "rule": rule})
    return {}


OPERATIONS: dict[str, Operation] = {
    "GetObjectLockConfiguration": get_object_lock_configuration,
    "PutObjectLockConfiguration": put_object_lock_configuration,
}

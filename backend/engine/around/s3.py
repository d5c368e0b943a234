"""S3: the buckets that AWS Config delivers to, and that people look into.

Facts: around-config.md §10. A bucket is a resource of the estate, an object a real file (`object_files`).
"""

from __future__ import annotations

from backend.engine.around import (
    bucket_encryption,
    bucket_locks,
    bucket_settings,
    buckets,
    multipart,
    object_listing,
    object_requests,
    objects,
    policy,
)
from backend.engine.around.objects import Version
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.world import estate
from backend.model.item import Document
from backend.model.moment import to_datetime

SCHEMA = objects.SCHEMA + multipart.SCHEMA

_DELETES = 1000
_ENCRYPTION = ("ServerSideEncryption", "SSEKMSKeyId")


def exists(ctx: Context, bucket: str) -> bool:
    """Whether there is a bucket of that name, in whatever region and account."""
    return buckets.look(buckets.owner(ctx, bucket), bucket) is not None


def region(ctx: Context, bucket: str) -> str:
    """The region of a bucket; empty when there is none of that name."""
    found = buckets.look(buckets.owner(ctx, bucket), bucket)
    return found.region if found else ""


def holds(ctx: Context, bucket: str, key: str) -> bool:
    """Whether a bucket has an object under a key."""
    found = objects.latest(buckets.owner(ctx, bucket), bucket, key)
    return found is not None and not found.marker


def default_key(ctx: Context, bucket: str) -> str:
    """The KMS key with which a bucket encrypts what comes without one; empty when it does not use KMS."""
    found = buckets.look(buckets.owner(ctx, bucket), bucket)
    key = buckets.encryption(found).get("SSEKMSKeyId", "") if found else ""
    return str(key)


def allows(ctx: Context, bucket: str, principal: str, action: str, key: str = "") -> bool:
    """Whether a principal may do `action` (`s3:PutObject`) to a bucket, or to an object of it.

    A service (`config.amazonaws.com`) and a principal of another account need the bucket policy's word, one of the
    bucket's own account only that no statement denies it. In a lenient world everybody may who is not denied. False
    when there is no bucket.
    """
    there = buckets.owner(ctx, bucket)
    found = buckets.look(there, bucket)
    if found is None:
        return False
    decision = buckets.decide(ctx, found, principal, action, key)
    if decision is policy.Decision.NOTHING:
        return ctx.world.lenient or principal.split(":")[4:5] == [there.account]
    return decision is policy.Decision.ALLOW


def put_object(
    ctx: Context,
    bucket: str,
    key: str,
    body: bytes,
    *,
    content_type: str = "binary/octet-stream",
    content_encoding: str | None = None,
    metadata: dict[str, str] | None = None,
    kms_key: str | None = None,
    principal: str = "",
) -> str:
    """Store an object for a service, encrypted with a KMS key when one is named; its ETag, in quotes.

    With a `principal` the bucket must allow it. Raises NoSuchBucket (404) and AccessDenied (403), and InvalidRequest
    where the bucket locks what is put into it, which AWS Config does not serve (aws-config.md §3.1).
    """
    there = buckets.owner(ctx, bucket)
    found = buckets.look(there, bucket)
    if found is None:
        raise buckets.missing()
    if principal and not allows(ctx, bucket, principal, "s3:PutObject", key):
        raise buckets.denied()
    if bucket_locks.retains(found):
        raise bucket_locks.needs_digest()
    given = {"ContentType": content_type, "ContentEncoding": content_encoding, "Metadata": metadata}
    if kms_key:
        given |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key}
    return objects.put(there, found, key, body, object_requests.headers(given)).etag


def get_body(ctx: Context, bucket: str, key: str) -> bytes:
    """The bytes of an object. Raises NoSuchBucket and NoSuchKey (404)."""
    there = buckets.owner(ctx, bucket)
    if buckets.look(there, bucket) is None:
        raise buckets.missing()
    return objects.read(there, objects.find(there, bucket, key))


def remove_bucket(ctx: Context, bucket: str) -> bool:
    """Take a bucket away with all it holds, as `aws s3 rb --force` does; false when it was not there."""
    found = buckets.look(ctx, bucket)
    if found is None:
        return False
    objects.clear(ctx, bucket)
    multipart.clear(ctx, bucket)
    return estate.remove(ctx, buckets.BUCKET, bucket, found.region)


def put_object_operation(ctx: Context, params: Document) -> Document:
    """Store an object. Raises NoSuchBucket, AccessDenied, BadDigest and PreconditionFailed."""
    bucket = buckets.find(ctx, params["Bucket"], "PutObject", params["Key"])
    object_requests.check_write(ctx, bucket.resource_id, params)
    content, kept = object_requests.body(params), object_requests.headers(params)
    object_requests.check_encryption(ctx, bucket, kept)
    made = objects.put(ctx, bucket, params["Key"], content, kept)
    answer: Document = {"ETag": made.etag, **made.encryption}
    if buckets.versioning(bucket) != "Off":
        answer["VersionId"] = made.version
    return answer


def get_object(ctx: Context, params: Document) -> Document:
    """An object with its body, or the range of it that was asked for (HTTP 206 when ContentRange is there).

    Raises NoSuchBucket, NoSuchKey, NoSuchVersion, InvalidRange (416), PreconditionFailed (412), 304.
    """
    found, answer = _described(ctx, params)
    object_requests.check_decryption(ctx, found)
    start, length = 0, found.size
    if params.get("Range") and found.size:
        start, length = object_requests.byte_range(params["Range"], found.size)
        if length < found.size:
            answer["ContentRange"] = f"bytes {start}-{start + length - 1}/{found.size}"
            answer["ContentLength"] = length
    for name in ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType"):
        if params.get(f"Response{name}"):
            answer[name] = params[f"Response{name}"]
    return {"Body": objects.read(ctx, found, start, length), **answer}


def head_object(ctx: Context, params: Document) -> Document:
    """The same without the body; a refusal is just its status."""
    try:
        found, answer = _described(ctx, params)
        if params.get("Range") and found.size:
            start, length = object_requests.byte_range(params["Range"], found.size)
            if length < found.size:
                answer["ContentRange"] = f"bytes {start}-{start + length - 1}/{found.size}"
                answer["ContentLength"] = length
    except ServiceError as error:
        raise bucket_settings.bodiless(error) from error
    return answer


def _described(ctx: Context, params: Document) -> tuple[Version, Document]:
    bucket = buckets.find(ctx, params["Bucket"], "GetObject", params["Key"])
    try:
        found = objects.find(ctx, bucket.resource_id, params["Key"], params.get("VersionId"))
    except ServiceError as error:
        if error.code == "NoSuchKey":
            # Who may not list a bucket is not told what is not in it.
            buckets.find(ctx, params["Bucket"], "ListBucket")
        raise
    object_requests.check_read(params, found)
    answer: Document = {
        "AcceptRanges": "bytes",
        "LastModified": to_datetime(found.modified),
        "ContentLength": found.size,
        "ETag": found.etag,
        **{name: value for name, value in found.headers.items() if (name, value) != ("StorageClass", "STANDARD")},
    }
    if buckets.versioning(bucket) != "Off":
        answer["VersionId"] = found.version
    return found, answer


def delete_object(ctx: Context, params: Document) -> Document:
    """Delete an object; an absent one is no error."""
    bucket = buckets.find(ctx, params["Bucket"], "DeleteObject", params["Key"])
    return objects.remove(ctx, bucket, params["Key"], params.get("VersionId"))


def delete_objects(ctx: Context, params: Document) -> Document:
    """Delete up to a thousand objects, each succeeding or failing by itself."""
    name, wanted = params["Bucket"], params["Delete"]
    bucket = buckets.find(ctx, name)
    if len(wanted["Objects"]) > _DELETES:
        raise ServiceError("MalformedXML", "The XML you provided was not well-formed")
    deleted: list[Document] = []
    errors: list[Document] = []
    for entry in wanted["Objects"]:
        identified = {part: entry[part] for part in ("Key", "VersionId") if entry.get(part)}
        try:
            buckets.find(ctx, name, "DeleteObject", entry["Key"])
            gone = objects.remove(ctx, bucket, entry["Key"], entry.get("VersionId"))
        except ServiceError as error:
            errors.append({**identified, "Code": error.code, "Message": error.message})
            continue
        if gone.get("DeleteMarker"):
            gone = {"DeleteMarker": True, "DeleteMarkerVersionId": gone["VersionId"]}
        else:
            gone = {}
        deleted.append({**identified, **gone})
    answer: Document = {}
    if deleted and not wanted.get("Quiet"):
        answer["Deleted"] = deleted
    if errors:
        answer["Errors"] = errors
    return answer


def copy_object(ctx: Context, params: Document) -> Document:
    """Copy an object within or between buckets. Raises InvalidRequest for a copy onto itself that changes nothing."""
    source = object_requests.source(ctx, params["CopySource"], params)
    bucket = buckets.find(ctx, params["Bucket"], "PutObject", params["Key"])
    replace = params.get("MetadataDirective") == "REPLACE"
    if not replace and (source.bucket, source.key) == (bucket.resource_id, params["Key"]) and source.latest:
        raise ServiceError(
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without changing the"
            " object's metadata, storage class, website redirect location or encryption attributes.",
        )
    asked = object_requests.headers(params)
    # The copy is encrypted as was asked or as its bucket does it, whatever the source had.
    of_source = {name: value for name, value in source.headers.items() if name not in source.encryption}
    headers = asked if replace else {**of_source, **{name: asked[name] for name in _ENCRYPTION if name in asked}}
    object_requests.check_encryption(ctx, bucket, headers)
    body = objects.read(buckets.owner(ctx, source.bucket), source)
    made = objects.put(ctx, bucket, params["Key"], body, headers)
    answer: Document = {
        "CopyObjectResult": {"ETag": made.etag, "LastModified": to_datetime(made.modified)},
        **made.encryption,
    }
    if buckets.versioning(bucket) != "Off":
        answer["VersionId"] = made.version
    return answer


def _where_the_bucket_is(operation: Operation) -> Operation:
    """The operation in the account that has the bucket, which may be another one than the caller's."""

    def run(ctx: Context, params: Document) -> Document:
        return operation(buckets.owner(ctx, params["Bucket"]), params)

    return run


OPERATIONS: dict[str, Operation] = {
    **bucket_settings.OF_THE_ACCOUNT,
    **{
        name: _where_the_bucket_is(operation)
        for name, operation in (
            *bucket_settings.OPERATIONS.items(),
            *bucket_encryption.OPERATIONS.items(),
            *bucket_locks.OPERATIONS.items(),
            *object_listing.OPERATIONS.items(),
            *multipart.OPERATIONS.items(),
            ("PutObject", put_object_operation),
            ("GetObject", get_object),
            ("HeadObject", head_object),
            ("DeleteObject", delete_object),
            ("DeleteObjects", delete_objects),
            ("CopyObject", copy_object),
        )
    },
}

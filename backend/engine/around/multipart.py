"""Uploads in parts, as clients send big objects (reference: around-config.md §10)."""

from __future__ import annotations

import hashlib

from backend.engine.around import buckets, object_files, object_requests, objects
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import Row, dumps, loads
from backend.model.item import Document
from backend.model.moment import SECOND, to_datetime

SCHEMA = """
CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    initiated INTEGER NOT NULL,
    headers TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS upload_parts (
    upload TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    PRIMARY KEY (upload, number)
) WITHOUT ROWID;
"""

_SMALLEST = 5 * 1024 * 1024
"""Bytes of every part but the last."""

_MOST_PARTS = 10_000
_PAGE = 1000


def create_multipart_upload(ctx: Context, params: Document) -> Document:
    """Begin an upload; its id."""
    bucket = buckets.find(ctx, params["Bucket"], "PutObject", params["Key"])
    objects.check_key(params["Key"])
    upload = ctx.ids.lower(32) + ctx.ids.lower(32)
    ctx.store.run(
        "INSERT INTO uploads VALUES (?, ?, ?, ?, ?)",
        (upload, bucket.resource_id, params["Key"], ctx.now, dumps(object_requests.headers(params))),
    )
    return {
        "Bucket": bucket.resource_id,
        "Key": params["Key"],
        "UploadId": upload,
        **buckets.encryption(bucket),
    }


def upload_part(ctx: Context, params: Document) -> Document:
    """Keep a part; sent again, the later one counts."""
    body = object_requests.body(params)
    etag = _keep(ctx, params, body)
    return {"ETag": etag, **buckets.encryption(buckets.find(ctx, params["Bucket"]))}


def upload_part_copy(ctx: Context, params: Document) -> Document:
    """A part taken from an object that is there, or from a range of it."""
    source = object_requests.source(ctx, params["CopySource"])
    wanted = params.get("CopySourceRange")
    start, length = object_requests.byte_range(wanted, source.size) if wanted else (0, source.size)
    etag = _keep(ctx, params, objects.read(ctx, source, start, length))
    return {"CopyPartResult": {"ETag": etag, "LastModified": to_datetime(ctx.now // SECOND * SECOND)}}


def _keep(ctx: Context, params: Document, body: bytes) -> str:
    upload, number = _upload(ctx, params), params["PartNumber"]
    if not 1 <= number <= _MOST_PARTS:
        raise ServiceError("InvalidArgument", f"Part number must be an integer between 1 and {_MOST_PARTS}, inclusive")
    buckets.find(ctx, upload["bucket"], "PutObject", upload["key"])
    etag = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
    old = ctx.store.one("SELECT path FROM upload_parts WHERE upload = ? AND number = ?", (upload["id"], number))
    path = object_files.write(ctx, "uploads", f"{upload['id']}/{number}", [body])
    if old is not None:
        object_files.forget(ctx, old["path"])
    ctx.store.run(
        "INSERT OR REPLACE INTO upload_parts VALUES (?, ?, ?, ?, ?, ?)",
        (upload["id"], number, path, len(body), etag, ctx.now // SECOND * SECOND),
    )
    return etag


def complete_multipart_upload(ctx: Context, params: Document) -> Document:
    """Put the parts together. Raises NoSuchUpload, InvalidPart, InvalidPartOrder and EntityTooSmall."""
    upload = _upload(ctx, params)
    bucket = buckets.find(ctx, upload["bucket"], "PutObject", upload["key"])
    object_requests.check_write(ctx, bucket.resource_id, params)
    headers = loads(upload["headers"])
    object_requests.check_encryption(ctx, bucket, headers)
    parts = _chosen(ctx, upload, (params.get("MultipartUpload") or {}).get("Parts") or [])
    digests = b"".join(bytes.fromhex(part["etag"].strip('"')) for part in parts)
    etag = f'"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"'
    made = objects.put_pieces(
        ctx,
        bucket,
        upload["key"],
        object_files.pieces(ctx, [part["path"] for part in parts]),
        sum(part["size"] for part in parts),
        etag,
        headers,
    )
    _drop(ctx, upload)
    answer: Document = {
        "Location": f"https://{bucket.resource_id}.s3.{bucket.region}.amazonaws.com/{upload['key']}",
        "Bucket": bucket.resource_id,
        "Key": upload["key"],
        "ETag": etag,
        **made.encryption,
    }
    if buckets.versioning(bucket) != "Off":
        answer["VersionId"] = made.version
    return answer


def _chosen(ctx: Context, upload: Row, listed: list[Document]) -> list[Row]:
    if not listed:
        raise ServiceError("MalformedXML", "The XML you provided was not well-formed")
    numbers = [entry["PartNumber"] for entry in listed]
    if numbers != sorted(set(numbers)):
        raise ServiceError("InvalidPartOrder", "The list of parts was not in ascending order.")
    held = {row["number"]: row for row in _parts(ctx, upload)}
    for entry in listed:
        row = held.get(entry["PartNumber"])
        if row is None or row["etag"].strip('"') != entry.get("ETag", row["etag"]).strip('"'):
            raise ServiceError(
                "InvalidPart",
                "One or more of the specified parts could not be found.  The part may not have been uploaded, or the"
                " specified entity tag may not match the part's entity tag.",
            )
    chosen = [held[number] for number in numbers]
    if any(part["size"] < _SMALLEST for part in chosen[:-1]):
        raise ServiceError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
    return chosen


def abort_multipart_upload(ctx: Context, params: Document) -> Document:
    """Give an upload up, and its parts."""
    _drop(ctx, _upload(ctx, params))
    return {}


def _drop(ctx: Context, upload: Row) -> None:
    for part in _parts(ctx, upload):
        object_files.forget(ctx, part["path"])
    ctx.store.run("DELETE FROM uploads WHERE id = ?", (upload["id"],))


def clear(ctx: Context, bucket: str) -> None:
    """Give up all uploads into a bucket that goes away."""
    for upload in ctx.store.all("SELECT * FROM uploads WHERE bucket = ?", (bucket,)):
        _drop(ctx, upload)


def list_parts(ctx: Context, params: Document) -> Document:
    """The parts of an upload by number."""
    upload = _upload(ctx, params)
    after, limit = params.get("PartNumberMarker") or 0, params.get("MaxParts") or _PAGE
    rest = [part for part in _parts(ctx, upload) if part["number"] > after]
    answer: Document = {
        "Bucket": upload["bucket"],
        "Key": upload["key"],
        "UploadId": upload["id"],
        "PartNumberMarker": after,
        "MaxParts": limit,
        "IsTruncated": len(rest) > limit,
        "StorageClass": "STANDARD",
    }
    if len(rest) > limit:
        answer["NextPartNumberMarker"] = rest[limit - 1]["number"]
    if rest:
        answer["Parts"] = [
            {
                "PartNumber": part["number"],
                "LastModified": to_datetime(part["modified"]),
                "ETag": part["etag"],
                "Size": part["size"],
            }
            for part in rest[:limit]
        ]
    return answer


def list_multipart_uploads(ctx: Context, params: Document) -> Document:
    """Uploads that were begun and neither completed nor given up, by key."""
    bucket = buckets.find(ctx, params["Bucket"], "ListBucketMultipartUploads").resource_id
    prefix = params.get("Prefix") or ""
    rows = ctx.store.all("SELECT * FROM uploads WHERE bucket = ? ORDER BY key, initiated, id", (bucket,))
    found = [
        {
            "UploadId": row["id"],
            "Key": row["key"],
            "Initiated": to_datetime(row["initiated"] // SECOND * SECOND),
            "StorageClass": "STANDARD",
        }
        for row in rows
        if row["key"].startswith(prefix)
    ]
    answer: Document = {"Bucket": bucket, "IsTruncated": False, "MaxUploads": _PAGE}
    if prefix:
        answer["Prefix"] = prefix
    if found:
        answer["Uploads"] = found
    return answer


def _upload(ctx: Context, params: Document) -> Row:
    row = ctx.store.one(
        "SELECT * FROM uploads WHERE id = ? AND bucket = ? AND key = ?",
        (params["UploadId"], params["Bucket"], params["Key"]),
    )
    if row is None:
        raise ServiceError(
            "NoSuchUpload",
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted"
            " or completed.",
            404,
        )
    return row


def _parts(ctx: Context, upload: Row) -> list[Row]:
    return ctx.store.all("SELECT * FROM upload_parts WHERE upload = ? ORDER BY number", (upload["id"],))


OPERATIONS: dict[str, Operation] = {
    "CreateMultipartUpload": create_multipart_upload,
    "UploadPart": upload_part,
    "UploadPartCopy": upload_part_copy,
    "CompleteMultipartUpload": complete_multipart_upload,
    "AbortMultipartUpload": abort_multipart_upload,
    "ListParts": list_parts,
    "ListMultipartUploads": list_multipart_uploads,
}

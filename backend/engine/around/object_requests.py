"""What requests for objects have in common: bodies and their digests, ranges, conditions, copy sources."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Callable
from datetime import datetime
from urllib.parse import unquote

from backend.engine.around import buckets, identity, kms_keys, objects
from backend.engine.around.objects import Version
from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.engine.world.estate import Resource
from backend.model.item import Document
from backend.model.moment import from_datetime

_KEPT = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "SSEKMSKeyId",
    "ServerSideEncryption",
    "StorageClass",
    "WebsiteRedirectLocation",
)
_METADATA_LIMIT = 2048
_DIGESTS: dict[str, Callable[[bytes], bytes]] = {
    "ContentMD5": lambda content: hashlib.md5(content, usedforsecurity=False).digest(),
    "ChecksumSHA1": lambda content: hashlib.sha1(content, usedforsecurity=False).digest(),
    "ChecksumSHA256": lambda content: hashlib.sha256(content).digest(),
    "ChecksumCRC32": lambda content: zlib.crc32(content).to_bytes(4, "big"),
}
"""Digests a client may send along; the kinds that the standard library does not know are taken on trust."""
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def headers(params: Document) -> Document:
    """What an object keeps of the request that made it. Raises MetadataTooLarge."""
    kept: Document = {name: params[name] for name in _KEPT if params.get(name)}
    kept.setdefault("ContentType", "binary/octet-stream")
    metadata = {name.lower(): value for name, value in (params.get("Metadata") or {}).items()}
    if sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items()) > _METADATA_LIMIT:
        raise ServiceError("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size")
    kept["Metadata"] = metadata
    return kept


def body(params: Document) -> bytes:
    """The bytes sent, checked against the digests sent with them. Raises BadDigest and InvalidDigest."""
    content = params.get("Body") or b""
    if not isinstance(content, bytes):
        content = bytes(content) if isinstance(content, bytearray) else str(content).encode()
    for name, digest in _DIGESTS.items():
        given = params.get(name)
        if given and given != base64.b64encode(digest(content)).decode():
            kind = name.removeprefix("Checksum")
            raise ServiceError("BadDigest", f"The {kind} you specified did not match the calculated checksum.")
    return content


def byte_range(text: str, size: int) -> tuple[int, int]:
    """(start, length) of a `bytes=` range, cut to the object. Raises InvalidRange (416)."""
    found = _RANGE.fullmatch(text.strip())
    if not found or found[0] == "bytes=-":
        # A range that makes no sense is ignored, as HTTP asks.
        return 0, size
    first, last = found.groups()
    if not first:
        start, end = max(size - int(last), 0), size - 1
    else:
        start, end = int(first), min(int(last) if last else size - 1, size - 1)
    if start > end or start >= size:
        raise ServiceError("InvalidRange", "The requested range is not satisfiable", 416)
    return start, end - start + 1


def check_read(params: Document, found: Version) -> None:
    """Conditions of GET and HEAD. Raises PreconditionFailed (412) or NotModified (304)."""
    wanted, unwanted = params.get("IfMatch"), params.get("IfNoneMatch")
    if wanted is not None and not _same(wanted, found.etag):
        raise _failed()
    if wanted is None and _moment(params, "IfUnmodifiedSince", default=found.modified) < found.modified:
        raise _failed()
    unchanged = _same(unwanted, found.etag) if unwanted is not None else False
    if unwanted is None and "IfModifiedSince" in params:
        unchanged = found.modified <= _moment(params, "IfModifiedSince", default=0)
    if unchanged:
        raise ServiceError("304", "Not Modified", 304)


def check_decryption(ctx: Context, found: Version) -> None:
    """Raises AccessDenied (403) or KMS's refusal when the caller cannot use the key of an object."""
    if found.headers.get("SSEKMSKeyId"):
        buckets.check_key(ctx, found.headers, identity.principal(ctx).arn, kms_keys.DECRYPT)


def check_encryption(ctx: Context, bucket: Resource, kept: Document) -> None:
    """The same for an object that is about to be written with these headers."""
    kept = buckets.encrypted(ctx, bucket, kept)
    if kept.get("SSEKMSKeyId"):
        buckets.check_key(ctx, kept, identity.principal(ctx).arn, kms_keys.GENERATE)


def check_write(ctx: Context, bucket: str, params: Document) -> None:
    """Conditions of a write: nothing there yet, or a known version there. Raises PreconditionFailed (412)."""
    wanted, unwanted = params.get("IfMatch"), params.get("IfNoneMatch")
    if wanted is None and unwanted is None:
        return
    present = objects.latest(ctx, bucket, params["Key"])
    there = present is not None and not present.marker
    if unwanted is not None and there:
        raise _failed()
    if wanted is not None:
        if present is None or present.marker:
            raise ServiceError("NoSuchKey", "The specified key does not exist.", 404)
        if not _same(wanted, present.etag):
            raise _failed()


def source(ctx: Context, text: str, params: Document | None = None) -> Version:
    """The object a copy is made from: `bucket/key`, URL-encoded, perhaps with `?versionId=`."""
    path, _, query = text.partition("?versionId=")
    bucket, slash, key = unquote(path).lstrip("/").partition("/")
    if not slash or not key:
        raise ServiceError(
            "InvalidArgument", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
        )
    ctx = buckets.owner(ctx, bucket)
    buckets.find(ctx, bucket, "GetObject", key)
    found = objects.find(ctx, bucket, key, query or None)
    check_decryption(ctx, found)
    conditions = params or {}
    if conditions.get("CopySourceIfMatch") and not _same(conditions["CopySourceIfMatch"], found.etag):
        raise _failed()
    if conditions.get("CopySourceIfNoneMatch") and _same(conditions["CopySourceIfNoneMatch"], found.etag):
        raise _failed()
    return found


def _same(wanted: str, etag: str) -> bool:
    return wanted == "*" or etag.strip('"') in {
        part.strip().removeprefix("W/").strip('"') for part in wanted.split(",")
    }


def _moment(params: Document, name: str, *, default: int) -> int:
    value = params.get(name)
    return from_datetime(value) if isinstance(value, datetime) else default


def _failed() -> ServiceError:
    return ServiceError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412)

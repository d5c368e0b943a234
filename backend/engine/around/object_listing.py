"""Listing a bucket: keys in byte order, rolled up at a delimiter, paged (reference: around-config.md §10)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from urllib.parse import quote_plus

from backend.engine.around import buckets, objects
from backend.engine.around.objects import Version
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.model.item import Document
from backend.model.moment import to_datetime

_PAGE = 1000
_LAST = "\U0010ffff"
"""Sorts behind every character that a key is made of."""


def _walk(
    ctx: Context, bucket: str, prefix: str, delimiter: str, after: str, condition: str
) -> Iterator[tuple[str, Version | None]]:
    """(key, version) of what fits, or (common prefix, None) once for each; in the order of keys.

    SQLite compares text by its UTF-8 bytes, which is S3's order. A rolled-up prefix is skipped over in one step,
    so that a folder of a million objects costs one look.
    """
    cursor = after
    while True:
        rows = ctx.store.each(
            f"SELECT * FROM objects WHERE bucket = ? AND key > ? AND key >= ? AND key < ? {condition}",
            (bucket, cursor, prefix, prefix + _LAST),
        )
        jump = None
        for row in rows:
            key: str = row["key"]
            end = key.find(delimiter, len(prefix)) if delimiter else -1
            if end < 0:
                yield key, objects.decode(row)
                continue
            rolled = key[: end + len(delimiter)]
            jump = rolled + _LAST
            # A marker that is itself a common prefix was given on the page before.
            if rolled != after:
                yield rolled, None
            break
        if jump is None:
            return
        cursor = jump


_CURRENT = "AND latest AND NOT marker ORDER BY key"
_EVERY = "ORDER BY key, seq DESC"


class _Spelling:
    """How keys are written: as they are, or URL-encoded when the client asks for it."""

    def __init__(self, params: Document) -> None:
        self.encoded = params.get("EncodingType") == "url"

    def __call__(self, text: str) -> str:
        return quote_plus(text, safe="/") if self.encoded else text


def _limit(params: Document) -> int:
    limit = params.get("MaxKeys")
    if limit is None:
        return _PAGE
    if limit < 0:
        raise ServiceError("InvalidArgument", "Argument maxKeys must be an integer between 0 and 2147483647")
    return min(int(limit), _PAGE)


def _page(ctx: Context, params: Document, after: str, spell: _Spelling, *, owner: bool) -> tuple[Document, str | None]:
    """The members that both forms of the list share, and the last key when more follow."""
    bucket = buckets.find(ctx, params["Bucket"], "ListBucket").resource_id
    prefix, delimiter, limit = params.get("Prefix") or "", params.get("Delimiter") or "", _limit(params)
    contents: list[Document] = []
    folders: list[Document] = []
    last, more = "", False
    walk = _walk(ctx, bucket, prefix, delimiter, after, _CURRENT) if limit else iter(())
    for key, version in walk:
        if len(contents) + len(folders) == limit:
            more = True
            break
        last = key
        if version is None:
            folders.append({"Prefix": spell(key)})
        else:
            contents.append(_content(ctx, version, spell, owner=owner))
    answer: Document = {"IsTruncated": more, "Name": bucket, "Prefix": spell(prefix), "MaxKeys": limit}
    if delimiter:
        answer["Delimiter"] = spell(delimiter)
    if contents:
        answer["Contents"] = contents
    if folders:
        answer["CommonPrefixes"] = folders
    if spell.encoded:
        answer["EncodingType"] = "url"
    return answer, last if more else None


def _content(ctx: Context, version: Version, spell: _Spelling, *, owner: bool) -> Document:
    content: Document = {
        "Key": spell(version.key),
        "LastModified": to_datetime(version.modified),
        "ETag": version.etag,
        "Size": version.size,
        "StorageClass": version.headers.get("StorageClass", "STANDARD"),
    }
    if owner:
        content["Owner"] = {"ID": buckets.owner_id(ctx)}
    return content


def list_objects_v2(ctx: Context, params: Document) -> Document:
    """Keys after StartAfter or the continuation token. Raises NoSuchBucket and InvalidArgument."""
    spell = _Spelling(params)
    token = params.get("ContinuationToken")
    after = params.get("StartAfter") or "" if token is None else _key_of(token)
    answer, last = _page(ctx, params, after, spell, owner=bool(params.get("FetchOwner")))
    answer["KeyCount"] = len(answer.get("Contents", [])) + len(answer.get("CommonPrefixes", []))
    if token is not None:
        answer["ContinuationToken"] = token
    if params.get("StartAfter"):
        answer["StartAfter"] = spell(params["StartAfter"])
    if last is not None:
        answer["NextContinuationToken"] = base64.urlsafe_b64encode(last.encode()).decode()
    return answer


def _key_of(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise ServiceError("InvalidArgument", "The continuation token provided is incorrect") from error


def list_objects(ctx: Context, params: Document) -> Document:
    """Version 1 of the list: keys after Marker; NextMarker only with a delimiter."""
    spell = _Spelling(params)
    marker = params.get("Marker") or ""
    answer, last = _page(ctx, params, marker, spell, owner=True)
    answer["Marker"] = spell(marker)
    if last is not None and params.get("Delimiter"):
        answer["NextMarker"] = spell(last)
    return answer


def list_object_versions(ctx: Context, params: Document) -> Document:
    """Every version and delete marker, newest first within a key."""
    spell = _Spelling(params)
    bucket = buckets.find(ctx, params["Bucket"], "ListBucketVersions").resource_id
    prefix, delimiter, limit = params.get("Prefix") or "", params.get("Delimiter") or "", _limit(params)
    marker, version_marker = params.get("KeyMarker") or "", params.get("VersionIdMarker")
    versions: list[Document] = []
    markers: list[Document] = []
    folders: list[Document] = []
    last: tuple[str, str | None] | None = None
    more = False
    for key, version in _versions_after(ctx, bucket, prefix, delimiter, marker, version_marker) if limit else ():
        if len(versions) + len(markers) + len(folders) == limit:
            more = True
            break
        last = key, version.version if version else None
        if version is None:
            folders.append({"Prefix": spell(key)})
            continue
        entry = {
            "Key": spell(key),
            "VersionId": version.version,
            "IsLatest": version.latest,
            "LastModified": to_datetime(version.modified),
            "Owner": {"ID": buckets.owner_id(ctx)},
        }
        if version.marker:
            markers.append(entry)
        else:
            versions.append({**_content(ctx, version, spell, owner=True), **entry})
    answer: Document = {
        "IsTruncated": more,
        "Name": bucket,
        "Prefix": spell(prefix),
        "KeyMarker": spell(marker),
        "VersionIdMarker": version_marker or "",
        "MaxKeys": limit,
    }
    for name, listed in (("Versions", versions), ("DeleteMarkers", markers), ("CommonPrefixes", folders)):
        if listed:
            answer[name] = listed
    if delimiter:
        answer["Delimiter"] = spell(delimiter)
    if spell.encoded:
        answer["EncodingType"] = "url"
    if more and last is not None:
        answer["NextKeyMarker"] = spell(last[0])
        if last[1] is not None:
            answer["NextVersionIdMarker"] = last[1]
    return answer


def _versions_after(
    ctx: Context, bucket: str, prefix: str, delimiter: str, marker: str, version_marker: str | None
) -> Iterator[tuple[str, Version | None]]:
    """What comes after a key, or after one of its versions when that is named too."""
    if version_marker:
        rows = ctx.store.all(
            "SELECT * FROM objects WHERE bucket = :bucket AND key = :key AND seq <"
            " (SELECT seq FROM objects WHERE bucket = :bucket AND key = :key AND version = :version)"
            " ORDER BY seq DESC",
            {"bucket": bucket, "key": marker, "version": version_marker},
        )
        for row in rows:
            yield marker, objects.decode(row)
    yield from _walk(ctx, bucket, prefix, delimiter, marker, _EVERY)


OPERATIONS: dict[str, Operation] = {
    "ListObjects": list_objects,
    "ListObjectsV2": list_objects_v2,
    "ListObjectVersions": list_object_versions,
}

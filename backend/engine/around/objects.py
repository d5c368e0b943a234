"""Stored objects and their versions (reference: around-config.md §10)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from backend.engine.around import buckets, object_files
from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.engine.store import Row, dumps
from backend.engine.world.estate import Resource
from backend.model.item import Document
from backend.model.moment import SECOND, Moment

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    seq INTEGER NOT NULL,
    version TEXT NOT NULL,
    latest INTEGER NOT NULL,
    marker INTEGER NOT NULL,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    headers TEXT NOT NULL,
    PRIMARY KEY (bucket, key, seq)
) WITHOUT ROWID;
"""

UNVERSIONED = "null"
_LONGEST_KEY = 1024


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an object, or a delete marker."""

    bucket: str
    key: str
    seq: int
    version: str
    latest: bool
    marker: bool
    path: str
    size: int
    etag: str
    """In quotes, as S3 spells it."""
    modified: Moment
    headers: Document
    """ContentType and other members of PutObject that GetObject gives back."""

    @property
    def encryption(self) -> Document:
        """How the object is encrypted, as the answers to writing it tell."""
        return {name: self.headers[name] for name in ("ServerSideEncryption", "SSEKMSKeyId") if name in self.headers}


def put(ctx: Context, bucket: Resource, key: str, body: bytes, headers: Document) -> Version:
    """Store an object; the newest version from now on. Raises KeyTooLongError and InvalidURI."""
    etag = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
    return put_pieces(ctx, bucket, key, [body], len(body), etag, headers)


def put_pieces(
    ctx: Context, bucket: Resource, key: str, pieces: Iterable[bytes], size: int, etag: str, headers: Document
) -> Version:
    """The same for bytes that come in pieces, whose number and ETag are known."""
    check_key(key)
    headers = buckets.encrypted(ctx, bucket, headers)
    versioned = buckets.versioning(bucket) == "Enabled"
    version = ctx.ids.lower(32) if versioned else UNVERSIONED
    old = None if versioned else _named(ctx, bucket.resource_id, key, UNVERSIONED)
    if old is not None and (old.etag, old.size, old.marker) == (etag, size, False):
        # The same bytes again, as AWS Config's check file at each delivery: the file may stay.
        path = old.path
    else:
        path = object_files.write(ctx, "buckets", f"{bucket.resource_id}/{key}", pieces)
        if old is not None:
            object_files.forget(ctx, old.path)
    return _insert(ctx, bucket, key, version, old, path=path, size=size, etag=etag, headers=headers)


def put_marker(ctx: Context, bucket: Resource, key: str) -> Version:
    """Hide an object behind a delete marker."""
    versioned = buckets.versioning(bucket) == "Enabled"
    version = ctx.ids.lower(32) if versioned else UNVERSIONED
    old = None if versioned else _named(ctx, bucket.resource_id, key, UNVERSIONED)
    if old is not None:
        object_files.forget(ctx, old.path)
    return _insert(ctx, bucket, key, version, old, marker=True)


def _insert(
    ctx: Context,
    bucket: Resource,
    key: str,
    version: str,
    replaced: Version | None,
    *,
    marker: bool = False,
    path: str = "",
    size: int = 0,
    etag: str = "",
    headers: Document | None = None,
) -> Version:
    store, name = ctx.store, bucket.resource_id
    last = store.one("SELECT max(seq) AS seq FROM objects WHERE bucket = ? AND key = ?", (name, key))
    if replaced is not None:
        store.run("DELETE FROM objects WHERE bucket = ? AND key = ? AND seq = ?", (name, key, replaced.seq))
    store.run("UPDATE objects SET latest = 0 WHERE bucket = ? AND key = ? AND latest", (name, key))
    made = Version(
        bucket=name,
        key=key,
        seq=(last["seq"] or 0) + 1 if last else 1,
        version=version,
        latest=True,
        marker=marker,
        path=path,
        size=size,
        etag=etag,
        # Objects carry whole seconds, as their Last-Modified header does.
        modified=ctx.now // SECOND * SECOND,
        headers=headers or {},
    )
    store.run(
        "INSERT INTO objects VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)",
        (name, key, made.seq, version, marker, path, size, etag, made.modified, dumps(made.headers)),
    )
    return made


def find(ctx: Context, bucket: str, key: str, version: str | None = None) -> Version:
    """The newest version of an object, or the one named.

    Raises NoSuchKey and NoSuchVersion (404), and MethodNotAllowed (405) for a delete marker named by version.
    """
    found = latest(ctx, bucket, key) if version is None else _named(ctx, bucket, key, version)
    if version is None:
        if found is None or found.marker:
            raise ServiceError("NoSuchKey", "The specified key does not exist.", 404)
        return found
    if found is None:
        raise ServiceError("NoSuchVersion", "The specified version does not exist.", 404)
    if found.marker:
        raise ServiceError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)
    return found


def latest(ctx: Context, bucket: str, key: str) -> Version | None:
    """The newest version or delete marker of a key."""
    row = ctx.store.one("SELECT * FROM objects WHERE bucket = ? AND key = ? AND latest", (bucket, key))
    return decode(row) if row else None


def _named(ctx: Context, bucket: str, key: str, version: str) -> Version | None:
    row = ctx.store.one("SELECT * FROM objects WHERE bucket = ? AND key = ? AND version = ?", (bucket, key, version))
    return decode(row) if row else None


def remove(ctx: Context, bucket: Resource, key: str, version: str | None = None) -> Document:
    """Delete an object in the shape of DeleteObject's answer; an absent one is no error.

    With versioning on, an object without a version named is hidden behind a marker; a named version goes for good.
    """
    if version is None and buckets.versioning(bucket) != "Off":
        made = put_marker(ctx, bucket, key)
        return {"DeleteMarker": True, "VersionId": made.version}
    found = _named(ctx, bucket.resource_id, key, version or UNVERSIONED)
    if found is not None:
        ctx.store.run("DELETE FROM objects WHERE bucket = ? AND key = ? AND seq = ?", (found.bucket, key, found.seq))
        object_files.forget(ctx, found.path)
        if found.latest:
            ctx.store.run(
                "UPDATE objects SET latest = 1 WHERE bucket = :bucket AND key = :key AND seq ="
                " (SELECT max(seq) FROM objects WHERE bucket = :bucket AND key = :key)",
                {"bucket": found.bucket, "key": key},
            )
    if version is None:
        return {}
    answer: Document = {"VersionId": version}
    if found is not None and found.marker:
        answer["DeleteMarker"] = True
    return answer


def clear(ctx: Context, bucket: str) -> None:
    """Take away everything a bucket holds, all versions."""
    for row in ctx.store.all("SELECT path FROM objects WHERE bucket = ?", (bucket,)):
        object_files.forget(ctx, row["path"])
    ctx.store.run("DELETE FROM objects WHERE bucket = ?", (bucket,))


def any_in(ctx: Context, bucket: str) -> bool:
    """Whether a bucket holds anything, delete markers too."""
    return ctx.store.one("SELECT 1 FROM objects WHERE bucket = ? LIMIT 1", (bucket,)) is not None


def read(ctx: Context, version: Version, start: int = 0, length: int | None = None) -> bytes:
    """The bytes of an object, or a part of them."""
    return object_files.read(ctx, version.path, start, length)


def decode(row: Row) -> Version:
    return Version(
        bucket=row["bucket"],
        key=row["key"],
        seq=row["seq"],
        version=row["version"],
        latest=bool(row["latest"]),
        marker=bool(row["marker"]),
        path=row["path"],
        size=row["size"],
        etag=row["etag"],
        modified=row["modified"],
        headers=msgspec.json.decode(row["headers"]),
    )


def check_key(key: str) -> None:
    """Raises KeyTooLongError, or InvalidURI for a key that is no text or climbs out of its bucket.

    Read from left to right there may never be more `..` than names before them (the S3 guide on object keys).
    """
    try:
        length = len(key.encode())
    except UnicodeEncodeError as error:
        raise _unreadable() from error
    if length > _LONGEST_KEY:
        raise ServiceError("KeyTooLongError", "Your key is too long")
    depth = 0
    for segment in key.split("/"):
        depth += {".": 0, "..": -1}.get(segment, 1)
        if depth < 0:
            raise _unreadable()


def _unreadable() -> ServiceError:
    return ServiceError("InvalidURI", "Couldn't parse the specified URI.")

"""Objects: stored, read in whole and in part, versioned, copied, deleted."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from backend.engine.around import s3
from backend.engine.engine import Engine
from backend.model import moment
from backend.model.moment import DAY
from tests.backend.engine.around.conftest import Act, Refused
from tests.backend.engine.conftest import CallFixture


def etag(body: bytes) -> str:
    return f'"{hashlib.md5(body).hexdigest()}"'


@pytest.mark.requirement("S3-01")
@pytest.mark.requirement("S3-04")
def test_an_object_comes_back_with_its_headers_and_metadata(call: CallFixture, bucket: str) -> None:
    put = call(
        "s3",
        "PutObject",
        Bucket=bucket,
        Key="a/b.json.gz",
        Body=b"content",
        ContentType="application/json",
        ContentEncoding="gzip",
        Metadata={"Signature": "abc"},
    )
    assert put == {"ETag": etag(b"content"), "ServerSideEncryption": "AES256"}
    got = call("s3", "GetObject", Bucket=bucket, Key="a/b.json.gz")
    assert got.pop("Body") == b"content"
    assert got == {
        "AcceptRanges": "bytes",
        "LastModified": moment.to_datetime(moment.parse("2026-03-01T00:00:00Z")),
        "ContentLength": 7,
        "ETag": etag(b"content"),
        "ContentType": "application/json",
        "ContentEncoding": "gzip",
        "Metadata": {"signature": "abc"},
        "ServerSideEncryption": "AES256",
    }
    assert call("s3", "HeadObject", Bucket=bucket, Key="a/b.json.gz") == got


def test_services_store_and_read_objects(act: Act, engine: Engine, bucket: str) -> None:
    act(lambda ctx: s3.put_object(ctx, bucket, "k", b"body", content_type="application/json"))
    assert s3.get_body(engine.context(), bucket, "k") == b"body"


@pytest.mark.requirement("S3-06")
def test_objects_stay_however_long_the_clock_runs(engine: Engine, call: CallFixture, bucket: str) -> None:
    call("s3", "PutObject", Bucket=bucket, Key="k", Body=b"kept")
    engine.advance(engine.now + 400 * DAY)
    assert call("s3", "GetObject", Bucket=bucket, Key="k")["Body"] == b"kept"


@pytest.mark.parametrize(
    ("wanted", "part", "where"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
    ],
)
def test_a_range_is_answered_with_its_place(
    call: CallFixture, bucket: str, wanted: str, part: bytes, where: str
) -> None:
    call("s3", "PutObject", Bucket=bucket, Key="k", Body=b"0123456789")
    got = call("s3", "GetObject", Bucket=bucket, Key="k", Range=wanted)
    assert (got["Body"], got["ContentRange"], got["ContentLength"]) == (part, where, len(part))
    assert call("s3", "HeadObject", Bucket=bucket, Key="k", Range=wanted)["ContentRange"] == where


def test_a_range_that_makes_no_sense_is_ignored_and_one_outside_refused(
    call: CallFixture, refused: Refused, bucket: str
) -> None:
    call("s3", "PutObject", Bucket=bucket, Key="k", Body=b"0123456789")
    assert call("s3", "GetObject", Bucket=bucket, Key="k", Range="lines=1-2")["Body"] == b"0123456789"
    refusal = refused("s3", "GetObject", Bucket=bucket, Key="k", Range="bytes=10-")
    assert (refusal.code, refusal.status) == ("InvalidRange", 416)


def test_what_is_not_there(refused: Refused, bucket: str) -> None:
    assert refused("s3", "GetObject", Bucket=bucket, Key="k").code == "NoSuchKey"
    assert refused("s3", "GetObject", Bucket=bucket, Key="k", VersionId="x").code == "NoSuchVersion"
    assert refused("s3", "HeadObject", Bucket=bucket, Key="k").code == "404"


def test_conditions_of_reading(call: CallFixture, refused: Refused, bucket: str) -> None:
    call("s3", "PutObject", Bucket=bucket, Key="k", Body=b"x")
    same, other = etag(b"x"), etag(b"y")
    call("s3", "GetObject", Bucket=bucket, Key="k", IfMatch=same)
    call("s3", "GetObject", Bucket=bucket, Key="k", IfNoneMatch=other)
    assert refused("s3", "GetObject", Bucket=bucket, Key="k", IfMatch=other).code == "PreconditionFailed"
    assert refused("s3", "GetObject", Bucket=bucket, Key="k", IfNoneMatch=same).status == 304
    before, after = (moment.to_datetime(moment.parse(text)) for text in ("2026-02-01", "2026-04-01"))
    call("s3", "GetObject", Bucket=bucket, Key="k", IfModifiedSince=before)
    assert refused("s3", "GetObject", Bucket=bucket, Key="k", IfModifiedSince=after).status == 304
    assert refused("s3", "GetObject", Bucket=bucket, Key="k", IfUnmodifiedSince=before).status == 412


def test_conditions_of_writing(call: CallFixture, refused: Refused, bucket: str) -> None:
    call("s3", "PutObject", Bucket=bucket, Key="k", Body=b"x", IfNoneMatch="*")
    assert refused("s3", "PutObject", Bucket=bucket, Key="k", Body=b"y", IfNoneMatch="*").status == 412
    assert refused("s3", "PutObject", Bucket=bucket, Key="k", Body=b"y", IfMatch=etag(b"z")).status == 412
    assert refused("s3", "PutObject", Bucket=bucket, Key="new", Body=b"y", IfMatch=etag(b"z")).code == "NoSuchKey"
    call("s3", "PutObject", Bucket=bucket, Key="k", Body=b"y", IfMatch=etag(b"x"))


def test_a_body_that_does_not_fit_its_digest_is_refused(call: CallFixture, refused: Refused, bucket: str) -> None:
    digest = base64.b64encode(hashlib.sha256(b"x").digest()).decode()
    call("s3", "PutObject", Bucket=bucket, Key="k", Body=b"x", ChecksumSHA256=digest)
    assert refused("s3", "PutObject", Bucket=bucket, Key="k", Body=b"y", ChecksumSHA256=digest).code == "BadDigest"


def test_keys_have_a_longest_length(call: CallFixture, refused: Refused, bucket: str) -> None:
    call("s3", "PutObject", Bucket=bucket, Key="é" * 512, Body=b"")
    assert refused("s3", "PutObject", Bucket=bucket, Key="é" * 513, Body=b"").code == "KeyTooLongError"
    assert refused("s3", "PutObject", Bucket=bucket, Key="\ud800", Body=b"").code == "InvalidURI"


def test_metadata_has_a_largest_size(refused: Refused, bucket: str) -> None:
    much = {"note": "x" * 2048}
    assert refused("s3", "PutObject", Bucket=bucket, Key="k", Body=b"", Metadata=much).code == "MetadataTooLarge"


def test_versions_and_delete_markers(call: CallFixture, refused: Refused, bucket: str) -> None:
    call("s3", "PutObject", Bucket=bucket, Key="k", Body=b"before")
    call("s3", "PutBucketVersioning", Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = call("s3", "PutObject", Bucket=bucket, Key="k", Body=b"one")["VersionId"]
    second = call("s3", "PutObject", Bucket=bucket, Key="k", Body=b"two")["VersionId"]
    marker = call("s3", "DeleteObject", Bucket=bucket, Key="k")
    assert marker["DeleteMarker"] is True

    assert refused("s3", "GetObject", Bucket=bucket, Key="k").code == "NoSuchKey"
    assert refused("s3", "GetObject", Bucket=bucket, Key="k", VersionId=marker["VersionId"]).status == 405
    for version, body in (("null", b"before"), (first, b"one"), (second, b"two")):
        assert call("s3", "GetObject", Bucket=bucket, Key="k", VersionId=version)["Body"] == body

    gone = call("s3", "DeleteObject", Bucket=bucket, Key="k", VersionId=marker["VersionId"])
    assert gone == {"DeleteMarker": True, "VersionId": marker["VersionId"]}
    assert call("s3", "GetObject", Bucket=bucket, Key="k")["Body"] == b"two"
    call("s3", "DeleteObject", Bucket=bucket, Key="k", VersionId=second)
    assert call("s3", "GetObject", Bucket=bucket, Key="k")["VersionId"] == first


def test_suspended_versioning_writes_the_null_version(call: CallFixture, bucket: str) -> None:
    call("s3", "PutBucketVersioning", Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    kept = call("s3", "PutObject", Bucket=bucket, Key="k", Body=b"kept")["VersionId"]
    call("s3", "PutBucketVersioning", Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    for body in (b"one", b"two"):
        assert call("s3", "PutObject", Bucket=bucket, Key="k", Body=body)["VersionId"] == "null"
    listed = call("s3", "ListObjectVersions", Bucket=bucket)["Versions"]
    assert [(each["VersionId"], each["IsLatest"]) for each in listed] == [("null", True), (kept, False)]
    assert call("s3", "DeleteObject", Bucket=bucket, Key="k") == {"DeleteMarker": True, "VersionId": "null"}
    assert call("s3", "GetObject", Bucket=bucket, Key="k", VersionId=kept)["Body"] == b"kept"


def test_deleting_what_is_not_there_is_no_error(call: CallFixture, bucket: str) -> None:
    assert call("s3", "DeleteObject", Bucket=bucket, Key="never") == {}


def test_many_objects_are_deleted_in_one_call(call: CallFixture, bucket: str) -> None:
    for key in ("a", "b"):
        call("s3", "PutObject", Bucket=bucket, Key=key, Body=b"")
    wanted = {"Objects": [{"Key": "a"}, {"Key": "b"}, {"Key": "never"}]}
    answer = call("s3", "DeleteObjects", Bucket=bucket, Delete=wanted)
    assert [each["Key"] for each in answer["Deleted"]] == ["a", "b", "never"]
    assert call("s3", "DeleteObjects", Bucket=bucket, Delete={**wanted, "Quiet": True}) == {}


def test_copies_keep_or_replace_what_describes_them(call: CallFixture, refused: Refused, bucket: str) -> None:
    call("s3", "PutObject", Bucket=bucket, Key="from me", Body=b"x", ContentType="text/plain", Metadata={"a": "b"})
    copied = call("s3", "CopyObject", Bucket=bucket, Key="to", CopySource=f"{bucket}/from%20me")
    assert copied["CopyObjectResult"]["ETag"] == etag(b"x")
    got = call("s3", "GetObject", Bucket=bucket, Key="to")
    assert (got["Body"], got["ContentType"], got["Metadata"]) == (b"x", "text/plain", {"a": "b"})
    onto = {"Bucket": bucket, "Key": "to", "CopySource": f"/{bucket}/to"}
    assert refused("s3", "CopyObject", **onto).code == "InvalidRequest"
    call("s3", "CopyObject", **onto, MetadataDirective="REPLACE", ContentType="text/html")
    assert call("s3", "HeadObject", Bucket=bucket, Key="to")["ContentType"] == "text/html"
    assert refused("s3", "CopyObject", Bucket=bucket, Key="to", CopySource=f"{bucket}/never").code == "NoSuchKey"
    assert refused("s3", "CopyObject", Bucket=bucket, Key="to", CopySource=bucket).code == "InvalidArgument"


def test_who_may_not_list_a_bucket_is_not_told_what_is_not_in_it(
    call: CallFixture, refused: Refused, bucket: str
) -> None:
    assert refused("s3", "GetObject", Bucket=bucket, Key="none").code == "NoSuchKey"
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}
    call("s3", "PutBucketPolicy", Bucket=bucket, Policy=json.dumps({"Statement": statement}))

    assert refused("s3", "GetObject", Bucket=bucket, Key="none").code == "AccessDenied"
    assert refused("s3", "HeadObject", Bucket=bucket, Key="none").code == "403"

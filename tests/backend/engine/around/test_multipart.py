"""Uploads in parts."""

from __future__ import annotations

import hashlib

from backend.engine.engine import Engine
from backend.model.item import Document
from tests.backend.engine.around.conftest import Refused
from tests.backend.engine.conftest import CallFixture

MEGABYTE = 1 << 20


def begin(call: CallFixture, bucket: str, key: str = "big") -> Document:
    upload = call("s3", "CreateMultipartUpload", Bucket=bucket, Key=key, ContentType="text/plain", Metadata={"a": "b"})
    return {"Bucket": bucket, "Key": key, "UploadId": upload["UploadId"]}


def test_parts_become_one_object(engine: Engine, call: CallFixture, bucket: str) -> None:
    upload = begin(call, bucket)
    parts = [b"a" * (5 * MEGABYTE), b"b" * (5 * MEGABYTE), b"end"]
    etags = [
        call("s3", "UploadPart", **upload, PartNumber=number, Body=body)["ETag"]
        for number, body in enumerate(parts, start=1)
    ]
    listed = call("s3", "ListParts", **upload, MaxParts=2)
    assert [(part["PartNumber"], part["Size"]) for part in listed["Parts"]] == [(1, 5 * MEGABYTE), (2, 5 * MEGABYTE)]
    assert (listed["IsTruncated"], listed["NextPartNumberMarker"]) == (True, 2)

    chosen = {"Parts": [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, start=1)]}
    done = call("s3", "CompleteMultipartUpload", **upload, MultipartUpload=chosen)
    digests = b"".join(hashlib.md5(body).digest() for body in parts)
    assert done["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-3"'
    got = call("s3", "GetObject", Bucket=bucket, Key="big")
    assert got["Body"] == b"".join(parts)
    assert (got["ContentType"], got["Metadata"]) == ("text/plain", {"a": "b"})
    assert not any(path.is_file() for path in (engine.store.folder / "uploads").rglob("*"))


def test_a_part_sent_again_replaces_the_first(call: CallFixture, bucket: str) -> None:
    upload = begin(call, bucket)
    call("s3", "UploadPart", **upload, PartNumber=1, Body=b"first")
    etag = call("s3", "UploadPart", **upload, PartNumber=1, Body=b"second")["ETag"]
    chosen = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    call("s3", "CompleteMultipartUpload", **upload, MultipartUpload=chosen)
    assert call("s3", "GetObject", Bucket=bucket, Key="big")["Body"] == b"second"


def test_a_part_may_be_copied_from_an_object(call: CallFixture, bucket: str) -> None:
    call("s3", "PutObject", Bucket=bucket, Key="source", Body=b"0123456789")
    upload = begin(call, bucket)
    copied = call(
        "s3", "UploadPartCopy", **upload, PartNumber=1, CopySource=f"{bucket}/source", CopySourceRange="bytes=2-4"
    )
    chosen = {"Parts": [{"PartNumber": 1, "ETag": copied["CopyPartResult"]["ETag"]}]}
    call("s3", "CompleteMultipartUpload", **upload, MultipartUpload=chosen)
    assert call("s3", "GetObject", Bucket=bucket, Key="big")["Body"] == b"234"


def test_a_given_up_upload_is_gone(engine: Engine, call: CallFixture, refused: Refused, bucket: str) -> None:
    upload = begin(call, bucket)
    call("s3", "UploadPart", **upload, PartNumber=1, Body=b"x")
    assert [each["Key"] for each in call("s3", "ListMultipartUploads", Bucket=bucket)["Uploads"]] == ["big"]
    call("s3", "AbortMultipartUpload", **upload)
    assert "Uploads" not in call("s3", "ListMultipartUploads", Bucket=bucket)
    assert refused("s3", "UploadPart", **upload, PartNumber=2, Body=b"x").code == "NoSuchUpload"
    assert not any(path.is_file() for path in (engine.store.folder / "uploads").rglob("*"))


def test_a_bucket_that_goes_takes_its_uploads_along(engine: Engine, call: CallFixture, bucket: str) -> None:
    call("s3", "UploadPart", **begin(call, bucket), PartNumber=1, Body=b"x")
    call("s3", "DeleteBucket", Bucket=bucket)
    assert engine.store.all("SELECT * FROM uploads") == engine.store.all("SELECT * FROM upload_parts") == []
    assert not any(path.is_file() for path in (engine.store.folder / "uploads").rglob("*"))


def test_parts_must_be_there_in_order_and_large_enough(call: CallFixture, refused: Refused, bucket: str) -> None:
    upload = begin(call, bucket)
    etags = [
        call("s3", "UploadPart", **upload, PartNumber=number, Body=b"small%d" % number)["ETag"] for number in (1, 2)
    ]

    def complete(*parts: tuple[int, str]) -> str:
        chosen = {"Parts": [{"PartNumber": number, "ETag": etag} for number, etag in parts]}
        return refused("s3", "CompleteMultipartUpload", **upload, MultipartUpload=chosen).code

    assert complete((2, etags[1]), (1, etags[0])) == "InvalidPartOrder"
    assert complete((1, etags[1])) == "InvalidPart"
    assert complete((3, etags[0])) == "InvalidPart"
    assert complete((1, etags[0]), (2, etags[1])) == "EntityTooSmall"
    assert complete() == "MalformedXML"
    assert refused("s3", "UploadPart", **upload, PartNumber=10_001, Body=b"").code == "InvalidArgument"

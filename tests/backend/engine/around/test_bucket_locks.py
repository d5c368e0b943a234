"""Buckets that keep what is put into them."""

from __future__ import annotations

import pytest

from backend.engine.around import s3
from backend.engine.errors import ServiceError
from backend.model.item import Document
from tests.backend.engine.around.conftest import Act, Refused
from tests.backend.engine.conftest import REGION, CallFixture

RETENTION = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}}


@pytest.fixture
def locked(call: CallFixture) -> str:
    place = {"LocationConstraint": REGION}
    call("s3", "CreateBucket", Bucket="vault", CreateBucketConfiguration=place, ObjectLockEnabledForBucket=True)
    return "vault"


def test_a_lock_comes_with_versioning_and_without_a_retention(call: CallFixture, locked: str) -> None:
    assert call("s3", "GetBucketVersioning", Bucket=locked) == {"Status": "Enabled"}
    found = call("s3", "GetObjectLockConfiguration", Bucket=locked)["ObjectLockConfiguration"]
    assert found == {"ObjectLockEnabled": "Enabled"}

    wanted = {"ObjectLockEnabled": "Enabled", "Rule": RETENTION}
    call("s3", "PutObjectLockConfiguration", Bucket=locked, ObjectLockConfiguration=wanted)
    assert call("s3", "GetObjectLockConfiguration", Bucket=locked)["ObjectLockConfiguration"] == wanted


def test_a_bucket_without_a_lock_says_so(refused: Refused, bucket: str) -> None:
    refusal = refused("s3", "GetObjectLockConfiguration", Bucket=bucket)
    assert (refusal.code, refusal.status) == ("ObjectLockConfigurationNotFoundError", 404)
    wanted = {"ObjectLockEnabled": "Enabled", "Rule": RETENTION}
    refusal = refused("s3", "PutObjectLockConfiguration", Bucket=bucket, ObjectLockConfiguration=wanted)
    assert (refusal.code, refusal.status) == ("InvalidBucketState", 409)


@pytest.mark.parametrize("retention", [{"Mode": "GOVERNANCE"}, {"Days": 3}, {"Mode": "X", "Days": 1, "Years": 1}])
def test_a_retention_is_a_mode_and_a_time(refused: Refused, locked: str, retention: Document) -> None:
    wanted = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}}
    assert (
        refused("s3", "PutObjectLockConfiguration", Bucket=locked, ObjectLockConfiguration=wanted).code
        == "MalformedXML"
    )


def test_a_service_cannot_write_where_a_retention_wants_a_digest(act: Act, call: CallFixture, locked: str) -> None:
    act(lambda ctx: s3.put_object(ctx, locked, "before", b"x"))
    wanted = {"ObjectLockEnabled": "Enabled", "Rule": RETENTION}
    call("s3", "PutObjectLockConfiguration", Bucket=locked, ObjectLockConfiguration=wanted)

    with pytest.raises(ServiceError, match="InvalidRequest: Content-MD5"):
        act(lambda ctx: s3.put_object(ctx, locked, "after", b"x"))

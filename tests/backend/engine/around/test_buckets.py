"""Buckets: made, found, set up, and seen by AWS Config."""

from __future__ import annotations

import json

import pytest

from backend.engine.around import s3
from backend.engine.context import Caller
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.world import estate
from backend.engine.world.estate import Resource
from backend.model.item import Document
from backend.model.moment import HOUR
from tests.backend.engine.around.conftest import Act, Refused
from tests.backend.engine.conftest import ACCOUNT, REGION, CallFixture

LAB = "config-bucket-sgp"
"""The bucket of the `destination` fixture."""


def in_estate(engine: Engine, name: str, region: str = REGION) -> Resource:
    found = estate.get(engine.context(), "AWS::S3::Bucket", name, region)
    assert found is not None
    return found


def grant(bucket: str, *, effect: str = "Allow", action: str = "s3:PutObject", **condition: Document) -> str:
    statement = {
        "Effect": effect,
        "Principal": {"Service": "config.amazonaws.com"},
        "Action": action,
        "Resource": f"arn:aws:s3:::{bucket}/*",
        **({"Condition": condition} if condition else {}),
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_new_bucket_is_a_resource_with_the_members_of_real_items(engine: Engine, bucket: str) -> None:
    found = in_estate(engine, bucket)
    assert (found.name, found.arn, found.zone) == (bucket, f"arn:aws:s3:::{bucket}", "Regional")
    assert set(found.configuration) == {"name", "owner", "creationDate", "region"}
    assert found.configuration["creationDate"] == "2026-03-01T00:00:00.000Z"
    supplementary = found.supplementary
    assert json.loads(supplementary["AccessControlList"])["grantList"][0]["permission"] == "FullControl"
    assert supplementary["AbacStatus"] == {"status": "Disabled"}
    assert supplementary["BucketVersioningConfiguration"] == {"status": "Off", "isMfaDeleteEnabled": None}
    assert supplementary["PublicAccessBlockConfiguration"]["blockPublicAcls"] is True
    rule = supplementary["ServerSideEncryptionConfiguration"]["rules"][0]
    assert rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == "AES256"


def test_a_change_of_versioning_moves_the_creation_date(engine: Engine, call: CallFixture, bucket: str) -> None:
    versioning = {"Status": "Enabled"}
    for _ in range(2):  # the second call changes nothing
        engine.advance(engine.now + HOUR)
        call("s3", "PutBucketVersioning", Bucket=bucket, VersioningConfiguration=versioning)
    found = in_estate(engine, bucket)
    assert found.configuration["creationDate"] == "2026-03-01T01:00:00.000Z"
    assert found.created == engine.now - HOUR


def test_settings_put_by_api_are_answered_again_and_change_the_resource(
    engine: Engine, call: CallFixture, bucket: str
) -> None:
    call("s3", "PutBucketVersioning", Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    call("s3", "PutBucketTagging", Bucket=bucket, Tagging={"TagSet": [{"Key": "team", "Value": "audit"}]})
    block = {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": False,
        "BlockPublicPolicy": False,
        "RestrictPublicBuckets": True,
    }
    call("s3", "PutPublicAccessBlock", Bucket=bucket, PublicAccessBlockConfiguration=block)
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/audit"}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]}
    call("s3", "PutBucketEncryption", Bucket=bucket, ServerSideEncryptionConfiguration=rules)

    assert call("s3", "GetBucketVersioning", Bucket=bucket) == {"Status": "Enabled"}
    assert call("s3", "GetBucketTagging", Bucket=bucket)["TagSet"] == [{"Key": "team", "Value": "audit"}]
    assert call("s3", "GetPublicAccessBlock", Bucket=bucket)["PublicAccessBlockConfiguration"] == block
    assert call("s3", "GetBucketEncryption", Bucket=bucket)["ServerSideEncryptionConfiguration"] == rules
    found = in_estate(engine, bucket)
    assert found.tags == {"team": "audit"}
    assert found.supplementary["BucketVersioningConfiguration"]["status"] == "Enabled"
    assert found.supplementary["BucketTaggingConfiguration"] == {"tagSets": [{"tags": {"team": "audit"}}]}


def test_taken_away_settings_are_refused_with_their_own_codes(call: CallFixture, refused: Refused, bucket: str) -> None:
    call("s3", "PutBucketTagging", Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    call("s3", "DeleteBucketTagging", Bucket=bucket)
    call("s3", "DeletePublicAccessBlock", Bucket=bucket)
    assert refused("s3", "GetBucketTagging", Bucket=bucket).code == "NoSuchTagSet"
    assert refused("s3", "GetPublicAccessBlock", Bucket=bucket).code == "NoSuchPublicAccessBlockConfiguration"
    assert refused("s3", "GetBucketPolicy", Bucket=bucket).code == "NoSuchBucketPolicy"
    assert call("s3", "GetBucketVersioning", Bucket=bucket) == {}
    assert call("s3", "GetBucketLogging", Bucket=bucket) == {}


def test_where_a_bucket_is_and_where_it_may_be_made(call: CallFixture, refused: Refused, bucket: str) -> None:
    assert call("s3", "GetBucketLocation", Bucket=bucket) == {"LocationConstraint": REGION}
    call("s3", "CreateBucket", region="us-east-1", Bucket="old-world")
    assert call("s3", "GetBucketLocation", Bucket="old-world") == {}
    assert call("s3", "HeadBucket", Bucket="old-world")["BucketRegion"] == "us-east-1"
    assert refused("s3", "CreateBucket", Bucket="nowhere").code == "IllegalLocationConstraintException"
    elsewhere = {"LocationConstraint": "eu-west-1"}
    refusal = refused("s3", "CreateBucket", Bucket="nowhere", CreateBucketConfiguration=elsewhere)
    assert refusal.code == "IllegalLocationConstraintException"


def test_making_a_bucket_again(call: CallFixture, refused: Refused, bucket: str) -> None:
    again = refused("s3", "CreateBucket", Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    assert (again.code, again.status) == ("BucketAlreadyOwnedByYou", 409)
    call("s3", "CreateBucket", region="us-east-1", Bucket="twice")
    call("s3", "CreateBucket", region="us-east-1", Bucket="twice")


@pytest.mark.parametrize("name", ["ab", "Upper", "under_score", "-dash", "dot..dot", "192.168.0.1", "x" * 64])
def test_names_that_no_bucket_can_have(refused: Refused, name: str) -> None:
    assert refused("s3", "CreateBucket", region="us-east-1", Bucket=name).code == "InvalidBucketName"


def test_buckets_are_listed_by_name_over_all_regions(call: CallFixture, bucket: str) -> None:
    call("s3", "CreateBucket", region="us-east-1", Bucket="archive")
    answer = call("s3", "ListBuckets")
    assert [each["Name"] for each in answer["Buckets"]] == ["archive", "reports"]
    assert answer["Buckets"][0]["CreationDate"].isoformat() == "2026-03-01T00:00:00+00:00"
    first = call("s3", "ListBuckets", MaxBuckets=1)
    assert [each["Name"] for each in first["Buckets"]] == ["archive"]
    rest = call("s3", "ListBuckets", MaxBuckets=1, ContinuationToken=first["ContinuationToken"])
    assert rest["Buckets"][0]["BucketRegion"] == REGION
    assert "ContinuationToken" not in rest


def test_only_an_empty_bucket_is_deleted(engine: Engine, call: CallFixture, refused: Refused, bucket: str) -> None:
    call("s3", "PutObject", Bucket=bucket, Key="k", Body=b"x")
    assert refused("s3", "DeleteBucket", Bucket=bucket).code == "BucketNotEmpty"
    call("s3", "DeleteObject", Bucket=bucket, Key="k")
    call("s3", "DeleteBucket", Bucket=bucket)
    assert not s3.exists(engine.context(), bucket)


@pytest.mark.requirement("S3-05")
def test_a_missing_bucket_is_no_such_bucket(act: Act, refused: Refused) -> None:
    for operation, params in (("PutObject", {"Key": "k"}), ("GetObject", {"Key": "k"}), ("ListObjectsV2", {})):
        refusal = refused("s3", operation, Bucket="gone", **params)
        assert (refusal.code, refusal.status) == ("NoSuchBucket", 404)
    with pytest.raises(ServiceError, match="NoSuchBucket"):
        act(lambda ctx: s3.put_object(ctx, "gone", "k", b""))
    head = refused("s3", "HeadBucket", Bucket="gone")
    assert (head.code, head.message, head.status) == ("404", "Not Found", 404)


@pytest.mark.requirement("PRM-04")
def test_a_service_writes_only_where_the_policy_lets_it(
    act: Act, engine: Engine, call: CallFixture, bucket: str
) -> None:
    def may(key: str = "AWSLogs/x") -> bool:
        return s3.allows(engine.context(), bucket, "config.amazonaws.com", "s3:PutObject", key)

    assert not may()
    acl = {"s3:x-amz-acl": "bucket-owner-full-control", "AWS:SourceAccount": ACCOUNT}
    call("s3", "PutBucketPolicy", Bucket=bucket, Policy=grant(bucket, StringEquals=acl))
    assert may()
    call("s3", "PutBucketPolicy", Bucket=bucket, Policy=grant(bucket, StringEquals={"AWS:SourceAccount": "1"}))
    assert not may()
    source = {"AWS:SourceArn": f"arn:aws:config:{REGION}:{ACCOUNT}:*"}
    call("s3", "PutBucketPolicy", Bucket=bucket, Policy=grant(bucket, ArnLike=source))
    assert may()
    with pytest.raises(ServiceError, match="AccessDenied"):
        act(lambda ctx: s3.put_object(ctx, bucket, "k", b"", principal="delivery.logs.amazonaws.com"))


def test_a_deny_holds_for_the_owner_until_the_policy_is_deleted(
    call: CallFixture, refused: Refused, bucket: str
) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/secret/*"}
    call("s3", "PutBucketPolicy", Bucket=bucket, Policy=json.dumps({"Statement": deny}))
    assert refused("s3", "PutObject", Bucket=bucket, Key="secret/k", Body=b"").code == "AccessDenied"
    assert refused("s3", "HeadObject", Bucket=bucket, Key="secret/k").code == "403"
    call("s3", "PutObject", Bucket=bucket, Key="open/k", Body=b"")
    call("s3", "DeleteBucketPolicy", Bucket=bucket)
    call("s3", "PutObject", Bucket=bucket, Key="secret/k", Body=b"")


def test_a_deny_may_ask_for_time_address_and_caller(
    engine: Engine, call: CallFixture, refused: Refused, bucket: str
) -> None:
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {
            "DateGreaterThan": {"aws:CurrentTime": "2026-03-01T12:00:00Z"},
            "NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"},
        },
    }
    call("s3", "PutBucketPolicy", Bucket=bucket, Policy=json.dumps({"Statement": deny}))
    call("s3", "PutObject", Bucket=bucket, Key="k", Body=b"x")
    call("s3", "GetObject", Bucket=bucket, Key="k")
    engine.advance(engine.now + 13 * HOUR)
    assert refused("s3", "GetObject", Bucket=bucket, Key="k").code == "AccessDenied"
    call("s3", "GetObject", Bucket=bucket, Key="k", by=Caller(source_ip="10.1.2.3"))


def test_policies_that_are_none_or_of_another_bucket_are_refused(refused: Refused, bucket: str) -> None:
    assert refused("s3", "PutBucketPolicy", Bucket=bucket, Policy="{").code == "MalformedPolicy"
    assert refused("s3", "PutBucketPolicy", Bucket=bucket, Policy=grant("other")).code == "MalformedPolicy"


def test_public_policies_and_lists_are_blocked_until_the_block_is_lifted(
    engine: Engine, call: CallFixture, refused: Refused, bucket: str
) -> None:
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    public = json.dumps({"Statement": [allow]})
    assert refused("s3", "PutBucketPolicy", Bucket=bucket, Policy=public).code == "AccessDenied"
    assert refused("s3", "PutBucketAcl", Bucket=bucket, ACL="public-read").code == "AccessDenied"
    refusal = refused("s3", "CreateBucket", region="us-east-1", Bucket="for-all", ACL="public-read")
    assert refusal.code == "InvalidBucketAclWithBlockPublicAccessError"
    call("s3", "DeletePublicAccessBlock", Bucket=bucket)
    call("s3", "PutBucketPolicy", Bucket=bucket, Policy=public)
    call("s3", "PutBucketAcl", Bucket=bucket, ACL="public-read")
    assert call("s3", "GetBucketPolicyStatus", Bucket=bucket)["PolicyStatus"] == {"IsPublic": True}
    grants = call("s3", "GetBucketAcl", Bucket=bucket)["Grants"]
    assert grants[1] == {
        "Grantee": {"URI": "http://acs.amazonaws.com/groups/global/AllUsers", "Type": "Group"},
        "Permission": "READ",
    }
    stored = json.loads(in_estate(engine, bucket).supplementary["AccessControlList"])
    assert stored["grantList"][1] == {"grantee": "AllUsers", "permission": "Read"}


@pytest.mark.usefixtures("recording")
def test_a_change_makes_an_item_and_the_same_again_makes_none(engine: Engine, call: CallFixture) -> None:
    made: list[int] = []
    for _ in range(2):
        call("s3", "PutBucketVersioning", Bucket=LAB, VersioningConfiguration={"Status": "Enabled"})
        engine.advance(engine.now + HOUR)
        history = call("config", "GetResourceConfigHistory", resourceType="AWS::S3::Bucket", resourceId=LAB)
        made.append(len(history["configurationItems"]))
    assert made[0] == made[1] >= 2


def test_access_logs_go_to_a_bucket_that_is_there(call: CallFixture, refused: Refused, bucket: str) -> None:
    wanted = {"LoggingEnabled": {"TargetBucket": "nowhere", "TargetPrefix": "logs/"}}
    refusal = refused("s3", "PutBucketLogging", Bucket=bucket, BucketLoggingStatus=wanted)
    assert refusal.code == "InvalidTargetBucketForLogging"
    wanted["LoggingEnabled"]["TargetBucket"] = bucket
    call("s3", "PutBucketLogging", Bucket=bucket, BucketLoggingStatus=wanted)
    assert call("s3", "GetBucketLogging", Bucket=bucket) == wanted


def test_a_bucket_torn_out_of_the_world_leaves_nothing_for_the_next_of_its_name(
    act: Act, engine: Engine, call: CallFixture, bucket: str
) -> None:
    call("s3", "PutObject", Bucket=bucket, Key="old", Body=b"x")
    act(lambda ctx: estate.remove(ctx, "AWS::S3::Bucket", bucket))
    call("s3", "CreateBucket", Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    assert "Contents" not in call("s3", "ListObjectsV2", Bucket=bucket)
    call("s3", "PutObject", Bucket=bucket, Key="new", Body=b"x", by=Caller(user="ann"))
    act(lambda ctx: s3.remove_bucket(ctx, bucket))
    assert not s3.exists(engine.context(), bucket)
    assert not (engine.store.folder / "buckets" / bucket).exists()

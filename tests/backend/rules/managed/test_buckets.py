"""What the rules over what S3 buckets hold say."""

from __future__ import annotations

import json

import pytest

from backend.model.item import Document, Json
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, other, out, prove, prove_reads
from tests.backend.rules.surroundings import REGION, Known, judged

KEY, OTHER_KEY = (f"arn:aws:kms:ap-southeast-1:111122223333:key/{name}" for name in ("0d7b5a1e", "77aa01c2"))
TOPIC = "arn:aws:sns:ap-southeast-1:111122223333:objects"


def bucket(**supplementary: Json) -> Document:
    return {
        "resourceId": "orders",
        "awsRegion": REGION,
        "configuration": {"name": "orders"},
        "supplementaryConfiguration": supplementary,
    }


def copy(name: str, region: str) -> Document:
    return other("AWS::S3::Bucket", {"name": name}, resourceName=name, awsRegion=region)


def versions(status: str = "Enabled", *, mfa: Json = None) -> Document:
    return {"status": status, "isMfaDeleteEnabled": mfa}


def encrypted(algorithm: str, key: str | None = None) -> Document:
    rule = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm, "kmsMasterKeyID": key}}
    return {"rules": [rule]}


def policy(*statements: Document) -> Document:
    return {"policyText": json.dumps({"Statement": [*statements]})}


def replicated(*targets: str, status: str = "Enabled") -> Document:
    rules = {
        f"r{place}": {"status": status, "destinationConfig": {"bucketARN": f"arn:aws:s3:::{name}"}}
        for place, name in enumerate(targets)
    }
    return {"roleARN": "arn:aws:iam::111122223333:role/copies", "rules": rules}


def kept(*rules: Document) -> Document:
    return {"rules": [{"id": f"r{place}", "status": "Enabled", **each} for place, each in enumerate(rules)]}


def told(*events: str, to: str = TOPIC) -> Document:
    return {"configurations": {"n1": {"events": [*events], "topicARN": to}}}


VERSIONS, ENCRYPTION, REPLICATION, LIFECYCLE, EVENTS, LOGS, LOCK = (
    f"supplementaryConfiguration.{name}"
    for name in (
        "BucketVersioningConfiguration",
        "ServerSideEncryptionConfiguration",
        "BucketReplicationConfiguration",
        "BucketLifecycleConfiguration",
        "BucketNotificationConfiguration",
        "BucketLoggingConfiguration",
        "ObjectLockConfiguration",
    )
)
REPLICATED, AFAR = "S3_BUCKET_REPLICATION_ENABLED", "S3_BUCKET_CROSS_REGION_REPLICATION_ENABLED"
COPIED = bucket(BucketReplicationConfiguration=replicated("copy"))
NEAR_COPY, FAR_COPY = copy("copy", REGION), copy("copy", "eu-west-1")
TO_GLACIER: Document = {"days": 30, "storageClass": "GLACIER"}
MOVED = bucket(BucketLifecycleConfiguration=kept({"prefix": "logs/", "transitions": [TO_GLACIER]}))
FILTERED = bucket(
    BucketLifecycleConfiguration=kept(
        {
            "expirationInDays": 365,
            "filter": {
                "predicate": {
                    "type": "LifecycleAndOperator",
                    "operands": [
                        {
                            "type": "LifecycleTagPredicate",
                        },
                        {"type": "LifecyclePrefixPredicate", "prefix": "logs/"},
                    ],
                }
            },
        }
    )
)
EXPIRING = bucket(BucketLifecycleConfiguration=kept({"expirationInDays": 365}))
TOLD = bucket(BucketNotificationConfiguration=told("s3:ObjectCreated:*", "s3:ObjectRemoved:*"))
LOGGED = bucket(BucketLoggingConfiguration={"destinationBucketName": "logs", "logFilePrefix": "orders/"})
NO_RULE, NOBODY = "No enabled lifecycle rule", "tells nobody"
ENCRYPTED, BY_KMS = "S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED", "S3_DEFAULT_ENCRYPTION_KMS"

CASES = (
    *of(
        "S3_BUCKET_VERSIONING_ENABLED",
        good(bucket(BucketVersioningConfiguration=versions())),
        good(bucket(BucketVersioningConfiguration=versions(mfa=True)), isMfaDeleteEnabled="true"),
        bad(bucket(), "not enabled", f"{VERSIONS}.status"),
        bad(bucket(BucketVersioningConfiguration=versions("Suspended")), "not enabled", f"{VERSIONS}.status"),
        bad(
            bucket(BucketVersioningConfiguration=versions()),
            "MFA delete is not",
            f"{VERSIONS}.isMfaDeleteEnabled",
            isMfaDeleteEnabled="True",
        ),
    ),
    *of(
        ENCRYPTED,
        good(bucket(ServerSideEncryptionConfiguration=encrypted("AES256"))),
        good(
            bucket(
                BucketPolicy=policy(
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:PutObject",
                        "Condition": {"Null": {"s3:x-amz-server-side-encryption": "true"}},
                    }
                )
            )
        ),
        bad(bucket(), "not set", ENCRYPTION),
        bad(
            bucket(BucketPolicy=policy({"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject"})),
            "does not ask for it",
            ENCRYPTION,
        ),
    ),
    *of(
        BY_KMS,
        good(bucket(ServerSideEncryptionConfiguration=encrypted("aws:kms"))),
        good(bucket(ServerSideEncryptionConfiguration=encrypted("aws:kms:dsse", KEY)), kmsKeyArns=f"{OTHER_KEY},{KEY}"),
        bad(bucket(ServerSideEncryptionConfiguration=encrypted("AES256")), "not encrypted with a KMS", ENCRYPTION),
        bad(bucket(), "not encrypted with a KMS", ENCRYPTION),
        bad(
            bucket(ServerSideEncryptionConfiguration=encrypted("aws:kms", KEY)),
            "another key",
            ENCRYPTION,
            kmsKeyArns=OTHER_KEY,
        ),
        out({"resourceType": "AWS::KMS::Key", "configuration": {"keyId": "0d7b5a1e"}}, "through the buckets"),
    ),
    *of(
        REPLICATED,
        good(COPIED),
        good(COPIED, FAR_COPY, ReplicationType="CROSS-REGION"),
        good(COPIED, NEAR_COPY, ReplicationType="SAME-REGION"),
        bad(bucket(), "No replication rule", REPLICATION),
        bad(
            bucket(BucketReplicationConfiguration=replicated("copy", status="Disabled")),
            "No replication rule",
            REPLICATION,
        ),
        bad(COPIED, "not replicated to its own region", REPLICATION, FAR_COPY, ReplicationType="SAME-REGION"),
    ),
    *of(
        AFAR,
        good(bucket(BucketReplicationConfiguration=replicated("near", "copy")), copy("near", REGION), FAR_COPY),
        bad(bucket(), "No replication rule", REPLICATION),
        bad(COPIED, "not replicated to another region", REPLICATION, NEAR_COPY),
    ),
    *of(
        "S3_LIFECYCLE_POLICY_CHECK",
        good(EXPIRING),
        good(EXPIRING, targetExpirationDays="365", bucketNames="invoices, orders"),
        good(MOVED, targetTransitionDays="30", targetTransitionStorageClass="glacier", targetPrefix="logs/"),
        bad(bucket(), NO_RULE, LIFECYCLE),
        bad(
            bucket(BucketLifecycleConfiguration=kept({"status": "Disabled", "expirationInDays": 365})),
            NO_RULE,
            LIFECYCLE,
        ),
        bad(EXPIRING, NO_RULE, LIFECYCLE, targetExpirationDays="30"),
        bad(MOVED, NO_RULE, LIFECYCLE, targetTransitionDays="60"),
        bad(MOVED, NO_RULE, LIFECYCLE, targetTransitionStorageClass="DEEP_ARCHIVE"),
        bad(MOVED, NO_RULE, LIFECYCLE, targetPrefix="pictures/"),
        bad(MOVED, NO_RULE, LIFECYCLE, targetPrefix="GLACIER"),
        good(FILTERED, targetPrefix="logs/"),
        bad(FILTERED, NO_RULE, LIFECYCLE, targetPrefix="log"),
        bad(bucket(), NO_RULE, LIFECYCLE, bucketNames="orders"),
        out(bucket(), "none of bucketNames", bucketNames="invoices"),
    ),
    *of(
        "S3_VERSION_LIFECYCLE_POLICY_CHECK",
        good(bucket(BucketVersioningConfiguration=versions(), BucketLifecycleConfiguration=kept({"prefix": "a"}))),
        bad(bucket(BucketVersioningConfiguration=versions()), "keeps versions", LIFECYCLE),
        bad(bucket(BucketVersioningConfiguration=versions()), "keeps versions", LIFECYCLE, bucketNames="orders"),
        out(bucket(), "no versions"),
        out(bucket(BucketVersioningConfiguration=versions()), "none of bucketNames", bucketNames="invoices"),
    ),
    *of(
        "S3_EVENT_NOTIFICATIONS_ENABLED",
        good(TOLD),
        good(TOLD, destinationArn=TOPIC, eventTypes="s3:ObjectRemoved:*, s3:ObjectCreated:*"),
        bad(bucket(), NOBODY, EVENTS),
        good(TOLD, eventTypes="s3:ObjectCreated:Put"),
        bad(TOLD, NOBODY, EVENTS, destinationArn=f"{TOPIC}-2"),
        bad(TOLD, NOBODY, EVENTS, destinationArn=TOPIC.removesuffix("s")),
        bad(TOLD, NOBODY, EVENTS, eventTypes="s3:Object"),
        bad(TOLD, NOBODY, EVENTS, eventTypes="s3:ObjectRestore:*"),
    ),
    *of(
        "S3_BUCKET_LOGGING_ENABLED",
        good(LOGGED),
        good(LOGGED, targetBucket="logs", targetPrefix="orders/"),
        bad(bucket(), "not set", f"{LOGS}.destinationBucketName"),
        bad(LOGGED, "logs", f"{LOGS}.destinationBucketName", targetBucket="archive"),
        bad(LOGGED, "orders/", f"{LOGS}.logFilePrefix", targetPrefix="invoices/"),
    ),
    *of(
        "S3_BUCKET_MFA_DELETE_ENABLED",
        good(bucket(BucketVersioningConfiguration=versions(mfa=True))),
        bad(bucket(BucketVersioningConfiguration=versions(mfa=False)), "is false", f"{VERSIONS}.isMfaDeleteEnabled"),
    ),
    *of(
        "S3_BUCKET_DEFAULT_LOCK_ENABLED",
        good(bucket(ObjectLockConfiguration={"objectLockEnabled": "Enabled"})),
        good(
            bucket(
                ObjectLockConfiguration={
                    "objectLockEnabled": "Enabled",
                    "rule": {"defaultRetention": {"mode": "COMPLIANCE", "days": 30}},
                }
            ),
            mode="COMPLIANCE",
        ),
        bad(bucket(), "not set", f"{LOCK}.objectLockEnabled"),
        bad(
            bucket(
                ObjectLockConfiguration={
                    "objectLockEnabled": "Enabled",
                    "rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 30}},
                }
            ),
            "GOVERNANCE",
            f"{LOCK}.rule.defaultRetention.mode",
            mode="COMPLIANCE",
        ),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_says(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_enough(case: Case) -> None:
    prove_reads(case)


def test_every_rule_and_parameter_has_its_cases() -> None:
    assert missing("buckets", CASES) == []


def test_of_a_copy_in_a_bucket_that_is_not_known_there_is_no_verdict() -> None:
    verdict = judged(AFAR, COPIED, Known([copy("another", "eu-west-1")]))
    assert verdict.compliance == "INSUFFICIENT_DATA"
    assert "not known in which region the bucket copy is" in verdict.annotation

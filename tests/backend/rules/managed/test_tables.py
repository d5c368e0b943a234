"""What the rules over DynamoDB, ElastiCache and DAX say."""

from __future__ import annotations

import pytest

from backend.model.item import Document, Json
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, other, out, prove, prove_reads

KEY = "arn:aws:kms:ap-southeast-1:111122223333:key/0d7b5a1e"
OTHER_KEY = "arn:aws:kms:ap-southeast-1:111122223333:key/77aa01c2"
RECOVERY = (
    "supplementaryConfiguration.ContinuousBackupsDescription.pointInTimeRecoveryDescription.pointInTimeRecoveryStatus"
)


def table(*, recovery: str = "ENABLED", **changes: Json) -> Document:
    body: Document = {
        "tableName": "carts",
        "tableStatus": "ACTIVE",
        "keySchema": [{"attributeName": "pk", "keyType": "HASH"}],
        "provisionedThroughput": {"readCapacityUnits": 10, "writeCapacityUnits": 5, "numberOfDecreasesToday": 0},
        "ssedescription": {"status": "ENABLED", "ssetype": "KMS", "kmsmasterKeyArn": KEY},
        "deletionProtectionEnabled": True,
        **changes,
    }
    backups = {
        "continuousBackupsStatus": "ENABLED",
        "pointInTimeRecoveryDescription": {"pointInTimeRecoveryStatus": recovery},
    }
    return {"configuration": body, "supplementaryConfiguration": {"ContinuousBackupsDescription": backups}}


def target(way: str, least: int, most: int, index: str = "") -> Document:
    return other(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        {
            "resourceId": f"table/carts/index/{index}" if index else "table/carts",
            "scalableDimension": f"dynamodb:{'index' if index else 'table'}:{way}CapacityUnits",
            "minCapacity": least,
            "maxCapacity": most,
        },
    )


def policy(way: str, use: int) -> Document:
    return other(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        {
            "resourceId": "table/carts",
            "scalableDimension": f"dynamodb:table:{way}CapacityUnits",
            "policyType": "TargetTrackingScaling",
            "targetTrackingScalingPolicyConfiguration": {"targetValue": use},
        },
    )


SCALED = (target("Read", 5, 100), target("Write", 5, 50))
INDEXED: Document = table(globalSecondaryIndexes=[{"indexName": "by-day", "indexStatus": "ACTIVE"}])


def group(**changes: Json) -> Document:
    return {
        "replicationGroupId": "sessions",
        "status": "available",
        "memberClusters": ["sessions-001", "sessions-002"],
        "automaticFailover": "enabled",
        "snapshotRetentionLimit": 20,
        "atRestEncryptionEnabled": True,
        "kmsKeyId": KEY,
        "transitEncryptionEnabled": True,
        "authTokenEnabled": True,
        **changes,
    }


def node(version: str, place: int = 1) -> Document:
    return other(
        "AWS::ElastiCache::CacheCluster",
        {"engine": "redis", "engineVersion": version},
        resourceId=f"sessions-00{place}",
    )


def cache(**changes: Json) -> Document:
    return {
        "resourceType": "AWS::ElastiCache::CacheCluster",
        "configuration": {
            "cacheClusterId": "sessions-001",
            "engine": "redis",
            "engineVersion": "7.1.0",
            "snapshotRetentionLimit": 20,
            "autoMinorVersionUpgrade": True,
            "cacheSubnetGroupName": "inside",
            **changes,
        },
    }


CASES: tuple[Case, ...] = (
    *of(
        "DYNAMODB_PITR_ENABLED",
        good(table()),
        bad(table(recovery="DISABLED"), "pointInTimeRecoveryStatus is DISABLED", RECOVERY),
    ),
    *of(
        "DYNAMODB_TABLE_ENCRYPTED_KMS",
        good(table()),
        good(table(), kmsKeyArns=f"{OTHER_KEY},{KEY}"),
        bad(table(ssedescription=None), "not encrypted with a KMS key", "ssedescription"),
        bad(table(), "another key than those allowed", "ssedescription", kmsKeyArns=OTHER_KEY),
    ),
    *of(
        "DYNAMODB_TABLE_ENCRYPTION_ENABLED",
        good(table()),
        bad(table(ssedescription={"status": "DISABLED"}), "status is DISABLED", "ssedescription.status"),
        bad(table(ssedescription=None), "status is not set", "ssedescription.status"),
    ),
    *of(
        "DYNAMODB_TABLE_DELETION_PROTECTION_ENABLED",
        good(table()),
        bad(table(deletionProtectionEnabled=False), "is false, not true", "deletionProtectionEnabled"),
    ),
    *of(
        "DYNAMODB_AUTOSCALING_ENABLED",
        good(table(billingModeSummary={"billingMode": "PAY_PER_REQUEST"})),
        good(table(), *SCALED),
        good(table(), *SCALED, policy("Read", 70), policy("Write", 70), targetReadUtilization="70"),
        good(INDEXED, *SCALED, target("Read", 5, 20, "by-day"), target("Write", 5, 20, "by-day")),
        bad(table(), "Read capacity of table/carts is fixed"),
        bad(table(), "Write capacity of table/carts is fixed", "", SCALED[0]),
        bad(INDEXED, "capacity of table/carts/index/by-day is fixed", "", *SCALED),
        bad(table(), "is 5, not 10 or more", "", *SCALED, minProvisionedReadCapacity="10"),
        bad(table(), "is 100, not 80 or less", "", *SCALED, maxProvisionedReadCapacity="80"),
        bad(table(), "is 5, not 6 or more", "", *SCALED, minProvisionedWriteCapacity="6"),
        bad(table(), "is 50, not 40 or less", "", *SCALED, maxProvisionedWriteCapacity="40"),
        bad(table(), "70, not used to 60", "", *SCALED, policy("Read", 70), targetReadUtilization="60"),
        bad(table(), "70, not used to 60", "", *SCALED, policy("Write", 70), targetWriteUtilization="60"),
    ),
    *of(
        "ELASTICACHE_REDIS_CLUSTER_AUTOMATIC_BACKUP_CHECK",
        good(cache()),
        good(group() | {"engine": "redis"}),
        bad(cache(snapshotRetentionLimit=0), "is 0, not 15 or more", "snapshotRetentionLimit"),
        bad(cache(), "is 20, not 30 or more", "snapshotRetentionLimit", snapshotRetentionPeriod="30"),
        out(cache(engine="memcached", snapshotRetentionLimit=None), "engine is memcached"),
    ),
    *of(
        "ELASTICACHE_AUTOMATIC_BACKUP_CHECK_ENABLED",
        good(cache()),
        bad(cache(snapshotRetentionLimit=0), "is 0, not 1 or more", "snapshotRetentionLimit"),
        bad(cache(), "is 20, not 30 or more", "snapshotRetentionLimit", snapshotRetentionPeriod="30"),
        out(cache(engine="memcached", snapshotRetentionLimit=None), "engine is memcached"),
    ),
    *of(
        "ELASTICACHE_AUTO_MINOR_VERSION_UPGRADE_CHECK",
        good(cache()),
        bad(cache(autoMinorVersionUpgrade=False), "autoMinorVersionUpgrade is false", "autoMinorVersionUpgrade"),
        out(cache(engine="memcached", autoMinorVersionUpgrade=False), "engine is memcached"),
    ),
    *of(
        "ELASTICACHE_REPL_GRP_ENCRYPTED_AT_REST",
        good(group()),
        bad(group(atRestEncryptionEnabled=False), "atRestEncryptionEnabled is false", "atRestEncryptionEnabled"),
        bad(group(), f"not the key {OTHER_KEY}", "kmsKeyId", approvedKMSKeyIds=OTHER_KEY),
    ),
    *of(
        "ELASTICACHE_REPL_GRP_ENCRYPTED_IN_TRANSIT",
        good(group()),
        bad(group(transitEncryptionEnabled=False), "transitEncryptionEnabled is false", "transitEncryptionEnabled"),
    ),
    *of(
        "ELASTICACHE_REPL_GRP_AUTO_FAILOVER_ENABLED",
        good(group()),
        bad(group(automaticFailover="disabled"), "automaticFailover is disabled", "automaticFailover"),
    ),
    *of(
        "ELASTICACHE_REPL_GRP_REDIS_AUTH_ENABLED",
        good(group()),
        good(group(authTokenEnabled=False), node("7.1.0"), node("6.2.6", 2)),
        bad(group(authTokenEnabled=False), "asks for no token", "authTokenEnabled", node("7.1.0"), node("5.0.6", 2)),
    ),
    *of(
        "ELASTICACHE_SUBNET_GROUP_CHECK",
        good(cache()),
        bad(cache(cacheSubnetGroupName="default"), "cacheSubnetGroupName is default", "cacheSubnetGroupName"),
    ),
    *of(
        "DAX_ENCRYPTION_ENABLED",
        good({"clusterName": "fast", "sSEDescription": {"status": "ENABLED"}}),
        bad({"clusterName": "fast", "sSEDescription": {"status": "DISABLED"}}, "is DISABLED", "sSEDescription.status"),
    ),
    *of(
        "DAX_TLS_ENDPOINT_ENCRYPTION",
        good({"clusterName": "fast", "clusterEndpointEncryptionType": "TLS"}),
        bad({"clusterEndpointEncryptionType": "NONE"}, "is NONE, not TLS", "clusterEndpointEncryptionType"),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_over_tables_decides(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_all_it_needs(case: Case) -> None:
    prove_reads(case)


def test_every_rule_over_tables_has_its_cases() -> None:
    assert missing("tables", CASES) == []

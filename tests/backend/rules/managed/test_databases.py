"""What the rules over RDS, Aurora, Neptune and DocumentDB say."""

from __future__ import annotations

import pytest

from backend.model.item import Document, Json
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, out, prove, prove_reads

KEY = "arn:aws:kms:ap-southeast-1:111122223333:key/0d7b5a1e"
OTHER_KEY = "arn:aws:kms:ap-southeast-1:111122223333:key/77aa01c2"


def instance(**changes: Json) -> Document:
    return {
        "dBInstanceIdentifier": "orders",
        "dBInstanceClass": "db.m6g.large",
        "engine": "postgres",
        "engineVersion": "16.3",
        "dBInstanceStatus": "available",
        "masterUsername": "orders_admin",
        "allocatedStorage": 100,
        "preferredBackupWindow": "17:10-17:40",
        "backupRetentionPeriod": 7,
        "multiAZ": True,
        "publiclyAccessible": False,
        "storageEncrypted": True,
        "kmsKeyId": KEY,
        "autoMinorVersionUpgrade": True,
        "monitoringInterval": 60,
        "iAMDatabaseAuthenticationEnabled": True,
        "enabledCloudwatchLogsExports": ["postgresql", "upgrade"],
        "deletionProtection": True,
        **changes,
    }


def cluster(**changes: Json) -> Document:
    return {
        "dbclusterIdentifier": "ledger",
        "engine": "aurora-mysql",
        "engineVersion": "8.0.mysql_aurora.3.05.2",
        "status": "available",
        "masterUsername": "ledger_admin",
        "availabilityZones": ["ap-southeast-1a", "ap-southeast-1b"],
        "backupRetentionPeriod": 14,
        "multiAZ": True,
        "storageEncrypted": True,
        "kmsKeyId": KEY,
        "iamdatabaseAuthenticationEnabled": True,
        "enabledCloudwatchLogsExports": ["audit", "error"],
        "deletionProtection": True,
        "copyTagsToSnapshot": True,
        "autoMinorVersionUpgrade": True,
        "backtrackWindow": 86400,
        **changes,
    }


def neptune(**changes: Json) -> Document:
    return cluster(engine="neptune", engineVersion="1.3.1.0", **changes)


def docdb(**changes: Json) -> Document:
    return cluster(engine="docdb", engineVersion="5.0.0", **changes)


def cluster_snapshot(*restorers: str, **changes: Json) -> Document:
    body: Document = {
        "dbclusterSnapshotIdentifier": "ledger-monday",
        "dbclusterIdentifier": "ledger",
        "engine": "aurora-mysql",
        "snapshotType": "manual",
        "status": "available",
        "storageEncrypted": True,
        "kmsKeyId": KEY,
        "iamdatabaseAuthenticationEnabled": True,
        **changes,
    }
    attributes = [{"attributeName": "restore", "attributeValues": [*restorers]}]
    return {
        "resourceType": "AWS::RDS::DBClusterSnapshot",
        "configuration": body,
        "supplementaryConfiguration": {"DBClusterSnapshotAttributes": attributes},
    }


def snapshot(*restorers: str, encrypted: bool = True) -> Document:
    attributes = [{"attributeName": "restore", "attributeValues": [*restorers]}]
    return {
        "resourceType": "AWS::RDS::DBSnapshot",
        "configuration": {"dBSnapshotIdentifier": "orders-monday", "engine": "postgres", "encrypted": encrypted},
        "supplementaryConfiguration": {"DBSnapshotAttributes": attributes},
    }


SHARED = "supplementaryConfiguration.DBSnapshotAttributes.0.attributeValues"
CLUSTER_SHARED = "supplementaryConfiguration.DBClusterSnapshotAttributes.0.attributeValues"
LOGS = "enabledCloudwatchLogsExports"
IAM = "iamdatabaseAuthenticationEnabled"

INSTANCES: tuple[Case, ...] = (
    *of(
        "RDS_STORAGE_ENCRYPTED",
        good(instance()),
        good(instance(), kmsKeyId="0d7b5a1e"),
        bad(instance(storageEncrypted=False, kmsKeyId=None), "storageEncrypted is false", "storageEncrypted"),
        bad(instance(kmsKeyId=OTHER_KEY), f"not the key {KEY}", "kmsKeyId", kmsKeyId=KEY),
    ),
    *of(
        "RDS_INSTANCE_PUBLIC_ACCESS_CHECK",
        good(instance()),
        bad(instance(publiclyAccessible=True), "publiclyAccessible is true.", "publiclyAccessible"),
    ),
    *of(
        "RDS_MULTI_AZ_SUPPORT",
        good(instance()),
        bad(instance(multiAZ=False), "multiAZ is false", "multiAZ"),
        out(instance(engine="aurora-postgresql", multiAZ=False), "engine is aurora-postgresql"),
    ),
    *of(
        "RDS_INSTANCE_DELETION_PROTECTION_ENABLED",
        good(instance(), databaseEngines="mysql, postgres"),
        bad(instance(deletionProtection=False), "deletionProtection is false", "deletionProtection"),
        out(instance(engine="aurora-mysql", deletionProtection=False), "engine is aurora-mysql"),
        out(instance(deletionProtection=False), "engine is postgres, not mysql", databaseEngines="mysql"),
    ),
    *of(
        "RDS_ENHANCED_MONITORING_ENABLED",
        good(instance()),
        good(instance(), monitoringInterval="60"),
        bad(instance(monitoringInterval=0), "monitoringInterval is 0", "monitoringInterval"),
        bad(instance(), "monitoringInterval is 60, not 30", "monitoringInterval", monitoringInterval="30"),
    ),
    *of(
        "RDS_AUTOMATIC_MINOR_VERSION_UPGRADE_ENABLED",
        good(instance()),
        bad(instance(autoMinorVersionUpgrade=False), "autoMinorVersionUpgrade is false", "autoMinorVersionUpgrade"),
    ),
    *of(
        "RDS_INSTANCE_IAM_AUTHENTICATION_ENABLED",
        good(instance()),
        bad(
            instance(iAMDatabaseAuthenticationEnabled=False),
            "iAMDatabaseAuthenticationEnabled is false",
            "iAMDatabaseAuthenticationEnabled",
        ),
        out(instance(engine="oracle-se2"), "engine is oracle-se2"),
    ),
    *of(
        "RDS_INSTANCE_DEFAULT_ADMIN_CHECK",
        good(instance()),
        good(instance(masterUsername="admin"), validAdminUserNames="root, admin"),
        bad(instance(masterUsername="postgres"), "called postgres", "masterUsername"),
        bad(instance(), "called orders_admin", "masterUsername", validAdminUserNames="dba"),
    ),
    *of(
        "RDS_LOGGING_ENABLED",
        good(instance()),
        good(instance(engine="sqlserver-ee", enabledCloudwatchLogsExports=["agent", "error"])),
        good(instance(engine="aurora-postgresql", enabledCloudwatchLogsExports=["postgresql"])),
        bad(instance(enabledCloudwatchLogsExports=["postgresql"]), "logs upgrade do not go", LOGS),
        bad(instance(engine="mysql", enabledCloudwatchLogsExports=["error"]), "audit, general, slowquery", LOGS),
        bad(instance(), "iam-db-auth-error", LOGS, additionalLogs="oracle: oemagent ; postgres: iam-db-auth-error"),
        bad(instance(), "iam-db-auth-error", LOGS, additionalLogs='{"postgres": "iam-db-auth-error"}'),
        out(instance(dBInstanceStatus="creating", enabledCloudwatchLogsExports=[]), "is creating"),
        out(instance(engine="neptune"), "neptune sends no logs"),
    ),
    *of(
        "RDS_POSTGRESQL_LOGS_TO_CLOUDWATCH",
        good(instance()),
        bad(instance(enabledCloudwatchLogsExports=["upgrade"]), "logs postgresql do not go", LOGS),
        bad(instance(enabledCloudwatchLogsExports=["postgresql"]), "logs upgrade", LOGS, logTypes="postgresql,upgrade"),
        out(instance(engine="mysql", enabledCloudwatchLogsExports=[]), "engine is mysql"),
    ),
    *of(
        "RDS_SQL_SERVER_LOGS_TO_CLOUDWATCH",
        good(instance(engine="sqlserver-se", enabledCloudwatchLogsExports=["error", "agent"])),
        bad(instance(engine="sqlserver-se", enabledCloudwatchLogsExports=["error"]), "logs agent do not go", LOGS),
        bad(
            instance(engine="sqlserver-ee", enabledCloudwatchLogsExports=["error"]),
            "logs agent do not go",
            LOGS,
            logTypes="agent",
        ),
        out(instance(), "engine is postgres"),
    ),
    *of(
        "DB_INSTANCE_BACKUP_ENABLED",
        good(instance()),
        good(instance(), backupRetentionPeriod="7", backupRetentionMinimum="5", preferredBackupWindow="17:10-17:40"),
        bad(instance(backupRetentionPeriod=0), "not backed up", "backupRetentionPeriod"),
        bad(instance(), "7 days, not 30", "backupRetentionPeriod", backupRetentionPeriod="30"),
        bad(instance(), "7 days, not 14", "backupRetentionPeriod", backupRetentionMinimum="14"),
        bad(instance(), "made at 17:10-17:40", "preferredBackupWindow", preferredBackupWindow="01:00-01:30"),
        bad(
            instance(readReplicaSourceDBInstanceIdentifier="main", backupRetentionPeriod=0),
            "not backed up",
            "backupRetentionPeriod",
            checkReadReplicas="true",
        ),
        out(instance(readReplicaSourceDBInstanceIdentifier="main", backupRetentionPeriod=0), "read replica"),
    ),
)

SNAPSHOTS: tuple[Case, ...] = (
    *of(
        "RDS_SNAPSHOTS_PUBLIC_PROHIBITED",
        good(snapshot("444455556666")),
        good(cluster_snapshot()),
        bad(snapshot("all"), "Everybody may restore", SHARED),
        bad(cluster_snapshot("444455556666", "all"), "Everybody may restore", CLUSTER_SHARED),
    ),
    *of(
        "NEPTUNE_CLUSTER_SNAPSHOT_PUBLIC_PROHIBITED",
        good(cluster_snapshot(engine="neptune")),
        bad(cluster_snapshot("all", engine="neptune"), "Everybody may restore", CLUSTER_SHARED),
        out(cluster_snapshot("all", engine="docdb"), "engine is docdb"),
    ),
    *of(
        "DOCDB_CLUSTER_SNAPSHOT_PUBLIC_PROHIBITED",
        good(cluster_snapshot(engine="docdb")),
        bad(cluster_snapshot("all", engine="docdb"), "Everybody may restore", CLUSTER_SHARED),
        out(cluster_snapshot("all", engine="neptune"), "engine is neptune"),
    ),
    *of(
        "RDS_SNAPSHOT_ENCRYPTED",
        good(snapshot()),
        good(cluster_snapshot()),
        bad(snapshot(encrypted=False), "encrypted is false", "encrypted"),
        bad(cluster_snapshot(storageEncrypted=False), "storageEncrypted is false", "storageEncrypted"),
    ),
    *of(
        "NEPTUNE_CLUSTER_SNAPSHOT_ENCRYPTED",
        good(cluster_snapshot(engine="neptune")),
        bad(
            cluster_snapshot(engine="neptune", storageEncrypted=False), "storageEncrypted is false", "storageEncrypted"
        ),
        out(cluster_snapshot(storageEncrypted=False), "engine is aurora-mysql"),
    ),
    *of(
        "NEPTUNE_CLUSTER_SNAPSHOT_IAM_DATABASE_AUTH_ENABLED",
        good(cluster_snapshot(engine="neptune")),
        bad(
            cluster_snapshot(engine="neptune", iamdatabaseAuthenticationEnabled=False),
            "AuthenticationEnabled is false",
            IAM,
        ),
        out(cluster_snapshot(), "engine is aurora-mysql"),
    ),
)

CLUSTERS: tuple[Case, ...] = (
    *of(
        "RDS_CLUSTER_DEFAULT_ADMIN_CHECK",
        good(cluster()),
        bad(cluster(masterUsername="admin"), "called admin", "masterUsername"),
        bad(cluster(), "called ledger_admin", "masterUsername", validAdminUserNames="dba,root"),
    ),
    *of(
        "RDS_AURORA_MYSQL_AUDIT_LOGGING_ENABLED",
        good(cluster()),
        bad(cluster(enabledCloudwatchLogsExports=["error"]), "logs audit do not go", LOGS),
        out(docdb(enabledCloudwatchLogsExports=[]), "engine is docdb"),
    ),
    *of(
        "RDS_AURORA_POSTGRESQL_LOGS_TO_CLOUDWATCH",
        good(cluster(engine="aurora-postgresql", enabledCloudwatchLogsExports=["postgresql"])),
        bad(cluster(engine="aurora-postgresql", enabledCloudwatchLogsExports=[]), "logs postgresql do not go", LOGS),
        out(cluster(), "engine is aurora-mysql"),
    ),
    *of(
        "RDS_CLUSTER_MULTI_AZ_ENABLED",
        good(cluster()),
        bad(cluster(multiAZ=False), "multiAZ is false", "multiAZ"),
    ),
    *of(
        "RDS_CLUSTER_DELETION_PROTECTION_ENABLED",
        good(cluster()),
        bad(cluster(deletionProtection=False), "deletionProtection is false", "deletionProtection"),
    ),
    *of(
        "RDS_CLUSTER_IAM_AUTHENTICATION_ENABLED",
        good(cluster()),
        bad(cluster(iamdatabaseAuthenticationEnabled=False), "AuthenticationEnabled is false", IAM),
        bad(cluster(engine="mysql", iamdatabaseAuthenticationEnabled=False), "AuthenticationEnabled is false", IAM),
        out(docdb(iamdatabaseAuthenticationEnabled=False), "engine is docdb"),
    ),
    *of(
        "RDS_CLUSTER_ENCRYPTED_AT_REST",
        good(cluster()),
        bad(cluster(storageEncrypted=False), "storageEncrypted is false", "storageEncrypted"),
    ),
    *of(
        "RDS_CLUSTER_AUTO_MINOR_VERSION_UPGRADE_ENABLE",
        good(cluster(engine="postgres")),
        bad(
            cluster(engine="mysql", autoMinorVersionUpgrade=False),
            "autoMinorVersionUpgrade is false",
            "autoMinorVersionUpgrade",
        ),
        out(cluster(autoMinorVersionUpgrade=False), "engine is aurora-mysql"),
    ),
    *of(
        "RDS_CLUSTER_BACKUP_RETENTION_CHECK",
        good(cluster()),
        bad(cluster(backupRetentionPeriod=6), "is 6, not 7 or more", "backupRetentionPeriod"),
        bad(cluster(), "is 14, not 30 or more", "backupRetentionPeriod", minimumBackupRetentionPeriod="30"),
    ),
    *of(
        "RDS_MYSQL_CLUSTER_COPY_TAGS_TO_SNAPSHOT_CHECK",
        good(cluster(engine="mysql")),
        bad(cluster(engine="mysql", copyTagsToSnapshot=False), "copyTagsToSnapshot is false", "copyTagsToSnapshot"),
        out(cluster(engine="postgres", copyTagsToSnapshot=False), "engine is postgres"),
    ),
    *of(
        "RDS_PGSQL_CLUSTER_COPY_TAGS_TO_SNAPSHOT_CHECK",
        good(cluster(engine="postgres")),
        bad(cluster(engine="postgres", copyTagsToSnapshot=False), "copyTagsToSnapshot is false", "copyTagsToSnapshot"),
        out(cluster(engine="mysql", copyTagsToSnapshot=False), "engine is mysql"),
    ),
    *of(
        "AURORA_MYSQL_BACKTRACKING_ENABLED",
        good(cluster()),
        good(cluster(), BacktrackWindowInHours="24"),
        bad(cluster(backtrackWindow=0), "backtracks nowhere", "backtrackWindow"),
        bad(cluster(), "only 24 hours back", "backtrackWindow", BacktrackWindowInHours="72"),
        out(cluster(engine="aurora-postgresql", backtrackWindow=None), "engine is aurora-postgresql"),
    ),
    *of(
        "RDS_DB_SECURITY_GROUP_NOT_ALLOWED",
        good({"dBSecurityGroupName": "default", "ownerId": "111122223333", "iPRanges": []}),
        bad({"dBSecurityGroupName": "office", "iPRanges": []}, "is office, not default", "dBSecurityGroupName"),
    ),
    *of(
        "AURORA_GLOBAL_DATABASE_ENCRYPTION_AT_REST",
        good({"GlobalClusterIdentifier": "world", "Engine": "aurora-mysql", "StorageEncrypted": True}),
        bad({"GlobalClusterIdentifier": "world", "StorageEncrypted": False}, "is false, not true", "StorageEncrypted"),
    ),
    *of(
        "AURORA_GLOBAL_DATABASE_DELETION_PROTECTION_ENABLED",
        good({"GlobalClusterIdentifier": "world", "DeletionProtection": True}),
        bad({"GlobalClusterIdentifier": "world", "DeletionProtection": False}, "is false", "DeletionProtection"),
    ),
)

GRAPHS_AND_DOCUMENTS: tuple[Case, ...] = (
    *of(
        "NEPTUNE_CLUSTER_CLOUDWATCH_LOG_EXPORT_ENABLED",
        good(neptune()),
        bad(neptune(enabledCloudwatchLogsExports=[]), "logs audit do not go", LOGS),
        out(cluster(enabledCloudwatchLogsExports=[]), "engine is aurora-mysql"),
    ),
    *of(
        "NEPTUNE_CLUSTER_ENCRYPTED",
        good(neptune()),
        good(neptune(), KmsKeyArns=f"{OTHER_KEY},{KEY}"),
        bad(neptune(storageEncrypted=False), "storageEncrypted is false", "storageEncrypted"),
        bad(neptune(), f"not the key {OTHER_KEY}", "kmsKeyId", KmsKeyArns=OTHER_KEY),
        out(docdb(storageEncrypted=False), "engine is docdb"),
    ),
    *of(
        "NEPTUNE_CLUSTER_IAM_DATABASE_AUTHENTICATION",
        good(neptune()),
        bad(neptune(iamdatabaseAuthenticationEnabled=False), "AuthenticationEnabled is false", IAM),
        out(cluster(iamdatabaseAuthenticationEnabled=False), "engine is aurora-mysql"),
    ),
    *of(
        "NEPTUNE_CLUSTER_BACKUP_RETENTION_CHECK",
        good(neptune()),
        bad(neptune(backupRetentionPeriod=1), "is 1, not 7 or more", "backupRetentionPeriod"),
        bad(neptune(), "is 14, not 21 or more", "backupRetentionPeriod", minimumBackupRetentionPeriod="21"),
        out(cluster(backupRetentionPeriod=1), "engine is aurora-mysql"),
    ),
    *of(
        "NEPTUNE_CLUSTER_DELETION_PROTECTION_ENABLED",
        good(neptune()),
        bad(neptune(deletionProtection=False), "deletionProtection is false", "deletionProtection"),
        out(cluster(deletionProtection=False), "engine is aurora-mysql"),
    ),
    *of(
        "NEPTUNE_CLUSTER_COPY_TAGS_TO_SNAPSHOT_ENABLED",
        good(neptune()),
        bad(neptune(copyTagsToSnapshot=False), "copyTagsToSnapshot is false", "copyTagsToSnapshot"),
        out(cluster(copyTagsToSnapshot=False), "engine is aurora-mysql"),
    ),
    *of(
        "NEPTUNE_CLUSTER_MULTI_AZ_ENABLED",
        good(neptune()),
        bad(neptune(multiAZ=False), "multiAZ is false", "multiAZ"),
        out(cluster(multiAZ=False), "engine is aurora-mysql"),
    ),
    *of(
        "DOCDB_CLUSTER_AUDIT_LOGGING_ENABLED",
        good(docdb()),
        bad(docdb(enabledCloudwatchLogsExports=["profiler"]), "logs audit do not go", LOGS),
        out(neptune(enabledCloudwatchLogsExports=[]), "engine is neptune"),
    ),
    *of(
        "DOCDB_CLUSTER_ENCRYPTED",
        good(docdb()),
        bad(docdb(storageEncrypted=False), "storageEncrypted is false", "storageEncrypted"),
        bad(docdb(), f"not the key {OTHER_KEY}", "kmsKeyId", kmsKeyArns=OTHER_KEY),
        out(neptune(storageEncrypted=False), "engine is neptune"),
    ),
    *of(
        "DOCDB_CLUSTER_BACKUP_RETENTION_CHECK",
        good(docdb()),
        bad(docdb(backupRetentionPeriod=1), "is 1, not 7 or more", "backupRetentionPeriod"),
        bad(docdb(), "is 14, not 21 or more", "backupRetentionPeriod", minimumBackupRetentionPeriod="21"),
        out(neptune(backupRetentionPeriod=1), "engine is neptune"),
    ),
    *of(
        "DOCDB_CLUSTER_DELETION_PROTECTION_ENABLED",
        good(docdb()),
        bad(docdb(deletionProtection=False), "deletionProtection is false", "deletionProtection"),
        out(neptune(deletionProtection=False), "engine is neptune"),
    ),
    *of(
        "RDS_PROXY_TLS_ENCRYPTION",
        good({"dBProxyName": "pool", "engineFamily": "POSTGRESQL", "requireTLS": True}),
        bad({"dBProxyName": "pool", "requireTLS": False}, "requireTLS is false", "requireTLS"),
    ),
)

CASES = INSTANCES + SNAPSHOTS + CLUSTERS + GRAPHS_AND_DOCUMENTS


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_over_databases_decides(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_all_it_needs(case: Case) -> None:
    prove_reads(case)


def test_every_rule_over_databases_has_its_cases() -> None:
    assert missing("databases", CASES) == []

"""Managed rules over RDS, Aurora, Neptune, DocumentDB, DynamoDB, ElastiCache and DAX."""

from __future__ import annotations

from backend.model.item import Document
from backend.rules.expectations import (
    NOT_TRUE,
    PRESENT,
    TRUE,
    among,
    at_least,
    at_least_given,
    equal_to,
    key_among,
    none_of,
    one_of,
    starting_with,
)
from backend.rules.reading import body, listed, number, objects, parsed, split_csv, supplemented, unpacked
from backend.rules.table import Need, need, rule
from backend.rules.verdict import FINE, Check, ItemCheck, Parameters, Reason, Surroundings, Verdict, bad, out_of_scope

_CLUSTERED = ("aurora", "aurora-mysql", "aurora-postgresql", "neptune", "docdb")
"""Engines whose instances belong to a cluster, which has the setting instead."""
_OWN = need("engine", none_of(*_CLUSTERED))
_AURORA = need("engine", starting_with("aurora"))
_AURORA_MYSQL = need("engine", one_of("aurora", "aurora-mysql"))
_NEPTUNE = need("engine", one_of("neptune"))
_DOCUMENT = need("engine", one_of("docdb"))
_DEFAULT_ADMINS = ("admin", "postgres")

_LOGS = {
    "mysql": ("audit", "error", "general", "slowquery"),
    "mariadb": ("audit", "error", "general", "slowquery"),
    "postgres": ("postgresql", "upgrade"),
    "oracle": ("alert", "audit", "listener", "trace"),
    "sqlserver": ("agent", "error"),
    "aurora-mysql": ("audit", "error", "general", "slowquery"),
    "aurora-postgresql": ("postgresql",),
    "aurora": ("audit", "error", "general", "slowquery"),
}
"""The logs each engine can send to CloudWatch."""


def _logging(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    database = body(item)
    engine = str(database.get("engine") or "")
    name = next((name for name in sorted(_LOGS, key=len, reverse=True) if engine.startswith(name)), "")
    if not name:
        return out_of_scope(f"The engine {engine} sends no logs.")
    sent = listed(database.get("enabledCloudwatchLogsExports"))
    missing = [log for log in _LOGS[name] if log not in sent]
    if missing:
        reason = Reason("configuration.enabledCloudwatchLogsExports", list(sent), ", ".join(_LOGS[name]))
        return bad(f"The instance does not send the logs {', '.join(missing)}.", reason)
    return FINE


def _sends(engine: Need, logs: tuple[str, ...]) -> ItemCheck:
    def judge(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
        database = body(item)
        if not engine.expected.holds(database.get("engine"), parameters):
            return out_of_scope(f"The engine is {database.get('engine')}.")
        sent = listed(database.get("enabledCloudwatchLogsExports"))
        missing = [log for log in split_csv(parameters.get("logTypes") or "") or logs if log not in sent]
        if missing:
            reason = Reason("configuration.enabledCloudwatchLogsExports", list(sent), ", ".join(logs))
            return bad(f"The logs {', '.join(missing)} are not sent.", reason)
        return FINE

    return judge


_SENT = ("configuration.engine", "configuration.enabledCloudwatchLogsExports")


def _not_shared(part: str, only: Need | None = None) -> ItemCheck:
    """A snapshot that not everybody may restore."""

    def judge(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
        if only is not None and not only.expected.holds(body(item).get("engine"), parameters):
            return out_of_scope(f"The engine is {body(item).get('engine')}.")
        names = ("DBSnapshotAttributes", "DBClusterSnapshotAttributes") if not part else (part,)
        for name in names:
            for place, each in enumerate(objects(unpacked(supplemented(item, name)))):
                if each.get("attributeName") == "restore" and "all" in listed(each.get("attributeValues")):
                    path = f"supplementaryConfiguration.{name}.{place}.attributeValues"
                    return bad(
                        "Everybody may restore the snapshot.",
                        Reason(path, each.get("attributeValues"), "a list without all"),
                    )
        return FINE

    return judge


_SHARING = ("supplementaryConfiguration.DBSnapshotAttributes", "supplementaryConfiguration.DBClusterSnapshotAttributes")


def _backed_up(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    database = body(item)
    if (
        database.get("readReplicaSourceDBInstanceIdentifier")
        and str(parameters.get("checkReadReplicas")).lower() != "true"
    ):
        return out_of_scope("The instance is a read replica.")
    days = number(database.get("backupRetentionPeriod")) or 0
    path = "configuration.backupRetentionPeriod"
    if days == 0:
        return bad("The instance is not backed up.", Reason(path, days, "1 or more"))
    exact, least = (
        number(parameters.get("backupRetentionPeriod") or ""),
        number(parameters.get("backupRetentionMinimum") or ""),
    )
    if exact is not None and days < exact:
        return bad(f"Backups are kept {days:g} days, not {exact:g}.", Reason(path, days, f"{exact:g} or more"))
    if least is not None and days < least:
        return bad(f"Backups are kept {days:g} days, not {least:g}.", Reason(path, days, f"{least:g} or more"))
    window = parameters.get("preferredBackupWindow")
    if window and database.get("preferredBackupWindow") != window:
        found = database.get("preferredBackupWindow")
        return bad(f"Backups are made at {found}.", Reason("configuration.preferredBackupWindow", found, window))
    return FINE


def _default_admin(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    name = str(body(item).get("masterUsername") or "")
    allowed = split_csv(parameters.get("validAdminUserNames") or "")
    if (allowed and name not in allowed) or (not allowed and name in _DEFAULT_ADMINS):
        wanted = f"one of {', '.join(allowed)}" if allowed else f"not {' or '.join(_DEFAULT_ADMINS)}"
        return bad(f"The administrator is called {name}.", Reason("configuration.masterUsername", name, wanted))
    return FINE


def _dynamo_key(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    member, encryption = _encryption_of(item)
    path = f"configuration.{member}"
    if str(encryption.get("sSEType") or encryption.get("ssetype")) != "KMS" or str(encryption.get("status")) not in (
        "ENABLED",
        "UPDATING",
    ):
        return bad("The table is not encrypted with a KMS key.", Reason(path, dict(encryption) or None, "KMS"))
    wanted, key = key_among("kmsKeyArns"), encryption.get("kMSMasterKeyArn") or encryption.get("kmsmasterKeyArn")
    if wanted.asked(parameters) and not wanted.holds(key, parameters):
        return bad(
            "The table is encrypted with another key than those allowed.", Reason(path, key, wanted.words(parameters))
        )
    return FINE


def _encryption_of(item: Document) -> tuple[str, Document]:
    table = body(item)
    for member in ("ssedescription", "sSEDescription"):
        if member in table:
            return member, parsed(table[member])
    return "ssedescription", {}


_SSE = ("configuration.ssedescription", "configuration.sSEDescription")


def _autoscaling(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    table = body(item)
    if parsed(table.get("billingModeSummary")).get("billingMode") == "PAY_PER_REQUEST":
        return FINE
    name = f"table/{table.get('tableName')}"
    scaled = {
        str(body(target).get("scalableDimension")): body(target)
        for target in around.resources("AWS::ApplicationAutoScaling::ScalableTarget")
        if body(target).get("resourceId") == name
    }
    for way, least, most in (
        ("Read", "minProvisionedReadCapacity", "maxProvisionedReadCapacity"),
        ("Write", "minProvisionedWriteCapacity", "maxProvisionedWriteCapacity"),
    ):
        target = scaled.get(f"dynamodb:table:{way}CapacityUnits")
        if target is None:
            return bad(
                f"The {way.lower()} capacity does not scale.", Reason("", None, "on demand, or a scaling target")
            )
        low, high = number(parameters.get(least) or ""), number(parameters.get(most) or "")
        if low is not None and (number(target.get("minCapacity")) or 0) < low:
            return bad(
                f"{way} capacity may go below {low:g}.", Reason("", target.get("minCapacity"), f"{low:g} or more")
            )
        if high is not None and (number(target.get("maxCapacity")) or 0) > high:
            return bad(
                f"{way} capacity may go above {high:g}.", Reason("", target.get("maxCapacity"), f"{high:g} or less")
            )
    return FINE


_PUBLIC = need("publiclyAccessible", NOT_TRUE)
_COPY = need("copyTagsToSnapshot", TRUE)
_PROTECTED = need("deletionProtection", TRUE)
_CLUSTER_ENCRYPTED = need("storageEncrypted", TRUE)
_CLUSTER_IAM = need("iamdatabaseAuthenticationEnabled|iAMDatabaseAuthenticationEnabled", TRUE)
_ENABLED = one_of("enabled")

CHECKS = (
    rule(
        "RDS_STORAGE_ENCRYPTED",
        "The storage is encrypted, with the key of kmsKeyId if given.",
        need("storageEncrypted", TRUE),
        need("kmsKeyId", key_among("kmsKeyId")),
    ),
    rule("RDS_INSTANCE_PUBLIC_ACCESS_CHECK", "The instance is not reachable from the internet.", _PUBLIC),
    rule("RDS_MULTI_AZ_SUPPORT", "The instance stands by in another zone.", need("multiAZ", TRUE), only=(_OWN,)),
    rule(
        "RDS_INSTANCE_DELETION_PROTECTION_ENABLED",
        "Deletion protection is on.",
        _PROTECTED,
        only=(_OWN, need("engine", among("databaseEngines"))),
    ),
    rule(
        "RDS_ENHANCED_MONITORING_ENABLED",
        "Enhanced monitoring is on, at monitoringInterval if given.",
        need("monitoringInterval", at_least(1)),
        need("monitoringInterval", equal_to("monitoringInterval")),
    ),
    rule(
        "RDS_AUTOMATIC_MINOR_VERSION_UPGRADE_ENABLED",
        "Minor versions are taken by themselves.",
        need("autoMinorVersionUpgrade", TRUE),
    ),
    rule(
        "RDS_INSTANCE_IAM_AUTHENTICATION_ENABLED",
        "IAM may sign in.",
        need("iAMDatabaseAuthenticationEnabled|iamdatabaseAuthenticationEnabled", TRUE),
        only=(need("engine", one_of("mysql", "postgres", "mariadb", "aurora", "aurora-mysql", "aurora-postgresql")),),
    ),
    Check(
        "RDS_INSTANCE_DEFAULT_ADMIN_CHECK",
        "The administrator has a name of its own.",
        item=_default_admin,
        reads=("configuration.masterUsername",),
    ),
    Check(
        "RDS_CLUSTER_DEFAULT_ADMIN_CHECK",
        "The administrator has a name of its own.",
        item=_default_admin,
        reads=("configuration.masterUsername",),
    ),
    Check("RDS_LOGGING_ENABLED", "All logs of the engine go to CloudWatch.", item=_logging, reads=_SENT),
    Check(
        "RDS_POSTGRESQL_LOGS_TO_CLOUDWATCH",
        "The logs of PostgreSQL go to CloudWatch.",
        item=_sends(need("engine", one_of("postgres")), ("postgresql",)),
        reads=_SENT,
    ),
    Check(
        "RDS_SQL_SERVER_LOGS_TO_CLOUDWATCH",
        "The logs of SQL Server go to CloudWatch.",
        item=_sends(need("engine", starting_with("sqlserver")), ("error",)),
        reads=_SENT,
    ),
    Check(
        "RDS_AURORA_MYSQL_AUDIT_LOGGING_ENABLED",
        "The audit log goes to CloudWatch.",
        item=_sends(_AURORA_MYSQL, ("audit",)),
        reads=_SENT,
    ),
    Check(
        "RDS_AURORA_POSTGRESQL_LOGS_TO_CLOUDWATCH",
        "The log goes to CloudWatch.",
        item=_sends(need("engine", one_of("aurora-postgresql")), ("postgresql",)),
        reads=_SENT,
    ),
    Check(
        "NEPTUNE_CLUSTER_CLOUDWATCH_LOG_EXPORT_ENABLED",
        "The audit log goes to CloudWatch.",
        item=_sends(_NEPTUNE, ("audit",)),
        reads=_SENT,
    ),
    Check(
        "DOCDB_CLUSTER_AUDIT_LOGGING_ENABLED",
        "The audit log goes to CloudWatch.",
        item=_sends(_DOCUMENT, ("audit",)),
        reads=_SENT,
    ),
    Check(
        "DB_INSTANCE_BACKUP_ENABLED",
        "The instance is backed up, as long as the parameters say.",
        item=_backed_up,
        reads=tuple(
            f"configuration.{name}"
            for name in ("backupRetentionPeriod", "preferredBackupWindow", "readReplicaSourceDBInstanceIdentifier")
        ),
    ),
    Check(
        "RDS_SNAPSHOTS_PUBLIC_PROHIBITED",
        "Not everybody may restore the snapshot.",
        item=_not_shared(""),
        reads=_SHARING,
    ),
    Check(
        "NEPTUNE_CLUSTER_SNAPSHOT_PUBLIC_PROHIBITED",
        "Not everybody may restore the snapshot.",
        item=_not_shared("DBClusterSnapshotAttributes", _NEPTUNE),
        reads=(*_SHARING, "configuration.engine"),
    ),
    Check(
        "DOCDB_CLUSTER_SNAPSHOT_PUBLIC_PROHIBITED",
        "Not everybody may restore the snapshot.",
        item=_not_shared("DBClusterSnapshotAttributes", _DOCUMENT),
        reads=(*_SHARING, "configuration.engine"),
    ),
    rule("RDS_SNAPSHOT_ENCRYPTED", "The snapshot is encrypted.", need("encrypted|storageEncrypted", TRUE)),
    rule(
        "NEPTUNE_CLUSTER_SNAPSHOT_ENCRYPTED",
        "The snapshot is encrypted.",
        need("storageEncrypted", TRUE),
        only=(_NEPTUNE,),
    ),
    rule("NEPTUNE_CLUSTER_SNAPSHOT_IAM_DATABASE_AUTH_ENABLED", "IAM may sign in.", _CLUSTER_IAM, only=(_NEPTUNE,)),
    rule("RDS_CLUSTER_MULTI_AZ_ENABLED", "The cluster is in several zones.", need("multiAZ", TRUE)),
    rule("RDS_CLUSTER_DELETION_PROTECTION_ENABLED", "Deletion protection is on.", _PROTECTED),
    rule("RDS_CLUSTER_IAM_AUTHENTICATION_ENABLED", "IAM may sign in.", _CLUSTER_IAM, only=(_AURORA,)),
    rule("RDS_CLUSTER_ENCRYPTED_AT_REST", "The cluster is encrypted.", _CLUSTER_ENCRYPTED),
    rule(
        "RDS_CLUSTER_AUTO_MINOR_VERSION_UPGRADE_ENABLE",
        "Minor versions are taken by themselves.",
        need("autoMinorVersionUpgrade", TRUE),
    ),
    rule(
        "RDS_CLUSTER_BACKUP_RETENTION_CHECK",
        "Backups are kept for minimumBackupRetentionPeriod days.",
        need("backupRetentionPeriod", at_least_given("minimumBackupRetentionPeriod", 7)),
    ),
    rule(
        "RDS_MYSQL_CLUSTER_COPY_TAGS_TO_SNAPSHOT_CHECK",
        "Snapshots get the tags.",
        _COPY,
        only=(need("engine", one_of("mysql")),),
    ),
    rule(
        "RDS_PGSQL_CLUSTER_COPY_TAGS_TO_SNAPSHOT_CHECK",
        "Snapshots get the tags.",
        _COPY,
        only=(need("engine", one_of("postgres")),),
    ),
    rule(
        "AURORA_MYSQL_BACKTRACKING_ENABLED",
        "Backtracking is on, for BacktrackWindowInHours if given.",
        need("backtrackWindow", at_least(1)),
        only=(_AURORA_MYSQL,),
    ),
    rule(
        "RDS_DB_SECURITY_GROUP_NOT_ALLOWED",
        "No DB security group but the default one is there.",
        need("dBSecurityGroupName|dbsecurityGroupName", one_of("default")),
    ),
    rule(
        "AURORA_GLOBAL_DATABASE_ENCRYPTION_AT_REST", "The global cluster is encrypted.", need("StorageEncrypted", TRUE)
    ),
    rule(
        "AURORA_GLOBAL_DATABASE_DELETION_PROTECTION_ENABLED",
        "Deletion protection is on.",
        need("DeletionProtection", TRUE),
    ),
    rule(
        "NEPTUNE_CLUSTER_ENCRYPTED",
        "The cluster is encrypted, with one of the keys if given.",
        _CLUSTER_ENCRYPTED,
        need("kmsKeyId", key_among("KmsKeyArns")),
        only=(_NEPTUNE,),
    ),
    rule("NEPTUNE_CLUSTER_IAM_DATABASE_AUTHENTICATION", "IAM may sign in.", _CLUSTER_IAM, only=(_NEPTUNE,)),
    rule(
        "NEPTUNE_CLUSTER_BACKUP_RETENTION_CHECK",
        "Backups are kept long enough.",
        need("backupRetentionPeriod", at_least_given("minimumBackupRetentionPeriod", 7)),
        only=(_NEPTUNE,),
    ),
    rule("NEPTUNE_CLUSTER_DELETION_PROTECTION_ENABLED", "Deletion protection is on.", _PROTECTED, only=(_NEPTUNE,)),
    rule("NEPTUNE_CLUSTER_COPY_TAGS_TO_SNAPSHOT_ENABLED", "Snapshots get the tags.", _COPY, only=(_NEPTUNE,)),
    rule(
        "NEPTUNE_CLUSTER_MULTI_AZ_ENABLED", "The cluster is in several zones.", need("multiAZ", TRUE), only=(_NEPTUNE,)
    ),
    rule(
        "DOCDB_CLUSTER_ENCRYPTED",
        "The cluster is encrypted, with one of the keys if given.",
        _CLUSTER_ENCRYPTED,
        need("kmsKeyId", key_among("kmsKeyArns")),
        only=(_DOCUMENT,),
    ),
    rule(
        "DOCDB_CLUSTER_BACKUP_RETENTION_CHECK",
        "Backups are kept long enough.",
        need("backupRetentionPeriod", at_least_given("minimumBackupRetentionPeriod", 7)),
        only=(_DOCUMENT,),
    ),
    rule("DOCDB_CLUSTER_DELETION_PROTECTION_ENABLED", "Deletion protection is on.", _PROTECTED, only=(_DOCUMENT,)),
    rule(
        "DYNAMODB_PITR_ENABLED",
        "The table can be restored to any point in time.",
        need(
            "supplementaryConfiguration.ContinuousBackupsDescription.pointInTimeRecoveryDescription.pointInTimeRecoveryStatus",
            one_of("ENABLED"),
        ),
    ),
    Check(
        "DYNAMODB_TABLE_ENCRYPTED_KMS",
        "The table is encrypted with a KMS key, one of kmsKeyArns if given.",
        item=_dynamo_key,
        reads=_SSE,
    ),
    rule(
        "DYNAMODB_TABLE_ENCRYPTION_ENABLED",
        "The table is encrypted with a key of KMS.",
        need("ssedescription|sSEDescription.status", one_of("ENABLED", "ENABLING", "UPDATING")),
    ),
    rule(
        "DYNAMODB_TABLE_DELETION_PROTECTION_ENABLED",
        "Deletion protection is on.",
        need("deletionProtectionEnabled", TRUE),
    ),
    Check(
        "DYNAMODB_AUTOSCALING_ENABLED",
        "The table is on demand, or its capacity scales within the limits.",
        item=_autoscaling,
        reads=("configuration.billingModeSummary", "configuration.tableName"),
        around=True,
    ),
    rule(
        "ELASTICACHE_REDIS_CLUSTER_AUTOMATIC_BACKUP_CHECK",
        "Snapshots are kept for snapshotRetentionPeriod days.",
        need("snapshotRetentionLimit", at_least_given("snapshotRetentionPeriod", 15)),
        only=(need("engine", none_of("memcached")),),
    ),
    rule(
        "ELASTICACHE_AUTOMATIC_BACKUP_CHECK_ENABLED",
        "Snapshots are kept for snapshotRetentionPeriod days.",
        need("snapshotRetentionLimit", at_least_given("snapshotRetentionPeriod", 15)),
        only=(need("engine", none_of("memcached")),),
    ),
    rule(
        "ELASTICACHE_AUTO_MINOR_VERSION_UPGRADE_CHECK",
        "Minor versions are taken by themselves.",
        need("autoMinorVersionUpgrade", TRUE),
    ),
    rule(
        "ELASTICACHE_REPL_GRP_ENCRYPTED_AT_REST",
        "The group is encrypted, with one of the keys if given.",
        need("atRestEncryptionEnabled", TRUE),
        need("kmsKeyId", key_among("approvedKMSKeyIds")),
    ),
    rule(
        "ELASTICACHE_REPL_GRP_ENCRYPTED_IN_TRANSIT",
        "What comes and goes is encrypted.",
        need("transitEncryptionEnabled", TRUE),
    ),
    rule(
        "ELASTICACHE_REPL_GRP_AUTO_FAILOVER_ENABLED",
        "Another node takes over by itself.",
        need("automaticFailover", _ENABLED),
    ),
    rule("ELASTICACHE_REPL_GRP_REDIS_AUTH_ENABLED", "A token is asked for.", need("authTokenEnabled", TRUE)),
    rule(
        "ELASTICACHE_SUBNET_GROUP_CHECK",
        "The cluster has a subnet group of its own.",
        need("cacheSubnetGroupName", PRESENT),
        need("cacheSubnetGroupName", none_of("default")),
    ),
    rule("DAX_ENCRYPTION_ENABLED", "The cluster is encrypted.", need("sSEDescription.status", one_of("ENABLED"))),
    rule(
        "DAX_TLS_ENDPOINT_ENCRYPTION",
        "The cluster is reached by TLS.",
        need("clusterEndpointEncryptionType", one_of("TLS")),
    ),
    rule("RDS_PROXY_TLS_ENCRYPTION", "The proxy asks for TLS.", need("requireTLS", TRUE)),
)

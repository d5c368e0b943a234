"""Managed rules over RDS, Aurora, Neptune and DocumentDB."""

from __future__ import annotations

from collections.abc import Iterable

from backend.model.item import Document
from backend.rules.expectations import (
    NOT_TRUE,
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
from backend.rules.table import Need, need, rule, sentence, unmet
from backend.rules.verdict import FINE, Check, ItemCheck, Parameters, Reason, Surroundings, Verdict, bad, out_of_scope

_CLUSTERED = ("aurora", "aurora-mysql", "aurora-postgresql", "neptune", "docdb")
"""Engines whose instances belong to a cluster, which has the setting instead."""
_OWN = need("engine", none_of(*_CLUSTERED))
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


_SETTLED = ("available", "backing-up", "storage-optimization", "storage-full")
"""The states in which the logs of an instance are judged (developer guide, rds-logging-enabled)."""


def _logging(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    database = body(item)
    status = database.get("dBInstanceStatus")
    if status is not None and status not in _SETTLED:
        return out_of_scope(f"The instance is {status}.")
    engine = str(database.get("engine") or "")
    name = next((name for name in sorted(_LOGS, key=len, reverse=True) if engine.startswith(name)), "")
    if not name:
        return out_of_scope(f"The engine {engine} sends no logs.")
    return _sent(database, (*_LOGS[name], *_more_logs(parameters.get("additionalLogs") or "", engine)))


def _more_logs(text: str, engine: str) -> list[str]:
    """The logs that additionalLogs adds for an engine: `oracle: alert, trace; mysql: audit`, or an object of JSON."""
    pairs: Document = parsed(text) or dict(part.split(":", 1) for part in text.split(";") if ":" in part)
    starts = ((name.strip(), str(logs)) for name, logs in pairs.items())
    return [log for name, logs in starts if name and engine.startswith(name) for log in split_csv(logs)]


def _sent(database: Document, wanted: Iterable[str]) -> Verdict:
    sent = listed(database.get("enabledCloudwatchLogsExports"))
    missing = [log for log in wanted if log not in sent]
    if not missing:
        return FINE
    reason = Reason("configuration.enabledCloudwatchLogsExports", list(sent), f"a list with {', '.join(wanted)}")
    return bad(f"The logs {', '.join(missing)} do not go to CloudWatch.", reason)


def _sends(*logs: str) -> ItemCheck:
    def judge(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
        return _sent(body(item), split_csv(parameters.get("logTypes") or "") or logs)

    return judge


_SENT = ("configuration.engine", "configuration.enabledCloudwatchLogsExports")


def _only(limit: Need, check: ItemCheck) -> ItemCheck:
    """A check for the databases of an engine."""

    def judge(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
        reasons = unmet(limit, item, parameters)
        return out_of_scope(sentence(reasons), *reasons) if reasons else check(item, parameters, around)

    return judge


def _not_shared(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    """A snapshot that not everybody may restore."""
    for name in ("DBSnapshotAttributes", "DBClusterSnapshotAttributes"):
        for place, each in enumerate(objects(unpacked(supplemented(item, name)))):
            if each.get("attributeName") == "restore" and "all" in listed(each.get("attributeValues")):
                path = f"supplementaryConfiguration.{name}.{place}.attributeValues"
                reason = Reason(path, each.get("attributeValues"), "a list without all")
                return bad("Everybody may restore the snapshot.", reason)
    return FINE


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


def _backtracks(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    seconds = number(body(item).get("backtrackWindow")) or 0
    hours = number(parameters.get("BacktrackWindowInHours") or "")
    least = 1 if hours is None else hours * 3600
    if seconds >= least:
        return FINE
    wanted = "a window in seconds" if hours is None else f"{least:g} seconds ({hours:g} hours) or more"
    said = f"only {seconds / 3600:g} hours back" if seconds else "nowhere"
    return bad(f"The cluster backtracks {said}.", Reason("configuration.backtrackWindow", seconds, wanted))


_PUBLIC = need("publiclyAccessible", NOT_TRUE)
_COPY = need("copyTagsToSnapshot", TRUE)
_PROTECTED = need("deletionProtection", TRUE)
_CLUSTER_ENCRYPTED = need("storageEncrypted", TRUE)
_CLUSTER_IAM = need("iamdatabaseAuthenticationEnabled|iAMDatabaseAuthenticationEnabled", TRUE)

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
    Check(
        "RDS_LOGGING_ENABLED",
        "All logs of the engine go to CloudWatch.",
        item=_logging,
        reads=(*_SENT, "configuration.dBInstanceStatus"),
    ),
    Check(
        "RDS_POSTGRESQL_LOGS_TO_CLOUDWATCH",
        "The logs of PostgreSQL go to CloudWatch.",
        item=_only(need("engine", one_of("postgres")), _sends("postgresql")),
        reads=_SENT,
    ),
    Check(
        "RDS_SQL_SERVER_LOGS_TO_CLOUDWATCH",
        "The logs of SQL Server go to CloudWatch.",
        item=_only(need("engine", starting_with("sqlserver")), _sends("error", "agent")),
        reads=_SENT,
    ),
    Check(
        "RDS_AURORA_MYSQL_AUDIT_LOGGING_ENABLED",
        "The audit log goes to CloudWatch.",
        item=_only(_AURORA_MYSQL, _sends("audit")),
        reads=_SENT,
    ),
    Check(
        "RDS_AURORA_POSTGRESQL_LOGS_TO_CLOUDWATCH",
        "The log goes to CloudWatch.",
        item=_only(need("engine", one_of("aurora-postgresql")), _sends("postgresql")),
        reads=_SENT,
    ),
    Check(
        "NEPTUNE_CLUSTER_CLOUDWATCH_LOG_EXPORT_ENABLED",
        "The audit log goes to CloudWatch.",
        item=_only(_NEPTUNE, _sends("audit")),
        reads=_SENT,
    ),
    Check(
        "DOCDB_CLUSTER_AUDIT_LOGGING_ENABLED",
        "The audit log goes to CloudWatch.",
        item=_only(_DOCUMENT, _sends("audit")),
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
        item=_not_shared,
        reads=_SHARING,
    ),
    Check(
        "NEPTUNE_CLUSTER_SNAPSHOT_PUBLIC_PROHIBITED",
        "Not everybody may restore the snapshot.",
        item=_only(_NEPTUNE, _not_shared),
        reads=(*_SHARING, "configuration.engine"),
    ),
    Check(
        "DOCDB_CLUSTER_SNAPSHOT_PUBLIC_PROHIBITED",
        "Not everybody may restore the snapshot.",
        item=_only(_DOCUMENT, _not_shared),
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
    rule(
        "RDS_CLUSTER_IAM_AUTHENTICATION_ENABLED",
        "IAM may sign in.",
        _CLUSTER_IAM,
        only=(need("engine", none_of("neptune", "docdb")),),
    ),
    rule("RDS_CLUSTER_ENCRYPTED_AT_REST", "The cluster is encrypted.", _CLUSTER_ENCRYPTED),
    rule(
        "RDS_CLUSTER_AUTO_MINOR_VERSION_UPGRADE_ENABLE",
        "Minor versions of a Multi-AZ cluster are taken by themselves.",
        need("autoMinorVersionUpgrade", TRUE),
        only=(need("engine", one_of("mysql", "postgres")),),
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
    Check(
        "AURORA_MYSQL_BACKTRACKING_ENABLED",
        "Backtracking is on, for BacktrackWindowInHours if given.",
        item=_only(_AURORA_MYSQL, _backtracks),
        reads=("configuration.engine", "configuration.backtrackWindow"),
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
    rule("RDS_PROXY_TLS_ENCRYPTION", "The proxy asks for TLS.", need("requireTLS", TRUE)),
)

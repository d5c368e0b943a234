"""Managed rules over DynamoDB, ElastiCache and DAX."""

from __future__ import annotations

from collections.abc import Iterator

from backend.model.item import Document, Json
from backend.rules.expectations import PRESENT, TRUE, at_least_given, key_among, none_of, one_of
from backend.rules.reading import body, listed, number, objects, parsed, truth
from backend.rules.table import need, rule
from backend.rules.verdict import FINE, Check, Parameters, Reason, Surroundings, Verdict, bad


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


_TARGET, _POLICY = "AWS::ApplicationAutoScaling::ScalableTarget", "AWS::ApplicationAutoScaling::ScalingPolicy"
_ON_DEMAND = "PAY_PER_REQUEST"


def _autoscaling(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    table = body(item)
    if parsed(table.get("billingModeSummary")).get("billingMode") == _ON_DEMAND:
        return FINE
    name = f"table/{table.get('tableName')}"
    indexes = [f"{name}/index/{each.get('indexName')}" for each in objects(table.get("globalSecondaryIndexes"))]
    for scaled, kind in ((name, "table"), *((index, "index") for index in indexes)):
        for way in ("Read", "Write"):
            dimension = f"dynamodb:{kind}:{way}CapacityUnits"
            target = _scaling(_TARGET, scaled, dimension, around)
            use = number(parameters.get(f"target{way}Utilization") or "")
            policy = None if use is None else _scaling(_POLICY, scaled, dimension, around)
            reason = _scales_badly(way, target, policy or {}, parameters)
            if reason is not None:
                return bad(f"{way} capacity of {scaled} is {_said(reason)}, not {reason.expected}.", reason)
    return FINE


def _scaled(scaling: Document) -> Iterator[Json]:
    yield body(scaling).get("resourceId")


def _scaling(kind: str, scaled: str, dimension: str, around: Surroundings) -> Document | None:
    """What Application Auto Scaling holds of a kind for one dimension of a table or index."""
    held = (body(one) for one in around.keyed(kind, _scaled).get(scaled, ()))
    return next((each for each in held if each.get("scalableDimension") == dimension), None)


def _scales_badly(way: str, target: Document | None, policy: Document, parameters: Parameters) -> Reason | None:
    if target is None:
        return Reason("", None, "on demand, or scaled")
    low = number(parameters.get(f"minProvisioned{way}Capacity") or "")
    high = number(parameters.get(f"maxProvisioned{way}Capacity") or "")
    use = number(parameters.get(f"target{way}Utilization") or "")
    least, most = target.get("minCapacity"), target.get("maxCapacity")
    tracked = parsed(policy.get("targetTrackingScalingPolicyConfiguration")).get("targetValue")
    if low is not None and (number(least) or 0) < low:
        return Reason("", least, f"{low:g} or more")
    if high is not None and (number(most) or 0) > high:
        return Reason("", most, f"{high:g} or less")
    if use is not None and number(tracked) != use:
        return Reason("", tracked, f"used to {use:g} per cent")
    return None


def _said(reason: Reason) -> str:
    return "fixed" if reason.found is None else str(reason.found)


def _own_id(node: Document) -> Iterator[Json]:
    yield node.get("resourceId")


def _token(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    """Nodes from version 6 on have access control lists instead of a token (developer guide)."""
    group = body(item)
    if truth(group.get("authTokenEnabled")) is True:
        return FINE
    known = around.keyed("AWS::ElastiCache::CacheCluster", _own_id)
    members = (node for member in listed(group.get("memberClusters")) for node in known.get(str(member), ()))
    versions = [str(body(node).get("engineVersion")) for node in members]
    if versions and all(_major(version) >= 6 for version in versions):
        return FINE
    return bad("The group asks for no token.", Reason("configuration.authTokenEnabled", False, "true"))


def _major(version: str) -> float:
    return number(version.partition(".")[0]) or 0


_ENABLED = one_of("enabled")

CHECKS = (
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
        reads=tuple(f"configuration.{name}" for name in ("billingModeSummary", "tableName", "globalSecondaryIndexes")),
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
        need("snapshotRetentionLimit", at_least_given("snapshotRetentionPeriod", 1)),
        only=(need("engine", none_of("memcached")),),
    ),
    rule(
        "ELASTICACHE_AUTO_MINOR_VERSION_UPGRADE_CHECK",
        "Minor versions of Redis or Valkey are taken by themselves.",
        need("autoMinorVersionUpgrade", TRUE),
        only=(need("engine", one_of("redis", "valkey")),),
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
    Check(
        "ELASTICACHE_REPL_GRP_REDIS_AUTH_ENABLED",
        "A token is asked for, or nodes are new enough for access control lists.",
        item=_token,
        reads=("configuration.authTokenEnabled", "configuration.memberClusters"),
        around=True,
    ),
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
)

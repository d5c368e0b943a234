"""Managed rules over what S3 buckets hold: versions, encryption, copies, and how long it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from backend.model.item import Document
from backend.rules.expectations import PRESENT, TRUE, equal_to, one_of
from backend.rules.managed.bucket_access import bucket_policy
from backend.rules.managed.policies import everybody, matches, statements
from backend.rules.reading import (
    listed,
    number,
    objects,
    parsed,
    same_key,
    split_csv,
    supplement,
    supplemented,
    truth,
    unpacked,
)
from backend.rules.table import need, rule
from backend.rules.verdict import FINE, CannotTell, Check, Parameters, Reason, Surroundings, Verdict, bad, out_of_scope

_BUCKET = "AWS::S3::Bucket"
_ENCRYPTION = "supplementaryConfiguration.ServerSideEncryptionConfiguration"
_AFAR, _NEAR = "CROSS-REGION", "SAME-REGION"


def _versioning(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    state = supplement(item, "BucketVersioningConfiguration")
    path = "supplementaryConfiguration.BucketVersioningConfiguration"
    if state.get("status") != "Enabled":
        return bad("Versioning is not enabled.", Reason(f"{path}.status", state.get("status"), "Enabled"))
    if truth(parameters.get("isMfaDeleteEnabled") or "") and not state.get("isMfaDeleteEnabled"):
        reason = Reason(f"{path}.isMfaDeleteEnabled", state.get("isMfaDeleteEnabled"), "true")
        return bad("Versioning is enabled, MFA delete is not.", reason)
    return FINE


def _encrypted(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    if encryption_rules(item):
        return FINE
    for statement in statements(bucket_policy(item), "Deny"):
        if everybody(statement.get("Principal")) and "s3:x-amz-server-side-encryption" in str(
            statement.get("Condition")
        ):
            return FINE
    return bad(
        "Default encryption is not set, and the policy does not ask for it.",
        Reason(_ENCRYPTION, None, "a rule for default encryption"),
    )


def encryption_rules(item: Document) -> list[Document]:
    """The default encryption of a bucket."""
    settings = supplement(item, "ServerSideEncryptionConfiguration")
    return [
        parsed(each.get("applyServerSideEncryptionByDefault") or each.get("ApplyServerSideEncryptionByDefault"))
        for each in objects(settings.get("rules") or settings.get("Rules"))
    ]


def _encrypted_by_kms(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    if item.get("resourceType") != "AWS::S3::Bucket":
        return out_of_scope("Keys are looked at through the buckets that use them.")
    allowed = split_csv(parameters.get("kmsKeyArns") or "")
    for each in encryption_rules(item):
        kind, key = each.get("sseAlgorithm"), each.get("kmsMasterKeyID")
        if kind in ("aws:kms", "aws:kms:dsse"):
            if allowed and not any(same_key(wanted, key) for wanted in allowed):
                return bad(
                    "The bucket is encrypted with another key than those allowed.",
                    Reason(_ENCRYPTION, key, f"one of {', '.join(allowed)}"),
                )
            return FINE
    kinds = [each.get("sseAlgorithm") for each in encryption_rules(item)]
    return bad("The bucket is not encrypted with a KMS key.", Reason(_ENCRYPTION, kinds or None, "aws:kms"))


def _replicated(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    return _copied(item, (parameters.get("ReplicationType") or "").upper(), around)


def _replicated_afar(item: Document, _: Parameters, around: Surroundings) -> Verdict:
    return _copied(item, _AFAR, around)


def _copied(item: Document, kind: str, around: Surroundings) -> Verdict:
    """Where a copy lies only the item of its bucket tells. Raises `CannotTell`."""
    settings = supplement(item, "BucketReplicationConfiguration")
    active = [each for each in _each_rule(settings.get("rules")) if str(each.get("status")).lower() == "enabled"]
    path = "supplementaryConfiguration.BucketReplicationConfiguration"
    if not active:
        return bad("No replication rule is enabled.", Reason(path, None, "an enabled replication rule"))
    if kind not in (_AFAR, _NEAR):
        return FINE
    unknown = ""
    for each in active:
        target = parsed(each.get("destinationConfig"))
        name = str(target.get("bucketARN") or target.get("bucket")).rpartition(":")[2]
        region = next((one.get("awsRegion") for one in around.resources(_BUCKET) if _name(one) == name), None)
        if region is None:
            unknown = name
        elif (region != item.get("awsRegion")) == (kind == _AFAR):
            return FINE
    if unknown:
        raise CannotTell(f"It is not known in which region the bucket {unknown} is.")
    where = "another region" if kind == _AFAR else "its own region"
    return bad(f"The bucket is not replicated to {where}.", Reason(path, None, f"a rule with a bucket in {where}"))


def _name(bucket: Document) -> object:
    return bucket.get("resourceName") or bucket.get("resourceId")


def _each_rule(rules: object) -> Iterable[Document]:
    """Rules as a list, or as a map from their names."""
    if isinstance(rules, dict):
        return [each for each in rules.values() if isinstance(each, dict)]
    return [each for each in rules if isinstance(each, dict)] if isinstance(rules, list) else []


def _lifecycle(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    only = split_csv(parameters.get("bucketNames") or "")
    if only and item.get("resourceId") not in only:
        return out_of_scope("The bucket is none of bucketNames.")
    rules = [each for each in _lifecycle_rules(item) if str(each.get("status")).lower() == "enabled"]
    prefix = parameters.get("targetPrefix")
    if prefix:
        rules = [each for each in rules if prefix in _prefixes(each)]
    expiring = number(parameters.get("targetExpirationDays") or "")
    if expiring is not None:
        rules = [each for each in rules if number(each.get("expirationInDays")) == expiring]
    moving, storage = (
        number(parameters.get("targetTransitionDays") or ""),
        parameters.get("targetTransitionStorageClass"),
    )
    if moving is not None or storage:
        rules = [
            each
            for each in rules
            if any(
                (moving is None or number(step.get("days")) == moving)
                and (not storage or str(step.get("storageClass")).lower() == storage.lower())
                for step in objects(each.get("transitions"))
            )
        ]
    if rules:
        return FINE
    path = "supplementaryConfiguration.BucketLifecycleConfiguration"
    return bad("No enabled lifecycle rule is as asked for.", Reason(path, None, "an enabled lifecycle rule"))


def _version_lifecycle(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    only = split_csv(parameters.get("bucketNames") or "")
    if only and item.get("resourceId") not in only:
        return out_of_scope("The bucket is none of bucketNames.")
    if supplement(item, "BucketVersioningConfiguration").get("status") != "Enabled":
        return out_of_scope("The bucket has no versions.")
    if any(str(each.get("status")).lower() == "enabled" for each in _lifecycle_rules(item)):
        return FINE
    path = "supplementaryConfiguration.BucketLifecycleConfiguration"
    return bad("The bucket keeps versions and has no lifecycle rule.", Reason(path, None, "an enabled lifecycle rule"))


def _prefixes(rule: Document) -> Iterator[str]:
    """The prefixes of what a lifecycle rule is about: its own, that of its filter, or one of those joined there."""
    if isinstance(rule.get("prefix"), str):
        yield str(rule["prefix"])
    for each in (parsed(rule.get("filter")), parsed(rule.get("predicate")), *objects(rule.get("operands"))):
        if each:
            yield from _prefixes(each)


def _lifecycle_rules(item: Document) -> Iterable[Document]:
    return _each_rule(unpacked(supplement(item, "BucketLifecycleConfiguration").get("rules")))


def _events(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    settings = supplement(item, "BucketNotificationConfiguration")
    told = list(_each_rule(unpacked(settings.get("configurations"))))
    destination, wanted = parameters.get("destinationArn"), split_csv(parameters.get("eventTypes") or "")
    if destination:
        told = [each for each in told if destination in each.values()]
    if wanted:
        told = [
            each for each in told if all(matches(kind, list(map(str, listed(each.get("events"))))) for kind in wanted)
        ]
    if told:
        return FINE
    path = "supplementaryConfiguration.BucketNotificationConfiguration"
    return bad(
        "The bucket tells nobody of its events.",
        Reason(path, supplemented(item, "BucketNotificationConfiguration"), "a notification"),
    )


def _events_of(notification: Document) -> list[str]:
    return [str(event) for event in listed(notification.get("events"))]


CHECKS = (
    Check(
        "S3_BUCKET_VERSIONING_ENABLED",
        "Versioning is on, and MFA delete if asked for.",
        item=_versioning,
        reads=("supplementaryConfiguration.BucketVersioningConfiguration",),
    ),
    Check(
        "S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED",
        "Default encryption is set, or the policy denies what comes without.",
        item=_encrypted,
        reads=(
            _ENCRYPTION,
            "supplementaryConfiguration.BucketPolicy",
        ),
    ),
    Check(
        "S3_DEFAULT_ENCRYPTION_KMS",
        "Default encryption uses a KMS key, one of kmsKeyArns if given.",
        item=_encrypted_by_kms,
        reads=(_ENCRYPTION,),
    ),
    Check(
        "S3_BUCKET_REPLICATION_ENABLED",
        "A replication rule is enabled, of the type asked for.",
        item=_replicated,
        reads=("supplementaryConfiguration.BucketReplicationConfiguration", "awsRegion"),
        around=True,
    ),
    Check(
        "S3_BUCKET_CROSS_REGION_REPLICATION_ENABLED",
        "A replication rule to another region is enabled.",
        item=_replicated_afar,
        reads=("supplementaryConfiguration.BucketReplicationConfiguration", "awsRegion"),
        around=True,
    ),
    Check(
        "S3_LIFECYCLE_POLICY_CHECK",
        "An enabled lifecycle rule is as the parameters say.",
        item=_lifecycle,
        reads=("supplementaryConfiguration.BucketLifecycleConfiguration", "resourceId"),
    ),
    Check(
        "S3_VERSION_LIFECYCLE_POLICY_CHECK",
        "A bucket with versions has a lifecycle rule.",
        item=_version_lifecycle,
        reads=(
            "supplementaryConfiguration.BucketLifecycleConfiguration",
            "supplementaryConfiguration.BucketVersioningConfiguration",
            "resourceId",
        ),
    ),
    Check(
        "S3_EVENT_NOTIFICATIONS_ENABLED",
        "The bucket tells of its events, those of the parameters.",
        item=_events,
        reads=("supplementaryConfiguration.BucketNotificationConfiguration",),
    ),
    rule(
        "S3_BUCKET_LOGGING_ENABLED",
        "Access is logged, to the bucket and prefix of the parameters.",
        need("supplementaryConfiguration.BucketLoggingConfiguration.destinationBucketName", PRESENT),
        need("supplementaryConfiguration.BucketLoggingConfiguration.destinationBucketName", equal_to("targetBucket")),
        need("supplementaryConfiguration.BucketLoggingConfiguration.logFilePrefix", equal_to("targetPrefix")),
    ),
    rule(
        "S3_BUCKET_MFA_DELETE_ENABLED",
        "Versions are deleted only with MFA.",
        need("supplementaryConfiguration.BucketVersioningConfiguration.isMfaDeleteEnabled", TRUE),
    ),
    rule(
        "S3_BUCKET_DEFAULT_LOCK_ENABLED",
        "Object lock is on, in the mode of the parameters.",
        need(
            "supplementaryConfiguration.ObjectLockConfiguration.objectLockEnabled|ObjectLockEnabled", one_of("Enabled")
        ),
        need(
            "supplementaryConfiguration.ObjectLockConfiguration.rule|objectLockRule|Rule.defaultRetention|DefaultRetention.mode|Mode",
            equal_to("mode"),
        ),
    ),
)

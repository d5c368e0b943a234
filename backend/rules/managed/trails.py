"""Managed rules over CloudTrail trails, of the account and one by one."""

from __future__ import annotations

from collections.abc import Iterator

from backend.model.item import Document
from backend.model.moment import HOUR
from backend.rules.expectations import PRESENT, TRUE
from backend.rules.moments import moment_of
from backend.rules.reading import (
    body,
    listed,
    number,
    objects,
    split_csv,
    supplement,
    supplemented,
    truth,
    unpacked,
)
from backend.rules.table import need, rule
from backend.rules.verdict import FINE, AccountCheck, Check, Parameters, Reason, Surroundings, Verdict, bad

_TRAIL = "AWS::CloudTrail::Trail"
_WANTED = {
    "s3BucketName": "s3BucketName",
    "snsTopicArn": "snsTopicARN",
    "cloudWatchLogsLogGroupArn": "cloudWatchLogsLogGroupArn",
}
"""Parameter of the rule → member of a trail's configuration."""


def _logging_here(around: Surroundings) -> Iterator[Document]:
    """The trails that log what happens in the region."""
    for trail in around.resources(_TRAIL):
        covers = trail.get("awsRegion") == around.region or body(trail).get("isMultiRegionTrail")
        if covers and _logs(trail):
            yield trail


def _logs(trail: Document) -> bool:
    return supplement(trail, "TrailStatus").get("isLogging") is not False


def _enabled(around: Surroundings, parameters: Parameters) -> Verdict:
    here = [
        trail
        for trail in around.resources(_TRAIL)
        if trail.get("awsRegion") == around.region or body(trail).get("isMultiRegionTrail")
    ]
    if not here:
        return bad(f"No trail covers {around.region}.", Reason("", None, "a trail"))
    logging = list(_logging_here(around))
    if not logging:
        return bad("The trails here are not logging.", Reason("", False, "a trail that logs"))
    if not any(_fits(body(trail), parameters) for trail in logging):
        return bad(
            "No trail delivers where the rule's parameters say.", Reason("", None, "a trail as the parameters say")
        )
    return FINE


def _multi_region(around: Surroundings, parameters: Parameters) -> Verdict:
    wide = [trail for trail in _logging_here(around) if body(trail).get("isMultiRegionTrail")]
    if not wide:
        return bad("No logging trail covers all regions.", Reason("", None, "a trail of all regions"))
    ways = {"readWriteType": parameters.get("readWriteType")}
    management = truth(parameters.get("includeManagementEvents") or "")
    for trail in wide:
        if not _fits(body(trail), parameters):
            continue
        selectors = list(_selectors(trail))
        if any(each.get("excludeManagementEventSources") for each in selectors):
            continue
        way = ways["readWriteType"]
        if way and not any(str(each.get("readWriteType")).lower() in ("all", way.lower()) for each in selectors):
            continue
        if management is not None and not any(
            each.get("includeManagementEvents", True) is management for each in selectors
        ):
            continue
        return FINE
    return bad(
        "No trail of all regions is as the rule's parameters say.", Reason("", None, "a trail as the parameters say")
    )


def _fits(trail: Document, parameters: Parameters) -> bool:
    return all(
        not parameters.get(parameter) or trail.get(member) == parameters[parameter]
        for parameter, member in _WANTED.items()
    )


def _selectors(trail: Document) -> Iterator[Document]:
    return objects(unpacked(supplemented(trail, "EventSelectors")))


def _s3_events(way: str) -> AccountCheck:
    """A trail with data events of S3; with a `way` they are of that kind, and of all regions."""

    def judge(around: Surroundings, parameters: Parameters) -> Verdict:
        buckets = split_csv(parameters.get("S3BucketNames") or "")
        for trail in _logging_here(around):
            if way and not body(trail).get("isMultiRegionTrail"):
                continue
            for selector in _selectors(trail):
                if str(selector.get("readWriteType")) not in ("All", way) and way != "":
                    continue
                for data in objects(selector.get("dataResources")):
                    values = [str(value) for value in listed(data.get("values"))]
                    every = any(value in ("arn:aws:s3", "arn:aws:s3:::") for value in values)
                    named = all(f"arn:aws:s3:::{bucket}/" in values for bucket in buckets)
                    if data.get("type") == "AWS::S3::Object" and (every or (buckets and named)):
                        return FINE
        return bad("No trail logs what happens to objects in S3.", Reason("", None, "data events of S3"))

    return judge


def _security_trail(around: Surroundings, _: Parameters) -> Verdict:
    for trail in _logging_here(around):
        about = body(trail)
        whole = any(
            each.get("readWriteType") == "All"
            and each.get("includeManagementEvents", True)
            and not each.get("excludeManagementEventSources")
            for each in _selectors(trail)
        )
        if (
            about.get("isMultiRegionTrail")
            and about.get("logFileValidationEnabled")
            and about.get("kmsKeyId")
            and about.get("includeGlobalServiceEvents")
            and whole
        ):
            return FINE
    wanted = "a trail of all regions and global services, encrypted, validated, with all management events"
    return bad("No trail follows the security practices.", Reason("", None, wanted))


def _cloudwatch(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    group = body(item).get("cloudWatchLogsLogGroupArn")
    if not group:
        return bad(
            "The trail does not log to CloudWatch.", Reason("configuration.cloudWatchLogsLogGroupArn", group, "set")
        )
    hours = number(parameters.get("expectedDeliveryWindowAge") or "")
    last = moment_of(supplement(item, "TrailStatus").get("latestCloudWatchLogsDeliveryTime"))
    if hours is not None and (last is None or around.now - last > hours * HOUR):
        reason = Reason(
            "supplementaryConfiguration.TrailStatus.latestCloudWatchLogsDeliveryTime", last, f"within {hours:g} hours"
        )
        return bad("The trail has not logged to CloudWatch lately.", reason)
    return FINE


def _bucket_logs(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    name = body(item).get("s3BucketName")
    for bucket in around.resources("AWS::S3::Bucket"):
        if bucket.get("resourceName") == name or bucket.get("resourceId") == name:
            if supplement(bucket, "BucketLoggingConfiguration").get("destinationBucketName"):
                return FINE
            return bad(
                f"Access to the bucket {name} is not logged.",
                Reason("configuration.s3BucketName", name, "a bucket that logs access"),
            )
    return bad(
        f"The bucket {name} is not in the account.",
        Reason("configuration.s3BucketName", name, "a bucket that logs access"),
    )


CHECKS = (
    Check("CLOUD_TRAIL_ENABLED", "A trail logs here, as the parameters say.", account=_enabled),
    Check(
        "MULTI_REGION_CLOUD_TRAIL_ENABLED", "A trail of all regions logs, as the parameters say.", account=_multi_region
    ),
    Check("CLOUDTRAIL_S3_DATAEVENTS_ENABLED", "A trail logs what happens to objects in S3.", account=_s3_events("")),
    Check(
        "CLOUDTRAIL_ALL_READ_S3_DATA_EVENT_CHECK",
        "A trail of all regions logs reading of objects in S3.",
        account=_s3_events("ReadOnly"),
    ),
    Check(
        "CLOUDTRAIL_ALL_WRITE_S3_DATA_EVENT_CHECK",
        "A trail of all regions logs writing of objects in S3.",
        account=_s3_events("WriteOnly"),
    ),
    Check("CLOUDTRAIL_SECURITY_TRAIL_ENABLED", "A trail follows the security practices.", account=_security_trail),
    Check(
        "CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED",
        "The trail logs to CloudWatch.",
        item=_cloudwatch,
        reads=("configuration.cloudWatchLogsLogGroupArn", "supplementaryConfiguration.TrailStatus"),
        around=True,
    ),
    Check(
        "CLOUDTRAIL_S3_BUCKET_ACCESS_LOGGING",
        "Access to the trail's bucket is logged.",
        item=_bucket_logs,
        reads=("configuration.s3BucketName",),
        around=True,
    ),
    rule("CLOUD_TRAIL_ENCRYPTION_ENABLED", "The trail has a KMS key.", need("kmsKeyId", PRESENT)),
    rule(
        "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED", "Log files can be validated.", need("logFileValidationEnabled", TRUE)
    ),
    rule("CLOUDTRAIL_EVENT_DATA_STORE_MULTI_REGION", "The store covers all regions.", need("MultiRegionEnabled", TRUE)),
)

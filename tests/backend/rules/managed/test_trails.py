"""What the rules over CloudTrail trails say, of the account and one by one."""

from __future__ import annotations

import pytest

from backend.model.item import Document, Json
from backend.model.moment import HOUR, to_iso
from backend.rules.catalogue import catalogue
from backend.rules.managed.trails import CHECKS
from backend.rules.verdict import COMPLIANT, NON_COMPLIANT
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, other, prove, prove_reads
from tests.backend.rules.surroundings import NOW, REGION, Known, account_judged

TOPIC = "arn:aws:sns:ap-southeast-1:111122223333:trails"
LOG_GROUP = "arn:aws:logs:ap-southeast-1:111122223333:log-group:trails:*"
KEY = "arn:aws:kms:ap-southeast-1:111122223333:key/0d7b5a1e"
EVERY_BUCKET = "arn:aws:s3"


def configuration(**changes: Json) -> Document:
    return {
        "name": "audit",
        "s3BucketName": "audit-trails",
        "snsTopicARN": TOPIC,
        "includeGlobalServiceEvents": True,
        "isMultiRegionTrail": True,
        "homeRegion": REGION,
        "logFileValidationEnabled": True,
        "cloudWatchLogsLogGroupArn": LOG_GROUP,
        "kmsKeyId": KEY,
        **changes,
    }


def selector(*objects: str, **changes: Json) -> Document:
    """An event selector with data events of objects in S3."""
    return {
        "readWriteType": "All",
        "includeManagementEvents": True,
        "dataResources": [{"type": "AWS::S3::Object", "values": [*objects]}] if objects else [],
        "excludeManagementEventSources": [],
        **changes,
    }


def trail(*selectors: Document, region: str = REGION, logging: bool = True, **changes: Json) -> Document:
    return {
        "resourceType": "AWS::CloudTrail::Trail",
        "resourceId": "audit",
        "awsRegion": region,
        "configuration": configuration(**changes),
        "supplementaryConfiguration": {
            "TrailStatus": {"isLogging": logging},
            "EventSelectors": [*(selectors or (selector(),))],
        },
    }


def delivered(*, hours_ago: int) -> Document:
    status = {"isLogging": True, "latestCloudWatchLogsDeliveryTime": to_iso(NOW - hours_ago * HOUR)}
    return {"configuration": configuration(), "supplementaryConfiguration": {"TrailStatus": status}}


def bucket(name: str, **logging: Json) -> Document:
    supplementary = {"BucketLoggingConfiguration": logging}
    return other("AWS::S3::Bucket", {"name": name}, resourceName=name, supplementaryConfiguration=supplementary)


ENABLED, MULTI_REGION = "CLOUD_TRAIL_ENABLED", "MULTI_REGION_CLOUD_TRAIL_ENABLED"
DATA_EVENTS, SECURITY = "CLOUDTRAIL_S3_DATAEVENTS_ENABLED", "CLOUDTRAIL_SECURITY_TRAIL_ENABLED"
READ, WRITE = "CLOUDTRAIL_ALL_READ_S3_DATA_EVENT_CHECK", "CLOUDTRAIL_ALL_WRITE_S3_DATA_EVENT_CHECK"

HERE = trail(isMultiRegionTrail=False)
AFAR = trail(region="us-east-1")
ONLY_AFAR = trail(region="us-east-1", isMultiRegionTrail=False)
STOPPED = trail(logging=False)
NO_KMS_EVENTS = trail(selector(excludeManagementEventSources=["kms.amazonaws.com"]))
READS, WRITES = (trail(selector(EVERY_BUCKET, readWriteType=way)) for way in ("ReadOnly", "WriteOnly"))
TWO_BUCKETS = trail(selector("arn:aws:s3:::orders/", "arn:aws:s3:::ledger/"))
DATA_HERE = trail(selector(EVERY_BUCKET), isMultiRegionTrail=False)

Parameters = dict[str, str]
OF_THE_ACCOUNT: list[tuple[str, list[Document], Parameters, str]] = [
    (ENABLED, [HERE], {}, ""),
    (ENABLED, [STOPPED, AFAR], {"s3BucketName": "audit-trails", "snsTopicArn": TOPIC}, ""),
    (ENABLED, [], {}, "No trail covers ap-southeast-1"),
    (ENABLED, [ONLY_AFAR], {}, "No trail covers ap-southeast-1"),
    (ENABLED, [STOPPED], {}, "not logging"),
    (ENABLED, [HERE], {"s3BucketName": "others"}, "No trail delivers"),
    (ENABLED, [HERE], {"snsTopicArn": f"{TOPIC}-2"}, "No trail delivers"),
    (ENABLED, [HERE], {"cloudWatchLogsLogGroupArn": f"{LOG_GROUP}-2"}, "No trail delivers"),
    (MULTI_REGION, [AFAR], {}, ""),
    (MULTI_REGION, [AFAR], {"readWriteType": "ALL", "includeManagementEvents": "true"}, ""),
    (MULTI_REGION, [NO_KMS_EVENTS, AFAR], {"readWriteType": "WriteOnly"}, ""),
    (MULTI_REGION, [HERE, STOPPED], {}, "No logging trail covers all regions"),
    (MULTI_REGION, [NO_KMS_EVENTS], {}, "No trail of all regions"),
    (MULTI_REGION, [AFAR], {"s3BucketName": "others"}, "No trail of all regions"),
    (MULTI_REGION, [AFAR], {"snsTopicArn": f"{TOPIC}-2"}, "No trail of all regions"),
    (MULTI_REGION, [AFAR], {"cloudWatchLogsLogGroupArn": f"{LOG_GROUP}-2"}, "No trail of all regions"),
    (MULTI_REGION, [AFAR], {"includeManagementEvents": "false"}, "No trail of all regions"),
    (MULTI_REGION, [READS], {"readWriteType": "ALL"}, "No trail of all regions"),
    (MULTI_REGION, [READS], {"readWriteType": "WriteOnly"}, "No trail of all regions"),
    (DATA_EVENTS, [DATA_HERE], {}, ""),
    (DATA_EVENTS, [trail(selector("arn:aws:s3:::"))], {}, ""),
    (DATA_EVENTS, [TWO_BUCKETS], {"S3BucketNames": "orders, ledger"}, ""),
    (DATA_EVENTS, [HERE, AFAR], {}, "objects in S3"),
    (DATA_EVENTS, [TWO_BUCKETS], {}, "objects in S3"),
    (DATA_EVENTS, [TWO_BUCKETS], {"S3BucketNames": "orders,photos"}, "objects in S3"),
    (READ, [READS], {}, ""),
    (READ, [trail(selector(EVERY_BUCKET))], {}, ""),
    (READ, [WRITES], {}, "objects in S3"),
    (READ, [DATA_HERE], {}, "objects in S3"),
    (READ, [TWO_BUCKETS], {}, "objects in S3"),
    (WRITE, [WRITES], {}, ""),
    (WRITE, [READS], {}, "objects in S3"),
    (WRITE, [DATA_HERE], {}, "objects in S3"),
    (SECURITY, [HERE, AFAR], {}, ""),
    (SECURITY, [trail(includeGlobalServiceEvents=False)], {}, "security practices"),
    (SECURITY, [HERE], {}, "security practices"),
    (SECURITY, [trail(logFileValidationEnabled=False)], {}, "security practices"),
    (SECURITY, [trail(kmsKeyId=None)], {}, "security practices"),
    (SECURITY, [READS, WRITES], {}, "security practices"),
    (SECURITY, [trail(selector(includeManagementEvents=False))], {}, "security practices"),
    (SECURITY, [NO_KMS_EVENTS], {}, "security practices"),
]

CASES: tuple[Case, ...] = (
    *of(
        "CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED",
        good(configuration()),
        good(delivered(hours_ago=2), expectedDeliveryWindowAge="2"),
        bad(configuration(cloudWatchLogsLogGroupArn=None), "does not log to CloudWatch", "cloudWatchLogsLogGroupArn"),
        bad(
            delivered(hours_ago=3),
            "not logged to CloudWatch lately",
            "supplementaryConfiguration.TrailStatus.latestCloudWatchLogsDeliveryTime",
            expectedDeliveryWindowAge="2",
        ),
    ),
    *of(
        "CLOUDTRAIL_S3_BUCKET_ACCESS_LOGGING",
        good(configuration(), bucket("photos"), bucket("audit-trails", destinationBucketName="access")),
        bad(
            configuration(),
            "Access to the bucket audit-trails is not logged",
            "s3BucketName",
            bucket("audit-trails"),
        ),
        bad(
            configuration(),
            "audit-trails is not in the account",
            "s3BucketName",
            bucket("photos", destinationBucketName="access"),
        ),
    ),
    *of(
        "CLOUD_TRAIL_ENCRYPTION_ENABLED",
        good(configuration()),
        bad(configuration(kmsKeyId=None), "kmsKeyId is not set", "kmsKeyId"),
    ),
    *of(
        "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED",
        good(configuration()),
        bad(
            configuration(logFileValidationEnabled=False),
            "logFileValidationEnabled is false",
            "logFileValidationEnabled",
        ),
    ),
    *of(
        "CLOUDTRAIL_EVENT_DATA_STORE_MULTI_REGION",
        good({"Name": "lake", "MultiRegionEnabled": True, "RetentionPeriod": 365}),
        bad({"Name": "lake", "MultiRegionEnabled": False}, "MultiRegionEnabled is false", "MultiRegionEnabled"),
    ),
)


@pytest.mark.parametrize(("identifier", "trails", "parameters", "says"), OF_THE_ACCOUNT)
def test_a_rule_over_all_trails_decides(
    identifier: str, trails: list[Document], parameters: Parameters, says: str
) -> None:
    verdict = account_judged(identifier, Known(trails), **parameters)
    assert verdict.compliance == (NON_COMPLIANT if says else COMPLIANT), verdict
    assert says in verdict.annotation
    assert all(reason.expected for reason in verdict.reasons)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_over_a_trail_decides(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_all_it_needs(case: Case) -> None:
    prove_reads(case)


def test_every_rule_over_trails_has_its_cases() -> None:
    assert missing("trails", CASES) == []
    of_the_account = {check.identifier for check in CHECKS if check.account}
    for compliant in (True, False):
        assert {rule for rule, _, _, says in OF_THE_ACCOUNT if (not says) is compliant} == of_the_account
    decided = {(rule, name) for rule, _, parameters, says in OF_THE_ACCOUNT if says for name in parameters}
    named = {(rule, each.name) for rule in of_the_account for each in catalogue()[rule].parameters}
    assert sorted(named - decided) == []

"""What the rules over protected resources say: the same of each type that AWS Backup knows."""

from __future__ import annotations

import pytest

from backend.model.item import Document, Json
from backend.model.moment import DAY, HOUR, to_iso
from backend.rules.catalogue import catalogue
from backend.rules.managed.protection import CHECKS
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, other, out, prove, prove_reads
from tests.backend.rules.surroundings import NOW, Known, judged

ARNS = {
    "AWS::BackupGateway::VirtualMachine": "arn:aws:backup-gateway:ap-southeast-1:111122223333:vm/vm-0A1",
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:ap-southeast-1:111122223333:table/one",
    "AWS::EC2::Instance": "arn:aws:ec2:ap-southeast-1:111122223333:instance/one",
    "AWS::EC2::Volume": "arn:aws:ec2:ap-southeast-1:111122223333:volume/one",
    "AWS::EFS::FileSystem": "arn:aws:elasticfilesystem:ap-southeast-1:111122223333:file-system/one",
    "AWS::FSx::FileSystem": "arn:aws:fsx:ap-southeast-1:111122223333:file-system/one",
    "AWS::RDS::DBCluster": "arn:aws:rds:ap-southeast-1:111122223333:cluster:one",
    "AWS::RDS::DBInstance": "arn:aws:rds:ap-southeast-1:111122223333:db:one",
    "AWS::S3::Bucket": "arn:aws:s3:::one",
    "AWS::StorageGateway::Volume": "arn:aws:storagegateway:ap-southeast-1:111122223333:gateway/sgw-1/volume/one",
}
TAGS: Document = {"backup": "nightly", "team": "payments"}


def resource(identifier: str, **configuration: Json) -> Document:
    kind = catalogue()[identifier].types[0]
    return {
        "resourceType": kind,
        "resourceId": "one",
        "ARN": ARNS[kind],
        "tags": TAGS,
        "configuration": configuration,
    }


def selection(**changes: Json) -> Document:
    return other("AWS::Backup::BackupSelection", {"BackupPlanId": "p-1", "BackupSelection": changes})


def tag(key: str, value: str, **members: Json) -> Document:
    return {"ConditionKey": key, "ConditionValue": value, **members}


ALL = selection(Resources=["*"])
BY_TAG = selection(ListOfTags=[tag("backup", "hourly"), tag("backup", "nightly", ConditionType="STRINGEQUALS")])
LEFT_OUT = selection(Resources=["*"], NotResources=["arn:aws:*:one", "arn:aws:*/one", "arn:aws:*/vm-0A1"])
OTHERS = selection(Resources=["arn:aws:ec2:*:*:volume/two"], ListOfTags=[tag("backup", "hourly")])
TAGGED = selection(Resources=["*"], Conditions={"StringEquals": [tag("aws:ResourceTag/team", "payments")]})
LIKE = selection(Resources=["*"], Conditions={"StringLike": [tag("aws:ResourceTag/team", "pay*")]})
NOT_LIKE = selection(Resources=["*"], Conditions={"StringNotLike": [tag("aws:ResourceTag/team", "pay*")]})
OTHER_TEAM = selection(Resources=["*"], Conditions={"StringEquals": [tag("aws:ResourceTag/team", "shipping")]})

COPY = "arn:aws:backup:eu-west-1:444455556666:backup-vault:afar"
PLAN = other(
    "AWS::Backup::BackupPlan",
    {
        "BackupPlanId": "p-1",
        "BackupPlan": {
            "BackupPlanRule": [{"TargetBackupVault": "safe", "CopyActions": [{"DestinationBackupVaultArn": COPY}]}]
        },
    },
)


def vault(**lock: Json) -> Document:
    return other("AWS::Backup::BackupVault", {"BackupVaultName": "safe", "LockConfiguration": lock})


LOCKED = vault(MinRetentionDays=7, MaxRetentionDays=365)


def point(identifier: str, *, hours_ago: float = 20, kind: str = "BACKUP_VAULT") -> Document:
    arn = ARNS[catalogue()[identifier].types[0]]
    made = to_iso(int(NOW - hours_ago * HOUR))
    return other("AWS::Backup::RecoveryPoint", {"ResourceArn": arn, "CreationDate": made, "VaultType": kind})


GONE, NO_PLAN = "No recovery point", "No backup plan selects"
LEAVES_OUT = "parameters leave the resource out"


def in_plan(identifier: str) -> tuple[Case, ...]:
    item = resource(identifier)
    return of(
        identifier,
        *(good(item, OTHERS, chosen) for chosen in (ALL, BY_TAG, TAGGED, LIKE)),
        bad(item, NO_PLAN),
        *(bad(item, NO_PLAN, "", chosen) for chosen in (OTHERS, LEFT_OUT, NOT_LIKE, OTHER_TEAM)),
    )


def asked(identifier: str, *others: Document) -> tuple[Case, ...]:
    """A rule that can be asked about some resources only."""
    item = resource(identifier)
    return of(
        identifier,
        good(item, *others, resourceId="one", resourceTags='{"team": "payments"}'),
        out(item, LEAVES_OUT, *others, resourceId="two"),
        out(item, LEAVES_OUT, *others, resourceTags='{"team": "shipping"}'),
    )


def protected(identifier: str) -> tuple[Case, ...]:
    item = resource(identifier)
    around = (ALL, PLAN, LOCKED)
    return (
        *in_plan(identifier),
        *asked(identifier, ALL),
        *of(
            identifier,
            good(item, *around, crossRegionList="eu-west-1", crossAccountList="444455556666"),
            good(item, *around, backupVaultLockCheck="True", minRetentionDays="7", maxRetentionDays="365"),
            good(item, ALL, PLAN, backupVaultLockCheck="False"),
            bad(item, "copied to the region us-east-1", "", *around, crossRegionList="eu-west-1, us-east-1"),
            bad(item, "copied to the account 1", "", *around, crossAccountList="1"),
            bad(item, "less than 8 days", "", *around, minRetentionDays="8"),
            bad(item, "more than 364 days", "", *around, maxRetentionDays="364"),
            bad(item, "No vault of the plan is known", "", ALL, PLAN, backupVaultLockCheck="True"),
        ),
    )


def recovered(identifier: str) -> tuple[Case, ...]:
    item, young, old = resource(identifier), point(identifier), point(identifier, hours_ago=25)
    return (
        *asked(identifier, young),
        *of(
            identifier,
            good(item, old, young),
            good(item, old, recoveryPointAgeValue="2"),
            bad(item, "no recovery point within 1 days"),
            bad(item, "no recovery point within 1 days", "", old),
            bad(item, "within 19 hours", "", young, recoveryPointAgeValue="19", recoveryPointAgeUnit="hours"),
            bad(item, "within 0 days", "", young, recoveryPointAgeValue="0"),
        ),
    )


def air_gapped(identifier: str) -> tuple[Case, ...]:
    item, apart = resource(identifier), "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"
    young, old = point(identifier, kind=apart), point(identifier, hours_ago=49, kind=apart)
    said = "no recovery point in an air-gapped vault"
    return (
        *asked(identifier, young),
        *of(
            identifier,
            good(item, point(identifier), young),
            good(item, old, recoveryPointAgeValue="3"),
            bad(item, said),
            bad(item, said, "", point(identifier), old),
            bad(item, said, "", young, recoveryPointAgeValue="19", recoveryPointAgeUnit="hours"),
        ),
    )


EC2 = "EC2_RESOURCES_PROTECTED_BY_BACKUP_PLAN"
FAMILIES = {
    "_IN_BACKUP_PLAN": in_plan,
    "_PROTECTED_BY_BACKUP_PLAN": protected,
    "_LAST_BACKUP_RECOVERY_POINT_CREATED": recovered,
    "_IN_LOGICALLY_AIR_GAPPED_VAULT": air_gapped,
}
CASES = (
    *(
        case
        for check in CHECKS
        for ending, cases in FAMILIES.items()
        if check.identifier.endswith(ending)
        for case in cases(check.identifier)
    ),
    *of(
        EC2,
        bad(resource(EC2, state={"name": "running"}), NO_PLAN),
        out(resource(EC2, state={"name": "stopped"}), "is stopped"),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_says(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_enough(case: Case) -> None:
    prove_reads(case)


def test_every_rule_and_parameter_has_its_cases() -> None:
    assert missing("protection", CASES) == []


def test_where_a_lock_is_not_recorded_there_is_no_verdict() -> None:
    unrecorded = other("AWS::Backup::BackupVault", {"BackupVaultName": "safe"})
    verdict = judged(EC2, resource(EC2), Known((ALL, PLAN, unrecorded)), backupVaultLockCheck="True")
    assert verdict.compliance == "INSUFFICIENT_DATA"
    assert "not recorded how the vault safe is locked" in verdict.annotation


def test_a_point_counts_to_the_very_end_of_its_time() -> None:
    rule = "EBS_LAST_BACKUP_RECOVERY_POINT_CREATED"
    assert judged(rule, resource(rule), Known((point(rule, hours_ago=DAY / HOUR),))).compliance == "COMPLIANT"

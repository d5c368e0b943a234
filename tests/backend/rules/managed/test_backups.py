"""What the rules over backup plans, vaults and recovery points say."""

from __future__ import annotations

import pytest

from backend.model.item import Document, Json
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, prove, prove_reads

ADMIN = "arn:aws:iam::111122223333:role/backup-admin"
DELETING = ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle", "backup:PutBackupVaultAccessPolicy"]


def plan(*rules: Document) -> Document:
    return {"BackupPlan": {"BackupPlanName": "nightly", "BackupPlanRule": [*rules]}, "BackupPlanId": "p-1"}


def each(schedule: str | None = "cron(0 5 ? * * *)", kept: int | None = 35) -> Document:
    body: Document = {"RuleName": "nightly", "TargetBackupVault": "Default"}
    if schedule is not None:
        body["ScheduleExpression"] = schedule
    if kept is not None:
        body["Lifecycle"] = {"DeleteAfterDays": kept}
    return body


def vault(**changes: Json) -> Document:
    statement = {"Effect": "Deny", "Principal": "*", "Action": DELETING, "Resource": "*", **changes}
    return {"BackupVaultName": "Default", "AccessPolicy": {"Version": "2012-10-17", "Statement": [statement]}}


def but(operator: str, *arns: str, key: str = "aws:PrincipalArn") -> Json:
    return {operator: {key: [*arns]}}


RULE = "BackupPlan.BackupPlanRule"
OPEN = "lets people delete"

CASES = (
    *of(
        "BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK",
        good(plan(each())),
        good(plan(each(schedule=None, kept=None))),
        good(plan(each("cron(0 5/8 ? * * *)", 100), each())),
        good(plan(each("cron(0 * ? * * *)")), requiredFrequencyValue="1", requiredFrequencyUnit="hours"),
        good(plan(each("cron(0 5 ? * MON *)")), requiredFrequencyValue="7"),
        good(plan(each(kept=3)), requiredRetentionDays="3"),
        bad(plan(), "has no rules", RULE),
        bad(plan(each(), each(kept=7)), "kept 7 days", f"{RULE}.1.Lifecycle.DeleteAfterDays"),
        bad(plan(each(kept=35)), "kept 35", f"{RULE}.0.Lifecycle.DeleteAfterDays", requiredRetentionDays="90"),
        bad(plan(each("cron(0 5 ? * MON *)")), "not made often enough", f"{RULE}.0.ScheduleExpression"),
        bad(plan(each("cron(0 5 1 * ? *)")), "not made often enough", f"{RULE}.0.ScheduleExpression"),
        bad(plan(each("cron(0 5 1 1 ? *)")), "not made often enough", f"{RULE}.0.ScheduleExpression"),
        bad(
            plan(each("cron(0 5,17 ? * * *)")),
            "not made often enough",
            f"{RULE}.0.ScheduleExpression",
            requiredFrequencyValue="6",
            requiredFrequencyUnit="hours",
        ),
        bad(plan(each("whenever")), "not made often enough", f"{RULE}.0.ScheduleExpression"),
    ),
    *of(
        "BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED",
        good(vault()),
        good(vault(Principal={"AWS": "*"}, Action="backup:*")),
        good(vault(Condition=but("ArnNotEquals", ADMIN)), principalArnList=f"{ADMIN},{ADMIN}-2"),
        bad({"BackupVaultName": "Default"}, OPEN, "AccessPolicy"),
        bad(vault(Effect="Allow"), OPEN, "AccessPolicy"),
        bad(vault(Action=DELETING[:2]), OPEN, "AccessPolicy"),
        bad(vault(Principal={"AWS": ADMIN}), OPEN, "AccessPolicy"),
        bad(vault(Resource="arn:aws:ec2:*::snapshot/*"), OPEN, "AccessPolicy"),
        bad(vault(Condition=but("ArnNotEquals", ADMIN)), OPEN, "AccessPolicy"),
        bad(vault(Condition=but("ArnNotEquals", ADMIN)), OPEN, "AccessPolicy", principalArnList=f"{ADMIN}-2"),
        bad(vault(Condition=but("ArnEquals", ADMIN)), OPEN, "AccessPolicy", principalArnList=ADMIN),
        bad(vault(Condition=but("StringEquals", "o-1", key="aws:PrincipalOrgID")), OPEN, "AccessPolicy"),
    ),
    *of(
        "BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK",
        good({"Lifecycle": {"DeleteAfterDays": 35}}),
        good({"Status": "COMPLETED"}),
        good({"Lifecycle": {"DeleteAfterDays": 1}}, requiredRetentionDays="1"),
        bad({"Lifecycle": {"DeleteAfterDays": 34}}, "kept 34 days", "Lifecycle.DeleteAfterDays"),
        bad({"Lifecycle": {"DeleteAfterDays": 35}}, "kept 35", "Lifecycle.DeleteAfterDays", requiredRetentionDays="36"),
    ),
    *of(
        "BACKUP_RECOVERY_POINT_ENCRYPTED",
        good({"IsEncrypted": True}),
        bad({"IsEncrypted": False}, "IsEncrypted is false", "IsEncrypted"),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_says(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_enough(case: Case) -> None:
    prove_reads(case)


def test_every_rule_and_parameter_has_its_cases() -> None:
    assert missing("backups", CASES) == []

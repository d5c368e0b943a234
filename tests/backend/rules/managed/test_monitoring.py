"""What the rules over CloudWatch alarms and log groups say."""

from __future__ import annotations

import pytest

from backend.model.item import Document, Json
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, other, out, prove, prove_reads

KEY = "arn:aws:kms:ap-southeast-1:111122223333:key/0d7b5a1e"
OTHER_KEY = "arn:aws:kms:ap-southeast-1:111122223333:key/77aa01c2"
TOPIC = "arn:aws:sns:ap-southeast-1:111122223333:alarms"


def alarm(**changes: Json) -> Document:
    return {
        "alarmName": "busy",
        "actionsEnabled": True,
        "alarmActions": [TOPIC],
        "insufficientDataActions": [TOPIC],
        "okactions": [],
        "metricName": "CPUUtilization",
        "namespace": "AWS/EC2",
        "statistic": "Average",
        "dimensions": [{"name": "InstanceId", "value": "i-1"}],
        "period": 300,
        "evaluationPeriods": 2,
        "threshold": 80.0,
        "comparisonOperator": "GreaterThanThreshold",
        **changes,
    }


def group(days: int | None, **members: Json) -> Document:
    kept: Document = {} if days is None else {"retentionInDays": days}
    return {"logGroupName": "/app/web", "storedBytes": 4096, **kept, **members}


CPU = {"metricName": "CPUUtilization"}
WATCHED = {"resourceType": "AWS::EC2::Instance", "resourceId": "i-1", "configuration": {"instanceId": "i-1"}}
OTHERS = {f"action{place}": f"{TOPIC}{place}" for place in range(1, 6)}

CASES: tuple[Case, ...] = (
    *of(
        "CLOUDWATCH_ALARM_ACTION_CHECK",
        good(alarm()),
        good(alarm(), action1=f"{TOPIC}2", action2=TOPIC),
        good(alarm(alarmActions=[]), alarmActionRequired="false"),
        bad(alarm(alarmActions=[]), "nothing on alarm", "alarmActions", alarmActionRequired="true"),
        bad(
            alarm(insufficientDataActions=[]),
            "nothing on insufficient data",
            "insufficientDataActions",
            insufficientDataActionRequired="true",
        ),
        bad(alarm(), "nothing on OK", "okactions", okActionRequired="true"),
        bad(alarm(), "none of the actions asked for on alarm", "alarmActions", **OTHERS),
    ),
    *of(
        "CLOUDWATCH_ALARM_SETTINGS_CHECK",
        good(alarm(), **CPU, threshold="80", evaluationPeriods="2", statistic="Average"),
        bad(alarm(period=60), "period is 60", "period", **CPU),
        bad(alarm(), "period is 300", "period", **CPU, period="60"),
        bad(alarm(), "evaluationPeriods is 2", "evaluationPeriods", **CPU, evaluationPeriods="3"),
        bad(alarm(), "threshold is 80.0", "threshold", **CPU, threshold="90"),
        bad(alarm(), "statistic is Average", "statistic", **CPU, statistic="Maximum"),
        bad(
            alarm(),
            "comparisonOperator is GreaterThanThreshold",
            "comparisonOperator",
            **CPU,
            comparisonOperator="LessThanThreshold",
        ),
        out(alarm(), "watches another metric", metricName="NetworkIn"),
    ),
    *of(
        "CLOUDWATCH_ALARM_ACTION_ENABLED_CHECK",
        good(alarm()),
        bad(alarm(actionsEnabled=False), "actionsEnabled is false", "actionsEnabled"),
    ),
    *of(
        "CLOUDWATCH_ALARM_RESOURCE_CHECK",
        good(WATCHED, other("AWS::CloudWatch::Alarm", alarm()), resourceType="AWS::EC2::Instance", **CPU),
        bad(WATCHED, "No alarm watches CPUUtilization", "", resourceType="AWS::EC2::Instance", **CPU),
        bad(
            WATCHED,
            "No alarm watches CPUUtilization",
            "",
            other("AWS::CloudWatch::Alarm", alarm(dimensions=[{"name": "InstanceId", "value": "i-2"}])),
            resourceType="AWS::EC2::Instance",
            **CPU,
        ),
        out(WATCHED, "looks at AWS::S3::Bucket", resourceType="AWS::S3::Bucket", **CPU),
    ),
    *of(
        "CLOUDWATCH_LOG_GROUP_ENCRYPTED",
        good(group(30, kmsKeyId=KEY), KmsKeyId=KEY),
        bad(group(30), "kmsKeyId is not set", "kmsKeyId"),
        bad(group(30, kmsKeyId=KEY), f"not the key {OTHER_KEY}", "kmsKeyId", KmsKeyId=OTHER_KEY),
    ),
    *of(
        "CW_LOGGROUP_RETENTION_PERIOD_CHECK",
        good(group(None)),
        good(group(365)),
        good(group(30), MinRetentionTime="30"),
        bad(group(30), "kept 30 days", "retentionInDays"),
        bad(group(400), "kept 400 days", "retentionInDays", MinRetentionTime="731"),
        out(group(30), "none of LogGroupNames", LogGroupNames="/app/api,/app/jobs"),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_over_monitoring_decides(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_all_it_needs(case: Case) -> None:
    prove_reads(case)


def test_every_rule_over_monitoring_has_its_cases() -> None:
    assert missing("monitoring", CASES) == []

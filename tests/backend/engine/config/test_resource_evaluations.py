"""Proactive evaluations: a resource is judged before it is made."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.engine.world.estate import Resource
from backend.model.item import Document
from backend.model.moment import to_datetime
from tests.backend.engine.config.conftest import PutRule, Verdicts, Wait
from tests.backend.engine.conftest import REGION, CallFixture, PutFixture

DATABASE = "AWS::RDS::DBInstance"
GOOD, BAD, UNKNOWN = "COMPLIANT", "NON_COMPLIANT", "INSUFFICIENT_DATA"
BOTH = [{"Mode": "DETECTIVE"}, {"Mode": "PROACTIVE"}]
TOKEN = "t" * 64


def start(call: CallFixture, properties: Any, *, kind: str = DATABASE, **members: Any) -> str:
    details = {
        "ResourceId": "planned",
        "ResourceType": kind,
        "ResourceConfiguration": properties if isinstance(properties, str) else json.dumps(properties),
        "ResourceConfigurationSchemaType": "CFN_RESOURCE_SCHEMA",
    }
    given = {"ResourceDetails": details, "EvaluationMode": "PROACTIVE", **members}
    return str(call("config", "StartResourceEvaluation", **given)["ResourceEvaluationId"])


def summary(call: CallFixture, evaluation: str) -> Document:
    return call("config", "GetResourceEvaluationSummary", ResourceEvaluationId=evaluation)


@pytest.fixture
def proactive(recording: None, put_rule: PutRule) -> str:
    """The rule about encrypted databases, in both modes."""
    return put_rule("RDS_STORAGE_ENCRYPTED", EvaluationModes=BOTH)


def test_a_planned_database_is_judged_and_nothing_is_kept_of_it_elsewhere(
    call: CallFixture, proactive: str, wait: Wait
) -> None:
    properties = {"DBInstanceIdentifier": "orders", "StorageEncrypted": False}
    evaluation = start(call, properties, EvaluationContext={"EvaluationContextIdentifier": "change-7"})
    begun = summary(call, evaluation)
    assert begun["EvaluationStatus"] == {"Status": "IN_PROGRESS"}
    assert "Compliance" not in begun
    wait(5)
    ended = summary(call, evaluation)
    assert (ended["EvaluationStatus"], ended["Compliance"]) == ({"Status": "SUCCEEDED"}, BAD)
    assert ended["EvaluationContext"] == {"EvaluationContextIdentifier": "change-7"}
    assert json.loads(ended["ResourceDetails"]["ResourceConfiguration"]) == properties
    [result] = call("config", "GetComplianceDetailsByResource", ResourceEvaluationId=evaluation)["EvaluationResults"]
    who = result["EvaluationResultIdentifier"]
    assert who["ResourceEvaluationId"] == evaluation
    assert who["EvaluationResultQualifier"] == {
        "ConfigRuleName": proactive,
        "ResourceType": DATABASE,
        "ResourceId": "planned",
        "EvaluationMode": "PROACTIVE",
    }
    assert (result["ComplianceType"], bool(result["Annotation"])) == (BAD, True)
    assert call("config", "DescribeComplianceByResource", ResourceType=DATABASE)["ComplianceByResources"] == []


def test_a_planned_database_in_order(call: CallFixture, proactive: str, wait: Wait) -> None:
    evaluation = start(call, {"StorageEncrypted": True})
    wait(5)
    assert summary(call, evaluation)["Compliance"] == GOOD


@pytest.mark.usefixtures("recording")
def test_rules_that_only_detect_have_nothing_to_say(call: CallFixture, put_rule: PutRule, wait: Wait) -> None:
    put_rule("RDS_STORAGE_ENCRYPTED")
    evaluation = start(call, {"StorageEncrypted": False})
    wait(5)
    assert summary(call, evaluation)["Compliance"] == UNKNOWN
    assert call("config", "GetComplianceDetailsByResource", ResourceEvaluationId=evaluation)["EvaluationResults"] == []


@pytest.mark.usefixtures("recording")
def test_rules_are_shown_by_mode(call: CallFixture, put_rule: PutRule) -> None:
    put_rule("RDS_STORAGE_ENCRYPTED", EvaluationModes=[{"Mode": "PROACTIVE"}])
    put_rule("ENCRYPTED_VOLUMES")

    def names(**filters: str) -> list[str]:
        rules = call("config", "DescribeConfigRules", Filters=filters)["ConfigRules"]
        return [rule["ConfigRuleName"] for rule in rules]

    assert names(EvaluationMode="PROACTIVE") == ["rds-storage-encrypted"]
    assert names(EvaluationMode="DETECTIVE") == ["encrypted-volumes"]
    assert names() == ["encrypted-volumes", "rds-storage-encrypted"]


@pytest.mark.usefixtures("recording")
def test_a_rule_that_no_longer_detects_forgets_what_it_found(
    call: CallFixture, put: PutFixture, put_rule: PutRule, verdicts: Verdicts
) -> None:
    database = {"storageEncrypted": False, "dBInstanceIdentifier": "orders"}
    put(Resource(resource_type=DATABASE, resource_id="db-1", region=REGION, configuration=database))
    name = put_rule("RDS_STORAGE_ENCRYPTED", EvaluationModes=BOTH)
    assert verdicts(name) == {"db-1": BAD}
    put_rule("RDS_STORAGE_ENCRYPTED", EvaluationModes=[{"Mode": "PROACTIVE"}])
    assert verdicts(name) == {}


def test_the_same_token_is_the_same_evaluation(call: CallFixture) -> None:
    first = start(call, {"StorageEncrypted": True}, ClientToken=TOKEN)
    assert start(call, {"StorageEncrypted": True}, ClientToken=TOKEN) == first
    assert start(call, {"StorageEncrypted": True}) != first
    with pytest.raises(ServiceError, match="IdempotentParameterMismatch"):
        start(call, {"StorageEncrypted": False}, ClientToken=TOKEN)


def test_evaluations_are_listed_newest_first(call: CallFixture, ctx: Context, wait: Wait) -> None:
    before = to_datetime(ctx.now)
    ids = []
    for number in range(3):
        context = {"EvaluationContextIdentifier": f"change-{number % 2}"}
        ids.append(start(call, {"number": number}, EvaluationContext=context))
        wait(60)

    def listed(**members: Any) -> list[str]:
        found = call("config", "ListResourceEvaluations", **members)["ResourceEvaluations"]
        return [each["ResourceEvaluationId"] for each in found]

    assert listed() == ids[::-1]
    assert listed(Filters={"EvaluationMode": "DETECTIVE"}) == []
    assert listed(Filters={"EvaluationContextIdentifier": "change-0"}) == [ids[2], ids[0]]
    window = {"StartTime": before, "EndTime": before + timedelta(seconds=90)}
    assert listed(Filters={"TimeWindow": window}) == [ids[1], ids[0]]
    first = call("config", "ListResourceEvaluations", Limit=2)
    assert listed(Limit=2, NextToken=first["NextToken"]) == [ids[0]]
    with pytest.raises(ServiceError, match="InvalidTimeRangeException"):
        listed(Filters={"TimeWindow": {"StartTime": before, "EndTime": before}})
    with pytest.raises(ServiceError, match="ResourceNotFoundException"):
        summary(call, "none")


@pytest.mark.parametrize(
    ("properties", "members"),
    [
        ({}, {"kind": "AWS::IAM::User"}),
        ({}, {"EvaluationMode": "DETECTIVE"}),
        ("[1]", {}),
        ("{", {}),
        ("[" * 50_000, {}),
    ],
)
def test_what_cannot_be_evaluated(call: CallFixture, properties: Any, members: dict[str, str]) -> None:
    with pytest.raises(ServiceError, match="InvalidParameterValueException"):
        start(call, properties, **members)
    assert call("config", "ListResourceEvaluations")["ResourceEvaluations"] == []

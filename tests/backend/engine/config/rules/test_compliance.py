"""Reading verdicts: per rule, per resource, in detail and in sum."""

from __future__ import annotations

import pytest

from backend.engine.errors import ServiceError
from backend.model.item import Document
from tests.backend.engine.config.conftest import PutRule, volume
from tests.backend.engine.conftest import ACCOUNT, BUCKET, CallFixture, PutFixture

GOOD, BAD, UNKNOWN = "COMPLIANT", "NON_COMPLIANT", "INSUFFICIENT_DATA"
VOLUME, S3 = "AWS::EC2::Volume", "AWS::S3::Bucket"


@pytest.fixture
def judged(recording: None, put: PutFixture, put_rule: PutRule) -> None:
    """Three volumes (bad, good, detached) and the bucket of the channel, four rules."""
    put(
        volume("vol-bad", encrypted=False),
        volume("vol-good", encrypted=True, tags={"Owner": "web"}),
        volume("vol-spare", encrypted=False, attached=False),
    )
    put_rule("ENCRYPTED_VOLUMES")
    put_rule("RDS_STORAGE_ENCRYPTED")
    put_rule("REQUIRED_TAGS", parameters={"tag1Key": "Owner"}, Scope={"ComplianceResourceTypes": [VOLUME]})
    put_rule("S3_BUCKET_PUBLIC_READ_PROHIBITED")


def by_rule(call: CallFixture, *types: str, **members: object) -> dict[str, Document]:
    answer = call("config", "DescribeComplianceByConfigRule", ComplianceTypes=list(types), **members)
    return {each["ConfigRuleName"]: each["Compliance"] for each in answer["ComplianceByConfigRules"]}


def by_resource(call: CallFixture, **members: object) -> dict[str, Document]:
    answer = call("config", "DescribeComplianceByResource", Limit=100, **members)
    return {each["ResourceId"]: each["Compliance"] for each in answer["ComplianceByResources"]}


@pytest.mark.requirement("RUL-12")
@pytest.mark.usefixtures("judged")
def test_a_rule_is_broken_by_one_resource_and_knows_nothing_without_results(call: CallFixture) -> None:
    found = by_rule(call)
    assert found == {
        "encrypted-volumes": {
            "ComplianceType": BAD,
            "ComplianceContributorCount": {"CappedCount": 1, "CapExceeded": False},
        },
        "rds-storage-encrypted": {"ComplianceType": UNKNOWN},
        "required-tags": {
            "ComplianceType": BAD,
            "ComplianceContributorCount": {"CappedCount": 2, "CapExceeded": False},
        },
        "s3-bucket-public-read-prohibited": {"ComplianceType": GOOD},
    }
    assert by_rule(call, GOOD).keys() == {"s3-bucket-public-read-prohibited"}
    assert by_rule(call, UNKNOWN).keys() == {"rds-storage-encrypted"}
    assert by_rule(call, ConfigRuleNames=["required-tags"]).keys() == {"required-tags"}


@pytest.mark.requirement("RUL-12")
@pytest.mark.usefixtures("judged")
def test_a_resource_is_in_order_when_every_rule_that_judged_it_says_so(call: CallFixture) -> None:
    found = by_resource(call)
    assert found["vol-bad"] == {
        "ComplianceType": BAD,
        "ComplianceContributorCount": {"CappedCount": 2, "CapExceeded": False},
    }
    assert found["vol-good"] == {"ComplianceType": GOOD}
    assert found["vol-spare"]["ComplianceType"] == BAD
    assert by_resource(call, ResourceType=S3) == {BUCKET: {"ComplianceType": GOOD}}
    assert by_resource(call, ResourceType=VOLUME, ResourceId="vol-good").keys() == {"vol-good"}
    assert by_resource(call, ResourceType=VOLUME, ResourceId="vol-none") == {}
    assert by_resource(call, ComplianceTypes=[GOOD]).keys() == {"vol-good", BUCKET}


@pytest.mark.usefixtures("recording")
def test_a_resource_to_which_no_rule_applies_has_insufficient_data(
    call: CallFixture, put: PutFixture, put_rule: PutRule
) -> None:
    put(volume("vol-spare", encrypted=False, attached=False))
    put_rule("ENCRYPTED_VOLUMES")
    assert by_rule(call)["encrypted-volumes"] == {"ComplianceType": UNKNOWN}
    assert by_resource(call, ComplianceTypes=[UNKNOWN]) == {"vol-spare": {"ComplianceType": UNKNOWN}}


@pytest.mark.usefixtures("judged")
def test_the_details_of_a_resource_name_the_rules(call: CallFixture) -> None:
    answer = call("config", "GetComplianceDetailsByResource", ResourceType=VOLUME, ResourceId="vol-bad")
    found = {
        result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ConfigRuleName"]: result
        for result in answer["EvaluationResults"]
    }
    assert list(found) == ["encrypted-volumes", "required-tags"]
    assert found["required-tags"]["ComplianceType"] == BAD
    assert found["required-tags"]["Annotation"] == "Tag Owner is missing."
    good = call("config", "GetComplianceDetailsByResource", ResourceType=VOLUME, ResourceId="vol-good")
    assert all("Annotation" not in result for result in good["EvaluationResults"])
    with pytest.raises(ServiceError, match="InvalidParameterValueException"):
        call("config", "GetComplianceDetailsByResource", ResourceType=VOLUME)


@pytest.mark.requirement("RUL-12")
@pytest.mark.usefixtures("judged")
def test_sums_over_rules_and_resources(call: CallFixture) -> None:
    def counts(summary: Document) -> tuple[int, int]:
        return (
            summary["CompliantResourceCount"]["CappedCount"],
            summary["NonCompliantResourceCount"]["CappedCount"],
        )

    rules = call("config", "GetComplianceSummaryByConfigRule")["ComplianceSummary"]
    assert counts(rules) == (1, 2)
    [overall] = call("config", "GetComplianceSummaryByResourceType")["ComplianceSummariesByResourceType"]
    assert "ResourceType" not in overall
    assert counts(overall["ComplianceSummary"]) == (2, 2)
    some = call("config", "GetComplianceSummaryByResourceType", ResourceTypes=[VOLUME, S3, "AWS::IAM::User"])
    by_type = {each["ResourceType"]: each["ComplianceSummary"] for each in some["ComplianceSummariesByResourceType"]}
    assert {kind: counts(summary) for kind, summary in by_type.items()} == {
        VOLUME: (1, 2),
        S3: (1, 0),
        "AWS::IAM::User": (0, 0),
    }


@pytest.mark.usefixtures("recording")
def test_counts_are_capped_as_the_service_caps_them(call: CallFixture, put: PutFixture, put_rule: PutRule) -> None:
    put(*(volume(f"vol-{number:03}", encrypted=False) for number in range(101)))
    for number in range(26):
        put_rule("ENCRYPTED_VOLUMES", ConfigRuleName=f"rule-{number:02}", settle=number == 25)
    capped = {"CappedCount": 25, "CapExceeded": True}
    assert by_rule(call)["rule-00"]["ComplianceContributorCount"] == capped
    assert by_resource(call)["vol-000"]["ComplianceContributorCount"] == capped
    rules = call("config", "GetComplianceSummaryByConfigRule")["ComplianceSummary"]
    assert rules["NonCompliantResourceCount"] == capped
    assert rules["CompliantResourceCount"] == {"CappedCount": 0, "CapExceeded": False}
    [overall] = call("config", "GetComplianceSummaryByResourceType")["ComplianceSummariesByResourceType"]
    assert overall["ComplianceSummary"]["NonCompliantResourceCount"] == {"CappedCount": 100, "CapExceeded": True}


@pytest.mark.parametrize(("limit", "size"), [(None, 10), (0, 10), (3, 3), (100, 100)])
@pytest.mark.parametrize("operation", ["GetComplianceDetailsByConfigRule", "DescribeComplianceByResource"])
@pytest.mark.usefixtures("recording")
def test_every_result_is_on_exactly_one_page(
    call: CallFixture, put: PutFixture, put_rule: PutRule, operation: str, limit: int | None, size: int
) -> None:
    put(*(volume(f"vol-{number:02}", encrypted=number % 2 == 0) for number in range(23)))
    rule = put_rule("ENCRYPTED_VOLUMES")
    members: Document = {} if limit is None else {"Limit": limit}
    if operation.startswith("Get"):
        members["ConfigRuleName"] = rule
    found: list[str] = []
    while True:
        answer = call("config", operation, **members)
        rows = answer.get("EvaluationResults") or answer.get("ComplianceByResources") or []
        assert len(rows) <= size
        for row in rows:
            qualifier = row.get("EvaluationResultIdentifier", {}).get("EvaluationResultQualifier", row)
            found.append(qualifier["ResourceId"])
        if "NextToken" not in answer:
            break
        assert len(rows) == size
        members["NextToken"] = answer["NextToken"]
    assert found == [f"vol-{number:02}" for number in range(23)]


@pytest.mark.usefixtures("judged")
@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("GetComplianceDetailsByConfigRule", {"ConfigRuleName": "required-tags", "ComplianceTypes": [UNKNOWN]}),
        ("DescribeComplianceByConfigRule", {"ComplianceTypes": ["NOT_APPLICABLE"]}),
        ("DescribeComplianceByResource", {"ComplianceTypes": ["NOT_APPLICABLE"]}),
        ("DescribeComplianceByResource", {"ResourceId": "vol-bad"}),
    ],
)
def test_what_cannot_be_asked(call: CallFixture, operation: str, members: Document) -> None:
    with pytest.raises(ServiceError, match="InvalidParameterValueException"):
        call("config", operation, **members)


@pytest.mark.usefixtures("judged")
@pytest.mark.parametrize("token", ["x", "eA==", "💥", "e30="])
def test_a_token_that_was_never_given_is_refused(call: CallFixture, token: str) -> None:
    with pytest.raises(ServiceError, match="InvalidNextTokenException"):
        call("config", "GetComplianceDetailsByConfigRule", ConfigRuleName="required-tags", NextToken=token)


@pytest.mark.usefixtures("judged")
def test_a_token_of_one_rule_does_not_lead_through_another(call: CallFixture, put_rule: PutRule) -> None:
    answer = call("config", "GetComplianceDetailsByConfigRule", ConfigRuleName="required-tags", Limit=1)
    other = put_rule("ENCRYPTED_VOLUMES")
    with pytest.raises(ServiceError, match="InvalidNextTokenException"):
        call("config", "GetComplianceDetailsByConfigRule", ConfigRuleName=other, NextToken=answer["NextToken"])


@pytest.mark.usefixtures("recorder")
def test_the_account_is_a_resource_too(call: CallFixture, put_rule: PutRule) -> None:
    put_rule("ROOT_ACCOUNT_MFA_ENABLED")
    assert by_resource(call, ResourceType="AWS::::Account")[ACCOUNT]["ComplianceType"] == BAD

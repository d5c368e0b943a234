"""Conformance packs put once for all accounts of an organization."""

from __future__ import annotations

import re
from typing import Any

import pytest

from backend.engine.config import organization_packs
from backend.engine.errors import ServiceError
from backend.model.item import Document
from backend.model.moment import to_datetime
from tests.backend.engine.config.lab import Lab
from tests.backend.engine.conftest import REGION

TEMPLATE = """
Parameters:
  Identifier: {Type: String, Default: ENCRYPTED_VOLUMES}
Resources:
  Volumes:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: volumes
      Source: {Owner: AWS, SourceIdentifier: !Ref Identifier}
"""


def put(lab: Lab, name: str = "storage", account: str = "", **members: Any) -> str:
    asked = members if "TemplateS3Uri" in members else {"TemplateBody": TEMPLATE, **members}
    answer = lab.call("PutOrganizationConformancePack", account, OrganizationConformancePackName=name, **asked)
    return str(answer["OrganizationConformancePackArn"])


def status(lab: Lab, name: str = "storage") -> str:
    answer = lab.call("DescribeOrganizationConformancePackStatuses", OrganizationConformancePackNames=[name])
    return str(answer["OrganizationConformancePackStatuses"][0]["Status"])


def members(lab: Lab, name: str = "storage", **params: Any) -> dict[str, str]:
    answer = lab.call("GetOrganizationConformancePackDetailedStatus", OrganizationConformancePackName=name, **params)
    return {member["AccountId"]: member["Status"] for member in answer["OrganizationConformancePackDetailedStatuses"]}


def packs(lab: Lab, account: str) -> list[Document]:
    found: list[Document] = lab.call("DescribeConformancePacks", account)["ConformancePackDetails"]
    return found


def test_every_account_gets_the_pack_and_its_rules(recording_lab: Lab) -> None:
    lab = recording_lab
    arn = put(lab)
    assert re.fullmatch(f"arn:aws:config:{REGION}:{lab.main}:organization-conformance-pack/storage-[a-z0-9]{{8}}", arn)
    assert status(lab) == "CREATE_IN_PROGRESS"
    lab.wait(15)
    assert members(lab) == dict.fromkeys(lab.accounts, "CREATE_IN_PROGRESS")
    assert len(packs(lab, lab.second)) == 1
    lab.wait(45)
    assert status(lab) == "CREATE_SUCCESSFUL"
    assert members(lab) == dict.fromkeys(lab.accounts, "CREATE_SUCCESSFUL")
    for account in lab.accounts:
        (pack,) = packs(lab, account)
        assert pack["ConformancePackName"] == f"OrgConformsPack-{arn.rsplit('/')[-1]}"
        assert len(lab.call("DescribeConfigRules", account)["ConfigRules"]) == 1


def test_the_pack_is_shown(recording_lab: Lab) -> None:
    parameters = [{"ParameterName": "Identifier", "ParameterValue": "REQUIRED_TAGS"}]
    arn = put(
        recording_lab,
        ConformancePackInputParameters=parameters,
        DeliveryS3Bucket="awsconfigconforms-lab",
        DeliveryS3KeyPrefix="packs",
        ExcludedAccounts=[recording_lab.second],
    )
    assert recording_lab.call("DescribeOrganizationConformancePacks") == {
        "OrganizationConformancePacks": [
            {
                "OrganizationConformancePackName": "storage",
                "OrganizationConformancePackArn": arn,
                "DeliveryS3Bucket": "awsconfigconforms-lab",
                "DeliveryS3KeyPrefix": "packs",
                "ConformancePackInputParameters": parameters,
                "ExcludedAccounts": [recording_lab.second],
                "LastUpdateTime": to_datetime(recording_lab.engine.now),
            }
        ]
    }


def test_a_template_in_the_management_account_s_bucket_goes_first(recording_lab: Lab) -> None:
    lab = recording_lab
    bucket = f"config-{lab.main}-{REGION}"
    body = TEMPLATE.replace("ConfigRuleName: volumes", "ConfigRuleName: from-the-bucket").encode()
    lab.call("PutObject", service="s3", Bucket=bucket, Key="packs/a.yaml", Body=body)
    put(lab, TemplateS3Uri=f"s3://{bucket}/packs/a.yaml", TemplateBody=TEMPLATE)
    lab.wait(60)
    (rule,) = lab.call("DescribeConfigRules", lab.third)["ConfigRules"]
    assert rule["ConfigRuleName"].startswith("from-the-bucket-")
    with pytest.raises(ServiceError, match="InsufficientPermissionsException"):
        put(lab, "other", TemplateS3Uri=f"s3://{bucket}/packs/b.yaml")


def test_an_account_that_cannot_fails_by_itself(lab: Lab) -> None:
    lab.record()
    put(lab)
    lab.wait(60)
    assert members(lab) == {lab.main: "CREATE_SUCCESSFUL", lab.second: "CREATE_FAILED", lab.third: "CREATE_FAILED"}
    whole = lab.call("DescribeOrganizationConformancePackStatuses")["OrganizationConformancePackStatuses"][0]
    assert whole["Status"] == "CREATE_FAILED"
    assert "recorder" in whole["ErrorMessage"]
    assert set(members(lab, Filters={"Status": "CREATE_SUCCESSFUL"})) == {lab.main}
    assert set(members(lab, Filters={"AccountId": lab.third})) == {lab.third}


def test_an_update_reaches_the_accounts(recording_lab: Lab) -> None:
    lab = recording_lab
    arn = put(lab)
    lab.wait(60)
    assert put(lab, TemplateBody=TEMPLATE.replace("name: volumes", "name: disks")) == arn
    assert status(lab) == "UPDATE_IN_PROGRESS"
    lab.wait(60)
    assert status(lab) == "UPDATE_SUCCESSFUL"


def test_a_deleted_pack_goes_from_every_account(recording_lab: Lab) -> None:
    lab = recording_lab
    put(lab)
    with pytest.raises(ServiceError, match="ResourceInUseException"):
        lab.call("DeleteOrganizationConformancePack", OrganizationConformancePackName="storage")
    lab.wait(60)
    lab.call("DeleteOrganizationConformancePack", OrganizationConformancePackName="storage")
    assert members(lab) == dict.fromkeys(lab.accounts, "DELETE_IN_PROGRESS")
    lab.wait(60)
    assert [packs(lab, account) for account in lab.accounts] == [[], [], []]
    assert lab.call("DescribeOrganizationConformancePacks") == {"OrganizationConformancePacks": []}


def test_the_accounts_cannot_touch_it(recording_lab: Lab) -> None:
    put(recording_lab)
    recording_lab.wait(60)
    name = packs(recording_lab, recording_lab.second)[0]["ConformancePackName"]
    with pytest.raises(ServiceError, match="ResourceInUseException"):
        recording_lab.call("DeleteConformancePack", recording_lab.second, ConformancePackName=name)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"TemplateBody": ""}, "ValidationException"),
        ({"DeliveryS3Bucket": "my-bucket"}, "ValidationException"),
        ({"TemplateBody": "Resources: {}"}, "OrganizationConformancePackTemplateValidationException"),
        ({"TemplateBody": "{"}, "OrganizationConformancePackTemplateValidationException"),
        (
            {"ConformancePackInputParameters": [{"ParameterName": "Other", "ParameterValue": "x"}]},
            "OrganizationConformancePackTemplateValidationException",
        ),
    ],
)
def test_what_makes_no_pack_is_refused(recording_lab: Lab, wrong: Document, code: str) -> None:
    with pytest.raises(ServiceError) as refusal:
        put(recording_lab, **wrong)
    assert refusal.value.code == code
    assert recording_lab.call("DescribeOrganizationConformancePacks") == {"OrganizationConformancePacks": []}


def test_the_number_of_packs_is_limited(recording_lab: Lab) -> None:
    for number in range(organization_packs.MOST_PACKS):
        put(recording_lab, f"pack-{number}", ExcludedAccounts=list(recording_lab.accounts))
    with pytest.raises(ServiceError, match="MaxNumberOfOrganizationConformancePacksExceededException"):
        put(recording_lab, "one-more")


ASKING: dict[str, Document] = {
    "DescribeOrganizationConformancePacks": {"OrganizationConformancePackNames": ["none"]},
    "DescribeOrganizationConformancePackStatuses": {"OrganizationConformancePackNames": ["none"]},
    "GetOrganizationConformancePackDetailedStatus": {"OrganizationConformancePackName": "none"},
    "DeleteOrganizationConformancePack": {"OrganizationConformancePackName": "none"},
}


@pytest.mark.parametrize("operation", ASKING)
def test_packs_are_the_management_account_s(lab: Lab, operation: str) -> None:
    with pytest.raises(ServiceError, match="NoSuchOrganizationConformancePackException"):
        lab.call(operation, **ASKING[operation])
    with pytest.raises(ServiceError, match="OrganizationAccessDeniedException"):
        lab.call(operation, lab.second, **ASKING[operation])


def test_only_the_management_account_of_an_organization_puts_packs(lab: Lab) -> None:
    with pytest.raises(ServiceError, match="OrganizationAccessDeniedException"):
        put(lab, account=lab.second)
    alone = Lab(accounts=1)
    with pytest.raises(ServiceError, match="NoAvailableOrganizationException"):
        put(alone)
    alone.engine.close()


def test_packs_and_accounts_come_in_pages(recording_lab: Lab) -> None:
    for name in ("c", "a", "b"):
        put(recording_lab, name)
    for operation, member in (
        ("DescribeOrganizationConformancePacks", "OrganizationConformancePacks"),
        ("DescribeOrganizationConformancePackStatuses", "OrganizationConformancePackStatuses"),
    ):
        first = recording_lab.call(operation, Limit=2)
        rest = recording_lab.call(operation, Limit=2, NextToken=first["NextToken"])
        names = [pack["OrganizationConformancePackName"] for page in (first, rest) for pack in page[member]]
        assert names == ["a", "b", "c"]
    asked: Document = {"OrganizationConformancePackName": "a", "Limit": 2}
    token = recording_lab.call("GetOrganizationConformancePackDetailedStatus", **asked)["NextToken"]
    assert len(members(recording_lab, "a", NextToken=token)) == 1

"""What an aggregator shows of the conformance packs of its sources."""

from __future__ import annotations

from typing import Any

import pytest

from tests.backend.engine.config.conftest import volume
from tests.backend.engine.config.lab import OTHER_REGION, Lab
from tests.backend.engine.conftest import REGION

TEMPLATE = """
Resources:
  Volumes:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: volumes
      Source: {Owner: AWS, SourceIdentifier: ENCRYPTED_VOLUMES}
  Databases:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: databases
      Source: {Owner: AWS, SourceIdentifier: RDS_STORAGE_ENCRYPTED}
"""


@pytest.fixture
def packed(lab: Lab) -> Lab:
    """The pack `storage` in two accounts: in the main one a volume breaks it; `empty` in the main one knows nothing."""
    for account, encrypted in ((lab.main, False), (lab.second, True)):
        lab.record(account)
        lab.put(volume("vol-1", encrypted=encrypted), account)
        lab.call("PutConformancePack", account, ConformancePackName="storage", TemplateBody=TEMPLATE)
    databases = TEMPLATE.replace("ENCRYPTED_VOLUMES", "RDS_STORAGE_ENCRYPTED")
    lab.call("PutConformancePack", ConformancePackName="empty", TemplateBody=databases)
    lab.authorize(lab.second)
    lab.wait(60)
    lab.aggregate(lab.main, lab.second)
    return lab


def packs(lab: Lab, **filters: str) -> dict[tuple[str, str], tuple[str, int, int, int]]:
    """(account, pack) → its verdict and how many rules comply, do not, and are there."""
    answer = lab.call(
        "DescribeAggregateComplianceByConformancePacks", ConfigurationAggregatorName="all", Filters=filters
    )
    return {
        (pack["AccountId"], pack["ConformancePackName"]): (
            pack["Compliance"]["ComplianceType"],
            pack["Compliance"]["CompliantRuleCount"],
            pack["Compliance"]["NonCompliantRuleCount"],
            pack["Compliance"]["TotalRuleCount"],
        )
        for pack in answer["AggregateComplianceByConformancePacks"]
    }


def summary(lab: Lab, **params: Any) -> dict[str | None, tuple[int, int]]:
    answer = lab.call("GetAggregateConformancePackComplianceSummary", ConfigurationAggregatorName="all", **params)
    assert answer.get("GroupByKey") == params.get("GroupByKey")
    return {
        group.get("GroupName"): (
            group["ComplianceSummary"]["CompliantConformancePackCount"],
            group["ComplianceSummary"]["NonCompliantConformancePackCount"],
        )
        for group in answer["AggregateConformancePackComplianceSummaries"]
    }


def test_packs_are_shown_for_each_source(packed: Lab) -> None:
    lab = packed
    assert packs(lab) == {
        (lab.main, "empty"): ("INSUFFICIENT_DATA", 0, 0, 2),
        (lab.main, "storage"): ("NON_COMPLIANT", 0, 1, 2),
        (lab.second, "storage"): ("COMPLIANT", 1, 0, 2),
    }


def test_packs_can_be_narrowed(packed: Lab) -> None:
    lab = packed
    assert set(packs(lab, ConformancePackName="storage", AccountId=lab.main)) == {(lab.main, "storage")}
    assert set(packs(lab, ComplianceType="INSUFFICIENT_DATA")) == {(lab.main, "empty")}
    assert packs(lab, AwsRegion=OTHER_REGION) == {}


def test_packs_come_in_pages(packed: Lab) -> None:
    found: list[tuple[str, str]] = []
    params: dict[str, Any] = {"ConfigurationAggregatorName": "all", "Limit": 1}
    while True:
        answer = packed.call("DescribeAggregateComplianceByConformancePacks", **params)
        found += [
            (pack["AccountId"], pack["ConformancePackName"]) for pack in answer["AggregateComplianceByConformancePacks"]
        ]
        if "NextToken" not in answer:
            break
        params["NextToken"] = answer["NextToken"]
    assert sorted(found) == sorted(packs(packed))
    assert len(found) == 3


def test_packs_are_counted_in_groups(packed: Lab) -> None:
    lab = packed
    assert summary(lab) == {None: (1, 1)}
    assert summary(lab, GroupByKey="ACCOUNT_ID") == {lab.main: (0, 1), lab.second: (1, 0)}
    assert summary(lab, GroupByKey="AWS_REGION") == {REGION: (1, 1)}
    assert summary(lab, Filters={"AccountId": lab.second}) == {None: (1, 0)}


def test_groups_come_in_pages(packed: Lab) -> None:
    params: dict[str, Any] = {"ConfigurationAggregatorName": "all", "GroupByKey": "ACCOUNT_ID", "Limit": 1}
    first = packed.call("GetAggregateConformancePackComplianceSummary", **params)
    rest = packed.call("GetAggregateConformancePackComplianceSummary", **params, NextToken=first["NextToken"])
    groups = [
        group["GroupName"] for page in (first, rest) for group in page["AggregateConformancePackComplianceSummaries"]
    ]
    assert groups == sorted([packed.main, packed.second])
    assert "NextToken" not in rest


def test_a_deleted_pack_goes_with_the_next_refresh(packed: Lab) -> None:
    packed.call("DeleteConformancePack", ConformancePackName="storage")
    packed.wait(60)
    assert (packed.main, "storage") in packs(packed)
    packed.wait(300)
    assert set(packs(packed)) == {(packed.main, "empty"), (packed.second, "storage")}

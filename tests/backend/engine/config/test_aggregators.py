"""Aggregators as they are put, shown and deleted, their limits and refusals."""

from __future__ import annotations

import re
from typing import Any

import pytest

from backend.engine.config import aggregators
from backend.engine.errors import ServiceError
from backend.model.item import Document
from backend.model.moment import DAY, to_datetime
from tests.backend.engine.config.lab import OTHER_REGION, Lab
from tests.backend.engine.conftest import REGION

ROLE = "arn:aws:iam::696686700433:role/config-organization"
UNKNOWN = "The configuration aggregator does not exist. Check the configuration aggregator name and try again."


def put(lab: Lab, name: str = "all", account: str = "", **members: Any) -> Document:
    answer = lab.call("PutConfigurationAggregator", account, ConfigurationAggregatorName=name, **members)
    aggregator: Document = answer["ConfigurationAggregator"]
    return aggregator


def over(*accounts: str, **where: Any) -> Document:
    """AccountAggregationSources; all regions unless others are said."""
    return {"AccountAggregationSources": [{"AccountIds": list(accounts), **(where or {"AllAwsRegions": True})}]}


def test_a_put_aggregator_is_shown(lab: Lab) -> None:
    made = put(lab, **over(lab.second, lab.third, AwsRegions=[REGION]))
    found = lab.call("DescribeConfigurationAggregators")["ConfigurationAggregators"]
    assert found == [made]
    arn = made.pop("ConfigurationAggregatorArn")
    assert re.fullmatch(f"arn:aws:config:{REGION}:{lab.main}:config-aggregator/config-aggregator-[a-z0-9]{{8}}", arn)
    assert made == {
        "ConfigurationAggregatorName": "all",
        "AccountAggregationSources": [{"AccountIds": [lab.second, lab.third], "AwsRegions": [REGION]}],
        "CreationTime": to_datetime(lab.engine.now),
        "LastUpdatedTime": to_datetime(lab.engine.now),
    }


def test_putting_again_replaces_the_sources_and_keeps_the_rest(lab: Lab) -> None:
    before = put(lab, **over(lab.second), Tags=[{"Key": "team", "Value": "audit"}])
    lab.wait(60)
    after = put(lab, **over(lab.third), Tags=[{"Key": "team", "Value": "nobody"}])
    assert after["AccountAggregationSources"] == [{"AccountIds": [lab.third], "AllAwsRegions": True}]
    assert (after["ConfigurationAggregatorArn"], after["CreationTime"]) == (
        before["ConfigurationAggregatorArn"],
        before["CreationTime"],
    )
    assert after["LastUpdatedTime"] > before["LastUpdatedTime"]
    tags = lab.call("ListTagsForResource", ResourceArn=after["ConfigurationAggregatorArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "audit"}]


def test_aggregators_are_of_a_region(lab: Lab) -> None:
    put(lab, **over(lab.second))
    assert lab.call("DescribeConfigurationAggregators", region=OTHER_REGION) == {"ConfigurationAggregators": []}


def test_they_come_by_name_and_in_pages(lab: Lab) -> None:
    for name in ("c", "a", "b"):
        put(lab, name, **over(lab.second))
    first = lab.call("DescribeConfigurationAggregators", Limit=2)
    rest = lab.call("DescribeConfigurationAggregators", Limit=2, NextToken=first["NextToken"])
    names = [each["ConfigurationAggregatorName"] for page in (first, rest) for each in page["ConfigurationAggregators"]]
    assert names == ["a", "b", "c"]
    assert "NextToken" not in rest
    named = lab.call("DescribeConfigurationAggregators", ConfigurationAggregatorNames=["c", "a"])
    assert [each["ConfigurationAggregatorName"] for each in named["ConfigurationAggregators"]] == ["a", "c"]
    with pytest.raises(ServiceError, match="InvalidNextTokenException"):
        lab.call("DescribeConfigurationAggregators", NextToken="bm8=")


def test_a_deleted_one_is_gone_with_its_tags(lab: Lab) -> None:
    arn = put(lab, **over(lab.second))["ConfigurationAggregatorArn"]
    lab.call("TagResource", ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    lab.call("DeleteConfigurationAggregator", ConfigurationAggregatorName="all")
    assert lab.call("DescribeConfigurationAggregators") == {"ConfigurationAggregators": []}
    with pytest.raises(ServiceError, match="ResourceNotFoundException"):
        lab.call("ListTagsForResource", ResourceArn=arn)


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("DescribeConfigurationAggregators", {"ConfigurationAggregatorNames": ["all"]}),
        ("DescribeConfigurationAggregatorSourcesStatus", {"ConfigurationAggregatorName": "all"}),
        ("DeleteConfigurationAggregator", {"ConfigurationAggregatorName": "all"}),
        ("ListAggregateDiscoveredResources", {"ConfigurationAggregatorName": "all", "ResourceType": "AWS::S3::Bucket"}),
        ("GetAggregateDiscoveredResourceCounts", {"ConfigurationAggregatorName": "all"}),
        ("DescribeAggregateComplianceByConfigRules", {"ConfigurationAggregatorName": "all"}),
        ("GetAggregateConfigRuleComplianceSummary", {"ConfigurationAggregatorName": "all"}),
        ("DescribeAggregateComplianceByConformancePacks", {"ConfigurationAggregatorName": "all"}),
        ("GetAggregateConformancePackComplianceSummary", {"ConfigurationAggregatorName": "all"}),
    ],
)
def test_one_that_is_not_there_is_refused(lab: Lab, operation: str, params: Document) -> None:
    with pytest.raises(ServiceError) as refusal:
        lab.call(operation, **params)
    assert (refusal.value.code, refusal.value.message) == ("NoSuchConfigurationAggregatorException", UNKNOWN)


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({}, "missing either the AccountAggregationSource or the OrganizationAggregationSource"),
        ({"AccountAggregationSources": []}, "missing either"),
        (
            {
                **over("111122223333"),
                "OrganizationAggregationSource": {"RoleArn": ROLE, "AllAwsRegions": True},
            },
            "contains both the AccountAggregationSource and the OrganizationAggregationSource",
        ),
        (over("111122223333", AwsRegions=[REGION], AllAwsRegions=True), "also specifies the use of all regions"),
        (over("111122223333", AllAwsRegions=False), "does not specify any regions"),
        (over("111122223333", AwsRegions=["here"]), "The region 'here' is not valid"),
        ({**over("111122223333"), "AggregatorFilters": {}}, "AggregatorFilters needs"),
    ],
)
def test_contradictions_are_refused(lab: Lab, members: Document, says: str) -> None:
    with pytest.raises(ServiceError, match=f"InvalidParameterValueException.*{says}"):
        put(lab, **members)
    assert lab.call("DescribeConfigurationAggregators") == {"ConfigurationAggregators": []}


def test_the_number_of_aggregators_is_limited(lab: Lab) -> None:
    for number in range(aggregators.MOST_AGGREGATORS):
        put(lab, f"a{number}", **over(lab.second))
    with pytest.raises(ServiceError, match="LimitExceededException"):
        put(lab, "one-more", **over(lab.second))
    put(lab, "a0", **over(lab.third))


def test_the_changes_of_a_week_are_limited(lab: Lab) -> None:
    many = [f"{number:012}" for number in range(aggregators.MOST_ACCOUNT_CHANGES)]
    put(lab, **over(*many, AwsRegions=[REGION]))
    with pytest.raises(ServiceError, match="LimitExceededException"):
        put(lab, "other", **over(lab.second))
    lab.call("DeleteConfigurationAggregator", ConfigurationAggregatorName="all")
    lab.wait(7 * DAY / 1000 + 1)
    put(lab, "other", **over(lab.second))


def test_only_the_management_account_aggregates_the_organization(lab: Lab) -> None:
    source = {"RoleArn": ROLE, "AllAwsRegions": True}
    made = put(lab, OrganizationAggregationSource=source)
    assert made["OrganizationAggregationSource"] == source
    with pytest.raises(ServiceError, match="OrganizationAccessDeniedException"):
        put(lab, account=lab.second, OrganizationAggregationSource=source)
    with pytest.raises(ServiceError, match="InvalidRoleException"):
        put(lab, OrganizationAggregationSource={**source, "RoleArn": "config-organization"})


def test_a_lone_account_has_no_organization() -> None:
    lab = Lab(accounts=1)
    with pytest.raises(ServiceError, match="NoAvailableOrganizationException"):
        put(lab, OrganizationAggregationSource={"RoleArn": ROLE, "AllAwsRegions": True})
    lab.engine.close()

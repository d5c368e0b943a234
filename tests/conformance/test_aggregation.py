"""Three accounts through boto3: aggregators, authorizations, and what an organization puts into its accounts."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.engine.accounts import account_ids
from backend.model.item import Document
from backend.wire.open import WorldChoice
from tests.backend.engine.conftest import ACCOUNT, REGION, START, bucket_policy
from tests.conformance.conftest import Boto, Refusal, serve_world

MAIN, SECOND, THIRD = account_ids(ACCOUNT, 3)
RECORDER_TYPE = "AWS::Config::ConfigurationRecorder"
TEMPLATE = """
Resources:
  Trails:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: trails
      Source: {Owner: AWS, SourceIdentifier: CLOUD_TRAIL_ENABLED}
"""


class Accounts:
    """The three accounts, each recording into a bucket of its own."""

    def __init__(self, boto: Boto) -> None:
        self.boto = boto
        self.main = boto.client("config", account=MAIN)
        self.second = boto.client("config", account=SECOND)
        self.third = boto.client("config", account=THIRD)
        for account, config in ((MAIN, self.main), (SECOND, self.second), (THIRD, self.third)):
            bucket, s3 = f"config-{account}", boto.client("s3", account=account)
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
            s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(bucket))
            role = f"arn:aws:iam::{account}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
            config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
            config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": bucket})
            config.start_configuration_recorder(ConfigurationRecorderName="default")

    def aggregate_organization(self) -> None:
        """The aggregator `all` over the organization, after its first refresh."""
        source = {"RoleArn": f"arn:aws:iam::{MAIN}:role/config-organization", "AllAwsRegions": True}
        self.main.put_configuration_aggregator(ConfigurationAggregatorName="all", OrganizationAggregationSource=source)
        self.boto.advance("1m")


@pytest.fixture
def accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Accounts]:
    """Three accounts that record, the clock standing."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for _, url in serve_world(WorldChoice(empty=True, start=START, accounts=3)):
        boto = Boto(url)
        yield Accounts(boto)
        boto.close()


@pytest.mark.operation("PutConfigurationAggregator", "DescribeConfigurationAggregators")
@pytest.mark.operation("DescribeConfigurationAggregatorSourcesStatus", "DeleteConfigurationAggregator")
@pytest.mark.operation("DescribePendingAggregationRequests", "DeletePendingAggregationRequest")
@pytest.mark.operation("PutAggregationAuthorization", "DescribeAggregationAuthorizations")
@pytest.mark.operation("DeleteAggregationAuthorization")
def test_an_account_is_asked_agrees_and_changes_its_mind(accounts: Accounts, refused: Refusal) -> None:
    main, second = accounts.main, accounts.second
    sources = [{"AccountIds": [MAIN, SECOND], "AwsRegions": [REGION]}]
    made = main.put_configuration_aggregator(ConfigurationAggregatorName="all", AccountAggregationSources=sources)
    found = main.describe_configuration_aggregators(ConfigurationAggregatorNames=["all"])["ConfigurationAggregators"]
    assert found == [made["ConfigurationAggregator"]]

    def statuses() -> dict[str, str]:
        accounts.boto.advance("1m")
        paginator = main.get_paginator("describe_configuration_aggregator_sources_status")
        pages = paginator.paginate(ConfigurationAggregatorName="all", PaginationConfig={"PageSize": 1})
        found = [status for page in pages for status in page["AggregatedSourceStatusList"]]
        return {status["SourceId"]: status["LastUpdateStatus"] for status in found}

    assert statuses() == {MAIN: "SUCCEEDED", SECOND: "FAILED"}
    (request,) = second.describe_pending_aggregation_requests()["PendingAggregationRequests"]
    assert request == {"RequesterAccountId": MAIN, "RequesterAwsRegion": REGION}
    second.delete_pending_aggregation_request(**request)
    assert second.describe_pending_aggregation_requests()["PendingAggregationRequests"] == []

    place = {"AuthorizedAccountId": MAIN, "AuthorizedAwsRegion": REGION}
    authorization = second.put_aggregation_authorization(**place)["AggregationAuthorization"]
    assert second.describe_aggregation_authorizations()["AggregationAuthorizations"] == [authorization]
    assert statuses() == {MAIN: "SUCCEEDED", SECOND: "SUCCEEDED"}
    second.delete_aggregation_authorization(**place)
    assert statuses() == {MAIN: "SUCCEEDED", SECOND: "OUTDATED"}

    main.delete_configuration_aggregator(ConfigurationAggregatorName="all")
    again = refused(main.delete_configuration_aggregator, ConfigurationAggregatorName="all")
    assert again == (
        "NoSuchConfigurationAggregatorException",
        "The configuration aggregator does not exist. Check the configuration aggregator name and try again.",
    )


@pytest.mark.operation("ListAggregateDiscoveredResources", "GetAggregateResourceConfig")
@pytest.mark.operation("BatchGetAggregateResourceConfig", "GetAggregateDiscoveredResourceCounts")
@pytest.mark.operation("SelectAggregateResourceConfig")
def test_items_of_all_accounts_are_seen_in_one(accounts: Accounts) -> None:
    main = accounts.main
    accounts.aggregate_organization()
    of = {"ConfigurationAggregatorName": "all"}
    paginator = main.get_paginator("list_aggregate_discovered_resources")
    pages = paginator.paginate(**of, ResourceType=RECORDER_TYPE, PaginationConfig={"PageSize": 2})
    found = [identifier for page in pages for identifier in page["ResourceIdentifiers"]]
    assert sorted(identifier["SourceAccountId"] for identifier in found) == sorted([MAIN, SECOND, THIRD])

    item = main.get_aggregate_resource_config(**of, ResourceIdentifier=found[0])["ConfigurationItem"]
    assert (item["accountId"], item["resourceType"]) == (found[0]["SourceAccountId"], RECORDER_TYPE)
    batch = main.batch_get_aggregate_resource_config(**of, ResourceIdentifiers=found)
    assert len(batch["BaseConfigurationItems"]) == 3
    assert batch["UnprocessedResourceIdentifiers"] == []

    filters = {"ResourceType": RECORDER_TYPE}
    counted = main.get_aggregate_discovered_resource_counts(**of, Filters=filters, GroupByKey="ACCOUNT_ID")
    assert counted["TotalDiscoveredResources"] == 3
    assert {group["ResourceCount"] for group in counted["GroupedResourceCounts"]} == {1}
    expression = f"SELECT accountId WHERE resourceType = '{RECORDER_TYPE}'"
    rows = main.select_aggregate_resource_config(**of, Expression=expression)["Results"]
    assert sorted(json.loads(row)["accountId"] for row in rows) == sorted([MAIN, SECOND, THIRD])


def judged(accounts: Accounts) -> Document:
    """Every account has a rule and a pack with a verdict, and the aggregator `all` has collected them."""
    accounts.main.put_organization_conformance_pack(OrganizationConformancePackName="pack", TemplateBody=TEMPLATE)
    accounts.boto.advance("2m")
    accounts.aggregate_organization()
    return {"ConfigurationAggregatorName": "all"}


@pytest.mark.operation("DescribeAggregateComplianceByConfigRules", "GetAggregateComplianceDetailsByConfigRule")
@pytest.mark.operation("GetAggregateConfigRuleComplianceSummary", "DescribeAggregateComplianceByConformancePacks")
@pytest.mark.operation("GetAggregateConformancePackComplianceSummary")
def test_verdicts_of_all_accounts_are_seen_in_one(accounts: Accounts) -> None:
    main, of = accounts.main, judged(accounts)
    rules = main.describe_aggregate_compliance_by_config_rules(**of)["AggregateComplianceByConfigRules"]
    assert sorted(rule["AccountId"] for rule in rules) == sorted([MAIN, SECOND, THIRD])
    place = {"AccountId": SECOND, "AwsRegion": REGION}
    (name,) = {rule["ConfigRuleName"] for rule in rules if rule["AccountId"] == SECOND}
    details = main.get_aggregate_compliance_details_by_config_rule(**of, **place, ConfigRuleName=name)
    (result,) = details["AggregateEvaluationResults"]
    assert (result["ComplianceType"], result["AccountId"]) == ("NON_COMPLIANT", SECOND)

    summary = main.get_aggregate_config_rule_compliance_summary(**of, GroupByKey="AWS_REGION")
    (group,) = summary["AggregateComplianceCounts"]
    assert group["ComplianceSummary"]["NonCompliantResourceCount"] == {"CappedCount": 3, "CapExceeded": False}

    packs = main.describe_aggregate_compliance_by_conformance_packs(**of)["AggregateComplianceByConformancePacks"]
    assert {pack["Compliance"]["ComplianceType"] for pack in packs} == {"NON_COMPLIANT"}
    summary = main.get_aggregate_conformance_pack_compliance_summary(**of, GroupByKey="ACCOUNT_ID")
    groups = summary["AggregateConformancePackComplianceSummaries"]
    assert [group["ComplianceSummary"]["NonCompliantConformancePackCount"] for group in groups] == [1, 1, 1]


@pytest.mark.operation("PutOrganizationConfigRule", "DescribeOrganizationConfigRules")
@pytest.mark.operation("DescribeOrganizationConfigRuleStatuses", "GetOrganizationConfigRuleDetailedStatus")
@pytest.mark.operation("GetOrganizationCustomRulePolicy", "DeleteOrganizationConfigRule")
def test_a_rule_of_the_organization_from_its_making_to_its_end(accounts: Accounts, refused: Refusal) -> None:
    main, named = accounts.main, {"OrganizationConfigRuleName": "mine"}
    metadata = {"PolicyRuntime": "guard-2.x.x", "PolicyText": "rule any { resourceType exists }"}
    code, _ = refused(
        accounts.second.put_organization_config_rule, **named, OrganizationCustomPolicyRuleMetadata=metadata
    )
    assert code == "OrganizationAccessDeniedException"
    arn = main.put_organization_config_rule(
        **named, OrganizationCustomPolicyRuleMetadata=metadata, ExcludedAccounts=[THIRD]
    )["OrganizationConfigRuleArn"]
    (shown,) = main.describe_organization_config_rules()["OrganizationConfigRules"]
    assert (shown["OrganizationConfigRuleArn"], shown["ExcludedAccounts"]) == (arn, [THIRD])
    assert main.get_organization_custom_rule_policy(**named)["PolicyText"] == metadata["PolicyText"]
    accounts.boto.advance("1m")
    (status,) = main.describe_organization_config_rule_statuses()["OrganizationConfigRuleStatuses"]
    assert status["OrganizationRuleStatus"] == "CREATE_SUCCESSFUL"
    members = main.get_organization_config_rule_detailed_status(**named)["OrganizationConfigRuleDetailedStatus"]
    assert sorted(member["AccountId"] for member in members) == sorted([MAIN, SECOND])
    (rule,) = accounts.second.describe_config_rules()["ConfigRules"]
    assert rule["ConfigRuleName"] == members[0]["ConfigRuleName"]

    main.delete_organization_config_rule(**named)
    accounts.boto.advance("1m")
    assert main.describe_organization_config_rules()["OrganizationConfigRules"] == []
    assert accounts.second.describe_config_rules()["ConfigRules"] == []


@pytest.mark.operation("PutOrganizationConformancePack", "DescribeOrganizationConformancePacks")
@pytest.mark.operation("DescribeOrganizationConformancePackStatuses", "GetOrganizationConformancePackDetailedStatus")
@pytest.mark.operation("DeleteOrganizationConformancePack")
def test_a_pack_of_the_organization_from_its_making_to_its_end(accounts: Accounts, refused: Refusal) -> None:
    main, named = accounts.main, {"OrganizationConformancePackName": "pack"}
    code, _ = refused(main.put_organization_conformance_pack, **named, TemplateBody="Resources: {}")
    assert code == "OrganizationConformancePackTemplateValidationException"
    arn = main.put_organization_conformance_pack(**named, TemplateBody=TEMPLATE)["OrganizationConformancePackArn"]
    (shown,) = main.describe_organization_conformance_packs()["OrganizationConformancePacks"]
    assert shown["OrganizationConformancePackArn"] == arn
    accounts.boto.advance("2m")
    (status,) = main.describe_organization_conformance_pack_statuses()["OrganizationConformancePackStatuses"]
    assert status["Status"] == "CREATE_SUCCESSFUL"
    detailed = main.get_organization_conformance_pack_detailed_status(**named)
    members = detailed["OrganizationConformancePackDetailedStatuses"]
    assert sorted(member["AccountId"] for member in members) == sorted([MAIN, SECOND, THIRD])
    (pack,) = accounts.third.describe_conformance_packs()["ConformancePackDetails"]
    assert pack["ConformancePackName"] == members[0]["ConformancePackName"]

    main.delete_organization_conformance_pack(**named)
    accounts.boto.advance("2m")
    assert main.describe_organization_conformance_packs()["OrganizationConformancePacks"] == []
    assert accounts.third.describe_conformance_packs()["ConformancePackDetails"] == []

"""The commands of AWS Config that people use most, run with the stock command line."""

from __future__ import annotations

import json

import pytest

from tests.labs.conftest import Lab

CONFIG = "aws configservice"
INSTANCE = "AWS::EC2::Instance"


@pytest.mark.operation("GetDiscoveredResourceCounts", "ListDiscoveredResources", "GetResourceConfigHistory")
@pytest.mark.operation("BatchGetResourceConfig", "SelectResourceConfig", "ListConfigurationRecorders")
def test_looking_at_what_is_recorded(lab: Lab) -> None:
    (recorder,) = lab.json(f"{CONFIG} list-configuration-recorders")["ConfigurationRecorderSummaries"]
    assert (recorder["name"], recorder["recordingScope"]) == ("default", "PAID")
    counted = lab.json(f"{CONFIG} get-discovered-resource-counts --resource-types {INSTANCE}")["resourceCounts"]
    listed = lab.json(f"{CONFIG} list-discovered-resources --resource-type {INSTANCE}")["resourceIdentifiers"]
    assert counted == [{"resourceType": INSTANCE, "count": len(listed)}]
    name = listed[0]["resourceId"]
    history = lab.json(f"{CONFIG} get-resource-config-history --resource-type {INSTANCE} --resource-id {name}")
    newest = history["configurationItems"][0]
    assert json.loads(newest["configuration"])["instanceId"] == name
    keys = f"--resource-keys resourceType={INSTANCE},resourceId={name} resourceType={INSTANCE},resourceId=i-none"
    batch = lab.json(f"{CONFIG} batch-get-resource-config {keys}")
    (item,) = batch["baseConfigurationItems"]
    assert item["configurationStateId"] == newest["configurationStateId"]
    query = f"SELECT resourceId WHERE resourceType = '{INSTANCE}' AND resourceId = '{name}'"
    rows = lab.json(f'{CONFIG} select-resource-config --expression "{query}"')["Results"]
    assert [json.loads(row) for row in rows] == [{"resourceId": name}]
    unknown = lab.refused(f"{CONFIG} get-resource-config-history --resource-type {INSTANCE} --resource-id i-none")
    assert "(ResourceNotDiscoveredException)" in unknown


@pytest.mark.operation("PutConfigRule", "DescribeConfigRules", "StartConfigRulesEvaluation", "DeleteConfigRule")
@pytest.mark.operation("DescribeComplianceByConfigRule", "GetComplianceDetailsByConfigRule")
@pytest.mark.operation("DescribeConfigRuleEvaluationStatus", "DescribeComplianceByResource")
@pytest.mark.operation("GetComplianceDetailsByResource", "GetComplianceSummaryByConfigRule")
@pytest.mark.operation("GetComplianceSummaryByResourceType", "DeleteEvaluationResults")
def test_a_rule_from_the_first_command_to_the_last(lab: Lab) -> None:
    rule = {
        "ConfigRuleName": "costed",
        "Source": {"Owner": "AWS", "SourceIdentifier": "REQUIRED_TAGS"},
        "Scope": {"ComplianceResourceTypes": [INSTANCE]},
        "InputParameters": '{"tag1Key": "nobody-has-this"}',
    }
    lab.write("rule.json", rule)
    lab.run(f"{CONFIG} put-config-rule --config-rule file://rule.json")
    (shown,) = lab.json(f"{CONFIG} describe-config-rules --config-rule-names costed")["ConfigRules"]
    assert rule.items() <= shown.items()
    lab.control("clock", {"advance": "5m"})
    lab.run(f"{CONFIG} start-config-rules-evaluation --config-rule-names costed")
    lab.control("clock", {"advance": "5m"})
    status = lab.json(f"{CONFIG} describe-config-rule-evaluation-status --config-rule-names costed")
    assert status["ConfigRulesEvaluationStatus"][0]["LastSuccessfulEvaluationTime"]
    by_rule = lab.json(f"{CONFIG} describe-compliance-by-config-rule --config-rule-names costed")
    (verdict,) = by_rule["ComplianceByConfigRules"]
    assert verdict["Compliance"]["ComplianceType"] == "NON_COMPLIANT"
    details = lab.json(f"{CONFIG} get-compliance-details-by-config-rule --config-rule-name costed")
    identified = details["EvaluationResults"][0]["EvaluationResultIdentifier"]["EvaluationResultQualifier"]
    resource = f"--resource-type {INSTANCE} --resource-id {identified['ResourceId']}"
    results = lab.json(f"{CONFIG} get-compliance-details-by-resource {resource}")["EvaluationResults"]
    names = {each["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ConfigRuleName"] for each in results}
    assert "costed" in names
    (of_resource,) = lab.json(f"{CONFIG} describe-compliance-by-resource {resource}")["ComplianceByResources"]
    assert of_resource["Compliance"]["ComplianceType"] == "NON_COMPLIANT"
    summary = lab.json(f"{CONFIG} get-compliance-summary-by-config-rule")["ComplianceSummary"]
    assert summary["NonCompliantResourceCount"]["CappedCount"] >= 1
    by_type = lab.json(f"{CONFIG} get-compliance-summary-by-resource-type --resource-types {INSTANCE}")
    (of_type,) = by_type["ComplianceSummariesByResourceType"]
    assert of_type["ComplianceSummary"]["NonCompliantResourceCount"]["CappedCount"] >= 1
    lab.run(f"{CONFIG} delete-evaluation-results --config-rule-name costed")
    lab.control("clock", {"advance": "5m"})
    lab.run(f"{CONFIG} delete-config-rule --config-rule-name costed")
    lab.control("clock", {"advance": "5m"})
    assert "(NoSuchConfigRuleException)" in lab.refused(f"{CONFIG} describe-config-rules --config-rule-names costed")


@pytest.mark.operation("TagResource", "ListTagsForResource", "UntagResource")
@pytest.mark.operation("PutRetentionConfiguration", "DescribeRetentionConfigurations", "DeleteRetentionConfiguration")
@pytest.mark.operation("PutStoredQuery", "GetStoredQuery", "ListStoredQueries", "DeleteStoredQuery")
def test_tags_retention_and_stored_queries(lab: Lab) -> None:
    (recorder,) = lab.json(f"{CONFIG} describe-configuration-recorders")["ConfigurationRecorders"]
    lab.run(f"{CONFIG} tag-resource --resource-arn {recorder['arn']} --tags Key=team,Value=platform")
    listed = f"{CONFIG} list-tags-for-resource --resource-arn {recorder['arn']}"
    assert {"Key": "team", "Value": "platform"} in lab.json(listed)["Tags"]
    lab.run(f"{CONFIG} untag-resource --resource-arn {recorder['arn']} --tag-keys team")
    assert "team" not in {tag["Key"] for tag in lab.json(listed)["Tags"]}

    kept = lab.json(f"{CONFIG} put-retention-configuration --retention-period-in-days 90")["RetentionConfiguration"]
    assert kept == {"Name": "default", "RetentionPeriodInDays": 90}
    assert lab.json(f"{CONFIG} describe-retention-configurations")["RetentionConfigurations"] == [kept]
    lab.run(f"{CONFIG} delete-retention-configuration --retention-configuration-name default")
    assert lab.json(f"{CONFIG} describe-retention-configurations")["RetentionConfigurations"] == []

    lab.write(
        "query.json", {"QueryName": "machines", "Expression": f"SELECT resourceId WHERE resourceType = '{INSTANCE}'"}
    )
    arn = lab.json(f"{CONFIG} put-stored-query --stored-query file://query.json")["QueryArn"]
    stored = lab.json(f"{CONFIG} get-stored-query --query-name machines")["StoredQuery"]
    assert stored["QueryArn"] == arn
    names = [each["QueryName"] for each in lab.json(f"{CONFIG} list-stored-queries")["StoredQueryMetadata"]]
    assert "machines" in names
    lab.run(f"{CONFIG} delete-stored-query --query-name machines")
    assert "(ResourceNotFoundException)" in lab.refused(f"{CONFIG} get-stored-query --query-name machines")

"""Remediation through boto3."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.conftest import Boto, Refusal

RULE = {"ConfigRuleName": "versions"}
BUCKETS = "AWS::S3::Bucket"
DOCUMENT = "AWS-ConfigureS3BucketVersioning"


@pytest.fixture
def bucket(boto: Boto, config: Any, recording: None) -> str:
    """The one bucket of the account, which a rule finds wrong."""
    source = {"Owner": "AWS", "SourceIdentifier": "S3_BUCKET_VERSIONING_ENABLED"}
    config.put_config_rule(ConfigRule={**RULE, "Source": source})
    boto.advance("5s")
    results = config.get_compliance_details_by_config_rule(**RULE)["EvaluationResults"]
    [found] = [result["EvaluationResultIdentifier"]["EvaluationResultQualifier"] for result in results]
    return str(found["ResourceId"])


@pytest.mark.operation("PutRemediationConfigurations", "DescribeRemediationConfigurations")
@pytest.mark.operation("DeleteRemediationConfiguration", "StartRemediationExecution")
@pytest.mark.operation("DescribeRemediationExecutionStatus", "PutConfigRule", "GetComplianceDetailsByConfigRule")
def test_a_remediation_is_configured_asked_for_and_deleted(
    boto: Boto, config: Any, bucket: str, refused: Refusal
) -> None:
    given = {**RULE, "TargetType": "SSM_DOCUMENT", "TargetId": DOCUMENT}
    assert config.put_remediation_configurations(RemediationConfigurations=[given])["FailedBatches"] == []
    [shown] = config.describe_remediation_configurations(ConfigRuleNames=["versions"])["RemediationConfigurations"]
    assert shown["TargetId"] == DOCUMENT
    keys = [{"resourceType": BUCKETS, "resourceId": name} for name in (bucket, "none")]
    answer = config.start_remediation_execution(**RULE, ResourceKeys=keys)
    assert answer["FailedItems"] == keys[1:]
    assert refused(config.delete_remediation_configuration, **RULE)[0] == "RemediationInProgressException"
    boto.advance("10s")
    [status] = config.describe_remediation_execution_status(**RULE)["RemediationExecutionStatuses"]
    assert (status["ResourceKey"], status["State"]) == (keys[0], "FAILED")
    config.delete_remediation_configuration(**RULE)
    assert refused(config.delete_remediation_configuration, **RULE) == (
        "NoSuchRemediationConfigurationException",
        "The rule versions does not have a remediation configuration.",
    )


@pytest.mark.operation("PutRemediationExceptions", "DescribeRemediationExceptions", "DeleteRemediationExceptions")
def test_an_exception_is_made_and_unmade(config: Any, bucket: str, refused: Refusal) -> None:
    keys = [{"ResourceType": BUCKETS, "ResourceId": bucket}]
    answer = config.put_remediation_exceptions(**RULE, ResourceKeys=keys, Message="kept as it is")
    assert answer["FailedBatches"] == []
    [shown] = config.describe_remediation_exceptions(**RULE)["RemediationExceptions"]
    assert (shown["ResourceId"], shown["Message"]) == (bucket, "kept as it is")
    assert config.delete_remediation_exceptions(**RULE, ResourceKeys=keys)["FailedBatches"] == []
    code, _ = refused(config.delete_remediation_exceptions, **RULE, ResourceKeys=keys)
    assert code == "NoSuchRemediationExceptionException"

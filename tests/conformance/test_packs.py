"""Conformance packs through boto3: deployed, judged, answered by a person, deleted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.backend.engine.config.packs.conftest import TEMPLATE
from tests.backend.engine.conftest import ACCOUNT, BUCKET
from tests.conformance.conftest import Boto, Refusal

NAME = {"ConformancePackName": "base"}
GOOD, BAD, UNKNOWN = "COMPLIANT", "NON_COMPLIANT", "INSUFFICIENT_DATA"


@pytest.fixture
def pack(boto: Boto, config: Any, recording: None) -> str:
    """The id of a deployed pack over an account with one volume that is not encrypted."""
    answer = config.put_conformance_pack(**NAME, TemplateBody=TEMPLATE, Tags=[{"Key": "team", "Value": "audit"}])
    boto.advance("30s")
    return str(answer["ConformancePackArn"].rsplit("/", 1)[-1])


@pytest.mark.operation("PutConformancePack", "DescribeConformancePacks", "DescribeConformancePackStatus")
@pytest.mark.operation("DeleteConformancePack")
def test_a_pack_from_a_bucket_is_made_and_unmade(boto: Boto, config: Any, recording: None, refused: Refusal) -> None:
    boto.client("s3").put_object(Bucket=BUCKET, Key="base.yaml", Body=TEMPLATE.encode())
    given = [{"ParameterName": "Buckets", "ParameterValue": "no"}]
    config.put_conformance_pack(**NAME, TemplateS3Uri=f"s3://{BUCKET}/base.yaml", ConformancePackInputParameters=given)
    code, _ = refused(config.put_conformance_pack, **NAME, TemplateBody=TEMPLATE)
    assert code == "ResourceInUseException"
    boto.advance("30s")
    [shown] = config.describe_conformance_packs()["ConformancePackDetails"]
    assert shown["ConformancePackInputParameters"] == given
    [status] = config.describe_conformance_pack_status(ConformancePackNames=["base"])["ConformancePackStatusDetails"]
    assert status["ConformancePackState"] == "CREATE_COMPLETE"
    assert len(config.describe_config_rules()["ConfigRules"]) == 3
    config.delete_conformance_pack(**NAME)
    boto.advance("30s")
    assert config.describe_conformance_packs()["ConformancePackDetails"] == []
    assert config.describe_config_rules()["ConfigRules"] == []
    code, text = refused(config.delete_conformance_pack, **NAME)
    assert (code, text) == (
        "NoSuchConformancePackException",
        "You specified one or more conformance packs that do not exist.",
    )


@pytest.mark.operation("DescribeConformancePackCompliance", "GetConformancePackComplianceDetails")
@pytest.mark.operation("GetConformancePackComplianceSummary", "ListConformancePackComplianceScores")
@pytest.mark.operation("PutExternalEvaluation", "TagResource", "UntagResource", "ListTagsForResource")
def test_the_verdicts_of_a_pack(boto: Boto, config: Any, pack: str) -> None:
    def by_rule() -> dict[str, str]:
        answer = config.describe_conformance_pack_compliance(**NAME)
        return {
            rule["ConfigRuleName"].removesuffix(f"-{pack}"): rule["ComplianceType"]
            for rule in answer["ConformancePackRuleComplianceList"]
        }

    assert by_rule() == {"attested": UNKNOWN, "tagged": UNKNOWN, "versions": BAD, "volumes-encrypted": UNKNOWN}
    config.put_external_evaluation(
        ConfigRuleName=f"attested-{pack}",
        ExternalEvaluation={
            "ComplianceResourceType": "AWS::::Account",
            "ComplianceResourceId": ACCOUNT,
            "ComplianceType": GOOD,
            "OrderingTimestamp": datetime.now(UTC),
        },
    )
    assert by_rule()["attested"] == GOOD
    results = config.get_conformance_pack_compliance_details(**NAME)["ConformancePackRuleEvaluationResults"]
    assert [result["ComplianceType"] for result in results] == [GOOD, BAD]
    [summary] = config.get_conformance_pack_compliance_summary(ConformancePackNames=["base"])[
        "ConformancePackComplianceSummaryList"
    ]
    assert summary["ConformancePackComplianceStatus"] == BAD
    [score] = config.list_conformance_pack_compliance_scores()["ConformancePackComplianceScores"]
    assert (score["ConformancePackName"], score["Score"]) == ("base", "50")

    [shown] = config.describe_conformance_packs()["ConformancePackDetails"]
    arn = {"ResourceArn": shown["ConformancePackArn"]}
    config.tag_resource(**arn, Tags=[{"Key": "stage", "Value": "prod"}])
    config.untag_resource(**arn, TagKeys=["team"])
    assert config.list_tags_for_resource(**arn)["Tags"] == [{"Key": "stage", "Value": "prod"}]


@pytest.mark.operation("PutConformancePack")
def test_the_refusals(config: Any, pack: str, refused: Refusal) -> None:
    code, text = refused(config.delete_config_rule, ConfigRuleName=f"tagged-{pack}")
    assert (code, "An AWS service owns" in text) == ("AccessDeniedException", True)
    code, _ = refused(config.put_conformance_pack, ConformancePackName="other", TemplateBody="Resources: {")
    assert code == "ConformancePackTemplateValidationException"
    code, _ = refused(config.put_conformance_pack, ConformancePackName="1st", TemplateBody=TEMPLATE)
    assert code == "ValidationException"
    code, _ = refused(config.put_conformance_pack, ConformancePackName="other", TemplateBody="#" * 51_201)
    assert code == "ValidationException"

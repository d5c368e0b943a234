"""Proactive evaluations through boto3."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conformance.conftest import Boto


@pytest.mark.operation("StartResourceEvaluation", "GetResourceEvaluationSummary", "ListResourceEvaluations")
@pytest.mark.operation("GetComplianceDetailsByResource")
def test_a_resource_is_judged_before_it_is_made(boto: Boto, config: Any, recording: None) -> None:
    rule = {
        "ConfigRuleName": "encrypted",
        "Source": {"Owner": "AWS", "SourceIdentifier": "RDS_STORAGE_ENCRYPTED"},
        "EvaluationModes": [{"Mode": "PROACTIVE"}],
    }
    config.put_config_rule(ConfigRule=rule)
    details = {
        "ResourceId": "planned",
        "ResourceType": "AWS::RDS::DBInstance",
        "ResourceConfiguration": json.dumps({"StorageEncrypted": False}),
    }
    started = config.start_resource_evaluation(ResourceDetails=details, EvaluationMode="PROACTIVE")
    evaluation = {"ResourceEvaluationId": started["ResourceEvaluationId"]}
    boto.advance("5s")
    summary = config.get_resource_evaluation_summary(**evaluation)
    assert (summary["EvaluationStatus"]["Status"], summary["Compliance"]) == ("SUCCEEDED", "NON_COMPLIANT")
    [result] = config.get_compliance_details_by_resource(**evaluation)["EvaluationResults"]
    assert result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ConfigRuleName"] == "encrypted"
    [listed] = config.list_resource_evaluations()["ResourceEvaluations"]
    assert listed["ResourceEvaluationId"] == evaluation["ResourceEvaluationId"]

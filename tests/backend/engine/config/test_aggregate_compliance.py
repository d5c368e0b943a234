"""What an aggregator shows of the verdicts of its sources."""

from __future__ import annotations

from typing import Any

import pytest

from backend.engine.errors import ServiceError
from backend.model.item import Document
from backend.model.moment import to_datetime
from tests.backend.engine.config.conftest import volume
from tests.backend.engine.config.lab import OTHER_REGION, Lab
from tests.backend.engine.conftest import REGION

ENCRYPTED, TRAIL = "encrypted-volumes", "cloud-trail-enabled"


@pytest.fixture
def judged(lab: Lab) -> Lab:
    """The main account has a good and a bad volume, the second one two good ones; one rule in both, one in main."""
    for account, encrypted in ((lab.main, False), (lab.second, True)):
        lab.record(account)
        lab.put(volume("vol-1", encrypted=True), account)
        lab.put(volume("vol-2", encrypted=encrypted), account)
        lab.put_rule("ENCRYPTED_VOLUMES", account)
    lab.put_rule("CLOUD_TRAIL_ENABLED")
    lab.put_rule("RDS_STORAGE_ENCRYPTED")
    lab.authorize(lab.second)
    lab.aggregate(lab.main, lab.second)
    return lab


def rules(lab: Lab, **filters: str) -> dict[tuple[str, str], tuple[str, int]]:
    """The verdicts of rules: (account, rule) → compliance and number of resources."""
    answer = lab.call("DescribeAggregateComplianceByConfigRules", ConfigurationAggregatorName="all", Filters=filters)
    return {
        (rule["AccountId"], rule["ConfigRuleName"]): (
            rule["Compliance"]["ComplianceType"],
            rule["Compliance"]["ComplianceContributorCount"]["CappedCount"],
        )
        for rule in answer["AggregateComplianceByConfigRules"]
    }


def details(lab: Lab, account: str, rule: str = ENCRYPTED, **params: Any) -> dict[str, str]:
    """The results of a rule in an account, over all pages: resource id → compliance."""
    found: list[Document] = []
    asked = {"AccountId": account, "AwsRegion": REGION, "ConfigRuleName": rule, **params}
    while True:
        answer = lab.call("GetAggregateComplianceDetailsByConfigRule", ConfigurationAggregatorName="all", **asked)
        found += answer["AggregateEvaluationResults"]
        if "NextToken" not in answer:
            break
        asked["NextToken"] = answer["NextToken"]
    return {
        result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"]: result["ComplianceType"]
        for result in found
    }


def summary(lab: Lab, **params: Any) -> dict[str | None, tuple[int, int]]:
    """How many rules comply and do not, by group."""
    answer = lab.call("GetAggregateConfigRuleComplianceSummary", ConfigurationAggregatorName="all", **params)
    assert answer.get("GroupByKey") == params.get("GroupByKey")
    return {
        group.get("GroupName"): (
            group["ComplianceSummary"]["CompliantResourceCount"]["CappedCount"],
            group["ComplianceSummary"]["NonCompliantResourceCount"]["CappedCount"],
        )
        for group in answer["AggregateComplianceCounts"]
    }


def test_rules_with_a_verdict_are_shown_for_each_source(judged: Lab) -> None:
    lab = judged
    assert rules(lab) == {
        (lab.main, ENCRYPTED): ("NON_COMPLIANT", 1),
        (lab.main, TRAIL): ("NON_COMPLIANT", 1),
        (lab.second, ENCRYPTED): ("COMPLIANT", 2),
    }


def test_rules_can_be_narrowed(judged: Lab) -> None:
    lab = judged
    assert set(rules(lab, AccountId=lab.second)) == {(lab.second, ENCRYPTED)}
    assert set(rules(lab, ComplianceType="NON_COMPLIANT")) == {(lab.main, ENCRYPTED), (lab.main, TRAIL)}
    assert set(rules(lab, ConfigRuleName=ENCRYPTED, ComplianceType="COMPLIANT")) == {(lab.second, ENCRYPTED)}
    assert rules(lab, AwsRegion=OTHER_REGION) == {}


def test_rules_come_in_pages(judged: Lab) -> None:
    seen: list[tuple[str, str]] = []
    params: dict[str, Any] = {"ConfigurationAggregatorName": "all", "Limit": 1}
    while True:
        answer = judged.call("DescribeAggregateComplianceByConfigRules", **params)
        seen += [(rule["AccountId"], rule["ConfigRuleName"]) for rule in answer["AggregateComplianceByConfigRules"]]
        if "NextToken" not in answer:
            break
        params["NextToken"] = answer["NextToken"]
    assert sorted(seen) == sorted(rules(judged))


@pytest.mark.parametrize("kind", ["NOT_APPLICABLE", "INSUFFICIENT_DATA"])
def test_other_verdicts_are_not_supported(judged: Lab, kind: str) -> None:
    with pytest.raises(ServiceError, match="ValidationException"):
        rules(judged, ComplianceType=kind)
    with pytest.raises(ServiceError, match="ValidationException"):
        details(judged, judged.main, ComplianceType=kind)


def test_the_results_of_a_rule_are_those_of_one_source(judged: Lab) -> None:
    lab = judged
    assert details(lab, lab.main) == {"vol-1": "COMPLIANT", "vol-2": "NON_COMPLIANT"}
    assert details(lab, lab.main, Limit=1) == details(lab, lab.main)
    assert details(lab, lab.main, ComplianceType="NON_COMPLIANT") == {"vol-2": "NON_COMPLIANT"}
    assert details(lab, lab.second) == {"vol-1": "COMPLIANT", "vol-2": "COMPLIANT"}
    assert details(lab, lab.third) == details(lab, lab.main, "no-such-rule") == {}


def test_a_result_is_that_of_its_source(judged: Lab) -> None:
    lab = judged
    answer = lab.call(
        "GetAggregateComplianceDetailsByConfigRule",
        ConfigurationAggregatorName="all",
        ConfigRuleName=ENCRYPTED,
        AccountId=lab.main,
        AwsRegion=REGION,
        ComplianceType="NON_COMPLIANT",
    )
    (found,) = answer["AggregateEvaluationResults"]
    local = lab.call("GetComplianceDetailsByConfigRule", ConfigRuleName=ENCRYPTED, ComplianceTypes=["NON_COMPLIANT"])
    (same,) = local["EvaluationResults"]
    same["EvaluationResultIdentifier"]["EvaluationResultQualifier"].pop("EvaluationMode")
    assert found == {**same, "AccountId": lab.main, "AwsRegion": REGION}


def test_rules_are_counted_in_groups(judged: Lab) -> None:
    lab = judged
    assert summary(lab) == {None: (1, 2)}
    assert summary(lab, GroupByKey="ACCOUNT_ID") == {lab.main: (0, 2), lab.second: (1, 0)}
    assert summary(lab, GroupByKey="AWS_REGION") == {REGION: (1, 2)}
    assert summary(lab, GroupByKey="ACCOUNT_ID", Filters={"AccountId": lab.second}) == {lab.second: (1, 0)}
    assert summary(lab, Filters={"AwsRegion": OTHER_REGION}) == {}


def test_groups_come_in_pages(judged: Lab) -> None:
    params: dict[str, Any] = {"ConfigurationAggregatorName": "all", "GroupByKey": "ACCOUNT_ID", "Limit": 1}
    first = judged.call("GetAggregateConfigRuleComplianceSummary", **params)
    rest = judged.call("GetAggregateConfigRuleComplianceSummary", **params, NextToken=first["NextToken"])
    names = [group["GroupName"] for page in (first, rest) for group in page["AggregateComplianceCounts"]]
    assert names == sorted([judged.main, judged.second])
    assert "NextToken" not in rest
    at = first["AggregateComplianceCounts"][0]["ComplianceSummary"]["ComplianceSummaryTimestamp"]
    assert at == to_datetime(judged.engine.now)


def test_a_new_verdict_shows_after_the_next_refresh(judged: Lab) -> None:
    lab = judged
    lab.put(volume("vol-2", encrypted=False), lab.second)
    assert details(lab, lab.second)["vol-2"] == "COMPLIANT"
    lab.wait(300)
    assert details(lab, lab.second)["vol-2"] == "NON_COMPLIANT"
    assert rules(lab)[lab.second, ENCRYPTED] == ("NON_COMPLIANT", 1)


def test_a_verdict_of_the_very_moment_of_a_refresh_is_not_missed(judged: Lab) -> None:
    lab = judged
    refreshed = lab.call("DescribeConfigurationAggregatorSourcesStatus", ConfigurationAggregatorName="all")
    last = refreshed["AggregatedSourceStatusList"][0]["LastUpdateTime"]
    lab.wait(300 - (to_datetime(lab.engine.now) - last).total_seconds())
    lab.put(volume("vol-2", encrypted=False), lab.second)
    assert details(lab, lab.second)["vol-2"] == "COMPLIANT"
    lab.wait(300)
    assert details(lab, lab.second)["vol-2"] == "NON_COMPLIANT"


def test_verdicts_that_are_gone_go_with_the_next_refresh(judged: Lab) -> None:
    lab = judged
    lab.remove(volume("vol-2", encrypted=False))
    lab.call("DeleteConfigRule", lab.second, ConfigRuleName=ENCRYPTED)
    lab.wait(10)
    assert rules(lab)[lab.main, ENCRYPTED] == ("NON_COMPLIANT", 1)
    lab.wait(300)
    assert rules(lab) == {(lab.main, ENCRYPTED): ("COMPLIANT", 1), (lab.main, TRAIL): ("NON_COMPLIANT", 1)}


def test_without_authorization_the_verdicts_stay_as_they_were(judged: Lab) -> None:
    lab = judged
    lab.call("DeleteAggregationAuthorization", lab.second, AuthorizedAccountId=lab.main, AuthorizedAwsRegion=REGION)
    lab.put(volume("vol-2", encrypted=False), lab.second)
    lab.wait(600)
    assert details(lab, lab.second)["vol-2"] == "COMPLIANT"


def test_a_deleted_aggregator_leaves_nothing(judged: Lab) -> None:
    lab = judged
    lab.call("DeleteConfigurationAggregator", ConfigurationAggregatorName="all")
    left = lab.engine.store.one(
        "SELECT (SELECT count(*) FROM aggregate_results) + (SELECT count(*) FROM aggregator_sources) AS n"
    )
    assert left is not None
    assert left["n"] == 0

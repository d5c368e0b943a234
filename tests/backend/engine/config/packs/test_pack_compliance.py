"""What packs say: by rule, by resource, in sum, as a score, and as items of their own."""

from __future__ import annotations

import json

import pytest

from backend.engine.config import items
from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.model.item import Document
from backend.model.moment import to_datetime
from tests.backend.engine.config.conftest import Wait, bucket, volume
from tests.backend.engine.config.packs.conftest import PutPack, deployed
from tests.backend.engine.conftest import ACCOUNT, CallFixture, PutFixture

GOOD, BAD, UNKNOWN = "COMPLIANT", "NON_COMPLIANT", "INSUFFICIENT_DATA"
VOLUME = "AWS::EC2::Volume"


@pytest.fixture
def judged(recording: None, put: PutFixture, put_pack: PutPack) -> None:
    """The pack over a bad and a good volume, both without tags; the channel's bucket keeps no versions."""
    put(volume("vol-bad", encrypted=False), volume("vol-good", encrypted=True))
    put_pack()


def by_rule(call: CallFixture, **filters: object) -> dict[str, str]:
    answer = call("config", "DescribeConformancePackCompliance", ConformancePackName="base", Filters=filters)
    assert answer["ConformancePackName"] == "base"
    return {
        rule["ConfigRuleName"].rpartition("-conformance-pack-")[0]: rule["ComplianceType"]
        for rule in answer["ConformancePackRuleComplianceList"]
    }


def results(call: CallFixture, **members: object) -> list[tuple[str, str, str]]:
    answer = call("config", "GetConformancePackComplianceDetails", ConformancePackName="base", **members)
    found = []
    for result in answer["ConformancePackRuleEvaluationResults"]:
        who = result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]
        rule = who["ConfigRuleName"].rpartition("-conformance-pack-")[0]
        found.append((rule, who["ResourceId"], result["ComplianceType"]))
    return found


def score(call: CallFixture, **members: object) -> list[tuple[str, str]]:
    answer = call("config", "ListConformancePackComplianceScores", **members)
    return [(each["ConformancePackName"], each["Score"]) for each in answer["ConformancePackComplianceScores"]]


@pytest.mark.usefixtures("judged")
def test_each_rule_of_a_pack_has_a_verdict(call: CallFixture) -> None:
    assert by_rule(call) == {"volumes-encrypted": BAD, "tagged": BAD, "versions": BAD, "attested": UNKNOWN}
    assert by_rule(call, ComplianceType=UNKNOWN).keys() == {"attested"}
    name = deployed(call)["tagged"]["ConfigRuleName"]
    assert by_rule(call, ConfigRuleNames=[name]).keys() == {"tagged"}
    with pytest.raises(ServiceError, match="NoSuchConfigRuleInConformancePackException"):
        by_rule(call, ConfigRuleNames=["tagged"])


@pytest.mark.usefixtures("judged")
def test_the_results_of_a_pack_are_narrowed_and_paged(call: CallFixture) -> None:
    everything = results(call)
    assert [result for result in everything if result[0] != "versions"] == [
        ("tagged", "vol-bad", BAD),
        ("tagged", "vol-good", BAD),
        ("volumes-encrypted", "vol-bad", BAD),
        ("volumes-encrypted", "vol-good", GOOD),
    ]
    assert results(call, Filters={"ComplianceType": GOOD}) == [("volumes-encrypted", "vol-good", GOOD)]
    assert len(results(call, Filters={"ResourceType": VOLUME, "ResourceIds": ["vol-bad"]})) == 2
    name = deployed(call)["versions"]["ConfigRuleName"]
    assert {rule for rule, _, _ in results(call, Filters={"ConfigRuleNames": [name]})} == {"versions"}
    first = call("config", "GetConformancePackComplianceDetails", ConformancePackName="base", Limit=3)
    rest = results(call, Limit=3, NextToken=first["NextToken"])
    assert rest == everything[3:]
    with pytest.raises(ServiceError, match="InvalidParameterValueException"):
        results(call, Filters={"ResourceIds": ["vol-bad"]})


@pytest.mark.usefixtures("judged")
def test_a_person_answers_the_process_check(call: CallFixture, ctx: Context) -> None:
    name = deployed(call)["attested"]["ConfigRuleName"]
    evaluation: Document = {
        "ComplianceResourceType": "AWS::::Account",
        "ComplianceResourceId": ACCOUNT,
        "ComplianceType": GOOD,
        "Annotation": "read and signed",
        "OrderingTimestamp": to_datetime(ctx.now),
    }
    call("config", "PutExternalEvaluation", ConfigRuleName=name, ExternalEvaluation=evaluation)
    assert by_rule(call)["attested"] == GOOD
    [result] = call("config", "GetComplianceDetailsByConfigRule", ConfigRuleName=name)["EvaluationResults"]
    assert result["Annotation"] == "read and signed"
    for wrong in (
        {"ComplianceResourceType": VOLUME, "ComplianceResourceId": "vol-bad"},
        {"ComplianceResourceId": "111122223333"},
        {"ComplianceType": UNKNOWN},
    ):
        with pytest.raises(ServiceError, match="InvalidParameterValueException"):
            call("config", "PutExternalEvaluation", ConfigRuleName=name, ExternalEvaluation={**evaluation, **wrong})
    other = deployed(call)["tagged"]["ConfigRuleName"]
    with pytest.raises(ServiceError, match="InvalidParameterValueException"):
        call("config", "PutExternalEvaluation", ConfigRuleName=other, ExternalEvaluation=evaluation)
    with pytest.raises(ServiceError, match="NoSuchConfigRuleException"):
        call("config", "PutExternalEvaluation", ConfigRuleName="none", ExternalEvaluation=evaluation)


@pytest.mark.usefixtures("judged")
def test_the_summary_is_one_verdict_a_pack(call: CallFixture, put_pack: PutPack) -> None:
    attested = "Resources: {A: {Type: 'AWS::Config::ConfigRule', Properties: {Source: {Owner: AWS, SourceIdentifier: "
    put_pack("quiet", attested + "AWS_CONFIG_PROCESS_CHECK}}}}")
    answer = call("config", "GetConformancePackComplianceSummary", ConformancePackNames=["base", "quiet"])
    assert answer["ConformancePackComplianceSummaryList"] == [
        {"ConformancePackName": "base", "ConformancePackComplianceStatus": BAD},
        {"ConformancePackName": "quiet", "ConformancePackComplianceStatus": UNKNOWN},
    ]
    assert score(call, SortBy="SCORE", SortOrder="ASCENDING")[0] == ("quiet", UNKNOWN)
    assert score(call, SortBy="SCORE", SortOrder="DESCENDING")[-1] == ("quiet", UNKNOWN)
    first = call("config", "ListConformancePackComplianceScores", Limit=1)
    assert score(call, Limit=1, NextToken=first["NextToken"]) == [("quiet", UNKNOWN)]
    for operation, members in (
        ("GetConformancePackComplianceSummary", {"ConformancePackNames": ["none"]}),
        ("DescribeConformancePackCompliance", {"ConformancePackName": "none"}),
        ("GetConformancePackComplianceDetails", {"ConformancePackName": "none"}),
    ):
        with pytest.raises(ServiceError, match="NoSuchConformancePackException"):
            call("config", operation, **members)


def test_the_score_is_the_share_of_pairs_in_order(
    call: CallFixture, recording: None, put: PutFixture, put_pack: PutPack
) -> None:
    put(
        volume("vol-1", encrypted=True, tags={"Owner": "a"}),
        volume("vol-2", encrypted=True),
        volume("vol-3", encrypted=False),
    )
    put_pack(ConformancePackInputParameters=[{"ParameterName": "Buckets", "ParameterValue": "no"}])
    assert score(call) == [("base", "50")]
    put(volume("vol-4", encrypted=True, tags={"Owner": "a"}), volume("vol-5", encrypted=True))
    # 5 volumes, two rules: 4 encrypted and 2 tagged.
    assert score(call, Filters={"ConformancePackNames": ["base"]}) == [("base", "60")]
    put(volume("vol-6", encrypted=False))
    assert score(call) == [("base", "50")]
    assert score(call, Filters={"ConformancePackNames": ["none"]}) == []


@pytest.mark.usefixtures("judged")
def test_the_verdict_of_a_pack_is_recorded_when_it_moves(
    call: CallFixture, ctx: Context, put: PutFixture, wait: Wait
) -> None:
    kind = "AWS::Config::ConformancePackCompliance"
    wait(5)
    [listed] = call("config", "ListDiscoveredResources", resourceType=kind)["resourceIdentifiers"]
    assert listed["resourceName"] == "base"
    before = items.history(ctx, kind, listed["resourceId"])
    body = before[0]["configuration"]
    assert (body["complianceType"], body["totalRuleCount"], body["nonCompliantRuleCount"]) == (BAD, 4, 3)
    assert {rule["complianceType"] for rule in body["configRuleList"]} == {BAD, UNKNOWN}

    put(volume("vol-bad", encrypted=True, tags={"Owner": "a"}), volume("vol-good", encrypted=True))
    wait(5)
    newest = items.history(ctx, kind, listed["resourceId"])[0]["configuration"]
    assert (newest["compliantRuleCount"], newest["nonCompliantRuleCount"]) == (1, 2)
    put(bucket("another"))
    wait(5)
    assert len(items.history(ctx, kind, listed["resourceId"])) == len(before) + 1

    call("config", "DeleteConformancePack", ConformancePackName="base")
    wait(30)
    last = call("config", "GetResourceConfigHistory", resourceType=kind, resourceId=listed["resourceId"])
    assert last["configurationItems"][0]["configurationItemStatus"] == "ResourceDeleted"
    assert json.loads(last["configurationItems"][0]["configuration"]) is None

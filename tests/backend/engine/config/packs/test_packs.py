"""Conformance packs: put, deployed, changed and deleted on the engine's clock."""

from __future__ import annotations

import json
import re

import pytest

from backend.engine.errors import ServiceError
from backend.model.item import Document
from tests.backend.engine.config.conftest import PutRule, Wait, volume
from tests.backend.engine.config.packs.conftest import COMPLETE, TEMPLATE, PutPack, deployed, status
from tests.backend.engine.conftest import ACCOUNT, BUCKET, REGION, CallFixture, PutFixture

ONE_RULE = """
Resources:
  Tags:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: tagged
      InputParameters: {tag1Key: Owner}
      Source: {Owner: AWS, SourceIdentifier: REQUIRED_TAGS}
"""


@pytest.mark.usefixtures("recording")
def test_a_pack_is_made_in_its_own_time_with_its_rules(call: CallFixture, put_pack: PutPack, wait: Wait) -> None:
    arn = put_pack(settle=False, DeliveryS3Bucket="awsconfigconforms-here")
    pack_id = arn.rsplit("/", 1)[-1]
    assert re.fullmatch(r"conformance-pack-[a-z0-9]{9}", pack_id)
    assert arn == f"arn:aws:config:{REGION}:{ACCOUNT}:conformance-pack/base/{pack_id}"
    begun = status(call)
    assert begun["ConformancePackState"] == "CREATE_IN_PROGRESS"
    assert "LastUpdateCompletedTime" not in begun
    assert deployed(call) == {}

    wait(30)
    done = status(call)
    assert done["ConformancePackState"] == COMPLETE
    assert done["LastUpdateCompletedTime"] > done["LastUpdateRequestedTime"]
    assert done["StackArn"].startswith(f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/awsconfigconforms-base-")
    [shown] = call("config", "DescribeConformancePacks")["ConformancePackDetails"]
    assert (shown["ConformancePackId"], shown["DeliveryS3Bucket"]) == (pack_id, "awsconfigconforms-here")

    rules = deployed(call)
    assert rules.keys() == {"volumes-encrypted", "tagged", "versions", "attested"}
    rule = rules["tagged"]
    assert rule["ConfigRuleName"] == f"tagged-{pack_id}"
    assert rule["ConfigRuleArn"] == (
        f"arn:aws:config:{REGION}:{ACCOUNT}:config-rule/aws-service-rule/config-conforms.amazonaws.com/"
        f"{rule['ConfigRuleId']}"
    )
    assert json.loads(rule["InputParameters"]) == {"tag1Key": "Owner"}


@pytest.mark.usefixtures("recording")
def test_parameters_reach_the_rules_and_decide_what_is_made(call: CallFixture, put_pack: PutPack) -> None:
    given = [
        {"ParameterName": "Who", "ParameterValue": "CostCenter"},
        {"ParameterName": "Buckets", "ParameterValue": "no"},
    ]
    put_pack(ConformancePackInputParameters=given)
    rules = deployed(call)
    assert "versions" not in rules
    assert json.loads(rules["tagged"]["InputParameters"]) == {"tag1Key": "CostCenter"}
    [shown] = call("config", "DescribeConformancePacks")["ConformancePackDetails"]
    assert shown["ConformancePackInputParameters"] == given


@pytest.mark.usefixtures("recording")
def test_the_rules_of_a_pack_belong_to_the_service(call: CallFixture, put_pack: PutPack, put_rule: PutRule) -> None:
    put_pack()
    name = deployed(call)["tagged"]["ConfigRuleName"]
    for operation in ("DeleteConfigRule", "DeleteEvaluationResults"):
        with pytest.raises(ServiceError, match="AccessDeniedException"):
            call("config", operation, ConfigRuleName=name)
    with pytest.raises(ServiceError, match="AccessDeniedException"):
        put_rule("REQUIRED_TAGS", ConfigRuleName=name, parameters={"tag1Key": "a"})
    call("config", "StartConfigRulesEvaluation", ConfigRuleNames=[name])


@pytest.mark.usefixtures("recording")
def test_a_changed_template_keeps_makes_and_ends_rules(
    call: CallFixture, put_pack: PutPack, put: PutFixture, wait: Wait
) -> None:
    put(volume("vol-1", encrypted=False))
    arn = put_pack()
    before = deployed(call)
    call("config", "StartConfigRulesEvaluation", ConfigRuleNames=[before["tagged"]["ConfigRuleName"]])
    assert put_pack(template=ONE_RULE) == arn
    wait(5)
    after = deployed(call)
    assert after.keys() == {"tagged"}
    assert after["tagged"]["ConfigRuleId"] == before["tagged"]["ConfigRuleId"]
    assert status(call)["ConformancePackState"] == COMPLETE
    put_pack()
    assert deployed(call).keys() == before.keys()


@pytest.mark.usefixtures("recording")
def test_a_deleted_pack_takes_its_rules_along(call: CallFixture, put_pack: PutPack, wait: Wait) -> None:
    arn = put_pack(Tags=[{"Key": "team", "Value": "audit"}])
    assert call("config", "ListTagsForResource", ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "audit"}]
    call("config", "DeleteConformancePack", ConformancePackName="base")
    assert status(call)["ConformancePackState"] == "DELETE_IN_PROGRESS"
    for operation, members in (
        ("DeleteConformancePack", {}),
        ("PutConformancePack", {"TemplateBody": TEMPLATE}),
    ):
        with pytest.raises(ServiceError, match="ResourceInUseException"):
            call("config", operation, ConformancePackName="base", **members)
    wait(30)
    assert call("config", "DescribeConfigRules")["ConfigRules"] == []
    assert call("config", "DescribeConformancePackStatus")["ConformancePackStatusDetails"] == []
    with pytest.raises(ServiceError, match="ResourceNotFoundException"):
        call("config", "ListTagsForResource", ResourceArn=arn)
    with pytest.raises(ServiceError, match="NoSuchConformancePackException"):
        call("config", "DeleteConformancePack", ConformancePackName="base")


@pytest.mark.usefixtures("recording")
def test_a_pack_that_cannot_be_made_says_why_and_leaves_nothing(call: CallFixture, put_pack: PutPack) -> None:
    bad = TEMPLATE.replace("{tag1Key: !Ref Who}", "{colour: blue}")
    put_pack(template=bad)
    failed = status(call)
    assert failed["ConformancePackState"] == "CREATE_FAILED"
    assert failed["ConformancePackStatusReason"].startswith(
        "tagged: InvalidParameterValueException: Unknown parameters"
    )
    assert deployed(call) == {}
    put_pack()
    assert status(call)["ConformancePackState"] == COMPLETE
    # An update that fails leaves the rules as they were.
    before = deployed(call)
    put_pack(template=bad)
    assert status(call)["ConformancePackState"] == "CREATE_FAILED"
    assert deployed(call) == before


def test_without_a_recorder_a_pack_fails(call: CallFixture, put_pack: PutPack) -> None:
    put_pack()
    assert "no customer managed configuration recorders" in status(call)["ConformancePackStatusReason"]


@pytest.mark.usefixtures("recording")
def test_the_rules_of_packs_count_among_the_rules_of_the_region(
    call: CallFixture, put_pack: PutPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.engine.config.rules.lifecycle.MOST_RULES", 3)
    put_pack()
    assert "MaxNumberOfConfigRulesExceededException" in status(call)["ConformancePackStatusReason"]
    assert call("config", "DescribeConfigRules")["ConfigRules"] == []


@pytest.mark.usefixtures("recording")
def test_a_template_may_lie_in_a_bucket(call: CallFixture, wait: Wait) -> None:
    call("s3", "PutObject", Bucket=BUCKET, Key="packs/base.yaml", Body=TEMPLATE.encode())
    call("config", "PutConformancePack", ConformancePackName="base", TemplateS3Uri=f"s3://{BUCKET}/packs/base.yaml")
    wait(30)
    assert status(call)["ConformancePackState"] == COMPLETE
    for uri in (f"s3://{BUCKET}/none.yaml", "s3://no-such-bucket/base.yaml", "s3://"):
        with pytest.raises(ServiceError, match="InsufficientPermissionsException"):
            call("config", "PutConformancePack", ConformancePackName="other", TemplateS3Uri=uri)


@pytest.mark.usefixtures("recording")
@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({}, "InvalidParameterValueException"),
        ({"TemplateBody": TEMPLATE, "TemplateS3Uri": f"s3://{BUCKET}/x"}, "InvalidParameterValueException"),
        ({"TemplateSSMDocumentDetails": {"DocumentName": "doc"}}, "InvalidParameterValueException"),
        ({"TemplateBody": "Resources: {"}, "ConformancePackTemplateValidationException"),
        (
            {
                "TemplateBody": TEMPLATE,
                "ConformancePackInputParameters": [{"ParameterName": "x", "ParameterValue": ""}],
            },
            "ConformancePackTemplateValidationException",
        ),
        (
            {
                "TemplateBody": TEMPLATE,
                "ConformancePackInputParameters": [{"ParameterName": "Who", "ParameterValue": "a"}] * 2,
            },
            "InvalidParameterValueException",
        ),
        ({"TemplateBody": TEMPLATE, "Tags": [{"Key": "aws:x", "Value": ""}]}, "ValidationException"),
    ],
)
def test_what_is_refused_makes_no_pack(call: CallFixture, members: Document, code: str) -> None:
    with pytest.raises(ServiceError) as refusal:
        call("config", "PutConformancePack", ConformancePackName="base", **members)
    assert refusal.value.code == code
    assert call("config", "DescribeConformancePacks")["ConformancePackDetails"] == []


@pytest.mark.usefixtures("recording")
def test_packs_come_in_pages_and_unknown_names_are_told(call: CallFixture, put_pack: PutPack) -> None:
    for name in ("c", "a", "b"):
        put_pack(name, ONE_RULE, settle=False)
    for operation, member in (
        ("DescribeConformancePacks", "ConformancePackDetails"),
        ("DescribeConformancePackStatus", "ConformancePackStatusDetails"),
    ):
        first = call("config", operation, Limit=2)
        rest = call("config", operation, Limit=2, NextToken=first["NextToken"])
        names = [pack["ConformancePackName"] for answer in (first, rest) for pack in answer[member]]
        assert names == ["a", "b", "c"]
        assert "NextToken" not in rest
        with pytest.raises(ServiceError, match="InvalidNextTokenException"):
            call("config", operation, NextToken="bogus")
    with pytest.raises(ServiceError, match="NoSuchConformancePackException"):
        call("config", "DescribeConformancePacks", ConformancePackNames=["a", "none"])


@pytest.mark.usefixtures("recording")
def test_a_region_holds_at_most_fifty_packs(
    call: CallFixture, put_pack: PutPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.engine.config.packs.operations.MOST_PACKS", 1)
    put_pack("a", ONE_RULE)
    put_pack("a", ONE_RULE)
    with pytest.raises(ServiceError, match="MaxNumberOfConformancePacksExceededException"):
        put_pack("b", ONE_RULE)
    with pytest.raises(ServiceError, match="ResourceInUseException"):
        put_pack("a", ONE_RULE, settle=False)
        put_pack("a", ONE_RULE, settle=False)

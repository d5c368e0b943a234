"""Tags of rules and recorders, in the recorded words."""

from __future__ import annotations

import pytest

from backend.engine.errors import ServiceError
from tests.backend.engine.config.conftest import PutRule, Wait
from tests.backend.engine.conftest import ACCOUNT, REGION, CallFixture

SSH = {"Owner": "AWS", "SourceIdentifier": "INCOMING_SSH_DISABLED"}


def as_list(**tags: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


@pytest.fixture
def rule_arn(call: CallFixture, recorder: None) -> str:
    call("config", "PutConfigRule", ConfigRule={"ConfigRuleName": "r", "Source": SSH}, Tags=as_list(owner="web"))
    return str(call("config", "DescribeConfigRules")["ConfigRules"][0]["ConfigRuleArn"])


@pytest.fixture
def recorder_arn(call: CallFixture, recorder: None) -> str:
    return str(call("config", "DescribeConfigurationRecorders")["ConfigurationRecorders"][0]["arn"])


def tags(call: CallFixture, arn: str, **members: object) -> dict[str, str]:
    answer = call("config", "ListTagsForResource", ResourceArn=arn, **members)
    assert answer.keys() == {"Tags"}
    return {tag["Key"]: tag["Value"] for tag in answer["Tags"]}


@pytest.mark.parametrize("which", ["rule_arn", "recorder_arn"])
def test_tags_are_merged_overwritten_and_removed(call: CallFixture, request: pytest.FixtureRequest, which: str) -> None:
    arn: str = request.getfixturevalue(which)
    before = tags(call, arn)
    call("config", "TagResource", ResourceArn=arn, Tags=as_list(stage="prod", cost="1"))
    call("config", "TagResource", ResourceArn=arn, Tags=as_list(stage="test"))
    assert tags(call, arn) == {**before, "stage": "test", "cost": "1"}
    call("config", "UntagResource", ResourceArn=arn, TagKeys=["stage", "never-there"])
    assert tags(call, arn) == {**before, "cost": "1"}


def test_tags_given_at_creation_stay_when_the_rule_is_put_again(call: CallFixture, rule_arn: str) -> None:
    rule = {"ConfigRuleName": "r", "Source": SSH}
    call("config", "PutConfigRule", ConfigRule=rule, Tags=as_list(owner="other", more="1"))
    assert tags(call, rule_arn) == {"owner": "web"}


def test_limit_and_token_change_nothing(call: CallFixture, rule_arn: str) -> None:
    call("config", "TagResource", ResourceArn=rule_arn, Tags=as_list(a="1", b="2"))
    assert tags(call, rule_arn, Limit=1, NextToken="bogus") == {"owner": "web", "a": "1", "b": "2"}


def test_what_cannot_be_tagged(call: CallFixture, rule_arn: str) -> None:
    for arn in (f"{rule_arn}x", f"arn:aws:config:{REGION}:{ACCOUNT}:config-rule/config-rule-none"):
        for operation, members in (
            ("TagResource", {"Tags": as_list(a="1")}),
            ("UntagResource", {"TagKeys": ["a"]}),
            ("ListTagsForResource", {}),
        ):
            with pytest.raises(ServiceError, match="ResourceNotFoundException") as refusal:
                call("config", operation, ResourceArn=arn, **members)
            assert refusal.value.message == f"Resource {arn} does not exist for account {ACCOUNT}"
    with pytest.raises(ServiceError, match="ResourceNotFoundException"):
        call("config", "ListTagsForResource", region="us-east-1", ResourceArn=rule_arn)


def test_tags_that_are_refused_change_nothing(call: CallFixture, rule_arn: str) -> None:
    for given, code, message in (
        ([*as_list(a="1"), *as_list(a="2")], "ValidationException", "Duplicate tags exists in tags list"),
        ([{"Key": "aws:x", "Value": "1"}], "ValidationException", "One or more parameter value is invalid"),
        (
            as_list(**{f"k{number}": "1" for number in range(50)}),
            "TooManyTagsException",
            "You have exceeded maximum tag limit of 50 tags for this resource",
        ),
    ):
        with pytest.raises(ServiceError) as refusal:
            call("config", "TagResource", ResourceArn=rule_arn, Tags=given)
        assert (refusal.value.code, refusal.value.message) == (code, message)
    assert tags(call, rule_arn) == {"owner": "web"}


def test_a_new_rule_of_the_same_name_has_no_old_tags(
    call: CallFixture, rule_arn: str, put_rule: PutRule, wait: Wait
) -> None:
    call("config", "DeleteConfigRule", ConfigRuleName="r")
    wait(5)
    put_rule("INCOMING_SSH_DISABLED", ConfigRuleName="r")
    arn = call("config", "DescribeConfigRules")["ConfigRules"][0]["ConfigRuleArn"]
    assert arn != rule_arn
    assert tags(call, arn) == {}

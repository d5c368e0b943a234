"""Rules as people have them in files, and as they name them on a command line."""

from __future__ import annotations

import json

import pytest

from backend.model.problem import BadInput
from backend.rules.asked import POLICY
from backend.rules.given import managed_rule, read_rules
from backend.rules.guard import PolicyError

PACK = """
Parameters:
  Days: {Type: String, Default: "90"}
Conditions:
  given: !Not [!Equals ["", !Ref Days]]
Resources:
  Keys:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: access-keys
      InputParameters:
        maxAccessKeyAge: !If [given, !Ref Days, !Ref AWS::NoValue]
      Source: {Owner: AWS, SourceIdentifier: ACCESS_KEYS_ROTATED}
"""
RULE = {"ConfigRuleName": "ssh", "Source": {"Owner": "AWS", "SourceIdentifier": "INCOMING_SSH_DISABLED"}}
GUARD = "rule any { resourceType exists }"


def test_a_template_of_a_pack_with_parameters() -> None:
    [rule] = read_rules("pack.yaml", PACK, {"Days": "30"})
    assert (rule.name, rule.identifier, rule.parameters) == (
        "access-keys",
        "ACCESS_KEYS_ROTATED",
        {"maxAccessKeyAge": "30"},
    )


@pytest.mark.parametrize("document", [RULE, [RULE], {"ConfigRules": [RULE]}, {"ConfigRule": RULE}])
def test_config_rules_in_json(document: object) -> None:
    assert [rule.name for rule in read_rules("rules.json", json.dumps(document), {})] == ["ssh"]


def test_a_policy_is_a_rule_named_by_its_file() -> None:
    [rule] = read_rules("no-public.guard", GUARD, {})
    assert (rule.name, rule.owner, rule.obstacle) == ("no-public", POLICY, "")
    with pytest.raises(PolicyError) as error:
        read_rules("bad.guard", "rule any {\n  resourceType ===\n}", {})
    assert error.value.line == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Resources: [", "no template"),
        ("a: &a [1]\nb: *a", "Aliases are not supported"),
        ('{"Resources": {}}', "at least one resource"),
        (PACK.replace("Days: {", "Other: {"), "pack"),
    ],
)
def test_what_is_no_file_of_rules_says_why(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read_rules("pack.yaml", text, {})


def test_a_managed_rule_by_its_name_and_parameters() -> None:
    rule = managed_rule("access-keys-rotated,maxAccessKeyAge=30")
    assert (rule.identifier, rule.parameters) == ("ACCESS_KEYS_ROTATED", {"maxAccessKeyAge": "30"})
    assert managed_rule("desired_instance_type,instanceType=t3.micro,t3.small").given == {
        "instanceType": "t3.micro,t3.small"
    }
    assert managed_rule("restricted-ssh").identifier == "INCOMING_SSH_DISABLED"
    with pytest.raises(BadInput, match="Did you mean s3-bucket-logging-enabled"):
        managed_rule("s3-bucket-log")
    with pytest.raises(BadInput, match="no parameter days"):
        managed_rule("access-keys-rotated,days=3")


def test_what_cannot_be_asked_here_says_why() -> None:
    rules = [
        {"Owner": "AWS", "SourceIdentifier": "AWS_CONFIG_PROCESS_CHECK"},
        {"Owner": "AWS", "SourceIdentifier": "SHIELD_DRT_ACCESS"},
        {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": "arn:aws:lambda:x:1:function:f"},
        {"Owner": "AWS", "SourceIdentifier": "NO_SUCH_RULE"},
        {"Owner": "CUSTOM_POLICY", "CustomPolicyDetails": {"PolicyText": "rule {"}},
    ]
    text = json.dumps([{"ConfigRuleName": f"r{n}", "Source": source} for n, source in enumerate(rules)])
    said = [rule.obstacle for rule in read_rules("rules.json", text, {})]
    assert [
        part in one
        for part, one in zip(("a person", "not evaluated", "function", "no managed", "line 1"), said, strict=True)
    ] == [True] * 5

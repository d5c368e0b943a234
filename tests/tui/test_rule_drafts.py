"""What a form is about to put: what is wrong with it, and the call that it stands for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.model.item import Document
from tui.rule_drafts import PackDraft, RuleDraft, policy_source, puttable, read_template, rule_definition

KEYS: Document = {"Owner": "AWS", "SourceIdentifier": "ACCESS_KEYS_ROTATED"}
TEMPLATE = """
Parameters:
  Age: {Type: String, Default: '90'}
  Team: {Type: String}
Resources:
  Keys:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: keys
      InputParameters: {maxAccessKeyAge: {Ref: Age}}
      Source: {Owner: AWS, SourceIdentifier: ACCESS_KEYS_ROTATED}
  Asked:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: asked
      Description: {Ref: Team}
      Source: {Owner: AWS, SourceIdentifier: AWS_CONFIG_PROCESS_CHECK}
"""


def rule(name: str = "keys", source: Document = KEYS, **told: object) -> RuleDraft:
    parameters = {"maxAccessKeyAge": "90"} if source is KEYS else {}
    return RuleDraft({**rule_definition(name, source, parameters=parameters), **told})


def bad(draft: RuleDraft | PackDraft) -> dict[str, str]:
    """What forbids it, by subject."""
    return {found.subject: found.told for found in draft.findings() if found.state == "bad"}


def test_what_is_right_has_nothing_bad() -> None:
    assert bad(rule()) == {}
    assert rule().definition == {
        "ConfigRuleName": "keys",
        "Source": KEYS,
        "InputParameters": '{"maxAccessKeyAge": "90"}',
    }


@pytest.mark.parametrize(
    ("draft", "subject", "told"),
    [
        (rule(" "), "name", "needs a name"),
        (rule("x" * 129), "name", "at most 128 characters"),
        (RuleDraft(rule().definition, names=frozenset({"keys"})), "name", "There is a rule of this name"),
        (rule(InputParameters="{}"), "maxAccessKeyAge", "It is required: a whole number"),
        (rule(InputParameters='{"maxAccessKeyAge": "soon"}'), "maxAccessKeyAge", "it takes a whole number"),
        (rule(InputParameters='{"maxAccessKeyAge": "9", "x": "' + "y" * 1024 + '"}'), "parameters", "1,024"),
        (rule(Description="x" * 257), "description", "at most 256"),
        (rule(Scope={"TagValue": "shop"}), "judges", "Tag key"),
        (rule(source=policy_source("")), "policy", "blank"),
        (rule(source=policy_source("rule a {\n  b === 1\n}")), "policy", "line 2, column 7"),
        (rule(source=policy_source(f"rule a {{ b exists }} # {'x' * 10_000}")), "policy", "at most 10000"),
    ],
)
def test_what_the_service_would_refuse_is_said_first(draft: RuleDraft, subject: str, told: str) -> None:
    assert told in bad(draft)[subject]


def test_a_rule_that_is_there_may_keep_its_name() -> None:
    before = rule().definition
    assert bad(RuleDraft(before, before, frozenset({"keys"}))) == {}


def test_only_what_differs_from_before_is_told() -> None:
    before = {**rule().definition, "Description": "old", "EvaluationModes": [{"Mode": "DETECTIVE"}]}
    now = rule_definition("keys", KEYS, parameters={"maxAccessKeyAge": "30"}, description="old")
    assert RuleDraft(now, before).changes() == (("maxAccessKeyAge", "90 → 30"),)
    assert dict(RuleDraft(now).changes())["judged by"] == "ACCESS_KEYS_ROTATED"


def test_what_is_told_of_a_rule_can_be_put_again() -> None:
    told = {**rule().definition, "ConfigRuleArn": "arn", "ConfigRuleId": "id", "ConfigRuleState": "ACTIVE"}
    assert puttable({**told, "RuleEvaluationVisibility": "EXTERNAL"}) == rule().definition


def test_a_policy_keeps_the_settings_beside_its_text() -> None:
    source = policy_source("new", {"CustomPolicyDetails": {"PolicyText": "old", "EnableDebugLogDelivery": True}})
    assert source["CustomPolicyDetails"] == {
        "PolicyRuntime": "guard-2.x.x",
        "PolicyText": "new",
        "EnableDebugLogDelivery": True,
    }


def test_the_command_is_that_of_the_definition() -> None:
    operation, options = rule().command()
    assert operation == "put-config-rule"
    assert json.loads(options["config-rule"]) == rule().definition


def template(folder: Path, text: str = TEMPLATE) -> Path:
    path = folder / "basics.yaml"
    path.write_text(text)
    return path


def test_a_pack_is_told_rule_by_rule(tmp_path: Path) -> None:
    read = read_template(str(template(tmp_path)))
    assert [each.name for each in read.parameters] == ["Age", "Team"]
    assert "Team" in bad(PackDraft("basics", read, local=True))
    found = {each.subject: each for each in PackDraft("basics", read, {"Team": "shop"}, local=True).findings()}
    assert found["template"].told == "2 rules, 1 of them evaluated by the local engine."
    assert (found["keys"].state, found["keys"].told) == ("good", "evaluated")
    assert found["asked"].state == "unknown"
    assert "INSUFFICIENT_DATA" in found["asked"].told
    at_aws = PackDraft("basics", read, {"Team": "shop"}).findings()
    assert [each.state for each in at_aws] == ["good"] * 3


def test_what_is_wrong_with_a_pack_is_said(tmp_path: Path) -> None:
    read = read_template(str(template(tmp_path)))
    assert "a letter, and then" in bad(PackDraft("1st", read, {"Team": "shop"}))["name"]
    assert "cannot be read" in bad(PackDraft("basics", read_template(str(tmp_path / "none.yaml"))))["template"]
    assert "cannot be read" in bad(PackDraft("basics", read_template(str(tmp_path))))["template"]
    assert "Name the file" in bad(PackDraft("basics", read_template("  ")))["template"]
    no_yaml = read_template(str(template(tmp_path, "Resources: [")))
    assert "neither YAML nor JSON" in bad(PackDraft("basics", no_yaml))["template"]
    unknown = TEMPLATE.replace("ACCESS_KEYS_ROTATED", "NO_SUCH_RULE")
    found = bad(PackDraft("basics", read_template(str(template(tmp_path, unknown))), {"Team": "shop"}))
    assert "no managed rule" in found["keys"]
    large = read_template(str(template(tmp_path, TEMPLATE + "#" * 52_000)))
    assert "from a bucket only" in bad(PackDraft("basics", large, {"Team": "shop"}))["template"]


def test_the_command_of_a_pack_names_the_file(tmp_path: Path) -> None:
    path = template(tmp_path)
    operation, options = PackDraft("basics", read_template(str(path)), {"Team": "shop"}).command()
    assert operation == "put-conformance-pack"
    assert options["template-body"] == f"file://{path}"
    assert json.loads(options["conformance-pack-input-parameters"]) == [
        {"ParameterName": "Team", "ParameterValue": "shop"}
    ]

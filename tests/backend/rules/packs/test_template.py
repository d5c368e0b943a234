"""Reading templates: parameters, conditions, functions, limits, and what strangers may send."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.model.item import Document
from backend.rules.packs import template
from backend.rules.packs.intrinsics import TemplateError
from backend.rules.packs.resources import PackRule

PSEUDO = {"AWS::Region": "ap-southeast-1", "AWS::AccountId": "696686700433"}
HEAD = "Resources: {R: {Type: 'AWS::Config::ConfigRule', Properties: {"
SOURCE = "Source: {Owner: AWS, SourceIdentifier: REQUIRED_TAGS}"


def one(properties: str, *, before: str = "", **given: str) -> PackRule:
    """The only rule of a template with these properties beside its source."""
    [rule], _ = template.read(f"{before}\n{HEAD}{SOURCE}, {properties}}}}}}}", given, PSEUDO)
    return rule


def parameters(rule: PackRule) -> Document:
    found: Document = json.loads(rule.definition["InputParameters"])
    return found


def test_a_rule_without_a_name_takes_that_of_the_resource() -> None:
    rule = one("Description: what it is for")
    assert rule.name == "R"
    assert rule.definition == {
        "ConfigRuleName": "R",
        "Description": "what it is for",
        "Source": {"Owner": "AWS", "SourceIdentifier": "REQUIRED_TAGS"},
    }


def test_what_depends_on_something_that_is_there_is_read() -> None:
    text = (
        f"Resources: {{A: {{Type: 'AWS::Config::ConfigRule', DependsOn: B, Properties: {{{SOURCE}}}}}, "
        f"B: {{Type: 'AWS::Config::ConfigRule', Properties: {{{SOURCE}}}}}}}"
    )
    rules, _ = template.read(text, {}, PSEUDO)
    assert [rule.name for rule in rules] == ["A", "B"]


def test_json_is_a_template_too() -> None:
    document = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {
            "R": {
                "Type": "AWS::Config::ConfigRule",
                "Properties": {"Source": {"Owner": "AWS", "SourceIdentifier": "REQUIRED_TAGS"}},
            }
        },
    }
    [rule], remediations = template.read(json.dumps(document), {}, PSEUDO)
    assert (rule.name, remediations) == ("R", ())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("!Ref A", "a1"),
        ("{Ref: A}", "a1"),
        ("!Ref 'AWS::Region'", "ap-southeast-1"),
        ("!Sub '${A} in ${AWS::Region}, ${!A} stays'", "a1 in ap-southeast-1, ${A} stays"),
        ("!Sub ['${A}${B}', {B: !Ref A}]", "a1a1"),
        ("!Join ['-', [x, !Ref A, 3]]", "x-a1-3"),
        ("!If [given, !Ref A, none]", "a1"),
        ("!If [notGiven, !Ref A, none]", "none"),
        ("!If [both, one, other]", "one"),
        ("!If [either, one, other]", "one"),
        ("true", "true"),
        ("90", "90"),
        ("2012-10-17", "2012-10-17"),
    ],
)
def test_functions_are_called(value: str, expected: str) -> None:
    before = """
Parameters: {A: {Type: String}}
Conditions:
  given: !Not [!Equals [!Ref A, ""]]
  notGiven: !Not [Condition: given]
  both: !And [Condition: given, !Equals [1, "1"]]
  either: !Or [Condition: notGiven, Condition: given]
"""
    assert parameters(one(f"InputParameters: {{p: {value}}}", before=before, A="a1")) == {"p": expected}


def test_what_has_no_value_is_left_out() -> None:
    before = "Parameters: {A: {Type: String, Default: ''}}\nConditions: {given: !Not [!Equals [!Ref A, '']]}"
    absent = "{'Fn::If': [given, {Ref: A}, {Ref: 'AWS::NoValue'}]}"
    rule = one(f"InputParameters: {{p: {absent}, q: 1}}, Description: {absent}", before=before)
    assert parameters(rule) == {"q": "1"}
    assert "Description" not in rule.definition
    assert "InputParameters" not in one(f"InputParameters: {{p: {absent}}}", before=before).definition


def test_a_remediation_may_stand_before_its_rule_and_refer_to_it() -> None:
    text = f"""
Resources:
  Remedy:
    Type: AWS::Config::RemediationConfiguration
    Properties:
      ConfigRuleName: !Ref R
      TargetType: SSM_DOCUMENT
      TargetId: doc
      TargetVersion: 1
      RetryAttemptSeconds: "60"
  R:
    Type: AWS::Config::ConfigRule
    Properties: {{ConfigRuleName: tagged, {SOURCE}}}
"""
    [rule], [remediation] = template.read(text, {}, PSEUDO)
    assert (rule.name, remediation.rule) == ("tagged", "tagged")
    assert remediation.definition["TargetVersion"] == "1"
    assert remediation.definition["RetryAttemptSeconds"] == 60


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "A template is a mapping"),
        ("[1]", "A template is a mapping"),
        ("Resources: {", "neither YAML nor JSON"),
        ("a: b: c", "neither YAML nor JSON"),
        ("\x00", "neither YAML nor JSON"),
        ("a: " + "9" * 5_000, "cannot be read"),
        ("Resources: {}", "at least one resource"),
        ("Resources: [1]", "Resources is not a mapping"),
        ("Resources: {R: 1}", "The resource R is not a mapping"),
        ("Resources: {R: {Type: 'AWS::S3::Bucket'}}", "The resource R is neither of type"),
        ("Resources: {R: {Type: 'AWS::Config::ConfigRule'}}", "has no Properties"),
        ("Stuff: {}\nResources: {}", "Invalid template property"),
        ("a: &x 1\nResources: *x", "Aliases are not supported"),
        ("[" * 20_000, "nested too deeply"),
        (f"{HEAD}Source: 5}}}}}}", "Expected `object`, got `int`"),
        (f"{HEAD}Source: {{Owner: ME}}}}}}}}", "Invalid enum value 'ME'"),
        (f"{HEAD}{SOURCE}, Colour: blue}}}}}}", "unknown field `Colour`"),
        (f"{HEAD}{SOURCE}, ConfigRuleName: {'n' * 128}}}}}}}", "length <="),
        (f"{HEAD}{SOURCE}, Description: !Ref Nobody}}}}}}", "Unresolved resource dependencies [Nobody]"),
        (f"{HEAD}{SOURCE}, Description: !GetAtt [a, b]}}}}}}", "Fn::GetAtt is not supported"),
        (f"{HEAD}{SOURCE}, Description: !If [a, b]}}}}}}", "Fn::If needs 3 argument(s)"),
        (f"{HEAD}{SOURCE}, Description: !If [a, b, c]}}}}}}", "The condition a is not in the template"),
        ("Conditions: {a: {Condition: b}, b: {Condition: a}}\nResources: {}", "depends on itself"),
        (
            "Conditions: {c0: !Equals [1, 1], "
            + ", ".join(f"c{number}: {{Condition: c{number - 1}}}" for number in range(2_000, 0, -1))
            + "}\nResources: {}",
            "or on too many others",
        ),
        (
            f"{HEAD}{SOURCE}, Description: " + "!Sub ['${a}${a}${a}${a}', {a: " * 30 + "aaaa" + "}]" * 30 + "}}}",
            "too long a text",
        ),
        ("Conditions: {a: 5}\nResources: {}", "A condition is one of"),
        ("Parameters: {P: {Type: String}}\nResources: {}", "The parameter P needs a value"),
        ("Parameters: {P: {Type: Map, Default: a}}\nResources: {}", "The parameter P has none of the types"),
        (
            "Parameters: {P: {Type: String, Default: a, AllowedValues: [b]}}\nResources: {}",
            "not one of those allowed",
        ),
        (
            "Parameters: {P: {Type: Number, Default: 500, MaxValue: 100}}\nResources: {}",
            "P is more than 100",
        ),
        ("Parameters: {P: {Type: Number, Default: 0, MinValue: 1}}\nResources: {}", "P is less than 1"),
        ("Parameters: {P: {Type: Number, Default: many}}\nResources: {}", "P is no number"),
        ("Parameters: {P: {Type: String, Default: abc, MaxLength: 2}}\nResources: {}", "more than 2 characters"),
        ("Parameters: {P: {Type: String, Default: abc, AllowedPattern: '[a-b]+'}}\nResources: {}", "does not match"),
        ("Parameters: {P: {Type: String, Default: abc, AllowedPattern: '['}}\nResources: {}", "cannot be used"),
        (
            "Parameters: {P: {Type: String, Default: '" + "a" * 40 + "!', AllowedPattern: '(a+)+'}}\nResources: {}",
            "P",
        ),
        (
            "Resources: {R: {Type: 'AWS::Config::ConfigRule', DependsOn: Gone, Properties: {" + SOURCE + "}}}",
            "The resource R depends on Gone, which is not in the template",
        ),
        (
            "Resources: {A: {Type: 'AWS::Config::ConfigRule', DependsOn: [B], Properties: {" + SOURCE + "}}, "
            "B: {Type: 'AWS::Config::ConfigRule', DependsOn: A, Properties: {" + SOURCE + "}}}",
            "The resources A, B depend on each other",
        ),
        (
            "Resources: {M: {Type: 'AWS::Config::RemediationConfiguration', Properties:"
            " {ConfigRuleName: none, TargetType: SSM_DOCUMENT, TargetId: doc}}, " + HEAD[12:] + SOURCE + "}}}",
            "names the rule none",
        ),
    ],
)
def test_a_template_that_cannot_be_deployed_says_why(text: str, words: str) -> None:
    with pytest.raises(TemplateError) as refusal:
        template.read(text, {}, PSEUDO)
    assert words in str(refusal.value)


_FUNCTIONS = ("Ref", "Fn::If", "Fn::Not", "Fn::Equals", "Fn::Sub", "Fn::Join", "Condition", "AWS::NoValue")
_MEMBERS = ("Type", "Properties", "Source", "Owner", "SourceIdentifier", "InputParameters", "ConfigRuleName", "Scope")
_NAMES = st.sampled_from((*_FUNCTIONS, *_MEMBERS, "Default", "a", "b"))
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _NAMES | st.just("String") | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=12,
)
_SECTION = st.dictionaries(_NAMES, _VALUES, max_size=3) | _VALUES
_RULE = st.fixed_dictionaries({"Type": st.just("AWS::Config::ConfigRule"), "Properties": _VALUES})


@given(
    document=st.fixed_dictionaries(
        {"Resources": st.dictionaries(_NAMES, _RULE, max_size=3) | _SECTION},
        optional={"Parameters": _SECTION, "Conditions": _SECTION},
    )
)
@settings(max_examples=300, deadline=None)
def test_any_document_is_read_or_refused(document: Document) -> None:
    try:
        rules, _ = template.read(json.dumps(document), {"a": "1"} if "Parameters" in document else {}, PSEUDO)
    except TemplateError as refusal:
        assert str(refusal)
    else:
        assert rules


@given(text=st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(TemplateError):
        template.read(text, {}, PSEUDO)


def test_a_pack_has_at_most_130_rules_with_names_of_their_own() -> None:
    def resources(count: int, name: str = "") -> str:
        named = f"ConfigRuleName: {name}, " if name else ""
        rule = f"{{Type: 'AWS::Config::ConfigRule', Properties: {{{named}{SOURCE}}}}}"
        return "Resources: {" + ", ".join(f"R{number}: {rule}" for number in range(count)) + "}"

    rules, _ = template.read(resources(130), {}, PSEUDO)
    assert len(rules) == 130
    with pytest.raises(TemplateError, match="at most 130 rules"):
        template.read(resources(131), {}, PSEUDO)
    with pytest.raises(TemplateError, match="Two rules have the name same"):
        template.read(resources(2, "same"), {}, PSEUDO)


def test_parameters_are_told_with_what_they_may_be() -> None:
    text = f"""
Parameters:
  Age: {{Type: Number, Default: 90, Description: days}}
  Mode: {{Type: String, AllowedValues: [off, 'on']}}
{HEAD}{SOURCE}}}}}}}
"""
    age, mode = template.declared(text)
    assert (age.name, age.kind, age.default, age.description) == ("Age", "Number", "90", "days")
    assert mode.default is None
    assert len(mode.allowed) == 2
    with pytest.raises(TemplateError, match="none of the types"):
        template.declared("Parameters: {Age: {Type: Date}}")
    assert template.declared(HEAD + SOURCE + "}}}") == ()

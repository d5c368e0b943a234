"""What policies say of items."""

from __future__ import annotations

from typing import Any

import pytest

from backend.rules.guard import EvaluationError, Status, parse, patterns

SECURITY_GROUP: dict[str, Any] = {
    "resourceType": "AWS::EC2::SecurityGroup",
    "resourceId": "sg-1",
    "tags": {"Owner": "sea", "Stage": "prod"},
    "configuration": {
        "ipPermissions": [
            {"fromPort": 443, "toPort": 443, "ipProtocol": "tcp", "ipv4Ranges": [{"cidrIp": "10.0.0.0/8"}]},
            {"fromPort": 20, "toPort": 25, "ipProtocol": "tcp", "ipv4Ranges": [{"cidrIp": "0.0.0.0/0"}]},
        ],
        "description": None,
    },
}

BLOCKED_PORTS = """
let ports = CONFIG_RULE_PARAMETERS.blocked
rule no_blocked_port when resourceType == 'AWS::EC2::SecurityGroup' {
    let open = configuration.ipPermissions[ some ipv4Ranges[*].cidrIp == '0.0.0.0/0' ]
    when %open !empty {
        %open {
            fromPort > 22 or
            toPort < 22
            <<port 22 is open to the world>>
        }
    }
}
rule has_owner { tags.Owner exists }
"""


def statuses(text: str, item: dict[str, Any], parameters: dict[str, str] | None = None) -> list[str]:
    """The status of the policy, then those of its rules."""
    verdict = parse(text).check(item, parameters)
    return [verdict.status.value, *(rule.status.value for rule in verdict.rules)]


def test_a_policy_fails_if_one_rule_fails_and_passes_if_one_passes() -> None:
    assert statuses(BLOCKED_PORTS, SECURITY_GROUP) == ["FAIL", "FAIL", "PASS"]
    assert statuses(BLOCKED_PORTS, {"resourceType": "AWS::S3::Bucket", "tags": {"Owner": 1}}) == [
        "PASS",
        "SKIP",
        "PASS",
    ]
    assert statuses("rule a when x exists { y exists }", {}) == ["SKIP", "SKIP"]


def test_a_failure_tells_the_clause_the_place_in_the_item_the_value_and_what_was_expected() -> None:
    first, second = parse(BLOCKED_PORTS).check(SECURITY_GROUP).failures
    assert (first.rule, first.line, first.column) == ("no_blocked_port", 7, 13)
    assert first.path == ("configuration", "ipPermissions", 1, "fromPort")
    assert (first.found, first.value, first.operator, first.expected) == (True, 20, "is greater than", "22")
    assert second.path == ("configuration", "ipPermissions", 1, "toPort")
    assert (second.value, second.message) == (25, "port 22 is open to the world")


def test_what_is_not_there_is_told_from_where_it_is_missing() -> None:
    (failure,) = parse("rule a { configuration.logging.bucket == /x/ <<log>> }").check(SECURITY_GROUP).failures
    assert (failure.path, failure.found, failure.missing) == (("configuration",), False, "logging.bucket")
    assert (failure.value, failure.operator, failure.expected) == (None, "matches", "/x/")


def test_conditions_filters_and_alternatives_that_hold_are_no_failures() -> None:
    text = "rule a { when x == 1 { y == 1 }\n z == 2 or resourceId == 'sg-1'\n some tags.* == 'sea'\n b exists }"
    verdict = parse(text).check(SECURITY_GROUP)
    assert [(failure.line, failure.missing) for failure in verdict.failures] == [(4, "b")]


def test_parameters_of_the_rule_are_read_from_their_own_name() -> None:
    text = "rule owner { tags.Owner == CONFIG_RULE_PARAMETERS.owner }"
    assert statuses(text, SECURITY_GROUP, {"owner": "sea"})[0] == "PASS"
    assert statuses(text, SECURITY_GROUP, {"owner": "sky"})[0] == "FAIL"
    assert "CONFIG_RULE_PARAMETERS" not in SECURITY_GROUP


def test_the_types_a_policy_applies_to_are_those_without_which_no_rule_is_evaluated() -> None:
    def types(text: str) -> frozenset[str] | None:
        return parse(text).types

    bucket, volume = "AWS::S3::Bucket", "AWS::EC2::Volume"
    assert types(f"rule a when resourceType == '{bucket}' {{ x exists }}") == frozenset({bucket})
    assert types(
        f"rule a when resourceType in ['{bucket}', '{volume}'] y exists {{ x exists }}\n"
        f"when resourceType == 'AWS::EC2::VPC' {{ x exists }}"
    ) == frozenset({bucket, volume, "AWS::EC2::VPC"})
    assert types(f"rule a when resourceType == '{bucket}' or y exists {{ x exists }}") is None
    assert types(f"rule a when resourceType != '{bucket}' {{ x exists }}") is None
    assert types(f"rule a when resourceType == '{bucket}' {{ x exists }}\nrule b {{ x exists }}") is None
    assert types(f"rule a when resourceType in '{bucket}' {{ x exists }}") is None


def test_a_named_rule_that_does_not_apply_has_not_passed() -> None:
    text = "rule a when x exists { y exists }\nrule b { a <<a is needed>>\n}\nrule c { not a\n}"
    verdict = parse(text).check({})
    assert [rule.status for rule in verdict.rules] == [Status.SKIP, Status.FAIL, Status.PASS]
    (failure,) = verdict.failures
    assert (failure.rule, failure.value, failure.operator) == ("b", "SKIP", "the rule a passes")
    assert (failure.path, failure.message) == ((), "a is needed")


def test_a_rule_with_parameters_looks_at_the_value_it_is_called_on() -> None:
    text = """
    rule port(least, most) { fromPort >= %least toPort <= %most }
    rule all { configuration.ipPermissions[*] { port(20, 443) } }
    rule high { configuration.ipPermissions[*] { port(80, 443) } }
    """
    verdict = parse(text).check(SECURITY_GROUP)
    assert [rule.status.value for rule in verdict.rules] == ["PASS", "FAIL"]
    assert [(each.rule, each.path[-2:], each.value) for each in verdict.failures] == [("high", (1, "fromPort"), 20)]


def test_a_type_block_says_nothing_of_an_item() -> None:
    assert statuses("AWS::EC2::SecurityGroup { x == 1 }", SECURITY_GROUP) == ["SKIP", "SKIP"]


def test_a_type_block_looks_at_the_resources_of_a_template() -> None:
    template = {"Resources": {"a": {"Type": "AWS::S3::Bucket", "x": 1}, "b": {"Type": "AWS::EC2::VPC", "x": 2}}}
    assert statuses("AWS::S3::Bucket { x == 1 }\nAWS::EC2::VPC x == 2", template) == ["PASS", "PASS"]
    assert statuses("AWS::S3::Bucket { x == 2 }", template) == ["FAIL", "FAIL"]
    assert statuses("AWS::EC2::Subnet { x == 2 }", template) == ["SKIP", "SKIP"]


def test_null_is_empty_and_a_number_is_neither_empty_nor_not() -> None:
    assert statuses("configuration.description empty", SECURITY_GROUP)[0] == "PASS"
    assert statuses("configuration.description !empty", SECURITY_GROUP)[0] == "FAIL"
    assert statuses("configuration.ipPermissions[0].fromPort empty", SECURITY_GROUP)[0] == "FAIL"
    assert statuses("configuration.ipPermissions[0].fromPort !empty", SECURITY_GROUP)[0] == "FAIL"


def test_not_before_a_comparison_turns_it_round() -> None:
    assert statuses("not resourceId == 'sg-1'", SECURITY_GROUP)[0] == "FAIL"
    assert statuses("!resourceId == 'sg-2'", SECURITY_GROUP)[0] == "PASS"
    assert statuses("not configuration.ipPermissions[0].toPort < 443", SECURITY_GROUP)[0] == "PASS"


def test_a_filter_looks_at_the_elements_it_follows() -> None:
    for query in (
        "ipPermissions[ fromPort == 20 ]",
        "ipPermissions[*][ fromPort == 20 ]",
        "ipPermissions.*[ fromPort == 20 ]",
    ):
        assert statuses(f"configuration.{query}.toPort == 25", SECURITY_GROUP)[0] == "PASS", query
    assert statuses("configuration.ipPermissions[1][ fromPort == 20 ].toPort == 25", SECURITY_GROUP)[0] == "PASS"


def test_a_catastrophic_regular_expression_is_an_error_of_that_policy_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SEARCH_SECONDS", 0.05)
    item = {"name": "a" * 60 + "!"}
    policy = parse(r"name == /^(a|aa)+$/")
    with pytest.raises(EvaluationError, match=r"/\^\(a\|aa\)\+\$/ takes too long on a text of 61 characters"):
        policy.check(item)
    assert parse("name == /^a+!$/").check(item).status is Status.PASS
    assert policy.check({"name": "aaa"}).status is Status.PASS


def test_a_policy_whose_work_explodes_is_given_up() -> None:
    wide = {"a": {str(number): {"b": 1} for number in range(100)}}
    text = "let all = a.*\nrule a { %all { %all { %all { %all { b == 1 } } } } }"
    with pytest.raises(EvaluationError, match="it takes more than 500000 steps on this item"):
        parse(text).check(wide)
    many = {"a": list(range(3000))}
    assert parse("a[0] in a").check(many).status is Status.PASS
    for text in ("a in a", "a > a", "a[*] == a[*]"):
        with pytest.raises(EvaluationError, match="it takes more than 500000 steps on this item"):
            parse(text).check(many)


def test_a_variable_that_is_not_in_scope_is_an_error() -> None:
    with pytest.raises(EvaluationError, match="the variable %inner has no value here"):
        parse("rule a { b { let inner = c\n %inner exists }\n %inner exists }").check({"b": {"c": 1}})


def test_nothing_at_all_is_told_by_the_query_that_found_nothing() -> None:
    text = """
    let open = configuration.ipPermissions[ fromPort == 80 ]
    rule some_open { %open !empty }
    rule others { configuration.ipPermissions[ fromPort == 80 ] !empty { toPort exists } }
    """
    first, second = parse(text).check(SECURITY_GROUP).failures
    assert (first.found, first.missing, first.operator) == (False, "%open", "is not empty")
    assert (second.found, second.missing) == (False, "configuration.ipPermissions[ … ]")

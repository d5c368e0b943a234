"""What the rules over network firewalls, their policies and rule groups say."""

from __future__ import annotations

import pytest

from backend.model.item import Document, Json
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, out, prove, prove_reads

LOGS = "LoggingConfiguration.LogDestinationConfigs"
DROP, FORWARD = "aws:drop", "aws:forward_to_sfe"


def firewall(*logs: str) -> Document:
    configs = [{"LogType": log, "LogDestinationType": "S3", "LogDestination": {"bucketName": "logs"}} for log in logs]
    return {"FirewallName": "edge", "LoggingConfiguration": {"LogDestinationConfigs": configs}}


def policy(**changes: Json) -> Document:
    return {"firewallPolicy": changes}


def stateless(*rules: Document, kind: str = "STATELESS") -> Document:
    return {
        "ruleGroup": {"rulesSource": {"statelessRulesAndCustomActions": {"statelessRules": [*rules]}}},
        "ruleGroupResponse": {"type": kind},
    }


CASES = (
    *of(
        "NETFW_LOGGING_ENABLED",
        good(firewall("ALERT")),
        good(firewall("ALERT", "FLOW"), logType="BOTH"),
        bad(firewall(), "does not log", LOGS),
        bad(firewall("ALERT"), "does not log FLOW", LOGS, logType="FLOW"),
    ),
    *of(
        "NETFW_POLICY_RULE_GROUP_ASSOCIATED",
        good(policy(statefulRuleGroupReferences=[{"resourceArn": "arn:aws:network-firewall:x"}])),
        good(policy(statelessRuleGroupReferences=[{"resourceArn": "arn:aws:network-firewall:x", "priority": 1}])),
        bad(
            policy(statelessDefaultActions=[DROP]),
            "not set",
            "firewallPolicy.statefulRuleGroupReferences.resourceArn",
        ),
    ),
    *of(
        "NETFW_POLICY_DEFAULT_ACTION_FULL_PACKETS",
        good(policy(statelessDefaultActions=[FORWARD]), statelessDefaultActions=f"{DROP},{FORWARD}"),
        bad(
            policy(statelessDefaultActions=["aws:pass"]),
            "aws:pass",
            "firewallPolicy.statelessDefaultActions.0",
            statelessDefaultActions=DROP,
        ),
    ),
    *of(
        "NETFW_POLICY_DEFAULT_ACTION_FRAGMENT_PACKETS",
        good(policy(statelessFragmentDefaultActions=[DROP]), statelessFragmentDefaultActions=DROP),
        bad(
            policy(statelessFragmentDefaultActions=["aws:pass"]),
            "aws:pass",
            "firewallPolicy.statelessFragmentDefaultActions.0",
            statelessFragmentDefaultActions=DROP,
        ),
    ),
    *of(
        "NETFW_STATELESS_RULE_GROUP_NOT_EMPTY",
        good(stateless({"priority": 1})),
        bad(
            stateless(),
            "not set",
            "ruleGroup.rulesSource.statelessRulesAndCustomActions.statelessRules",
        ),
        out(stateless(kind="STATEFUL")),
    ),
    *of(
        "NETFW_DELETION_PROTECTION_ENABLED",
        good({"firewall": {"deleteProtection": True}}),
        bad({"firewall": {"deleteProtection": False}}, "deleteProtection is false", "firewall.deleteProtection"),
    ),
    *of(
        "NETFW_SUBNET_CHANGE_PROTECTION_ENABLED",
        good({"firewall": {"subnetChangeProtection": True}}),
        bad({"firewall": {}}, "not set", "firewall.subnetChangeProtection"),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_says(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_enough(case: Case) -> None:
    prove_reads(case)


def test_every_rule_and_parameter_has_its_cases() -> None:
    assert missing("firewalls", CASES) == []

"""Managed rules over network firewalls, their policies and rule groups."""

from __future__ import annotations

from backend.model.item import Document
from backend.rules.expectations import PRESENT, TRUE, among, one_of
from backend.rules.reading import body, objects, parsed, split_csv
from backend.rules.table import need, need_some, rule
from backend.rules.verdict import FINE, Check, Parameters, Reason, Surroundings, Verdict, bad


def _firewall_logs(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    held = parsed(body(item).get("LoggingConfiguration")).get("LogDestinationConfigs")
    on = {str(each.get("LogType")) for each in objects(held)}
    asked = {kind.upper() for kind in split_csv(parameters.get("logType") or "")}
    wanted = asked - {"BOTH"} | ({"ALERT", "FLOW"} if "BOTH" in asked else set())
    missing = sorted(wanted - on)
    if on and not missing:
        return FINE
    expected = f"a list with {', '.join(sorted(wanted))}" if wanted else "set"
    said = f"does not log {', '.join(missing)}" if missing else "does not log"
    reason = Reason("configuration.LoggingConfiguration.LogDestinationConfigs", held, expected)
    return bad(f"The firewall {said}.", reason)


CHECKS = (
    Check(
        "NETFW_LOGGING_ENABLED",
        "The firewall logs, what logType names if given.",
        item=_firewall_logs,
        reads=("configuration.LoggingConfiguration",),
    ),
    rule(
        "NETFW_POLICY_RULE_GROUP_ASSOCIATED",
        "The policy has a rule group.",
        need_some("firewallPolicy.statefulRuleGroupReferences[].resourceArn", PRESENT),
        need_some("firewallPolicy.statelessRuleGroupReferences[].resourceArn", PRESENT),
        either=True,
    ),
    rule(
        "NETFW_POLICY_DEFAULT_ACTION_FULL_PACKETS",
        "Whole packets meet one of statelessDefaultActions.",
        need_some("firewallPolicy.statelessDefaultActions[]", among("statelessDefaultActions")),
    ),
    rule(
        "NETFW_POLICY_DEFAULT_ACTION_FRAGMENT_PACKETS",
        "Fragments meet one of statelessFragmentDefaultActions.",
        need_some("firewallPolicy.statelessFragmentDefaultActions[]", among("statelessFragmentDefaultActions")),
    ),
    rule(
        "NETFW_STATELESS_RULE_GROUP_NOT_EMPTY",
        "The stateless group has rules.",
        need_some("ruleGroup.rulesSource.statelessRulesAndCustomActions.statelessRules[]", PRESENT),
        only=(need("ruleGroupResponse.type", one_of("STATELESS")),),
    ),
    rule(
        "NETFW_DELETION_PROTECTION_ENABLED",
        "Deletion protection is on.",
        need("firewall|Firewall.deleteProtection|DeleteProtection", TRUE),
    ),
    rule(
        "NETFW_SUBNET_CHANGE_PROTECTION_ENABLED",
        "Protection of the subnets is on.",
        need("firewall|Firewall.subnetChangeProtection|SubnetChangeProtection", TRUE),
    ),
)

"""What concerns rules and their verdicts."""

from __future__ import annotations

from tui.commands.command import Command, Group, Need

COMPLIANCE: tuple[Command, ...] = (
    Command(
        "compliance.evaluate",
        "E",
        "Evaluate the rule again",
        "evaluate",
        "Asks AWS Config to evaluate the chosen rule now, or all broken ones with “all” (StartConfigRulesEvaluation).",
        Group.CHANGE,
        ("evaluate",),
        argument="nothing, or all",
        need=Need.ACCOUNT,
        changes_account=True,
        bar=3,
        bar_in="compliance",
    ),
    Command(
        "compliance.view",
        "v",
        "Next view of the verdicts",
        "view",
        "Shows the verdicts by rule, by resource, security rules only, by conformance pack, or all at a glance.",
        Group.LOOK,
        ("verdicts",),
        argument="rules, resources, security, packs or overall",
        scope=("compliance",),
        bar=3,
        bar_in="compliance",
    ),
    Command(
        "compliance.flow",
        "L",
        "The flow of the rule",
        "flow",
        "Shows the last pass of the chosen rule: trigger, evaluation, result, notification, with their times.",
        Group.LOOK,
        ("flow",),
        need=Need.ACCOUNT,
        scope=("compliance",),
        bar=5,
        bar_in="compliance",
    ),
)

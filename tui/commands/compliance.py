"""What concerns rules and their verdicts."""

from __future__ import annotations

from tui.commands.command import Command, Group, Need

COMPLIANCE: tuple[Command, ...] = (
    Command(
        "compliance.evaluate",
        "E",
        "Evaluate the rule again",
        "evaluate",
        "Asks AWS Config to evaluate the chosen rule now (StartConfigRulesEvaluation).",
        Group.CHANGE,
        ("evaluate",),
        need=Need.ACCOUNT,
        changes_account=True,
        bar=3,
        bar_in="compliance",
    ),
)

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from backend.model.compliance import Evaluation, Rule
from tests.tui.fake_session import BUCKET, GROUP, NOW, VOLUME, World
from tests.tui.opened import GRID, SMALL, opened


@pytest.mark.requirement("RUL-12")
async def test_rules_are_sorted_by_how_much_breaks_them() -> None:
    world = World()
    world.rules.append(
        Rule(name="required-tags", compliance="NON_COMPLIANT", non_compliant_count=25, count_capped=True)
    )
    async with opened(world=world) as it:
        rows = it.box("compliance").splitlines()
        names = [
            next(number for number, row in enumerate(rows) if name in row)
            for name in ("required-tags", "volumes", "ssh")
        ]
        assert names == sorted(names)
        assert "✗  25+ required-tags" in it.box("compliance")
        assert "✗ 2 of 3 broken" in it.row("5 Compliance")


@pytest.mark.requirement("RUL-13")
async def test_violations_show_resource_rule_time_and_annotation() -> None:
    async with opened(SMALL) as it:
        await it.press("5")
        assert it.row("encrypted-volumes").split()[:3] == ["▌✗", "1", "encrypted-volumes"]
        row = it.row("vol-0b2")
        assert "Volume vol-0b2" in row
        assert "1 h" in row
        assert "The volume is not encrypted." in row


@pytest.mark.requirement("RUL-13")
async def test_a_violation_leads_to_the_resource() -> None:
    async with opened(GRID) as it:
        await it.press("5", "enter", "enter")
        assert it.app.workspace.resource == VOLUME
        assert "vol-0b2" in it.lines[1]
        await it.press("escape")
        assert "5 Compliance" in it.text


async def test_the_violations_follow_the_rule_under_the_cursor() -> None:
    world = World()
    world.rules.append(Rule(name="required-tags", compliance="NON_COMPLIANT", non_compliant_count=2))
    world.evaluations += [
        Evaluation(
            rule="required-tags",
            resource_type=key.resource_type,
            resource_id=key.resource_id,
            compliance="NON_COMPLIANT",
            recorded_time=NOW,
        )
        for key in (GROUP, BUCKET)
    ]
    async with opened(SMALL, world=world) as it:
        await it.press("5")
        assert "SecurityGroup open-door" in it.text
        assert "vol-0b2" not in it.text
        await it.press("j")
        assert "vol-0b2" in it.text
        await it.press("j")
        assert "Nothing breaks this rule." in it.text


@pytest.mark.requirement("STR-05")
async def test_a_verdict_that_changes_elsewhere_changes_here() -> None:
    async with opened() as it:
        it.world.rules = [replace(rule, compliance="COMPLIANT", non_compliant_count=0) for rule in it.world.rules]
        await it.changed()
        assert "✓ all 2 kept" in it.row("5 Compliance")


async def test_the_rule_under_the_cursor_is_evaluated_again_when_agreed() -> None:
    async with opened() as it:
        await it.press("5", "E")
        assert "start-config-rules-evaluation" in it.text
        assert "--config-rule-names encrypted-volumes" in it.text
        await it.press("y")
        assert it.world.calls == ["evaluate encrypted-volumes"]


async def test_rules_are_filtered() -> None:
    async with opened(SMALL) as it:
        await it.press("5")
        await it.line("filter ssh")
        assert "restricted-ssh" in it.text
        assert "encrypted-volumes" not in it.text
        assert "Nothing breaks this rule." in it.text, "what stands below is of the rule under the cursor now"


async def test_verdicts_are_marked_as_those_of_now_while_another_moment_is_looked_at() -> None:
    async with opened() as it:
        await it.line("at -2d")
        assert "The verdicts are those of now." in it.box("compliance")
        await it.press("n")
        assert "those of now" not in it.box("compliance")


async def test_rules_and_violations_are_exported(tmp_path: Path) -> None:
    async with opened() as it:
        await it.press("5")
        await it.line(f"export {tmp_path / 'rules.json'}")
        told = json.loads((tmp_path / "rules.json").read_text())
        assert told["rule"] == "encrypted-volumes"
        assert told["violations"][0]["resourceId"] == "vol-0b2"

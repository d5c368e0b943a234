"""Trying a rule on the items of a resource: as it is typed, with places of errors, and nothing stored."""

from __future__ import annotations

from pathlib import Path

import msgspec
from textual.widgets import TextArea

from backend.model.moment import DAY
from tests.tui.fake_session import NOW, VOLUME, World
from tests.tui.opened import GRID, SMALL, Opened, opened
from tui.screens.item import ItemScreen
from tui.widgets.json_tree import JsonTree


def world() -> World:
    """A volume that was encrypted, and is not any more."""
    made = World()
    [now, *_] = made.estate[VOLUME]
    body = {"attachments": [{"state": "attached"}], "encrypted": False}
    made.estate[VOLUME] = [
        msgspec.structs.replace(now, configuration=body, tags={}),
        msgspec.structs.replace(now, configuration={**body, "encrypted": True}, capture_time=NOW - 3 * DAY),
    ]
    return made


async def tried(it: Opened, named: str = "") -> None:
    it.app.workspace.selection.choose(VOLUME)
    await it.line(f"try {named}")
    await it.settle()


async def typed(it: Opened, policy: str) -> None:
    it.app.screen.query_one(TextArea).text = policy
    await it.pilot.pause(0.2)
    await it.settle()


async def test_a_managed_rule_is_asked_of_all_items_of_history() -> None:
    async with opened(GRID, world=world()) as it:
        await tried(it, "encrypted-volumes")
        assert "2 items, 1 rule: 1 of 2 not compliant." in it.text
        assert "✗ NON_COMPLIANT" in it.text
        assert "✓ COMPLIANT" in it.text
        assert "configuration.encrypted − is false  + expected true" in it.text
        assert it.world.calls == []
        await it.press("tab", "enter")
        await it.settle()
        assert isinstance(it.app.screen, ItemScreen)
        current = it.app.screen.query_one(JsonTree).current
        assert current is not None
        assert current.path == ("configuration", "encrypted")


async def test_a_policy_is_judged_as_it_is_written_and_errors_have_a_place() -> None:
    async with opened(GRID, world=world()) as it:
        await tried(it)
        assert "✗ NON_COMPLIANT      every resource has" in it.text
        await typed(it, "rule encrypted {\n  configuration.encrypted == true <<turn it on>>\n}")
        assert "turn it on" in it.text
        await typed(it, "rule encrypted {\n  configuration.encrypted === true\n}")
        assert "at line 2, column" in it.text
        assert "turn it on" in it.text  # the verdicts of before stay in sight


async def test_a_policy_comes_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.guard"
    path.write_text("rule sized { configuration.size < 10 }")
    async with opened(SMALL, world=world()) as it:
        await tried(it, str(path))
        assert "2 of 2 not compliant" in it.text


async def test_what_is_no_rule_or_does_not_look_here_is_a_sentence() -> None:
    async with opened(GRID, world=world()) as it:
        await tried(it, "restricted-ssh")
        assert "it looks at EC2 SecurityGroup" in it.text
    async with opened(GRID, world=world()) as it:
        await tried(it, "no-such-rule")
        assert "There is no managed rule no-such-rule" in it.text


async def test_a_handler_is_not_run_before_somebody_asks_for_it(tmp_path: Path) -> None:
    path = tmp_path / "handler.py"
    path.write_text("def lambda_handler(event, context):\n    raise SystemExit('ran')\n")
    async with opened(GRID, world=world()) as it:
        await tried(it, str(path))
        assert "ctrl+r runs handler.py" in it.text

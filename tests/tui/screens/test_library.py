"""The library of managed rules: searched as one types, and what is true of a rule in the account."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest

from backend.model.compliance import Rule
from backend.model.problem import Denied
from tests.tui.fake_session import World
from tests.tui.opened import GRID, SMALL, WIDE, Opened, opened
from tui.glyphs import ASCII
from tui.library import Entry, entries, matching
from tui.panes.facts import Facts
from tui.widgets.table import BigTable

RULES = [
    Rule(
        name="my-ssh",
        owner="AWS",
        identifier="INCOMING_SSH_DISABLED",
        compliance="NON_COMPLIANT",
        non_compliant_count=3,
    ),
    Rule(name="again", owner="AWS", identifier="INCOMING_SSH_DISABLED", compliance="COMPLIANT"),
]
UNKNOWN = next(entry for entry in entries() if not entry.evaluated)


async def searched(it: Opened, search: str = "") -> BigTable[Entry]:
    await it.line(f"library {search}")
    return await ready(it)


async def ready(it: Opened) -> BigTable[Entry]:
    """The list of the library in front, once it is there."""
    await it.settle()
    for _ in range(100):
        if "reading …" not in it.text:
            break
        await it.pilot.pause(0.02)
    await it.settle()
    return it.app.screen.query_one("#library-rules", BigTable)


def told(it: Opened) -> list[str]:
    """What is said of the rule under the cursor, as far as it is on the screen."""
    facts = it.app.screen.query_one("#library-facts", Facts)
    seen = facts.region.intersection(it.app.screen.query_one("#library-body VerticalScroll").region)
    rows = it.lines[seen.y : seen.bottom]
    return [" ".join(row[seen.x : seen.right].split()) for row in rows]


async def test_a_key_of_the_compliance_pane_shows_all_rules_the_most_used_first() -> None:
    async with opened(GRID, landing="compliance") as it:
        await it.press("a")
        table = await ready(it)
        assert table.line_count == len(entries())
        assert "s3-bucket-public-read-prohibited" in it.row("yes")
        assert table.row(0) is entries()[0]


async def test_it_searches_as_one_types_and_says_how_many_are_left() -> None:
    async with opened(GRID, world=World(rules=RULES)) as it:
        table = await searched(it)
        await it.press("slash")
        left = [table.line_count]
        for letter in "ssh":
            await it.press(letter)
            left.append(table.line_count)
        assert left == sorted(left, reverse=True)
        assert 0 < table.line_count < 20
        assert f"{table.line_count} of {len(entries())}" in it.row("Managed rules")
        assert f"{table.line_count} of {len(entries())}" in it.lines[-1]
        assert "restricted-ssh" in it.text
        await it.type(" trigger:soon")
        assert "trigger: knows change, periodic, both" in it.text
        await it.press("escape")
        assert table.line_count == len(entries())


async def test_a_search_begins_at_its_first_rule_and_its_end_stays_where_one_was() -> None:
    async with opened(SMALL) as it:
        table = await searched(it)
        await it.press("G", "slash")
        await it.type("ssh")
        assert table.cursor == 0
        await it.press("enter", "down")
        chosen = table.current
        await it.press("escape")
        assert table.current is chosen
        assert table.line_count == len(entries())


async def test_a_search_can_come_with_the_command() -> None:
    async with opened(SMALL, world=World(rules=RULES)) as it:
        table = await searched(it, "there:yes")
        assert table.line_count == 1
        assert "✗  restricted-ssh" in it.text
        await it.press("escape")
        assert table.line_count == len(entries())
        await it.press("escape")
        assert it.app.screen is it.app.dashboard


@pytest.mark.parametrize("size", [SMALL, GRID, WIDE])
async def test_the_rule_under_the_cursor_is_told_in_full(size: tuple[int, int]) -> None:
    async with opened(size, world=World(rules=RULES)) as it:
        await searched(it, "restricted-ssh")
        said = " ".join(told(it))
        assert "decides Nobody reaches port 22 from anywhere." in said
        assert "account ✗ NON_COMPLIANT my-ssh 3 not as it should be ✓ COMPLIANT again" in said
        assert "identifier INCOMING_SSH_DISABLED" in said
        assert "runs when a resource changes, and on a schedule" in said
        assert "judges EC2 SecurityGroup" in said
        await it.press("tab", "end")
        assert "public sample packs name it" in " ".join(told(it))
        assert "developerguide/restricted-ssh.html" in "".join(told(it))


async def test_parameters_are_told_with_kind_default_and_need() -> None:
    async with opened(WIDE) as it:
        await searched(it, "access-keys-rotated")
        assert "maxAccessKeyAge  int, required = 90" in it.row("needs")
        await it.line("library encrypted-volumes")
        await it.settle()
        assert "kmsId  String" in it.row("needs")


async def test_what_the_local_engine_does_not_evaluate_is_said_in_a_local_world_only() -> None:
    async with opened(GRID) as it:
        await searched(it, UNKNOWN.rule.title)
        assert "not evaluated by the local engine: its verdict stays INSUFFICIENT_DATA" in " ".join(told(it))
    async with opened(GRID, clock=False) as it:
        await searched(it, UNKNOWN.rule.title)
        assert "INSUFFICIENT_DATA" not in it.text
        assert "AWS evaluates it" in " ".join(told(it))


async def test_over_a_file_and_without_a_permission_the_rules_are_still_told() -> None:
    async with opened(GRID, files=True) as it:
        await searched(it, "restricted-ssh")
        assert "a file holds no rules" in it.row("account")
    world = World(fails={"compliance": Denied("The rules cannot be read", "config:DescribeConfigRules is missing")})
    async with opened(GRID, world=world) as it:
        await searched(it, "restricted-ssh")
        assert "config:DescribeConfigRules is missing" in " ".join(told(it))
        assert "Nobody reaches port 22" in it.text


async def test_a_rule_that_is_put_elsewhere_meanwhile_is_seen() -> None:
    async with opened(SMALL, world=World(rules=[])) as it:
        await searched(it, "restricted-ssh")
        assert "not put here" in it.row("account")
        it.world.rules = RULES
        await it.changed()
        assert "my-ssh" in it.row("account")


async def test_it_is_drawn_with_ascii_alone() -> None:
    async with opened(SMALL, world=World(rules=RULES), environment={"TERM": "xterm", "LANG": "C"}) as it:
        await searched(it, "restricted-ssh")
        assert it.app.glyphs == ASCII
        assert it.text.isascii()
        assert "x  restricted-ssh" in it.text


async def test_the_identifier_and_the_address_of_its_page_are_copied() -> None:
    async with opened(SMALL) as it:
        await searched(it, "restricted-ssh")
        await it.press("y")
        assert it.app.clipboard == "INCOMING_SSH_DISABLED"
        await it.press("Y")
        assert it.app.clipboard.endswith("/restricted-ssh.html")


def test_a_search_takes_less_than_a_frame() -> None:
    known = entries()

    def seconds(text: str) -> float:
        began = time.perf_counter()
        matching(known, text, {})
        return time.perf_counter() - began

    for text in ("s", "s3", "s3 bucket type:Bucket", "-public evaluated:yes trigger:change", "no such rule there:no"):
        assert min(seconds(text) for _ in range(5)) < 0.016, text


async def test_the_rules_that_are_shown_are_exported(tmp_path: Path) -> None:
    async with opened(GRID) as it:
        table = await searched(it, "volumes")
        await it.line(f"export {tmp_path / 'rules.csv'}")
        rows = list(csv.DictReader((tmp_path / "rules.csv").read_text().splitlines()))
        assert len(rows) == table.line_count
        assert {"name", "identifier", "types", "evaluated"} <= rows[0].keys()
        assert "ENCRYPTED_VOLUMES" in {row["identifier"] for row in rows}


async def test_on_the_smallest_screen_rules_and_what_is_true_of_one_share_the_rows() -> None:
    async with opened((60, 16)) as it:
        table = await searched(it)
        assert table.region.height >= 4

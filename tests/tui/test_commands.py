from __future__ import annotations

from collections import Counter

import pytest
from msgspec import structs

from tests.tui.opened import SMALL, opened
from tui.commands import BY_ID, COMMANDS, PANES, Circumstances, read_line

ALL = Circumstances(read_only=False, has_clock=True, has_account=True, has_story=True)
AUDIT = Circumstances(read_only=True, has_clock=False, has_account=True)
PLACES = tuple({*(pane for pane, _ in PANES), *(place for command in COMMANDS for place in command.scope)})
"""Every pane and page in which a key could mean something."""
FILE = Circumstances(read_only=True, has_clock=False, has_account=False)


def test_every_command_is_one_of_a_kind() -> None:
    assert len(BY_ID) == len(COMMANDS)
    keys = Counter(
        (place, key) for command in COMMANDS for key in command.key_names for place in command.scope or PLACES
    )
    words = Counter(word for command in COMMANDS for word in command.words)
    assert [key for key, count in keys.items() if count > 1] == []
    assert [word for word, count in words.items() if count > 1] == []


async def test_every_command_does_something() -> None:
    async with opened() as it:
        handled = set(it.app.actions.table)
    by_widgets = {"move.next", "move.previous", "move.in", "app.commands"}
    assert handled | by_widgets == set(BY_ID)
    assert not handled & by_widgets


@pytest.mark.requirement("INV-10")
def test_what_changes_the_account_is_absent_when_read_only() -> None:
    changing = {command.id for command in COMMANDS if command.changes_account}
    assert changing == {
        "recorder.retention",
        "recorder.start",
        "recorder.stop",
        "delivery.deliver",
        "delivery.frequency",
        "delivery.channel",
        "compliance.evaluate",
        "putting.delete",
    }
    assert changing <= {command.id for command in ALL.commands()}
    assert not changing & {command.id for command in AUDIT.commands()}


def test_the_clock_is_offered_only_where_there_is_one() -> None:
    assert any(command.id.startswith("clock.") for command in ALL.commands())
    assert not any(command.id.startswith("clock.") for command in AUDIT.commands())
    assert not any(command.id == "look.bucket" for command in FILE.commands())


def test_the_key_bar_shows_the_keys_of_the_pane_and_ends_with_help_and_quit() -> None:
    bar = [command.id for command in ALL.bar("recorder")]
    assert bar.index("recorder.start") < bar.index("time.at")
    assert bar[-2:] == ["app.help", "app.quit"]
    assert "recorder.start" not in [command.id for command in ALL.bar("stream")]


@pytest.mark.parametrize(
    ("line", "command", "argument"),
    [
        ("quit", "app.quit", ""),
        ("q", "app.quit", ""),
        ("at 2026-03-01T12:00", "time.at", "2026-03-01T12:00"),
        ("JUMP  6h", "clock.jump", "6h"),
        ("freq One_Hour", "delivery.frequency", "One_Hour"),
        ("filter tag:Team=shop web", "look.filter", "tag:Team=shop web"),
    ],
)
def test_typed_lines_are_read(line: str, command: str, argument: str) -> None:
    found, rest = read_line(line)
    assert found is not None
    assert (found.id, rest) == (command, argument)


@pytest.mark.parametrize("line", ["", "  ", "frobnicate", "re"])
def test_lines_that_mean_nothing_or_more_than_one_thing_are_no_command(line: str) -> None:
    assert read_line(line)[0] is None


@pytest.mark.parametrize(
    ("here", "command", "why"),
    [
        (FILE, "delivery.deliver", "files hold no account"),
        (FILE, "clock.jump", "files hold no account"),
        (AUDIT, "delivery.deliver", "--allow-changes"),
        (AUDIT, "clock.jump", "only a local world"),
        (structs.replace(ALL, in_the_past=True), "delivery.deliver", "n goes back to now"),
        (structs.replace(ALL, has_story=False), "story.next", "demo plays one"),
        (ALL, "delivery.deliver", ""),
    ],
)
def test_why_a_command_does_nothing_here_is_said(here: Circumstances, command: str, why: str) -> None:
    told = here.why_not(BY_ID[command])
    assert why in told
    assert bool(told) is bool(why)


async def test_a_key_and_a_word_of_what_cannot_work_here_say_why() -> None:
    async with opened(SMALL, files=True, clock=False) as it:
        await it.press("2", "d")
        assert "Deliver a snapshot now: files hold no account" in it.text
        await it.line("deliver")
        assert "files hold no account" in it.lines[-1]
    async with opened(SMALL, read_only=True) as it:
        await it.press("2", "d")
        assert "--allow-changes allows it" in it.text
        await it.press("3")
        assert "--allow-changes" not in it.text, "it is of no more use"
        await it.press("delete")
        assert "--allow-changes" not in it.text, "what it deletes is in another pane"


async def test_a_page_that_uses_the_key_itself_says_nothing() -> None:
    async with opened(SMALL, read_only=True) as it:
        await it.press("slash", "S")
        assert "--allow-changes" not in it.text

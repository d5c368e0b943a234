"""The one registry of what a person can do: keys, palette, `:` words, help and the key bar all read it.

A command is data; what it does is in `tui.actions`. A command that changes the account, needs a clock or needs a
part that a file has not is *absent* where it cannot work: not greyed, not refused later.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tui.commands.command import PANES, SHORT_NAMES, Command, Group, Need, show_key
from tui.commands.comparison import COMPARISON
from tui.commands.compliance import COMPLIANCE
from tui.commands.delivery import DELIVERY
from tui.commands.looking import LOOKING
from tui.commands.moving import MOVING
from tui.commands.putting import PUTTING
from tui.commands.recorder import RECORDER
from tui.commands.relationships import RELATIONSHIPS
from tui.commands.resources import RESOURCES
from tui.commands.stories import STORIES
from tui.commands.stream import STREAM
from tui.commands.time import TIME

__all__ = [
    "BY_ID",
    "BY_WORD",
    "COMMANDS",
    "KEPT",
    "PANES",
    "SHORT_NAMES",
    "Circumstances",
    "Command",
    "Group",
    "Need",
    "read_line",
    "show_key",
]

COMMANDS: tuple[Command, ...] = (
    *MOVING,
    *LOOKING,
    *RECORDER,
    *DELIVERY,
    *RESOURCES,
    *RELATIONSHIPS,
    *COMPLIANCE,
    *PUTTING,
    *COMPARISON,
    *STREAM,
    *TIME,
    *STORIES,
)
KEPT = ("app.help", "app.quit")
"""Commands whose keys stay in the bottom row at any width."""

BY_ID = {command.id: command for command in COMMANDS}
BY_WORD = {word: command for command in COMMANDS for word in command.words}


class Circumstances(msgspec.Struct, frozen=True):
    """What decides which commands exist at the moment."""

    read_only: bool = True
    has_clock: bool = False
    has_account: bool = False
    has_story: bool = False
    in_the_past: bool = False
    """True while a moment that is not now is looked at: what changes an account would do so now, unseen."""
    table: tuple[Command, ...] = COMMANDS
    """The commands with the keys that hold: the person may have set others."""

    def offers(self, command: Command) -> bool:
        """True when the command can do something here."""
        if command.changes_account and (self.read_only or self.in_the_past):
            return False
        return {
            Need.NOTHING: True,
            Need.CLOCK: self.has_clock,
            Need.STORY: self.has_story,
            Need.ACCOUNT: self.has_account,
        }[command.need]

    def why_not(self, command: Command) -> str:
        """Why a command does nothing here, and what helps, in a few words; empty when it can."""
        if self.offers(command):
            return ""
        if command.need is Need.STORY:
            return "no story is played: demo plays one"
        if not self.has_account:
            return "files hold no account that it could work on"
        if command.need is Need.CLOCK:
            return "only a local world has a clock to set"
        return "read-only: --allow-changes allows it" if self.read_only else "not in the past: n goes back to now"

    def key_works(self, command: Command, place: str) -> bool:
        """True when the key of the command does it while this pane or page is in front; its word works anywhere."""
        return self.offers(command) and (not command.scope or place in command.scope)

    def bar(self, pane: str) -> list[Command]:
        """What the key bar shows while this pane has the focus, the most important first."""
        shown = [
            command
            for command in self.commands()
            if command.bar and command.bar_in in ("", pane) and self.key_works(command, pane)
        ]
        return sorted(shown, key=lambda command: command.bar)

    def words(self) -> list[str]:
        """The words that can be typed after `:` here."""
        return sorted(word for command in self.commands() for word in command.words)

    def commands(self) -> Iterator[Command]:
        return (command for command in self.table if self.offers(command))


def read_line(line: str) -> tuple[Command | None, str]:
    """The command and argument of a typed line, without its `:`; a unique beginning of a word is enough."""
    word, _, argument = line.strip().partition(" ")
    if not word:
        return None, ""
    command = BY_WORD.get(word.lower())
    if command is None:
        begun = {BY_WORD[known].id for known in BY_WORD if known.startswith(word.lower())}
        command = BY_ID[begun.pop()] if len(begun) == 1 else None
    return command, argument.strip()

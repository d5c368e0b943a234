"""What the commands of the registry do, one file a kind. `Actions` joins them to one table by command id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.changing import Changing
from tui.actions.clock import Clock
from tui.actions.looking import Looking
from tui.actions.moments import Moments
from tui.actions.taking import Taking

if TYPE_CHECKING:
    from tui.actions.deed import Action
    from tui.app import ConfigScope
    from tui.commands import Command


class Actions:
    """Does commands."""

    def __init__(self, app: ConfigScope) -> None:
        self.table: dict[str, Action] = {}
        for kind in (Looking, Moments, Clock, Taking, Changing):
            self.table |= kind(app).table()

    def run(self, command: Command, argument: str) -> None:
        """Do a command; returns at once, whatever takes time runs in a worker."""
        self.table[command.id](argument)

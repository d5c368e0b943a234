"""What the commands of the registry do, one file a kind. `Actions` joins them to one table by command id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.clock import Clock
from tui.actions.comparison import ComparisonDeeds
from tui.actions.compliance import ComplianceDeeds
from tui.actions.delivery import DeliveryDeeds
from tui.actions.looking import Looking
from tui.actions.moments import Moments
from tui.actions.putting import PuttingDeeds
from tui.actions.recorder import RecorderDeeds
from tui.actions.relationships import RelationshipsDeeds
from tui.actions.report import ReportDeeds
from tui.actions.resources import ResourcesDeeds
from tui.actions.stories import StoryDeeds
from tui.actions.stream import StreamDeeds
from tui.actions.taking import Taking

if TYPE_CHECKING:
    from tui.actions.deed import Action, Deeds
    from tui.app import ConfigScope
    from tui.commands import Command


_KINDS: tuple[type[Deeds], ...] = (
    Looking,
    Moments,
    Clock,
    Taking,
    RecorderDeeds,
    DeliveryDeeds,
    ResourcesDeeds,
    RelationshipsDeeds,
    ComplianceDeeds,
    PuttingDeeds,
    ComparisonDeeds,
    ReportDeeds,
    StreamDeeds,
    StoryDeeds,
)


class Actions:
    """Does commands."""

    def __init__(self, app: ConfigScope) -> None:
        self.table: dict[str, Action] = {}
        for kind in _KINDS:
            self.table |= kind(app).table()

    def run(self, command: Command, argument: str) -> None:
        """Do a command; returns at once, whatever takes time runs in a worker."""
        self.table[command.id](argument)

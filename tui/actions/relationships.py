"""What is done with the links of the chosen resource."""

from __future__ import annotations

from tui.actions.deed import Action, Deeds
from tui.panes.relationships import RelationshipsPane


class RelationshipsDeeds(Deeds):
    """Shows links from either side."""

    def table(self) -> dict[str, Action]:
        return {"look.users": lambda _: self.users()}

    def users(self) -> None:
        """Show who uses the chosen resource, or all its links again."""
        pane = self.dashboard.panes["relationships"]
        assert isinstance(pane, RelationshipsPane)
        while not self.in_front:
            self.app.pop_screen()
        was_there = self.pane is pane
        self.dashboard.go_to("relationships")
        if self.workspace.selection.moment is not None:
            self.app.say("Who uses a resource is known only for now: n returns there.")
        else:
            pane.show_users(not (was_there and pane.users_only))

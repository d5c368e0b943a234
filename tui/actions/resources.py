"""What is done with the inventory."""

from __future__ import annotations

from tui.actions.deed import Action, Deeds
from tui.panes.snapshots import SnapshotsPane


class ResourcesDeeds(Deeds):
    """Chooses resources."""

    def table(self) -> dict[str, Action]:
        return {"look.resource": self.choose_resource}

    def choose_resource(self, text: str) -> None:
        """Choose a resource by id or name, or look for what was typed."""
        if not text:
            self.ask_command("resource ", "an id or a name")
            return
        pane = self.dashboard.panes["snapshots"]
        assert isinstance(pane, SnapshotsPane)
        found = pane.find(text)
        if found is not None:
            self.workspace.selection.choose(found)
        else:
            self.dashboard.go_to("snapshots")
            pane.apply_filter(text)

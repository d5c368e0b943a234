"""What is done with the stream of messages."""

from __future__ import annotations

from tui.actions.deed import Action, Deeds
from tui.panes.stream import StreamPane


class StreamDeeds(Deeds):
    """Follows the stream, or lets it stand."""

    def table(self) -> dict[str, Action]:
        return {"look.follow": lambda _: self.follow()}

    def follow(self) -> None:
        pane = self.dashboard.panes["stream"]
        assert isinstance(pane, StreamPane)
        pane.follow()

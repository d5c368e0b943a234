"""What is done with the stream of messages, and the alarms on it."""

from __future__ import annotations

from backend.model.item import ResourceKey
from tui.actions.deed import Action, Deeds
from tui.panes.spelling import called, kind
from tui.panes.stream import StreamPane
from tui.panes.stream_views import VIEWS
from tui.text import legible


class StreamDeeds(Deeds):
    """Follows the stream, sifts it, opens its messages, and says what to ring for."""

    def table(self) -> dict[str, Action]:
        return {
            "look.follow": lambda _: self.follow(),
            "stream.view": self.next_view,
            "stream.message": lambda _: self.message(),
            "stream.bell": self.bell,
            "stream.watch": self.watch,
        }

    @property
    def stream(self) -> StreamPane:
        """The pane of the stream."""
        pane = self.dashboard.panes["stream"]
        assert isinstance(pane, StreamPane)
        return pane

    def follow(self) -> None:
        self.stream.follow()

    def next_view(self, name: str) -> None:
        """The view of this name, or the one after the present one."""
        known = list(VIEWS)
        if name and name not in known:
            self.app.say(f"There is no view “{name}”; there are {', '.join(known)}.", "warning")
            return
        self.dashboard.go_to("stream")
        self.stream.show_view(name or known[(known.index(self.stream.view) + 1) % len(known)])

    def message(self) -> None:
        """The message under the cursor in full."""
        if not self.stream.open_message():
            self.app.say("There is no message under the cursor.")

    # Alarms

    def bell(self, text: str) -> None:
        """Ring for what newly breaks a rule, or no longer."""
        wanted = text.strip().casefold()
        if wanted not in ("", "on", "off"):
            self.app.say(f"“{legible(text)}” is neither on nor off.", "warning")
            return
        alarms = self.stream.alarms
        alarms.bell = not alarms.bell if not wanted else wanted == "on"
        self.stream.alarms_changed()
        self.app.say(
            "The bell rings when a resource newly breaks a rule." if alarms.bell else "The bell is off.",
        )

    def watch(self, text: str) -> None:
        """Ring for changes of a type, id or name, of the chosen resource, or of nothing any more."""
        alarms, wanted = self.stream.alarms, text.strip()
        key = self.workspace.resource
        if wanted.casefold() == "none":
            alarms.words.clear()
            alarms.resources.clear()
            told = "Nothing is watched."
        elif wanted:
            told = self._toggle_word(wanted)
        elif key is None:
            told = "Choose a resource to watch, or name a type: :watch AWS::EC2::SecurityGroup"
        else:
            told = self._toggle_resource(key)
        self.stream.alarms_changed()
        self.app.say(told)

    def _toggle_word(self, wanted: str) -> str:
        if self.stream.alarms.toggle(wanted):
            return f"Watched: changes of {legible(wanted)} ring. :watch none ends it."
        return f"{legible(wanted)} is no longer watched."

    def _toggle_resource(self, key: ResourceKey) -> str:
        resources = self.stream.alarms.resources
        name = legible(f"{kind(key.resource_type)} {called(key, self.workspace.names)}")
        if key in resources:
            resources.remove(key)
            return f"{name} is no longer watched."
        resources.add(key)
        return f"Watched: changes of {name} ring. W again ends it."

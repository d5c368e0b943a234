"""What is done while a story is played."""

from __future__ import annotations

from functools import partial

from textual.worker import Worker

from backend.model.problem import Problem
from tui import stories
from tui.actions.deed import Action, Deeds
from tui.screens.menu import Entry, MenuScreen
from tui.stories import Story
from tui.stories.player import Player
from tui.work import begin


class StoryDeeds(Deeds):
    """Begins, hurries, holds and ends stories."""

    _telling: Worker[None] | None = None

    def table(self) -> dict[str, Action]:
        return {
            "story.begin": self.begin_story,
            "story.next": lambda _: self._with(Player.next),
            "story.hold": lambda _: self._with(Player.hold),
            "story.end": lambda _: self.end(),
        }

    def begin_story(self, name: str) -> None:
        """Play the story of this name, or offer those there are."""
        name, _, how = name.partition(" ")
        if not name:
            told = [stories.load(each) for each in stories.names()]
            entries = [Entry(story.name, "", story.title, story.about) for story in told if not story.empty]
            self.app.push_screen(MenuScreen("Stories", [("", entries)], choose="tell it"), self._chosen)
            return
        self.begin("story", self._loaded(name, stepwise=how == "step"))

    async def _loaded(self, name: str, *, stepwise: bool) -> None:
        self.tell(stories.load(name), stepwise=stepwise)

    def _chosen(self, name: str | None) -> None:
        if name:
            self.tell(stories.load(name))

    def tell(self, story: Story, *, stepwise: bool = False) -> None:
        """Play a story in a worker of its own."""
        self.end()
        player = Player(self.app, story, stepwise=stepwise)
        self.workspace.player = player
        self._telling = begin(self.app, partial(self._told, player), "story", beside=True)

    async def _told(self, player: Player) -> None:
        try:
            await player.play()
        except Problem as problem:
            self.workspace.remember("story", problem)
            self.app.say(str(problem), "error")

    def _with(self, what: object) -> None:
        player = self.workspace.player
        if player is not None and callable(what):
            what(player)

    def end(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        if self.workspace.player is not None:
            self.workspace.player.end()
            self.workspace.player = None
            self.app.refresh_bindings()

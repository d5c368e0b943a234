"""The player believes what stands on the screen, not what its own caption says."""

from __future__ import annotations

from tests.tui.opened import opened
from tui.stories import Step, Story
from tui.stories.player import Player
from tui.widgets.caption import Caption
from tui.widgets.saying import Saying


def story(*steps: Step) -> Story:
    return Story("mine", "Mine", "about it", steps)


async def test_what_only_the_caption_says_is_not_seen() -> None:
    async with opened() as it:
        player = Player(it.app, story(Step("Look at the quince.", until="quince")), hurried=True, patience=0.2)
        await player.play()
        assert player.missed == ["step 1: quince"]


async def test_a_promise_may_name_a_sign_of_the_terminal() -> None:
    async with opened() as it:
        player = Player(it.app, story(Step("It records.", until="{on} recording")), hurried=True, patience=5)
        await player.play()
        assert player.missed == []


async def test_what_else_is_said_stands_above_the_caption() -> None:
    async with opened() as it:
        player = Player(
            it.app, story(Step("First."), Step("Second.", until="Seconds later")), hurried=True, patience=0.3
        )
        it.app.say("Something else was said")
        await player.play()
        await it.settle()
        saying, caption = it.app.screen.query_one(Saying), it.app.screen.query_one(Caption)
        assert saying.region.bottom <= caption.region.y
        assert "Something else was said" in it.text
        assert "Second." in it.text

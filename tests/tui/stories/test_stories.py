"""Each story is told from beginning to end on a real local world; every step shows what it promises."""

from __future__ import annotations

import pytest

from backend import connect
from backend.connect import Target
from backend.model.problem import BadInput
from tests.tui.looking import text
from tests.tui.opened import ENVIRONMENT, GRID, SMALL
from tui import stories
from tui.app import ConfigScope
from tui.stories.player import Player


@pytest.mark.parametrize("size", [SMALL, GRID])
@pytest.mark.parametrize("name", stories.names())
async def test_every_step_of_a_story_shows_what_it_promises(name: str, size: tuple[int, int]) -> None:
    story = stories.load(name)
    target = Target(memory=not story.empty, empty=story.empty, seed=story.seed, start=story.start)
    app = ConfigScope(lambda progress: connect.open(target, progress), environment=ENVIRONMENT)
    async with app.run_test(size=size) as pilot:
        while app.workspace.connection is None:
            await pilot.pause()
        player = Player(app, story, hurried=True, patience=120)
        await player.play()
        assert player.missed == [], f"{player.missed}\n{text(app)}"
        assert not [mishap for mishap in app.workspace.mishaps if "defect" in str(mishap.problem)]


@pytest.mark.parametrize("name", stories.names())
def test_a_story_takes_less_than_three_minutes(name: str) -> None:
    assert stories.load(name).seconds < stories.LONGEST


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("title = 3", "“title” of the wrong kind"),
        ('title = "x"\nabout = "y"', "has no step"),
        ('title = "x"\nabout = "y"\n[[step]]\nkeys = ["1"]', "step 1, says nothing"),
        ('title = "x"\nabout = "y"\n[[step]]\nsay = "z"\nwait = 3', "“wait”"),
        ("title =", "is not TOML"),
    ],
)
def test_a_story_that_is_not_right_says_what_is_wrong_with_it(wrong: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        stories.read("mine", wrong)


def test_a_name_that_no_story_has_is_told_with_those_there_are() -> None:
    with pytest.raises(BadInput, match="open-door"):
        stories.load("none-such")

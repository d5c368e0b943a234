from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from backend.model.moment import DAY, HOUR, parse
from tui.panes.facts import Fact, Facts, broken, moment, words
from tui.times import UTC

NOW = parse("2026-03-07T14:22:31Z")
ARN = "arn:aws:iam::696686700433:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"


def shown(fact: Fact, width: int) -> list[str]:
    facts = Facts()
    facts._facts = (fact,)
    return [line.plain for line in facts.lines(width)]


def test_a_long_name_is_broken_behind_a_joint() -> None:
    lines = [line.plain for line in broken(words(ARN), 34)]
    assert lines == [
        "arn:aws:iam::696686700433:role/",
        "aws-service-role/",
        "config.amazonaws.com/",
        "AWSServiceRoleForConfig",
    ]


def test_words_that_fit_on_a_line_stay_whole() -> None:
    text = Content("Failed to put object to bucket: config-bucket-sgp")
    assert [line.plain for line in broken(text, 20)] == ["Failed to put object", "to bucket:", "config-bucket-sgp"]


@pytest.mark.parametrize("room", [1, 2, 7, 20])
def test_nothing_is_lost_in_the_breaking_but_blanks(room: int) -> None:
    lines = broken(words(f"{ARN} 東京 and on"), room)
    assert "".join(line.plain for line in lines).replace(" ", "") == f"{ARN}東京andon"
    assert all(line.cell_length <= max(room, 2) for line in lines)


def test_a_name_may_lose_its_middle_where_it_is_narrow() -> None:
    fact = Fact("role", words(ARN), short=(words("AWSServiceRoleForConfig"),), middle=True)
    assert shown(fact, 31) == ["role  AWSServiceRoleForConfig"]
    assert shown(fact, 24) == ["role  AWSServi…ForConfig"]


def test_a_moment_says_as_much_as_there_is_room_for() -> None:
    fact = moment("since", NOW - DAY - 13 * HOUR, NOW, UTC)
    assert shown(fact, 45) == ["since  2026-03-06 01:22:31 UTC  1 d 13 h ago"]
    assert shown(fact, 41) == ["since  2026-03-06 01:22:31 UTC  1 d ago"]
    assert shown(fact, 32) == ["since  2026-03-06 01:22:31 UTC"]
    assert shown(fact, 24) == ["since  1 d 13 h ago"]


class Bench(App[None]):
    """Facts above something else, in a window that is resized."""

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Facts()
            yield Static("below")


async def test_facts_that_change_twice_around_a_layout_have_the_room_of_the_second_change() -> None:
    app = Bench()
    async with app.run_test(size=(30, 10)) as pilot:
        facts = app.query_one(Facts)
        facts.show([Fact("one", Content("1")), Fact("two", Content("2"))])
        app.screen._refresh_layout()  # as when a pane beside it opens before this one is idle
        facts.show([Fact("one", Content("1")), Fact("two", Content("2")), Fact("three", Content("3"))])
        await pilot.pause()
        assert facts.size.height == 3

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.app import App

from tests.tui.looking import text
from tui.screens.confirm import ConfirmScreen, Question
from tui.widgets.key_bar import KeyBar

QUESTION = Question(
    "Stop the recorder “default”?",
    (("region", "ap-southeast-1"), ("recording", "on → off")),
    warning="Changes made while it is off are never recorded.",
    command="aws configservice stop-configuration-recorder \\\n    --configuration-recorder-name default",
    yes="stop it",
)


class Asking(App[None]):
    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question
        self.answers: list[bool | None] = []

    def on_mount(self) -> None:
        self.push_screen(ConfirmScreen(self.question), self.answers.append)


async def test_it_says_what_will_change_and_the_command_that_does_the_same() -> None:
    app = Asking(QUESTION)
    async with app.run_test(size=(80, 24)):
        shown = text(app)
        assert "Stop the recorder “default”?" in shown
        assert "recording  on → off" in shown
        assert "aws configservice stop-configuration-recorder \\" in shown
        assert "    --configuration-recorder-name default" in shown
        assert "y stop it" in shown


@pytest.mark.parametrize(
    ("key", "answer"), [("y", True), ("enter", True), ("n", False), ("escape", False), ("q", False)]
)
async def test_only_yes_is_yes(key: str, answer: bool) -> None:
    app = Asking(QUESTION)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("x", "space", key)
        assert app.answers == [answer]


async def test_what_cannot_be_taken_back_needs_its_word_typed() -> None:
    app = Asking(replace(QUESTION, typed="default"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter", "y", "enter")
        assert app.answers == []
        assert "That was not “default”." in text(app)
        await pilot.press("backspace", *"default", "enter")
        assert app.answers == [True]


async def test_what_cannot_be_taken_back_can_be_left() -> None:
    app = Asking(replace(QUESTION, typed="default"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"default", "escape")
        assert app.answers == [False]


async def test_a_long_question_leaves_its_keys_on_a_small_screen() -> None:
    app = Asking(replace(QUESTION, changes=tuple((f"field {n}", "x" * 300) for n in range(20))))
    async with app.run_test(size=(60, 16)):
        assert "y stop it" in text(app)


async def test_a_title_of_several_lines_leaves_the_keys_too() -> None:
    changes = tuple((f"field {n}", "x" * 300) for n in range(20))
    app = Asking(replace(QUESTION, title="Delete the rule “" + "a long name " * 10 + "”?", changes=changes))
    async with app.run_test(size=(60, 16)):
        assert "y stop it" in text(app)


async def test_the_keys_shown_can_be_clicked() -> None:
    app = Asking(QUESTION)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.click(KeyBar, offset=(14, 0))
        assert app.answers == [False]

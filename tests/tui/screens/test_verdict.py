"""Why a verdict was given: the property that decided, its value, what was expected, and the way to it."""

from __future__ import annotations

import msgspec
import pytest

from tests.tui.fake_session import VOLUME, World
from tests.tui.opened import GRID, SMALL, opened
from tui.screens.item import ItemScreen
from tui.screens.verdict import resolved
from tui.widgets.json_tree import JsonTree


def world() -> World:
    """A volume that is attached and not encrypted."""
    made = World()
    body = {"attachments": [{"state": "attached"}], "encrypted": False}
    made.estate[VOLUME] = [msgspec.structs.replace(each, configuration=body) for each in made.estate[VOLUME]]
    return made


@pytest.mark.requirement("RUL-13")
async def test_a_verdict_shows_what_decided_and_leads_to_it() -> None:
    async with opened(GRID, world=world()) as it:
        await it.press("5", "w")
        await it.settle()
        assert "Why encrypted-volumes says so" in it.text
        assert "configuration.encrypted" in it.text
        assert "is false" in it.text
        assert "expected true" in it.text
        await it.press("enter")
        await it.settle()
        assert isinstance(it.app.screen, ItemScreen)
        current = it.app.screen.query_one(JsonTree).current
        assert current is not None
        assert current.path == ("configuration", "encrypted")


async def test_it_fits_the_smallest_terminal() -> None:
    async with opened(SMALL, world=world()) as it:
        await it.press("5", "w")
        await it.settle()
        assert "esc close" in it.text
        assert "expected true" in it.text


async def test_a_rule_that_cannot_be_asked_says_why() -> None:
    made = world()
    made.rules = [msgspec.structs.replace(each, identifier="SHIELD_DRT_ACCESS") for each in made.rules]
    async with opened(GRID, world=made) as it:
        await it.press("5", "w")
        await it.settle()
        assert "SHIELD_DRT_ACCESS is not evaluated here." in it.text


async def test_from_the_page_of_the_resource_the_way_leads_to_its_fields() -> None:
    async with opened(GRID, world=world()) as it:
        await it.press("5", "enter", "tab", "enter", "5", "w")
        await it.settle()
        await it.press("enter")
        await it.settle()
        assert isinstance(it.app.screen, ItemScreen)
        current = it.app.screen.query_one(JsonTree).current
        assert current is not None
        assert current.path == ("configuration", "encrypted")


@pytest.mark.parametrize(
    ("dotted", "path"),
    [
        ("configuration.a.1.b", ("configuration", "a", 1, "b")),
        ("tags.aws:x.y", ("tags", "aws:x.y")),
        ("configuration.gone.too", ("configuration",)),
        ("configuration.a.9", ("configuration", "a")),
    ],
)
def test_a_dotted_path_leads_as_far_as_the_item_goes(dotted: str, path: tuple[str | int, ...]) -> None:
    item = {"configuration": {"a": [{}, {"b": 1}]}, "tags": {"aws:x.y": "1"}}
    assert resolved(dotted, item) == path

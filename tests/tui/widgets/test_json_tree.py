from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.content import Content

from backend.model.item import Json
from tests.tui.looking import lines, style_at, text
from tui.widgets.json_tree import JsonTree

ARN = "arn:aws:ec2:ap-southeast-1:123456789012:instance/i-0123456789abcdef0"
ITEM: Json = {
    "ARN": ARN,
    "resourceId": "i-0123456789abcdef0",
    "configuration": {
        "state": {"code": 16, "name": "running"},
        "groups": [{"groupId": "sg-1"}, {"groupId": "sg-2"}],
        "monitoring": None,
    },
    "relationships": [{"name": "Is contained in Vpc", "resourceId": "vpc-1"}],
    "tags": {},
}


class Treed(App[None]):
    def __init__(self, value: Json = None) -> None:
        super().__init__()
        self.shown = JsonTree(ITEM if value is None else value)
        self.chosen: list[JsonTree.Selected] = []

    def compose(self) -> ComposeResult:
        yield self.shown

    def on_json_tree_selected(self, event: JsonTree.Selected) -> None:
        self.chosen.append(event)

    def rows(self) -> list[str]:
        """The rows below the header, without the cursor, in their two columns."""
        return ["  ".join(line.replace("▌", " ").split()) for line in lines(self)[1:] if line.strip()]


@pytest.mark.requirement("ITM-19")
async def test_an_item_is_a_table_of_fields_and_values_with_nested_ones_folded() -> None:
    app = Treed()
    async with app.run_test(size=(60, 12)) as pilot:
        app.shown.set_value(ITEM, index=2, total=26)
        await pilot.pause()
        assert [line.rstrip() for line in lines(app)[:6]] == [
            "   field          value                        item 3 of 26",
            "▌▸ ARN            arn:aws:ec2:ap-south…/i-0123456789abcdef0",
            "   resourceId     i-0123456789abcdef0",
            " ▸ configuration  {…} 3 fields",
            " ▸ relationships  […] 1 item",
            "   tags           {}",
        ]


@pytest.mark.requirement("ITM-19")
@pytest.mark.parametrize("key", ["enter", "space", "right", "l"])
async def test_a_folded_field_opens_on_demand(key: str) -> None:
    app = Treed()
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.press("j", "j", key)
        assert "▸  state  {…}  2  fields" in app.rows()
        assert "▸  groups  […]  2  items" in app.rows()
        await pilot.press("j", key)
        assert "name  running" in app.rows()


async def test_a_field_folds_again_with_all_below_it() -> None:
    app = Treed()
    async with app.run_test(size=(60, 16)) as pilot:
        before = app.rows()
        await pilot.press("j", "j", "l", "j", "l", "j")  # configuration, state, code
        await pilot.press("h", "h", "h")  # to state, fold it, to configuration
        assert app.shown.path_text() == "configuration"
        await pilot.press("h")
        assert app.rows() == before


async def test_a_star_opens_all_below() -> None:
    app = Treed()
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("j", "j", "*")
        assert "groupId  sg-2" in app.rows()
        assert "name  running" in app.rows()


@pytest.mark.requirement("ITM-19")
async def test_a_long_value_stands_in_full_when_opened() -> None:
    app = Treed()
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.press("enter")
        shown = "".join(row.strip() for row in app.rows()[1:3])
        assert ARN in shown


async def test_a_long_value_in_full_is_broken_anew_when_the_width_changes() -> None:
    app = Treed({"text": "ab" * 60})
    async with app.run_test(size=(80, 16)) as pilot:
        await pilot.press("enter")
        await pilot.resize_terminal(40, 16)
        await pilot.pause()
        assert "".join(row.strip() for row in app.rows()[1:]) == "ab" * 60


async def test_path_and_value_under_the_cursor_can_be_copied() -> None:
    app = Treed()
    async with app.run_test(size=(60, 16)):
        assert app.shown.reveal(("configuration", "groups", 1, "groupId"))
        assert app.shown.path_text() == "configuration.groups[1].groupId"
        assert app.shown.value_text() == "sg-2"
        app.shown.reveal(("configuration", "state"))
        assert app.shown.value_text() == '{"code":16,"name":"running"}'


async def test_a_plain_value_is_told_when_chosen() -> None:
    app = Treed()
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.press("j", "enter")
        (chosen,) = app.chosen
        assert (chosen.path, chosen.value) == (("resourceId",), "i-0123456789abcdef0")


async def test_searching_finds_fields_that_are_folded() -> None:
    app = Treed()
    async with app.run_test(size=(60, 20)) as pilot:
        assert app.shown.find("SG-") == 2
        await pilot.pause()
        assert app.shown.path_text() == "configuration.groups[0].groupId"
        assert style_at(app, "sg-").underline
        app.shown.find_next()
        assert app.shown.path_text() == "configuration.groups[1].groupId"
        app.shown.find_next()
        assert app.shown.path_text() == "configuration.groups[0].groupId"
        app.shown.find_next(-1)
        assert app.shown.path_text() == "configuration.groups[1].groupId"
        assert app.shown.find("nowhere") == 0
        assert not app.shown.find_next()


async def test_what_is_open_stays_open_when_the_value_changes() -> None:
    """Stepping through time must not fold what the person looks at."""
    app = Treed()
    async with app.run_test(size=(60, 20)) as pilot:
        app.shown.reveal(("configuration", "state", "name"))
        app.shown.set_value({"configuration": {"new": 1, "state": {"name": "stopped"}}})
        await pilot.pause()
        assert app.shown.path_text() == "configuration.state.name"
        assert app.shown.value_text() == "stopped"


async def test_changed_fields_are_marked_also_inside_folded_ones() -> None:
    app = Treed()
    async with app.run_test(size=(60, 20)) as pilot:
        app.shown.set_marks({"configuration.state.name": Content("~")})
        await pilot.pause()
        assert lines(app)[3].startswith("·▸ configuration")
        app.shown.reveal(("configuration", "state", "name"))
        await pilot.press("k")
        assert next(line for line in lines(app) if "running" in line).startswith("~")


async def test_a_click_on_the_sign_opens() -> None:
    app = Treed()
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.click(JsonTree, offset=(1, 3))
        assert "▸  state  {…}  2  fields" in app.rows()


@pytest.mark.parametrize("value", [None, "alone", 3, True, [], {}, [1, [2, [3]]], {"": {"": ""}}])
async def test_any_json_can_be_shown(value: Json) -> None:
    app = Treed("placeholder")
    async with app.run_test(size=(30, 10)) as pilot:
        app.shown.set_value(value)
        await pilot.press("*", "j", "enter", "G", "h")
        assert text(app)


async def test_nothing_recorded_says_so() -> None:
    app = Treed()
    async with app.run_test(size=(40, 10)) as pilot:
        app.shown.set_value({})
        await pilot.pause()
        assert "Nothing is recorded here." in text(app)
        assert app.shown.value_text() == ""

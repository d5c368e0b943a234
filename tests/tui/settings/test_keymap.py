"""Keys can be set; what a terminal cannot send, what nobody knows, and what hides another key is told."""

from __future__ import annotations

import pytest
from textual.keys import _character_to_key

from tests.tui.opened import opened
from tui.commands import COMMANDS
from tui.commands.lists import LIST_KEYS
from tui.panes.link_tree import LinkTree
from tui.settings import Wish
from tui.settings.key_names import named, read
from tui.settings.keymap import Keymap, judge
from tui.widgets.json_tree import JsonTree
from tui.widgets.lines import LineView


def wishes(**keys: str) -> dict[str, Wish]:
    """`look_zoom="X"`, each in a line of its own."""
    return {
        name.replace("_", ".", 1): Wish(tuple(text.split()), line) for line, (name, text) in enumerate(keys.items(), 1)
    }


def keys(keymap: Keymap, name: str) -> tuple[str, ...]:
    known = {one.id: one.key_names for one in keymap.commands} | {one.id: one.key_names for one in keymap.lists}
    return known[name]


def test_signs_have_the_names_that_textual_gives_them() -> None:
    for sign in map(chr, range(33, 127)):
        assert named(sign) == _character_to_key(sign)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("z", "z"), ("Z", "Z"), ("/", "slash"), ("slash", "slash"), ("+", "plus"), ("ctrl+g", "ctrl+g"),
        ("^g", "ctrl+g"),
        ("esc", "escape"), ("F5", "f5"), ("alt-left", "alt+left"), ("shift+tab", "shift+tab"), ("PgUp", "pageup"),
        ("ctrl+right", "ctrl+right"), ("é", "é"), (" ", "space"),
    ],
)  # fmt: skip
def test_keys_are_read_as_people_write_them(written: str, name: str) -> None:
    assert read(written) == (name, "")


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("ctrl+i", "the same for it as for tab"),
        ("ctrl+m", "the same for it as for enter"),
        ("^h", "the same for it as for backspace"),
        ("ctrl+[", "the same for it as for escape"),
        ("ctrl+enter", "most terminals cannot send it"),
        ("ctrl+1", "most terminals cannot send it"),
        ("shift+a", "the capital letter instead: A"),
        ("cmd+k", "terminals do not send “cmd”"),
        ("ctrl+c", "it interrupts"),
        ("f24", "there is no such key"),
        ("zz", "there is no such key"),
        ("\x07", "it is no key"),
    ],
)
def test_keys_that_never_arrive_are_told(written: str, reason: str) -> None:
    assert read(written)[0] == ""
    assert reason in read(written)[1]


def test_without_wishes_nothing_changes() -> None:
    assert judge({}) == Keymap()
    assert not judge({}).changed


def test_a_wish_is_done_and_several_and_none() -> None:
    keymap = judge(wishes(look_zoom="X", look_refresh="f5 ctrl+r", take_copy=""))
    assert keymap.warnings == []
    assert (keys(keymap, "look.zoom"), keys(keymap, "look.refresh"), keys(keymap, "take.copy")) == (
        ("X",), ("f5", "ctrl+r"), (),
    )  # fmt: skip


def test_two_keys_can_change_places() -> None:
    keymap = judge(wishes(look_zoom="r", look_refresh="z"))
    assert keymap.warnings == []


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (wishes(look_zom="X"), "line 1: there is no command “look.zom”; did you mean “look.zoom”?"),
        (wishes(frobnicate="X"), "line 1: there is no command “frobnicate”; `configscope keys --list` shows"),
        (wishes(look_zoom="ctrl+i"), "line 1: “ctrl+i” cannot be a key of look.zoom: a terminal sends the same"),
        (wishes(move_next="n"), "line 1: the keys of move.next stay as they are"),
        (wishes(look_zoom="r"), "line 1: “r” was the key of look.refresh, which has no key now; look.zoom has it."),
        (wishes(look_zoom="f5", look_refresh="f5"), "line 2: “f5” is the key of look.zoom already (line 1)"),
        (wishes(look_zoom="j"), "line 1: “j” is lines.down in lists, where it will not do look.zoom."),
        (wishes(lines_down="z"), "line 1: “z” is lines.down in lists, where it will not do look.zoom."),
    ],
)
def test_what_is_not_done_as_written_is_told_with_its_line(wish: dict[str, Wish], said: str) -> None:
    warnings = judge(wish).warnings
    assert any(said in warning for warning in warnings), warnings


def test_the_one_whose_key_is_taken_shows_none() -> None:
    keymap = judge(wishes(look_zoom="r"))
    assert keys(keymap, "look.refresh") == ()
    assert keys(keymap, "look.zoom") == ("r",)


def test_the_table_of_list_keys_is_what_the_lists_bind() -> None:
    bound = {}
    for widget in (LineView, JsonTree, LinkTree):
        for binding in widget.BINDINGS:
            assert not isinstance(binding, tuple)
            bound[binding.id] = binding.key
    assert bound == {one.id: one.keys for one in LIST_KEYS}


async def test_keys_that_were_set_work_and_show_everywhere() -> None:
    given = wishes(app_help="f1", look_problems="f2", lines_down="f3 j", move_out="escape")
    given["pane.stream"] = Wish(("ctrl+g",), 9)
    async with opened((80, 24), keys=given) as it:
        await it.press("ctrl+g")
        assert it.app.dashboard.current.id == "stream"
        assert "f1 help" in it.lines[-1]
        assert "? help" not in it.lines[-1]
        await it.press("question_mark")
        assert it.app.screen is it.app.dashboard
        await it.press("3")
        table = it.app.dashboard.panes["snapshots"].query_one(LineView)
        table.focus()
        await it.settle()
        before = table.cursor
        await it.press("f3")
        assert table.cursor == before + 1
        await it.press("k")
        assert table.cursor == before
        await it.press("ctrl+p")
        await it.type("Go to Stream")
        await it.settle()
        await it.pilot.pause(0.4)
        assert "Go to Stream  [^g]" in it.text


async def test_other_panes_keep_the_key_that_moved_away_from_one() -> None:
    """Textual's keymap would take the key from all commands that share it."""
    shared = [one for one in COMMANDS if one.scope]
    keymap = judge(wishes(look_zoom="X"))
    assert all(keys(keymap, one.id) == one.key_names for one in shared)
    async with opened(keys=wishes(look_zoom="X")) as it:
        await it.press("z")
        before = it.app.dashboard.zoomed
        await it.press("X")
        assert (before, it.app.dashboard.zoomed) == (False, True)

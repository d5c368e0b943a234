from __future__ import annotations

from textual.events import Key

from tests.tui.opened import SMALL, Opened, opened


async def at_once(it: Opened, keys: str) -> None:
    """Type as a paste or a slow link brings it: every key before any is answered."""
    for key in keys:
        it.app.post_message(Key({":": "colon", "/": "slash", "\r": "enter"}.get(key, key), key))
    for _ in range(5):
        await it.settle()


async def test_what_is_typed_ahead_of_the_line_stands_in_it() -> None:
    async with opened(SMALL) as it:
        await at_once(it, ":theme pap")
        assert ": theme pap" in it.lines[-1]


async def test_a_command_typed_in_one_go_is_done() -> None:
    async with opened(SMALL) as it:
        await at_once(it, ":theme paper\r")
        assert it.app.theme == "paper"


async def test_a_filter_typed_in_one_go_filters() -> None:
    async with opened(SMALL) as it:
        await it.press("3")
        await at_once(it, "/web-1")
        assert "/ web-1" in it.lines[-1]
        assert "1 of 5" in it.lines[-1]

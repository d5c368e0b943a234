from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from tui.widgets.row_filter import BLOCK, Found, RowFilter, block


async def found(rows: RowFilter, *words: str) -> list[int]:
    done = asyncio.Event()
    last: list[int] = []

    def shown(found: Found, complete: bool) -> None:
        last[:] = found
        if complete:
            done.set()

    rows.search(words, shown)
    await done.wait()
    return last


@settings(deadline=None)
@given(
    st.lists(st.text(st.sampled_from("abAB é日\nß"), max_size=8), max_size=30),
    st.lists(st.text(st.sampled_from("abé日s"), min_size=1, max_size=2), min_size=1, max_size=3),
)
def test_a_block_finds_the_rows_that_have_all_words(texts: list[str], words: list[str]) -> None:
    wanted = [word.casefold() for word in words]
    expected = [number for number, text in enumerate(texts) if all(word in text.casefold() for word in wanted)]
    assert list(block(texts).matching([word.encode() for word in wanted])) == expected


async def test_rows_are_found_by_their_numbers_across_blocks() -> None:
    rows = RowFilter()
    await rows.fill(f"Web-{number}" for number in range(3 * BLOCK))
    assert await found(rows, "web-5000") == [5000]
    assert await found(rows, "WEB", "99") == [number for number in range(3 * BLOCK) if "99" in str(number)]
    assert await found(rows, "nothing") == []
    assert len(await found(rows)) == 3 * BLOCK


async def test_the_next_key_ends_the_search_before() -> None:
    rows = RowFilter()
    await rows.fill(["web"] * (4 * BLOCK))
    told: list[int] = []
    rows.search(["web"], lambda found, done: told.append(len(found)))
    await asyncio.sleep(0)
    assert await found(rows, "db") == []
    assert 4 * BLOCK not in told, "it was not done, and told nothing more"


async def test_the_loop_goes_on_while_rows_are_looked_through() -> None:
    rows = RowFilter()
    turns = 0

    async def turning() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(turning())
    await rows.fill(["web"] * (10 * BLOCK))
    assert turns >= 10
    turns = 0
    await found(rows, "web")
    other.cancel()
    assert turns >= 10

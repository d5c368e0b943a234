"""The links of all resources, as they were last read."""

from __future__ import annotations

import gc

import pytest

from tests.tui.fake_session import World
from tests.tui.opened import SMALL, opened
from tui.link_book import LinkBook, collecting_later


def test_garbage_is_looked_for_again_whatever_happened() -> None:
    with pytest.raises(ValueError, match="read"), collecting_later():
        assert not gc.isenabled()
        raise ValueError("read")
    assert gc.isenabled()
    gc.unfreeze()


async def test_links_are_kept_until_something_changes_or_another_moment_is_looked_at() -> None:
    world = World()
    async with opened(SMALL, world=world) as it:
        workspace = it.app.workspace
        assert workspace.session is not None
        book = LinkBook(workspace)
        graph = await book.read(workspace.session)
        assert await book.read(workspace.session) is graph
        book.data_changed()
        assert book.known() is None
        fresh = await book.read(workspace.session)
        assert fresh is not graph
        workspace.selection.look_at(world.now - 2 * 86_400_000)
        then = await book.read(workspace.session)
        assert len(then) < len(fresh)

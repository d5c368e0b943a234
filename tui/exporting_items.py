"""Writing the items of a selection to a file of one's own, in whatever form its suffix names."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from backend.client.items import newest_items
from backend.client.session import Session
from backend.files.writing.forms import item_file
from backend.model.item import ResourceKey

Report = Callable[[int, int], None]
"""Told how many items are written, and of how many."""


class Written(NamedTuple):
    """What became of an export."""

    path: Path
    items: int
    missing: int
    """Resources of which no item is known."""

    def told(self) -> str:
        """All of it in a sentence."""
        items = "1 item is" if self.items == 1 else f"{self.items:,} items are"
        others = "1 other" if self.missing == 1 else f"{self.missing:,} others"
        missing = f"; of {others} none is known" if self.missing else ""
        return f"{items} written to {self.path}{missing}."


async def export_items(session: Session, keys: Sequence[ResourceKey], path: Path, report: Report) -> Written:
    """Write the newest items of resources, without holding the screen; memory holds a batch of them.

    A cancelled export leaves nothing. Raises `Problem`, as `item_file` does.
    """
    done = 0
    with item_file(path) as writer:
        async for batch in newest_items(session, keys):
            await _whole(writer.write, batch)
            done += len(batch)
            report(done, len(keys))
        await _whole(writer.finish)
    return Written(path, done, len(keys) - done)


async def _whole(step: Callable[..., None], *arguments: object) -> None:
    """Do a step in a thread; who cancels it waits for its end: the file must not be closed while it is written."""
    doing = asyncio.ensure_future(asyncio.to_thread(step, *arguments))
    try:
        await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait([doing])
        raise

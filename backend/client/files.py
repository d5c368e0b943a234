"""From files to a session. Nothing here loads what speaks to AWS: that takes longer than to read a small file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from backend.client.session import Session
from backend.files.inventory import FileInventory
from backend.files.selection import items_of
from backend.files.source import called


async def open_files(*paths: Path, remarks: Sequence[str] = ()) -> Session:
    """A read-only session over snapshot or history files. Raises `BadInput` for a file that is neither.

    Returns as soon as the beginning of the first file has proved to be one; reading goes on in the background.
    `remarks` are what has to be said of how the files were come by; the session says it before its own.
    """
    inventory = FileInventory(paths)
    await inventory.begin()
    return Session(
        account=inventory.account,
        region=inventory.region,
        who=", ".join(called(path) for path in paths[:3]) + (" …" if len(paths) > 3 else ""),
        read_only=True,
        resources=inventory.resources,
        relationships=inventory.relationships,
        items_of=items_of(inventory),
        remarks=lambda: (*remarks, *inventory.remarks()),
        reading=inventory.reading,
        stop_reading=inventory.stop,
        on_close=inventory.close,
    )

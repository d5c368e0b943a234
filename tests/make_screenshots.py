"""`make screenshots`: pictures of every pane at the three sizes, from the same world each time."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from backend import connect
from backend.connect import Target
from backend.model.moment import parse
from tui.app import ConfigScope

FOLDER = Path(__file__).parents[1] / "screenshots"
SIZES = ((80, 24), (120, 36), (200, 60))
START = parse("2026-03-14T09:30:00Z")
PANES = ("recorder", "delivery", "resources", "relationships", "compliance", "stream")


@dataclass(frozen=True)
class Picture:
    """A name, and what is typed to get there: keys, or `:` and a line."""

    name: str
    typed: Sequence[str]
    sizes: Sequence[tuple[int, int]] = SIZES


PICTURES = (
    Picture("dashboard", ("3",), SIZES[1:]),
    *(Picture(pane, (str(number), "z")) for number, pane in enumerate(PANES, start=1)),
)


async def settle(pilot: Pilot[int], app: ConfigScope) -> None:
    """Wait until the world is open and nothing is being asked any more."""
    for _ in range(200):
        await pilot.pause(0.05)
        if app.workspace.connection is not None and not any(worker.is_running for worker in app.workers):
            return
    raise TimeoutError("the explorer did not come to rest")


async def take(picture: Picture, size: tuple[int, int], state: Path) -> Path:
    """Open the explorer on the world of the pictures, type, and save what is shown."""
    target = Target(memory=True, start=START, seed=7)
    app = ConfigScope(lambda progress: connect.open(target, progress))
    async with app.run_test(size=size) as pilot:
        await settle(pilot, app)
        await pilot.press("space")
        for typed in picture.typed:
            if typed == "z" and size == SIZES[0]:
                continue
            await pilot.press(typed)
            await settle(pilot, app)
        await pilot.pause(0.5)
        path = FOLDER / f"{picture.name}-{size[0]}x{size[1]}.svg"
        path.write_text(app.export_screenshot(title="configscope"), encoding="utf-8")
    return path


async def main(wanted: Sequence[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as state:
        for picture in PICTURES:
            for size in picture.sizes:
                if not wanted or picture.name in wanted:
                    print(await take(picture, size, Path(state)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))

"""The app opened on a fake connection, for tests that press keys and look at the screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, chdir
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from textual.events import Paste
from textual.pilot import Pilot

from tests.tui.fake_session import FakeConnection, World
from tests.tui.looking import lines, text
from tui.app import ConfigScope
from tui.settings import Loaded, Settings, Wish
from tui.widgets import saying

PROJECT = Path(__file__).parents[2]

SMALL = (80, 24)
GRID = (120, 36)
WIDE = (200, 60)

ENVIRONMENT: Mapping[str, str] = {
    "TERM": "xterm-256color",
    "LANG": "C.UTF-8",
    "HOME": "/nowhere",
    "XDG_CONFIG_HOME": "/nowhere",
}


@dataclass
class Opened:
    """The app, its fake world, and short words for what tests do with it."""

    app: ConfigScope
    pilot: Pilot[int]
    world: World
    connection: FakeConnection

    async def settle(self) -> None:
        """Let everything that is under way come to rest."""
        for _ in range(4):
            await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys, each after what the one before set off."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def type(self, words: str) -> None:
        """Put text into the line that is open, in one go."""
        assert self.app.focused is not None
        self.app.focused.post_message(Paste(words))
        await self.settle()

    async def line(self, words: str) -> None:
        """Type a command into the `:` line and enter it."""
        await self.press("colon")
        await self.type(words)
        await self.press("enter")

    async def changed(self) -> None:
        """Something changed on the other side, as a write in another terminal would."""
        self.connection.changed()
        await self.settle()

    @property
    def text(self) -> str:
        return text(self.app)

    @property
    def lines(self) -> list[str]:
        return lines(self.app)

    def row(self, words: str) -> str:
        """The row of the screen that holds these words; the strip of names only where no other does."""
        found = [(number == 1, row) for number, row in enumerate(self.lines) if words in row]
        assert found, f"{words!r} is not on the screen:\n{self.text}"
        return min(found, key=lambda one: one[0])[1]

    def box(self, pane_id: str) -> str:
        """What stands in a pane, without its neighbours."""
        region = self.app.dashboard.panes[pane_id].region
        rows = self.lines[region.y : region.bottom]
        return "\n".join(row[region.x : region.right] for row in rows)

    def unfolded(self, pane_id: str) -> str:
        """What stands in the right half of a pane with its line breaks made blanks."""
        rows = [row.rpartition("│")[2] if "│" in row.strip("│") else row for row in self.box(pane_id).splitlines()]
        return " ".join(" ".join(rows).split())

    def unwrapped(self, pane_id: str) -> str:
        """What stands in a pane with its line breaks, blanks and border taken out."""
        return "".join(self.box(pane_id).replace("│", "").split())


@asynccontextmanager
async def opened(
    size: tuple[int, int] = GRID,
    *,
    world: World | None = None,
    read_only: bool = False,
    files: bool = False,
    clock: bool = True,
    theme: str = "",
    landing: str = "snapshots",
    settings: Settings | None = None,
    keys: Mapping[str, Wish] | None = None,
    environment: Mapping[str, str] = ENVIRONMENT,
) -> AsyncIterator[Opened]:
    """The app on a fake connection, settled."""
    world = world or World()
    connection = FakeConnection(world, read_only=read_only, files=files, clock=clock)
    loaded = Loaded(Path("/nowhere/settings.toml"), settings or Settings(), keys=dict(keys or {}))
    app = ConfigScope(connection.open, theme=theme, landing=landing, loaded=loaded, environment=environment)
    async with AsyncExitStack() as stack:
        # However slow the machine is, what is said stays until it was looked at.
        stack.enter_context(patch.object(saying, "SHORTEST", 3_600.0))
        if Path.cwd() == PROJECT:  # what a key exports must not land in the project
            stack.enter_context(chdir(stack.enter_context(TemporaryDirectory())))
        pilot = await stack.enter_async_context(app.run_test(size=size))
        it = Opened(app, pilot, world, connection)
        await it.settle()
        await it.settle()
        yield it

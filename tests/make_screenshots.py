"""`make screenshots`: the README's pictures, taken while a story is told, at three sizes and in three themes.

The story's world stands still and has a seed, so that the same code gives the same bytes.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from textual.pilot import Pilot

from backend import connect
from backend.connect import Target
from tui import stories
from tui.app import ConfigScope
from tui.stories import Step, Story
from tui.stories.player import Player

FOLDER = Path(__file__).parents[1] / "screenshots"
SIZES = ((80, 24), (120, 36), (200, 60))
THEMES = ("aurora", "paper", "contrast")
STORY = "open-door"
TAKEN: Mapping[int, str] = {1: "pulse", 2: "dashboard", 3: "compliance", 5: "timeline", 6: "blast-radius"}
"""Pictures by the step of the story after which they are taken."""
AS_PNG = ((120, 36),)
"""Sizes of which there is a PNG as well; SVGs are smaller and sharper."""
ENVIRONMENT = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}


class Photographer(Player):
    """Tells a story without its captions, and takes a picture after some of its steps."""

    def __init__(self, app: ConfigScope, story: Story, pilot: Pilot[int], name: str) -> None:
        super().__init__(app, story, hurried=True)
        self._pilot = pilot
        self._name = name
        self.taken: list[Path] = []

    def _caption(self) -> None:
        """A picture shows the program, not the one who presents it."""

    async def _hold(self, step: Step) -> None:
        await settle(self._pilot, self._app)
        if self.number in TAKEN:
            path = FOLDER / f"{TAKEN[self.number]}-{self._name}.svg"
            path.write_text(self._app.export_screenshot(title="configscope"), encoding="utf-8")
            self.taken.append(path)


async def settle(pilot: Pilot[int], app: ConfigScope) -> None:
    """Wait until nothing is being asked any more."""
    for _ in range(200):
        await pilot.pause(0.05)
        if app.workspace.connection is not None and not any(worker.is_running for worker in app.workers):
            break
    await pilot.pause(0.5)


async def take(story: Story, size: tuple[int, int], theme: str) -> Sequence[Path]:
    """Tell the story at a size and in a theme; the pictures."""
    target = Target(memory=True, start=story.start, seed=story.seed)
    app = ConfigScope(lambda progress: connect.open(target, progress), theme=theme, environment=ENVIRONMENT)
    async with app.run_test(size=size) as pilot:
        while app.workspace.connection is None:
            await pilot.pause(0.05)
        player = Photographer(app, story, pilot, f"{theme}-{size[0]}x{size[1]}")
        await player.play()
        if player.missed:
            raise RuntimeError(f"the story did not show {player.missed}")
    return player.taken


def as_png(picture: Path) -> Path:
    """A PNG of an SVG, in fonts that come with a package: those of a machine would give other bytes elsewhere."""
    resvg = importlib.import_module("resvg_py")
    spec = find_spec("rinoh_typeface_dejavusansmono")
    assert spec is not None and spec.submodule_search_locations is not None
    fonts = sorted(map(str, Path(spec.submodule_search_locations[0]).glob("DejaVuSansMono*.ttf")))
    text = picture.read_text("utf-8").replace("Fira Code", "DejaVu Sans Mono")
    path = picture.with_suffix(".png")
    path.write_bytes(
        bytes(
            resvg.svg_to_bytes(
                svg_string=text, skip_system_fonts=True, font_files=fonts, monospace_family="DejaVu Sans Mono"
            )
        )
    )
    return path


async def main(wanted: Sequence[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    story = stories.load(STORY)
    last = max(TAKEN)
    story = Story(**{name: getattr(story, name) for name in Story.__slots__} | {"steps": story.steps[:last]})
    for theme in THEMES:
        for size in SIZES:
            if wanted and theme not in wanted and f"{size[0]}x{size[1]}" not in wanted:
                continue
            for picture in await take(story, size, theme):
                print(picture.name)
                if size in AS_PNG:
                    print(as_png(picture).name)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))

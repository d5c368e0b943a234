"""Plays a story: types what it types, says what it says, and goes on when the screen shows what was promised."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import msgspec
from textual import events

from backend.model.problem import Problem
from tui import glyphs, times
from tui.commands import read_line
from tui.stories import KEY_SECONDS, Step, Story
from tui.widgets.caption import Caption

if TYPE_CHECKING:
    from tui.app import ConfigScope

PATIENCE = 30.0
"""Seconds to wait for what a step promises; then the story says so and goes on."""

_LOOK_EVERY = 0.1
_CHARACTERS = {"slash": "/", "colon": ":", "space": " ", "plus": "+", "minus": "-", "question_mark": "?"}


class Player:
    """One story on one app. Run `play` in a worker; the keys of the story commands call the others."""

    def __init__(
        self,
        app: ConfigScope,
        story: Story,
        *,
        stepwise: bool = False,
        hurried: bool = False,
        patience: float = PATIENCE,
    ) -> None:
        """`stepwise` waits for a key between the steps; `hurried` holds for no reading (tests, pictures).

        `patience` is how many seconds a promise of a step is waited for.
        """
        self.story = story
        self.stepwise = stepwise
        self.number = 0
        """The step that is shown, from 1 on; 0 before the first."""
        self.missed: list[str] = []
        """What was promised and never came."""
        self._app = app
        self._hurried = hurried
        self._patience = patience
        self._go_on = asyncio.Event()

    # What the person does

    def next(self) -> None:
        """Go on now."""
        self._go_on.set()

    def hold(self) -> None:
        """Wait for a key between the steps, or play on by itself."""
        self.stepwise = not self.stepwise
        self._go_on.set() if not self.stepwise else self._go_on.clear()
        self._caption()

    # The story

    async def play(self) -> None:
        """From the first step to the last; then the world is the person's to explore."""
        await self._set_the_stage()
        for number, step in enumerate(self.story.steps, start=1):
            self.number = number
            self._go_on.clear()
            self._caption()
            await self._do(step)
            if step.until:
                await self._seen(step.until)
            self._caption()
            if self._hurried and self.missed:
                return  # the steps after one that failed only wait in vain
            await self._hold(step)
        if not self._hurried:
            self.number = len(self.story.steps) + 1
            self._caption()

    async def _set_the_stage(self) -> None:
        clock = self._app.workspace.clock
        if clock is None:
            raise Problem("A story plays on a local world")
        await clock.pause()
        if self.story.scenario:
            await clock.play(self.story.scenario)
        await self._app.read_clock()

    async def _do(self, step: Step) -> None:
        if step.jump:
            clock = self._app.workspace.clock
            assert clock is not None
            await clock.jump(times.read_length(step.jump))
            await self._app.read_clock()
        for key in step.keys:
            await self._rest(KEY_SECONDS)
            character = _CHARACTERS.get(key, key if len(key) == 1 else None)
            self._app.post_message(events.Key(key, character))
            await self._arrived()
        if step.line:
            await self._rest(KEY_SECONDS)
            command, argument = read_line(step.line)
            if command is None:
                raise Problem(f"The story types “{step.line}”, which is no command")
            self._app.run_command(command.id, argument)
        if step.type and self._app.focused is not None:
            await self._rest(KEY_SECONDS)
            self._app.focused.post_message(events.Paste(step.type))
            await self._arrived()

    async def _arrived(self) -> None:
        """Until what was typed has gone down to what has the focus, and up again to whom it concerns."""
        down = [self._app.focused] if self._app.focused is not None else []
        for node in (self._app, *down, self._app.screen, self._app):
            handled = asyncio.Event()
            if node.call_later(handled.set):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(handled.wait(), self._patience)

    async def _seen(self, words: str) -> None:
        """Wait until these words stand on the screen; `{good}` and the like are the signs of this terminal."""
        promised = _squeezed(words.format_map(msgspec.structs.asdict(glyphs.of(self._app))))
        for _ in range(round(self._patience / _LOOK_EVERY)):
            if promised in self._screen():
                return
            await asyncio.sleep(_LOOK_EVERY)
            self._caption()
        self.missed.append(f"step {self.number}: {words}")

    def _screen(self) -> str:
        """What stands on the screen, each gap one blank; without the caption: what is said there is not yet seen."""
        said = {
            y for caption in self._app.screen.query(Caption) for y in range(caption.region.y, caption.region.bottom)
        }
        strips = self._app.screen._compositor.render_strips()
        return "\n".join(
            _squeezed("".join(segment.text for segment in strip)) for y, strip in enumerate(strips) if y not in said
        )

    async def _hold(self, step: Step) -> None:
        """Time to read; what opens over the screen meanwhile does not hide the caption."""
        if self._hurried:
            await asyncio.sleep(0)
            return
        left = step.hold
        while not self._go_on.is_set() and (self.stepwise or left > 0):
            await asyncio.sleep(_LOOK_EVERY)
            left -= _LOOK_EVERY
            self._caption()

    async def _rest(self, seconds: float) -> None:
        await asyncio.sleep(0 if self._hurried else seconds)

    # The caption

    def _caption(self) -> None:
        """Show the caption of the step on the screen that is in front."""
        screen = self._app.screen
        shown = screen.query(Caption)
        caption = shown.first() if shown else Caption()
        if not shown:
            screen.mount(caption)
        else:
            caption.lift_others()
        steps = len(self.story.steps)
        if self.number > steps:
            caption.show(
                self.story.title,
                "The story ends here. The world is yours: look around, nothing can break.",
                "F9 ends it",
            )
            return
        step = self.story.steps[self.number - 1]
        keys = " ".join(filter(None, (*(_shown(key) for key in step.keys), f":{step.line}" if step.line else "")))
        how = "> goes on  F8 plays on" if self.stepwise else "> goes on  F8 holds"
        caption.show(f"{self.number}/{steps} {self.story.title}", step.say, f"{how}  F9 ends", keys)

    def end(self) -> None:
        """Take the captions away."""
        for screen in self._app.screen_stack:
            screen.query(Caption).remove()


def _squeezed(text: str) -> str:
    """Columns stand closer or wider by the size of the terminal; what they say is the same."""
    return " ".join(text.split())


def _shown(key: str) -> str:
    from tui.commands import show_key

    return show_key(key)

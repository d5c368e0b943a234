"""The simulated clock of a local world: pause, speed, jumps and scenarios."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from backend.connect import ClockControl
from backend.model.moment import Moment
from tui import times
from tui.actions.deed import Action, Deeds
from tui.screens.clock import SPEEDS, ClockScreen, read_choice


class Clock(Deeds):
    """Exists only where there is a clock to control."""

    def table(self) -> dict[str, Action]:
        return {
            "clock.pause": lambda _: self._with("clock", self._pause),
            "clock.faster": lambda _: self._with("clock", self._faster),
            "clock.slower": lambda _: self._with("clock", self._slower),
            "clock.speed": self.set_speed,
            "clock.jump": self.jump,
            "clock.play": self.play,
        }

    def _with(self, name: str, job: Callable[[ClockControl], Awaitable[None]]) -> None:
        clock = self.workspace.clock
        if clock is not None:
            self.begin(name, self._then_read(job, clock))

    async def _then_read(self, job: Callable[[ClockControl], Awaitable[None]], clock: ClockControl) -> None:
        await job(clock)
        await self.app.read_clock()

    async def _pause(self, clock: ClockControl) -> None:
        state = await clock.state()
        await (clock.resume() if state.paused else clock.pause())

    async def _faster(self, clock: ClockControl) -> None:
        speed = (await clock.state()).speed
        await clock.set_speed(next((step for step in SPEEDS if step > speed), SPEEDS[-1]))

    async def _slower(self, clock: ClockControl) -> None:
        speed = (await clock.state()).speed
        await clock.set_speed(next((step for step in reversed(SPEEDS) if step < speed), SPEEDS[0]))

    def set_speed(self, text: str) -> None:
        try:
            speed = float(text.strip().lstrip("x×"))
        except ValueError:
            self.ask_command("speed ", "how many times as fast as the wall clock: 1, 60, 3600")
            return
        self._with("clock", lambda clock: clock.set_speed(speed))

    def jump(self, text: str) -> None:
        """Jump as far as was typed; without a word, show all that the clock can do."""
        if not text:
            self._with("clock control", self._show)
            return
        try:
            far = times.read_length(text)
        except ValueError as error:
            self.ask_command(f"jump {text}", str(error), problem=True)
            return
        self._with("jump", lambda clock: self._jump(clock, far))

    async def _jump(self, clock: ClockControl, far: Moment) -> None:
        self.app.say(f"Moving on by {times.length(far)} …")
        await clock.jump(far)
        state = await clock.state()
        self.app.say(f"It is {times.stated(state.now, self.workspace.zone)} now.")

    async def _show(self, clock: ClockControl) -> None:
        screen = ClockScreen(await clock.state(), await clock.scenarios(), self.workspace.zone)
        chosen = await self.app.push_screen_wait(screen)
        if chosen:
            await self._do(clock, chosen)

    async def _do(self, clock: ClockControl, chosen: str) -> None:
        choice = read_choice(chosen)
        match choice.what:
            case "pause":
                await clock.pause()
            case "resume":
                await clock.resume()
            case "speed":
                await clock.set_speed(choice.amount)
            case "jump":
                await self._jump(clock, round(choice.amount))
            case "play":
                await self._play(clock, choice.name)

    def play(self, text: str) -> None:
        if text:
            self._with("play", lambda clock: self._play(clock, text))
        else:
            self._with("clock control", self._show)

    async def _play(self, clock: ClockControl, name: str) -> None:
        await clock.play(name)
        self.app.say(f"Playing {name}: watch the stream, + makes it faster.")

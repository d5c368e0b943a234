"""The control of a local world's clock: pause, speed, jumps, and the stories that can be played on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from backend.model.clock import ClockState, ScenarioInfo
from backend.model.moment import DAY, HOUR, MINUTE, Moment
from tui import times
from tui.screens.menu import Entry, MenuScreen
from tui.text import legible

SPEEDS: tuple[float, ...] = (1, 10, 60, 600, 3600, 21600)
"""The speeds offered: from the wall clock's up to six hours a second."""

_IN_A_SECOND = {
    60: "a minute a second",
    600: "ten minutes a second",
    3600: "an hour a second",
    21600: "six hours a second",
}
_JUMPS: tuple[tuple[str, str, Moment], ...] = (
    ("m", "10 minutes", 10 * MINUTE),
    ("h", "1 hour", HOUR),
    ("s", "6 hours", 6 * HOUR),
    ("d", "1 day", DAY),
    ("w", "1 week", 7 * DAY),
)


@dataclass(frozen=True, slots=True)
class ClockChoice:
    """What to do with the clock: `speed` takes times as fast as the wall clock, `jump` milliseconds."""

    what: Literal["pause", "resume", "speed", "jump", "play"]
    amount: float = 0
    name: str = ""


class ClockScreen(MenuScreen):
    """Answers with an id that `read_choice` reads."""

    def __init__(self, state: ClockState, scenarios: Sequence[ScenarioInfo] = (), zone: times.Zone = times.UTC) -> None:
        """Show the clock as it is at `state`, with the choices there are."""
        run = Entry("resume", "p", "Resume") if state.paused else Entry("pause", "p", "Pause")
        speeds = [
            Entry(
                f"speed:{speed:g}",
                str(number),
                f"×{speed:,.10g}",
                "now" if speed == state.speed else _IN_A_SECOND.get(int(speed), ""),
            )
            for number, speed in enumerate(SPEEDS, start=1)
        ]
        jumps = [
            Entry(f"jump:{far}", key, f"On by {name}", f"to {times.stated(state.now + far, zone)}")
            for key, name, far in _JUMPS
        ]
        stories = [Entry(f"play:{story.name}", "", story.title, story.description) for story in scenarios]
        how = "paused" if state.paused else f"×{state.speed:,.10g}"
        super().__init__(
            f"Simulated clock  {times.stated(state.now, zone)}  {how}",
            [("Run", [run, *speeds]), ("Jump: what is due on the way happens", jumps), ("Play a scenario", stories)],
            shortcuts=True,
        )


def read_choice(chosen: str) -> ClockChoice:
    """What an id of `ClockScreen` asks for."""
    what, _, rest = chosen.partition(":")
    match what:
        case "pause":
            return ClockChoice("pause")
        case "resume":
            return ClockChoice("resume")
        case "speed":
            return ClockChoice("speed", float(rest))
        case "jump":
            return ClockChoice("jump", float(rest))
        case "play":
            return ClockChoice("play", name=legible(rest))
    raise ValueError(f"not a choice of the clock: {chosen!r}")

"""How simulated time follows the wall clock: at a speed, paused, or in jumps."""

from __future__ import annotations

from backend.model.clock import MAX_SPEED
from backend.model.moment import Moment
from backend.model.problem import BadInput


class Pace:
    """A straight line from wall time to simulated time, bent by whoever holds the clock.

    Pure arithmetic: wall time is always passed in (seconds of a monotonic clock), so that a test needs no sleep.
    """

    def __init__(self, moment: Moment, wall: float, speed: float = 1.0) -> None:
        self._origin = (wall, moment)
        self.speed = checked_speed(speed)
        self.paused = False

    def at(self, wall: float) -> Moment:
        """The simulated moment at a wall time."""
        began, moment = self._origin  # one read, so that other threads may ask too
        return moment if self.paused else moment + max(0, int((wall - began) * 1000 * self.speed))

    def wait(self, wall: float, moment: Moment) -> float | None:
        """Seconds of wall time until a simulated moment comes; None while paused."""
        if self.paused:
            return None
        return max(0.0, (moment - self.at(wall)) / 1000 / self.speed)

    def start_at(self, wall: float, moment: Moment) -> None:
        """Go on from another moment, at the same speed."""
        self._origin = (wall, moment)

    def pause(self, wall: float) -> None:
        self.start_at(wall, self.at(wall))
        self.paused = True

    def resume(self, wall: float) -> None:
        self.start_at(wall, self.at(wall))
        self.paused = False

    def set_speed(self, wall: float, speed: float) -> None:
        """Change the speed from here on. Raises `BadInput` for a speed that is no speed."""
        checked_speed(speed)
        self.start_at(wall, self.at(wall))
        self.speed = speed


def checked_speed(speed: float) -> float:
    """The speed itself; raises `BadInput` unless it is above 0 and at most `MAX_SPEED`."""
    if not 0 < speed <= MAX_SPEED:
        raise BadInput(
            f"The speed {speed:g} is not possible",
            f"a speed is above 0 and at most {MAX_SPEED:,.0f}",
            "To stop the clock, pause it",
        )
    return speed

"""What all screens and panes share: the connection, the selection, the time, and what went wrong so far."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec
from textual.signal import Signal

from backend.model.clock import ClockState
from backend.model.item import ResourceKey
from backend.model.moment import Moment
from backend.model.noise import USUAL, Noise
from backend.model.problem import Problem
from tui.commands import Circumstances
from tui.marks import Marks
from tui.names import Names
from tui.selection import Selection, View
from tui.settings import Settings
from tui.settings.keymap import Keymap
from tui.then import Then
from tui.times import UTC, Zone

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from backend.client.session import Session
    from backend.connect import ClockControl, Connection
    from tui.stories.player import Player

REMEMBERED_PROBLEMS = 200


class Mishap(msgspec.Struct, frozen=True):
    """A problem with the place and (wall clock) moment it happened."""

    moment: Moment
    place: str
    problem: Problem
    times: int = 1


class Workspace:
    """The shared state below every screen; its signals tell who is on screen that something changed.

    `progressed`, `connected`, `data_changed`, `clock_changed` and `marks_changed` carry nothing; `view_changed`
    carries the new view.
    """

    def __init__(self, owner: DOMNode) -> None:
        self.settings = Settings()
        """What the person has set."""
        self.keymap = Keymap()
        """The keys that hold."""
        self.selection = Selection()
        self.selection.listen(lambda view: self.view_changed.publish(view))
        self.connection: Connection | None = None
        self.progress = "opening"
        """What the connecting is at, for the panes that wait for it."""
        self.failure: Problem | None = None
        """Why there is no connection, when there is none to be had."""
        self.names = Names()
        """Names of resources, as far as a listing has told them, or looked up in files."""
        self.arguments: dict[str, tuple[str, ...]] = {}
        """What the `:` line offers after the word of a command, by command id."""
        self.earlier_lines: list[str] = []
        """Lines typed after `:`, to be recalled."""
        self.mishaps: deque[Mishap] = deque(maxlen=REMEMBERED_PROBLEMS)
        self.progressed: Signal[None] = Signal(owner, "progressed")
        self.connected: Signal[None] = Signal(owner, "connected")
        self.data_changed: Signal[None] = Signal(owner, "data_changed")
        self.clock_changed: Signal[None] = Signal(owner, "clock_changed")
        self.names_changed: Signal[None] = Signal(owner, "names_changed")
        self.view_changed: Signal[View] = Signal(owner, "view_changed")
        self.zone_changed: Signal[None] = Signal(owner, "zone_changed")
        self.then = Then()
        """What was there at the moment looked at."""
        self._zone = self.other_zone = UTC
        self.marks_changed: Signal[None] = Signal(owner, "marks_changed")
        self.marks = Marks(lambda: self.marks_changed.publish(None))
        """What is marked to be compared."""
        self.noise_changed: Signal[None] = Signal(owner, "noise_changed")
        self._noise = Noise(USUAL)
        self.player: Player | None = None
        """Plays a story; None most of the time."""
        self.asked_at: float | None = None
        """When (monotonic seconds) a pane was last answered; None before the first answer."""
        self._clock_state: ClockState | None = None
        self._clock_read = 0.0

    @property
    def session(self) -> Session | None:
        """The typed API of what is connected; None until it is."""
        return self.connection.session if self.connection else None

    @property
    def clock(self) -> ClockControl | None:
        """The control of the simulated clock; None on AWS and over files."""
        return self.connection.clock if self.connection else None

    @property
    def resource(self) -> ResourceKey | None:
        return self.selection.resource

    @property
    def circumstances(self) -> Circumstances:
        session = self.session
        return Circumstances(
            read_only=self.connection.read_only if self.connection else True,
            has_clock=self.clock is not None,
            has_story=self.player is not None,
            in_the_past=self.selection.moment is not None,
            has_account=session is not None and session.recorder is not None,
            table=self.keymap.commands,
        )

    @property
    def clock_state(self) -> ClockState | None:
        return self._clock_state

    def set_clock_state(self, state: ClockState) -> None:
        """Take over a fresh reading of the simulated clock; `now` runs on from it."""
        self._clock_state = state
        self._clock_read = time.monotonic()
        self.clock_changed.publish(None)

    @property
    def noise(self) -> Noise:
        """The paths whose changes are left out wherever two states are compared."""
        return self._noise

    @noise.setter
    def noise(self, noise: Noise) -> None:
        self._noise = noise
        self.noise_changed.publish(None)

    @property
    def zone(self) -> Zone:
        """What clock times are said in; whoever shows one says this with it."""
        return self._zone

    @zone.setter
    def zone(self, zone: Zone) -> None:
        if zone != self._zone:
            if zone != UTC:
                self.other_zone = zone
            self._zone = zone
            self.zone_changed.publish(None)

    @property
    def looked_at_from(self) -> Moment:
        """The moment that ages are counted from: that which is looked at, else now."""
        moment = self.selection.moment
        return self.now() if moment is None else moment

    def now(self) -> Moment:
        """Now, as the connected side counts it: simulated time locally, the wall clock elsewhere."""
        state = self._clock_state
        if state is None:
            return wall_clock()
        if state.paused:
            return state.now
        return state.now + round((time.monotonic() - self._clock_read) * 1000 * state.speed)

    def note_answer(self) -> None:
        """A pane was answered: what is on the screen is of this moment."""
        self.asked_at = time.monotonic()

    def data_age(self) -> Moment:
        """How long ago a pane was last answered, in milliseconds of the wall clock; a local world tells each change
        itself, so that what was answered is still true."""
        if self.asked_at is None or self.clock is not None:
            return 0
        return round((time.monotonic() - self.asked_at) * 1000)

    def learn_names(self, names: Mapping[ResourceKey, str]) -> None:
        """Take over names of resources, and tell who shows them."""
        fresh = {key: name for key, name in names.items() if self.names.get(key) != name}
        if fresh:
            self.names.update(fresh)
            self.names_changed.publish(None)

    def remember(self, place: str, problem: Problem) -> None:
        """Keep a problem for the list of problems; the same one again only counts up."""
        last = self.mishaps[-1] if self.mishaps else None
        if last is not None and (last.place, str(last.problem)) == (place, str(problem)):
            self.mishaps[-1] = Mishap(wall_clock(), place, problem, last.times + 1)
        else:
            self.mishaps.append(Mishap(wall_clock(), place, problem))

    def defect(self, place: str, error: BaseException) -> Problem:
        """A defect of ours as a problem a person can read; a report of it is written for those who mend it."""
        from tui.crash import write_report  # not needed while all is well

        report = write_report(error)
        problem = Problem(
            f"{place} met a defect of configscope ({type(error).__name__})",
            remedy=f"A report is in {report}" if report else "No report could be written",
        )
        self.remember(place, problem)
        return problem


def wall_clock() -> Moment:
    return time.time_ns() // 1_000_000

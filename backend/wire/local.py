"""A living local AWS: the engine on a thread of its own, and its clock driven by the wall clock."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import NamedTuple, TypeVar

from backend.engine.context import Call
from backend.engine.engine import Engine, Parts, WorldOptions, is_read
from backend.engine.world import scenarios
from backend.model.clock import ClockState, ScenarioInfo
from backend.model.item import Document
from backend.model.moment import Moment
from backend.model.problem import Problem
from backend.wire.jobs import Job, promise
from backend.wire.making import Build, Maker, Progress
from backend.wire.pace import Pace
from backend.wire.worlds import Place

T = TypeVar("T")

_BITE = 16
"""Due things done before the next call is looked at: a call waits some milliseconds, not a whole jump."""

_SAVE = 60.0
"""Seconds after which the time of an idle world is written down."""

_LAG = 2.0
"""Seconds of wall time the engine may fall behind its speed before the clock waits for it."""

_RETRY = 1.0
"""Seconds after which a world that could not be written is tried again."""

_PARTING = 1.0
"""Seconds given to the thread to leave a half-made world, so that it leaves nothing behind."""


_LONG = ("BatchGet", "DescribeAggregate", "Filter", "GetAggregate", "GetLog", "GetObject", "List", "Lookup", "Select")
"""Reads that go through many items, events or objects, or through a large one."""


def _is_short(operation: str) -> bool:
    return is_read(operation) and not operation.startswith(_LONG)


class _Arrival(NamedTuple):
    """Somebody waits for the end of a jump."""

    at: Moment
    done: Future[None]


class LocalWorld:
    """One world, opened with `open` and ended with `close`; its methods may be called from any thread or loop.

    The engine has a thread of its own, which sleeps until a call comes or something is due. Beside it only a read
    that is answered `here` touches the engine, and never while that thread does.
    """

    def __init__(
        self,
        place: Place | None,
        options: WorldOptions,
        *,
        parts: Parts,
        build: Build,
        speed: float = 1.0,
        progress: Progress | None = None,
        wall: Callable[[], float] = time.monotonic,
    ) -> None:
        self.place = place
        """Where the world is kept; None for a world in memory."""
        self._parts = parts
        self._maker = Maker(place, options, parts, build, self._tell)
        self._progress = progress
        self._wall = wall
        self._pace = Pace(options.start, wall(), speed)
        self._engine: Engine | None = None
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._using = threading.Lock()
        """Held by whoever touches the engine."""
        self._arrivals: list[_Arrival] = []
        self._watchers: frozenset[Callable[[], None]] = frozenset()
        self._attendant: Callable[[Engine], bool] | None = None
        self._held = False
        """Whether a jump waits for what the attendant does."""
        self._failure: BaseException | None = None
        self._stuck = False
        """Whether time stands still because the world could not be written."""
        self._closed = False
        self._opened = promise()
        self._thread = threading.Thread(target=self._live, name="configscope-engine", daemon=True)

    async def open(self) -> LocalWorld:
        """Open the world, building it first where there is none. Raises `Problem`."""
        self._thread.start()
        try:
            await asyncio.wrap_future(self._opened)
        except asyncio.CancelledError:
            self._leave()  # whoever gave up waiting cannot close it
            await asyncio.to_thread(self._thread.join, _PARTING)
            raise
        return self

    async def close(self) -> None:
        """Finish what is under way, write down the time, and let the world go."""
        self._leave()
        await asyncio.to_thread(self._thread.join)

    @property
    def options(self) -> WorldOptions:
        """What the world was made from, once it is open."""
        return self._maker.options

    # Calls

    def answers(self, service: str, operation: str) -> bool:
        """Whether the engine has an operation."""
        return operation in self._parts.operations.get(service, {})

    async def call(self, call: Call, *, here: bool = False) -> Document:
        """Answer one AWS call at its simulated moment. Raises `ServiceError`.

        With `here` a short read is answered on the caller's own thread while nothing else goes on: to wake another
        thread and be woken by it costs more than most reads. One that may take long would keep a server from the
        rest of its callers.
        """
        if here and _is_short(call.operation) and self._using.acquire(blocking=False):
            try:
                if self._at_rest():
                    return self._at_work().call(call)
            finally:
                self._using.release()
        return await self.run(lambda engine: engine.call(call))

    async def run(self, work: Callable[[Engine], T]) -> T:
        """Do something with the engine, on its thread; a caller cancelled before its turn withdraws it.

        Raises what the work raises, and `Problem` when the engine has stopped.
        """

        return await self._submit(lambda: work(self._at_work()))

    async def reset(self) -> None:
        """Make the world afresh, as it was when it was new. Calls wait until it is done."""
        await self._submit(self._remake)

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Have `changed` called (on the engine's thread) after each write; returns what ends the watching."""
        self._watchers |= {changed}

        def end() -> None:
            self._watchers -= {changed}

        return end

    async def attend(self, attendant: Callable[[Engine], bool] | None) -> None:
        """Have the engine shown to `attendant` (on the engine's thread) now and after each write; None ends that.

        While it answers true, a jump of the clock waits: what happens on the way is then dealt with at its time.
        """

        def begin(engine: Engine) -> None:
            self._attendant = attendant
            self._held = attendant is not None and attendant(engine)

        await self.run(begin)

    # Time

    @property
    def name(self) -> str | None:
        """The world's name; None for a world in memory."""
        return self.place.name if self.place else None

    def now(self) -> Moment:
        """The simulated moment, from any thread and without waiting for the engine."""
        return self._pace.at(self._wall())

    async def clock(self) -> ClockState:
        return await self.run(
            lambda engine: ClockState(now=engine.now, speed=self._pace.speed, paused=self._pace.paused)
        )

    async def pause(self) -> None:
        await self._bend(lambda wall: self._pace.pause(wall))

    async def resume(self) -> None:
        await self._bend(lambda wall: self._pace.resume(wall))

    async def set_speed(self, speed: float) -> None:
        """Raises `BadInput` for a speed that is no speed."""
        await self._bend(lambda wall: self._pace.set_speed(wall, speed))

    async def jump(self, milliseconds: Moment) -> None:
        """Move on by so much; returns when all that was due on the way has happened."""
        arrived = promise()

        def leap(engine: Engine) -> None:
            wall = self._wall()
            target = max(self._pace.at(wall), engine.now) + max(0, milliseconds)
            self._pace.start_at(wall, target)
            self._arrivals.append(_Arrival(target, arrived))

        await self.run(leap)
        await asyncio.wrap_future(arrived)

    async def scenarios(self) -> list[ScenarioInfo]:
        return await self.run(lambda engine: scenarios.infos(engine.context()))

    async def play(self, name: str) -> None:
        """Put the steps of a scenario on the clock. Raises `Missing` for a name that there is not."""
        await self.run(lambda engine: engine.act(lambda ctx: scenarios.play(ctx, name)))

    async def _bend(self, change: Callable[[float], None]) -> None:
        def bend(engine: Engine) -> None:
            wall = self._wall()
            if not self._arrivals:  # from where the engine really is: a lag is forgiven, not made up for
                self._pace.start_at(wall, engine.now)
            change(wall)

        await self.run(bend)

    def _at_work(self) -> Engine:
        """The engine. Raises `Problem` when it has stopped."""
        if self._failure is not None or self._engine is None:
            raise _stopped(self._failure)
        return self._engine

    def _at_rest(self) -> bool:
        """Whether nobody waits for the engine and nothing is due; then it is at the present moment."""
        engine = self._engine
        if engine is None or self._closed or self._stuck or self._arrivals or not self._jobs.empty():
            return False
        due, now = engine.next_due(), self._pace.at(self._wall())
        if due is not None and due <= now:
            return False
        engine.world.clock.move(now)
        return True

    def _leave(self) -> None:
        self._closed = True
        self._jobs.put(None)

    async def _submit(self, work: Callable[[], T]) -> T:
        if self._closed:
            raise _closed()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._jobs.put(Job(work, loop, done))
        return await done

    # The life of the engine's thread

    def _live(self) -> None:
        try:
            self._engine = self._maker.open()
        except BaseException as error:  # noqa: BLE001 - raised in `open`
            self._end()  # first, so that who is told finds the place free again
            self._opened.set_exception(error)
            return
        self._pace.start_at(self._wall(), self._engine.now)
        self._opened.set_result(None)
        try:
            while self._turn():
                pass
        finally:
            self._end()

    def _turn(self) -> bool:
        """One round: wait for a call or for what is due, let time pass, answer the call. False at the end."""
        engine, revision = self._engine, self._engine.revision if self._engine else 0
        with self._using:
            idle = self._idle()
        try:
            job = self._jobs.get(timeout=idle)
        except queue.Empty:
            with self._using:
                self._pass_time(save=True)
        else:
            with self._using:
                self._pass_time(save=job is None)
                if job is None:
                    return False
                job.do()
        changed_it = engine is not self._engine or (engine is not None and engine.revision != revision)
        if (changed_it or self._held) and self._attendant is not None and self._engine is not None:
            self._held = self._attendant(self._engine)
        if changed_it:
            for changed in self._watchers:
                changed()
        return True

    def _idle(self) -> float:
        """Seconds until the thread has something to do by itself."""
        if self._failure is not None or self._engine is None:
            return _SAVE
        if self._stuck:
            return _RETRY
        if self._waits:
            return _SAVE
        due = self._engine.next_due()
        if self._arrivals or (due is not None and due <= self._engine.now):
            return 0.0
        wait = None if due is None else self._pace.wait(self._wall(), due)
        return _SAVE if wait is None else min(wait, _SAVE)

    def _pass_time(self, *, save: bool) -> None:
        """Let happen what is due by now, at most one bite of it."""
        engine = self._engine
        if self._failure is not None or engine is None or self._waits:
            return
        wall = self._wall()
        target = self._pace.at(wall)
        due = engine.next_due()
        try:
            if not save and (due is None or due > target):
                # Nothing happens: the next transaction writes the time down, so that a read costs no write.
                engine.world.clock.move(target)
            elif not engine.advance(target, 1 if self._attendant else _BITE) and not self._arrivals:
                self._forgive(engine, wall, target)
        except Problem as problem:
            # Nothing of it was written: when there is space again, time goes on from here.
            self._stuck = True
            self._pace.start_at(wall, engine.now)
            self._disappoint(problem)
            return
        except BaseException as error:  # noqa: BLE001 - raised at every later call
            self._fail(error)
            return
        self._stuck = False
        for arrival in [arrival for arrival in self._arrivals if arrival.at <= engine.now]:
            self._arrivals.remove(arrival)
            arrival.done.set_result(None)

    @property
    def _waits(self) -> bool:
        """Whether a jump stands still until a call tells that it may go on."""
        return self._held and bool(self._arrivals)

    def _forgive(self, engine: Engine, wall: float, target: Moment) -> None:
        """The engine cannot keep the speed: hold the clock back instead of letting the debt grow."""
        if target - engine.now > _LAG * 1000 * self._pace.speed:
            self._pace.start_at(wall, engine.now)

    def _fail(self, error: BaseException) -> None:
        """Time cannot go on: kept, and told to everybody who calls from now on."""
        self._failure = error
        self._disappoint(_stopped(error))

    def _disappoint(self, problem: Problem) -> None:
        """Whoever waits for the end of a jump is told why it does not come."""
        for arrival in self._arrivals:
            arrival.done.set_exception(problem)
        self._arrivals.clear()

    def _end(self) -> None:
        """Whatever still waits is told that nobody will answer."""
        self._closed = True
        with self._using:
            if self._engine is not None:
                self._engine.close()
        if self.place is not None:
            self.place.close()
        self._fail(_closed())
        with contextlib.suppress(queue.Empty):
            while True:
                job = self._jobs.get_nowait()
                if job is not None:
                    job.settle(None, _closed())

    def _remake(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None
        self._engine = self._maker.make()
        self._failure = None
        self._pace.start_at(self._wall(), self._engine.now)

    def _tell(self, what: str, part: float) -> None:
        """Pass on how far the making is. Raises `Problem` when nobody wants the world any more."""
        if self._closed:
            raise _closed()
        if self._progress is not None:
            self._progress(what, part)


def _stopped(error: BaseException | None) -> Problem:
    if isinstance(error, Problem):
        return error
    why = f"{type(error).__name__}: {error}" if error else ""
    return Problem("The local AWS stopped", why, "Make the world afresh, or choose another with --world")


def _closed() -> Problem:
    return Problem("The local AWS is closed")

"""Makes the calls that the engine notes for functions, and tells it how each ended.

The engine's thread shows what it noted; the calls are made on a thread and event loop of the runner's own, so that
neither the screen nor the server waits for a handler. Calls of one handler in one account and region go one after the
other, those of different ones beside each other.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import uuid
from collections import deque
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

import msgspec

from backend.engine.config.rules import custom, functions
from backend.engine.config.rules.functions import Function, FunctionCall, FunctionEnd
from backend.engine.context import Caller, Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.model.item import Document
from backend.model.problem import Problem
from backend.wire.handlers.deploying import deploy_rules
from backend.wire.handlers.finding import Found, Handler
from backend.wire.handlers.outcome import Outcome, log_lines
from backend.wire.handlers.surroundings import MEMORY, Place
from backend.wire.handlers.workers import LOAD_SECONDS, MOST_WORKERS, Pool
from backend.wire.local import LocalWorld

T = TypeVar("T")

PATIENCE = 3
"""Processes that a handler may lose one after the other; then the calls that wait for it are given up."""

_DEPLOYER = Caller(service="lambda.amazonaws.com", source_ip="lambda.amazonaws.com", user_agent="lambda.amazonaws.com")


class Terms(msgspec.Struct, frozen=True):
    """What handlers may take, and what is done for them."""

    timeout: float | None = None
    """Seconds of a call; None: what each function has."""
    load_seconds: float = LOAD_SECONDS
    workers: int = MOST_WORKERS
    """Processes that are kept."""
    deploy_rules: bool = False
    """Whether the rules that RDK folders describe are put, where there is none of the name yet."""


class _Line:
    """The calls that wait for one handler in one place."""

    def __init__(self, handler: Handler, place: Place) -> None:
        self.handler = handler
        self.place = place
        self.calls: deque[FunctionCall] = deque()
        self.served = False
        """Whether somebody makes them already."""


class Runner:
    """The handlers of one folder at work for one world; opened with `open`, ended with `close`."""

    def __init__(self, world: LocalWorld, url: str, found: Found, terms: Terms | None = None) -> None:
        self._terms = terms or Terms()
        self._world = world
        self._url = url
        self.folder = found.folder
        self.complaints = found.complaints
        seconds = self._terms.timeout
        self.handlers = (
            found.handlers
            if seconds is None
            else tuple(msgspec.structs.replace(handler, timeout=seconds) for handler in found.handlers)
        )
        self._by_arn: dict[str, Handler] = {}
        self._stamps: dict[str, object] = {}
        # On the engine's thread:
        self._engine: Engine | None = None
        self._seen: dict[str, int] = {}
        self._open: set[str] = set()
        """The tokens of the calls that are not done yet."""
        # On the runner's:
        self._lines: dict[tuple[str, str, str], _Line] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._pool: Pool | None = None
        self._thread = threading.Thread(target=self._live, name="configscope-handlers", daemon=True)

    @classmethod
    async def open(cls, world: LocalWorld, url: str, found: Found, terms: Terms | None = None) -> Runner:
        """Register handlers in the world, which answers at `url`, and begin to run them. Raises `Problem`."""
        runner = cls(world, url, found, terms)
        runner._thread.start()
        try:
            await world.run(runner._deploy)
            await world.attend(runner._look)
            if runner._terms.deploy_rules:
                runner.complaints += tuple(await deploy_rules(world, runner.arns))
        except BaseException:
            await runner.close()
            raise
        return runner

    async def close(self) -> None:
        """Run nothing any more; calls that are under way are stopped."""
        if not self._thread.is_alive():
            return
        with contextlib.suppress(Problem):  # the world may have stopped before
            await self._world.attend(None)
        await asyncio.wrap_future(self._there(self._finish()))
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join)

    @property
    def arns(self) -> Mapping[str, Handler]:
        """The functions by ARN, in the order of their names."""
        return self._by_arn

    def summary(self) -> str:
        """What was found, and under which ARN: lines for a terminal, an empty one at the end."""
        count = len(self.handlers)
        return "\n".join(
            (
                f"  # Handlers in {self.folder}: {count}. They run as you, when a rule names them.",
                *(f"  {arn}{_facts(handler)}" for arn, handler in self._by_arn.items()),
                *(f"  # {complaint}" for complaint in self.complaints),
                "",
            )
        )

    # On the engine's thread

    def _deploy(self, engine: Engine) -> None:
        """Have each handler as a function of the main account at home, and none whose file is gone."""
        names = frozenset(handler.name for handler in self.handlers)

        def deploy(ctx: Context) -> None:
            functions.remove_functions(ctx, names)
            for handler in self.handlers:
                self._by_arn[functions.function_arn(ctx, handler.name)] = handler
                self._stamps[handler.name] = handler.stamp()
                with contextlib.suppress(OSError):
                    functions.register_function(ctx, _function(handler))

        engine.act(deploy, caller=_DEPLOYER)
        for account in engine.accounts.ids:
            engine.act(lambda ctx: functions.sign_in(ctx, sorted(names)), account=account, caller=_DEPLOYER)

    def _look(self, engine: Engine) -> bool:
        """Take over what was noted since the last look; whether anything is not done yet."""
        if engine is not self._engine:
            if self._engine is not None:  # made afresh: the functions are gone, and so are the calls
                self._deploy(engine)
            self._engine = engine
            self._seen.clear()
            self._open.clear()
        for account in engine.accounts.ids:
            for call in functions.waiting_calls(engine.context(account=account), self._seen.get(account, 0)):
                self._seen[account] = call.number
                if call.function in self._by_arn:
                    self._open.add(call.token)
                    self._loop.call_soon_threadsafe(self._take, call)
        return bool(self._open)

    def _event(self, engine: Engine, call: FunctionCall) -> Document:
        """What a call is made with; first the new code of its function, where that changed. Raises ServiceError."""
        handler = self._by_arn[call.function]
        if self._stamps.get(handler.name) != handler.stamp():
            self._deploy(engine)
        return custom.event(engine.context(call.region, account=call.account), call.token)

    def _settle(
        self, engine: Engine, made: FunctionCall, end: FunctionEnd | None, given_up: list[FunctionCall]
    ) -> None:
        """Write down how a call ended (None: it was gone before it could be made), and which others will not be."""

        def settle(ctx: Context) -> None:
            functions.dropped(ctx, [call.token for call in given_up])
            if end is not None:
                functions.ended(ctx, made.token, made.function, end)

        try:
            engine.act(settle, region=made.region, account=made.account)
        finally:  # also where it could not be written: nobody else will
            self._open -= {made.token, *(call.token for call in given_up)}

    # On the runner's thread

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    def _there(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _take(self, call: FunctionCall) -> None:
        handler = self._by_arn[call.function]
        key = handler.name, call.account, call.region
        line = self._lines.get(key)
        if line is None:
            key_of_it = functions.access_key(handler.name, call.account)
            place = Place(self._url, call.account, call.region, key_of_it)
            line = self._lines[key] = _Line(handler, place)
        line.calls.append(call)
        if not line.served:
            line.served = True
            task = self._loop.create_task(self._serve(line))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, line: _Line) -> None:
        """Make the calls of a line one after the other until none waits."""
        losses = 0
        while line.calls:
            call = line.calls.popleft()
            request = str(uuid.uuid4())
            told = await self._make(line, call, request)
            losses = losses + 1 if told is not None and told.lasting else 0
            given_up: list[FunctionCall] = []
            if told is not None and losses >= PATIENCE and line.calls:
                given_up, losses = list(line.calls), 0
                line.calls.clear()
                told = _without_the_rest(told, len(given_up))
            with contextlib.suppress(Problem):  # the world is closed: nobody wants to know
                await self._world.run(partial(self._settle, made=call, end=_end(told, request), given_up=given_up))
        line.served = False

    async def _make(self, line: _Line, call: FunctionCall, request: str) -> Outcome | None:
        """Make one call; None when the rule is gone, or the world."""
        handler = line.handler
        try:
            event = await self._world.run(partial(self._event, call=call))
        except (ServiceError, Problem):
            return None
        if self._pool is None:
            self._pool = Pool(self._terms.workers, self._terms.load_seconds)
        return await self._pool.call(handler, line.place, event, call.function, request)

    async def _finish(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._pool is not None:
            await self._pool.close()


def _end(told: Outcome | None, request: str) -> FunctionEnd | None:
    if told is None:
        return None
    return FunctionEnd(code=told.code, message=told.message, stream=told.stream, lines=log_lines(told, request))


def _without_the_rest(told: Outcome, count: int) -> Outcome:
    left = "the call that waited is" if count == 1 else f"the {count:,} calls that waited are"
    return msgspec.structs.replace(
        told, message=f"{told.message} So it went {PATIENCE} times in a row: {left} left out."
    )


def _facts(handler: Handler) -> str:
    """What the parameters.json of a handler says of its rule, behind its ARN."""
    facts = handler.facts
    if facts is None:
        return ""
    told = [
        *((", ".join(facts.types),) if facts.types else ()),
        *((facts.period,) if facts.period else ()),
        *((facts.parameters,) if facts.parameters not in ("", "{}") else ()),
    ]
    return f"  # {facts.name}{': ' if told else ''}{'; '.join(told)}"


def _function(handler: Handler) -> Function:
    return Function(
        name=handler.name,
        handler=f"{handler.file.stem}.{handler.function}",
        runtime=handler.runtime,
        timeout=max(1, round(handler.timeout)),
        memory=MEMORY,
        code=handler.code(),
        description=handler.facts.description if handler.facts else "",
    )

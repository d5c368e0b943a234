"""Worker processes: one warm process for each handler and place it works for, up to a bound.

Everything here lives on one event loop, that of the runner. A worker is a session of its own, so that whatever its
handler started goes with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import sys
import tempfile
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from backend.engine.config.rules.functions import log_group
from backend.model.item import Document
from backend.wire.handlers import outcome
from backend.wire.handlers.finding import Handler
from backend.wire.handlers.outcome import KEPT_LOG, Outcome
from backend.wire.handlers.surroundings import MEMORY, Place, environment

PROGRAM = Path(__file__).with_name("program.py")

LOAD_SECONDS = 10.0
"""For an interpreter to start and import a handler, as Lambda has it; a call's own time begins after."""

MOST_WORKERS = 12
"""Processes that are kept; one takes about 50 MB."""
AT_WORK = 4
"""Processes that work at a time."""
IDLE_SECONDS = 60.0
"""How long a process waits for the next call of its handler."""

_MEMORY = 2 << 30
"""Bytes of address space of a worker; more than a function has, as libraries reserve much and use little."""
_FILE = 64 << 20
"""Bytes of a file that a handler writes."""
_LINE = 16 << 20
"""Bytes of the line that a worker answers with; what a function may return is less, also when each byte is escaped."""
_LOG_SECONDS = 1.0
"""For the last of a log to arrive behind an answer."""
_PART = 1 << 18


class _Log:
    """The end of what a worker printed, however much it was."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._seen = 0
        self._mark = b""
        self.complete = asyncio.Event()

    def begin(self, mark: str) -> None:
        """What comes now belongs to another call, which ends at a mark."""
        self._held.clear()
        self._seen = 0
        self._mark = mark.encode()
        self.complete.clear()

    def add(self, part: bytes) -> None:
        self._seen += len(part)
        before = max(0, len(self._held) - len(self._mark))
        self._held += part
        found = self._held.find(self._mark, before) if self._mark else -1
        if found >= 0:
            self._seen -= len(self._mark)
            del self._held[found : found + len(self._mark)]
            self.complete.set()
        if len(self._held) > 4 * KEPT_LOG:
            del self._held[: len(self._held) - KEPT_LOG - len(self._mark)]

    def take(self) -> tuple[str, int]:
        """The text, and how many bytes before it were not kept."""
        kept = bytes(self._held[-KEPT_LOG:])
        return kept.decode("utf-8", "replace"), self._seen - len(kept)


class Worker:
    """One process with one handler in it; made by `start`, ended by `stop`."""

    def __init__(self, handler: Handler, place: Place) -> None:
        self.handler = handler
        self.place = place
        self.stamp = handler.stamp()
        self.stream = f"[$LATEST]{secrets.token_hex(16)}"
        self._home: tempfile.TemporaryDirectory[str] | None = None
        self._log = _Log()
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def usable(self) -> bool:
        """Whether it lives, and has the handler as its file is now."""
        process = self._process
        return process is not None and process.returncode is None and self.stamp == self.handler.stamp()

    async def start(self, seconds: float = LOAD_SECONDS) -> Outcome:
        """Start the process and import the handler; the outcome has what it printed."""
        began = time.monotonic()
        try:
            home = await asyncio.to_thread(self._make_home)
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-B", "-X", "utf8", str(PROGRAM)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=home / "work",
                env=environment(self.handler, self.place, home),
                start_new_session=True,
                limit=_LINE,
            )
        except OSError as error:
            return Outcome(code="Runtime.Unstarted", message=f"No process could be started: {error}.", lasting=True)
        self._reading = asyncio.create_task(self._read_log())
        settings = {
            "file": str(self.handler.file),
            "function": self.handler.function,
            "host": self.place.host,
            "port": self.place.port,
            "memory_limit": _MEMORY,
            "file_limit": _FILE,
            "seconds": seconds,
        }
        told = await self._ask(settings, seconds, "with its import")
        if not told.failed:
            return told
        await self.stop()
        return msgspec.structs.replace(told, lasting=True, seconds=time.monotonic() - began)

    async def call(self, event: Document, arn: str, request: str) -> Outcome:
        """Call the handler; a worker whose outcome is `lasting` has ended."""
        name, seconds = self.handler.name, self.handler.timeout
        context = {
            "name": name,
            "arn": arn,
            "memory": str(MEMORY),
            "request": request,
            "log_group": log_group(name),
            "log_stream": self.stream,
            "timeout": seconds,
        }
        asked = {"event": event, "context": context, "file": str(self.handler.file)}
        told = await self._ask(asked, seconds, "with this call")
        if told.lasting:
            await self.stop()
        return told

    async def stop(self) -> None:
        """End the process and all that it started."""
        process = self._process
        if process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading
        if process is not None:
            _close(process)
        if self._home is not None:
            await asyncio.to_thread(self._home.cleanup)

    def _make_home(self) -> Path:
        self._home = tempfile.TemporaryDirectory(prefix="configscope-handler-", ignore_cleanup_errors=True)
        home = Path(self._home.name)
        (home / "empty").touch()
        (home / "work").mkdir()
        return home

    async def _ask(self, question: Document, seconds: float, doing: str) -> Outcome:
        began = time.monotonic()
        mark = f"\0{secrets.token_hex(16)}\0"
        self._log.begin(mark)
        try:
            async with asyncio.timeout(seconds):
                told = await self._exchange({**question, "mark": mark}, doing)
        except TimeoutError:
            told = outcome.timed_out(self.handler.name, seconds, doing)
        took = time.monotonic() - began
        if told.lasting:
            self._kill()
            if self._reading is not None:
                await asyncio.wait({self._reading}, timeout=_LOG_SECONDS)
        else:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOG_SECONDS):
                    await self._log.complete.wait()
        log, dropped = self._log.take()
        return msgspec.structs.replace(told, log=log, dropped=dropped, seconds=took)

    async def _exchange(self, question: Document, doing: str) -> Outcome:
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(msgspec.json.encode(question) + b"\n")
            await process.stdin.drain()
            line = await process.stdout.readline()
        except (ConnectionError, ValueError) as error:  # hung up; a line beyond the limit
            line = b"" if isinstance(error, ConnectionError) else b"?"
        if not line:
            return outcome.exited(self.handler.name, await process.wait(), doing)
        try:
            answer: dict[str, Any] = msgspec.json.decode(line, type=dict[str, Any])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return outcome.garbled(self.handler.name)
        return outcome.of_answer(answer)

    def _kill(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _read_log(self) -> None:
        assert self._process is not None and self._process.stderr is not None
        while part := await self._process.stderr.read(_PART):
            self._log.add(part)


def _close(process: asyncio.subprocess.Process) -> None:
    """Let go of the pipes, which others may still hold at their ends."""
    transport = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()


class Pool:
    """The workers of a runner: so many at work at a time, warm ones kept for a while for the next call of a handler."""

    def __init__(
        self,
        most: int = MOST_WORKERS,
        load_seconds: float = LOAD_SECONDS,
        *,
        at_work: int = AT_WORK,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._most = most
        self._load_seconds = load_seconds
        self._idle_seconds = idle_seconds
        self._turns = asyncio.Semaphore(min(most, at_work))
        self._busy = 0
        self._idle: OrderedDict[tuple[str, Place], _Idle] = OrderedDict()
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def warm(self) -> int:
        """How many workers wait for calls."""
        return len(self._idle)

    async def call(self, handler: Handler, place: Place, event: Document, arn: str, request: str) -> Outcome:
        """Call a handler in a worker that has it as its file is now."""
        async with self._turns, self._worker(handler, place) as (worker, started):
            if started.failed:
                return msgspec.structs.replace(started, stream=worker.stream)
            told = await worker.call(event, arn, request)
            log = started.log + told.log
            return msgspec.structs.replace(
                told, log=log[-KEPT_LOG:], dropped=started.dropped + told.dropped, stream=worker.stream
            )

    async def close(self) -> None:
        """End all workers that wait for calls."""
        while self._idle:
            await self._taken(next(iter(self._idle))).stop()
        await asyncio.gather(*self._leaving)

    @contextlib.asynccontextmanager
    async def _worker(self, handler: Handler, place: Place) -> AsyncIterator[tuple[Worker, Outcome]]:
        key = handler.name, place
        self._busy += 1
        worker = self._taken(key) if key in self._idle else None
        started = Outcome()
        try:
            if worker is not None and not worker.usable:
                await worker.stop()
                worker = None
            if worker is None:
                while self._idle and self._busy + len(self._idle) > self._most:
                    await self._taken(next(iter(self._idle))).stop()
                worker = Worker(handler, place)
                started = await worker.start(self._load_seconds)
            yield worker, started
        except BaseException:
            if worker is not None:
                await worker.stop()
            raise
        finally:
            self._busy -= 1
        if worker.usable and key not in self._idle:
            loop = asyncio.get_running_loop()
            self._idle[key] = _Idle(worker, loop.call_later(self._idle_seconds, self._dismiss, key))
        else:
            await worker.stop()

    def _taken(self, key: tuple[str, Place]) -> Worker:
        """A worker that waited, for a call or for its end."""
        worker, dismissal = self._idle.pop(key)
        dismissal.cancel()
        return worker

    def _dismiss(self, key: tuple[str, Place]) -> None:
        """Nobody needed it for a while."""
        task = asyncio.ensure_future(self._taken(key).stop())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


class _Idle(NamedTuple):
    """A worker that waits for a call, and when it waits no more."""

    worker: Worker
    dismissal: asyncio.TimerHandle

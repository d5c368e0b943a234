"""The local AWS as a server on loopback: `configscope serve`, and the `--serve` of the explorer."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from backend.model.problem import Problem
from backend.wire.local import LocalWorld
from backend.wire.open import WorldChoice, open_world
from backend.wire.server import ADDRESS, listen, make_server

if TYPE_CHECKING:
    from backend.wire.handlers.finding import Found

DEFAULT_PORT = 4566


@dataclass(frozen=True)
class ServeOptions:
    """What `configscope serve` is started with."""

    world: WorldChoice = field(default_factory=WorldChoice)
    port: int = DEFAULT_PORT
    """0 lets the system choose."""
    handlers: Path | None = None
    """The folder of the handlers that run behind custom rules; None: none."""
    handler_seconds: float | None = None
    """How long a call of one may take; None: as each function has it."""
    deploy_rules: bool = False
    """Whether the rules that RDK folders among them describe are put."""


def serve(options: ServeOptions, *, out: TextIO | None = None, err: TextIO | None = None) -> int:
    """Serve until SIGINT or SIGTERM. Returns the exit code: 0 after a clean end, 1 when it could not begin.

    The ready line and what to paste go to `out`, narration and problems to `err`.
    """
    return asyncio.run(_serve(options, out or sys.stdout, err or sys.stderr))


async def _serve(options: ServeOptions, out: TextIO, err: TextIO) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        found = await _found(options.handlers)  # before the world is made: fail early
        listener = listen(options.port)
        with contextlib.closing(listener):
            world = await _opened(options.world, stop, err)
            if world is None:
                return 0
            try:
                await _run(world, listener, stop, out, _handlers(world, options, found, listener, out))
            finally:
                await world.close()
    except Problem as problem:
        print(f"configscope: {problem}", file=err)
        return 1
    return 0


async def _opened(choice: WorldChoice, stop: asyncio.Event, err: TextIO) -> LocalWorld | None:
    """The world, or None when the person gave up while it was made."""
    last = ""

    def tell(what: str, part: float) -> None:
        nonlocal last
        stage = re.sub(r"\d+", "", what)  # fourteen days are one stage
        if stage != last:
            last = stage
            print(what, file=err, flush=True)

    opening = asyncio.ensure_future(open_world(choice, tell))
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({opening, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not opening.done():
        opening.cancel()
        await asyncio.wait({opening})
        return None
    return opening.result()


async def _run(
    world: LocalWorld,
    listener: socket.socket,
    stop: asyncio.Event,
    out: TextIO,
    handlers: contextlib.AbstractAsyncContextManager[None],
) -> None:
    server = make_server(world)
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    stopping = asyncio.ensure_future(stop.wait())
    # The socket listens already: whoever reads the line may connect at once.
    accounts = await world.run(lambda engine: engine.accounts.ids)
    print(_ready(world, _port(listener), accounts), file=out, flush=True)
    try:
        async with handlers:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        server.should_exit = True
        await serving
        stopping.cancel()


async def _found(folder: Path | None) -> Found | None:
    """The handlers of a folder. Raises `BadInput` where there is no such folder."""
    if folder is None:
        return None
    from backend.wire.handlers.finding import find

    return await asyncio.to_thread(find, folder)


@contextlib.asynccontextmanager
async def _handlers(
    world: LocalWorld, options: ServeOptions, found: Found | None, listener: socket.socket, out: TextIO
) -> AsyncIterator[None]:
    """The handlers at work, if a folder of them was named."""
    if found is None:
        yield
        return
    from backend.wire.handlers.runner import Runner, Terms

    url = f"http://{ADDRESS}:{_port(listener)}"
    runner = await Runner.open(
        world, url, found, Terms(timeout=options.handler_seconds, deploy_rules=options.deploy_rules)
    )
    try:
        print(runner.summary(), file=out, flush=True)
        yield
    finally:
        await runner.close()


def _port(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def _ready(world: LocalWorld, port: int, accounts: Sequence[str]) -> str:
    where = f"world '{world.name}'" if world.name else "a world in memory"
    several = f"  # An account's number as access key means that account: {', '.join(accounts)}"
    return "\n".join(
        (
            f"configscope serves {where} on http://{ADDRESS}:{port} (Ctrl+C ends it)",
            "",
            f"  export AWS_ENDPOINT_URL=http://{ADDRESS}:{port}",
            f"  export AWS_DEFAULT_REGION={world.options.home_region}",
            "  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test",
            *([several] if len(accounts) > 1 else []),
            "",
        )
    )

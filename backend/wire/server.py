"""The HTTP server: on loopback, with the signals left to whoever runs it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import threading
from collections.abc import Iterator

import uvicorn

from backend.model.problem import BadInput
from backend.wire.http import Answering, Application
from backend.wire.packets import OnePacket

ADDRESS = "127.0.0.1"
"""The only address: a local AWS takes any credentials, so nobody else may reach it."""


def listen(port: int) -> socket.socket:
    """A socket that listens on loopback. Raises `BadInput` with a sentence when it cannot be had."""
    # The protocol is named: asyncio switches the delay of small packets off only where it sees that this is TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((ADDRESS, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        number = getattr(error, "errno", None)
        if number == errno.EADDRINUSE:
            raise BadInput(
                f"Port {port} of {ADDRESS} is in use", "another program listens there", "Choose another with --port"
            ) from error
        raise BadInput(f"Port {port} of {ADDRESS} cannot be used", str(error), "Choose another with --port") from error
    return listener


class Beside:
    """The server beside the explorer, on a thread and loop of its own, so that neither waits for the other."""

    def __init__(self, world: Answering, listener: socket.socket) -> None:
        self._listener = listener
        self.url = f"http://{ADDRESS}:{self._listener.getsockname()[1]}"
        self._server = make_server(world)
        self._thread = threading.Thread(target=self._serve, name="configscope-http", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        self._server.should_exit = True
        await asyncio.to_thread(self._thread.join)
        self._listener.close()

    def _serve(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._listener]))


class _QuietServer(uvicorn.Server):
    """uvicorn that leaves the signals to its caller."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def make_server(world: Answering) -> uvicorn.Server:
    return _QuietServer(
        uvicorn.Config(
            Application(world),
            http=OnePacket,
            loop="asyncio",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="error",  # a request that is no HTTP gets its answer; the screen is not for it
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=2,
        )
    )

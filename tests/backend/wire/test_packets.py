"""How answers go out: at once, and in one piece."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing

from backend.wire.packets import Joining
from backend.wire.server import listen

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n"


class Wire(asyncio.Transport):
    """What was written, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.pieces.append(bytes(data))

    def close(self) -> None:
        self.closed = True


def _joining(wire: Wire) -> Joining:
    return Joining(wire, asyncio.get_running_loop())


async def test_a_head_goes_with_its_body() -> None:
    wire = Wire()
    joining = _joining(wire)
    for _ in range(2):
        joining.write(HEAD)
        joining.write(b"body")
    assert wire.pieces == [HEAD + b"body"] * 2


async def test_a_head_without_a_body_does_not_wait_for_one() -> None:
    wire = Wire()
    _joining(wire).write(HEAD)
    await asyncio.sleep(0)
    assert wire.pieces == [HEAD]


async def test_a_long_body_goes_on_as_it_comes() -> None:
    wire = Wire()
    joining = _joining(wire)
    for piece in (HEAD, b"bo", b"dy"):
        joining.write(piece)
    assert wire.pieces == [HEAD + b"bo", b"dy"]


async def test_nothing_is_held_back_at_the_end() -> None:
    wire = Wire()
    joining = _joining(wire)
    joining.write(HEAD)
    joining.close()
    assert wire.pieces == [HEAD]
    assert wire.closed


def test_small_packets_are_not_delayed() -> None:
    with closing(listen(0)) as listener:
        # asyncio sets TCP_NODELAY on connections of such a socket only.
        assert listener.proto == socket.IPPROTO_TCP

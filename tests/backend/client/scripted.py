"""An API whose answers a test writes down, and a server that gives them over loopback."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from backend.client.api import Api
from backend.model.item import Document
from backend.model.problem import Denied

Answer = Callable[[Document], Document] | Document | Exception


class ScriptedApi(Api):
    """Answers from a table instead of a network; keeps what was asked."""

    def __init__(self, answers: dict[str, Answer | list[Answer]], *, read_only: bool = False) -> None:
        self.region = "eu-west-1"
        self.read_only = read_only
        self.answers = answers
        self.asked: list[tuple[str, Document]] = []
        self.regions: list[str] = []
        self._consents: set[tuple[str, str]] = set()

    async def call(self, service: str, operation: str, /, **params: Any) -> Document:
        self._permit(service, operation)
        self.asked.append((operation, params))
        await asyncio.sleep(0)
        answer = self.answers[operation]
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer(params) if callable(answer) else answer

    def elsewhere(self, region: str) -> ScriptedApi:
        """The same answers everywhere; where they were asked for is kept too."""
        self.regions.append(region)
        return self

    async def words(self, service: str, shape: str) -> tuple[str, ...]:
        return ("AWS::EC2::Volume", "AWS::IAM::User", "AWS::S3::Bucket")

    def times_asked(self, operation: str) -> int:
        return sum(1 for name, _ in self.asked if name == operation)


def denied(action: str) -> Denied:
    return Denied(f"Not allowed to call {action}", f"the credentials lack the permission {action}")


@contextlib.asynccontextmanager
async def answering(status: int, document: Document) -> AsyncIterator[str]:
    """A server that gives every request the same JSON answer; its URL."""
    body = json.dumps(document).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {len(body)}\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            request = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line.split(b":")[1]) for line in request.lower().split(b"\r\n") if b"content-length" in line), 0
            )
            await reader.readexactly(length)
            writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()

"""Answering: what the local AWS adds to a call of boto3, against a server that has nothing to do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
from botocore.config import Config

from tests.benchmarks.measure import Ratio, ratio
from tests.serving import ready, serving

CALLS = 1_000

_FIXED = """
import asyncio, sys
reply = sys.stdin.buffer.read()

class Fixed(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.seen = transport, b""

    def data_received(self, data):
        self.seen += data
        head, found, body = self.seen.partition(b"\\r\\n\\r\\n")
        size = int(head.lower().partition(b"content-length:")[2].split(b"\\r\\n")[0]) if found else 0
        if found and len(body) >= size:
            self.seen = b""
            self.transport.write(reply)

async def main():
    server = await asyncio.get_running_loop().create_server(Fixed, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""
"""Answers every request with the same bytes: what is left is the client and the sockets."""


def answering(folder: Path) -> Iterator[Ratio]:
    """1,000 DescribeConfigurationRecorders of a kept world by boto3, each of them on the disk in the trail."""
    with serving(parent=folder / "answering") as process:
        client = _client(ready(process)[1])
        reply = _reply(client)
        with _fixed(reply) as port:
            yield ratio(
                f"{CALLS:,} DescribeConfigurationRecorders over `serve`",
                _calls(client),
                _calls(_client(port)),
                "the same client and a fixed body",
                goal=1.6,
            )


def _client(port: int) -> boto3.client:
    session = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test")
    plain = Config(retries={"max_attempts": 0})
    return session.client("config", "ap-southeast-1", endpoint_url=f"http://127.0.0.1:{port}", config=plain)


def _calls(client: boto3.client) -> Callable[[], object]:
    def calls() -> None:
        for _ in range(CALLS):
            assert client.describe_configuration_recorders()["ConfigurationRecorders"]

    return calls


def _reply(client: boto3.client) -> bytes:
    """The bytes that the local AWS answers with."""
    kept: list[tuple[dict[str, str], bytes]] = []
    client.meta.events.register(
        "before-parse", lambda response_dict, **_: kept.append((response_dict["headers"], response_dict["body"]))
    )
    client.describe_configuration_recorders()
    headers, body = kept[0]
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 200 OK\r\n{head}\r\n".encode() + body


@contextmanager
def _fixed(reply: bytes) -> Iterator[int]:
    with subprocess.Popen([sys.executable, "-c", _FIXED], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(reply)
            process.stdin.close()
            yield int(process.stdout.readline())
        finally:
            process.kill()

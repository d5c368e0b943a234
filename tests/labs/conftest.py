"""A local AWS on loopback, and the stock `aws` command line in a shell that knows nothing else."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.model.moment import parse
from backend.wire.local import LocalWorld
from backend.wire.open import WorldChoice, open_world
from backend.wire.server import Beside, listen

START = parse("2023-02-28T09:41:00Z")
"""When the labs' own transcripts were taken."""


class Lab:
    """A shell beside a local AWS. Commands are written as the sources write them."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self._environment = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
            "HOME": str(folder),
            "AWS_ENDPOINT_URL": url,
            "AWS_DEFAULT_REGION": "ap-southeast-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_PAGER": "",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def run(self, command: str) -> str:
        """What a command prints; it must succeed."""
        done = self._run(command)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        return done.stdout

    def json(self, command: str) -> Any:
        """The JSON that a command prints."""
        return json.loads(self.run(command))

    def refused(self, command: str) -> str:
        """What a command that fails says."""
        done = self._run(command)
        assert done.returncode != 0, f"{command} succeeded:\n{done.stdout}"
        return done.stderr

    def write(self, name: str, value: Any) -> None:
        """A file for `file://name`."""
        (self.folder / name).write_text(json.dumps(value, indent=4), encoding="utf-8")

    def control(self, name: str, body: Any = None) -> Any:
        """Ask the local AWS for something that AWS does not have: `clock`, `scenarios`, `faults`."""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=60)
        try:
            sent = json.dumps(body or {})
            connection.request("POST", f"/_configscope/{name}", sent, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            read = json.loads(answer.read())
        finally:
            connection.close()
        assert answer.status == 200, read
        return read

    def _run(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            shlex.split(command), cwd=self.folder, env=self._environment, capture_output=True, text=True, check=False
        )


@pytest.fixture
def served_world() -> Iterator[tuple[LocalWorld, str]]:
    """The default estate, nothing kept, a little smaller than usual; and where it answers."""
    world = asyncio.run(open_world(WorldChoice(memory=True, start=START, resources=120)))
    server = Beside(world, listen(0))
    yield world, server.url
    asyncio.run(server.close())
    asyncio.run(world.close())


@pytest.fixture
def lab(served_world: tuple[LocalWorld, str], tmp_path: Path) -> Lab:
    if not (Path(sys.executable).parent / "aws").exists():
        pytest.skip("the aws command line is not installed beside this Python")
    return Lab(served_world[1], tmp_path)

"""The server as a process: its ready line, its end, and what keeps it from beginning."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backend.wire.worlds import Place

_SCRIPT = """
import sys
from pathlib import Path
from backend.wire.open import WorldChoice
from backend.wire.serve import ServeOptions, serve
port, parent, resources = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
choice = WorldChoice("w", not parent, resources=resources, parent=Path(parent) if parent else None)
sys.exit(serve(ServeOptions(choice, port)))
"""


@contextmanager
def _serving(port: int = 0, parent: Path | str = "", resources: int = 40) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, str(port), str(parent), str(resources)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _ready(process: subprocess.Popen[str]) -> tuple[str, int]:
    """What is printed until the empty line at the end, and the port."""
    assert process.stdout is not None
    text = "".join(process.stdout.readline() for _ in range(6))
    found = re.search(r"http://127\.0\.0\.1:(\d+) ", text)
    assert found, text
    return text, int(found[1])


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_says_what_to_paste_and_ends_cleanly(end: signal.Signals) -> None:
    with _serving() as process:
        text, port = _ready(process)
        assert text == (
            f"configscope serves a world in memory on http://127.0.0.1:{port} (Ctrl+C ends it)\n"
            "\n"
            f"  export AWS_ENDPOINT_URL=http://127.0.0.1:{port}\n"
            "  export AWS_DEFAULT_REGION=ap-southeast-1\n"
            "  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n"
            "\n"
        )
        server = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        server.request("GET", "/_configscope/health")
        assert json.loads(server.getresponse().read())["status"] == "ok"
        process.send_signal(end)  # with a client still connected
        assert process.wait(10) == 0
        server.close()
        assert process.stderr is not None
        assert process.stderr.read().splitlines()[-1:] == ["Ready"]


def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with _serving(port) as process:
            _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert said == (
        f"configscope: Port {port} of 127.0.0.1 is in use: another program listens there. Choose another with --port.\n"
    )


def test_a_world_in_use_is_told(tmp_path: Path) -> None:
    place = Place("w", tmp_path)
    with _serving(parent=tmp_path) as process:
        _, said = process.communicate(timeout=20)
    place.close()
    assert process.returncode == 1
    assert said.startswith("configscope: The world 'w' is in use: process")
    assert "Traceback" not in said


def test_a_world_outlives_its_server(tmp_path: Path) -> None:
    for _ in range(2):
        with _serving(parent=tmp_path) as process:
            text, _ = _ready(process)
            assert "serves world 'w' on" in text
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [".w.lock", "w"]


def test_a_server_killed_while_it_builds_is_no_obstacle(tmp_path: Path) -> None:
    with _serving(parent=tmp_path) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "Building the estate\n"
        process.kill()
        process.wait(10)
    with _serving(parent=tmp_path) as process:
        _ready(process)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".w.lock", "w"]


def test_who_gives_up_while_it_builds_is_let_go() -> None:
    with _serving(resources=20_000) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "Building the estate\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""

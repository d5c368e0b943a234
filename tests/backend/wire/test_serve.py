"""The server as a process: its ready line, its end, and what keeps it from beginning."""

from __future__ import annotations

import http.client
import json
import signal
import socket
from pathlib import Path

import pytest

from backend.wire.worlds import Place
from tests.serving import ready, serving


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_says_what_to_paste_and_ends_cleanly(end: signal.Signals) -> None:
    with serving() as process:
        text, port = ready(process)
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
        with serving(port) as process:
            _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert said == (
        f"configscope: Port {port} of 127.0.0.1 is in use: another program listens there. Choose another with --port.\n"
    )


def test_a_world_in_use_is_told(tmp_path: Path) -> None:
    place = Place("w", tmp_path)
    with serving(parent=tmp_path) as process:
        _, said = process.communicate(timeout=20)
    place.close()
    assert process.returncode == 1
    assert said.startswith("configscope: The world 'w' is in use: process")
    assert "Traceback" not in said


def test_a_world_outlives_its_server(tmp_path: Path) -> None:
    for _ in range(2):
        with serving(parent=tmp_path) as process:
            text, _ = ready(process)
            assert "serves world 'w' on" in text
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [".w.lock", "w"]


def test_a_server_killed_while_it_builds_is_no_obstacle(tmp_path: Path) -> None:
    with serving(parent=tmp_path) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "Building the estate\n"
        process.kill()
        process.wait(10)
    with serving(parent=tmp_path) as process:
        ready(process)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".w.lock", "w"]


def test_who_gives_up_while_it_builds_is_let_go() -> None:
    with serving(resources=20_000) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "Building the estate\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""

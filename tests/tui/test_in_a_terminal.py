"""The explorer in a real pseudo terminal: what a person sees, and what is left behind."""

from __future__ import annotations

import json
import re
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from tests.terminal import Terminal, explorer, running

LEAVE_ALTERNATE_SCREEN, MOUSE_OFF, SHOW_CURSOR = b"\x1b[?1049l", b"\x1b[?1000l", b"\x1b[?25h"


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """A home of its own for each run."""
    return {
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CONFIG_HOME": str(tmp_path / ".config"),
    }


@pytest.fixture
def small(home: dict[str, str]) -> Iterator[Terminal]:
    """The explorer on an empty account, at 80x24."""
    with running(explorer("--empty"), environment=home) as terminal:
        terminal.wait_to_see("Resources")
        yield terminal


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.mark.requirement("REC-07", "REC-11")
def test_what_another_client_does_shows_in_the_explorer(home: dict[str, str]) -> None:
    port = free_port()
    with running(explorer("--memory", "--serve", str(port)), 120, 36, home) as terminal:
        terminal.wait_to_see("● recording")
        client = boto3.client(
            "config",
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name="ap-southeast-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        client.stop_configuration_recorder(ConfigurationRecorderName="default")
        terminal.wait_to_see("stopped")
        terminal.wait_until_gone("● recording")
        client.start_configuration_recorder(ConfigurationRecorderName="default")
        terminal.wait_to_see("● recording")
        client.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_terminal_as_it_was(small: Terminal, number: int) -> None:
    small.signal(number)
    assert small.exit_code() == 128 + number
    for sequence in (LEAVE_ALTERNATE_SCREEN, MOUSE_OFF, SHOW_CURSOR):
        assert sequence in small.written


def test_q_leaves_with_zero(small: Terminal) -> None:
    small.press(b"q")
    assert small.exit_code() == 0
    assert LEAVE_ALTERNATE_SCREEN in small.written


def test_nothing_is_cut_off_at_80x24(small: Terminal) -> None:
    small.wait_to_see("quit")
    assert all(name in small.screen[1] for name in ("Recorder", "Delivery", "Resources", "Rules", "Stream"))
    assert small.screen[-1].rstrip().endswith("quit")


def test_keys_shows_what_the_terminal_sends_and_leaves_it_as_it_was(home: dict[str, str]) -> None:
    with running(explorer("keys"), 120, 24, home) as terminal:
        terminal.wait_to_see("command")
        terminal.press(b"z")
        terminal.wait_to_see("look.zoom (Zoom this pane)")
        terminal.press(b"\x1b[A")
        terminal.wait_to_see("1b 5b 41                up")
        terminal.press(b"\t")
        terminal.wait_to_see("09                      tab")
        terminal.press(b"q")
        terminal.wait_to_see("app.quit")
        terminal.press(b"q")
        assert terminal.exit_code() == 0
        assert b"\x1b[<u" in terminal.written


def test_the_mouse_can_be_left_to_the_terminal_and_taken(home: dict[str, str]) -> None:
    with running(explorer("--empty", "--no-mouse"), environment=home) as terminal:
        terminal.wait_to_see("M mouse is the terminal's")
        assert b"\x1b[?1000h" not in terminal.written
        terminal.press(b"M")
        terminal.wait_for(b"\x1b[?1000h")
        terminal.wait_until_gone("M mouse is the terminal's")
        terminal.press(b"M")
        terminal.wait_for(MOUSE_OFF)
        terminal.wait_to_see("M mouse is the terminal's")


def test_a_bad_setting_is_told_at_the_start_and_the_explorer_starts(home: dict[str, str]) -> None:
    folder = Path(home["HOME"]) / ".config" / "configscope"
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text('theme = "papr"\n')
    with running(explorer("--empty"), environment=home) as terminal:
        terminal.wait_to_see("settings.toml line 1: there is no theme “papr”; did you mean “paper”?")
        terminal.wait_to_see("Recorder")


COLOURS = re.compile(rb"\x1b\[[0-9;:]*m")


def colours_sent(written: bytes) -> set[bytes]:
    """The parts of what was written that ask for a colour."""
    parts = {part for sequence in COLOURS.findall(written) for part in sequence[2:-1].split(b";")}
    return {part for part in parts if part and not re.fullmatch(rb"0|1|2|3|4|7|9|2[1-9]|39|49", part)}


@pytest.mark.parametrize(("options", "variables"), [((), {"NO_COLOR": "1"}), (("--theme", "mono"), {})])
def test_without_colours_none_is_sent(
    home: dict[str, str], options: tuple[str, ...], variables: dict[str, str]
) -> None:
    with running(explorer("--memory", *options), 120, 36, {**home, **variables}) as terminal:
        terminal.wait_to_see("recording")
        terminal.press(b"5")
        terminal.wait_to_see("broken")
        for key in (b"j", b"T", b"\x1b", b"?", b"\x1b", b"/zz", b"\x1b"):
            terminal.bytes_of(key)
        assert colours_sent(terminal.written) == set()
        assert b"\x1b[1" in terminal.written or b";1m" in terminal.written


def test_ascii_is_all_that_is_sent_when_asked_for(home: dict[str, str]) -> None:
    with running(explorer("--memory", "--ascii"), 120, 36, home) as terminal:
        terminal.wait_to_see("* recording")
        terminal.press(b"5")
        terminal.wait_to_see("broken")
        terminal.bytes_of(b"?")
        assert terminal.written.isascii()


BROKEN = """
from tui.screens.themes import ThemesScreen

def broken(self):
    secret = "-".join(("not", "for", "eyes"))
    raise RuntimeError("it broke")

ThemesScreen.on_mount = broken
"""
"""A page that fails while a value that is nobody's business is in a variable."""


def test_a_defect_shows_no_values_of_variables(home: dict[str, str]) -> None:
    with running(BROKEN + explorer("--empty"), environment=home) as terminal:
        terminal.wait_to_see("Resources")
        terminal.press(b"T")
        assert terminal.exit_code() != 0
        assert b"not-for-eyes" not in terminal.written
        assert b"RuntimeError" in terminal.written
        [report] = (Path(home["XDG_STATE_HOME"]) / "configscope" / "reports").iterdir()
        assert "it broke" in report.read_text()
        assert "not-for-eyes" not in report.read_text()


@pytest.mark.parametrize("program", ['cat "$FILE" | "$PYTHON" -c "$CODE"', '"$PYTHON" -c "$CODE" <"$FILE"'])
def test_a_file_comes_by_standard_input_and_the_keys_from_the_terminal(
    home: dict[str, str], tmp_path: Path, program: str
) -> None:
    file = tmp_path / "piped.json"
    items = [{"resourceType": "AWS::EC2::VPC", "resourceId": f"vpc-{number}"} for number in range(9)]
    file.write_text(json.dumps({"configurationItems": items}))
    environment = {**home, "FILE": str(file), "PYTHON": sys.executable, "CODE": explorer("open", "-")}
    terminal = Terminal(["sh", "-c", program], 80, 24, environment)
    try:
        terminal.wait_to_see("standard input")
        terminal.wait_to_see("vpc-8")
        terminal.press(b"q")
        assert terminal.exit_code() == 0
    finally:
        terminal.close()


def test_standard_input_that_is_the_terminal_is_refused(home: dict[str, str]) -> None:
    with running(explorer("open", "-"), environment=home) as terminal:
        terminal.wait_to_see("Nothing is piped in")
        assert terminal.exit_code() == 1

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from textual.app import App

from backend.files.read import read_items
from backend.model.delivery import DeliveryChannel
from backend.model.problem import BadInput
from tests.tui.fake_session import NOW
from tests.tui.opened import opened
from tui import clipboard, exporting
from tui.equivalents import aws, channel_json


def test_the_equivalent_command_can_be_pasted_into_a_shell() -> None:
    command = aws(
        "deliver-config-snapshot",
        {"delivery-channel-name": "my channel'; rm -rf ~"},
        region="eu-central-1",
        endpoint_url="http://127.0.0.1:4566",
    )
    assert shlex.split(command.replace("\\\n", " ")) == [
        "aws",
        "configservice",
        "deliver-config-snapshot",
        "--delivery-channel-name",
        "my channel'; rm -rf ~",
        "--region",
        "eu-central-1",
        "--endpoint-url",
        "http://127.0.0.1:4566",
    ]


@pytest.mark.requirement("CHN-04")
def test_the_channel_is_told_in_the_spelling_of_the_command() -> None:
    channel = DeliveryChannel(name="default", bucket="b", prefix="p", kms_key_arn="k", frequency="One_Hour")
    assert json.loads(channel_json(channel)) == {
        "name": "default",
        "s3BucketName": "b",
        "s3KeyPrefix": "p",
        "s3KmsKeyArn": "k",
        "configSnapshotDeliveryProperties": {"deliveryFrequency": "One_Hour"},
    }


def test_a_file_is_private_and_never_written_over(tmp_path: Path) -> None:
    wanted = str(tmp_path / "out.csv")
    first = exporting.write("Resources", "csv", "a", NOW, wanted)
    second = exporting.write("Resources", "csv", "b", NOW, wanted)
    assert (first.name, second.name) == ("out.csv", "out-2.csv")
    assert first.read_text() == "a\n"
    assert second.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("wanted", "suffix", "second"),
    [
        ("x.json.gz", "json.gz", "x-2.json.gz"),
        ("X.JSON.GZ", "json.gz", "X-2.JSON.GZ"),
        ("x.tar", "csv", "x-2.tar"),
        ("x", "csv", "x-2"),
        ("", "parquet", "configscope-r-20260307T142231Z-2.parquet"),
    ],
)
def test_the_second_of_a_name_keeps_its_suffix(wanted: str, suffix: str, second: str) -> None:
    assert str(list(exporting.places("r", suffix, NOW, wanted))[1]) == second


def test_a_folder_gets_a_file_of_its_own(tmp_path: Path) -> None:
    written = exporting.write("../Resources of [x]", "csv", "a", NOW, str(tmp_path))
    assert written == tmp_path / "configscope-resources-of-x-20260307T142231Z.csv"


def test_a_file_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written"):
        exporting.write("x", "csv", "a", NOW, str(tmp_path / "none" / "out.csv"))


class _Terminal(App[int]):
    """Only its clipboard is asked for."""


async def test_outside_tmux_the_terminal_is_told_and_nothing_is_claimed() -> None:
    app = _Terminal()
    said = await clipboard.copy(app, "sg-0c3", {})
    assert app.clipboard == "sg-0c3"
    assert "was sent to the terminal" in said
    assert "copied" not in said


async def test_what_terminals_do_not_take_is_not_sent() -> None:
    app = _Terminal()
    assert "too long" in await clipboard.copy(app, "x" * 80_000, {})
    assert app.clipboard == ""


async def test_nothing_is_not_copied() -> None:
    assert "nothing to copy" in await clipboard.copy(_Terminal(), "", {})


async def test_inside_tmux_its_buffer_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = tmp_path / "taken"
    (tmp_path / "tmux").write_text(f'#!/bin/sh\n[ "$*" = "load-buffer -w -" ] && cat > {taken}\n')
    (tmp_path / "tmux").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    app = _Terminal()
    said = await clipboard.copy(app, "sg-0c3", {"TMUX": "/tmp/tmux-0/default,1,0"})
    assert "tmux" in said
    assert taken.read_text() == "sg-0c3"
    assert app.clipboard == ""


async def test_a_tmux_that_refuses_leaves_it_to_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmux").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "tmux").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    app = _Terminal()
    await clipboard.copy(app, "sg-0c3", {"TMUX": "x"})
    assert app.clipboard == "sg-0c3"


# Items


def lines_of(pattern: str) -> int:
    """The lines of the one file of the working folder that is called so."""
    [written] = Path().glob(pattern)
    return len(written.read_text().splitlines())


async def test_the_items_of_a_list_are_exported_in_the_form_of_the_suffix(tmp_path: Path) -> None:
    async with opened() as it:
        await it.line(f"export {tmp_path / 'x.json.gz'}")
        await it.app.workers.wait_for_complete()
        await it.line(f"export {tmp_path / 'x.json.gz'}")
        await it.app.workers.wait_for_complete()
        await it.line(f"export {tmp_path / 'list.csv'}")
        await it.settle()
    keys = [one.key for one in read_items(tmp_path / "x.json.gz")]
    assert sorted(keys) == sorted(it.world.estate)
    assert [one.key for one in read_items(tmp_path / "x-2.json.gz")] == keys
    assert (tmp_path / "list.csv").read_text().startswith("resourceType,resourceId")


async def test_without_a_name_the_form_is_asked_for() -> None:
    async with opened() as it:
        await it.press("3", "e")
        assert "in a file as AWS Config delivers it" in " ".join(it.text.split())
        await it.press("4")
        await it.app.workers.wait_for_complete()
        assert lines_of("configscope-*.ndjson") == len(it.world.estate)


async def test_a_form_that_there_is_not_is_said_with_those_there_are(tmp_path: Path) -> None:
    async with opened() as it:
        await it.line(f"export {tmp_path / 'x.xlsx'}")
        assert "There is no form .xlsx of this" in it.text

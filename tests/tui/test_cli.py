"""The command line: what its options mean, what the subcommands print, and their exit codes."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backend import connect
from backend.connect import Connection, Target
from backend.model.address import S3Address
from backend.model.delivery import DeliveryState
from backend.model.item import ResourceKey
from backend.model.problem import BadInput, Denied, Problem
from tests.tui.fake_session import FakeConnection, World, item
from tui.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def world() -> World:
    made = World()
    assert made.status is not None
    made.status = msgspec.structs.replace(made.status, history=DeliveryState(status="SUCCESS"))
    return made


@pytest.fixture
def targets(monkeypatch: pytest.MonkeyPatch, world: World, tmp_path: Path) -> list[Target]:
    """Every target that is opened; what answers is a fake."""
    opened: list[Target] = []

    def fake_open(target: Target, progress: Any = None) -> AbstractAsyncContextManager[Connection]:
        opened.append(target)
        return FakeConnection(world).open(progress)

    monkeypatch.setattr(connect, "open", fake_open)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("tui.log.log_to_file", lambda: None)  # it takes the handlers of the whole process
    return opened


@pytest.fixture
def run(targets: list[Target], capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line: exit code, standard output, standard error."""

    def running(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        out, err = capsys.readouterr()
        return code, out, err

    return running


# What is looked at


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("status",), Target()),
        (("--memory", "status"), Target(memory=True)),
        (("status", "--memory"), Target(memory=True)),
        (("--world", "lab", "status", "--region", "us-east-1"), Target(world="lab", region="us-east-1")),
        (("--world", "lab", "status", "--world", "other"), Target(world="other")),
        (("--empty", "--resources", "50", "--speed", "60", "status"), Target(empty=True, resources=50, speed=60.0)),
        (("--accounts", "3", "status", "--regions", "1"), Target(accounts=3, regions=1)),
        (("--account", "111122223333", "status", "--memory"), Target(memory=True, account="111122223333")),
        (("--memory", "status", "--account", "1", "--region", "r"), Target(memory=True, account="1", region="r")),
        (("--read-only", "status"), Target(read_only=True)),
        (("--aws", "status"), Target(kind="aws")),
        (("--aws", "--allow-changes", "status"), Target(kind="aws", read_only=False)),
        (("status", "--profile", "p"), Target(kind="aws", profile="p")),
        (
            ("--aws", "--role-arn", "arn:r", "--endpoint-url", "http://127.0.0.1:1", "--region", "eu-west-1", "status"),
            Target(kind="aws", role_arn="arn:r", endpoint_url="http://127.0.0.1:1", region="eu-west-1"),
        ),
    ],
)
def test_options_before_and_after_the_command_choose_the_target(
    run: Run, targets: list[Target], arguments: tuple[str, ...], expected: Target
) -> None:
    code, _, _ = run(*arguments)
    assert code == 0
    assert targets == [expected]


def test_an_account_is_read_only_unless_changes_are_allowed() -> None:
    assert Target(kind="aws").refuses_writes
    assert not Target(kind="aws", read_only=False).refuses_writes
    assert not Target().refuses_writes


@pytest.mark.parametrize(
    "arguments",
    [
        ("--aws", "--memory", "status"),
        ("--profile", "p", "--speed", "2", "status"),
        ("--read-only", "--allow-changes", "status"),
        ("--memory", "--world", "lab", "status"),
        ("--speed", "0", "status"),
        ("--accounts", "0", "status"),
        ("--accounts", "21", "status"),
        ("--regions", "18", "status"),
        ("--regions", "many", "status"),
        ("--aws", "--accounts", "2", "status"),
        ("--aws", "--account", "111122223333", "status"),
        ("--speed", "fast", "status"),
        ("--serve", "70000", "status"),
        ("frobnicate",),
        ("status", "--output", "xml"),
        ("--aws", "serve"),
        ("--aws", "--allow-lambda", "rules", "status"),
        ("serve", "--allow-lambda", "rules", "--lambda-timeout", "0"),
        ("serve", "--deploy-rules"),
        ("serve", "--lambda-timeout", "5"),
        ("--aws", "demo"),
        ("open",),
    ],
)
def test_a_wrong_command_line_is_said_and_ends_with_2(
    run: Run, targets: list[Target], arguments: tuple[str, ...]
) -> None:
    code, out, err = run(*arguments)
    assert (code, out, targets) == (2, "", [])
    assert "Error:" in err


def test_serve_hands_its_options_over(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[connect.ServeOptions] = []

    def fake_serve(options: connect.ServeOptions) -> int:
        served.append(options)
        return 7

    monkeypatch.setattr(connect, "serve", fake_serve)
    assert run("serve", "--memory", "--port", "4599", "--lenient")[0] == 7
    assert served == [connect.ServeOptions(Target(memory=True, lenient=True), 4599)]


def test_handlers_are_run_only_when_their_folder_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    served: list[connect.ServeOptions] = []

    def fake_serve(options: connect.ServeOptions) -> int:
        served.append(options)
        return 0

    monkeypatch.setattr(connect, "serve", fake_serve)
    run("serve")
    run("serve", "--allow-lambda", str(tmp_path), "--lambda-timeout", "1.5", "--deploy-rules")
    told = [(each.target.handlers, each.target.handler_seconds, each.target.deploy_rules) for each in served]
    assert told == [(None, None, False), (tmp_path, 1.5, True)]


# status


def test_status_shows_recorder_channel_deliveries_and_rules(run: Run) -> None:
    code, out, err = run("status")
    assert (code, err) == (0, "building the estate …\n")
    lines = {line.split()[0]: line for line in out.splitlines()}
    assert list(lines) == ["WHAT", "account", "recorder", "channel", "snapshot", "history", "stream", "rules"]
    assert "RECORDING" in lines["recorder"]
    assert "s3://config-bucket-sgp" in lines["channel"]
    assert "next 2026-" in lines["snapshot"]
    assert "1 compliant, 1 non-compliant" in lines["rules"]
    assert "\x1b" not in out


@pytest.mark.requirement("HIS-09")
def test_a_failing_delivery_is_told_and_ends_with_3(run: Run, world: World) -> None:
    world.status = World().status
    code, out, err = run("status", "--output", "json")
    assert code == 3
    found = json.loads(out)
    assert found["deliveries"]["history"]["error_code"] == "NoSuchBucket"
    assert found["deliveries"]["history"]["last_success"].endswith("Z")
    assert found["healthy"] is False
    assert "The delivery of the history fails: NoSuchBucket" in err


def test_a_stopped_recorder_ends_with_3(run: Run, world: World) -> None:
    assert world.recorder is not None
    world.recorder = msgspec.structs.replace(world.recorder, recording=False)
    code, out, _ = run("status")
    assert code == 3
    assert "STOPPED" in out


def test_a_region_without_set_up_ends_with_3(run: Run, world: World) -> None:
    world.recorder = world.channel = world.status = None
    code, out, err = run("status", "--output", "json")
    assert code == 3
    assert json.loads(out)["recorder"] is None
    assert err.splitlines()[1:] == ["This region has no recorder.", "This region has no delivery channel."]


def test_a_part_that_is_denied_does_not_hide_the_others(run: Run, world: World) -> None:
    world.fails["compliance"] = Denied("Not allowed", "the credentials lack the permission config:DescribeConfigRules")
    code, out, err = run("status")
    assert code == 1
    assert "RECORDING" in out
    assert "UNKNOWN" in out
    assert "config:DescribeConfigRules" in err


def test_what_stops_every_part_is_said_once(run: Run, world: World) -> None:
    expired = Problem("AWS did not accept the credentials", "the session token has expired")
    world.fails |= dict.fromkeys(("recorder", "delivery", "compliance"), expired)
    _, _, err = run("status")
    assert err.count("has expired") == 1


def test_status_as_csv_has_the_same_lines(run: Run) -> None:
    _, out, _ = run("status", "--output", "csv")
    rows = list(csv.reader(io.StringIO(out)))
    assert rows[0] == ["what", "state", "detail"]
    assert [row[0] for row in rows[1:]] == ["account", "recorder", "channel", "snapshot", "history", "stream", "rules"]


# resources


def test_resources_are_listed_by_type_and_id(run: Run) -> None:
    code, out, _ = run("resources", "--output", "json")
    found = json.loads(out)
    assert code == 0
    assert [(one["type"], one["id"]) for one in found] == sorted((one["type"], one["id"]) for one in found)
    assert {"AWS::EC2::Instance", "AWS::EC2::Volume", "AWS::S3::Bucket"} <= {one["type"] for one in found}


@pytest.mark.requirement("ITM-22")
def test_resources_of_a_type_and_with_a_text(run: Run) -> None:
    _, out, _ = run("resources", "--type", "aws::ec2::INSTANCE", "--output", "csv")
    assert [row[0] for row in csv.reader(io.StringIO(out))] == ["type", "AWS::EC2::Instance"]
    _, out, _ = run("resources", "--filter", "REPORTS", "--output", "json")
    assert [one["name"] for one in json.loads(out)] == ["reports-sgp"]
    assert run("resources", "--filter", "nothing like it", "--output", "json")[1] == "[]\n"


@pytest.mark.requirement("INV-01", "INV-02", "INV-03")
def test_resources_are_filtered_told_of_and_counted_as_in_the_explorer(run: Run) -> None:
    _, out, _ = run("resources", "--filter", "tag:Team=finance", "--columns", "tag:Team,account", "--output", "csv")
    assert list(csv.reader(io.StringIO(out)))[1][1:] == [
        "reports-sgp", "reports-sgp", "ap-southeast-1", "finance", "696686700433",
    ]  # fmt: skip
    _, out, _ = run("resources", "--view", "idle", "--output", "json")
    assert [(one["id"], one["why"]) for one in json.loads(out)] == [("vol-0b2", "attached to nothing")]
    _, out, _ = run("resources", "--by", "tag:Team", "--output", "json")
    assert json.loads(out)[:2] == [{"tag:Team": "finance", "count": 1}, {"tag:Team": "shop", "count": 1}]


@pytest.mark.parametrize(
    ("option", "text", "said"),
    [
        ("--filter", "after:yesterday", "is not a moment"),
        ("--filter", "tpye:x", "did you mean type:?"),
        ("--columns", "hue", "There is no hue. There are name, type"),
        ("--by", "hue", "There is no hue. There are type, region"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_can(run: Run, option: str, text: str, said: str) -> None:
    code, out, err = run("resources", option, text)
    assert (code, out) == (1, "")
    assert said in err


def test_a_type_of_which_there_is_nothing_is_told_with_a_near_one(run: Run) -> None:
    code, out, err = run("resources", "--type", "instance")
    assert (code, out) == (1, "")
    assert "Did you mean AWS::EC2::Instance?" in err


@pytest.mark.parametrize("form", ["table", "json"])
def test_names_from_strangers_cannot_steer_the_terminal(run: Run, world: World, form: str) -> None:
    name = "x\x1b]0;owned\x07\u202ey\x9b31m\ud800\n"
    key = ResourceKey("AWS::S3::Bucket", "evil")
    world.estate[key] = [item(key, name)]
    _, out, _ = run("resources", "--output", form)
    assert not {"\x1b", "\x07", "\u202e", "\x9b", "\ud800"} & set(out)
    if form == "json":
        assert name in [one["name"] for one in json.loads(out)]


# Errors


def test_a_problem_is_one_sentence_on_standard_error(run: Run, world: World) -> None:
    world.fails["resources"] = BadInput("It broke", "of itself", "Mend it")
    code, out, err = run("resources")
    assert (code, out) == (1, "")
    assert err.splitlines()[-1] == "configscope: It broke: of itself. Mend it."
    assert "Traceback" not in err


def test_with_debug_a_problem_shows_where_it_comes_from(run: Run, world: World) -> None:
    world.fails["resources"] = BadInput("It broke")
    assert "Traceback" in run("--debug", "resources")[2]


def test_a_defect_leaves_a_report_and_no_traceback(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(connect, "open", broken)
    code, _, err = run("status")
    assert code == 1
    assert "Traceback" not in err
    [report] = (tmp_path / "state").rglob("*.txt")
    assert str(report) in err
    assert "ZeroDivisionError" in report.read_text()
    assert "Traceback" in run("--debug", "status")[2]


def test_an_interruption_ends_with_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(connect, "open", interrupted)
    assert run("status")[0] == 130


# The explorer needs a terminal


@pytest.mark.parametrize("arguments", [(), ("demo",), ("--serve",)])
def test_without_a_terminal_the_explorer_says_so(
    run: Run, targets: list[Target], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    code, out, err = run(*arguments)
    assert (code, out, targets) == (2, "", [])
    assert "terminal" in err


def test_a_demo_takes_accounts_and_regions(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Target] = []

    def demonstrate(target: Target, story: str | None, speed: float | None, wishes: object, *, stepwise: bool) -> int:
        shown.append(target)
        return 0

    monkeypatch.setattr("tui.launch.demonstrate", demonstrate)
    assert run("--regions", "1", "demo", "--accounts", "3", "--account", "111122223333")[0] == 0
    assert shown == [Target(memory=True, accounts=3, regions=1, account="111122223333")]


def test_a_bad_file_is_told_before_the_screen_changes(run: Run, tmp_path: Path) -> None:
    (tmp_path / "f.json").write_text("{}")
    code, _, err = run("open", str(tmp_path / "f.json"))
    assert code == 1
    assert "f.json is JSON, but no snapshot" in err


def test_a_pipe_is_not_read_before_the_explorer_reads_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown: list[Target] = []

    def explore(target: Target, wishes: object, rows: object = ()) -> int:
        shown.append(target)
        return 0

    monkeypatch.setattr("tui.launch.explore", explore)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert run("open", str(pipe))[0] == 0
    assert shown == [Target(kind="files", files=(pipe,))]


def test_folders_and_many_files_are_opened_together_and_two_files_compared(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown: list[Target] = []
    compared: list[Target] = []

    def explore(target: Target, wishes: object, rows: object = ()) -> int:
        shown.append(target)
        return 0

    def explore_difference(target: Target, wishes: object) -> int:
        compared.append(target)
        return 0

    monkeypatch.setattr("tui.launch.explore", explore)
    monkeypatch.setattr("tui.launch.explore_difference", explore_difference)
    one, two, three = (tmp_path / f"{name}.json" for name in "abc")
    for path in (one, two, three):
        path.write_text('{"configurationItems": []}')
    assert run("open", str(tmp_path))[0] == run("open", str(one), str(two), str(three))[0] == 0
    assert [target.files for target in shown] == [(one, two, three)] * 2
    assert run("open", str(one), str(two))[0] == 0
    assert [target.files for target in compared] == [(one, two)]
    assert run("open", "--together", str(one), str(two))[0] == 0
    assert shown[-1].files == (one, two)
    assert run("open", "--largest", "2G", str(one))[0] == 0
    assert shown[-1].largest == 2 << 30
    assert run("open", "--largest", "2G", str(one), str(two))[0] == 2
    (tmp_path / "empty").mkdir()
    code, _, err = run("open", str(tmp_path / "empty"))
    assert code == 1
    assert "There is no JSON file below" in err


def test_a_bucket_is_opened_where_the_options_say_it_is(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Target] = []

    def explore(target: Target, wishes: object, rows: object = ()) -> int:
        shown.append(target)
        return 0

    monkeypatch.setattr("tui.launch.explore", explore)
    assert run("--aws", "open", "s3://logs/AWSLogs/", "--region", "eu-west-1")[0] == 0
    assert run("open", "s3://logs", "--world", "lab")[0] == 0
    assert shown == [
        Target(kind="files", files=(S3Address("logs", "AWSLogs/"),), bucket_of=Target(kind="aws", region="eu-west-1")),
        Target(kind="files", files=(S3Address("logs"),), bucket_of=Target(world="lab")),
    ]


def test_two_keys_of_a_bucket_are_compared_and_folders_are_not(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.launch.explore", lambda target, wishes, rows: 50)
    monkeypatch.setattr("tui.launch.explore_difference", lambda target, wishes: 51)
    assert run("open", "s3://logs/a.json.gz", "s3://logs/b.json.gz")[0] == 51
    assert run("open", "s3://logs/a/", "s3://logs/b/")[0] == 50


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("open", "s3://"), "names no bucket"),
        (("open", "x.json", "--profile", "audit"), "--profile chooses where a bucket is"),
        (("inspect", "x.json", "--memory"), "--memory chooses where a bucket is"),
        (("open", "s3://b", "--aws", "--memory"), "give one or the other"),
    ],
)
def test_an_address_or_options_without_one_that_mean_nothing_are_refused(
    run: Run, arguments: tuple[str, ...], said: str
) -> None:
    code, _, err = run(*arguments)
    assert code == 2
    assert said in err


# Settings and keys


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The settings file of a person who has none yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "configscope" / "settings.toml"


def test_settings_say_where_each_value_comes_from(run: Run, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.parent.mkdir(parents=True)
    config.write_text('landing = "stream"\nmous = false\n[keys]\nlook.zoom = "Z"\n')
    monkeypatch.setenv("CONFIGSCOPE_BELL", "on")
    code, out, err = run("--theme", "paper", "settings", "--set", "watch=web-1,web-2")
    rows = [row.split(None, 1) for row in out.splitlines()]
    found = {row[0]: row[1] for row in rows if len(row) == 2}
    assert code == 1
    assert found["theme"].split(None, 1) == ['"paper"', "option --theme"]
    assert found["landing"].split(None, 1) == ['"stream"', "file, line 1"]
    assert found["bell"].split(None, 1) == ["true", "environment CONFIGSCOPE_BELL"]
    assert found["watch"] == '["web-1", "web-2"]           option --set watch'
    assert found["mouse"].split() == ["true", "default"]
    assert found["keys.look.zoom"].split(None, 1) == ['["Z"]', "file, line 4"]
    assert "settings.toml line 2: there is no setting “mous”; did you mean “mouse”?" in err


def test_an_example_is_written_and_found(run: Run, config: Path) -> None:
    assert run("settings", "--path")[1] == f"{config}\n"
    assert run("settings", "--init")[0] == 0
    assert config.stat().st_mode & 0o777 == 0o600
    assert run("settings")[0] == 0
    code, _, err = run("settings", "--init")
    assert code == 1
    assert "is there already" in err


def test_keys_are_listed_with_those_of_ones_own(run: Run, config: Path) -> None:
    config.parent.mkdir(parents=True)
    config.write_text('[keys]\nlook.zoom = "f5"\n')
    code, out, _ = run("keys", "--list", "--output", "json")
    rows = {row["command"]: row["keys"] for row in json.loads(out)}
    assert code == 0
    assert (rows["look.zoom"], rows["app.help"], rows["lines.down"]) == ("f5", "?", "↓ j")


def test_pressing_keys_needs_a_terminal(run: Run, config: Path) -> None:
    code, out, err = run("keys")
    assert (code, out) == (2, "")
    assert "there is none here" in err


def test_what_is_set_wrongly_is_a_usage_error(run: Run, config: Path) -> None:
    code, _, err = run("--set", "theme", "settings")
    assert code == 2
    assert "--set wants NAME=VALUE" in err

"""The plain subcommands beside `status` and `resources`: what they print, and their exit codes."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backend import connect
from backend.connect import Connection, Target
from backend.model.item import Document, ResourceKey
from backend.model.problem import Denied
from tests.tui.fake_session import BUCKET, INSTANCE, NOW, FakeConnection, World, item
from tui.cli import main
from tui.plain import completion
from tui.plain.commands import COMMANDS

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line over a fake connection; files are read in earnest."""
    real = connect.open

    def fake_open(target: Target, progress: Any = None) -> AbstractAsyncContextManager[Connection]:
        return real(target, progress) if target.kind == "files" else FakeConnection(world).open(progress)

    monkeypatch.setattr(connect, "open", fake_open)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("tui.log.log_to_file", lambda: None)

    def running(*arguments: str) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return running


def rows(out: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(out)))


def snapshot(path: Path, *entries: Document) -> Path:
    text = msgspec.json.encode({"fileVersion": "1.0", "configSnapshotId": "x", "configurationItems": entries})
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def entry(name: str, size: int = 1, kind: str = "AWS::EC2::Volume") -> Document:
    return {
        "resourceType": kind,
        "resourceId": name,
        "configurationItemCaptureTime": "2026-03-01T00:00:00.000Z",
        "configuration": {"size": size},
    }


# item


@pytest.mark.parametrize(
    "words",
    [
        ("AWS::EC2::Instance", "i-0a1"),
        ("instance", "i-0a1"),
        ("i-0a1",),
        ("web-1",),
        ("arn:aws:thing:ap-southeast-1:696686700433:i-0a1",),
    ],
)
def test_an_item_is_found_by_type_and_id_by_name_and_by_arn(run: Run, words: tuple[str, ...]) -> None:
    code, out, _ = run("item", *words, "--output", "json")
    assert code == 0
    assert json.loads(out)["configuration"]["instanceType"] == "t3.large"


def test_an_item_as_of_a_moment_and_field_by_field(run: Run) -> None:
    code, out, _ = run("item", "i-0a1", "--as-of", "-2d", "--output", "csv")
    assert code == 0
    found = {row["field"]: row["value"] for row in rows(out)}
    assert found["configuration.instanceType"] == "t3.small"
    assert found["tags.Team"] == "shop"
    assert json.loads(run("item", "i-0a1", "--raw")[1])["resourceId"] == "i-0a1"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nobody",), "There is no resource nobody"),
        (("AWS::EC2::Nothing", "i-0a1"), "There is no resource type AWS::EC2::Nothing"),
        (("vpcs", "x"), "There is no resource type vpcs"),
        (("AWS::EC2::Instance", "i-9"), "No item of AWS::EC2::Instance i-9 is known"),
        (("a", "b", "c"), "TYPE ID"),
        (("i-0a1", "--as-of", "-90d"), "is known at 2025-12-"),
        (("i-0a1", "--as-of", "soon"), "not a moment"),
        (("arn:aws:x:y",), "no resource with the ARN"),
    ],
)
def test_what_cannot_be_found_is_said_and_ends_with_1(run: Run, words: tuple[str, ...], said: str) -> None:
    code, out, err = run("item", *words)
    assert (code, out) == (1, "")
    assert said in err


def test_a_name_of_several_resources_is_not_guessed(run: Run, world: World) -> None:
    twin = ResourceKey("AWS::S3::Bucket", "web-b")
    world.estate[twin] = [item(twin, "web-1")]
    code, _, err = run("item", "web-1")
    assert code == 1
    assert "names 2 resources" in err
    assert "AWS::S3::Bucket web-b" in err


def test_an_id_means_the_resource_and_not_what_is_kept_about_it(run: Run, world: World) -> None:
    about = ResourceKey("AWS::SSM::ManagedInstanceInventory", INSTANCE.resource_id)
    world.estate[about] = [item(about)]
    assert json.loads(run("item", INSTANCE.resource_id, "--raw")[1])["resourceType"] == "AWS::EC2::Instance"


# history, related, compliance


def test_history_tells_what_changed_from_item_to_item(run: Run) -> None:
    code, out, _ = run("history", "i-0a1", "--changes", "--output", "csv")
    assert code == 0
    found = [(row["change"], row["field"], row["before"], row["after"]) for row in rows(out)]
    assert ("UPDATE", "configuration.instanceType", "t3.small", "t3.large") in found
    assert found[-1] == ("CREATE", "", "", "")
    within = json.loads(run("history", "i-0a1", "--from", "-2d", "--output", "json")[1])
    assert [one["change"] for one in within] == ["UPDATE"]
    assert run("history", "i-0a1", "--from", "-1d", "--to", "-2d")[0] == 1


def test_related_lists_links_users_and_what_a_change_could_affect(run: Run) -> None:
    found = rows(run("related", "i-0a1", "--output", "csv")[1])
    assert {"Is attached to Volume", "Is contained in Vpc"} <= {row["link"] for row in found}
    users = rows(run("related", "sg-0c3", "--users", "--output", "csv")[1])
    assert [row["id"] for row in users] == ["i-0a1"]
    steps = rows(run("related", "sg-0c3", "--steps", "2", "--output", "csv")[1])
    assert ("1", "i-0a1") in [(row["step"], row["id"]) for row in steps]
    assert run("related", "sg-0c3", "--steps", "2", "--users")[0] == 2


@pytest.mark.requirement("RUL-13")
def test_compliance_by_rule_and_by_resource_ends_with_3_when_something_is_broken(run: Run, world: World) -> None:
    code, out, _ = run("compliance", "--output", "csv")
    assert code == 3
    assert {row["rule"]: row["compliance"] for row in rows(out)}["encrypted-volumes"] == "NON_COMPLIANT"
    code, out, _ = run("compliance", "--rule", "Encrypted-Volumes", "--output", "json")
    assert (code, json.loads(out)[0]["annotation"]) == (3, "The volume is not encrypted.")
    assert run("compliance", "--resource", "AWS::EC2::Volume", "vol-0b2")[0] == 3
    assert run("compliance", "--resource", "vol-0b2")[0] == 3
    assert run("compliance", "--resource", "i-0a1")[0] == 0
    world.evaluations.clear()
    assert run("compliance", "--rule", "encrypted-volumes")[0] == 0


def test_a_wrong_rule_a_refusal_and_a_wrong_line_are_told_apart(run: Run, world: World) -> None:
    code, _, err = run("compliance", "--rule", "volumes")
    assert (code, "Did you mean encrypted-volumes?" in err) == (1, True)
    assert run("compliance", "left-over")[0] == 2
    assert run("compliance", "--rule", "a", "--resource", "b")[0] == 2
    world.fails["compliance"] = Denied("Not allowed", "the credentials lack config:DescribeConfigRules")
    code, out, err = run("compliance")
    assert (code, out, "config:DescribeConfigRules" in err) == (1, "", True)


# diff


@pytest.mark.requirement("SNP-15")
def test_two_snapshots_are_compared_down_to_the_field(run: Run, tmp_path: Path) -> None:
    one = snapshot(tmp_path / "a.json.gz", entry("a"), entry("b"), entry("r", kind="AWS::IAM::Role"))
    two = snapshot(tmp_path / "b.json", entry("b", 8), entry("c"), entry("r", kind="AWS::IAM::Role"))
    code, out, err = run("diff", str(one), str(two), "--output", "csv")
    assert code == 3
    assert [(row["difference"], row["id"], row["field"], row["after"]) for row in rows(out)] == [
        ("gone", "a", "", ""),
        ("changed", "b", "configuration.size", "8"),
        ("new", "c", "", ""),
    ]
    assert "1 new, 1 gone, 1 changed, 1 the same." in err
    assert run("diff", str(one), str(one))[0] == 0
    assert run("diff", str(one), str(two), "--type", "aws::iam::role")[0] == 0
    found = json.loads(run("diff", str(one), str(two), "--ignore", "configuration.size", "--output", "json")[1])
    assert found["counts"] == {"new": 1, "gone": 1, "changed": 0, "same": 2, "ignored": 1}
    assert len(found["before"]["sha256"]) == 64


@pytest.mark.parametrize(
    "arguments", [("diff",), ("diff", "a"), ("diff", "a", "b", "c"), ("diff", "a", "b", "--from", "-1d")]
)
def test_a_comparison_of_nothing_is_a_wrong_line(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments)[0] == 2


# Files


def test_the_subcommands_look_into_files(run: Run, tmp_path: Path) -> None:
    path = str(snapshot(tmp_path / "s.json.gz", entry("vol-1", 5)))
    assert json.loads(run("item", "vol-1", "--file", path, "--output", "json")[1])["configuration"] == {"size": 5}
    assert [row["id"] for row in rows(run("resources", "--file", path, "--output", "csv")[1])] == ["vol-1"]
    assert run("history", "volume", "vol-1", "--file", path)[0] == 0
    assert run("related", "vol-1", "--file", path)[0] == 0
    assert run("item", "vol-1", "--file", path, "--aws")[0] == 2


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-20]), "cut off"),
        (lambda path: path.write_text("{}"), "no snapshot"),
        (lambda path: path.write_text("hello"), "not JSON"),
        (lambda path: path.unlink(), "There is no file"),
    ],
)
@pytest.mark.parametrize("command", [("item", "vol-1", "--file"), ("diff",)])
def test_files_that_cannot_be_used_are_told_and_end_with_1(
    run: Run, tmp_path: Path, command: tuple[str, ...], spoil: Callable[[Path], Any], said: str
) -> None:
    path = snapshot(tmp_path / "s.json.gz", *(entry(f"vol-{number}") for number in range(50)))
    good = snapshot(tmp_path / "good.json", entry("vol-1"))
    spoil(path)
    code, out, err = run(*command, str(path), *([str(good)] if command == ("diff",) else []))
    assert (code, out) == (1, "")
    assert said in err


# Help and completion


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_subcommand_explains_itself_with_an_example(run: Run, command: Any) -> None:
    code, out, _ = run(command.name, "--help")
    assert code == 0
    assert "Example" in out
    if command.name != "completion":
        assert "Exit codes: 0 all is well" in out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_is_printed(run: Run, shell: str) -> None:
    code, out, _ = run("completion", shell)
    assert code == 0
    assert "_CONFIGSCOPE_COMPLETE" in out


def test_types_and_worlds_are_completed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "AWS::EC2::Volume" in completion.resource_types()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert completion.world_names() == []
    made = tmp_path / "configscope" / "worlds" / "lab"
    made.mkdir(parents=True)
    (made / "world.sqlite").touch()
    assert completion.world_names() == ["lab"]


def test_hostile_names_do_not_steer_the_terminal(run: Run, world: World) -> None:
    bad = "x\x1b]0;owned\x07\u202ey\x9b31m\n"
    world.estate[BUCKET] = [item(BUCKET, bad, tags={bad: bad}, configuration={bad: bad}, captured=NOW)]
    for line in (("item", "reports-sgp"), ("history", "reports-sgp", "--changes")):
        _, out, err = run(*line)
        assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(out + err)


# The real thing


def test_the_subcommands_on_a_local_world(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One world, kept from command to command, answered by the engine itself."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("tui.log.log_to_file", lambda: None)

    def run(*arguments: str) -> tuple[int, str]:
        code = main(["--world", "lab", "--resources", "60", *arguments])
        return code, capsys.readouterr().out

    code, out = run("resources", "--type", "AWS::EC2::Instance", "--output", "csv")
    assert code == 0
    instance = rows(out)[0]["id"]
    assert json.loads(run("item", "instance", instance, "--raw")[1])["resourceId"] == instance
    assert rows(run("history", instance, "--who", "--output", "csv")[1])[-1]["change"] == "CREATE"
    assert "AWS::EC2::Subnet" in {row["type"] for row in rows(run("related", instance, "--output", "csv")[1])}
    assert run("compliance")[0] == 3
    code, out = run("diff", "--from", "-7d", "--output", "json")
    assert (code, json.loads(out)["counts"]["changed"] > 0) == (3, True)
    assert run("report", "--out", str(tmp_path / "r"), "--as-of", "-1h")[0] == 0
    changes = (tmp_path / "r" / "changes.csv").read_text()
    assert "aws-cli" in changes or "Mozilla" in changes
    assert json.loads((tmp_path / "r" / "report.json").read_text())["verdicts"]
    assert run("diff", str(tmp_path / "r" / "items.json"), str(tmp_path / "r" / "items.json"))[0] == 0


def test_inspect_tells_what_files_are_and_says_by_its_code_whether_they_are_sound(run: Run, tmp_path: Path) -> None:
    item = {"resourceType": "AWS::EC2::VPC", "resourceId": "vpc-1", "configurationItemCaptureTime": "2026-03-01T00:00Z"}
    whole = {
        "configurationItemStatus": "OK",
        "awsAccountId": "1",
        "awsRegion": "r",
        "ARN": "arn:x",
        "configuration": {},
    }
    good, odd, none = tmp_path / "good.json", tmp_path / "odd.json", tmp_path / "none.json"
    good.write_text(
        json.dumps({"fileVersion": "1.0", "configSnapshotId": "0f1e", "configurationItems": [item | whole]})
    )
    odd.write_text(json.dumps([item, {"resourceId": "\x1b[31m"}]))
    code, out, err = run("inspect", str(good))
    assert (code, err) == (0, "")
    assert "a snapshot of AWS Config" in out
    assert "1 of 1 resource, 0 deleted" in out
    assert "1  AWS::EC2::VPC" in out
    code, out, _ = run("inspect", str(odd), "--output", "json")
    assert code == 3
    [told] = json.loads(out)
    left_out = {"what": "entries that are no configuration items", "count": 1, "wrong": True}
    assert {**left_out, "offsets": [odd.read_text().rindex("{")]} in told["oddities"]
    code, out, err = run("inspect", str(good), str(none), "--output", "csv")
    assert code == 1
    assert f"There is no file {none}" in err
    assert {row["file"] for row in rows(out)} == {"good.json", "none.json"}


# export


def test_an_export_is_read_as_other_snapshots_are(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.json.gz"
    code, printed, err = run("export", "--to", out, "--filter", "tag:Team=shop")
    assert (code, printed) == (0, "")
    assert f"1 item is written to {out}." in err
    assert run("inspect", out)[0] == 0
    assert [row["id"] for row in rows(run("resources", "--file", out, "--output", "csv")[1])] == ["i-0a1"]


def test_files_and_folders_are_exported_by_type(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "delivered"
    folder.mkdir()
    snapshot(folder / "a.json", entry("vol-1"), entry("b-1", kind="AWS::S3::Bucket"))
    snapshot(folder / "b.json.gz", entry("vol-2"))
    out = tmp_path / "out.ndjson"
    assert run("export", folder, "--type", "aws::ec2::volume", "--to", out)[0] == 0
    assert sorted(json.loads(line)["resourceId"] for line in out.read_text().splitlines()) == ["vol-1", "vol-2"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--to", "x.xlsx"), "x.xlsx names no form to write"),
        (("--to", "x.csv", "--filter", "colour:red"), "“colour:” is no field"),
        (("--to", "x.csv", "--type", "AWS::Nothing"), "There are no resources of the type AWS::Nothing"),
        (("nobody.json", "--to", "x.csv"), "There is no file nobody.json"),
    ],
)
def test_an_export_that_cannot_be_is_a_sentence(run: Run, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = run("export", *arguments)
    assert (code, out) == (1, "")
    assert said in err
    assert not Path("x.csv").exists()

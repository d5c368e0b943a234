"""`configscope check` as it is typed: rules over files, and its exit codes."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import pytest

from tests.backend.files.samples import item, snapshot, write
from tui.cli import main
from tui.plain.given import FOUND, UNDONE, WELL

PACK = """
Resources:
  Encrypted:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: volumes
      Source: {Owner: AWS, SourceIdentifier: ENCRYPTED_VOLUMES}
  Asked:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: asked
      Source: {Owner: AWS, SourceIdentifier: AWS_CONFIG_PROCESS_CHECK}
"""


@pytest.fixture(autouse=True)
def _logs_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.log.log_to_file", lambda: None)


@pytest.fixture
def pack(tmp_path: Path) -> str:
    path = tmp_path / "pack.yaml"
    path.write_text(PACK)
    return str(path)


def volumes(path: Path, *encrypted: bool) -> str:
    body = {"attachments": [{"state": "attached"}]}
    items = [
        item(n, resourceType="AWS::EC2::Volume", resourceId=f"vol-{n}", configuration={**body, "encrypted": each})
        for n, each in enumerate(encrypted)
    ]
    return str(write(path, snapshot(*items)))


def test_the_exit_code_tells_whether_a_rule_is_broken(
    tmp_path: Path, pack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", volumes(tmp_path / "good.json.gz", True, True), "--pack", pack]) == WELL
    assert main(["check", volumes(tmp_path / "bad.json.gz", True, False), "--pack", pack]) == FOUND
    shown = capsys.readouterr()
    assert "volumes  NON_COMPLIANT      1          1" in shown.out
    assert "It is a process check: a person answers it." in shown.out
    assert "bad.json.gz: 2 items, 1 of 1 rule broken; 1 rule could not be asked." in shown.err


def test_findings_say_which_property_and_what_was_expected(
    tmp_path: Path, pack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = volumes(tmp_path / "s.json", False, True)
    assert main(["check", path, "--pack", pack, "--findings", "--output", "json"]) == FOUND
    told = json.loads(capsys.readouterr().out)
    assert told["items"] == 2
    [finding] = told["findings"]
    assert (finding["rule"], finding["id"]) == ("volumes", "vol-0")
    assert finding["reasons"] == [{"path": "configuration.encrypted", "found": False, "expected": "true"}]
    assert main(["check", path, "--rule", "encrypted-volumes", "--findings", "--output", "csv"]) == FOUND
    [row] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["rule"], row["id"], row["path"]) == ("encrypted-volumes", "vol-0", "configuration.encrypted")


def test_a_damaged_file_is_judged_as_far_as_it_goes(
    tmp_path: Path, pack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = Path(volumes(tmp_path / "whole.json", *([False] * 2_000)))
    cut = tmp_path / "cut.json.gz"
    cut.write_bytes(gzip.compress(whole.read_bytes())[:-2_000])
    assert main(["check", str(cut), "--pack", pack]) == UNDONE
    shown = capsys.readouterr()
    assert "NON_COMPLIANT" in shown.out
    assert "cut.json.gz" in shown.err
    assert "Traceback" not in shown.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--rule", "no-such-rule"], "no managed rule no-such-rule"),
        (["--rule", "restricted-ssh,foo=1"], "no parameter foo"),
        (["--rule", "encrypted-volumes,kmsId"], "kmsId is given no value"),
        (["--rule", "restricted-ssh", "--parameter", "x"], ""),
    ],
)
def test_what_cannot_be_asked_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    code = main(["check", volumes(tmp_path / "s.json", True), *arguments])
    assert code == (UNDONE if says else WELL)
    assert says in capsys.readouterr().err


def test_nothing_to_check_by_is_a_wrong_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", volumes(tmp_path / "s.json", True)]) == 2
    assert "nothing to check by" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("desired-instance-type", "required parameter [instanceType] is not present"),
        ("ec2-stopped-instance,AllowedDays=abc", "it takes a whole number"),
    ],
)
def test_a_rule_with_wrong_parameters_is_not_asked_and_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rule: str, says: str
) -> None:
    assert main(["check", volumes(tmp_path / "s.json", True), "--rule", rule]) == UNDONE
    assert says in capsys.readouterr().out


def test_a_rule_that_is_none_does_not_keep_the_others_away_and_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(PACK.replace("AWS_CONFIG_PROCESS_CHECK", "NO_SUCH_RULE"))
    assert main(["check", volumes(tmp_path / "good.json", True), "--pack", str(path)]) == UNDONE
    shown = capsys.readouterr().out
    assert "NO_SUCH_RULE is no managed rule of AWS Config." in shown
    assert "volumes  COMPLIANT" in shown

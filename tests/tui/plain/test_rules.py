"""`configscope rules` as it is typed: the list, and a rule tried on an item of a file."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.backend.files.samples import history, item, write
from tui.cli import main
from tui.plain.given import FOUND, UNDONE, WELL


@pytest.fixture(autouse=True)
def _logs_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.log.log_to_file", lambda: None)


@pytest.fixture
def volume(tmp_path: Path) -> str:
    """Two items of a volume: encrypted first, then not."""
    body = {"attachments": [{"state": "attached"}]}
    items = [
        item(
            n,
            resourceType="AWS::EC2::Volume",
            resourceId="vol-1",
            configurationItemCaptureTime=f"2026-03-0{n}T00:00:00Z",
            configuration={**body, "encrypted": n == 1},
        )
        for n in (1, 2)
    ]
    return str(write(tmp_path / "history.json", history(*items)))


def test_the_list_finds_rules_by_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "list", "bucket", "public", "--output", "csv"]) == WELL
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert rows[0]["name"] in ("s3-bucket-public-read-prohibited", "s3-bucket-public-write-prohibited")
    assert all(row["evaluated"] in ("yes", "no") for row in rows)
    assert main(["rules", "list", "nothing-is-called-so"]) == WELL
    assert "0 of 833" in capsys.readouterr().err


def test_the_list_takes_the_search_of_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "list", "type:Bucket", "trigger:periodic", "--output", "csv"]) == WELL
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert rows
    assert all("Bucket" in row["types"] and "periodic" in row["triggers"] for row in rows)
    assert main(["rules", "list", "type:Bucket", "-trigger:periodic", "--output", "csv"]) == WELL
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert rows
    assert all("periodic" not in row["triggers"] for row in rows)
    assert main(["rules", "list", "typ:Bucket"]) != WELL
    assert "did you mean type:?" in capsys.readouterr().err
    assert main(["rules", "list", "there:yes"]) != WELL
    assert "asks for the rules of an account" in capsys.readouterr().err


def test_a_rule_tried_on_items_of_a_resource(volume: str, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--file", volume, "--item", "vol-1"]
    assert main(["rules", "try", "encrypted-volumes", *where]) == FOUND
    assert "configuration.encrypted" in capsys.readouterr().out
    assert main(["rules", "try", "encrypted-volumes", *where, "--history", "--output", "json"]) == FOUND
    told = json.loads(capsys.readouterr().out)
    assert [(one["captured"][:10], one["compliance"]) for one in told] == [
        ("2026-03-02", "NON_COMPLIANT"),
        ("2026-03-01", "COMPLIANT"),
    ]
    assert main(["rules", "try", "encrypted-volumes", *where, "--as-of", "2026-03-01T12:00"]) == WELL


def test_an_item_of_a_file_needs_no_world(
    volume: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main(["rules", "try", "encrypted-volumes", "--item", volume]) == WELL
    assert main(["rules", "try", "encrypted-volumes", "--item", volume, "--history"]) == FOUND
    capsys.readouterr()
    assert main(["rules", "try", "encrypted-volumes", "--item", volume, "--parameter", "foo=1"]) == UNDONE
    shown = capsys.readouterr()
    assert "INSUFFICIENT_DATA" in shown.out
    assert "no parameter foo" in shown.err
    assert [each.name for each in tmp_path.iterdir()] == ["history.json"]


def test_a_rule_that_is_not_evaluated_here_gets_no_verdict(volume: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "try", "cloudformation-stack-drift-detection-check", "--item", volume]) == UNDONE
    shown = capsys.readouterr()
    assert "NOT_APPLICABLE" not in shown.out
    assert "is not evaluated here" in shown.err


def test_a_policy_and_an_item_from_files(volume: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = tmp_path / "mine.guard"
    policy.write_text("rule encrypted { configuration.encrypted == %CONFIG_RULE_PARAMETERS.on }")
    policy.write_text("rule encrypted { configuration.encrypted == true <<turn it on>> }")
    assert main(["rules", "try", str(policy), "--file", volume, "--item", "vol-1"]) == FOUND
    assert "turn it on" in capsys.readouterr().out
    policy.write_text("rule encrypted { configuration.encrypted === true }")
    assert main(["rules", "try", str(policy), "--file", volume, "--item", "vol-1"]) == UNDONE
    assert "line 1, column" in capsys.readouterr().err


def test_a_rule_that_does_not_look_at_the_type(volume: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "try", "restricted-ssh", "--file", volume, "--item", "vol-1"]) == UNDONE
    assert "No rule looks at this resource" in capsys.readouterr().err

"""`configscope compliance` over files: the verdicts that they hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.backend.client.test_recorded import BAD, CLOSED, GOOD, OPEN, verdict
from tests.backend.files.samples import item, snapshot, write
from tui.cli import main
from tui.plain.given import FOUND, UNDONE, WELL


@pytest.fixture(autouse=True)
def _logs_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.log.log_to_file", lambda: None)


def test_recorded_verdicts_are_printed_by_rule_and_by_resource(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    items = (item(1), verdict(OPEN, encrypted=BAD, tags=GOOD), verdict(CLOSED, encrypted=GOOD))
    path = str(write(tmp_path / "s.json.gz", snapshot(*items)))
    assert main(["compliance", "--file", path, "--output", "csv"]) == FOUND
    assert "encrypted,NON_COMPLIANT,1," in capsys.readouterr().out
    assert main(["compliance", "--file", path, "--rule", "encrypted", "--all", "--output", "csv"]) == FOUND
    assert {line.split(",")[3] for line in capsys.readouterr().out.splitlines()[1:]} == {"vol-1", "vol-2"}
    assert main(["compliance", "--file", path, "--rule", "tags", "--all"]) == WELL


def test_files_without_verdicts_say_what_judges_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(write(tmp_path / "s.json", snapshot(item(1))))
    assert main(["compliance", "--file", path]) == UNDONE
    assert "These files hold no verdicts. configscope check judges them by rules." in capsys.readouterr().err

"""`configscope inspect` as it is typed: files of lines, days without items, and what a file may inflate to."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tui.cli import main
from tui.plain.given import FOUND, WELL, WRONG_LINE
from tui.plain.inspect import FAILED


@pytest.fixture(autouse=True)
def _logs_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.log.log_to_file", lambda: None)


def lines(path: Path, *days: int, more: str = "") -> Path:
    common = {
        "resourceType": "AWS::EC2::VPC",
        "configurationItemStatus": "OK",
        "awsAccountId": "123456789012",
        "awsRegion": "eu-west-1",
        "ARN": "arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1",
        "configuration": {},
    }
    items = [
        {**common, "resourceId": f"vpc-{day}", "configurationItemCaptureTime": f"2026-03-{day:02}T00:00:00Z"}
        for day in days
    ]
    text = "\n".join(map(json.dumps, items)) + more
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def test_lines_and_days_without_items(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = lines(tmp_path / "items.ndjson", 1, 2, 6, 8)
    assert main(["inspect", str(path)]) == WELL
    shown = capsys.readouterr().out
    assert "one after the other, as files of an item a line are (NDJSON)" in shown
    assert "4 of 8 days, the longest time 3 days from 2026-03-03 to 2026-03-05" in shown
    assert main(["inspect", str(path), "--output", "json"]) == WELL
    [told] = json.loads(capsys.readouterr().out)
    assert told["form"] == "ndjson"
    assert told["gaps"] == {
        "days": 8,
        "daysWithoutItems": 4,
        "longestDays": 3,
        "longestFrom": "2026-03-03T00:00:00.000Z",
    }


def test_a_line_that_is_no_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = lines(tmp_path / "items.ndjson", 1, 2, more="\n{oops\n")
    assert main(["inspect", str(path)]) == FOUND
    place = path.read_text().index("{oops")
    assert f"1 × entries that are no valid JSON (from byte {place:,})" in capsys.readouterr().out


@pytest.mark.parametrize(("size", "code"), [("500", FAILED), ("0.5k", FAILED), ("1M", WELL), ("10 GiB", WELL)])
def test_what_a_file_may_inflate_to(tmp_path: Path, size: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    path = lines(tmp_path / "items.ndjson.gz", 1, 2, 3)
    assert main(["inspect", str(path), "--largest", size]) == code
    assert ("--largest SIZE" in capsys.readouterr().err) == (code == FAILED)


@pytest.mark.parametrize("size", ["much", "0", "-1G", "1P", "G"])
def test_a_size_that_is_none(tmp_path: Path, size: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = lines(tmp_path / "items.ndjson", 1)
    assert main(["inspect", str(path), "--largest", size]) == WRONG_LINE
    assert "is no size: it is a number with K, M, G or T" in capsys.readouterr().err

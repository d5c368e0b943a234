"""The evidence bundle: what is in it, that it is the same twice, and that nothing in it acts."""

from __future__ import annotations

import csv
import hashlib
import json
import zipfile
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backend import connect
from backend.connect import Connection, Target
from backend.model.compliance import Evaluation
from backend.model.item import ResourceKey
from backend.model.problem import Denied
from tests.tui.fake_session import NOW, FakeConnection, World, item
from tests.tui.hostile import HOSTILE
from tests.tui.opened import SMALL, opened
from tui.cli import main
from tui.report.bundle import SUMS

NAMES = {
    "report.html",
    "report.md",
    "report.json",
    "resources.csv",
    "compliance.csv",
    "changes.csv",
    "items.json",
    SUMS,
}

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    real = connect.open

    def fake_open(target: Target, progress: Any = None) -> AbstractAsyncContextManager[Connection]:
        return real(target, progress) if target.kind == "files" else FakeConnection(world).open(progress)

    monkeypatch.setattr(connect, "open", fake_open)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("tui.log.log_to_file", lambda: None)

    def running(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        out, err = capsys.readouterr()
        return code, out, err

    return running


def _reports(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith("configscope-report-")]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.requirement("INV-09")
async def test_r_writes_the_evidence_of_the_moment_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(SMALL) as it:
        await it.press("R")
        for _ in range(300):
            if "Report as of" in it.text:
                break
            await it.pilot.pause(0.01)
        assert "2026-03-07 14:22:31 UTC" in it.text
        [folder] = _reports(tmp_path)
        assert {path.name for path in folder.iterdir()} == NAMES
        await it.line("report soon")
        assert "not a moment" in it.text


@pytest.mark.requirement("SNP-14")
async def test_a_report_tells_every_configuration_of_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(SMALL) as it:
        await it.line("report -2d")
        for _ in range(300):
            if "Report as of" in it.text:
                break
            await it.pilot.pause(0.01)
        [folder] = _reports(tmp_path)
        [then] = json.loads((folder / "items.json").read_text())["configurationItems"]
        assert then["configuration"] == {"instanceType": "t3.small"}
        assert "are those of now, not of then" in (folder / "report.md").read_text().replace("\\", "")


def test_what_the_bundle_holds(run: Run, tmp_path: Path) -> None:
    code, out, err = run("report", "--out", str(tmp_path / "r"), "--output", "json")
    assert code == 0
    folder = tmp_path / "r"
    assert {Path(one["file"]).name for one in json.loads(out)} == NAMES
    assert [row["annotation"] for row in rows(folder / "compliance.csv")] == ["The volume is not encrypted."]
    changed = rows(folder / "changes.csv")
    assert ("UPDATE", "i-0a1") in {(row["change"], row["id"]) for row in changed}
    assert len(rows(folder / "resources.csv")) == 5
    found = json.loads((folder / "report.json").read_text())
    assert any("history fails: NoSuchBucket" in gap for gap in found["gaps"])
    assert "Gap: The delivery of history fails" in err
    for line in (folder / SUMS).read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert (folder / "report.html").stat().st_mode & 0o077 == 0


@pytest.mark.requirement("SNP-15")
def test_the_items_of_a_report_are_read_back_as_a_snapshot(run: Run, tmp_path: Path) -> None:
    assert run("report", "--out", str(tmp_path / "r"))[0] == 0
    code, out, _ = run("item", "i-0a1", "--file", str(tmp_path / "r" / "items.json"), "--raw")
    assert code == 0
    assert json.loads(out)["configuration"]["instanceType"] == "t3.large"


def test_the_same_data_give_the_same_bytes(run: Run, tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        assert run("report", "--out", str(tmp_path / name), "--as-of", "2026-03-06T00:00")[0] == 0
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as packed:
        assert set(packed.namelist()) == NAMES
    run("report", "--out", str(tmp_path / "one.zip"), "--as-of", "2026-03-06T00:00")
    assert (tmp_path / "one-2.zip").exists()


def test_what_is_refused_is_a_gap_and_not_the_end(run: Run, world: World, tmp_path: Path) -> None:
    for part in ("recorder", "compliance", "snapshots"):
        world.fails[part] = Denied("Not allowed", f"the credentials lack the right to read {part}")
    assert run("report", "--out", str(tmp_path / "r"))[0] == 0
    text = (tmp_path / "r" / "report.html").read_text()
    for part in ("recorder", "compliance", "snapshots"):
        assert f"right to read {part}" in text


def test_a_report_of_a_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    entry = {"resourceType": "AWS::EC2::Volume", "resourceId": "vol-1", "configuration": {"size": 1}}
    path.write_bytes(msgspec.json.encode({"configSnapshotId": "x", "configurationItems": [entry]}))
    assert run("report", "--file", str(path), "--out", str(tmp_path / "r"))[0] == 0
    found = json.loads((tmp_path / "r" / "report.json").read_text())
    assert [row["id"] for row in found["resources"]] == ["vol-1"]
    assert any("A file tells nothing of the recorder" in gap for gap in found["gaps"])


@pytest.mark.parametrize(
    "arguments", [("--as-of", "soon"), ("--as-of", "-2d", "--since", "-1d"), ("--out", "/nowhere/r")]
)
def test_a_report_that_cannot_be_made_is_told(run: Run, arguments: tuple[str, ...]) -> None:
    code, out, _ = run("report", *arguments)
    assert (code, out) == (1, "")


def test_hostile_names_are_only_text_in_every_file(run: Run, world: World, tmp_path: Path) -> None:
    for number, bad in enumerate([*HOSTILE.values(), "<script>alert(1)</script>", "=HYPERLINK(1)", "|x| **y**"]):
        key = ResourceKey(f"AWS::X::{bad[:200]}", f"{bad[:200]}{number}")
        world.estate[key] = [item(key, bad[:1000], tags={bad[:200]: bad[:200]}, configuration={bad[:200]: bad[:200]})]
        world.evaluations.append(
            Evaluation(
                rule=bad[:200],
                resource_type=bad[:200],
                resource_id=bad[:200],
                compliance="NON_COMPLIANT",
                annotation=bad[:200],
                recorded_time=NOW,
            )
        )
    assert run("report", "--out", str(tmp_path / "r"))[0] == 0
    html = (tmp_path / "r" / "report.html").read_text()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    for name in ("report.html", "report.md", "report.json", "items.json"):
        assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set((tmp_path / "r" / name).read_text()), name
    for name in ("resources.csv", "compliance.csv", "changes.csv"):
        for row in rows(tmp_path / "r" / name):
            assert not any(cell[:1] in set("=+-@") for cell in row.values()), name

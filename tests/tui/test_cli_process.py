"""The command as it is started from a shell: what it imports, that it ends, that it works on a world of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
HEAVY = ("textual", "aiobotocore", "botocore", "networkx", "moto", "uvicorn", "numpy", "backend.engine", "backend.wire")


def run(*arguments: str, home: Path, python: tuple[str, ...] = ("-m", "tui.cli")) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(CHECKOUT), "LANG": "C.UTF-8"}
    return subprocess.run(
        [sys.executable, *python, *arguments],
        env=environment,
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def imported(*arguments: str, home: Path) -> set[str]:
    """Modules that are loaded when a command line has been run."""
    script = (
        "import json, sys\n"
        "from tui.cli import main\n"
        "main(sys.argv[1:])\n"
        "sys.stderr.write('\\n' + json.dumps(sorted(sys.modules)))\n"
    )
    ran = run(*arguments, home=home, python=("-c", script))
    return set(json.loads(ran.stderr.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("status", "--help"), ("serve", "--help"), ()])
def test_help_and_refusals_import_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    loaded = imported(*arguments, home=tmp_path)
    assert [name for name in HEAVY if name in loaded] == []


def test_opening_a_bad_file_imports_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("no")
    loaded = imported("open", "f", home=tmp_path)
    assert [name for name in HEAVY if name in loaded] == []


def test_plain_subcommands_work_without_textual(tmp_path: Path) -> None:
    loaded = imported("status", "--empty", home=tmp_path)
    assert "backend.engine.engine" in loaded
    assert [name for name in ("textual", "networkx") if name in loaded] == []


def test_status_of_an_account_on_its_first_day(tmp_path: Path) -> None:
    ran = run("status", "--empty", "--output", "json", home=tmp_path)
    assert ran.returncode == 3, ran.stderr
    assert json.loads(ran.stdout)["recorder"] is None


def test_resources_of_a_small_world(tmp_path: Path) -> None:
    ran = run("resources", "--memory", "--resources", "20", "--type", "AWS::EC2::VPC", "--output", "csv", home=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[0] == "type,id,name,region"
    assert ran.stdout.splitlines()[1].startswith("AWS::EC2::VPC,vpc-")


def test_the_explorer_does_not_hang_without_a_terminal(tmp_path: Path) -> None:
    ran = run(home=tmp_path)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.count("\n") == 1
    assert "needs a terminal" in ran.stderr


def test_an_endpoint_where_nobody_answers(tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text("[default]\naws_access_key_id=x\naws_secret_access_key=y\n")
    ran = run("status", "--aws", "--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:9", home=tmp_path)
    assert ran.returncode == 1
    assert "Nobody answers" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_what_libraries_log_stays_off_the_terminal(tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text("[default]\naws_access_key_id=x\naws_secret_access_key=y\n")
    ran = run("status", "--aws", "--region", "eu-west-1", "--role-arn", "no-arn", home=tmp_path)
    assert ran.returncode == 1
    assert "RoleArn" in ran.stderr
    assert "Traceback" not in ran.stderr
    (log,) = tmp_path.rglob("configscope.log")
    assert "Traceback" in log.read_text(encoding="utf-8")

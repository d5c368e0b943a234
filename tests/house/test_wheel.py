"""The wheel works outside the checkout, and shares no file with another distribution."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import msgspec
import pytest

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(CHECKOUT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("configscope-*.whl"))


@pytest.fixture(scope="module")
def empty_environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment that holds the wheel alone; its dependencies are lent by the environment of the tests."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")]
    command = [*pip, "install", "--no-deps", "--no-index", "--ignore-installed", str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def test_the_wheel_opens_a_world_in_an_empty_environment(empty_environment: Path, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    command = [str(empty_environment / "bin" / "configscope"), "--memory", "status", "--output", "json"]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode in (0, 1), ran.stderr
    assert msgspec.json.decode(ran.stdout)["recorder"]["name"] == "default"
    where = [str(empty_environment / "bin" / "python"), "-c", "import backend; print(backend.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout
    assert found.startswith(str(empty_environment))


def test_the_wheel_writes_over_no_file_of_another_distribution(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        own = {name for name in archive.namelist() if ".dist-info/" not in name}
    taken = {
        str(file): distribution.metadata["Name"]
        for distribution in metadata.distributions()
        if distribution.metadata["Name"] != "configscope"
        for file in distribution.files or ()
    }
    assert not {name: taken[name] for name in own & taken.keys()}
    assert {name.split("/")[0] for name in own} == {"backend", "themes", "tui"}

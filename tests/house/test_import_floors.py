"""What each way in may not import: a slow or heavy module on the way to the first line is a bug."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest

HEAVY = {"aiobotocore", "botocore", "boto3", "networkx", "numpy", "moto", "uvicorn", "backend.engine.parts"}

AFTER_FIRST_PAINT = (
    "tui.actions", "tui.panes", "tui.palette", "tui.log", "tui.equivalents", "tui.exporting",
    "tui.screens.dashboard", "tui.screens.menu", "tui.screens.item", "tui.screens.line", "tui.widgets.table",
    "tui.widgets.json_tree", "backend.client", "backend.wire", "backend.engine", "backend.files", "sqlite3", "csv",
)  # fmt: skip
"""What the frame that is painted first can do without, and all below it."""


def modules_after(code: str) -> set[str]:
    """The modules a fresh interpreter has imported once `code` ran."""
    report = "import sys as _s, json as _j; _s.stdout.write('\\n' + _j.dumps(sorted(_s.modules)))"
    ran = subprocess.run([sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=True)
    return set(msgspec.json.decode(ran.stdout.splitlines()[-1]))


def command_line(*arguments: str) -> str:
    return (
        "import sys\n"
        "from tui.cli import main\n"
        f"sys.argv = ['configscope', *{list(arguments)!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass"
    )


@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), ("status", "--help"), ("resources", "--help"), ("serve", "--help")]
)
def test_asking_for_help_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert not modules_after(command_line(*arguments)) & (HEAVY | {"textual", "rich"})


def test_the_plain_subcommands_never_import_textual() -> None:
    assert "textual" not in modules_after(command_line("--empty", "status", "--output", "json"))


@pytest.mark.parametrize("arguments", [("settings",), ("keys", "--list")])
def test_settings_are_told_without_textual(arguments: tuple[str, ...]) -> None:
    assert not modules_after(command_line(*arguments)) & (HEAVY | {"textual"})


def test_nothing_heavy_is_imported_before_the_first_paint() -> None:
    assert not modules_after("import tui.app, tui.screens.dashboard") & HEAVY


def test_the_first_paint_waits_for_no_pane_page_or_client() -> None:
    imported = modules_after("import tui.cli, tui.launch, tui.app")
    assert not [name for name in sorted(imported) if name.startswith(AFTER_FIRST_PAINT)]


def test_importing_connect_costs_nothing() -> None:
    assert not modules_after("import backend.connect") & (HEAVY | {"textual"})

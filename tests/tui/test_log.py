"""The log file: private, and without secrets."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.log import log_to_file


@pytest.fixture(autouse=True)
def handlers_as_before() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    for handler in root.handlers[:]:
        if handler not in before:
            handler.close()
    root.handlers[:] = before
    root.setLevel(level)


def test_warnings_go_to_a_private_file_without_secrets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = log_to_file(tmp_path / "state" / "reports")
    assert path is not None
    logging.getLogger("botocore").debug("headers")
    logging.getLogger("configscope.wire").warning("refused AKIAABCDEFGHIJKLMNOP")
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") == 1
    assert "refused [blotted out]" in text
    assert path.stat().st_mode & 0o777 == 0o600
    assert capsys.readouterr().err == ""


def test_a_folder_that_cannot_be_written_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert log_to_file(tmp_path / "file" / "reports") is None

from __future__ import annotations

from pathlib import Path

from tui.crash import write_report


def _fail() -> Exception:
    secret = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYxx"
    try:
        raise RuntimeError(f"refused AKIAIOSFODNN7EXAMPLE with {secret}")
    except RuntimeError as error:
        return error


def test_a_report_is_private_and_holds_no_values_and_no_keys(tmp_path: Path) -> None:
    report = write_report(_fail(), tmp_path / "reports")
    assert report is not None
    assert report.stat().st_mode & 0o777 == 0o600
    text = report.read_text()
    assert "RuntimeError: refused [blotted out] with [blotted out]" in text
    assert "_fail" in text


def test_a_folder_that_cannot_be_written_gives_no_report_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert write_report(_fail(), tmp_path / "file") is None

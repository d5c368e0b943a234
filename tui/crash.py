"""Reports of configscope's own defects: a private file without values of variables; the screen gets its path."""

from __future__ import annotations

import os
import re
import traceback
from datetime import UTC, datetime
from pathlib import Path

_SECRETS = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|(?<![A-Za-z0-9/+=])[A-Za-z0-9/+=]{40,}(?![A-Za-z0-9/+=])")


def report_folder() -> Path:
    """Where reports go: the user's state folder."""
    import platformdirs  # a start that goes well does not pay for it

    return Path(platformdirs.user_state_dir("configscope")) / "reports"


def write_report(error: BaseException, folder: Path | None = None) -> Path | None:
    """Write the traceback of `error` to a file of mode 0600 and return its path; None when no file can be written.

    Only source lines and messages are in it, with what looks like a key or a token blotted out.
    """
    text = blotted("".join(traceback.format_exception(error)))
    now = datetime.now(UTC)
    path = (folder or report_folder()) / f"{now:%Y%m%dT%H%M%S}-{os.getpid()}-{now.microsecond:06}.txt"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        return None
    return path


def blotted(text: str) -> str:
    """A text without what looks like a key or a token; the lines that name source files stay as they are."""
    lines = text.splitlines(keepends=True)
    return "".join(line if line.startswith('  File "') else _SECRETS.sub("[blotted out]", line) for line in lines)

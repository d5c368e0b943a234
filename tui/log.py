"""The log file: what libraries and the loopback server have to say while the screen belongs to the explorer."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

from tui.crash import blotted, report_folder

MAX_BYTES = 1_000_000
"""After this much the file becomes the old one, and the old one goes."""


def log_to_file(folder: Path | None = None) -> Path | None:
    """Send warnings and worse to a file of mode 0600 instead of the terminal; its path, None when it cannot be written.

    Only warnings: the debug log of botocore holds signed requests and whole answers.
    """
    path = (folder or report_folder()).parent / "configscope.log"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    except OSError:
        logging.getLogger().addHandler(logging.NullHandler())
        return None
    handler = RotatingFileHandler(path, maxBytes=MAX_BYTES, backupCount=1, encoding="utf-8", delay=True)
    handler.setFormatter(_Blotting("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    return path


class _Blotting(logging.Formatter):
    """Writes records without what looks like a key or a token."""

    def format(self, record: logging.LogRecord) -> str:
        return blotted(super().format(record))

"""Writing what a pane shows to a file of one's own."""

from __future__ import annotations

import os
import re
from pathlib import Path

from backend.model.moment import Moment, to_compact
from backend.model.problem import BadInput


def write(name: str, suffix: str, text: str, now: Moment, wanted: str = "") -> Path:
    """Write `text` to the wanted path, or to `configscope-<name>-<time>.<suffix>` in the working folder.

    A file is never written over, and only its owner can read it. Raises `BadInput` when it cannot be written.
    """
    safe = re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-").lower() or "pane"
    path = Path(wanted).expanduser() if wanted else Path(f"configscope-{safe}-{to_compact(now)}.{suffix}")
    if path.is_dir():
        path /= f"configscope-{safe}-{to_compact(now)}.{suffix}"
    for number in range(1, 100):
        target = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        try:
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        except OSError as error:
            raise BadInput(f"{target} cannot be written", error.strerror or "") from error
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text if text.endswith("\n") else text + "\n")
        return target.absolute()
    raise BadInput(f"{path} and 98 more of that name exist already")

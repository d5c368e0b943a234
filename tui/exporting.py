"""Writing what a pane shows to a file of one's own."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from backend.model.moment import Moment, to_compact
from backend.model.problem import BadInput


def copy_file(source: Path, name: str, wanted: str = "") -> Path:
    """Copy a file to the wanted path or folder, or under `name` into the working folder; where it is now.

    A file is never written over, and only its owner can read it. Takes as long as it takes: for a thread. Raises
    `BadInput` when it cannot be written.
    """
    safe = re.sub(r"[^A-Za-z0-9._:-]", "_", name).lstrip(".")[-150:] or "object"
    path = Path(wanted).expanduser() if wanted else Path(safe)
    if path.is_dir():
        path /= safe
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise BadInput(f"{path} is there already", "nothing is written over", "Name another path: w") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be written", error.strerror or "") from error
    try:
        with os.fdopen(descriptor, "wb") as file, source.open("rb") as content:
            shutil.copyfileobj(content, file)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise BadInput(f"{path} cannot be written", error.strerror or "") from error
    return path.absolute()


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

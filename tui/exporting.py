"""Writing what a pane shows to a file of one's own."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
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
    for target in places(name, suffix, now, wanted):
        try:
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        except OSError as error:
            raise BadInput(f"{target} cannot be written", error.strerror or "") from error
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text if text.endswith("\n") else text + "\n")
        return target.absolute()
    raise BadInput(f"{next(places(name, suffix, now, wanted))} and 98 more of that name exist already")


def free(candidates: Iterator[Path]) -> Path:
    """The first path at which there is no file. Raises `BadInput` when there is one at each."""
    for path in candidates:
        if not path.exists():
            return path.absolute()
    raise BadInput("That file and 98 more of the name exist already", "nothing is written over")


def places(name: str, suffix: str, now: Moment, wanted: str = "") -> Iterator[Path]:
    """Where an export may go: the wanted path, or one named for what it is and the time; then the same with numbers."""
    safe = re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-").lower() or "pane"
    path = Path(wanted).expanduser() if wanted else Path()
    if path.is_dir():
        path /= f"configscope-{safe}-{to_compact(now)}.{suffix}"
    yield path
    # A suffix can have two parts: x-2.json.gz, not x.json-2.gz.
    ending = path.name[-len(suffix) - 1 :] if path.name.lower().endswith(f".{suffix}") else path.suffix
    for number in range(2, 100):
        yield path.with_name(f"{path.name.removesuffix(ending)}-{number}{ending}")

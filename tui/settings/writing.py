"""Writing the settings file: the example, or one value in what the person has there."""

from __future__ import annotations

import os
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from backend.model.problem import BadInput
from tui.settings.example import example, toml
from tui.settings.lines import lines_of

_PRIVATE = 0o600


def init(path: Path) -> None:
    """Write the example where no file is yet. Raises `BadInput` where there is one, or it cannot be written."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    except FileExistsError as error:
        raise BadInput(f"{path} is there already", "it is left as it is") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be written", error.strerror or "") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(example())


def set_value(path: Path, name: str, value: Any) -> None:
    """Set one value in the file and leave all else as it is. Raises `BadInput` when that cannot be done."""
    try:
        text = path.read_text("utf-8") if path.exists() else ""
        tomllib.loads(text)
    except OSError as error:
        raise BadInput(f"{path} cannot be read", error.strerror or "") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} is not TOML", str(error), "Mend it first") from error
    lines = text.splitlines()
    setting = f"{name} = {toml(value)}"
    at = lines_of(text).get(name)
    if at is not None:
        lines[at - 1] = setting
    else:
        # Before the first table: below its header the name would be one of the table.
        first = min((number for number, line in enumerate(lines) if line.lstrip().startswith("[")), default=len(lines))
        lines.insert(first, setting)
    changed = "\n".join(lines) + "\n"
    try:
        tomllib.loads(changed)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{name} in {path} goes over several lines", "", f"Write {setting} there yourself") from error
    _replace(path, changed)


def _replace(path: Path, text: str) -> None:
    """The whole new file or the whole old one, whatever happens meanwhile."""
    path = path.resolve()  # a link into a folder of dotfiles stays a link
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".settings-")  # of mode 0600
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).replace(path)
    except OSError as error:
        raise BadInput(f"{path} cannot be written", error.strerror or "") from error

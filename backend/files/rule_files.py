"""Files of rules: small texts, read no further than rules may be long."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from backend.files.source import called
from backend.model.problem import BadInput
from backend.rules.asked import AskedRule
from backend.rules.given import LARGEST, read_rules


def read_text(path: Path) -> str:
    """The text of a file of rules. Raises `BadInput`."""
    name = called(path)
    try:
        with path.expanduser().open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) else None
        raise BadInput(f"{name} cannot be read", why or "it is no file") from error
    if len(data) > LARGEST:
        raise BadInput(f"{name} is larger than the {LARGEST // 1024} KiB that rules may have")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{name} is no text in UTF-8", f"byte {error.start:,} is none of it") from error


def rules_in(path: Path, parameters: Mapping[str, str] | None = None) -> list[AskedRule]:
    """The rules of a file, with values for the parameters of a template. Raises `BadInput` as `read_rules`."""
    return read_rules(called(path), read_text(path), parameters or {})

"""The files in a folder, as a bucket of AWS Config has them when it is copied: by account, region and day."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from backend.model.address import JSON_FILES
from backend.model.delivery import delivered_as
from backend.model.problem import BadInput

MOST = 20_000
"""Files taken out of one folder; more are asked for by a narrower one."""


def files_in(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The named files, and in place of each folder the files below it that AWS Config delivered, oldest name first.

    A folder without any gives all its JSON files. Raises `BadInput` for a folder that gives none, or too many.
    """
    found: dict[Path, None] = {}
    for path in paths:
        found.update(dict.fromkeys(_below(path) if path.is_dir() else (path,)))
    return tuple(found)


def _below(folder: Path) -> list[Path]:
    unread: list[OSError] = []
    names = [
        Path(parent, name)
        for parent, _, files in os.walk(folder, onerror=unread.append)
        for name in files
        if name.endswith(JSON_FILES)
    ]
    if unread and not names:
        raise BadInput(f"{folder} cannot be read", unread[0].strerror or str(unread[0]))
    delivered = [path for path in names if delivered_as(path.name)]
    chosen = sorted(delivered or names, key=lambda path: (path.name, path))
    if not chosen:
        raise BadInput(f"There is no JSON file below {folder}", remedy="Name a folder of a bucket, or a file")
    if len(chosen) > MOST:
        raise BadInput(
            f"{folder} holds {len(chosen):,} files", f"{MOST:,} are taken at most", "Name a folder of one month or day"
        )
    return chosen

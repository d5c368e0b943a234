"""Where a person's own files are: the settings and the themes, in the configuration folder of XDG."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def folder(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of configscope; XDG wants relative paths ignored."""
    given = environment.get("XDG_CONFIG_HOME", "")
    if given.startswith("/"):
        return Path(given) / "configscope"
    return Path(environment.get("HOME") or "~").expanduser() / ".config" / "configscope"


def settings_file(environment: Mapping[str, str] = os.environ) -> Path:
    return folder(environment) / "settings.toml"


def themes_folder(environment: Mapping[str, str] = os.environ) -> Path:
    return folder(environment) / "themes"


def short(path: Path, environment: Mapping[str, str] = os.environ) -> str:
    """A path as people write it, with `~` for their home."""
    home = environment.get("HOME", "")
    text = str(path)
    return f"~{text[len(home) :]}" if home and text.startswith(f"{home.rstrip('/')}/") else text

"""The file that `configscope settings --init` writes: every setting with its sentence and default, all commented out.

It is made from the settings themselves, and a test loads it, so it cannot grow stale.
"""

from __future__ import annotations

import json
from typing import Any

from tui.commands import COMMANDS
from tui.commands.lists import LIST_KEYS
from tui.settings.keymap import FIXED
from tui.settings.values import fields

_HEAD = """\
# Settings of configscope. Take the “# ” away before a name to set it; `configscope settings` says what holds and why.
# An environment variable (CONFIGSCOPE_THEME=paper) goes before this file, an option (--theme paper) before both.
"""
_KEYS_HEAD = """\

[keys]
# Keys by command: one, several ("r,f5" or ["r", "f5"]), or none ("").
# `configscope keys` shows what your terminal sends for a key.
"""


def example() -> str:
    """The text of the file."""
    parts = [_HEAD]
    for one in fields():
        parts.append(f"\n# {one.doc}\n# A value is {one.expects}.\n# {one.name} = {toml(one.default)}\n")
    parts.append(_KEYS_HEAD)
    parts += [f"# {one.id} = {toml(one.keys)}  # {one.name}\n" for one in COMMANDS if one.id not in FIXED]
    parts += [f"# {one.id} = {toml(one.keys)}  # {one.name}, in {one.where}\n" for one in LIST_KEYS]
    return "".join(parts)


def toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple | list):
        return f"[{', '.join(toml(one) for one in value)}]"
    return json.dumps(value, ensure_ascii=False)

"""`configscope settings`: what holds, and where each value comes from."""

from __future__ import annotations

import sys

from tui.plain.output import Format, say, write_rows
from tui.settings import Loaded, places
from tui.settings.example import toml
from tui.settings.keymap import judge
from tui.settings.values import fields
from tui.settings.writing import init
from tui.text import visible


def settings(loaded: Loaded, form: Format, *, explain: bool) -> int:
    """Show every setting with its value and origin, and say what was wrong; 1 when something was."""
    keymap = judge(loaded.keys, loaded.path.name)
    rows = []
    for one in fields():
        row = [one.name, toml(getattr(loaded.settings, one.name)), loaded.origin(one.name).told()]
        rows.append([*row, one.doc] if explain or form is not Format.TABLE else row)
    for name, wish in loaded.keys.items():
        row = [f"keys.{name}", toml(list(wish.keys)), f"file, line {wish.line}"]
        rows.append([*row, "The keys of this command."] if explain or form is not Format.TABLE else row)
    columns = ["setting", "value", "from", "what it is"]
    write_rows(form, columns if len(rows[0]) == 4 else columns[:3], rows)
    if form is Format.TABLE:
        found = "" if loaded.found else " (there is none yet; configscope settings --init writes one)"
        say(f"\nFile: {places.short(loaded.path)}{found}".lstrip("\n"))
        say(f"Themes of your own: {places.short(loaded.path.parent / 'themes')}")
    warnings = [*loaded.warnings, *keymap.warnings]
    for warning in warnings:
        say(f"configscope: {warning}")
    return 1 if warnings else 0


def show_path(loaded: Loaded) -> int:
    """Only where the file is, for scripts and editors."""
    sys.stdout.write(f"{visible(str(loaded.path))}\n")
    return 0


def write_example(loaded: Loaded) -> int:
    """Write the commented example. Raises `BadInput` where there is a file already."""
    init(loaded.path)
    say(f"Written: {places.short(loaded.path)}. Every setting is in it, commented out.")
    return 0

"""The options of the command line that set something for this one run: they go before the environment and the file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

NAMES = ("theme", "ascii_signs", "no_mouse", "sets")
"""What click calls them."""

_OPTIONS = (
    click.option("--theme", metavar="NAME", help="The colours to start with; T in the explorer shows all."),
    click.option("--ascii", "ascii_signs", is_flag=True, help="Draw with ASCII signs only."),
    click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal; M takes it."),
    click.option(
        "--set", "sets", multiple=True, metavar="NAME=VALUE", help="Any setting; `configscope settings` lists them."
    ),
)


def look_options(command: Command) -> Command:
    """The options that say how the explorer looks, in the order in which the help shows them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def take(options: dict[str, Any]) -> dict[str, tuple[Any, str]]:
    """Take these options out of what click gives: settings by name, each with the option that gave it.

    Raises `click.UsageError` for a `--set` that sets nothing.
    """
    theme, ascii_signs, no_mouse, sets = (options.pop(name) for name in NAMES)
    wishes: dict[str, tuple[Any, str]] = {}
    for one in sets:
        name, sign, value = one.partition("=")
        if not sign or not name.strip():
            raise click.UsageError(f"--set wants NAME=VALUE, as in --set theme=paper, not “{one}”.")
        wishes[name.strip().replace("-", "_")] = (value, f"--set {name.strip()}")
    if theme is not None:
        wishes["theme"] = (theme, "--theme")
    if ascii_signs:
        wishes["ascii"] = ("on", "--ascii")
    if no_mouse:
        wishes["mouse"] = (False, "--no-mouse")
    return wishes

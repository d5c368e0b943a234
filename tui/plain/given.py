"""What all subcommands share: the target they were given, how they print, and what their exit codes mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from backend.model.address import S3Address
from tui import wishes
from tui.targets import FileOrAddress, TargetOptions, reading_options

if TYPE_CHECKING:
    from backend.connect import Target
    from tui.plain.output import Format

Command = TypeVar("Command", bound=Callable[..., Any])

WELL, UNDONE, WRONG_LINE, FOUND = 0, 1, 2, 3
"""The exit codes, the same of every subcommand; `EXIT_CODES` says them in words. 130: interrupted."""

EXIT_CODES = (
    "Exit codes: 0 all is well; 1 something could not be done, and standard error says why; 2 the command line is "
    "wrong; 3 something was found: status a fault, compliance a broken rule, diff a difference."
)

PIPED = Path("/dev/fd/0")
"""Standard input as a file, which a command line calls -."""

FORMATS = ("table", "json", "csv")


class Given(msgspec.Struct):
    """What stood before the subcommand."""

    options: TargetOptions = msgspec.field(default_factory=TargetOptions)
    wishes: dict[str, tuple[Any, str]] = msgspec.field(default_factory=dict)
    debug: bool = False

    def look(self, options: dict[str, Any]) -> dict[str, tuple[Any, str]]:
        """The settings asked for on the command line: those of a subcommand, and those before it."""
        return {**self.wishes, **wishes.take(options)}

    def target(self, options: dict[str, Any]) -> Target:
        """The target of a subcommand: its own options, filled up with those before it."""
        return TargetOptions(**options).over(self.options).target()

    def of_files(self, files: Sequence[Path | S3Address], options: dict[str, Any]) -> Target:
        """The target that named files are; the options of a target choose where the buckets among them are.

        Raises `click.UsageError` for such options of a subcommand where no file is in a bucket.
        """
        if any(isinstance(file, S3Address) for file in files):
            return self.target({**options, "files": tuple(files)})
        given = next((name for name, value in options.items() if value not in (None, False, ())), "")
        if given:
            option = f"--{given.replace('_', '-')}"
            raise click.UsageError(f"{option} chooses where a bucket is, and no file is in one: name s3://BUCKET/…")
        from backend.connect import Target

        return Target(kind="files", files=tuple(files))

    def log(self) -> None:
        """Keep what libraries and the server log off the terminal: they log tracebacks."""
        if not self.debug:
            from tui.log import log_to_file

            log_to_file()


def piped(files: Sequence[Path | S3Address]) -> tuple[Path | S3Address, ...]:
    """The files with standard input in the place of -."""
    return tuple(PIPED if file == Path("-") else file for file in files)


def output(form: str) -> Format:
    """The format of this name."""
    from tui.plain.output import Format

    return Format(form)


output_option = click.option(
    "--output", "form", type=click.Choice(FORMATS), default="table", show_default=True, help="How to print."
)


def _size(_ctx: click.Context, _param: click.Parameter, text: str | None) -> int | None:
    """The bytes of a size as people write it: 10G, 1.5T, 500M, 4096."""
    if text is None:
        return None
    found = _SIZE.fullmatch(text.strip().upper())
    if found is None or not float(found[1]):
        raise click.BadParameter(f"{text!r} is no size: it is a number with K, M, G or T, as in 10G.")
    return int(float(found[1]) * 1024 ** "BKMGT".index(found[2] or "B"))


_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,9})?) ?([KMGT]?)I?B?")

largest_option = click.option(
    "--largest",
    callback=_size,
    metavar="SIZE",
    help="What each file may inflate to, as in 100G.  [default: 64G, and 200 times its own size]",
)


def looking_options(command: Command) -> Command:
    """The options that choose what to read from: AWS, a local world, or files; and how to print."""
    file_option = click.option(
        "--file",
        "files",
        type=FileOrAddress(),
        multiple=True,
        metavar="F",
        help="Look into a snapshot or history file, or into s3://BUCKET/…, instead; may be given several times.",
    )
    return reading_options(file_option(output_option(command)))

"""The command line. Nothing heavy is imported before it is known what to do.

What the exit codes mean is in `tui.plain.given`; 130 is an interruption.
"""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from backend.model.address import S3Address
from backend.model.problem import Problem
from tui import wishes
from tui.plain.given import EXIT_CODES, Given, largest_option, output, output_option
from tui.targets import (
    FileOrAddress,
    TargetOptions,
    demo_options,
    local_options,
    reading_options,
    serve_option,
    target_options,
)

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run configscope; the exit code. Errors are sentences on standard error, never tracebacks unless `--debug`."""
    given = Given()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names hold every script there is; a terminal that knows fewer must not end the program.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        result = cli.main(args=arguments, prog_name="configscope", standalone_mode=False, obj=given)
    except click.Abort:
        return _INTERRUPTED
    except KeyboardInterrupt:
        return _INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except Problem as problem:
        _tell_problem(problem, given.debug)
        return 1
    except Exception as error:  # noqa: BLE001 - the last resort: a report instead of a traceback
        _tell_defect(error, given.debug)
        return 1
    return result if isinstance(result, int) else 0


def _version(ctx: click.Context, _param: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        from importlib import metadata

        try:
            version = metadata.version("configscope")
        except metadata.PackageNotFoundError:
            version = "(from a checkout that is not installed)"
        click.echo(f"configscope {version}")
        ctx.exit()


class _Subcommands(click.Group):
    """Those that print plain text are made when one, or a list of all, is asked for: the explorer needs none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        self._make()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.commands:
            self._make()
        return super().get_command(ctx, cmd_name)

    def _make(self) -> None:
        from tui.plain.commands import COMMANDS

        for command in COMMANDS:
            self.add_command(command)


@click.group(
    cls=_Subcommands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"""\b
    Examples:
      configscope                            a local AWS Config, kept from run to run
      configscope --memory --theme paper     a fresh one that is not kept, on white
      configscope --aws --profile audit      an AWS account, read-only
      configscope demo open-door             a story, told in fast time
      configscope open snapshot.json.gz      a delivered file; two show what differs
      configscope open --aws s3://BUCKET     what was delivered into a bucket
      configscope help delivery-channel      what a word means

    \b
    For scripts and screen readers the subcommands print the same as plain text:
      configscope status                     is it recording, do deliveries arrive
      configscope resources --output csv     what AWS Config knows
      configscope diff --from -1d            what changed since yesterday
      configscope report --out evidence.zip  all of it, for an auditor

    {EXIT_CODES}
    """,
)
@target_options
@serve_option
@wishes.look_options
@click.option("--debug", is_flag=True, help="Show where an error comes from.")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit."
)
@click.pass_context
def cli(ctx: click.Context, /, debug: bool, **options: Any) -> int | None:
    """See what AWS Config knows, from a terminal.

    Without a command the explorer opens: on a local AWS Config, or with --aws on an account.
    """
    given: Given = ctx.obj
    given.debug = debug
    given.wishes = given.look(options)
    given.options = TargetOptions(**options)
    if ctx.invoked_subcommand is not None:
        return None
    target = given.options.target()
    from tui.launch import explore

    return explore(target, given.wishes)


@cli.command("open")
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=FileOrAddress())
@click.option("--together", is_flag=True, help="Of two files too, what they hold together instead of what differs.")
@click.option("--no-cache", is_flag=True, help="Keep no index of large files, and read them anew.")
@click.option(
    "--rules",
    multiple=True,
    metavar="P",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Judge the files by rules: a conformance pack, ConfigRules in JSON, or a Guard policy (.guard).",
)
@largest_option
@reading_options
@wishes.look_options
@click.pass_obj
def open_file(
    given: Given,
    /,
    files: tuple[Path | S3Address, ...],
    together: bool,
    no_cache: bool,
    rules: tuple[Path, ...],
    largest: int | None,
    **options: Any,
) -> int:
    """Explore snapshot and history files, plain or gzip, and folders of them; of two files, what differs.

    In place of a folder the files are taken that AWS Config delivered below it: a copy of a bucket, or of a part of
    one. s3://BUCKET/FOLDER are those in the bucket itself, in AWS with --aws or --profile, else in the local world.
    - is standard input.
    """
    from tui.launch import STANDARD_INPUT, explore_difference, explore_files

    look = given.look(options)
    target = replace(given.of_files(files, options), no_cache=no_cache, rules=rules, largest=largest)
    single = [
        file.names_file if isinstance(file, S3Address) else file != STANDARD_INPUT and not file.is_dir()
        for file in files
    ]
    if len(files) == 2 and not together and not rules and all(single):
        if largest is not None:
            raise click.UsageError("--largest is not for two files that are compared; --together looks into both.")
        return explore_difference(target, look)
    return explore_files(target, look)


@cli.command()
@local_options
@click.option("--port", type=click.IntRange(0, 65535), default=4566, show_default=True, help="0 takes any free one.")
@click.pass_obj
def serve(given: Given, /, port: int, **options: Any) -> int:
    """Run the local AWS alone, on loopback, for the aws command line and boto3."""
    from backend import connect

    target = given.target(options)
    if target.kind != "local":
        raise click.UsageError("Only a local world can be served.")
    given.log()
    return connect.serve(connect.ServeOptions(target, port))


@cli.command()
@click.argument("story", required=False)
@click.option("--step", "stepwise", is_flag=True, help="Wait for > after each step of the story.")
@demo_options
@wishes.look_options
@click.pass_obj
def demo(given: Given, /, story: str | None, stepwise: bool, **options: Any) -> int:
    """Tell STORY with captions in a fresh local world; without a name, choose from all stories.

    With --speed only what happens in the story happens, at that many times the speed of the clock on the wall.
    """
    from tui.launch import demonstrate

    look = given.look(options)
    chosen = TargetOptions(**options).over(given.options)
    target = chosen.target()
    if target.kind != "local":
        raise click.UsageError("A demo plays on a local world, not on AWS.")
    # What a demo does to a world is not meant to stay, unless one is named.
    return demonstrate(replace(target, memory=chosen.world is None), story, chosen.speed, look, stepwise=stepwise)


@cli.command()
@wishes.look_options
@output_option
@click.option("--explain", is_flag=True, help="With the sentence about each setting.")
@click.option("--init", "start", is_flag=True, help="Write a file with every setting in it, commented out.")
@click.option("--path", "only_path", is_flag=True, help="Print only where the file is.")
@click.pass_obj
def settings(given: Given, /, form: str, explain: bool, start: bool, only_path: bool, **options: Any) -> int:
    """Show every setting and where its value comes from. Exit code 1 when one could not be used."""
    from tui.plain import settings as plain
    from tui.settings import load

    loaded = load(given.look(options))
    if only_path:
        return plain.show_path(loaded)
    if start:
        return plain.write_example(loaded)
    return plain.settings(loaded, output(form), explain=explain)


@cli.command()
@output_option
@click.option("--list", "listed", is_flag=True, help="Print the table of commands and keys.")
@click.pass_obj
def keys(given: Given, /, form: str, listed: bool) -> int:
    """Show what your terminal sends for a key and what that does; --list prints all keys."""
    from tui.plain.keys import list_keys, watch_keys
    from tui.settings import load

    loaded = load(given.wishes)
    return list_keys(loaded, output(form)) if listed else watch_keys(loaded)


@cli.command("help")
@click.argument("concept", required=False, default="")
def explain(concept: str) -> int:
    """Explain a CONCEPT of AWS Config in plain words; without one, list them."""
    from tui.plain.concepts import explain as show

    return show(concept)


def _tell_problem(problem: Problem, debug: bool) -> None:
    from tui.plain.output import say

    if debug:
        traceback.print_exception(problem)
    say(f"configscope: {problem}")


def _tell_defect(error: Exception, debug: bool) -> None:
    from tui.crash import write_report
    from tui.plain.output import say

    if debug:
        traceback.print_exception(error)
    report = write_report(error)
    where = f"A report is in {report}." if report else "No report could be written; try again with --debug."
    say(f"configscope: this is a defect of configscope ({type(error).__name__}). {where}")


if __name__ == "__main__":
    sys.exit(main())

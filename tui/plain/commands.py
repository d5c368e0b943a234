"""The plain subcommands: their options and help. What they do is beside this, and imported when one is run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from backend.model.address import S3Address
from tui.plain.completion import complete_types, completion
from tui.plain.given import EXIT_CODES, Given, largest_option, looking_options, output, output_option, piped
from tui.targets import FileOrAddress, reading_options, unfolded


def _command(name: str, example: str) -> Callable[[Callable[..., Any]], click.Command]:
    """A subcommand whose help ends with an example and the exit codes."""
    return click.command(name, epilog=f"Example: configscope {example}\n\n{EXIT_CODES}")


_resource = click.argument("resource", nargs=-1, required=True, metavar="TYPE ID", shell_complete=complete_types)
"""TYPE ID, or one word that is an id, a name or an ARN."""

_NAMED = "The resource is named by TYPE ID (the type also in short: Instance), or by one word: its id, name or ARN."


_type_option = click.option(
    "--type",
    "resource_type",
    metavar="T",
    help="Only of this type, for example AWS::EC2::Volume.",
    shell_complete=complete_types,
)
_filter_option = click.option(
    "--filter",
    "wanted",
    metavar="TEXT",
    default="",
    help="Only what TEXT fits, as after / in the explorer: words, type: id: name: tag:Key=Value region: zone: account: "
    "state: status: rule: after: before:, - before one for not.",
)


@_command("status", "status --aws --profile audit --output json")
@reading_options
@output_option
@click.pass_obj
def status(given: Given, /, form: str, **options: Any) -> int:
    """Show recorder, delivery channel, the three deliveries and the rules. Exit code 3 when something fails."""
    target = given.target(options)
    given.log()
    from tui.plain.running import with_connection
    from tui.plain.status import status as show

    return with_connection(target, lambda connection: show(connection, output(form)))


@_command("resources", "resources --type AWS::EC2::Volume --output csv")
@looking_options
@_type_option
@_filter_option
@click.option(
    "--view",
    type=click.Choice(("all", "idle", "security", "unrecorded")),
    default="all",
    help="What nobody seems to need, what matters for security, or what is not recorded; each with the reason.",
)
@click.option("--columns", metavar="A,B", default="", help="More to tell of each: state, zone, account, tag:Team …")
@click.option("--by", metavar="B", default="", help="Count by type, region, account, zone, state or tag:Key instead.")
@click.pass_obj
def resources(
    given: Given,
    /,
    form: str,
    resource_type: str | None,
    wanted: str,
    view: str,
    columns: str,
    by: str,
    **options: Any,
) -> int:
    """List or count the resources that AWS Config knows."""
    target = given.target(options)
    given.log()
    from tui.plain.resources import Asked
    from tui.plain.resources import resources as show
    from tui.plain.running import with_connection

    asked = Asked(output(form), resource_type, wanted, view, tuple(filter(None, columns.split(","))), by)
    return with_connection(target, lambda connection: show(connection, asked))


@_command("item", "item AWS::EC2::Instance i-0a1b2c3d --as-of -2d")
@_resource
@looking_options
@click.option("--as-of", "moment", metavar="T", help="As it was then: 2026-03-01T12:00, 12:30 or -2h (UTC).")
@click.option("--raw", is_flag=True, help="The item as JSON, whatever --output says.")
@click.pass_obj
def item(given: Given, /, resource: tuple[str, ...], form: str, moment: str | None, raw: bool, **options: Any) -> int:
    """Show the configuration item of a resource: the newest, or the one that was true at a moment."""
    target = given.target(options)
    given.log()
    from tui.plain.item import item as show
    from tui.plain.running import with_connection

    chosen = output("json" if raw else form)
    return with_connection(target, lambda connection: show(connection, chosen, resource, moment))


@_command("history", "history web-1 --from -7d --changes")
@_resource
@looking_options
@click.option("--from", "earlier", metavar="T", help="Not before this moment: 2026-03-01T12:00, 12:30 or -2d (UTC).")
@click.option("--to", "later", metavar="T", help="Not after this moment.")
@click.option("--changes", is_flag=True, help="A line for each field that changed, with its values.")
@click.option("--who", is_flag=True, help="With the call behind each item, looked up in CloudTrail.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Items at most.")
@click.pass_obj
def history(
    given: Given,
    /,
    resource: tuple[str, ...],
    form: str,
    earlier: str | None,
    later: str | None,
    changes: bool,
    who: bool,
    limit: int,
    **options: Any,
) -> int:
    """Show the items of a resource, newest first, and what changed from one to the next."""
    target = given.target(options)
    given.log()
    from tui.plain.history import Wanted
    from tui.plain.history import history as show
    from tui.plain.running import with_connection

    wanted = Wanted(earlier, later, changes, who, limit)
    return with_connection(target, lambda connection: show(connection, output(form), resource, wanted))


@_command("related", "related sg-0c3d4e5f --steps 3")
@_resource
@looking_options
@click.option("--steps", type=click.IntRange(1, 20), metavar="N", help="What a change could affect, by N links.")
@click.option("--users", is_flag=True, help="Who has a link to it, looked for in all resources.")
@click.pass_obj
def related(
    given: Given, /, resource: tuple[str, ...], form: str, steps: int | None, users: bool, **options: Any
) -> int:
    """List what a resource is linked to, recorded by AWS Config or derived from configurations."""
    if steps is not None and users:
        raise click.UsageError("--steps looks for what a change affects, --users for who has a link: give one.")
    target = given.target(options)
    given.log()
    from tui.plain.related import related as show
    from tui.plain.running import with_connection

    return with_connection(target, lambda connection: show(connection, output(form), resource, steps, users))


@_command("compliance", "compliance --resource AWS::EC2::Volume vol-0b2c3d4e")
@looking_options
@click.option("--rule", metavar="R", help="The verdicts of one rule.")
@click.option("--resource", metavar="TYPE ID", help="The verdicts on one resource: TYPE ID, its id, name or ARN.")
@click.option("--all", "every", is_flag=True, help="Verdicts of a rule that are compliant too.")
@click.argument("rest", nargs=-1, metavar="")
@click.pass_obj
def compliance(
    given: Given,
    /,
    form: str,
    rule: str | None,
    resource: str | None,
    every: bool,
    rest: tuple[str, ...],
    **options: Any,
) -> int:
    """List the rules with their verdicts; of one rule, or on one resource. Exit code 3 when something is broken."""
    if rest and (resource is None or len(rest) > 1):
        raise click.UsageError(f"Unexpected: {' '.join(rest)}")
    if rule is not None and resource is not None:
        raise click.UsageError("--rule and --resource: give one or the other.")
    target = given.target(options)
    given.log()
    from tui.plain import compliance as plain
    from tui.plain.running import with_connection

    words = (resource, *rest) if resource is not None else ()
    return with_connection(
        target, lambda connection: plain.compliance(connection, output(form), rule, words, every=every)
    )


@_command("diff", "diff monday.json.gz tuesday.json.gz --ignore configuration.state")
@click.argument("files", nargs=-1, metavar="[A B]", type=FileOrAddress())
@reading_options
@output_option
@click.option("--from", "earlier", metavar="T", help="Compare this moment of the target: 2026-03-01T12:00 or -2d …")
@click.option("--to", "later", metavar="T", help="… with this one (default: now).")
@click.option(
    "--type", "resource_type", metavar="T", help="Only resources of this type.", shell_complete=complete_types
)
@click.option("--ignore", "ignored", metavar="PATH", multiple=True, help="Leave out changes at this path and below it.")
@click.option("--all", "every", is_flag=True, help="Leave nothing out, not even when something was used last.")
@click.pass_obj
def diff(
    given: Given,
    /,
    files: tuple[Path | S3Address, ...],
    form: str,
    earlier: str | None,
    later: str | None,
    resource_type: str | None,
    ignored: tuple[str, ...],
    every: bool,
    **options: Any,
) -> int:
    """Show what differs between two snapshot files, or between two moments. Exit code 3 when something does.

    A file may be in a bucket: s3://BUCKET/KEY.
    """
    if files and (earlier is not None or later is not None):
        raise click.UsageError("Two files or two moments: give one or the other.")
    if not files and earlier is None:
        raise click.UsageError("What is to be compared? Name two files, or a moment: --from -1d")
    if files and len(files) != 2:
        raise click.UsageError("Name two files: the earlier one first.")
    target = given.of_files(files, options) if files else given.target(options)
    given.log()
    from tui.plain import diff as plain
    from tui.plain.running import fetched, with_connection

    wanted = plain.Wanted(output(form), resource_type, ignored, every)
    if files:
        return plain.diff_files(fetched(target), wanted)

    return with_connection(
        target, lambda connection: plain.diff_moments(connection, earlier or "", later or "", wanted)
    )


@_command("report", "report --as-of 2026-03-01 --out evidence.zip")
@looking_options
@click.option("--as-of", "moment", metavar="T", help="As of this moment: 2026-03-01T12:00, 12:30 or -2h (UTC).")
@click.option("--since", metavar="T", help="Tell changes from here on (default: seven days before).")
@click.option("--out", default="", metavar="DIR", help="The folder to write, or a file that ends in .zip.")
@click.pass_obj
def report(given: Given, /, form: str, moment: str | None, since: str | None, out: str, **options: Any) -> int:
    """Write an evidence bundle: a page to read, tables, every configuration, gaps, and hashes of all of it."""
    target = given.target(options)
    given.log()
    from tui.plain.report import report as write
    from tui.plain.running import with_connection

    return with_connection(target, lambda connection: write(connection, output(form), moment, since, out))


@_command("export", "export --filter type:Volume --to volumes.parquet")
@click.argument("files", nargs=-1, metavar="[FILE…]", type=FileOrAddress())
@reading_options
@click.option(
    "--to",
    "path",
    required=True,
    metavar="OUT",
    type=click.Path(path_type=Path),
    help="The file to write. Its suffix is the form: .json.gz or .json a snapshot, .ndjson or .ndjson.gz an item a "
    "line, .csv, .parquet, .duckdb.",
)
@_type_option
@_filter_option
@click.pass_obj
def export(
    given: Given,
    /,
    files: tuple[Path | S3Address, ...],
    path: Path,
    resource_type: str | None,
    wanted: str,
    **options: Any,
) -> int:
    """Write the newest items of resources to a file for other programs: those in FILEs, or that AWS Config knows.

    FILE is as with `open`: a folder or s3://BUCKET/FOLDER too, and - standard input.
    """
    target = unfolded(given.of_files(piped(files), options)) if files else given.target(options)
    given.log()
    from tui.plain.export import export as write
    from tui.plain.resources import Asked
    from tui.plain.running import with_connection

    asked = Asked(output("table"), resource_type, wanted)
    return with_connection(target, lambda connection: write(connection, asked, path))


@_command("inspect", "inspect snapshot.json.gz --output json")
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=FileOrAddress())
@largest_option
@reading_options
@output_option
@click.pass_obj
def inspect(
    given: Given, /, files: tuple[Path | S3Address, ...], largest: int | None, form: str, **options: Any
) -> int:
    """Tell what a file is: its form, counts, times and oddities. Exit code 3 when something in it is wrong.

    - is standard input; s3://BUCKET/FOLDER are all files of AWS Config in it.
    """
    target = given.of_files(piped(files), options)
    given.log()
    from tui.plain.inspect import inspect as tell
    from tui.plain.running import fetched

    return tell(fetched(target), output(form), largest)


@_command("check", "check snapshot.json.gz --pack pack.yaml")
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=FileOrAddress())
@click.option(
    "--pack",
    "packs",
    multiple=True,
    metavar="P",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of rules: a conformance pack (YAML or JSON), ConfigRules in JSON, or a Guard policy (.guard).",
)
@click.option("--rule", "rules", multiple=True, metavar="R", help="A managed rule: restricted-ssh, or ID,name=value.")
@click.option("--parameter", "parameters", multiple=True, metavar="N=V", help="A value for a parameter of the packs.")
@click.option("--findings", is_flag=True, help="Each resource that breaks a rule, with the property and its value.")
@largest_option
@reading_options
@output_option
@click.pass_obj
def check(
    given: Given,
    /,
    files: tuple[Path | S3Address, ...],
    packs: tuple[Path, ...],
    rules: tuple[str, ...],
    parameters: tuple[str, ...],
    findings: bool,
    largest: int | None,
    form: str,
    **options: Any,
) -> int:
    """Judge what snapshot files hold by rules, without an account. Exit code 3 when a rule is broken."""
    if not packs and not rules:
        raise click.UsageError("There is nothing to check by: name rules with --pack FILE or --rule NAME.")
    target = given.of_files(piped(files), options)
    given.log()
    from tui.plain.check import Wanted
    from tui.plain.check import check as judge
    from tui.plain.running import fetched

    return judge(fetched(target), Wanted(output(form), packs, rules, parameters, findings, largest))


@click.group("rules", epilog=f"Example: configscope rules list bucket public\n\n{EXIT_CODES}")
def rules() -> None:
    """Managed rules: list them, or try one, a Guard policy or a handler without storing anything."""


@rules.command(
    "list",
    context_settings={"ignore_unknown_options": True},  # `-type:Bucket` is a word of the search
    epilog=f"Example: configscope rules list bucket public\n\n{EXIT_CODES}",
)
@click.argument("words", nargs=-1)
@output_option
def list_rules(words: tuple[str, ...], form: str) -> int:
    """The managed rules of AWS Config whose name, type or description has all WORDS, the most used first.

    Also type:Bucket, parameter:maxAge, trigger:periodic, evaluated:yes; a - before any of them means not.
    """
    from tui.plain.rules import listing

    return listing(output(form), words)


@rules.command("try", epilog=f"Example: configscope rules try my.guard --item bastion-prod --history\n\n{EXIT_CODES}")
@click.argument("rule", metavar="RULE")
@click.option(
    "--item",
    "items",
    multiple=True,
    required=True,
    metavar="I",
    help="A resource by its id, name or ARN, or given twice: its type and id; or a file with an item.",
)
@looking_options
@click.option("--as-of", "moment", metavar="T", help="Its item of then: 2026-03-01T12:00, 12:30 or -2h (UTC).")
@click.option("--history", "every", is_flag=True, help="All items of the resource, or of the file.")
@click.option("--parameter", "parameters", multiple=True, metavar="N=V", help="A value for a parameter of the rule.")
@click.pass_obj
def try_rule(
    given: Given,
    /,
    rule: str,
    items: tuple[str, ...],
    form: str,
    moment: str | None,
    every: bool,
    parameters: tuple[str, ...],
    **options: Any,
) -> int:
    """Say what RULE says of an item, and why. Exit code 3 when the item breaks it.

    RULE is a managed rule (restricted-ssh), or a file: a Guard policy (.guard), the template of a conformance pack, a
    ConfigRule in JSON, a handler of a custom Lambda rule (.py) or an RDK folder. A handler runs as a program of yours.
    """
    target = given.target(options)
    given.log()
    from tui.plain.rules import Wanted, try_on_file
    from tui.plain.rules import try_rule as show
    from tui.plain.running import with_connection

    wanted = Wanted(output(form), rule, items, moment, every, parameters)
    code = try_on_file(wanted)
    return code if code is not None else with_connection(target, lambda connection: show(connection, wanted))


COMMANDS = (
    status,
    resources,
    item,
    history,
    related,
    compliance,
    check,
    rules,
    diff,
    export,
    report,
    inspect,
    completion,
)

"""What the options of the command line mean: which target, and which of them do not go together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec
from msgspec.structs import asdict, replace

from backend.connect import DEFAULT_PORT, Target
from backend.model.address import S3Address, read_address
from backend.model.clock import MAX_SPEED
from backend.model.problem import BadInput
from backend.model.world import MOST_ACCOUNTS, MOST_REGIONS

Command = TypeVar("Command", bound=Callable[..., Any])


def _complete_worlds(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
    from tui.plain.completion import complete_worlds  # only a shell asks

    return complete_worlds(ctx, param, begun)


if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    _Files = click.ParamType[Path | S3Address]
else:
    _Files = click.ParamType  # which older releases of click cannot be asked for a kind of


class FileOrAddress(_Files):
    """A file, or with `s3://` what lies in a bucket."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path | S3Address:
        """Raises `click.BadParameter` for an address without a bucket."""
        try:
            return read_address(str(value)) or Path(value)
        except BadInput as problem:
            self.fail(str(problem), param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The files of a folder, by the shell's own means."""
        from click.shell_completion import CompletionItem  # only a shell that completes asks for it

        return [CompletionItem(incomplete, type="file")]


class TargetOptions(msgspec.Struct, frozen=True):
    """The options as given; None (or False) where they were not."""

    aws: bool = False
    profile: str | None = None
    region: str | None = None
    role_arn: str | None = None
    endpoint_url: str | None = None
    stream_queue: str | None = None
    allow_changes: bool = False
    read_only: bool = False
    world: str | None = None
    memory: bool = False
    empty: bool = False
    lenient: bool = False
    resources: int | None = None
    accounts: int | None = None
    regions: int | None = None
    account: str | None = None
    speed: float | None = None
    serve: int | None = None
    allow_lambda: Path | None = None
    lambda_timeout: float | None = None
    deploy_rules: bool = False
    files: tuple[Path | S3Address, ...] = ()

    def over(self, earlier: TargetOptions) -> TargetOptions:
        """These options, filled up with those given before the subcommand."""
        own = {name: value for name, value in asdict(self).items() if value not in (None, False, ())}
        return replace(earlier, **own)

    def target(self) -> Target:
        """Raises `click.UsageError` for options that contradict each other."""
        aws_only = {
            "--aws": self.aws,
            "--profile": self.profile,
            "--role-arn": self.role_arn,
            "--endpoint-url": self.endpoint_url,
            "--stream-queue": self.stream_queue,
        }
        local_only = {
            "--world": self.world,
            "--memory": self.memory,
            "--empty": self.empty,
            "--lenient": self.lenient,
            "--resources": self.resources,
            "--accounts": self.accounts,
            "--regions": self.regions,
            "--account": self.account,
            "--speed": self.speed,
            "--serve": self.serve,
            "--allow-lambda": self.allow_lambda,
            "--lambda-timeout": self.lambda_timeout,
            "--deploy-rules": self.deploy_rules,
        }
        on_aws = any(aws_only.values())
        _apart(aws_only, local_only, "is for AWS", "for a local world")
        if any(isinstance(file, S3Address) for file in self.files):
            # The other options say where the bucket is.
            return Target(kind="files", files=self.files, bucket_of=replace(self, files=()).target())
        _apart({"--file": bool(self.files)}, aws_only | local_only, "looks into files", "elsewhere")
        if self.files:
            return Target(kind="files", files=self.files)
        _apart(
            {"--read-only": self.read_only}, {"--allow-changes": self.allow_changes}, "forbids changes", "allows them"
        )
        _apart(
            {"--memory": self.memory, "--empty": self.empty}, {"--world": self.world}, "keeps nothing", "keeps a world"
        )
        if self.allow_lambda is None and (self.deploy_rules or self.lambda_timeout is not None):
            raise click.UsageError(
                "--deploy-rules and --lambda-timeout are for handlers: name them with --allow-lambda."
            )
        read_only = True if self.read_only else False if self.allow_changes else None
        if on_aws:
            return Target(
                kind="aws",
                profile=self.profile,
                region=self.region,
                role_arn=self.role_arn,
                endpoint_url=self.endpoint_url,
                stream_queue=self.stream_queue,
                read_only=read_only,
            )
        defaults = Target()
        return replace(
            defaults,
            world=self.world or defaults.world,
            memory=self.memory,
            empty=self.empty,
            lenient=self.lenient,
            resources=self.resources,
            accounts=self.accounts,
            regions=self.regions,
            account=self.account,
            speed=defaults.speed if self.speed is None else self.speed,
            serve_port=self.serve,
            handlers=self.allow_lambda,
            handler_seconds=self.lambda_timeout,
            deploy_rules=self.deploy_rules,
            region=self.region,
            read_only=read_only,
        )


def unfolded(target: Target) -> Target:
    """A target of files with those in its folders in the place of these. Raises `BadInput` for a folder without any."""
    from backend.files.folder import files_in

    files: dict[Path | S3Address, None] = {}
    for file in target.files:
        files.update(dict.fromkeys([file] if isinstance(file, S3Address) else files_in([file])))
    return replace(target, files=tuple(files))


def _apart(some: dict[str, Any], others: dict[str, Any], why: str, other_why: str) -> None:
    """Refuse options of both kinds at once."""
    one = next((name for name, value in some.items() if value not in (None, False)), None)
    other = next((name for name, value in others.items() if value not in (None, False)), None)
    if one and other:
        raise click.UsageError(f"{one} {why}, {other} {other_why}: give one or the other.")


speed_option = click.option(
    "--speed",
    type=click.FloatRange(0, MAX_SPEED, min_open=True),
    metavar="N",
    help="Simulated seconds for each second.",
)


_SHAPE = (
    click.option(
        "--accounts", type=click.IntRange(1, MOST_ACCOUNTS), metavar="N", help="How many accounts a new world has."
    ),
    click.option(
        "--regions", type=click.IntRange(1, MOST_REGIONS), metavar="N", help="How many regions it uses (default: 2)."
    ),
)
_PLACE = (
    click.option("--account", metavar="ID", help="The account of a local world to look at (default: its main one)."),
    click.option("--region", metavar="R", help="The region to look at."),
)
_AWS = (
    click.option("--aws", is_flag=True, help="Look at AWS instead of the local one; read-only."),
    click.option("--profile", metavar="P", help="The AWS profile to sign in with."),
    click.option("--role-arn", metavar="A", help="A role to take on."),
    click.option("--endpoint-url", metavar="U", help="Another endpoint than that of AWS."),
)
_CHANGES = (
    click.option("--allow-changes", is_flag=True, help="Offer the commands that change an AWS account."),
    click.option("--read-only", is_flag=True, help="Offer none of the commands that change anything."),
)
_LOCAL = (
    click.option(
        "--world",
        metavar="NAME",
        help="The local world to open (default: default).",
        shell_complete=_complete_worlds,
    ),
    click.option("--memory", is_flag=True, help="A local world with the default estate; nothing is kept."),
    click.option("--empty", is_flag=True, help="A local account with nothing in it; nothing is kept."),
    click.option("--resources", type=click.IntRange(0, 1_000_000), metavar="N", help="About how many a new world has."),
    *_SHAPE,
    speed_option,
)
_QUEUE = click.option(
    "--stream-queue",
    metavar="Q",
    help="The SQS queue (name or URL) that is subscribed to the topic: its messages are the stream, and are taken off.",
)
_LENIENT = click.option("--lenient", is_flag=True, help="Accept roles, buckets and topics that do not exist.")


_HANDLERS = (
    click.option(
        "--allow-lambda",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Run the Python handlers in this folder behind custom rules; what they do, they do as you.",
    ),
    click.option(
        "--lambda-timeout",
        type=click.FloatRange(0, 900, min_open=True),
        metavar="N",
        help="Seconds for a call of one (default: 3, of RDK folders 60).",
    ),
    click.option("--deploy-rules", is_flag=True, help="Put the rules that RDK folders among them describe."),
)


def local_options(command: Command) -> Command:
    """The options of a local world that is served."""
    return _with(command, *_LOCAL, _LENIENT, *_HANDLERS)


def demo_options(command: Command) -> Command:
    """The options of a local world that lives fast."""
    return _with(command, *_PLACE, *_SHAPE, speed_option)


def reading_options(command: Command) -> Command:
    """The options that choose a target to read from: AWS or a local world."""
    return _with(command, *_AWS, *_PLACE, *_LOCAL)


def target_options(command: Command) -> Command:
    """All options that choose a target and what may be done to it."""
    return _with(command, *_AWS, _QUEUE, *_CHANGES, *_PLACE, *_LOCAL, _LENIENT, *_HANDLERS)


def _with(command: Command, *options: Callable[[Command], Command]) -> Command:
    """Options in the order in which the help shows them."""
    for option in reversed(options):
        command = option(command)
    return command


def serve_option(command: Command) -> Command:
    """`--serve [PORT]`: the explorer answers on loopback too."""
    option = click.option(
        "--serve",
        type=click.IntRange(0, 65535),
        is_flag=False,
        flag_value=DEFAULT_PORT,
        metavar="[PORT]",
        help=f"Also answer the aws command line on this loopback port (default: {DEFAULT_PORT}).",
    )
    return option(command)

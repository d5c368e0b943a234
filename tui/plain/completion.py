"""Completion in the shell: the script for it, and what it offers. It reads no account and opens no world."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_SHELLS = ("bash", "zsh", "fish")
_WHERE = {
    "bash": 'eval "$(configscope completion bash)" in ~/.bashrc',
    "zsh": 'eval "$(configscope completion zsh)" in ~/.zshrc',
    "fish": "configscope completion fish > ~/.config/fish/completions/configscope.fish",
}


@click.command(
    "completion",
    epilog="Examples: " + "; ".join(_WHERE.values()),
)
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> int:
    """Print the script that completes commands, options, resource types and worlds in a shell."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    made = kind(ctx.find_root().command, {}, "configscope", "_CONFIGSCOPE_COMPLETE")
    # `source` would run a bash to ask for its version; the script works from bash 4.4 on.
    script = made.source_template % made.source_vars()
    if shell == "bash":
        # bash takes AWS::EC2::Volume for five words, and would complete only the last.
        script = f'COMP_WORDBREAKS="${{COMP_WORDBREAKS//:/}}"\n{script}'
    click.echo(script)
    return 0


def complete_types(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
    """The resource types that begin so, in any case, by their whole name or without what they all begin with."""
    from click.shell_completion import CompletionItem

    if (ctx.params.get(param.name or "") or ()) and param.nargs == -1:
        return []  # the type is given: an id comes next, which only the account knows
    wanted = begun.casefold()
    known = resource_types()
    return [
        CompletionItem(name)
        for name in known
        if name.casefold().startswith(wanted) or name.casefold().removeprefix("aws::").startswith(wanted)
    ]


def complete_worlds(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
    """The local worlds whose name begins so."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(name) for name in world_names() if name.startswith(begun)]


def world_names() -> list[str]:
    """The worlds of this user; none where the folder cannot be read."""
    import platformdirs

    folder = platformdirs.user_data_path("configscope") / "worlds"
    try:
        return sorted(entry.name for entry in folder.iterdir() if (entry / "world.sqlite").is_file())
    except OSError:
        return []


def resource_types() -> list[str]:
    """The types of AWS Config's service model, read from its file: importing botocore would take its time."""
    import gzip
    from importlib.util import find_spec
    from pathlib import Path

    import msgspec

    spec = find_spec("botocore")
    if spec is None or not spec.submodule_search_locations:
        return []
    model = Path(spec.submodule_search_locations[0]) / "data" / "config" / "2014-11-12" / "service-2.json.gz"
    try:
        found = msgspec.json.decode(gzip.decompress(model.read_bytes()), type=dict[str, msgspec.Raw])
        shape = msgspec.json.decode(found["shapes"], type=dict[str, msgspec.Raw])["ResourceType"]
        return sorted(msgspec.json.decode(shape)["enum"])
    except (OSError, KeyError, msgspec.DecodeError):
        return []

"""The settings themselves: each has a type, a default and one sentence, which file, help and `settings` all show."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta

Switch = Literal["auto", "on", "off"]
ClipboardWay = Literal["native", "tmux", "osc52"]
Animation = Literal["none", "basic", "full"]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set, but for the keys (see `tui.settings.keymap`)."""

    theme: Annotated[str, Meta(description="The colours: one of ours, or a file of yours in the folder themes.")] = (
        "aurora"
    )
    landing: Annotated[str, Meta(description="The pane in front at the start.")] = "pulse"
    time_offset: Annotated[
        str, Meta(description="Times are shown in UTC, or with an offset such as +02:00; they are always marked.")
    ] = "UTC"
    mouse: Annotated[
        bool, Meta(description="Take the mouse at the start; without it the terminal selects text, and M takes it.")
    ] = True
    ascii: Annotated[
        Switch, Meta(description="Draw with ASCII signs only; auto does so where the locale or terminal has no others.")
    ] = "auto"
    bell: Annotated[
        bool, Meta(description="Ring the terminal's bell when a resource newly breaks a rule; B does so too.")
    ] = False
    animation: Annotated[Animation, Meta(description="How much may move; each frame is bytes on a slow link.")] = "none"
    refresh_seconds: Annotated[int, Meta(ge=2, le=3600, description="Seconds between two looks at an AWS account.")] = (
        30
    )
    columns: Annotated[
        tuple[str, ...],
        Meta(description="The columns of the resource list, tag:… for those of tags; empty shows the usual."),
    ] = ()
    noise: Annotated[
        tuple[str, ...], Meta(description="Paths that comparisons leave out, beside those that N ignores.")
    ] = ()
    watch: Annotated[
        tuple[str, ...],
        Meta(description="What to keep an eye on: types, ids or names; the bell rings when they change."),
    ] = ()
    export_folder: Annotated[
        str, Meta(description="Where e writes files; empty is the folder configscope was started in.")
    ] = ""
    clipboard: Annotated[
        tuple[ClipboardWay, ...],
        Meta(description="The ways to copy, tried in this order; one that cannot work here is passed by."),
    ] = ("native", "tmux", "osc52")
    print_copied: Annotated[bool, Meta(description="Print what was copied last when configscope ends.")] = False


class Field(msgspec.Struct, frozen=True):
    """One setting as the texts about it need it."""

    name: str
    type: Any
    default: Any
    doc: str
    """One sentence."""
    expects: str
    """What a value may be, in words."""

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"CONFIGSCOPE_{self.name.upper()}"


def fields() -> Iterator[Field]:
    """All settings in the order of the file."""
    hints = typing.get_type_hints(Settings, include_extras=True)
    for info in msgspec.structs.fields(Settings):
        kind, *extras = get_args(hints[info.name])
        meta = next(extra for extra in extras if isinstance(extra, Meta))
        yield Field(info.name, hints[info.name], info.default, meta.description or "", _expects(kind, meta))


def field(name: str) -> Field:
    return next(found for found in fields() if found.name == name)


def _expects(kind: Any, meta: Meta) -> str:
    if kind is bool:
        return "true or false"
    if kind is int:
        return f"a whole number from {meta.ge} to {meta.le}"
    if get_origin(kind) is Literal:
        return _one_of(get_args(kind))
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        return f"a list of {_one_of(get_args(inner))}" if get_origin(inner) is Literal else "a list of texts"
    return "a text"


def choices(kind: Any) -> tuple[str, ...]:
    """The words a setting of this type chooses from; none where any text will do."""
    kind = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if get_origin(kind) is tuple:
        kind = get_args(kind)[0]
    return get_args(kind) if get_origin(kind) is Literal else ()


def _one_of(words: tuple[str, ...]) -> str:
    quoted = [f'"{word}"' for word in words]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"

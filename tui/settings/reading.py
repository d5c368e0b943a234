"""Reading the settings: the file, the environment and the options, each value with where it comes from.

A value that cannot be used is one sentence, and what was there before it stays: configscope always starts.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec

from tui.commands import PANES
from tui.settings import places
from tui.settings.values import Field, Settings, choices, fields

_YES = {"on": True, "yes": True, "true": True, "1": True, "off": False, "no": False, "false": False, "0": False}
LONGEST_FILE = 1_000_000
"""Bytes of a settings file that are read; a longer one is none."""


class Origin(msgspec.Struct, frozen=True):
    """Where a value comes from."""

    kind: Literal["default", "file", "environment", "option"] = "default"
    detail: str = ""
    """The line, the variable or the option."""

    def told(self) -> str:
        return {"file": f"file, line {self.detail}", "default": "default"}.get(self.kind, f"{self.kind} {self.detail}")


class Wish(msgspec.Struct, frozen=True):
    """Keys that the file gives to a command: as they are written there, and in which line."""

    keys: tuple[str, ...]
    line: int


class Loaded(msgspec.Struct):
    """The settings that hold, and what was wrong on the way to them."""

    path: Path
    settings: Settings = msgspec.field(default_factory=Settings)
    origins: dict[str, Origin] = msgspec.field(default_factory=dict)
    keys: dict[str, Wish] = msgspec.field(default_factory=dict)
    """Wished keys by id of a command or of a key of lists, not yet judged (see `tui.settings.keymap`)."""
    warnings: list[str] = msgspec.field(default_factory=list)
    found: bool = False
    """True when there is a file."""

    def origin(self, name: str) -> Origin:
        return self.origins.get(name, Origin())


def load(options: Mapping[str, tuple[Any, str]] | None = None, environment: Mapping[str, str] = os.environ) -> Loaded:
    """All there is to read; `options` are values by name, each with the option that gave it."""
    return _Reading(Loaded(places.settings_file(environment)), environment).read(options or {})


class _Reading:
    def __init__(self, loaded: Loaded, environment: Mapping[str, str]) -> None:
        self.loaded = loaded
        self.environment = environment
        self.known = {one.name: one for one in fields()}
        self.values: dict[str, Any] = {}

    def read(self, options: Mapping[str, tuple[Any, str]]) -> Loaded:
        self.read_file()
        for one in self.known.values():
            given = self.environment.get(one.variable)
            if given is not None:
                self.take(one, _from_text(one, given), Origin("environment", one.variable), one.variable)
        for variable in sorted(self.environment):
            if variable.startswith("CONFIGSCOPE_") and not any(variable == one.variable for one in self.known.values()):
                self.warn(variable, f"there is no such setting{_meant(variable, [f.variable for f in fields()])}")
        for name, (given, option) in options.items():
            known = self.known.get(name)
            if known is None:
                self.warn(option, f"there is no setting “{name}”{_meant(name, list(self.known))}")
            else:
                value = _from_text(known, given) if isinstance(given, str) else given
                self.take(known, value, Origin("option", option), option)
        self.loaded.settings = Settings(**self.values)
        return self.loaded

    def read_file(self) -> None:
        path, name = self.loaded.path, self.loaded.path.name
        try:
            with path.open("rb") as file:
                data = file.read(LONGEST_FILE + 1)
        except FileNotFoundError:
            return
        except OSError as error:
            self.warn(name, f"it cannot be read ({error.strerror or type(error).__name__})")
            return
        self.loaded.found = True
        if len(data) > LONGEST_FILE:
            self.warn(name, "it is too long to be a settings file")
            return
        try:
            text = data.decode("utf-8")
            content = tomllib.loads(text)
        except UnicodeDecodeError:
            self.warn(name, "it is not UTF-8, so nothing of it is used")
            return
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            self.warn(_at(name, str(error)), f"it is not TOML, so nothing of it is used: {_without_place(str(error))}")
            return
        from tui.settings.lines import lines_of  # who has no file starts a little sooner

        lines = lines_of(text)
        for key, value in content.items():
            where = f"{name} line {lines.get(key, 1)}"
            if key == "keys":
                self.read_keys(value, lines, name)
            elif key not in self.known:
                self.warn(where, f"there is no setting “{key}”{_meant(key, [*self.known, 'keys'])}")
            else:
                self.take(self.known[key], value, Origin("file", str(lines.get(key, 1))), where)

    def read_keys(self, given: Any, lines: Mapping[str, int], name: str) -> None:
        if not isinstance(given, dict):
            self.warn(f"{name} line {lines.get('keys', 1)}", "“keys” must be a table: [keys]")
            return
        for key, value in _flat(given):
            line = lines.get(f"keys.{key}", lines.get("keys", 1))
            if isinstance(value, str):
                value = [one.strip() for one in value.split(",")] if len(value) > 1 else [value]
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                self.warn(f"{name} line {line}", f"the keys of “{key}” must be a text, or a list of texts")
                continue
            self.loaded.keys[key] = Wish(tuple(one for one in value if one), line)

    def take(self, one: Field, value: Any, origin: Origin, where: str) -> None:
        """Let a value hold, if it can be used."""
        reason = self.why_not(one, value)
        if reason:
            self.warn(where, reason)
            return
        self.values[one.name] = tuple(value) if isinstance(value, list) else value
        self.loaded.origins[one.name] = origin

    def why_not(self, one: Field, value: Any) -> str:
        """What is wrong with a value; empty when nothing is."""
        try:
            msgspec.convert(value, one.type)
        except msgspec.ValidationError:
            known = choices(one.type)
            odd = next((word for word in _words(value) if word not in known), None) if known else None
            meant = _meant(odd, known) if odd is not None else ""
            return f"{one.name} must be {one.expects}, not {_written(value)}{meant}"
        if one.name == "landing":
            panes = [pane for pane, _ in PANES]
            return "" if value in panes else f"there is no pane “{value}”{_meant(value, panes)}"
        if one.name == "time_offset":
            return _no_offset(value)
        if one.name == "theme":
            names = theme_names(self.environment)
            return "" if value in names else f"there is no theme “{value}”{_meant(value, names)}"
        if one.name == "export_folder" and value and not Path(value).expanduser().is_dir():
            return f"“{value}” is no folder"
        return ""

    def warn(self, where: str, what: str) -> None:
        self.loaded.warnings.append(f"{where}: {what}" if what.endswith("?") else f"{where}: {what}.")


def theme_names(environment: Mapping[str, str]) -> list[str]:
    """The names of our themes and of the person's own, by their files."""
    from importlib import resources

    ours = sorted(one.name for one in resources.files("themes").iterdir() if one.name.endswith(".toml"))
    own = sorted(path.name for path in places.themes_folder(environment).glob("*.toml"))
    return [name.removesuffix(".toml") for name in (*ours, *own)]


def _no_offset(text: str) -> str:
    """Why this is no offset of times; empty when it is one."""
    from tui.times import read_zone

    try:
        read_zone(text)
    except ValueError as error:
        return str(error).rstrip(".")
    return ""


def _flat(table: Mapping[str, Any], before: str = "") -> list[tuple[str, Any]]:
    """`look.zoom = "z"` is a table in a table for TOML; for us it is one name."""
    found: list[tuple[str, Any]] = []
    for key, value in table.items():
        name = f"{before}.{key}" if before else key
        found += _flat(value, name) if isinstance(value, dict) else [(name, value)]
    return found


def _from_text(one: Field, text: str) -> Any:
    """A value from the environment or an option, where all is text."""
    kind = get_args(one.type)[0]
    if get_origin(kind) is tuple:
        return [word.strip() for word in text.split(",") if word.strip()]
    if kind is bool:
        return _YES.get(text.strip().lower(), text)
    if kind is int:
        return int(text) if re.fullmatch(r"[+-]?\d{1,9}", text.strip()) else text
    return text.strip()


def _words(value: Any) -> list[str]:
    values = value if isinstance(value, list | tuple) else [value]
    return [one for one in values if isinstance(one, str)]


def _written(value: Any) -> str:
    text = ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)
    text = text.lower() if isinstance(value, bool) else text
    return f"“{text if len(text) <= 40 else text[:39] + '…'}”"


def _meant(word: str, known: list[str] | tuple[str, ...]) -> str:
    """A guess what was meant, to be put behind a sentence."""
    import difflib

    close = difflib.get_close_matches(word.lower(), [one.lower() for one in known], n=1, cutoff=0.6)
    found = next((one for one in known if close and one.lower() == close[0]), "")
    return f"; did you mean “{found}”?" if found else ""


def _at(name: str, error: str) -> str:
    line = re.search(r"at line (\d+)", error)
    return f"{name} line {line[1]}" if line else name


def _without_place(error: str) -> str:
    return re.sub(r"\s*\(at .*\)$", "", error)

"""The keys that hold: those of the table of commands, but where the person wished for others.

Textual takes any keymap without a word: ids that are none, keys that no terminal sends, keys that hide another's. So
the wishes are judged here, and each that is not done as written is one sentence with its line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from tui.commands import COMMANDS, Command, show_key
from tui.commands.lists import LIST_KEYS, ListKey
from tui.settings.key_names import read
from tui.settings.reading import Wish

FIXED = {
    "move.next": "tab moves the focus in dialogs too",
    "move.previous": "shift+tab moves the focus in dialogs too",
    "move.in": "it is lines.choose that opens what is under the cursor",
}
"""Ids whose keys stay as they are, and why."""
NO_KEY = "f24"
"""What stands for no key where Textual wants one: it takes an empty text for no wish at all."""


class Keymap(msgspec.Struct):
    """Commands and keys of lists with the keys that hold."""

    commands: tuple[Command, ...] = COMMANDS
    lists: tuple[ListKey, ...] = LIST_KEYS
    warnings: list[str] = msgspec.field(default_factory=list)
    _shown: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def changed(self) -> bool:
        return self.commands is not COMMANDS or self.lists is not LIST_KEYS

    def for_widgets(self) -> dict[str, str]:
        """What Textual's own keymap is to hold: the keys of lists that differ from the table."""
        before = {one.id: one.keys for one in LIST_KEYS}
        return {one.id: one.keys or NO_KEY for one in self.lists if one.keys != before[one.id]}

    def shown(self, key: str, place: str) -> str:
        """What to show instead of a key in a hint, where the command it belongs to in this place has another now."""
        if not self.changed:
            return key
        for before, now in zip(COMMANDS, self.commands, strict=True):
            here = before.keys != now.keys and (not before.scope or place in before.scope)
            if here and key in [show_key(one) for one in before.key_names]:
                return now.key_label or (f":{now.words[0]}" if now.words else "")
        return key


def judge(wishes: Mapping[str, Wish], file: str = "settings.toml") -> Keymap:
    """The keys that hold, given what the person wrote."""
    return _Judging(file).judge(wishes) if wishes else Keymap()


class _Judging:
    def __init__(self, file: str) -> None:
        self.file = file
        self.warnings: list[str] = []
        self.commands = {one.id: one for one in COMMANDS}
        self.lists = {one.id: one for one in LIST_KEYS}
        self.keys = {one.id: list(one.key_names) for one in COMMANDS}
        self.keys |= {one.id: list(one.key_names) for one in LIST_KEYS}
        self.wished: dict[str, int] = {}
        """Line by id, of those whose keys are the person's own."""

    def judge(self, wishes: Mapping[str, Wish]) -> Keymap:
        for name, wish in wishes.items():
            if self.is_known(name, wish):
                self.keys[name] = self.readable(name, wish)
                self.wished[name] = wish.line
        for name in self.wished:
            self.settle(name)
        return Keymap(
            tuple(_with(one, self.keys[one.id]) for one in COMMANDS),
            tuple(replace(one, keys=",".join(self.keys[one.id])) for one in LIST_KEYS),
            self.warnings,
        )

    def is_known(self, name: str, wish: Wish) -> bool:
        if name in FIXED:
            self.warn(wish.line, f"the keys of {name} stay as they are: {FIXED[name]}")
            return False
        if name in self.keys:
            return True
        import difflib

        close = difflib.get_close_matches(name, list(self.keys), n=1, cutoff=0.6)
        guess = f"; did you mean “{close[0]}”?" if close else "; `configscope keys --list` shows the names there are"
        self.warn(wish.line, f"there is no command “{name}”{guess}")
        return False

    def readable(self, name: str, wish: Wish) -> list[str]:
        found: list[str] = []
        for written in wish.keys:
            key, reason = read(written)
            if key and key not in found:
                found.append(key)
            elif reason:
                self.warn(wish.line, f"“{written}” cannot be a key of {name}: {reason}")
        if wish.keys and not found:
            return list(self.commands[name].key_names if name in self.commands else self.lists[name].key_names)
        return found

    def settle(self, name: str) -> None:
        """A key that the person gave to a command is taken from whatever else would answer to it in its place."""
        for key in list(self.keys[name]):
            for other in [one for one in self.keys if one != name and key in self.keys[one]]:
                if key not in self.defaults(other) or key not in self.defaults(name):
                    self.settle_between(key, name, other)

    def settle_between(self, key: str, name: str, other: str) -> None:
        if not self.meet(name, other):
            return
        line, shown = self.wished[name], show_key(key)
        if (name in self.lists) != (other in self.lists):
            listed = name if name in self.lists else other
            command = other if listed == name else name
            self.warn(line, f"“{shown}” is {listed} in {self.lists[listed].where}, where it will not do {command}")
        elif other in self.wished and self.wished[other] < line:
            self.keys[name].remove(key)
            self.warn(
                line, f"“{shown}” is the key of {other} already (line {self.wished[other]}), so {name} goes without"
            )
        elif other in self.wished:
            self.keys[other].remove(key)
            self.warn(
                self.wished[other], f"“{shown}” is the key of {name} already (line {line}), so {other} goes without"
            )
        else:
            self.keys[other].remove(key)
            also = "" if self.keys[other] else ", which has no key now"
            self.warn(line, f"“{shown}” was the key of {other}{also}; {name} has it")

    def defaults(self, name: str) -> Sequence[str]:
        return (self.commands[name] if name in self.commands else self.lists[name]).key_names

    def meet(self, one: str, other: str) -> bool:
        """True when both could answer to one key in one place."""
        if one in self.commands and other in self.commands:
            places, others = self.commands[one].scope, self.commands[other].scope
            return not places or not others or bool(set(places) & set(others))
        if one in self.lists and other in self.lists:
            wheres = {self.lists[one].where, self.lists[other].where}
            return len(wheres) == 1 or wheres == {"lists", "JSON trees"}
        return True

    def warn(self, line: int, what: str) -> None:
        self.warnings.append(
            f"{self.file} line {line}: {what}" if what.endswith("?") else f"{self.file} line {line}: {what}."
        )


def _with(command: Command, keys: Sequence[str]) -> Command:
    text = ",".join(keys)
    return command if text == command.keys else replace(command, keys=text)

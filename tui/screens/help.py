"""The help: every command there is here, under its heading, with its key and its `:` word. Enter does it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.commands import Command, Group, show_key
from tui.commands.lists import LIST_KEYS, ListKey
from tui.glyphs import UNICODE, Glyphs
from tui.screens.menu import Entry, MenuScreen


class HelpScreen(MenuScreen):
    """Answers with the id of the command to do, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark", "leave", "Close", id="help.leave", show=False)]

    def __init__(
        self, commands: Iterable[Command], signs: Glyphs = UNICODE, lists: Sequence[ListKey] = LIST_KEYS
    ) -> None:
        """Of `commands` only those that can be done here should be given: the help never shows what is not there."""
        listed = list(commands)
        groups = [(group.value, [_entry(command) for command in listed if command.group is group]) for group in Group]
        in_lists = [
            Entry("", " ".join(show_key(key) for key in one.key_names), one.name, f"In {one.where}.")
            for one in lists
            if one.keys
        ]
        links = [Entry("", keys, name, detail) for keys, name, detail in _links(signs)]
        super().__init__("Keys and commands", [*groups, ("In lists and trees", in_lists), ("Links", links)])


def _links(signs: Glyphs) -> Sequence[tuple[str, str, str]]:
    """How links are told apart where they are shown."""
    return (
        (signs.outward, "Recorded link", "AWS Config records it in the item of the resource itself."),
        (signs.inward, "Link of the other side", "Only the item of the other resource has it: that one uses this one."),
        (
            f"{signs.derived_outward} {signs.derived_inward}",
            "Derived link",
            "AWS Config does not record it: configscope found it in the configuration of an item, and says where.",
        ),
    )


def _entry(command: Command) -> Entry:
    keys = " ".join(show_key(key) for key in command.key_names)
    if not keys and command.words:
        keys = f":{command.words[0]}"
    return Entry(command.id, keys, command.name, command.help)

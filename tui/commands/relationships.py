"""What concerns the links between resources."""

from __future__ import annotations

from tui.commands.command import Command, Group

RELATIONSHIPS: tuple[Command, ...] = (
    Command(
        "look.users",
        "u",
        "Who uses it",
        "users",
        "Lists every resource that has a link to the chosen one, recorded or derived; again shows all its links.",
        Group.LOOK,
        ("users",),
        bar=3,
        bar_in="relationships",
    ),
)

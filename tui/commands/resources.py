"""What concerns the inventory."""

from __future__ import annotations

from tui.commands.command import Command, Group

RESOURCES: tuple[Command, ...] = (
    Command(
        "look.resource",
        "",
        "Choose a resource by id or name",
        "resource",
        "Chooses the resource with this id or name in every pane.",
        Group.LOOK,
        ("resource", "go"),
        argument="id or name",
    ),
)

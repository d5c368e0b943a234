"""What concerns the configuration stream."""

from __future__ import annotations

from tui.commands.command import Command, Group

STREAM: tuple[Command, ...] = (
    Command(
        "look.follow",
        "f",
        "Follow the stream",
        "follow",
        "Keeps the newest message in sight, or stops doing so.",
        Group.LOOK,
        ("follow",),
        bar=3,
        bar_in="stream",
    ),
)

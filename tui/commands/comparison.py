"""Marking two things, and what differs between them."""

from __future__ import annotations

from tui.commands.command import Command, Group

COMPARISON: tuple[Command, ...] = (
    Command(
        "compare.mark",
        "m",
        "Mark what is under the cursor",
        "mark",
        "Marks a resource, a snapshot file, an item or (typed) a moment; two that are marked can be compared.",
        Group.LOOK,
        ("mark",),
        argument="moment",
    ),
    Command(
        "compare.unmark",
        "",
        "Take all marks off",
        "unmark",
        "Takes the marks off again; esc does the same.",
        Group.LOOK,
        ("unmark",),
    ),
)

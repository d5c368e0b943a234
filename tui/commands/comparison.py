"""Marking two things, what differs between them, and the report of a moment."""

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
    Command(
        "compare.marked",
        "D",
        "Compare what is marked",
        "compare",
        "Shows what differs between the two that are marked, or the one that is and what is under the cursor.",
        Group.LOOK,
    ),
    Command(
        "compare.two",
        "",
        "Compare two moments or files",
        "compare",
        "Shows what differs between two moments or snapshot files: -1d now, or a.json.gz b.json.gz.",
        Group.LOOK,
        ("compare", "diff"),
        argument="-1d now",
    ),
    Command(
        "take.report",
        "R",
        "Write a report",
        "report",
        "Writes what an auditor asks for: settings, gaps, resources, compliance, changes with callers, and hashes.",
        Group.TAKE,
        ("report",),
        argument="moment",
    ),
    Command(
        "compare.ignore",
        "N",
        "Ignore this field",
        "ignore",
        "Leaves changes of the field under the cursor out, and lets them in again; without one lists what is left out.",
        Group.LOOK,
        ("ignore",),
        argument="path",
        scope=("comparison", "item"),
    ),
    Command(
        "compare.noise",
        "",
        "List the ignored fields",
        "ignored",
        "Lists the paths whose changes are left out; enter lets one in again, :noise clear all of them.",
        Group.LOOK,
        ("noise",),
        argument="clear",
    ),
)

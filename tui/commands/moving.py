"""Moving about: panes, in and out, back and forward."""

from __future__ import annotations

from tui.commands.command import PANES, Command, Group

MOVING: tuple[Command, ...] = (
    *(
        Command(
            f"pane.{pane}",
            str(number),
            f"Go to {name}",
            name,
            f"Moves to the {name.lower()} pane.",
            Group.MOVE,
            (pane,),
        )
        for number, (pane, name) in enumerate(PANES)
    ),
    Command("move.next", "tab", "Next pane part", "next", "Moves the focus to the next part.", Group.MOVE),
    Command(
        "move.previous",
        "shift+tab",
        "Previous pane part",
        "previous",
        "Moves the focus to the previous part.",
        Group.MOVE,
    ),
    Command(
        "move.in",
        "enter",
        "Open",
        "open",
        "Opens what is under the cursor: a resource, a file, a branch of the tree.",
        Group.MOVE,
        bar=1,
    ),
    Command(
        "move.out",
        "escape",
        "Out",
        "out",
        "One step out: ends a filter, a zoom, a file, takes marks off, or ends the look at another moment.",
        Group.MOVE,
    ),
    Command(
        "move.back",
        "backspace,alt+left",
        "Back to the resource before",
        "back",
        "Returns to the resource chosen before this one.",
        Group.MOVE,
        ("back",),
        bar=9,
    ),
    Command(
        "move.forward",
        "alt+right",
        "Forward to the resource after",
        "forward",
        "Undoes one step back.",
        Group.MOVE,
        ("forward",),
    ),
)

"""Going through a story on a stage; only while one is played."""

from __future__ import annotations

from tui.commands.command import Command, Group, Need

STORIES: tuple[Command, ...] = (
    Command(
        "story.next",
        "greater_than_sign",
        "Next step of the story",
        "next step",
        "Goes on to the next step of the story at once.",
        Group.CLOCK,
        ("next",),
        need=Need.STORY,
        bar=90,
    ),
    Command(
        "story.hold",
        "f8",
        "Hold the story",
        "hold",
        "Lets the story wait for > between its steps, or play on by itself.",
        Group.CLOCK,
        ("hold",),
        need=Need.STORY,
    ),
    Command(
        "story.end",
        "f9",
        "End the story",
        "end",
        "Ends the story; the world stays as it is.",
        Group.CLOCK,
        ("end",),
        need=Need.STORY,
    ),
    Command(
        "story.begin",
        "",
        "Tell a story",
        "story",
        "Plays a story with captions in this world: open-door, delivery-failure, recorder-off, quiet-week.",
        Group.CLOCK,
        ("story",),
        argument="name",
        need=Need.CLOCK,
    ),
)

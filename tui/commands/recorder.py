"""What concerns the recorder."""

from __future__ import annotations

from tui.commands.command import Command, Group, Need

RECORDER: tuple[Command, ...] = (
    Command(
        "recorder.start",
        "s",
        "Start the recorder",
        "start",
        "Starts recording configuration changes (StartConfigurationRecorder).",
        Group.CHANGE,
        ("start",),
        need=Need.ACCOUNT,
        changes_account=True,
        bar=3,
        bar_in="recorder",
    ),
    Command(
        "recorder.stop",
        "S",
        "Stop the recorder",
        "stop",
        "Stops recording configuration changes (StopConfigurationRecorder).",
        Group.CHANGE,
        ("stop",),
        need=Need.ACCOUNT,
        changes_account=True,
        bar=3,
        bar_in="recorder",
    ),
)

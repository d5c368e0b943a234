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
    Command(
        "recorder.view",
        "v",
        "Types recorded, not recorded, all, or by cost",
        "view",
        "The list of types: those recorded, those not and why, all of them, or what each costs.",
        Group.LOOK,
        ("types",),
        argument="recorded, not, all or cost",
        need=Need.ACCOUNT,
        scope=("recorder",),
        bar=2,
        bar_in="recorder",
    ),
    Command(
        "recorder.set_up",
        "U",
        "Set up AWS Config",
        "set up",
        "Opens the form for recorder, role, bucket, topic and channel, with checks, documents and commands.",
        Group.CHANGE,
        ("setup", "set-up"),
        need=Need.ACCOUNT,
        bar=4,
        bar_in="recorder",
    ),
)

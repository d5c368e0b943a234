"""What concerns the delivery channel and the bucket it fills."""

from __future__ import annotations

from tui.commands.command import Command, Group, Need

DELIVERY: tuple[Command, ...] = (
    Command(
        "delivery.deliver",
        "d",
        "Deliver a snapshot now",
        "deliver",
        "Asks AWS Config for a snapshot of everything, now (DeliverConfigSnapshot).",
        Group.CHANGE,
        ("deliver",),
        need=Need.ACCOUNT,
        changes_account=True,
        bar=3,
        bar_in="delivery",
    ),
    Command(
        "delivery.frequency",
        "F",
        "Set the snapshot frequency",
        "frequency",
        "Sets how often snapshots are delivered (PutDeliveryChannel).",
        Group.CHANGE,
        ("frequency",),
        argument="One_Hour … TwentyFour_Hours",
        need=Need.ACCOUNT,
        changes_account=True,
        bar=4,
        bar_in="delivery",
    ),
    Command(
        "delivery.channel",
        "C",
        "Set up the delivery channel",
        "channel",
        "Sets the bucket, prefix, topic and frequency of the delivery channel (PutDeliveryChannel).",
        Group.CHANGE,
        ("channel",),
        need=Need.ACCOUNT,
        changes_account=True,
    ),
    Command(
        "look.bucket",
        "b",
        "Browse the bucket",
        "bucket",
        "Opens the bucket of the delivery channel, folder by folder.",
        Group.LOOK,
        ("bucket",),
        argument="name of another bucket",
        need=Need.ACCOUNT,
        bar=5,
        bar_in="delivery",
    ),
)

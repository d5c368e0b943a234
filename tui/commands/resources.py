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
    Command(
        "resources.view",
        "v",
        "Next view of the resources",
        "view",
        "All resources, those that look idle, what matters for security, what is not recorded; each with the why.",
        Group.LOOK,
        ("view",),
        argument="all, idle, security or unrecorded",
        scope=("snapshots",),
        bar=3,
        bar_in="snapshots",
    ),
    Command(
        "resources.order",
        "o",
        "Order of the resources",
        "order",
        "Orders the resources by a column; the same column again turns the direction.",
        Group.LOOK,
        ("order", "sort"),
        argument="column, -column for the other direction",
        scope=("snapshots",),
        bar=4,
        bar_in="snapshots",
    ),
    Command(
        "resources.columns",
        "c",
        "Columns of the resources",
        "columns",
        "Chooses what is shown of each resource: state, region, zone, account, tags, times, rules that it breaks.",
        Group.LOOK,
        ("columns",),
        argument="name, id, state, tag:Team …",
        scope=("snapshots",),
        bar=4,
        bar_in="snapshots",
    ),
    Command(
        "resources.by",
        "",
        "Count the resources by something else",
        "by",
        "Counts the resources by type, region, account, zone, state or the values of a tag.",
        Group.LOOK,
        ("by", "count"),
        argument="type, region, account, zone, state, tag:Team",
    ),
)

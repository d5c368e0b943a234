"""The words of AWS Config, and those of configscope, in plain sentences."""

from __future__ import annotations

from tui.help import references as at
from tui.help.texts import Concept

_ALL = (
    Concept(
        "recorder",
        "Configuration recorder",
        (
            "The recorder looks at the resources of one account in one region and writes an item down whenever one "
            "changes. There is one such recorder for each region, and it works only while it is started.",
            "It records all supported types or a list of them, and resources of global services (IAM) if asked to. A "
            "type it does not record leaves no trace: nothing here can show what was not recorded.",
            "CONTINUOUS writes each change down; DAILY only how a resource stands at the end of a day, which costs "
            "less. Each item is paid for, so what changes often is worth a look.",
        ),
        ("item", "delivery-channel"),
        (at.CONCEPT_PAGE, at.RESOURCE_TYPES),
    ),
    Concept(
        "item",
        "Configuration item",
        (
            "An item is how one resource was at one moment: its type, id, ARN, tags, the settings of its service "
            "(configuration), and the links it has to other resources.",
            "Its status says how it came about: OK for a change, ResourceDiscovered for the first sight of a resource, "
            "ResourceDeleted for its end. A deleted resource keeps its items.",
            "An item is never changed or removed by anyone: AWS Config has no operation for it, and so no key here "
            "does it. Items end by themselves after the time of retention, seven years unless it was set.",
        ),
        ("history-or-snapshot", "relationship", "moment"),
        (at.CONCEPT_PAGE, at.VIEW),
    ),
    Concept(
        "history-or-snapshot",
        "History against snapshot",
        (
            "Both are files in the bucket, made of the same items, and they answer different questions.",
            "A history file holds the changes of one type of resource over some hours: what happened. It is delivered "
            "about every six hours, and only for types of which something changed.",
            "A snapshot file holds all recorded resources as they are at one moment: what there is. It is delivered as "
            "often as the delivery channel says, or when it is asked for.",
            "To know who changed a setting between Monday and Friday, read the history. To know what there was on "
            "Friday, or to compare two days, read the snapshots.",
        ),
        ("item", "delivery-channel", "stream"),
        (at.HISTORY_OR_SNAPSHOT, at.MANAGE, at.VIEW, at.DELIVER),
    ),
    Concept(
        "delivery-channel",
        "Delivery channel",
        (
            "The channel says where things go: the bucket for history and snapshot files, the topic for the stream, "
            "and how often a snapshot is made. There is one for each region, and without it the recorder cannot be "
            "started.",
            "Three deliveries go through it: snapshot, history and stream. Each has a last attempt and a last success; "
            "when they differ, deliveries fail, mostly because the role or the policy of the bucket does not allow it.",
            "A delivery that has not been tried yet has no state at all, which is not a failure.",
        ),
        ("history-or-snapshot", "stream", "recorder"),
        (at.PUT_CHANNEL, at.CHANNELS, at.CHANNEL_STATUS, at.DELIVER, at.MANAGE),
    ),
    Concept(
        "stream",
        "Configuration stream",
        (
            "The stream is what AWS Config says as it happens, as messages to the topic of the delivery channel: an "
            "item changed, compliance changed, a file was delivered, a delivery failed.",
            "A topic keeps nothing: what was said while nobody listened is gone from the stream, though the items "
            "stay. That is why AWS lets a queue listen.",
        ),
        ("item", "delivery-channel"),
        (at.CONCEPT_PAGE, at.PUT_CHANNEL),
    ),
    Concept(
        "relationship",
        "Relationship, recorded or derived",
        (
            "A relationship is a link from one resource to another: an instance is attached to a volume, contained "
            "in a subnet, associated with a security group. AWS Config writes it into the item of the resource "
            "itself.",
            "Since 2021 many links are written on one side only. So the question “what uses this group” is answered "
            "by looking at all items for a link to it: those are the links of the other side, drawn with the arrow "
            "reversed.",
            "A derived link is recorded nowhere: configscope found the id or ARN of one resource in the "
            "configuration of another, and says in which field. It is drawn with a broken arrow, because it is our "
            "reading and not AWS's.",
        ),
        ("item",),
        (at.CONCEPT_PAGE, at.RESOURCE_TYPES),
    ),
    Concept(
        "rule",
        "Rule and verdict",
        (
            "A rule holds resources against what they should be. It is evaluated when a resource changes, at "
            "intervals, or when asked for; the rule is AWS's (managed) or one's own.",
            "The verdict on a resource is COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE, or INSUFFICIENT_DATA while the "
            "rule has not seen it. A rule is non-compliant as soon as one of its resources is.",
            "A rule can only judge what is recorded: a type that the recorder leaves out is never non-compliant.",
        ),
        ("recorder", "item"),
        (at.CONCEPT_PAGE, at.MANAGED_RULES),
    ),
    Concept(
        "moment",
        "Moment looked at",
        (
            "Everything can be looked at as it was: t asks for a moment, [ and ] go to the change before and after "
            "it, n returns to now. While it is not now, the top line and all borders say so.",
            "What is shown for a moment is the newest item before it. Where the recorder was off, or did not record "
            "the type, nobody knows, and that is what is said.",
            "Only looking is done in the past: a command that changes the account always changes it now.",
        ),
        ("item", "recorder", "clock"),
        (at.VIEW,),
    ),
    Concept(
        "clock",
        "World and clock",
        (
            "A world is a local account with resources, a recorder and rules, kept on this computer. configscope "
            "asks it through the same calls as AWS; [LOCAL ×N] in the top line says that it is not AWS.",
            "Its clock is simulated: space stops it, + and - change its speed, J jumps on. Everything that falls due"
            " on the way happens in its order, as if one had waited.",
            "The clock moves the world; the moment looked at moves only the eyes. With --memory nothing of a world "
            "is kept.",
        ),
        ("moment",),
    ),
    Concept(
        "safety",
        "Looking and changing",
        (
            "Looking never changes the account: every key that looks, filters, marks, compares, copies or exports only "
            "reads. On AWS configscope is read-only unless --allow-changes is given.",
            "What does change something is a command of its own, shows the aws command it stands for, and asks "
            "first. Where changes are not allowed those commands do not exist: not in the keys, the palette or after"
            " the colon.",
            "No command removes an item, a file of the bucket or a resource.",
        ),
        ("item",),
    ),
)

CONCEPTS = {one.id: one for one in _ALL}
"""All of them by id, in the order of the help."""

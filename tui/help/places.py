"""What each pane and page shows, what its words mean, and what to do from there. By the id of the pane or page."""

from __future__ import annotations

from tui.help.texts import Place

PLACES = {
    "pulse": Place(
        "Pulse",
        "One glance: is it recording, when did each delivery last arrive, what is broken, what changed in a day, and"
        " what is not recorded at all.",
        (
            ("recording", "The recorder is started and its last attempt was a success."),
            ("broken", "Rules with at least one resource that is not as it should be."),
        ),
        ("Enter on a line goes to the pane that knows more.", "A number goes to its pane; 0 comes back."),
        ("recorder", "delivery-channel", "rule"),
    ),
    "recorder": Place(
        "Recorder",
        "What the recorder writes down, whether it does so now, and which types it leaves out.",
        (
            ("started", "Since when it has been recording without a stop."),
            ("records", "All supported types, a list of types, or all but a list."),
            ("SUCCESS, FAILURE", "How its last attempt to write something down ended."),
        ),
        (
            "Types with many resources and few items are cheap; those that change all day cost.",
            "Where it is allowed, s starts and S stops the recorder; both ask first.",
        ),
        ("recorder", "item"),
    ),
    "delivery": Place(
        "Delivery",
        "Where history, snapshots and the stream go, whether they arrive, and when the next is due.",
        (
            ("snapshot", "A file with all recorded resources as they are at one moment."),
            ("history", "Files with the changes of some hours, one for each type."),
            ("stream", "Messages to the topic, as things happen."),
            ("not tried yet", "Nothing was due so far: no success, and no failure."),
        ),
        (
            "When a delivery fails, the error is AWS's own, with what to do about it below.",
            "Enter opens a delivered file; b browses the bucket.",
            "Over files it lists those that are open; enter looks through one and tells what is odd in it.",
        ),
        ("delivery-channel", "history-or-snapshot", "stream"),
    ),
    "snapshots": Place(
        "Resources",
        "What there is: the types with counts, the resources of a type, and the newest item of the one under the "
        "cursor.",
        (
            ("OK", "The item tells of a change to a resource that is there."),
            ("ResourceDiscovered", "The resource was seen for the first time."),
            ("ResourceDeleted", "The resource is gone; its items stay."),
            ("not recorded", "The recorder leaves this type out: only that there is one is known."),
        ),
        (
            "Enter opens the resource with its history; 4 shows what it is linked to.",
            "/ filters as you type. m marks a resource, D compares two that are marked.",
        ),
        ("item", "history-or-snapshot", "moment"),
    ),
    "relationships": Place(
        "Relationships",
        "What the chosen resource is linked to, and what is linked to it, as a tree that opens further with each "
        "branch.",
        (
            ("→", "A link that the resource itself has."),
            ("←", "A link that the other one has: it uses this one."),
            ("⇢ ⇠", "A derived link: recorded nowhere, found in a configuration."),
            ("↺", "A resource that is in the tree above already."),
        ),
        ("Enter makes the resource under the cursor the root.", "u lists all that use it."),
        ("relationship", "item"),
    ),
    "compliance": Place(
        "Compliance",
        "The rules, those with most broken resources first, and the resources of the rule under the cursor.",
        (
            ("NON_COMPLIANT", "The resource is not as the rule wants it."),
            ("INSUFFICIENT_DATA", "The rule has not judged it, or cannot."),
            ("since", "For how long the verdict has been the same."),
        ),
        (
            "v shows the same by resource, for security, by conformance pack, and overall.",
            "i tells all of a rule, L the flow of its last pass; H opens a timeline, V that of verdicts.",
            "a shows all managed rules there are; A puts a rule of your own, K a conformance pack.",
            "c changes the rule under the cursor, and delete deletes it, or the pack; both ask first.",
            "E, where it is allowed, evaluates the rule again; :evaluate all does so with all broken ones.",
        ),
        ("rule", "recorder"),
    ),
    "stream": Place(
        "Stream",
        "What AWS Config says as it happens, the newest at the end.",
        (
            ("item changed", "A resource was created, changed or deleted."),
            ("compliance changed", "A verdict is another one than before."),
            ("delivered", "A history or snapshot file is in the bucket."),
            ("failed", "Something could not be delivered: it is also said aloud, and marked above until it works."),
        ),
        (
            "Enter opens a message; from there it goes on to the resource, its timeline, the file or the rule.",
            "f follows the newest or stops doing so; v shows verdicts only, deliveries, or failures.",
            "B rings when something newly breaks a rule, W when the chosen resource changes.",
        ),
        ("stream", "item"),
    ),
    "message": Place(
        "Message",
        "One message of the stream: what it says in plain words, where it leads, and all of it as it came.",
        (("changed", "The properties that differ from the item before, with both values."),),
        ("Enter on a line goes where it leads.", "< and > show the message before and after."),
        ("stream", "item"),
    ),
    "item": Place(
        "Item",
        "One resource: its item with all fields, its history, its links, and the verdicts on it.",
        (
            ("configuration", "The settings of the service, as the service calls them."),
            ("captured", "When AWS Config wrote the item down; the change came shortly before."),
            ("version", "The form of the item, not of the resource."),
        ),
        (
            "[ and ] go through the changes, and all panes go with you.",
            "/ looks for text in all fields, . and , go on to the next; enter on an id goes to that resource.",
            "v shows the fields as a tree, as raw JSON, and the inventory of a server as tables.",
            "y copies the value under the cursor, Y its path.",
        ),
        ("item", "moment", "relationship"),
    ),
    "bucket": Place(
        "Bucket",
        "The bucket of the delivery channel, folder by folder, as AWS Config names them: account, region, day, kind.",
        (
            ("ConfigHistory", "Changes of one type over some hours."),
            ("ConfigSnapshot", "All resources at one moment."),
            ("ConfigWritabilityCheckFile", "An empty file that only shows that AWS Config may write here."),
        ),
        ("Enter opens a folder or file, w keeps a copy of it.", "Nothing here removes a file."),
        ("history-or-snapshot", "delivery-channel"),
    ),
    "file": Place(
        "File",
        "The items of a delivered file in their order, and the one under the cursor as a tree.",
        (("captured", "When AWS Config wrote the item down."),),
        ("Enter goes to the resource of an item.", "/ filters the items."),
        ("history-or-snapshot", "item"),
    ),
    "comparison": Place(
        "Comparison",
        "What differs between two moments, snapshots or resources: new, gone and changed, down to the field.",
        (
            ("new", "Only the later one has it."),
            ("gone", "Only the earlier one has it."),
            ("noise", "Fields that change by themselves, left out."),
        ),
        ("Enter opens a branch.", "N leaves the path under the cursor out; e writes the comparison to a file."),
        ("history-or-snapshot", "item", "moment"),
    ),
    "set-up": Place(
        "Set-up",
        "The way to a working AWS Config in its order: types, role, bucket, topic, channel, start.",
        (),
        ("Each field says what is wrong with it.", "The aws commands that it stands for can be copied."),
        ("recorder", "delivery-channel", "safety"),
    ),
    "types": Place(
        "Resource types",
        "All types that AWS Config supports: which are recorded, how often, and how many resources there are of each.",
        (("not recorded", "The recorder leaves the type out."), ("DAILY", "One item a day at most.")),
        ("/ filters the types.",),
        ("recorder", "item"),
    ),
    "blast": Place(
        "Blast radius",
        "All that would feel it if the chosen resource failed: what uses it, what uses that, and so on.",
        (("step", "How many links away it is."),),
        ("Enter goes to a resource.", "e writes the picture or the list to a file."),
        ("relationship", "rule"),
    ),
    "path": Place(
        "Path",
        "The shortest way from one resource to another over links of either direction.",
        (),
        ("Enter goes to a resource on the way.",),
        ("relationship",),
    ),
    "inspection": Place(
        "What a file is",
        "The form, the counts, the times and the gaps of a file that is open, and what is odd in it; it is looked "
        "through once more for that.",
        (
            ("wrong", "What no delivered file has, with the byte where it is."),
            ("to know", "What is usual in some files, and has to be known to read them right."),
        ),
        ("configscope inspect FILE tells the same in a shell.",),
        ("history-or-snapshot",),
    ),
    "verdict": Place(
        "A verdict",
        "Why a rule says what it says of a resource: the rule is asked again, of the item at hand.",
        (
            ("is", "What the property is in the item."),
            ("expected", "What the rule asks of it, with its parameters."),
        ),
        (
            "Enter shows the property in the item.",
            "What hangs on other resources or on the account is not told by an item alone: then AWS's sentence is all.",
        ),
        ("rule", "item"),
    ),
    "try": Place(
        "Trying a rule",
        "What a rule, a Guard policy or a handler says of each item of a resource; nothing is stored, nobody is told.",
        (
            (
                "try",
                "A managed rule, or a file: .guard, a pack, a rule in JSON, a handler in .py or an RDK folder.",
            ),
            ("policy", "With nothing named, the text below is the policy; errors are told with line and column."),
        ),
        (
            "Verdicts follow as you type. A handler is a program of yours: ctrl+r runs it on the newest item.",
            "Enter on a verdict shows the item of then, at the property that decided.",
        ),
        ("rule", "item"),
    ),
    "library": Place(
        "Managed rules",
        "The rules that AWS has written, those that most public packs name first, and all about the one under the "
        "cursor.",
        (
            ("here", "Whether the local engine of configscope evaluates it; AWS evaluates all of them."),
            ("decides", "What must be so for a resource to be in order."),
            ("needs", "Its parameters, each with its kind and what is assumed without a value."),
        ),
        (
            "/ searches as you type, also type:Bucket parameter:maxAccess trigger:periodic evaluated:yes there:no.",
            "The first column says how a rule stands that this account has already.",
            "Enter opens the form that puts the rule; A writes one of your own in Guard, K puts a conformance pack.",
            "y copies the identifier, Y the address of AWS's page on the rule.",
        ),
        ("rule",),
    ),
    "put-rule": Place(
        "Putting a rule",
        "The form of a managed rule. Nothing is done before enter, and then you are asked.",
        (
            ("judges", "All types that the rule knows, some of them, one resource, or those with a tag."),
            ("runs", "How often, for a rule on a schedule."),
        ),
        (
            "Each field says what is wrong with it as AWS Config would; the field at hand says what it takes.",
            "^n shows the document that is sent, then the aws command that sends the same.",
            "Read-only, the form shows document and command all the same.",
        ),
        ("rule", "safety"),
    ),
    "put-policy": Place(
        "A rule of your own",
        "The form of a custom policy rule: a policy in the language of Guard, for items of the types you choose.",
        (("policy", "Its rules name properties of the item: configuration.encrypted == true."),),
        (
            "What cannot be read is told by line and column as you type. ^l takes the text of a file, ^r puts it.",
            ":try tries a policy on the items of a resource before.",
        ),
        ("rule", "safety"),
    ),
    "put-pack": Place(
        "Putting a conformance pack",
        "The form of a conformance pack from a template in YAML or JSON, with a field for each of its parameters.",
        (
            ("evaluated", "The local engine evaluates this rule of it."),
            ("INSUFFICIENT_DATA", "The rule is put, and never gets a verdict here."),
        ),
        ("The file is read again when you put it.", "In the compliance pane, v shows packs with their state."),
        ("rule", "safety"),
    ),
    "pack": Place(
        "A conformance pack",
        "How many rules of a pack were in order, and when that changed; from the items AWS Config records of it.",
        (
            ("in order", "Of its rules that have a verdict, how many no resource breaks."),
            ("score", "Of all pairs of rule and resource, how many are in order; it is known only of now."),
        ),
        ("Enter shows everything as it was at that moment; n comes back.",),
        ("rule", "item"),
    ),
}

NO_PLACE = Place(
    "This page",
    "Its keys are listed below, and in the bottom row.",
    (),
    ("esc leaves it.",),
    ("item",),
)
"""For a page that has no text of its own."""

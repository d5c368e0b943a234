"""The lists on a resource's page: its items, what changed, its links, verdicts and calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from backend.model.compliance import Evaluation
from backend.model.diff import Change, changes
from backend.model.item import ConfigurationItem, Document, Relationship, ResourceKey
from backend.model.trail import TrailEvent
from tui import times
from tui.glyphs import Glyphs
from tui.panes.facts import NOTHING, state
from tui.panes.links import arrow
from tui.panes.spelling import short_type
from tui.text import visible
from tui.widgets.columns import Column
from tui.widgets.json_nodes import value_text
from tui.widgets.lines import Cell
from tui.widgets.table import BigTable
from tui.workspace import Workspace

_VALUE_SHOWN = 400
"""Characters of a changed value that can come to show in a cell."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One item of a resource with what changed since the item before it; `first` when none is known before."""

    item: ConfigurationItem
    changes: tuple[Change, ...]
    first: bool


def stages(history: Sequence[ConfigurationItem]) -> list[Stage]:
    """A history (newest first) with the differences between neighbours."""
    found: list[Stage] = []
    for place, item in enumerate(history):
        before = history[place + 1] if place + 1 < len(history) else None
        differences = () if before is None else tuple(changes(_compared(before), _compared(item)))
        found.append(Stage(item, differences, before is None))
    return found


def _compared(item: ConfigurationItem) -> Document:
    """The fields whose difference means something; capture times, ids and hashes differ in every item."""
    return {
        "configurationItemStatus": item.status,
        "resourceName": item.resource_name,
        "availabilityZone": item.availability_zone,
        "tags": dict(item.tags),
        "configuration": item.configuration,
        "supplementaryConfiguration": item.supplementary,
        "relationships": [
            {
                "name": link.name,
                "resourceType": link.resource_type,
                "resourceId": link.resource_id,
                "resourceName": link.resource_name,
            }
            for link in item.relationships
        ],
    }


def kind_sign(kind: str, signs: Glyphs) -> Content:
    """Created, deleted or changed, by sign and colour."""
    if kind == "CREATE":
        return Content.styled(signs.plus, "$text-success bold")
    if kind == "DELETE":
        return Content.styled(signs.minus, "$text-error bold")
    return Content.styled(signs.change, "$text-warning bold")


def stage_table(workspace: Workspace, signs: Glyphs) -> BigTable[Stage]:
    """The items of a resource, newest first."""

    def cells(stage: Stage) -> tuple[Cell, ...]:
        item = stage.item
        kind = "DELETE" if item.deleted else "CREATE" if stage.first else "UPDATE"
        paths = ", ".join(change.path for change in stage.changes[:8])
        what = "first item known" if stage.first else paths or "nothing of substance"
        return (
            kind_sign(kind, signs),
            times.full(item.capture_time, workspace.zone),
            Content.styled(times.ago(item.capture_time, workspace.now()), "$text-muted"),
            item.status,
            str(len(stage.changes)) if stage.changes else "",
            what,
        )

    return BigTable(
        (
            Column("kind", "", width=1, sortable=False),
            Column("time", times.titled("captured", workspace.zone), width=19, sortable=False),
            Column("age", "", width=14, drop=2, sortable=False),
            Column("status", "status", minimum=18, maximum=27, drop=1, sortable=False),
            Column("count", "n", width=3, right=True, sortable=False),
            Column("what", "what changed", minimum=16, weight=3, sortable=False),
        ),
        cells,
        key=lambda stage: (stage.item.capture_time, stage.item.state_id),
        empty="No items are known.",
    )


def change_table(signs: Glyphs) -> BigTable[Change]:
    """The differences between two items."""

    def cells(change: Change) -> tuple[Cell, ...]:
        return (
            kind_sign(change.kind, signs),
            change.path,
            NOTHING if change.before is None else value_text(change.before)[:_VALUE_SHOWN],
            NOTHING if change.after is None else value_text(change.after)[:_VALUE_SHOWN],
        )

    return BigTable(
        (
            Column("kind", "", width=1, sortable=False),
            Column("path", "field", minimum=16, weight=2, shorten="start", sortable=False),
            Column("before", "before", minimum=10, weight=2, shorten="middle", sortable=False),
            Column("after", "after", minimum=10, weight=2, shorten="middle", sortable=False),
        ),
        cells,
        empty="No difference to the item before.",
    )


def link_table(workspace: Workspace, signs: Glyphs) -> BigTable[Relationship]:
    """The links of a resource."""

    def cells(link: Relationship) -> tuple[Cell, ...]:
        key = ResourceKey(link.resource_type, link.resource_id or "")
        name = link.resource_name or workspace.names.get(key, "")
        words = Content(visible(link.name))
        return (
            Content.styled(arrow(link, signs), "$text-accent"),
            Content.assemble("derived: ", words) if link.derived else words,
            short_type(link.resource_type),
            link.resource_id or link.resource_name or "",
            name if name != link.resource_id else "",
        )

    return BigTable(
        (
            Column("direction", "", width=1, sortable=False),
            Column("name", "link", minimum=26, maximum=40, weight=2, sortable=False),
            Column("type", "type", minimum=20, maximum=28, drop=2, sortable=False),
            Column("id", "id", minimum=18, weight=2, shorten="middle", sortable=False),
            Column("label", "name", minimum=16, weight=1, shorten="middle", drop=1, sortable=False),
        ),
        cells,
        empty="Nothing is linked to this resource.",
    )


def verdict_table(workspace: Workspace, signs: Glyphs) -> BigTable[Evaluation]:
    """What the rules say of a resource."""

    def cells(found: Evaluation) -> tuple[Cell, ...]:
        since = found.recorded_time
        return (
            state(found.compliance, signs),
            found.rule,
            times.brief(since, workspace.now()) if since is not None else "",
            found.annotation,
        )

    return BigTable(
        (
            Column("state", "verdict", width=19, sortable=False),
            Column("rule", "rule", minimum=24, maximum=50, weight=2, shorten="middle", sortable=False),
            Column("since", "since", width=6, right=True, drop=2, sortable=False),
            Column("why", "why", minimum=18, weight=3, drop=1, sortable=False),
        ),
        cells,
        empty="No rule has judged this resource.",
    )


def call_table(workspace: Workspace) -> BigTable[TrailEvent]:
    """Who did what to a resource."""

    def cells(event: TrailEvent) -> tuple[Cell, ...]:
        return (
            times.full(event.time, workspace.zone),
            _call(event),
            event.user,
            event.source_ip,
            event.user_agent,
        )

    return BigTable(
        (
            Column("time", times.titled("time", workspace.zone), width=19, sortable=False),
            Column("name", "call", minimum=14, maximum=48, weight=2, sortable=False),
            Column("user", "who", minimum=18, maximum=30, weight=2, shorten="middle", sortable=False),
            Column("ip", "from", width=15, drop=1, sortable=False),
            Column("agent", "with", minimum=24, weight=2, drop=2, sortable=False),
        ),
        cells,
        empty="The trail knows no call about this resource.",
    )


def _call(event: TrailEvent) -> Cell:
    """The call, and how it was refused."""
    if not event.error_code:
        return event.name
    return Content.styled(visible(f"{event.name}: {event.error_code}"), "$text-error")

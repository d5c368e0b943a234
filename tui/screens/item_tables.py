"""The lists on a resource's page: what changed, its links, verdicts and calls."""

from __future__ import annotations

from textual.content import Content

from backend.model.compliance import Evaluation
from backend.model.diff import Change
from backend.model.item import Relationship, ResourceKey
from backend.model.trail import TrailEvent
from tui import times
from tui.glyphs import Glyphs
from tui.panes.facts import NOTHING, state
from tui.panes.links import arrow
from tui.panes.spelling import short_type
from tui.screens.timeline_rows import kind_sign
from tui.text import legible
from tui.widgets.columns import Column
from tui.widgets.json_nodes import value_text
from tui.widgets.lines import Cell
from tui.widgets.table import BigTable
from tui.workspace import Workspace

_VALUE_SHOWN = 400
"""Characters of a changed value that can come to show in a cell."""

NOT_KEPT = Content.styled("reason not kept", "$text-muted")
"""Why a verdict of then was given: the items that AWS Config records of verdicts lack it."""


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
        words = Content(legible(link.name))
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
            found.annotation or (NOT_KEPT if workspace.selection.moment is not None else ""),
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
    return Content.styled(legible(f"{event.name}: {event.error_code}"), "$text-error")

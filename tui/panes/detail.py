"""The chosen resource in brief: its newest item, or the one that was true at the moment looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from backend.model.item import ConfigurationItem, Document
from backend.model.moment import to_iso
from tui import times
from tui.panes.spelling import short_type
from tui.text import visible
from tui.widgets.json_tree import JsonTree
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.client.session import Session


class Detail(Vertical):
    """One item: a line that names it, and its fields as a tree."""

    DEFAULT_CSS = """
    Detail Static {
        height: 1; padding: 0 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis;
    }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._line = Static("", markup=False)
        self._tree = JsonTree()

    def compose(self) -> ComposeResult:
        yield self._line
        yield self._tree

    async def load(self, session: Session) -> None:
        """Fetch and show the chosen resource; raises `Problem`."""
        key, moment = self._workspace.selection.view
        if key is None or session.resources is None:
            return
        if moment is None:
            item = await session.resources.item(key)
        else:
            item = await session.resources.as_of(key, moment)
        if item is None:
            self._line.update(Content(f"{visible(key.resource_id)} was not known then."))
            self._tree.set_value({})
            return
        status = visible(item.status)
        self._line.update(
            Content.assemble(
                (short_type(item.resource_type), ""),
                "  ",
                (visible(item.label), "bold $text"),
                "  ",
                Content.styled(status, "$text-error") if item.deleted else status,
                f"  {times.full(item.capture_time)[:16]}",
            )
        )
        self._tree.set_value(fields(item))


def fields(item: ConfigurationItem) -> Document:
    """An item as the fields a person reads, in the spelling of today's files, the telling ones first."""
    return {
        "resourceType": item.resource_type,
        "resourceId": item.resource_id,
        "resourceName": item.resource_name,
        "ARN": item.arn,
        "configurationItemStatus": item.status,
        "configurationItemCaptureTime": to_iso(item.capture_time),
        "resourceCreationTime": to_iso(item.creation_time) if item.creation_time is not None else None,
        "awsAccountId": item.account_id,
        "awsRegion": item.region,
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
        "relatedEvents": list(item.related_events),
        "configurationItemVersion": item.version,
        "configurationStateId": item.state_id,
        "configurationStateMd5Hash": item.md5,
    }

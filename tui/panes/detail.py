"""The chosen resource in brief: its newest item, or the one that was true at the moment looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui import times
from tui.item_fields import fields
from tui.panes.spelling import short_type
from tui.text import legible
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
            self._line.update(Content(f"{legible(key.resource_id)} was not known then."))
            self._tree.set_value({})
            return
        status = legible(item.status)
        self._line.update(
            Content.assemble(
                (short_type(item.resource_type), ""),
                "  ",
                (legible(item.label), "bold $text"),
                "  ",
                Content.styled(status, "$text-error") if item.deleted else status,
                f"  {times.full(item.capture_time, self._workspace.zone)[:16]} {self._workspace.zone.name}",
            )
        )
        self._tree.set_value(fields(item))

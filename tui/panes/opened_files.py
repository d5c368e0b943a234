"""The files that are open, each with what is in it and how far it was read."""

from __future__ import annotations

import json

from textual.content import Content

from backend.model.delivery import delivered_as
from backend.model.moment import to_iso
from backend.model.reading import OpenedFile
from tui import glyphs, times
from tui.panes.spelling import size
from tui.widgets.columns import Column
from tui.widgets.table import BigTable
from tui.workspace import Workspace


class OpenedFiles(BigTable[OpenedFile]):
    """A row a file, in the order in which they are read."""

    def __init__(self, workspace: Workspace, widget_id: str) -> None:
        super().__init__(
            (
                Column("age", "ago", width=6, right=True),
                Column("name", "file", minimum=14, weight=3, shorten="middle"),
                Column("items", "items", width=11, right=True),
                Column("what", "what", width=8, drop=1),
                Column("size", "size", width=8, right=True, drop=2),
                Column("time", times.titled("to", workspace.zone), width=19, drop=3),
            ),
            self._cells,
            key=lambda opened: opened.path,
            empty="",
            id=widget_id,
        )
        self._workspace = workspace

    def _cells(self, opened: OpenedFile) -> tuple[str | Content, ...]:
        at = opened.latest
        return (
            times.brief(at, self._workspace.looked_at_from) if at is not None else "",
            opened.name,
            self._items(opened),
            what_is(opened),
            size(opened.size) if opened.size is not None else "",
            times.full(at, self._workspace.zone) if at is not None else "",
        )

    def _items(self, opened: OpenedFile) -> Content:
        signs = glyphs.of(self.app)
        count = f"{opened.items:,}"
        if opened.state == "broken":
            return Content.assemble((f"{signs.bad} ", "$text-error"), count)
        if opened.state == "whole":
            return Content(count)
        return Content.styled(f"{count} {signs.ellipsis}" if opened.state == "reading" else opened.state, "$text-muted")

    def export(self) -> tuple[str, str]:
        """All of them as JSON."""
        rows = [
            {
                "file": str(opened.path),
                "bytes": opened.size,
                "items": opened.items,
                "what": what_is(opened),
                "latest": to_iso(opened.latest) if opened.latest is not None else None,
                "state": opened.state,
            }
            for number in range(self.line_count)
            if (opened := self.row(number)) is not None
        ]
        return "json", json.dumps(rows, indent=2)


def what_is(opened: OpenedFile) -> str:
    """`snapshot`, `history`, or what is in any other file."""
    return "snapshot" if opened.snapshot else delivered_as(opened.name) or "items"

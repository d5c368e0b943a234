"""The resource browser: types with counts, their resources, and what the chosen one looks like (INV-01, SNP-09).

It is the same over an account, a local world and a snapshot file.
"""

from __future__ import annotations

import asyncio
import csv
import io
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual import events, on
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from backend.model.item import ResourceKey, ResourceSummary
from tui import marks
from tui.marks import Mark
from tui.panes.detail import Detail
from tui.panes.listing import Order, Wanted, arranged, read_filter, row_name
from tui.panes.pane import Pane
from tui.panes.spelling import kind, short_type
from tui.widgets.columns import Column
from tui.widgets.table import BigTable
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.client.session import ResourcesPart, Session
    from tui.selection import View

BESIDE = 72
"""From this many columns on the types stand beside the resources, not above."""
DETAILED = (96, 30)
"""From this many columns and rows on the chosen resource is shown below the list."""
WHOLE = 5_000
"""Up to this many resources of an account all are listed; beyond it only those of the chosen type."""
WHOLE_FILE = 200_000
"""The same for files, where a listing costs no calls."""
READERS = 4
"""Items read at the same time for their names and tags."""
NAMED = 2_000
"""Resources without a name of their own whose items are read for the name people gave them."""

TOLD_EVERY = 0.3
"""Seconds between two looks at a listing that is still coming in: each sorts and filters all of it."""
FIRST_CHOSEN = "AWS::EC2::Instance"
"""Of this type, if there is one, is the resource chosen at the start: it has links to show."""

ALL = ""
"""The type row that stands for all types."""


class SnapshotsPane(Pane):
    """Types, resources, and at size the chosen resource itself."""

    FOLLOWS_VIEW = True
    THEN = ""
    DEFAULT_CSS = """
    SnapshotsPane #resource-types { height: 2fr; }
    SnapshotsPane #resource-right { height: 5fr; }
    SnapshotsPane #resource-list { height: 1fr; border-top: solid $panel-lighten-1; }
    SnapshotsPane.-beside > .pane--body { layout: horizontal; }
    SnapshotsPane.-beside #resource-types { width: 31; height: 1fr; }
    SnapshotsPane.-detailed #resource-types { width: 34; }
    SnapshotsPane.-beside #resource-right { width: 1fr; height: 1fr; border-left: solid $panel-lighten-1; }
    SnapshotsPane.-beside #resource-list { border-top: none; }
    SnapshotsPane Detail { display: none; height: 1fr; border-top: solid $panel-lighten-1; }
    SnapshotsPane.-detailed Detail { display: block; }
    """

    def __init__(self, workspace: Workspace, pane_id: str, name: str, number: int) -> None:
        super().__init__(workspace, pane_id, name, number)
        self.counts: Mapping[str, int] = {}
        self.shown: Sequence[ResourceSummary] = ()
        self._resources: list[ResourceSummary] = []
        self._listed: str | None = None
        self._tags: dict[ResourceKey, Mapping[str, str]] = {}
        self._filter = ""
        self._order = Order()
        self._moved = False
        """True once the person has moved through the list; before, it is kept around the resource chosen first."""
        self._types: BigTable[tuple[str, int]] = BigTable(
            (Column("type", "type", minimum=10, shorten="middle"), Column("count", "n", width=6, right=True)),
            self._type_cells,
            key=lambda row: row[0],
            empty="No resources.",
            header=False,
            id="resource-types",
        )
        self._list: BigTable[ResourceSummary] = BigTable(
            (), self._cells, key=lambda row: row.key, empty="No resources.", id="resource-list"
        )
        self._detail = Detail(workspace)

    def body(self) -> ComposeResult:
        yield self._types
        yield Vertical(self._list, self._detail, id="resource-right")

    def main_part(self) -> Widget:
        return self._list

    def on_mount(self) -> None:
        self._set_columns()
        self._list.show_marks(lambda row: marks.of_resource(row.key) in self.workspace.marks)
        self.workspace.marks_changed.subscribe(self, lambda _: self._list.refresh())

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= BESIDE, "-beside")
        self.set_class(event.size.width >= DETAILED[0] and event.size.height >= DETAILED[1], "-detailed")

    # Loading

    async def load(self, session: Session) -> None:
        if session.resources is None:
            return
        counts = await session.resources.counts()
        if counts != self.counts:
            self.counts = counts
            every = [(ALL, sum(counts.values()))] if self._lists_whole() else []
            self._types.set_list([*every, *sorted(counts.items())])
        await self._list_type(session.resources, self._wanted_type())
        if self.has_class("-detailed"):
            await self._detail.load(session)

    def _wanted_type(self) -> str | None:
        """The type to ask for: None asks for all."""
        return None if self._lists_whole() else self._chosen_type()

    def _lists_whole(self) -> bool:
        """True when all resources are listed, and not only those of the chosen type."""
        most = WHOLE if self.workspace.circumstances.has_account else WHOLE_FILE
        return sum(self.counts.values()) <= most

    async def _list_type(self, resources: ResourcesPart, wanted: str | None) -> None:
        """List again, showing the first rows as they come when nothing is shown yet."""
        found: list[ResourceSummary] = []
        first = not self._resources or wanted != self._listed
        told = 0.0
        async for batch in resources.listing(wanted):
            found += batch
            if first and time.monotonic() - told > TOLD_EVERY:
                told = time.monotonic()
                self._take(list(found), wanted)
        if not first and found == self._resources:
            return
        self._take(found, wanted)
        if self.workspace.resource is None and self.shown:
            chosen = next((row for row in self.shown if row.resource_type == FIRST_CHOSEN), self.shown[0])
            self.workspace.selection.choose(chosen.key, passing=True)
        self._read_labels()

    def _center(self) -> None:
        """Put the row under the cursor in the middle: whoever moves on moves a cursor then, and scrolls no list."""
        chosen = self.workspace.resource
        self._list.put_cursor((self._list.find(chosen) if chosen is not None else None) or 0)
        self._list.scroll_to(y=max(0, self._list.cursor - self._list.body_height // 2), animate=False)

    def _take(self, found: list[ResourceSummary], wanted: str | None) -> None:
        self._resources = found
        self._listed = wanted
        self.workspace.learn_names({row.key: row.resource_name for row in found if row.resource_name})
        self._show()

    def view_changed(self, view: View) -> None:
        if view.resource is not None:
            number = self._list.find(view.resource)
            if number is not None and number != self._list.cursor:
                self._list.put_cursor(number)
        session = self.workspace.session
        if self.has_class("-detailed") and session is not None:
            self.run_worker(
                self.guarded(self._detail.load(session)), group="pane-detail", exclusive=True, exit_on_error=False
            )

    # Showing

    def _chosen_type(self) -> str:
        row = self._types.current
        return row[0] if row is not None else ALL

    def _show(self) -> None:
        chosen = self._chosen_type()
        rows = self._resources if chosen == ALL else [row for row in self._resources if row.resource_type == chosen]
        wanted = read_filter(self._filter)
        self.shown = arranged(rows, wanted, self._order, self.workspace.names, self._tags)
        self._list.set_match(" ".join(wanted.words) if len(wanted.words) == 1 else "")
        self._list.set_empty("Nothing matches the filter." if self._filter else "No resources.")
        self._list.set_list(self.shown)
        if not self._moved:
            self.call_after_refresh(self._center)
        self._say()

    def _say(self) -> None:
        count = len(self.shown)
        words = f"{count:,} of {sum(self.counts.values()):,}" if self._filter or self._chosen_type() else f"{count:,}"
        self.retitle(Content(words).stylize("$text-muted"))

    def _set_columns(self) -> None:
        columns = [Column("name", "name", minimum=24, weight=3, shorten="middle")]
        if self._chosen_type() == ALL:
            columns.append(Column("type", "type", minimum=13, maximum=26, weight=2, shorten="middle", drop=2))
        columns.append(Column("id", "id", minimum=12, maximum=26, weight=3, shorten="middle", drop=1))
        self._list.set_columns(columns)
        self._list.set_sort(self._order.column, descending=self._order.descending)

    def _type_cells(self, row: tuple[str, int]) -> tuple[str | Content, ...]:
        return (Content("all types").stylize("bold") if row[0] == ALL else short_type(row[0])), f"{row[1]:,}"

    def _cells(self, row: ResourceSummary) -> tuple[str | Content, ...]:
        name = row_name(row, self.workspace.names)
        if self._chosen_type() == ALL:
            return name, kind(row.resource_type), row.resource_id
        return name, row.resource_id

    # What the person does

    @on(BigTable.Highlighted, "#resource-types")
    def type_reached(self, event: BigTable.Highlighted) -> None:
        event.stop()
        self._moved = True
        self._set_columns()
        self._show()
        self._list.put_cursor(0)
        if self._wanted_type() != self._listed:
            self.reload(anew=True)

    @on(BigTable.Selected, "#resource-types")
    def type_opened(self, event: BigTable.Selected) -> None:
        event.stop()
        self._list.focus()

    @on(BigTable.Highlighted, "#resource-list")
    def resource_reached(self, event: BigTable.Highlighted) -> None:
        event.stop()
        self._moved = True
        self.workspace.selection.choose(event.row.key, passing=True)

    @on(BigTable.Selected, "#resource-list")
    def resource_opened(self, event: BigTable.Selected) -> None:
        event.stop()
        self.workspace.selection.choose(event.row.key)
        self.post_message(self.Opened(event.row.key))

    @on(BigTable.SortAsked, "#resource-list")
    def sort_asked(self, event: BigTable.SortAsked) -> None:
        event.stop()
        self._order = self._order.next(event.column.key)
        self._set_columns()
        self._show()

    def step_out(self) -> bool:
        if self._types.cursor and not self._types.has_focus:
            self._types.focus()
            return True
        if self._types.cursor:
            self._types.go_to(0)
            return True
        return False

    def find(self, text: str) -> ResourceKey | None:
        """The listed resource with this id or name, or the only one that contains the text."""
        wanted = read_filter(text)
        for row in self._resources:
            if text in (row.resource_id, row.resource_name, self.workspace.names.get(row.key)):
                return row.key
        names = self.workspace.names
        found = [row.key for row in self._resources if wanted.matches(row, names.get(row.key, ""), None)]
        return found[0] if len(found) == 1 else None

    def filter_text(self) -> str | None:
        return self._filter

    def apply_filter(self, text: str) -> None:
        self._filter = text
        self._show()
        self._read_labels()

    # Names and tags, which no listing tells: they are read from the items

    def _read_labels(self) -> None:
        """Read the tags that the filter asks for, or the names of what has none where reading costs nothing."""
        session = self.workspace.session
        if session is None or session.resources is None:
            return
        wanted = read_filter(self._filter)
        if wanted.tags:
            words = Wanted(wanted.words)
            rows = [row for row in self._resources if words.matches(row, self.workspace.names.get(row.key, ""), None)]
        elif self.workspace.clock is not None or not self.workspace.circumstances.has_account:
            rows = [row for row in self.shown if not row.resource_name][:NAMED]
        else:
            return
        missing = [row.key for row in rows if row.key not in self._tags]
        if missing:
            job = self._read_items(session.resources, missing, tell=bool(wanted.tags))
            self.run_worker(self.guarded(job), group="pane-labels", exclusive=True, exit_on_error=False)

    async def _read_items(self, resources: ResourcesPart, keys: Sequence[ResourceKey], *, tell: bool) -> None:
        for start in range(0, len(keys), READERS):
            some = keys[start : start + READERS]
            if tell:
                self.notice.wait(f"reading tags: {start:,} of {len(keys):,}")
            items = await asyncio.gather(*(resources.item(key) for key in some))
            for key, item in zip(some, items, strict=True):
                self._tags[key] = item.tags if item is not None else {}
            if tell:
                self._show()
        if tell:
            self.notice.clear()
        self.workspace.learn_names({key: self._tags[key]["Name"] for key in keys if self._tags[key].get("Name")})
        self._show()

    def filter_note(self) -> str:
        return f"{len(self.shown):,} of {len(self._resources):,}"

    def copy_text(self) -> str:
        row = self._list.current
        return row.resource_id if row is not None else ""

    def markable(self) -> Mark | None:
        row = self._list.current
        return marks.of_resource(row.key, row_name(row, self.workspace.names)) if row is not None else None

    def export(self) -> tuple[str, str]:
        """The rows shown, as CSV."""
        file = io.StringIO()
        writer = csv.writer(file)
        writer.writerow(("resourceType", "resourceId", "resourceName", "awsRegion"))
        writer.writerows(
            (row.resource_type, row.resource_id, row.resource_name or "", row.region) for row in self.shown
        )
        return "csv", file.getvalue()

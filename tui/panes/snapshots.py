"""The resource browser: types with counts, their resources, and what the chosen one looks like (INV-01, SNP-09).

It is the same over an account, a local world and a snapshot file. What is known and what of it is shown is kept by
`inventory`; here it is put on the screen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

from backend.model.item import ResourceKey
from tui import filtering, jobs, marks, times
from tui.jobs import Job
from tui.marks import Mark
from tui.panes.detail import Detail
from tui.panes.inventory_columns import COLUMNS, cells, columns_for
from tui.panes.inventory_pane import READING, InventoryPane
from tui.panes.inventory_views import VIEWS
from tui.panes.listing import Entry, Order, keys_of, text_of
from tui.panes.spelling import short_type
from tui.plain.output import csv_text
from tui.restyling import flip
from tui.screens.line import LineScreen
from tui.text import legible
from tui.widgets.columns import Column
from tui.widgets.lines import Cell
from tui.widgets.table import BigTable
from tui.work import begin
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.client.session import Session
    from tui.selection import View

BESIDE = 72
"""From this many columns on the types stand beside the resources, not above."""
DETAILED = (96, 30)
"""From this many columns and rows on the chosen resource is shown below the list."""
_REMARKS = 2
"""Remarks on files that are told above the list; there is room for few."""
ALL = ""
"""The row of the groups that stands for all of them."""
_NONE = "\0"
"""The row of what belongs to no group."""


class SnapshotsPane(InventoryPane):
    """Groups, resources, and at size the chosen resource itself."""

    FOLLOWS_VIEW = True
    THEN = ""
    FORMS: ClassVar[tuple[str, ...]] = ("csv", "json.gz", "json", "ndjson", "parquet", "duckdb")
    DEFAULT_CSS = """
    SnapshotsPane #resource-says { height: auto; max-height: 4; padding: 0 1; color: $text-muted; display: none; }
    SnapshotsPane #resource-says.-said { display: block; }
    SnapshotsPane #resource-types { height: 2fr; }
    SnapshotsPane #resource-right { height: 5fr; }
    SnapshotsPane #resource-list { height: 1fr; border-top: solid $panel-lighten-1; }
    SnapshotsPane.-beside > .pane--body { layout: horizontal; }
    SnapshotsPane.-beside #resource-types { width: 28; height: 1fr; }
    SnapshotsPane.-detailed #resource-types { width: 34; }
    SnapshotsPane.-beside #resource-right { width: 1fr; height: 1fr; border-left: solid $panel-lighten-1; }
    SnapshotsPane.-beside #resource-list { border-top: none; }
    SnapshotsPane.-zoomed #resource-types { display: none; }
    SnapshotsPane.-zoomed #resource-right { border: none; }
    SnapshotsPane Detail { display: none; height: 1fr; border-top: solid $panel-lighten-1; }
    SnapshotsPane.-detailed Detail { display: block; }
    """

    def __init__(self, workspace: Workspace, pane_id: str, name: str, number: int) -> None:
        super().__init__(workspace, pane_id, name, number)
        self._filter = ""
        self._moved = False
        """True once the person has moved through the list; before, it is kept around the resource chosen first."""
        self._to_top = False
        """True when the list is to be shown from its top on, or from the row to stay at."""
        self._stay_at: ResourceKey | None = None
        self._previews = True
        """Whether the item is shown below the list, where there is room."""
        self._columns: Sequence[Column] = ()
        self._vocabulary: tuple[object, Mapping[str, Sequence[str]]] = (None, {})
        self._types: BigTable[tuple[str, int]] = BigTable(
            _group_columns(()),
            self._group_cells,
            key=lambda row: row[0],
            empty="",
            header=False,
            id="resource-types",
        )
        self._list: BigTable[Entry] = BigTable((), self._cells, key=lambda row: row.key, empty="", id="resource-list")
        self._says = Static(Content(""), id="resource-says", markup=False)
        self._detail = Detail(workspace)

    def body(self) -> ComposeResult:
        yield self._types
        yield Vertical(self._says, self._list, self._detail, id="resource-right")

    def main_part(self) -> Widget:
        return self._list

    def on_mount(self) -> None:
        wished = self.workspace.settings.columns
        self.chosen_columns = tuple(key for key in wished if key in COLUMNS or key.startswith("tag:"))
        if unknown := [key for key in wished if key not in self.chosen_columns]:
            there_are = ", ".join(COLUMNS)
            self.post_message(self.Said(f"The setting columns names “{unknown[0]}”; there are {there_are} and tag:…"))
        self._set_columns()
        self._list.show_marks(lambda row: marks.of_resource(row.key) in self.workspace.marks)
        self.workspace.marks_changed.subscribe(self, lambda _: self._list.refresh())

    def on_resize(self, event: events.Resize) -> None:
        flip(self, "-beside", event.size.width >= BESIDE)
        self._make_room(event.size)

    def zoom(self, on: bool) -> None:
        """Zoomed, the list has the whole width: names stand there uncut, and a terminal can move its rows by itself."""
        if on == self.has_class("-zoomed"):
            return
        if on and self._types.has_focus:
            self._list.focus()
        flip(self, "-zoomed", on)
        self._say()

    def preview(self) -> None:
        """Show the item below the list, or hide it; where there is no room, say so."""
        self._previews = not self._previews
        self._make_room(self.size)
        columns, rows = DETAILED
        if self._previews and not self.has_class("-detailed"):
            self.post_message(
                self.Said(f"The item is shown below the list where the pane has {columns} columns and {rows} rows.")
            )

    def _make_room(self, size: Size) -> None:
        had_room = self.has_class("-detailed")
        flip(self, "-detailed", self._previews and size.width >= DETAILED[0] and size.height >= DETAILED[1])
        if self.has_class("-detailed") and not had_room:
            self._load_detail()

    async def load(self, session: Session) -> None:
        await super().load(session)
        if self.has_class("-detailed"):
            await self._detail.load(session)

    def _center(self) -> None:
        """Put the row under the cursor in the middle: whoever moves on moves a cursor then, and scrolls no list."""
        chosen = self.workspace.resource
        self._list.put_cursor((self._list.find(chosen) if chosen is not None else None) or 0)
        self._list.scroll_to(y=max(0, self._list.cursor - self._list.body_height // 2), animate=False)

    def view_changed(self, view: View) -> None:
        if view.resource is not None:
            number = self._list.find(view.resource)
            if number is not None and number != self._list.cursor:
                self._list.put_cursor(number)
        if self.has_class("-detailed"):
            self._load_detail()

    def _load_detail(self) -> None:
        session = self.workspace.session
        if session is not None:
            loading = partial(self.guarded, partial(self._detail.load, session))
            begin(self, loading, "pane-detail")

    # Showing

    def show(self) -> None:
        """Show what is looked at, as far as it is known; a little later where there is much to arrange."""
        inventory = self.inventory
        if not inventory.ready:
            self._prepare()
            return
        looked = inventory.looked
        groups = inventory.groups()
        if not self._lists_whole():
            rows = sorted(self.counts.items()) if looked.by == "type" and looked.view == "all" else []
        else:
            named = sorted(groups.items()) if looked.by == "type" else list(groups.items())
            rows = [(ALL, sum(groups.values())), *((name or _NONE, count) for name, count in named)]
        columns = _group_columns(rows)
        if columns != self._types.columns:
            self._types.set_columns(columns)
        self._types.set_empty("No resources.")
        self._types.set_list(rows)
        self.shown = inventory.shown()
        words = looked.wanted.words
        self._list.set_match(words[0] if len(words) == 1 else "")
        self._list.set_empty(self._nothing())
        self._list.set_list(self.shown)
        if not self._moved:
            self.call_after_refresh(self._center)
        elif self._to_top:
            self._to_top = False
            self._list.put_cursor((self._list.find(self._stay_at) if self._stay_at is not None else None) or 0)
            if self._stay_at is None:
                self._list.scroll_to(y=0, animate=False)
        self._say()

    def _prepare(self) -> None:
        """Have what is looked at arranged; where items are read for it, as a job that tells how far it is."""
        running = jobs.of(self.app)
        if not self.inventory.reads_items or running is None:
            begin(self, partial(self.guarded, self._prepared), "resources-prepared")
            return
        self.shown = ()
        self._list.set_empty("reading the items…")
        self._list.set_list(())
        if not any(job.name == READING for job in running.running):
            running.run(READING, self._prepared)

    async def _prepared(self, job: Job | None = None) -> None:
        inventory = self.inventory
        try:
            await inventory.prepare(lambda done, total: job.report(done, total, "items") if job is not None else None)
        except asyncio.CancelledError:
            if job is not None and inventory.reads_items:
                self.look_at_view("all")  # ended by the person
            raise
        self.show()
        if isinstance(self.app.screen, LineScreen):
            self.app.screen.tell_again()

    def _nothing(self) -> str:
        """What an empty list says."""
        if self._missing() and not self._refused:
            return "reading the newest items…"
        if self._filter or self.inventory.looked.group:
            return "Nothing matches. esc takes the filter off."
        return self.inventory.view.empty

    def _say(self) -> None:
        """In the title how many, above the list what the filter and the view mean."""
        inventory = self.inventory
        looked, view = inventory.looked, inventory.view
        total = len(inventory.arranged()) if self._lists_whole() else sum(self.counts.values())
        narrowed = self._filter or looked.group is not None or not self._lists_whole()
        count = f"{len(self.shown):,} of {total:,}" if narrowed else f"{total:,}"
        named = "" if view.id == "all" else f"{view.name} "
        self.retitle(Content(f"{named}{count}").stylize("$text-muted"))
        told = [f"{view.name}: {view.says}"] if view.says else []
        if self.has_class("-zoomed") and looked.group is not None:
            told.append(f"{self._group_name(looked.group)}: {count}; esc lists all, z shows what else there is")
        if looked.wanted.parts or looked.wanted.problem:
            told.append(" · ".join(filter(None, (count, looked.wanted.meaning(), looked.wanted.problem))))
        current = self._list.current
        if view.why and current is not None and current.note:
            told.append(f"{current.name}: {current.note}")
        known = len(inventory.standings)
        if told and inventory.wants_items(self.chosen_columns) and not inventory.items_known and self._refused:
            told.append(f"Tags and states are known of {known:,} of {total:,} only: r reads the rest.")
        told += self._remarks()
        self._says.update(Content("\n".join(legible(line) for line in told)))
        self._says.set_class(bool(told), "-said")

    def _remarks(self) -> list[str]:
        """What has to be said of the files that are looked at; where that is much, how much more there is."""
        found = list(self._asked.remarks()) if self._asked is not None else []
        more = len(found) - _REMARKS
        return found if more <= 0 else [*found[:_REMARKS], f"{more:,} more: configscope inspect FILE tells all."]

    def _set_columns(self) -> None:
        inventory = self.inventory
        one_type = inventory.looked.by == "type" and inventory.looked.group is not None
        view, order = inventory.view, inventory.looked.order
        self._columns = columns_for(self.chosen_columns, view.why, one_type=one_type, notes=view.order.column)
        self._list.set_columns(self._columns)
        self._list.set_sort(order.column, descending=order.descending)

    def _group_cells(self, row: tuple[str, int]) -> tuple[Cell, ...]:
        name, count = row
        by = self.inventory.looked.by
        if name == ALL:
            said = "all types" if by == "type" else f"all, by {by.removeprefix('tag:')}"
            return Content(legible(said)).stylize("bold"), f"{count:,}"
        if name == _NONE:
            return Content.styled(self._group_name(""), "$text-muted"), f"{count:,}"
        return self._group_name(name), f"{count:,}"

    def _group_name(self, name: str) -> str:
        """What a group is called, as `Looked` has it: empty is that of the resources without the tag or state."""
        by = self.inventory.looked.by
        if not name:
            return f"without {legible(by.removeprefix('tag:'))}"
        return short_type(name) if by == "type" else name

    def _cells(self, row: Entry) -> list[Cell]:
        return cells(row, self._columns, self.signs, self.workspace.zone)

    # What is looked at

    def look(self, *, stay_at: ResourceKey | None = None, **changes: object) -> None:
        """Look at something else: another view, order, grouping or filter; from its top on, or at a row."""
        self.inventory.look(**changes)
        self._moved = self._to_top = True
        self._stay_at = stay_at
        self._set_columns()
        self.show()
        self._ask(anew=True)

    def look_at_view(self, view: str) -> None:
        """Another view, in its own order."""
        self.inventory.gaps_known = False
        self._types.put_cursor(0)
        self.look(view=view, group=None, order=VIEWS[view].order)

    def count_by(self, by: str) -> None:
        """Other groups."""
        self._types.put_cursor(0)
        self.look(by=by, group=None)

    def choose_columns(self, keys: Sequence[str]) -> None:
        """Show these columns; none for the usual ones."""
        self.chosen_columns = tuple(keys)
        self._set_columns()
        self._list.refresh()
        self._ask(anew=True)

    @property
    def column_keys(self) -> list[str]:
        """The keys of the columns that are shown where there is room for all."""
        return [column.key for column in self._columns if column.room <= self._list.size.width]

    # What the person does

    @on(BigTable.Highlighted, "#resource-types")
    def group_reached(self, event: BigTable.Highlighted) -> None:
        event.stop()
        name = event.row[0]
        self.look(group=None if name == ALL else "" if name == _NONE else name)
        if self._wanted_type() != self._listed:
            super().reload(anew=True)

    @on(BigTable.Selected, "#resource-types")
    def group_opened(self, event: BigTable.Selected) -> None:
        event.stop()
        self._list.focus()

    @on(BigTable.Highlighted, "#resource-list")
    def resource_reached(self, event: BigTable.Highlighted) -> None:
        event.stop()
        self._moved = True
        self.workspace.selection.choose(event.row.key, passing=True)
        if self.inventory.view.why:
            self._say()

    @on(BigTable.Selected, "#resource-list")
    def resource_opened(self, event: BigTable.Selected) -> None:
        event.stop()
        self.workspace.selection.choose(event.row.key)
        self.post_message(self.Opened(event.row.key))

    @on(BigTable.SortAsked, "#resource-list")
    def sort_asked(self, event: BigTable.SortAsked) -> None:
        event.stop()
        self.order_by(self.inventory.looked.order.next(event.column.key))

    def order_by(self, order: Order) -> None:
        """Another order; the cursor stays on its row."""
        current = self._list.current
        self.look(order=order, stay_at=current.key if current is not None else None)

    def step_out(self) -> bool:
        if self._asked is not None and self._asked.reading() is not None:
            self._asked.stop_reading()
            return True
        looked = self.inventory.looked
        if looked.group is not None:
            if self._lists_whole() and not (self._types.has_focus or self.has_class("-zoomed")):
                self._types.focus()
                return True
            moved = self._types.cursor > 0
            self._types.go_to(0)
            return moved or self._types.has_focus
        if looked.view != "all":
            self.look_at_view("all")
            return True
        if looked.by != "type":
            self.count_by("type")
            return True
        return False

    def find(self, text: str) -> ResourceKey | None:
        """The listed resource with this id or name, or the only one that contains the text."""
        return self.inventory.find(text, filtering.read_filter(text, self.workspace.now(), self.workspace.zone))

    # The filter

    filter_hint = filtering.HINT

    def filter_text(self) -> str | None:
        return self._filter

    def apply_filter(self, text: str) -> None:
        self._filter = text
        self.look(wanted=filtering.read_filter(text, self.workspace.now(), self.workspace.zone))

    def filter_note(self) -> str:
        meaning = self.inventory.looked.wanted.meaning()
        if not self.inventory.ready:
            return " · ".join(filter(None, ("looking …", meaning)))
        return " · ".join(filter(None, (f"{len(self.shown):,} of {len(self.inventory.rows):,}", meaning)))

    def filter_problem(self) -> str:
        """What is wrong with what is typed."""
        wanted = self.inventory.looked.wanted
        if wanted.needs_bodies and self.workspace.circumstances.has_account:
            return "Texts and paths inside items are looked for in files only: :export json.gz writes one"
        return wanted.problem

    def complete_filter(self, text: str) -> list[str]:
        """What the filter could become."""
        known = (len(self.inventory.rows), len(self.inventory.standings), len(self.inventory.broken))
        if self._vocabulary[0] != known:
            self._vocabulary = (known, self.inventory.vocabulary())
        return filtering.completions(text, self._vocabulary[1])

    # Taking away

    def copy_text(self) -> str:
        row = self._list.current
        return row.summary.resource_id if row is not None else ""

    def copy_path(self) -> str:
        """The ARN of the resource, as far as the items tell it; else its type and id."""
        row = self._list.current
        return f"{row.summary.resource_type}/{row.summary.resource_id}" if row is not None else ""

    def markable(self) -> Mark | None:
        row = self._list.current
        return marks.of_resource(row.key, row.name) if row is not None else None

    def exported_items(self) -> tuple[Session, Sequence[ResourceKey]] | None:
        """The resources shown, for an export of their items."""
        if self._asked is None or not self.shown:
            return None
        return self._asked, keys_of(self.shown)

    def export(self) -> tuple[str, str]:
        """The rows shown, as CSV, with the columns shown beside those that name a resource."""
        names = ("resourceType", "resourceId", "resourceName", "awsRegion")
        more = [key for key in self.column_keys if key not in ("name", "type", "id", "region")]
        rows = (
            (
                *row.key,
                row.summary.resource_name or "",
                row.summary.region,
                *(text_of(row, key, times.UTC) for key in more),
            )
            for row in self.shown
        )
        return "csv", csv_text((*names, *more), rows)


def _group_columns(rows: Sequence[tuple[str, int]]) -> tuple[Column, ...]:
    """Names get what the counts leave them: every letter tells types apart."""
    widest = max((len(f"{count:,}") for _, count in rows), default=1)
    return Column("type", "type", minimum=10, shorten="middle"), Column("count", "n", width=widest, right=True)

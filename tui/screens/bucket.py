"""A bucket, folder by folder, down to the file that is opened (SNP-10, S3-03)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from backend.model.delivery import StoredObject
from backend.model.moment import to_iso
from backend.model.problem import Problem
from tui import marks, times
from tui.marks import Mark
from tui.panes.delivery import what_is
from tui.panes.spelling import size
from tui.plain.output import csv_text
from tui.screens.file import FileScreen
from tui.screens.filtered import FilteredScreen
from tui.screens.title import TitleBar
from tui.text import fit, legible
from tui.widgets.columns import Column
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.table import BigTable
from tui.work import begin
from tui.workspace import Workspace

if TYPE_CHECKING:
    from backend.client.session import SnapshotsPart


_PLAIN = {"ConfigWritabilityCheckFile": "check that it may write"}
"""Objects of AWS Config that hold nothing."""


class BucketScreen(FilteredScreen):
    """One level of a bucket at a time; numbers in names are ordered as numbers (X-04)."""

    PLACE = "bucket"
    DEFAULT_CSS = """
    BucketScreen { layout: vertical; }
    BucketScreen #bucket-path { height: 1; padding: 0 1; background: $surface; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Out", id="bucket.leave", show=False),
        Binding("left,h,backspace", "up", "Folder above", id="bucket.up", show=False),
        Binding("right,l", "down", "Into the folder", id="bucket.down", show=False),
    ]

    def __init__(self, workspace: Workspace, bucket: str, folder: str = "") -> None:
        super().__init__()
        self._workspace = workspace
        self._bucket = bucket
        self._folder = folder
        self._entries: list[StoredObject] = []
        self._shown: list[StoredObject] = []
        self._came_from = ""
        self._path = Static(Content(""), id="bucket-path")
        self._table: BigTable[StoredObject] = BigTable(
            (
                Column("name", "name", minimum=40, weight=4, shorten="middle", sortable=False),
                Column("what", "what", minimum=20, maximum=34, weight=1, drop=2, sortable=False),
                Column("size", "size", width=8, right=True, drop=1, sortable=False),
                Column("time", times.titled("modified", workspace.zone), width=19, drop=3, sortable=False),
            ),
            self._cells,
            key=lambda stored: stored.key,
            empty="…",
        )

    def compose(self) -> ComposeResult:
        yield TitleBar(self._workspace)
        yield self._path
        yield self._table
        yield KeyBar(
            [
                Hint("enter", "open"),
                Hint("←", "folder above"),
                Hint("w", "download"),
                Hint("m", "mark"),
                Hint("/", "filter"),
                Hint("y", "copy"),
                Hint("esc", "out"),
            ]
        )

    def on_mount(self) -> None:
        self._workspace.data_changed.subscribe(self, lambda _: self.look())
        self._table.show_marks(lambda stored: marks.of_file(stored) in self._workspace.marks)
        self._workspace.marks_changed.subscribe(self, lambda _: self._table.refresh())
        self._table.focus()
        self.look()

    def look(self) -> None:
        """List the folder, again or for the first time."""
        self._say_path()
        session = self._workspace.session
        if session is not None and session.snapshots is not None:
            begin(self, partial(self._list, session.snapshots), "bucket")

    def _say_path(self) -> None:
        path = f"s3://{self._bucket}/{self._folder}"
        self._path.update(Content(fit(path, max(20, self.size.width - 2), shorten="middle")))

    def on_resize(self) -> None:
        self._say_path()

    async def _list(self, snapshots: SnapshotsPart) -> None:
        folder = self._folder
        try:
            entries = await snapshots.folder(self._bucket, folder)
        except Problem as problem:
            self._workspace.remember("bucket", problem)
            entries = []
            self._table.set_empty(str(problem))
        else:
            self._table.set_empty("This folder is empty.")
        if folder == self._folder:
            self._entries = entries
            self._show()

    def _show(self) -> None:
        words = self._filter.casefold().split()
        self._shown = [entry for entry in self._entries if all(word in _name(entry).casefold() for word in words)]
        self._table.set_match(words[0] if len(words) == 1 else "")
        self._table.set_list(self._shown)
        if self._came_from:
            self._table.put_cursor(self._table.find(self._came_from) or 0)
            self._came_from = ""

    def _cells(self, stored: StoredObject) -> tuple[str | Content, ...]:
        if stored.folder:
            return Content.styled(legible(_name(stored)), "$text-accent bold"), "folder", "", ""
        what = _PLAIN.get(_name(stored)) or what_is(stored.key)
        at = stored.modified
        return (
            _name(stored),
            what if what != _name(stored) else "",
            size(stored.size),
            times.full(at, self._workspace.zone) if at is not None else "",
        )

    @on(BigTable.Selected)
    def chosen(self, event: BigTable.Selected) -> None:
        event.stop()
        stored: StoredObject = event.row
        if stored.folder:
            self._go(stored.key)
        else:
            self.app.push_screen(FileScreen(self._workspace, stored))

    def _go(self, folder: str, came_from: str = "") -> None:
        self._folder, self._came_from, self._filter = folder, came_from, ""
        self._table.set_empty("…")
        self._table.set_list(())
        self._table.put_cursor(0)
        self.look()

    def action_up(self) -> None:
        """To the folder above; from the top, out."""
        if not self._folder:
            self.dismiss()
            return
        above = self._folder.rstrip("/").rpartition("/")[0]
        self._go(f"{above}/" if above else "", came_from=self._folder)

    def action_down(self) -> None:
        stored = self._table.current
        if stored is not None and stored.folder:
            self._go(stored.key)

    def filter_note(self) -> str:
        """How much the filter leaves."""
        return f"{len(self._shown):,} of {len(self._entries):,}"

    def apply_filter(self, text: str) -> None:
        """Show only the names that contain all words."""
        self._filter = text
        self._show()

    def markable(self) -> Mark | None:
        """The file under the cursor: two snapshots can be compared."""
        stored = self._table.current
        return marks.of_file(stored) if stored is not None and not stored.folder else None

    @property
    def downloadable(self) -> StoredObject | None:
        """What `w` downloads: the file under the cursor."""
        stored = self._table.current
        return stored if stored is not None and not stored.folder else None

    @property
    def export_name(self) -> str:
        """What an exported list is named for."""
        return f"bucket-{self._bucket}"

    def export(self) -> tuple[str, str]:
        """The entries shown, as a table."""
        rows = [
            (entry.key, str(entry.size), to_iso(entry.modified) if entry.modified is not None else "")
            for entry in self._shown
        ]
        return "csv", csv_text(("key", "size", "modified"), rows)

    def copy_text(self) -> str:
        """The address of what is under the cursor."""
        stored = self._table.current
        return f"s3://{stored.bucket}/{stored.key}" if stored is not None else ""


def _name(stored: StoredObject) -> str:
    name = stored.key.rstrip("/").rpartition("/")[2]
    return f"{name}/" if stored.folder else name

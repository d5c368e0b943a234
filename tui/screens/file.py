"""A delivered file, opened: its items in the order they are in, and the one under the cursor as a tree (S3-07, SNP-09).

The file is read in a thread, slice by slice; what is there can be looked at while the rest comes.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from backend.model.item import ConfigurationItem, Json, ResourceKey
from backend.model.problem import Problem
from tui import glyphs, times
from tui.item_fields import fields
from tui.panes.spelling import counted, short_type
from tui.restyling import flip
from tui.screens.filtered import FilteredScreen
from tui.screens.item import ItemScreen
from tui.screens.title import TitleBar
from tui.text import legible
from tui.widgets.columns import Column
from tui.widgets.json_tree import JsonTree
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.table import BigTable
from tui.work import begin
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.client.session import Session
    from backend.model.delivery import StoredObject

BESIDE = 100
"""From this many columns on the item stands beside the list, not below."""
_DAMAGED = re.compile(r"cut off|damaged|not valid JSON")
"""What a problem says of a file that was JSON."""
SLICE = 500
"""Items handed over at a time."""
MOST = 100_000
"""Items held; beyond it the file is for `configscope open`, which keeps an index instead."""


class FileScreen(FilteredScreen):
    """The items of one object of a bucket."""

    PLACE = "file"

    DEFAULT_CSS = """
    FileScreen { layout: vertical; }
    FileScreen #file-heading {
        height: 1; padding: 0 1; background: $surface; text-wrap: nowrap; text-overflow: ellipsis;
    }
    FileScreen #file-body { height: 1fr; layout: vertical; }
    FileScreen #file-items { height: 2fr; }
    FileScreen JsonTree { height: 3fr; border-top: solid $panel-lighten-1; }
    FileScreen.-beside #file-body { layout: horizontal; }
    FileScreen.-beside #file-items { width: 2fr; height: 1fr; }
    FileScreen.-beside JsonTree { width: 3fr; height: 1fr; border-top: none; border-left: solid $panel-lighten-1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Out", id="file.leave", show=False),
    ]

    def __init__(self, workspace: Workspace, stored: StoredObject) -> None:
        super().__init__()
        self._workspace = workspace
        self._stored = stored
        self._items: list[ConfigurationItem] = []
        self._shown: list[int] = []
        self._at: int | None = None
        """The item that the tree shows."""
        self._state = Content.styled("downloading…", "$text-muted")
        self._heading = Static(Content(""), id="file-heading")
        self._table: BigTable[int] = BigTable(
            (
                Column("index", "#", width=6, right=True, sortable=False),
                Column("type", "type", minimum=14, maximum=34, weight=2, sortable=False),
                Column("label", "name", minimum=14, weight=3, shorten="middle", sortable=False),
                Column("status", "status", minimum=8, maximum=20, drop=1, sortable=False),
                Column("time", times.titled("captured", workspace.zone), width=19, drop=2, sortable=False),
            ),
            self._cells,
            key=lambda index: index,
            empty="…",
            id="file-items",
        )
        self._tree = JsonTree()

    def compose(self) -> ComposeResult:
        yield TitleBar(self._workspace)
        yield self._heading
        yield Horizontal(self._table, self._tree, id="file-body")
        yield KeyBar(
            [
                Hint("enter", "resource"),
                Hint("tab", "list or item"),
                Hint("/", "filter"),
                Hint("w", "download"),
                Hint("y", "copy"),
                Hint("esc", "out"),
            ]
        )

    def on_mount(self) -> None:
        self._table.focus()
        self._say()
        session = self._workspace.session
        if session is not None:
            begin(self, partial(self._open, session), "file")

    def on_resize(self, event: events.Resize) -> None:
        flip(self, "-beside", event.size.width >= BESIDE)

    # Reading

    @property
    def downloadable(self) -> StoredObject:
        """What `w` downloads."""
        return self._stored

    async def _open(self, session: Session) -> None:
        from backend.files.read import read_items  # what reads files is loaded when one is opened

        path: Path | None = None
        try:
            if session.snapshots is None:
                return
            path = await session.snapshots.download(self._stored)
            items = read_items(path)
            while len(self._items) < MOST:
                some = await asyncio.to_thread(_take, items)
                if not some:
                    break
                self._items += some
                self._say_count("so far…")
                self._show()
            self._say_count("")
            if len(self._items) >= MOST:
                self._say_count("and more: configscope open FILE shows all")
        except Problem as problem:
            self._workspace.remember("file", problem)
            whole = f"{counted(len(self._items), 'item')}, then: " if self._items else ""
            self._state = Content.styled(legible(f"{whole}{problem}"), "$text-error")
            self._table.set_empty(str(problem))
            if path is not None and not self._items:
                await self._open_raw(path, problem)
        self._show()

    async def _open_raw(self, path: Path, problem: Problem) -> None:
        """What holds no items is shown as what it is: JSON as a tree, text by its lines, else bytes."""
        from backend.files.raw import look

        try:
            raw = await asyncio.to_thread(look, path)
        except (Problem, OSError):
            return  # why it cannot be read is said already
        name = legible(self._stored.key.rpartition("/")[2])
        more = "" if raw.whole else ", its beginning"
        if raw.kind == "empty":
            told = "an empty object"
            if name == "ConfigWritabilityCheckFile":
                told = "an empty object, which AWS Config writes to see whether it may write"
        else:
            told = f"{_calls(raw.value) or raw.kind}{more}; no configuration items"
            self._tree.set_value(raw.value)
            self._tree.focus()
            if raw.kind == "text" and _DAMAGED.search(str(problem)):
                return  # JSON once: what is wrong with it says more than that it is text
        self._state = Content.styled(told, "$text-warning")
        self._table.set_empty(f"This is {told}.")

    def _say_count(self, more: str) -> None:
        self._state = Content.assemble(counted(len(self._items), "item"), (f" {more}" if more else "", "$text-warning"))

    # Showing

    def _show(self) -> None:
        wanted = self._filter.casefold().split()
        self._shown = [index for index, item in enumerate(self._items) if all(word in _told(item) for word in wanted)]
        self._table.set_match(wanted[0] if len(wanted) == 1 else "")
        self._table.set_list(self._shown)
        self._say()
        at = self._table.current
        if at is not None and at != self._at:
            self._show_item(at)

    def _say(self) -> None:
        name = self._stored.key.rpartition("/")[2]
        self._heading.update(Content.assemble(self._state, "  ", (legible(name), "bold")))

    def _show_item(self, index: int) -> None:
        self._at = index
        self._tree.set_value(fields(self._items[index]), index=index, total=len(self._items))

    def _cells(self, index: int) -> tuple[str | Content, ...]:
        item = self._items[index]
        status = Content.styled(legible(item.status), "$text-error") if item.deleted else item.status
        return (
            f"{index + 1:,}",
            short_type(item.resource_type),
            item.label,
            status,
            times.full(item.capture_time, self._workspace.zone),
        )

    # What the person does

    @on(BigTable.Highlighted)
    def reached(self, event: BigTable.Highlighted) -> None:
        event.stop()
        self._show_item(event.row)

    @on(BigTable.Selected)
    def opened(self, event: BigTable.Selected) -> None:
        """To the resource itself: its page knows what came before and after this file."""
        event.stop()
        item = self._items[event.row]
        self._workspace.selection.choose(ResourceKey(item.resource_type, item.resource_id))
        self.app.push_screen(ItemScreen(self._workspace, glyphs.of(self.app)))

    def filter_note(self) -> str:
        """How much the filter leaves."""
        return f"{len(self._shown):,} of {len(self._items):,}"

    def apply_filter(self, text: str) -> None:
        """Show only the items that contain all words, in type, id, name, status or tags."""
        self._filter = text
        self._show()

    def copy_text(self) -> str:
        """What is under the cursor, in full."""
        if self._tree.has_focus:
            return self._tree.value_text()
        index = self._table.current
        return self._items[index].resource_id if index is not None else ""

    @property
    def export_name(self) -> str:
        """What an exported file is named for."""
        return "file"

    def export(self) -> tuple[str, str]:
        """The items shown, as JSON."""
        return "json", json.dumps([fields(self._items[index]) for index in self._shown], indent=2)


def _calls(value: Json) -> str:
    """How many calls a log of CloudTrail holds; empty for what is none."""
    records = value.get("Records") if isinstance(value, dict) else None
    if not isinstance(records, list) or not all(isinstance(one, dict) and "eventName" in one for one in records):
        return ""
    return f"a CloudTrail log of {counted(len(records), 'call')}"


def _take(items: Iterator[ConfigurationItem]) -> list[ConfigurationItem]:
    return list(islice(items, SLICE))


def _told(item: ConfigurationItem) -> str:
    tags = " ".join(f"{key}={value}" for key, value in item.tags.items())
    told = (item.resource_type, item.resource_id, item.resource_name or "", item.status, tags)
    return " ".join(told).casefold()

"""A resource's page: its fields as they were at the moment looked at, its timeline with differences, its links, the
verdicts on it, and who called what.

The page follows the shared selection and moment, so going back, choosing a link and stepping through time all show
here without leaving it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from backend.model.compliance import Evaluation
from backend.model.coverage import UNRECORDABLE
from backend.model.item import ConfigurationItem, ResourceKey
from backend.model.problem import Problem
from tui import times
from tui.glyphs import UNICODE, Glyphs
from tui.item_fields import fields, raw_text
from tui.marks import Mark
from tui.panes.facts import Fact, Facts, moment, words
from tui.panes.spelling import called, counted, short_type
from tui.restyling import flip, keep_styles
from tui.screens.item_lists import ItemLists
from tui.screens.strip import Strip, trail_of
from tui.screens.timeline import WHOLE, Period, Timeline
from tui.screens.timeline_rows import Stage, kind_sign
from tui.screens.title import TitleBar
from tui.software import INVENTORY, as_lines, sheets
from tui.text import legible
from tui.widgets.json_nodes import JsonPath
from tui.widgets.json_tree import JsonTree
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.table import BigTable
from tui.widgets.text_lines import TextLines
from tui.work import begin
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.client.session import Session


WIDE = 120
"""From this many columns on the summary stands beside every part."""

PARTS: tuple[tuple[str, str], ...] = (
    ("summary", "Summary"),
    ("fields", "Configuration"),
    ("timeline", "Timeline"),
    ("links", "Links"),
    ("verdicts", "Rules"),
    ("calls", "Who"),
)
_VIEWS: Mapping[str, str] = {"software": "tables", "tree": "tree", "raw": "raw JSON"}
"""The ways to show the fields, and what each is called."""
_FIRST = ("configuration", "supplementaryConfiguration", "tags", "relationships")
"""Fields that stand above the others here: who and where it is stands in the summary."""


class ItemScreen(Screen[None]):
    """The page of the chosen resource."""

    DEFAULT_CSS = """
    ItemScreen { layout: vertical; }
    ItemScreen #item-heading {
        height: 1; padding: 0 1; background: $surface; text-wrap: nowrap; text-overflow: ellipsis;
    }
    ItemScreen #item-body { height: 1fr; }
    ItemScreen #item-summary { width: 1fr; padding: 1 0 0 0; scrollbar-size-vertical: 1; }
    ItemScreen .item--part { width: 1fr; height: 1fr; }
    ItemScreen.-wide #item-summary { width: 50; border-right: solid $panel-lighten-1; }
    """
    PLACE: ClassVar[str] = "item"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Out", id="item.leave", show=False),
        *(
            Binding(str(number), f"part('{part}')", name, id=f"item.{part}", show=False)
            for number, (part, name) in enumerate(PARTS, start=1)
        ),
        Binding("v", "turn", "Next view", id="item.view", show=False),
        Binding("full_stop,f3", "find(1)", "Next place found", id="item.find_next", show=False),
        Binding("comma,shift+f3", "find(-1)", "Place found before", id="item.find_before", show=False),
    ]
    filter_hint = "text in a field's name or value"

    def __init__(self, workspace: Workspace, signs: Glyphs = UNICODE) -> None:
        super().__init__()
        self._workspace = workspace
        self._signs = signs
        self._key: ResourceKey | None = None
        self._part = "fields"
        self._known: list[Stage] = []
        """The items of the resource, newest first, whatever period the timeline shows."""
        self._sought_field: JsonPath = ()
        """The field that the cursor is to be put on when the item is known."""
        self._fresh = True
        """True until the resource is shown for the first time; later its fields stay open as they are."""
        self._loading: Worker[None] | None = None
        self._again = False
        self._strip = Strip(PARTS)
        self._heading = Static(Content(""), id="item-heading")
        self._facts = Facts()
        self._tree = JsonTree()
        self._raw = TextLines(empty="Nothing is recorded here.", id="item-raw")
        self._software = TextLines(empty="The inventory is empty.", id="item-software")
        self._views: dict[str, JsonTree | TextLines] = {
            "tree": self._tree,
            "software": self._software,
            "raw": self._raw,
        }
        self._view = ""
        """How the fields are shown; empty for what suits the resource."""
        self._sought = ""
        self._found = 0
        self.timeline = Timeline(workspace, signs)
        self._lists = ItemLists(workspace, signs)
        self._bar = KeyBar()
        self._parts: dict[str, Widget] = {
            "summary": VerticalScroll(self._facts, id="item-summary"),
            "fields": self._tree,
            "timeline": self.timeline,
            "links": self._lists.links,
            "verdicts": self._lists.verdicts,
            "calls": self._lists.calls,
        }
        for part, widget in self._parts.items():
            if part != "summary":
                widget.add_class("item--part")
        for view in self._views.values():
            view.add_class("item--part")

    def compose(self) -> ComposeResult:
        yield TitleBar(self._workspace)
        yield self._heading
        yield self._strip
        yield Horizontal(*self._parts.values(), self._raw, self._software, id="item-body")
        yield self._bar

    def on_mount(self) -> None:
        self._workspace.data_changed.subscribe(self, lambda _: self.load())
        self._workspace.view_changed.subscribe(self, lambda _: self.follow())
        self._workspace.zone_changed.subscribe(self, lambda _: self.follow())
        self._workspace.connected.subscribe(self, lambda _: self.load())
        self.follow()
        self.show_part(self._part)

    # Parts

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        keep_styles(event)

    def on_resize(self, event: events.Resize) -> None:
        self.show_part(self._part, focus=False)

    def show_part(self, part: str, *, focus: bool = True) -> None:
        """Bring a part to the front."""
        wide = self.size.width >= WIDE
        if wide and part == "summary":
            part = "fields"
        self._part = part
        flip(self, "-wide", wide)
        for name, widget in self._parts.items():
            widget.display = name == part or (wide and name == "summary")
        for view, widget in self._views.items():
            widget.display = part == "fields" and view == self.view
        self._strip.show(part, {})
        self._show_hints()
        if focus:
            self.focus_part().focus()
        if part == "timeline":
            self.timeline.look_for_callers()

    def _show_hints(self) -> None:
        timeline, of_fields = self._part == "timeline", self._part == "fields"
        of_part = [Hint("m", "mark, compare"), Hint("N", "ignore")] if timeline else [Hint("[ ]", "change")]
        following = self._views_here[(self._views_here.index(self.view) + 1) % len(self._views_here)]
        self._bar.set_hints(
            [
                *([Hint(". ,", f"next of {self._found:,}")] if self._sought and of_fields else []),
                Hint("1-6", "part"),
                Hint("enter", "go there" if timeline else "open"),
                *([Hint("/", "search"), Hint("v", _VIEWS[following])] if of_fields else []),
                *of_part,
                Hint("t", "as of"),
                Hint("y", "copy"),
                *([Hint("Y", "path")] if of_fields else []),
                *([Hint("e", "export")] if timeline else []),
                Hint("esc", "out"),
            ],
            kept=1,
        )

    # Views of the fields, and the search in them

    @property
    def _views_here(self) -> list[str]:
        return [view for view in _VIEWS if view != "software" or self._has_software]

    @property
    def _has_software(self) -> bool:
        return self._key is not None and self._key.resource_type == INVENTORY

    @property
    def view(self) -> str:
        """How the fields are shown; the inventory of a server as tables, until another view is asked for."""
        usual = "software" if self._has_software else "tree"
        return self._view if self._view in self._views_here else usual

    def action_turn(self) -> None:
        """The next view of the fields."""
        if self._part == "fields":
            here = self._views_here
            self._view = here[(here.index(self.view) + 1) % len(here)]
            if self.stage is not None:
                self._fill_lines(self.stage.item)
        self.show_part("fields")
        if self._sought:
            self._views[self.view].find(self._sought)

    def filter_text(self) -> str:
        """What is searched for."""
        return self._sought

    def filter_note(self) -> str:
        """How many places were found."""
        return counted(self._found, "place")

    def apply_filter(self, text: str) -> None:
        """Mark what is searched for in the fields, folded or not, and go to the first."""
        if self._part != "fields":
            self.show_part("fields", focus=False)
        self._sought = text
        self._found = self._views[self.view].find(text)
        self._show_hints()

    def action_find(self, by: int) -> None:
        """The next place found, or the one before."""
        if self._sought and not self._views[self.view].find_next(by):
            self._heading.update(Content(legible(f"Nothing here contains “{self._sought}”.")))

    @on(JsonTree.Selected)
    def _value_chosen(self, event: JsonTree.Selected) -> None:
        """A value that is the id or ARN of a resource leads there."""
        event.stop()
        key = self._named(event.value) if isinstance(event.value, str) else None
        if key is not None and key != self._key:
            self._workspace.selection.choose(key)

    def _named(self, value: str) -> ResourceKey | None:
        """The resource that a value names: one that is linked to this one, or any that is known."""
        stage = self.stage
        links = stage.item.relationships if stage is not None else ()
        linked = [ResourceKey(link.resource_type, link.resource_id or "") for link in links]
        last = value.replace("/", ":").rpartition(":")[2] if value.startswith("arn:") else ""
        near = (key for key in linked if key.resource_id and key.resource_id in (value, last))
        known = (key for text in (value, last) if text for key in self._workspace.names.with_id(text))
        return next(chain(near, known), None)

    def focus_part(self) -> Widget:
        """What gets the keys in the part in front."""
        if self._part == "fields":
            return self._views[self.view]
        return self.timeline.items if self._part == "timeline" else self._parts[self._part]

    def action_part(self, part: str) -> None:
        self.show_part(part)

    @on(Strip.Chosen)
    def _strip_chosen(self, event: Strip.Chosen) -> None:
        event.stop()
        self.show_part(event.pane_id)

    def action_leave(self) -> None:
        if self._sought:
            self.apply_filter("")
        else:
            self.dismiss()

    # Loading

    def follow(self) -> None:
        """Show what the shared selection and moment say: another resource is loaded, at another moment its lists."""
        moment = self._workspace.selection.moment
        if self._workspace.resource != self._key:
            self._key = self._workspace.resource
            self._known = []
            self._fresh = True
            self._sought, self._found = "", 0
            for view in self._views.values():
                view.find("")
            self._strip.set_trail(trail_of(self._workspace))
            self.show_part(self._part, focus=self.is_current)
            self.timeline.clear(self._key)
            self._lists.turn_to(self._key, moment)
            self.load()
            return
        self.show_item()
        if moment != self._lists.moment:
            self._lists.turn_to(self._key, moment)
            begin(self, self._lists.load, "item-lists")

    def load(self) -> None:
        """Fetch everything again; a load under way is followed by one more."""
        if self._loading is not None and not self._loading.is_finished:
            self._again = True
            return
        self._loading = begin(self, self._load, "item-page")

    async def _load(self) -> None:
        self._again = True
        while self._again:
            self._again = False
            session, key = self._workspace.session, self._key
            if session is None or key is None:
                return
            await asyncio.gather(self._load_items(session, key), self._lists.load())

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            event.stop()
            self._heading.update(Content(legible(str(self._workspace.defect("The page", event.worker.error)))))

    async def _load_items(self, session: Session, key: ResourceKey) -> None:
        try:
            await self.timeline.load(session, key)
        except Problem as problem:
            self._workspace.remember("Resource page", problem)
            if key == self._key:
                self.timeline.items.set_empty(str(problem))
                self.timeline.items.set_list(())
            return
        if key == self._key:
            if self.timeline.period == WHOLE or not self._known:
                self._known = self.timeline.stages
            self.show_item()

    def show_history(self, period: Period) -> None:
        """Show the items of a period in the timeline; the other parts go on showing the item of the moment."""
        self.timeline.period = period
        self.show_part("timeline")
        self.load()

    def show_field(self, path: JsonPath) -> None:
        """Put the cursor on a field of the item, as soon as that is known."""
        self._sought_field, self._part, self._view = path, "fields", "tree"
        if self.is_mounted:
            self.show_part("fields")
            self.show_item()

    # Showing

    @property
    def current_verdict(self) -> Evaluation | None:
        """The verdict under the cursor, where the verdicts are in front."""
        return self._lists.verdicts.current if self._part == "verdicts" else None

    @property
    def stage(self) -> Stage | None:
        """The item shown: the one that was true at the moment looked at, or the newest."""
        at = self._workspace.selection.moment
        return next((stage for stage in self._known if at is None or stage.item.capture_time <= at), None)

    def show_item(self) -> None:
        """Show the item of the moment looked at."""
        stage = self.stage
        if stage is None:
            key = self._key
            self._heading.update(Content(legible(key.resource_id) if key is not None else "No resource is chosen."))
            self._facts.show([Fact("", words(self._nothing()))])
            self._tree.set_value(None)
            self._raw.set_lines(())
            self._software.set_lines(())
            return
        item, place = stage.item, self._known.index(stage)
        self._heading.update(self._title_of(stage, place))
        self._facts.show(list(summary(item, self._workspace.now(), self._workspace.zone)))
        told = fields(item)
        self._fill_lines(item)
        self._tree.set_value(
            {name: told[name] for name in _FIRST} | told,
            index=len(self._known) - 1 - place,
            total=len(self._known),
        )
        if self._fresh:
            self._fresh = False
            self._tree.reveal(("configuration",), open_it=True)
        if self._sought_field:
            self._tree.reveal(self._sought_field, open_it=True)
            self._sought_field = ()
        self._tree.set_marks({change.path: kind_sign(change.kind, self._signs) for change in stage.changes})
        self.timeline.show_place(item)

    def _nothing(self) -> str:
        """Why there is nothing to show."""
        if self._known:
            return "No item of this moment is known."
        if self._key is not None and self._key.resource_type in UNRECORDABLE:
            return (
                f"AWS Config does not record {self._key.resource_type}: rules on a schedule judge it all the same, and "
                "no item tells what it was."
            )
        return "" if self._key is None else "No item of this resource is known here."

    def _fill_lines(self, item: ConfigurationItem) -> None:
        """What the view in front shows as lines; the others are written when they are turned to."""
        if self.view == "raw":
            self._raw.set_lines(raw_text(item).split("\n"))
        elif self.view == "software":
            self._software.set_lines(*as_lines(sheets(item)))

    def _title_of(self, stage: Stage, place: int) -> Content:
        item = stage.item
        state = Content.styled(legible(item.status), "$text-error bold" if item.deleted else "$text-success")
        captured = f"  captured {times.stated(item.capture_time, self._workspace.zone)}"
        name = item.label if item.label != item.resource_id else called(item.key, self._workspace.names)
        older = Content.styled("  not the newest item", "$text-warning bold") if place else Content("")
        return Content.assemble(
            (short_type(item.resource_type), "$text-muted"),
            "  ",
            (legible(name), "bold"),
            "  ",
            state,
            (captured, "$text-muted"),
            older,
        )

    # What the person does

    @on(Timeline.Chosen)
    def _jump(self, event: Timeline.Chosen) -> None:
        """The newest item is what is true now; any other is a look back, and the whole app looks with it."""
        event.stop()
        self._workspace.selection.look_at(event.moment)

    @on(Timeline.Asked)
    def _read_in_full(self, event: Timeline.Asked) -> None:
        event.stop()
        from tui.screens.difference import DifferenceScreen

        self.app.push_screen(DifferenceScreen(event.line))

    @on(BigTable.Highlighted)
    def _passed(self, event: BigTable.Highlighted) -> None:
        event.stop()

    @on(BigTable.Selected)
    def _chosen(self, event: BigTable.Selected) -> None:
        event.stop()
        if event.control is self._lists.links and event.row.resource_id:
            self._workspace.selection.choose(ResourceKey(event.row.resource_type, event.row.resource_id))

    def noise_path(self) -> str:
        """What `N` ignores: the field under the cursor of the differences."""
        return self.timeline.noise_path()

    def markable(self) -> Mark | None:
        """What `m` marks: an item of the timeline."""
        return self.timeline.markable() if self._part == "timeline" else None

    @property
    def export_name(self) -> str:
        return f"timeline-{self._key.resource_id}" if self._key is not None else "timeline"

    def export(self) -> tuple[str, str]:
        """The timeline: every item with what changed and who caused it."""
        return self.timeline.export()

    def copy_text(self) -> str:
        """What is under the cursor, in full."""
        if self._part == "fields":
            view = self._views[self.view]
            return view.value_text() if isinstance(view, JsonTree) else view.current.strip()
        if self._part == "timeline":
            return self.timeline.copy_text()
        link, call = self._lists.links.current, self._lists.calls.current
        if self._part == "links" and link is not None:
            return link.resource_id or link.resource_name or ""
        if self._part == "calls" and call is not None:
            return call.event_id
        stage = self.stage
        return (stage.item.arn or stage.item.resource_id) if stage is not None else ""


def summary(item: ConfigurationItem, now: int, zone: times.Zone) -> Iterator[Fact]:
    """An item in short."""
    yield Fact("name", words(item.label))
    yield Fact("type", words(item.resource_type))
    yield Fact("id", words(item.resource_id))
    if item.arn:
        yield Fact("ARN", words(item.arn))
    yield Fact("status", words(item.status, "$text-error" if item.deleted else ""))
    yield Fact("account", words(item.account_id))
    yield Fact("region", words(item.region))
    if item.availability_zone and item.availability_zone != item.region:
        yield Fact("zone", words(item.availability_zone))
    yield moment("created", item.creation_time, now, zone)
    yield moment("captured", item.capture_time, now, zone)
    yield Fact("version", words(item.version))
    if item.tags:
        yield Fact("", Content(" "))
        yield Fact("tags")
        for key, value in item.tags.items():
            yield Fact(f"  {legible(key)}", words(value))

"""One message of the stream in full: what it says in plain words, what changed, where it leads, and its JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from backend.model import stream
from backend.model.delivery import StoredObject
from backend.model.diff import CREATE, DELETE, Change
from backend.model.item import ResourceKey
from backend.model.stream import StreamMessage
from tui import glyphs, times
from tui.panes import stream_views as views
from tui.panes.delivery import what_is
from tui.panes.facts import state
from tui.panes.spelling import called, short_type
from tui.restyling import flip
from tui.screens.title import TitleBar
from tui.text import legible
from tui.widgets.entries import Entries, Line
from tui.widgets.json_nodes import value_text
from tui.widgets.json_tree import JsonTree
from tui.widgets.key_bar import Hint, KeyBar
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

BESIDE = 110
"""From this many columns on the JSON stands beside the words, not below."""
_VALUE = 200
"""Characters of a value in a row; the whole value opens."""
_NAMES = 11
"""Cells of the names at the left edge."""


class MessageScreen(Screen[None]):
    """The page of a message; the ones before and after it are a key away."""

    PLACE: ClassVar[str] = "message"
    DEFAULT_CSS = """
    MessageScreen { layout: vertical; }
    MessageScreen #message-heading {
        height: 1; padding: 0 1; background: $surface; text-wrap: nowrap; text-overflow: ellipsis;
    }
    MessageScreen #message-body { height: 1fr; layout: vertical; }
    MessageScreen #message-words { height: 1fr; }
    MessageScreen #message-says { height: auto; max-height: 6; padding: 0 1; }
    MessageScreen JsonTree { height: 1fr; border-top: solid $panel-lighten-1; }
    MessageScreen.-beside #message-body { layout: horizontal; }
    MessageScreen.-beside #message-words { width: 1fr; }
    MessageScreen.-beside #message-says { padding: 1; }
    MessageScreen.-beside JsonTree { width: 1fr; border-top: none; border-left: solid $panel-lighten-1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Out", id="message.leave", show=False),
        Binding("less_than_sign", "step(-1)", "The one before", id="message.before", show=False),
        Binding("greater_than_sign", "step(1)", "The one after", id="message.after", show=False),
    ]

    def __init__(self, workspace: Workspace, found: Sequence[StreamMessage], index: int) -> None:
        super().__init__()
        self._workspace = workspace
        self._found = found
        self._index = index
        self._heading = Static(Content(""), id="message-heading")
        self._says = Static(Content(""), id="message-says")
        self._lines = Entries(names=_NAMES)
        self._tree = JsonTree()

    def compose(self) -> ComposeResult:
        yield TitleBar(self._workspace)
        yield self._heading
        yield Container(Vertical(self._says, self._lines, id="message-words"), self._tree, id="message-body")
        yield KeyBar(
            [
                Hint("enter", "open"),
                Hint("tab", "words or JSON"),
                Hint("< >", "before, after"),
                Hint("y", "copy"),
                Hint("e", "export"),
                Hint("esc", "out"),
            ]
        )

    def on_mount(self) -> None:
        self._workspace.zone_changed.subscribe(self, lambda _: self.show_message())
        self._workspace.names_changed.subscribe(self, lambda _: self.show_message())
        self.show_message()
        self._lines.focus()

    def on_resize(self, event: events.Resize) -> None:
        flip(self, "-beside", event.size.width >= BESIDE)

    @property
    def message(self) -> StreamMessage:
        """The message in front."""
        return self._found[self._index]

    # Showing

    def show_message(self) -> None:
        """Show the message in front."""
        message = self.message
        style = "$text-error bold" if message.failed or message.broke else "bold"
        place = f"  {self._index + 1:,} of {len(self._found):,}" if len(self._found) > 1 else ""
        self._heading.update(
            Content.assemble(
                (legible(views.said(message)), style),
                (f"  {times.stated(message.time, self._workspace.zone)}", "$text-muted"),
                (place, "$text-muted"),
            )
        )
        self._says.update(Content(legible(views.plainly(message, self._workspace.names))))
        self._lines.show(list(self._told(message)))
        self._tree.set_value(message.document)

    def _told(self, message: StreamMessage) -> Iterator[Line]:
        """What it says, a line each; those that lead somewhere are chosen with enter."""
        signs, key = glyphs.of(self.app), views.key_of(message)
        if key is not None:
            name = called(key, self._workspace.names)
            told = Content.assemble((f"{short_type(key.resource_type)} ", "$text-muted"), (legible(name), "bold"))
            yield Line(told, "resource", ("resource", key))
            yield Line(Content(f"timeline of {legible(key.resource_id)}"), "", ("timeline", key))
        if message.kind == stream.COMPLIANCE:
            before = views.verdict_before(message)
            verdict = state(message.change_type, signs)
            if before:
                verdict = Content.assemble(state(before, signs), f" {signs.outward} ", verdict)
            yield Line(verdict, "verdict")
        for number, rule in enumerate(filter(None, message.rule.split(", "))):
            yield Line(
                Content(legible(rule)), "rules" if not number and "," in message.rule else "rule", ("rule", rule)
            )
        stored = views.stored_of(message)
        if stored is not None:
            yield Line(Content(legible(what_is(stored.key))), "file", ("file", stored))
            yield Line(Content.styled(legible(f"s3://{stored.bucket}/{stored.key}"), "$text-muted"))
        reason = views.why(message)
        if reason:
            yield Line(Content.styled(legible(reason), "$text-error"), "error")
        section = "changed"
        for change in views.changes_of(message):
            yield Line(self._change(change), section, ("change", change))
            section = ""
        if message.region:
            yield Line(Content(legible(message.region)), "region")
        if message.subject:
            yield Line(Content.styled(legible(message.subject), "$text-muted"), "subject")

    def _change(self, change: Change) -> Content:
        """`configuration.state: running → stopped`."""
        signs = glyphs.of(self.app)
        before, after = (legible(value_text(each)[:_VALUE]) for each in (change.before, change.after))
        path = (f"{legible(change.path)}  ", "bold")
        if change.kind == CREATE:
            return Content.assemble((f"{signs.plus} ", "$text-success"), path, after)
        if change.kind == DELETE:
            return Content.assemble((f"{signs.minus} ", "$text-error"), path, before)
        return Content.assemble(
            (f"{signs.change} ", "$text-warning"), path, (before, "$text-muted"), f" {signs.outward} ", after
        )

    # What the person does

    @on(Entries.Chosen)
    def chosen(self, event: Entries.Chosen) -> None:
        """A line leads to the resource, its timeline, the rule, the file, or both values of a change in full."""
        event.stop()
        goes_to = event.goes_to
        if not isinstance(goes_to, tuple):
            return
        what, target = goes_to
        if what in ("resource", "timeline") and isinstance(target, ResourceKey):
            self._open_resource(target, timeline=what == "timeline")
        elif what == "file" and isinstance(target, StoredObject):
            from tui.screens.file import FileScreen

            self.app.push_screen(FileScreen(self._workspace, target))
        elif what == "change" and isinstance(target, Change):
            from tui.screens.difference import DifferenceScreen
            from tui.screens.timeline_rows import Line as Difference

            line = Difference("change", "", path=target.path, change=target)
            self.app.push_screen(DifferenceScreen(line))
        elif what == "rule":
            self._open_rule(str(target))

    def _open_resource(self, key: ResourceKey, *, timeline: bool) -> None:
        from tui.screens.item import ItemScreen

        self._workspace.selection.choose(key)
        page = ItemScreen(self._workspace, glyphs.of(self.app))
        self.app.push_screen(page)
        if timeline:
            page.call_after_refresh(page.show_part, "timeline")

    def _open_rule(self, name: str) -> None:
        from tui.screens.dashboard import Dashboard

        dashboard = next((screen for screen in self.app.screen_stack if isinstance(screen, Dashboard)), None)
        if dashboard is not None:
            self.dismiss()
            dashboard.go_to("compliance")
            dashboard.panes["compliance"].apply_filter(f"rule:{name}")

    def action_step(self, by: int) -> None:
        """The message before or after."""
        index = self._index + by
        if 0 <= index < len(self._found):
            self._index = index
            self.show_message()

    @property
    def downloadable(self) -> StoredObject | None:
        """What `w` downloads: the file the message tells of."""
        return views.stored_of(self.message)

    def copy_text(self) -> str:
        """The value under the cursor of the JSON; else what the chosen line leads to, or the words."""
        if self._tree.has_focus:
            return self._tree.value_text()
        line = self._lines.current
        target = line.goes_to[1] if line is not None and isinstance(line.goes_to, tuple) else None
        if isinstance(target, ResourceKey):
            return target.resource_id
        if isinstance(target, StoredObject):
            return f"s3://{target.bucket}/{target.key}"
        if isinstance(target, str):
            return target
        return views.plainly(self.message, self._workspace.names)

    @property
    def export_name(self) -> str:
        """What an exported file is named for."""
        return "message"

    def export(self) -> tuple[str, str]:
        """The message as it came, as JSON."""
        import msgspec

        return "json", msgspec.json.format(msgspec.json.encode(self.message.document), indent=2).decode()

    def action_leave(self) -> None:
        self.dismiss()

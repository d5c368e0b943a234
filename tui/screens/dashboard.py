"""The dashboard: all panes at once where there is room (120x36), one at a time with a strip of names below that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events, on
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen

from tui import glyphs
from tui.commands import KEPT, PANES, SHORT_NAMES, Command
from tui.panes.compliance import CompliancePane
from tui.panes.delivery import DeliveryPane
from tui.panes.pane import Pane
from tui.panes.pulse import PulsePane
from tui.panes.recorder import RecorderPane
from tui.panes.relationships import RelationshipsPane
from tui.panes.snapshots import SnapshotsPane
from tui.panes.stream import StreamPane
from tui.restyling import flip, keep_styles
from tui.screens.file import FileScreen
from tui.screens.item import ItemScreen
from tui.screens.moment_bar import MomentBar
from tui.screens.strip import Strip, trail_of
from tui.screens.title import TitleBar
from tui.widgets.key_bar import Hint, KeyBar
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.selection import View

GRID = (120, 36)
"""From this many columns and rows on, all panes are shown at once."""
WIDE = (180, 50)
"""From here on the panes have room for details."""

_PANE_TYPES: dict[str, type[Pane]] = {
    "pulse": PulsePane,
    "recorder": RecorderPane,
    "delivery": DeliveryPane,
    "snapshots": SnapshotsPane,
    "relationships": RelationshipsPane,
    "compliance": CompliancePane,
    "stream": StreamPane,
}


class Dashboard(Screen[None]):
    """The pulse, and six panes over one connection, one selection and one moment."""

    AUTO_FOCUS = ""

    class Asked(Message):
        """A command was clicked or typed."""

        def __init__(self, command_id: str, argument: str = "") -> None:
            super().__init__()
            self.command_id = command_id
            self.argument = argument

    DEFAULT_CSS = """
    Dashboard { layout: vertical; }
    Dashboard #columns { height: 1fr; }
    Dashboard #left { width: 38; }
    Dashboard #right { width: 36; }
    Dashboard Pane { border: round $panel-lighten-2; border-title-color: $text-muted; }
    Dashboard Pane:focus-within { border: round $accent; border-title-color: $text; border-title-style: bold; }
    Dashboard.-not-now Pane, Dashboard.-not-now Pane:focus-within { border: round $warning; }
    Dashboard #recorder { height: 5fr; }
    Dashboard #delivery { height: 6fr; }
    Dashboard #stream { height: 8; }
    Dashboard.-wide #left { width: 46; }
    Dashboard.-wide #right { width: 54; }
    Dashboard.-wide #stream { height: 12; }
    Dashboard.-single #left, Dashboard.-single #right { width: 1fr; }
    Dashboard.-single #stream { height: 1fr; }
    Dashboard.-single Pane, Dashboard.-single Pane:focus-within { border: none; height: 1fr; }
    """

    def __init__(self, workspace: Workspace, landing: str = "pulse") -> None:
        """`landing` is the pane that is in front at the start."""
        super().__init__()
        self.workspace = workspace
        self.panes: dict[str, Pane] = {
            pane_id: _PANE_TYPES[pane_id](workspace, pane_id, name, number)
            for number, (pane_id, name) in enumerate(PANES)
        }
        self.current = self.panes[landing]
        """The pane that has the focus, or had it last."""
        self.zoomed = False
        self._seen: set[Pane] = set()
        """The panes that were in sight once."""
        self._titles: dict[str, str] = {}
        self._bar = KeyBar()
        self._left, self._right = Vertical(id="left"), Vertical(id="right")
        self._columns = Horizontal(self._left, self._right, id="columns")
        self.moment_bar = MomentBar(workspace)
        self._strip = Strip(PANES, first=0, short=SHORT_NAMES)

    def compose(self) -> ComposeResult:
        yield TitleBar(self.workspace)
        yield self._strip
        yield self.moment_bar
        yield self._columns
        yield self._bar

    async def furnish(self) -> None:
        """Put the panes in their places, each in a turn of its own: all at once would stop the loop for too long."""
        panes = self.panes
        await self.mount(panes["pulse"], before=self._columns)
        await self._left.mount(panes["recorder"])
        await self._left.mount(panes["delivery"])
        await self._columns.mount(panes["snapshots"], before=self._right)
        await self._right.mount(panes["relationships"])
        await self._right.mount(panes["compliance"])
        await self.mount(panes["stream"], after=self._columns)
        self.lay_out()

    def on_mount(self) -> None:
        for pane in self.panes.values():
            self._title(pane)
        self.workspace.view_changed.subscribe(self, self._viewed)
        self.workspace.names_changed.subscribe(self, lambda _: self._show_trail())
        self.workspace.connected.subscribe(self, lambda _: self.call_after_refresh(self.begin))
        self.show_keys()

    def begin(self) -> None:
        """There is something to see: give the keys to the first pane."""
        self.show_keys()
        if self.focused is None:
            self.current.main_part().focus(scroll_visible=False)

    # Layout

    @property
    def single(self) -> bool:
        """True when one pane has the whole screen: the pulse always, others for want of room or because zoomed."""
        narrow = self.size.width < GRID[0] or self.size.height < GRID[1]
        return self.zoomed or narrow or self.current is self.panes["pulse"]

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        keep_styles(event)

    def on_resize(self, event: events.Resize) -> None:
        self.lay_out()

    def lay_out(self) -> None:
        """Show the panes that there is room for."""
        single, current = self.single, self.current
        flip(self, "-single", single)
        flip(self, "-wide", not single and self.size.width >= WIDE[0] and self.size.height >= WIDE[1])
        for pane in self.panes.values():
            pane.display = pane is current if single else pane is not self.panes["pulse"]
            pane.zoom(self.zoomed and pane is current)
        self._unveil()
        for column in (self._left, self._right):
            column.display = any(pane.display for pane in column.query_children(Pane))
        self._columns.display = not single or current not in (self.panes["stream"], self.panes["pulse"])
        self._show_strip()
        self._show_trail()

    def _unveil(self) -> None:
        """Show panes that were never in sight one after the other: all at once would stop the loop for too long."""
        waiting = [pane for pane in self.panes.values() if pane.display and pane not in self._seen]
        if not waiting:
            return
        first = self.current if self.current in waiting else waiting[0]
        self._seen.add(first)
        for pane in waiting:
            pane.visible = pane is first
        self.call_after_refresh(self._unveil)

    def go_to(self, pane_id: str) -> None:
        """Give a pane the focus, and the screen where there is only room for one."""
        self.current = self.panes[pane_id]
        self.lay_out()
        self.show_keys()
        if not self.current.has_focus_within:
            self.current.main_part().focus(scroll_visible=False)

    def zoom(self) -> None:
        """Give the screen to the current pane, or take it back."""
        self.zoomed = not self.zoomed
        self.lay_out()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        pane = next((node for node in event.widget.ancestors if isinstance(node, Pane)), None)
        if pane is not None and pane is not self.current:
            self.current = pane
            self._show_strip()
            self.show_keys()

    def _viewed(self, view: View) -> None:
        flip(self, "-not-now", view.moment is not None)
        self._show_trail()
        self.show_keys()

    def _show_trail(self) -> None:
        """Which resources led to the chosen one; where the list is all there is, its cursor says which one that is."""
        told = trail_of(self.workspace)
        self._strip.set_trail(told[:-1] if self.single and self.current is self.panes["snapshots"] else told)

    # Titles

    @on(Pane.Retitled)
    def retitled(self, event: Pane.Retitled) -> None:
        event.stop()
        self._title(event.pane)
        self._show_strip()
        if event.pane is self.current:
            self.show_keys()

    def _title(self, pane: Pane) -> None:
        title = Content.assemble(f"{pane.number} {pane.pane_name} ", pane.headline)
        if title.markup != self._titles.get(pane.id or ""):
            # Setting a title repaints the pane, the same one too.
            self._titles[pane.id or ""] = title.markup
            pane.border_title = title

    def _show_strip(self) -> None:
        self._strip.show(self.current.id or "", {pane_id: pane.mark for pane_id, pane in self.panes.items()})

    @on(Strip.Chosen)
    def strip_chosen(self, event: Strip.Chosen) -> None:
        event.stop()
        self.go_to(event.pane_id)

    # Pages over the dashboard

    @on(PulsePane.Followed)
    def pulse_followed(self, event: PulsePane.Followed) -> None:
        """A line of the pulse leads to the pane that knows more, or to a resource."""
        event.stop()
        if event.resource is not None:
            self.workspace.selection.choose(event.resource)
        self.go_to(event.pane_id)
        pane = self.panes[event.pane_id]
        if isinstance(pane, CompliancePane) and event.about:
            pane.go_to_rule(event.about)
        elif isinstance(pane, SnapshotsPane) and "::" in event.about:
            pane.apply_filter(event.about)

    @on(Pane.Opened)
    def resource_opened(self, event: Pane.Opened) -> None:
        event.stop()
        self.app.push_screen(ItemScreen(self.workspace, glyphs.of(self.app)))

    @on(RecorderPane.TypeOpened)
    def type_opened(self, event: RecorderPane.TypeOpened) -> None:
        """From a type to its resources."""
        event.stop()
        self.go_to("snapshots")
        self.panes["snapshots"].apply_filter(event.resource_type)

    @on(DeliveryPane.FileOpened)
    def file_opened(self, event: DeliveryPane.FileOpened) -> None:
        event.stop()
        self.app.push_screen(FileScreen(self.workspace, event.stored))

    @on(DeliveryPane.LookAsked)
    def look_asked(self, event: DeliveryPane.LookAsked) -> None:
        event.stop()
        from tui.screens.inspection import InspectionScreen

        self.app.push_screen(InspectionScreen(self.workspace, event.opened))

    @on(StreamPane.MessageOpened)
    def message_opened(self, event: StreamPane.MessageOpened) -> None:
        event.stop()
        from tui.screens.message import MessageScreen

        self.app.push_screen(MessageScreen(self.workspace, event.found, event.index))

    # Keys

    def show_keys(self) -> None:
        """What can be done in the current pane, in the bottom row."""
        commands = self.workspace.circumstances.bar(self.current.id or "")
        kept = sum(1 for command in commands if command.id in KEPT)
        self._bar.set_hints([self._hint(command) for command in commands], kept=kept)

    def _hint(self, command: Command) -> Hint:
        wanted = self.current.filter_text()
        if command.id == "look.filter" and wanted:
            return Hint("/", f"{wanted} ({self.current.filter_note()})", command.id)
        note = self.current.view_note() if command.id.endswith(".view") else ""
        return Hint(command.key_label, f"{command.label}: {note}" if note else command.label, command.id)

    @on(KeyBar.Clicked)
    def hint_clicked(self, event: KeyBar.Clicked) -> None:
        event.stop()
        self.post_message(self.Asked(event.hint.id))

"""What every pane is: a titled part that loads its data in a worker of its own and says what failed in words."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import events
from textual.containers import Container, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from backend.model.item import ResourceKey
from backend.model.moment import Moment
from backend.model.problem import Problem
from tui import glyphs
from tui.glyphs import Glyphs
from tui.restyling import flip
from tui.text import legible
from tui.work import begin
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.notifications import SeverityLevel

    from backend.client.session import Session
    from tui.marks import Mark
    from tui.selection import View

ResultT = TypeVar("ResultT")

REST = 0.3
"""Seconds between two loads of one pane at least; a slow load rests for three times what it took."""


class Notice(Static):
    """The line of a pane that says what is awaited, what went wrong, or what to mind. Never markup.

    A problem hides the remark while it lasts.
    """

    DEFAULT_CSS = """
    Notice { height: auto; max-height: 8; display: none; padding: 0 1; }
    Notice.-waiting { display: block; color: $text-muted; }
    Notice.-remark { display: block; color: $text-warning; }
    Notice.-problem { display: block; color: $text-error; background: $error-muted; }
    """

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._remark = ""
        self._kind = self._text = ""

    def wait(self, text: str) -> None:
        """Something is awaited."""
        self._say("-waiting", f"{glyphs.of(self.app).waiting} {legible(text)}")

    def go_on(self, text: str) -> None:
        """What was awaited is there, and the next thing is awaited."""
        if self._kind == "-waiting":
            self.wait(text)

    def problem(self, text: str) -> None:
        """Something went wrong."""
        self._say("-problem", f"{glyphs.of(self.app).bad} {legible(text)}")

    def remark(self, text: str) -> None:
        """Something to mind about what the pane shows; empty for nothing."""
        self._remark = text
        if self._kind not in ("-waiting", "-problem"):
            self.clear()

    def clear(self) -> None:
        """Nothing is awaited and nothing went wrong."""
        self._say("-remark" if self._remark else "", legible(self._remark))

    def _say(self, kind: str, text: str) -> None:
        # Every update lays the pane out anew, which repaints it: kilobytes over SSH, so only for something new.
        if (kind, text) != (self._kind, self._text):
            self._kind, self._text = kind, text
            self.set_classes(kind)
            self.update(Content(text))


class Pane(Vertical):
    """A part of the dashboard over one subject.

    A pane overrides `body` (its widgets) and `load` (fetch, then show). `load` runs in a worker: it may await the
    session, it raises `Problem` when something fails, and while it runs the rest of the screen stays alive. Data that
    change while it runs make it run once more afterwards; a new selection makes it start anew.
    """

    DEFAULT_CSS = """
    Pane { width: 1fr; height: 1fr; }
    Pane > .pane--body { width: 1fr; height: 1fr; layout: vertical; }
    Pane.-waiting > .pane--body { display: none; }
    """

    FOLLOWS_VIEW: ClassVar[bool] = False
    """True when the pane shows the chosen resource or moment, and so loads anew when they change."""

    LOADS_HIDDEN: ClassVar[bool] = False
    """True when the pane's sign in the strip of names has to be right while the pane itself is hidden."""

    THEN: ClassVar[str | None] = None
    """What to mind about the past in this pane, which then is loaded from the session of the moment looked at.

    None: it is loaded from that of now, and if it follows the moment, does so by itself.
    """

    class Retitled(Message):
        """The pane has something new to say in its title."""

        def __init__(self, pane: Pane) -> None:
            super().__init__()
            self.pane = pane

    class Said(Message):
        """The person is to be told something, wherever they look."""

        def __init__(self, text: str, severity: SeverityLevel = "information") -> None:
            super().__init__()
            self.text = text
            self.severity = severity

    class Opened(Message):
        """A resource is to be opened on a page of its own."""

        def __init__(self, resource: ResourceKey) -> None:
            super().__init__()
            self.resource = resource

    def __init__(self, workspace: Workspace, pane_id: str, name: str, number: int) -> None:
        super().__init__(id=pane_id)
        self.workspace = workspace
        self.pane_name = name
        self.number = number
        self.headline = Content("")
        """What the title says beside the name: a state, a count."""
        self.mark = Content("")
        """The same in a sign or two, for the strip of names."""
        self.notice = Notice()
        self._dirty = False
        self._stale = True
        self._loading: Worker[None] | None = None
        self._moment: Moment | None = None

    @property
    def signs(self) -> Glyphs:
        """The signs this terminal can show."""
        return glyphs.of(self.app)

    # What a pane is made of

    def compose(self) -> ComposeResult:
        yield self.notice
        with Container(classes="pane--body"):
            yield from self.body()

    def body(self) -> ComposeResult:
        """The widgets of the pane, below its notice."""
        raise NotImplementedError

    async def load(self, session: Session) -> None:
        """Fetch from the session and show it; raises `Problem`."""
        raise NotImplementedError

    def main_part(self) -> Widget:
        """What gets the focus when the pane is gone to."""
        return next(widget for widget in self.query("*") if widget.focusable)

    # Commands; a pane that has something to copy, export or filter overrides these

    def filter_text(self) -> str | None:
        """The filter in force; None when this pane cannot be filtered."""
        return None

    def apply_filter(self, text: str) -> None:
        """Show only what contains `text`; empty shows all."""

    def filter_note(self) -> str:
        """How much the filter leaves."""
        return ""

    def copy_text(self) -> str:
        """What `y` copies: what is under the cursor, in full and unshortened."""
        return ""

    @property
    def export_name(self) -> str:
        """What an exported file is named for."""
        return self.pane_name

    def export(self) -> tuple[str, str]:
        """File suffix and text of what the pane shows, for `e`."""
        return "txt", ""

    def view_note(self) -> str:
        """Which of its views a pane shows, for its hint; empty for the usual one."""
        return ""

    def markable(self) -> Mark | None:
        """What `m` marks: what is under the cursor, where it can be compared (see `tui.marks`)."""
        return None

    def step_out(self) -> bool:
        """One step out of what was opened inside the pane; False when there is nothing to leave."""
        return False

    # Loading

    def on_mount(self) -> None:
        self.workspace.progressed.subscribe(self, lambda _: self.show_progress())
        self.workspace.connected.subscribe(self, lambda _: self.connected())
        self.workspace.data_changed.subscribe(self, lambda _: self.reload())
        self.workspace.names_changed.subscribe(self, lambda _: self.names_changed())
        self.workspace.zone_changed.subscribe(self, lambda _: self.reload())
        if self.FOLLOWS_VIEW:
            self.workspace.view_changed.subscribe(self, self.view_changed)
        if self.THEN is not None:
            self.workspace.view_changed.subscribe(self, self._moment_followed)
        self.show_progress()
        self.reload()

    def on_show(self, event: events.Show) -> None:
        if self._stale or self.LOADS_HIDDEN:
            self.reload()

    def view_changed(self, view: View) -> None:
        self.reload(anew=True)

    def _moment_followed(self, view: View) -> None:
        if view.moment != self._moment:
            self._moment = view.moment
            self.reload(anew=True)

    async def _as_of(self, session: Session) -> Session:
        """The session to load from: that of the moment looked at, where the pane shows the past."""
        moment = self._moment = self.workspace.selection.moment
        if moment is None:
            self.remark("")
            return session
        then, estate = await self.workspace.then.session(session, moment, self.notice.wait)
        said = estate.gaps if estate is not None else ()
        self.remark(" ".join(filter(None, (self.remark_then(then), *said))))
        return then

    def remark_then(self, session: Session) -> str:
        """What to mind about the past, where the pane has something of it to show: files have no settings or states."""
        return "" if session.as_of is not None else self.THEN or ""

    def connected(self) -> None:
        """There is something to ask now."""
        flip(self, "-waiting", False)
        self.notice.go_on("reading")
        self.reload(anew=True)

    def names_changed(self) -> None:
        """Names of resources became known; a pane that shows some draws them."""

    def show_progress(self) -> None:
        """Say what the connecting is at, as long as there is nothing else to say."""
        flip(self, "-waiting", self.workspace.session is None)
        if self.workspace.failure is not None:
            self.notice.problem(str(self.workspace.failure))
        elif self.workspace.session is None:
            self.notice.wait(self.workspace.progress)

    def reload(self, *, anew: bool = False) -> None:
        """Load again; `anew` drops a load that is under way, otherwise one more follows it."""
        if self.workspace.session is None:
            return
        if not (self.is_on_screen or self.LOADS_HIDDEN):
            self._stale = True
            return
        if self._loading is not None and not self._loading.is_finished and not anew:
            self._dirty = True
            return
        self._loading = begin(self, self._load_until_fresh, f"pane-{self.id}", name=self.id or "")

    def zoom(self, on: bool) -> None:
        """The pane was given the whole screen, or lost it: one with a part beside its main one may leave that out."""

    @property
    def is_on_screen(self) -> bool:
        """False while another tab or a zoomed pane hides this one."""
        return self.is_mounted and all(node.display for node in self.ancestors_with_self if isinstance(node, Widget))

    async def _load_until_fresh(self) -> None:
        self._dirty = self._stale = True
        while self._dirty:
            session = self.workspace.session
            if session is None:
                return
            self._dirty = False
            began = time.monotonic()
            try:
                await self.load(session if self.THEN is None else await self._as_of(session))
            except Problem as problem:
                self.workspace.remember(self.pane_name, problem)
                self.notice.problem(str(problem))
            else:
                self.notice.clear()
                self._stale = False
                self.workspace.note_answer()
            if self._dirty:
                await asyncio.sleep(max(REST, 3 * (time.monotonic() - began)))
        self.retitle()

    async def guarded(self, job: Callable[[], Awaitable[ResultT]]) -> ResultT | None:
        """The result of a job beside the loading; None when it failed, which the pane then says."""
        try:
            return await job()
        except Problem as problem:
            self.workspace.remember(self.pane_name, problem)
            self.notice.problem(str(problem))
            return None

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A defect of ours in one pane is that pane's: it says so, is logged, and the others go on."""
        error = event.worker.error
        if event.state is WorkerState.ERROR and error is not None:
            event.stop()
            self.notice.problem(str(self.workspace.defect(self.pane_name, error)))

    # Title

    def remark(self, text: str) -> None:
        """Say what to mind about what is shown; empty for nothing."""
        self.notice.remark(text)

    def retitle(self, headline: Content | None = None, mark: Content | None = None) -> None:
        """Say something new in the title; without a word, only that the filter may have changed."""
        if headline is not None:
            self.headline = headline
            self.mark = mark if mark is not None else Content("")
        self.post_message(self.Retitled(self))

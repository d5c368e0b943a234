"""The bar of time below the strip: when the estate changed, when the chosen resource did, and the moment looked at."""

from __future__ import annotations

from textual import on
from textual.worker import Worker

from backend.model.moment import DAY, Moment
from backend.model.problem import Problem
from tui import times
from tui.widgets.time_bar import TimeBar
from tui.work import begin
from tui.workspace import Workspace

CALLS = 500
"""Write events of the trail that are read for it."""

ITEMS = 200
"""Items of the chosen resource that are marked on it."""

SHORTEST = DAY
"""The span that is shown at least."""


class MomentBar(TimeBar):
    """Shown while the screen is not now, or when it was asked for; it asks for what it shows only then.

    The heights rest on the items of the estate of then and the write calls that the trail still has.
    """

    DEFAULT_CSS = """
    MomentBar { display: none; }
    MomentBar.-shown { display: block; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self.wanted = False
        """True while the person wants it also for now."""
        self._changes_known: set[Moment] = set()
        self._called = False
        self._loading: Worker[None] | None = None

    def on_mount(self) -> None:
        self._workspace.view_changed.subscribe(self, lambda _: self.follow())
        self._workspace.zone_changed.subscribe(self, lambda _: self.follow())
        self.tooltip = None

    def follow(self) -> None:
        """Show the moment looked at, or go."""
        shown = self.wanted or self._workspace.selection.moment is not None
        self.set_class(shown, "-shown")
        if shown:
            self._loading = begin(self, self._load, "moment-bar")

    async def _load(self) -> None:
        workspace = self._workspace
        session, moment, key = workspace.session, workspace.selection.moment, workspace.resource
        if session is None or session.resources is None:
            return
        marks: list[Moment] = []
        self._draw(marks)
        try:
            if key is not None:
                items = await session.resources.history(key, limit=ITEMS)
                marks = [item.capture_time for item in items]
                self._draw(marks)
            if not self._called and session.trail is not None:
                self._called = True
                calls = await session.trail.lookup(write_only=True, limit=CALLS)
                self._changes_known |= {call.time for call in calls}
                self._draw(marks)
            if moment is not None:
                estate = await workspace.then.estate(session.resources, moment, lambda _: None)
                self._changes_known |= {item.capture_time for item in estate.items.values()}
                self._changes_known |= set(estate.deleted.values())
        except Problem as problem:
            workspace.remember("time bar", problem)
        self._draw(marks)

    def _draw(self, marks: list[Moment]) -> None:
        workspace = self._workspace
        now, moment, zone = workspace.now(), workspace.selection.moment, workspace.zone
        known = sorted({*self._changes_known, *marks, *([moment] if moment is not None else ())})
        begin = min(known[0] if known else now, now - SHORTEST)
        labels = (times.full(begin, zone)[5:16], f"now, {zone.name}")
        self.show(begin, now, sorted(self._changes_known), marks, moment, labels)

    @on(TimeBar.Asked)
    def _go(self, event: TimeBar.Asked) -> None:
        event.stop()
        self._workspace.selection.look_at(event.moment)

"""The top line: where we are, who we are, what may be changed, and which moment the screen shows."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from backend.model.moment import MINUTE, Moment
from tui import glyphs, times
from tui.marks import COMPARED
from tui.text import legible
from tui.workspace import Workspace

_GAP = 2

STALE: Moment = MINUTE
"""Data of an account that are older than this are told to be."""


class TitleBar(Widget):
    """One row. What matters least goes first when the row is narrow; what is not *now* is never left out."""

    DEFAULT_CSS = """
    TitleBar { height: 1; width: 1fr; background: $panel; color: $text; }
    TitleBar.-not-now { background: $warning-muted; color: $text-warning; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace

    def on_mount(self) -> None:
        workspace = self._workspace
        for changed in (
            workspace.progressed,
            workspace.connected,
            workspace.clock_changed,
            workspace.zone_changed,
            workspace.marks_changed,
        ):
            changed.subscribe(self, lambda _: self.update())
        workspace.view_changed.subscribe(self, lambda _: self.update())
        self.set_interval(1.0, self.update)

    def update(self) -> None:
        """Show the state of this second."""
        self.set_class(self._workspace.selection.moment is not None, "-not-now")
        self.refresh()

    def render(self) -> Content:
        width = self.size.width
        place = self._place()
        whole = sum(1 + part.cell_length for part in place) + _GAP
        told = self._times()
        right = next((one for one in told if whole + one.cell_length <= width), told[-1])
        room = width - right.cell_length - _GAP
        left = Content.assemble((" configscope ", "bold $text-accent"))
        if left.cell_length + sum(1 + part.cell_length for part in place) > room:
            left = Content("")  # which account and region this is says more than what the program is called
        for part in (*place, *self._details()):
            if left.cell_length + 1 + part.cell_length > room:
                break
            left = Content.assemble(left, " ", part)
        return Content.assemble(left, " " * max(1, width - left.cell_length - right.cell_length), right)

    def _place(self) -> list[Content]:
        """What is looked at, and whether it may be changed."""
        connection = self._workspace.connection
        if connection is None:
            return [] if self._workspace.failure else [Content(f"{legible(self._workspace.progress)} …")]
        session = connection.session
        kind, _, name = connection.label.partition(" · ")
        name = name if kind in ("local", "aws") else connection.label  # the chip says the kind
        parts = [self._chip(), Content(legible(name)).stylize("bold")]
        if connection.read_only:
            parts.insert(0, Content("[RO]").stylize("$text-success bold"))
        marked = len(self._workspace.marks)
        if marked:
            hint = ": D compares" if marked == COMPARED else ""
            sign = glyphs.of(self.app).marked
            parts.append(Content(f"{sign} {marked} marked{hint}").stylize("$text-warning bold"))
        if session.region and session.region not in connection.label:
            parts.append(Content(legible(session.region)))
        if session.account:
            parts.append(Content(legible(session.account)).stylize("$text-muted"))
        return parts

    def _chip(self) -> Content:
        """What kind of target it is; of a local world also how fast its time runs."""
        workspace = self._workspace
        if workspace.clock is None:
            return Content("[AWS]" if workspace.circumstances.has_account else "[FILE]").stylize("bold $text-accent")
        state = workspace.clock_state
        if state is None:
            return Content("[LOCAL]").stylize("bold $text-accent")
        if state.paused:
            return Content("[LOCAL paused]").stylize("bold $text-warning")
        hurried = "$text-accent" if state.speed == 1 else "$text-warning"
        return Content(f"[LOCAL ×{state.speed:,.10g}]").stylize(f"bold {hurried}")

    def _details(self) -> list[Content]:
        """What else there is to know where there is room for it, the most important first."""
        connection = self._workspace.connection
        if connection is None:
            return []
        session = connection.session
        parts = [Content(legible(connection.url))] if connection.url else []
        if session.who and session.who != connection.label:
            parts.append(Content(legible(session.who)).stylize("$text-muted"))
        age = self._age()
        return [*parts, age] if age.plain else parts

    def _age(self) -> Content:
        """How old the data are: a local world tells each change, an account is asked now and then, a file never."""
        workspace = self._workspace
        if not workspace.circumstances.has_account or workspace.asked_at is None:
            return Content("")
        age = workspace.data_age()
        if age < STALE:
            return Content("data live" if workspace.clock is not None else "data <1 m old").stylize("$text-muted")
        old = f"data {times.length(age - age % MINUTE, parts=1)} old"
        return Content(old).stylize("$text-muted" if workspace.clock is not None else "$text-warning bold")

    def _times(self) -> list[Content]:
        """The moment that is shown, in as many words as there may be room for, the longest first."""
        workspace = self._workspace
        moment = workspace.selection.moment
        now, zone = workspace.now(), workspace.zone
        if moment is None:
            return [Content(f"{times.stated(now, zone)} ").stylize("$text-muted")]
        ago, stated = times.ago(moment, now), times.stated(moment, zone)
        brief = stated[5:16] if stated[:4] == times.stated(now, zone)[:4] else stated[:16]
        told = [f"▶▶ NOT NOW: {when}, {ago} ◀◀ " for when in (f"as of {stated}", stated)]
        return [Content(one).stylize("bold") for one in (*told, f"▶ NOT NOW {brief} {ago} ")]

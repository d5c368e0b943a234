"""The pulse: in one glance whether it records, what arrives, what is broken, what changed, what it lacks and costs.

Each line leads to the pane that knows more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING

from textual import events, on
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from backend.model.delivery import DeliveryChannel
from backend.model.item import ConfigurationItem, ResourceKey
from backend.model.moment import Moment
from backend.model.problem import Problem
from tui.names import Naming
from tui.panes import pulse_files, pulse_lines
from tui.panes.pane import Pane
from tui.panes.pulse_lines import Findings, Led
from tui.restyling import flip
from tui.widgets.entries import Entries, Line
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.client.session import Session
    from tui.selection import View

BESIDE = 116
"""From this many columns on the sections stand in two columns."""

CALLS = 200
"""Calls of the last day that are counted."""

NAMED = 12
"""Of so many of the newest calls the resources are named."""

CALLS_EVERY = 10.0
"""Seconds between two looks at the trail: CloudTrail answers two in a second, for everybody together."""

COUNTED_EVERY = 600.0
"""Seconds between two counts of the items of a day: nothing new comes before the next history files do."""

FILES = 50
"""Of so many of the newest files of then the last snapshot and the last history are looked for."""

_GAPS = 8
"""Lines of what the record does not tell, where there is room."""

_SMALL = 21
"""Rows at 80x24: what the lines are measured for."""


class PulsePane(Pane):
    """The landing view."""

    THEN = "As it was then; times are counted from then. States of deliveries and reasons of verdicts are not kept."
    DEFAULT_CSS = """
    PulsePane #pulse-columns { height: 1fr; padding: 1 0 0 0; }
    PulsePane.-low #pulse-columns { padding: 0; }
    PulsePane Entries { width: 1fr; height: 1fr; }
    PulsePane #pulse-right { display: none; border-left: solid $panel-lighten-1; }
    PulsePane.-beside #pulse-right { display: block; }
    """

    class Followed(Message):
        """A line was chosen: it leads to a pane, and maybe to a resource."""

        def __init__(self, led: Led) -> None:
            super().__init__()
            self.pane_id = led.pane_id
            self.resource: ResourceKey | None = led.resource
            self.about = led.about

    def __init__(self, workspace: Workspace, pane_id: str, name: str, number: int) -> None:
        super().__init__(workspace, pane_id, name, number)
        self.found = Findings()
        self._left = Entries(id="pulse-left")
        self._right = Entries(id="pulse-right")
        self._calls_read = 0.0
        self._counted = 0.0
        self._then: Moment | None = None
        """The moment in the past that the pulse is of; None for now."""
        self._naming = Naming(workspace)

    def body(self) -> ComposeResult:
        yield Horizontal(self._left, self._right, id="pulse-columns")

    def main_part(self) -> Widget:
        return self._left

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)

    def on_resize(self, event: events.Resize) -> None:
        flip(self, "-beside", event.size.width >= BESIDE)
        flip(self, "-low", event.size.height <= _SMALL)
        self.show()

    # Loading

    def _moment_followed(self, view: View) -> None:
        self._turn_to(view.moment)
        self.show()  # what was shown is of another moment
        super()._moment_followed(view)

    async def load(self, session: Session) -> None:
        """Ask for each part beside the others; each is shown as it comes, and one that fails says so in its place."""
        self._turn_to(self.workspace.selection.moment)
        self.found.has_account = session.recorder is not None
        self.found.region = session.region
        if session.recorder is None:
            await self._load_files(session)
            return
        await asyncio.gather(
            self._part("recorder", self._recorder(session)),
            self._part("counts", self._counts(session)),
            self._part("channel", self._delivery(session)),
            self._part("rules", self._rules(session)),
            self._part("calls", self._calls(session)),
            self._part("types", self._types(session)),
        )
        if self._then is not None:
            await self._part("files", self._files(session))
        await self._learn_names(session)
        await self._part("churn", self._churn(session))

    async def _load_files(self, session: Session) -> None:
        """What files hold; their ends are known when all is read."""
        self.found.files_called = session.who
        self.show()
        await self._part("counts", self._counts(session))
        await self._part("recent", self._recent(session))
        self.found.remarks = session.remarks()
        await self._part("rules", self._rules(session))

    async def _recent(self, session: Session) -> None:
        from backend.files.recent import recent  # an account needs none of what files are read with

        if session.table is not None:
            self.found.recent = await asyncio.to_thread(recent, session.table())

    def _turn_to(self, moment: Moment | None) -> None:
        """Nothing that was found of one moment says anything of another."""
        if moment != self._then:
            self._then = moment
            self.found = Findings()
            self._calls_read = self._counted = 0.0

    def _at(self) -> Moment:
        """What the pulse is of."""
        return self.workspace.now() if self._then is None else self._then

    async def _part(self, name: str, job: Awaitable[None]) -> None:
        try:
            await job
        except Problem as problem:
            self.workspace.remember(self.pane_name, problem)
            setattr(self.found, name, problem)
        self.found.asked |= {name}
        self.show()

    async def _recorder(self, session: Session) -> None:
        if session.recorder is not None:
            self.found.recorder = await session.recorder.get()

    async def _counts(self, session: Session) -> None:
        if session.resources is not None:
            self.found.counts = await session.resources.counts()

    async def _delivery(self, session: Session) -> None:
        if session.delivery is not None:
            self.found.channel, self.found.status = await asyncio.gather(
                session.delivery.channel(), session.delivery.status()
            )

    async def _rules(self, session: Session) -> None:
        if session.compliance is not None:
            self.found.rules = await session.compliance.rules()

    async def _calls(self, session: Session) -> None:
        if session.trail is None or (self._calls_read and time.monotonic() - self._calls_read < CALLS_EVERY):
            return
        since = self._at() - pulse_lines.WINDOW
        calls = await session.trail.lookup(earlier=since, later=self._then, limit=CALLS, write_only=True)
        self._calls_read = time.monotonic()
        self.found.calls = calls
        self.found.calls_cut = len(calls) >= CALLS

    async def _files(self, session: Session) -> None:
        channel = self.found.channel
        if session.snapshots is not None and isinstance(channel, DeliveryChannel):
            self.found.files = await session.snapshots.recent(channel, FILES)

    async def _types(self, session: Session) -> None:
        if session.resources is not None and self.found.types is None:
            self.found.types = await session.resources.types()

    async def _churn(self, session: Session) -> None:
        """Counted now and then: it reads the history files of a day."""
        if session.recorder is None or (self._counted and time.monotonic() - self._counted < COUNTED_EVERY):
            return
        from backend.client.churn import churn  # what reads files is loaded when the rest is on the screen

        self.found.churn = await churn(session, self._at())
        self._counted = time.monotonic()

    async def _learn_names(self, session: Session) -> None:
        """What people call the resources that changed last: the trail knows only their ids."""
        calls = self.found.calls if isinstance(self.found.calls, list) else []
        keys = [key for call in calls[:NAMED] if (key := pulse_lines.subject(call)) is not None]
        there = await self._naming.learn(session, keys)
        if self.workspace.resource is None:
            self._choose(there)

    def _choose(self, items: Sequence[ConfigurationItem]) -> None:
        """Let the other panes have something to show: what changed last and is still there, with links if any has."""
        living = sorted((item for item in items if not item.deleted), key=lambda item: not item.relationships)
        if living:
            self.workspace.selection.choose(living[0].key, passing=True)

    # Showing

    def _tick(self) -> None:
        """Ages grow while nothing else happens."""
        if self.is_on_screen and self.found.asked:
            self.show()

    def names_changed(self) -> None:
        self.show()

    def show(self) -> None:
        """Show what is known so far, in the room there is."""
        if not self.is_mounted or not self.size.height:
            return
        now, signs, names = self._at(), self.signs, self.workspace.names
        told = self.notice.size.height if self.notice.display else 0
        found, height = self.found, max(12, self.size.height - told)
        beside = self.has_class("-beside")
        low = self.has_class("-low")
        blank = [] if low else [Line()]
        of_files = not found.has_account
        lacks = 2 if low else _GAPS
        if of_files:
            own, arrived = [*pulse_files.holding(found, now, self.workspace.zone, signs)], []
            gaps = [*pulse_files.lacking(found, signs, lacks)]
            price = [*pulse_files.types(found)] if beside else []
        else:
            own, arrived = [*pulse_lines.recording(found, now, signs)], [*pulse_lines.delivery(found, now, signs)]
            gaps = [*pulse_lines.missing(found, signs, lacks)]
            price = [*pulse_lines.cost(found, signs, full=not low)]
        above = [own, arrived, gaps, price]
        room = height - 1
        if not beside:
            room -= sum(map(len, above)) + len(above) * len(blank)
        bad = [*pulse_lines.broken(found, signs, max(2, room // 2 if beside else min(10, (room + 1) // 2)))]
        most = max(2, room - len(bad) - len(blank))
        if of_files:
            moved = [*pulse_files.changed(found, now, signs, most)]
        else:
            moved = [*pulse_lines.changed(found, names, now, signs, most)]
        if beside:
            self._left.show(_joined(above, blank))
            self._right.show(_joined([bad, moved], blank))
        else:
            self._left.show(_joined([own, arrived, bad, moved, gaps, price], blank))
        self._say()

    def _say(self) -> None:
        rules = self.found.rules if isinstance(self.found.rules, list) else []
        bad = sum(1 for rule in rules if rule.compliance == "NON_COMPLIANT")
        mark = Content.styled(self.signs.bad, "$text-error bold") if bad else Content("")
        if mark.plain != self.mark.plain:
            self.retitle(Content(""), mark)

    # What the person does

    @on(Entries.Chosen)
    def chosen(self, event: Entries.Chosen) -> None:
        event.stop()
        if isinstance(event.goes_to, Led):
            self.post_message(self.Followed(event.goes_to))

    def copy_text(self) -> str:
        line = (self._right if self._right.has_focus else self._left).current
        return line.content.plain if line is not None else ""

    def export(self) -> tuple[str, str]:
        """The pulse as text."""
        parts = [self._left.text()] + ([self._right.text()] if self.has_class("-beside") else [])
        return "txt", "\n\n".join(parts)


def _joined(sections: list[list[Line]], blank: list[Line]) -> list[Line]:
    lines: list[Line] = []
    for section in sections:
        if section:
            lines += [*(blank if lines else []), *section]
    return lines

"""The shared moment: as of when everything is shown, and the steps from change to change."""

from __future__ import annotations

from backend.model.item import ResourceKey
from backend.model.moment import Moment
from tui import times
from tui.actions.deed import Action, Deeds
from tui.jobs import Job

_MOST = 1_000
"""Items asked for to find the change after a moment."""


class Moments(Deeds):
    """Time as the eye moves through it; nothing of the account changes."""

    def table(self) -> dict[str, Action]:
        return {
            "time.at": self.look_at,
            "time.now": lambda _: self.workspace.selection.look_at(None),
            "time.earlier": lambda _: self.step(back=True),
            "time.later": lambda _: self.step(back=False),
            "time.any_earlier": lambda _: self.step_any(back=True),
            "time.any_later": lambda _: self.step_any(back=False),
            "time.bar": lambda _: self.show_bar(),
            "time.offset": self.set_offset,
            "time.history": self.history,
            "time.other_offset": lambda _: self.other_offset(),
        }

    def look_at(self, text: str) -> None:
        if not text:
            self.ask_command("at ", f"2026-03-01T12:00, 12:30, -2h or now; {self.workspace.zone.name}")
            return
        try:
            self.workspace.selection.look_at(times.read_moment(text, self.workspace.now(), self.workspace.zone))
        except ValueError as error:
            self.ask_command(f"at {text}", str(error), problem=True)

    def set_offset(self, text: str) -> None:
        """Show all clock times in an offset from UTC."""
        if not text:
            self.ask_command("offset ", "utc, +07:00 or -03:30")
            return
        try:
            self.workspace.zone = times.read_zone(text)
        except ValueError as error:
            self.ask_command(f"offset {text}", str(error), problem=True)
        else:
            self.app.say(f"Times are in {self.workspace.zone.name} now.")

    def other_offset(self) -> None:
        """Change between UTC and the offset chosen last; where none was chosen yet, this machine's."""
        workspace = self.workspace
        other = times.UTC if workspace.zone != times.UTC else workspace.other_zone
        if other == workspace.zone:
            other = times.of_this_machine(workspace.now())
        self.set_offset(other.name if other != workspace.zone else "")

    def history(self, text: str) -> None:
        """Show the items of the chosen resource in a period, on its page."""
        from tui.screens.item import ItemScreen
        from tui.screens.timeline import read_period

        if self.workspace.resource is None:
            self.app.say("Choose a resource first: the history is of one.")
            return
        if not text:
            self.ask_command("history ", "2026-03-01..2026-03-07, -7d..now, or all")
            return
        try:
            period = read_period(text, self.workspace.now(), self.workspace.zone)
        except ValueError as error:
            self.ask_command(f"history {text}", str(error), problem=True)
            return
        front = self.app.screen
        page = front if isinstance(front, ItemScreen) else ItemScreen(self.workspace, self.app.glyphs)
        if page is not front:
            self.app.push_screen(page)
        self.app.call_after_refresh(page.show_history, period)

    def step(self, *, back: bool) -> None:
        resource = self.workspace.resource
        if resource is None:
            self.app.say("Choose a resource first: its changes are the steps.")
            return
        self.begin("step in time", self._step(resource, back=back))

    async def _step(self, resource: ResourceKey, *, back: bool) -> None:
        session = self.workspace.session
        if session is None or session.resources is None:
            return
        moment = self.workspace.selection.moment
        if back:
            before = await session.resources.history(resource, later=None if moment is None else moment - 1, limit=1)
            if before:
                self._arrive(before[0].capture_time)
            else:
                self.app.say("No earlier change of this resource is known.")
        elif moment is not None:
            after = await session.resources.history(resource, earlier=moment + 1, limit=_MOST)
            self._arrive(after[-1].capture_time if after else None)
        else:
            self.app.say("This is now: nothing is later.")

    def step_any(self, *, back: bool) -> None:
        """Step by any change of the estate."""
        if not back and self.workspace.selection.moment is None:
            self.app.say("This is now: nothing is later.")
            return
        self.app.jobs.run("looking for the change beside", lambda job: self._step_any(job, back=back))

    async def _step_any(self, job: Job, *, back: bool) -> None:
        session = self.workspace.session
        if session is None or session.resources is None:
            return
        moment = self.workspace.selection.moment
        at = self.workspace.now() if moment is None else moment
        found = await session.resources.next_change(at, back=back, report=job.report)
        if back and found is None:
            self.app.say("No earlier change is known.")
        else:
            self._arrive(found)

    def show_bar(self) -> None:
        """Show the bar of time also for now, or no longer."""
        bar = self.dashboard.moment_bar
        bar.wanted = not bar.wanted
        bar.follow()

    def _arrive(self, moment: Moment | None) -> None:
        self.workspace.selection.look_at(moment)

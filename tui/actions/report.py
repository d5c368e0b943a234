"""Writing the evidence bundle of the moment looked at."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from backend.model.moment import Moment
from tui import times
from tui.actions.deed import Action, Deeds

if TYPE_CHECKING:
    from tui.jobs import Job


class ReportDeeds(Deeds):
    """Writes reports."""

    def table(self) -> dict[str, Action]:
        return {"take.report": self.report}

    def report(self, text: str) -> None:
        """Write the report of the moment that was typed, or of the one looked at."""
        moment = self.workspace.selection.moment
        if text:
            try:
                moment = times.read_moment(text, self.workspace.now(), self.workspace.zone)
            except ValueError as error:
                self.ask_command(f"report {text}", str(error), problem=True)
                return
        self.app.jobs.run("writing the report", lambda job: self._report(moment, job))

    async def _report(self, moment: Moment | None, job: Job) -> None:
        from tui.report.bundle import write
        from tui.report.gather import gather

        connection = self.workspace.connection
        if connection is None:
            self.app.say("There is no connection yet: nothing can be reported.")
            return
        found = await gather(connection, self.workspace.now(), moment, None, job.report)
        target = await asyncio.to_thread(write, found)
        gaps = f"; {len(found.gaps)} gaps, all told in it" if found.gaps else ""
        page, here = target / "report.html", Path.cwd()
        named = page.relative_to(here) if page.is_relative_to(here) else page
        self.app.say(f"Report as of {times.stated(found.moment, self.workspace.zone)}{gaps}. Open {named}")

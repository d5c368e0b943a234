"""What all changes to the account share. Each is asked for, shown with the equivalent `aws` command, and only then made
(INV-10)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from backend.client.session import Session
from tui.actions.deed import Deeds
from tui.equivalents import aws
from tui.screens.confirm import ConfirmScreen, Question


class Changes(Deeds):
    """Actions of which some exist only where changes are allowed."""

    def _change(self, name: str, job: Callable[[Session], Awaitable[None]]) -> None:
        session = self.workspace.session
        if session is not None:
            self.begin(name, self._then_refresh(job, session))

    async def _then_refresh(self, job: Callable[[Session], Awaitable[None]], session: Session) -> None:
        await job(session)
        for pane in self.dashboard.panes.values():
            pane.reload()

    async def _agreed(self, question: Question) -> bool:
        return await self.app.push_screen_wait(ConfirmScreen(question))

    def _command(self, session: Session, operation: str, arguments: Mapping[str, str | Sequence[str]]) -> str:
        connection = self.workspace.connection
        return aws(operation, arguments, region=session.region, endpoint_url=connection.url if connection else None)

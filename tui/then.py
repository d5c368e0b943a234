"""The session as of the moment looked at, put together once for all panes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.client.session import ResourcesPart, Session
    from backend.model.estate import Estate
    from backend.model.moment import Moment

Told = Callable[[str], None]


class Then:
    """Reads the estate of a moment; whoever asks while it is being read waits for the same reading.

    `moment` is the one looked at: the reading of another one is given up.
    """

    def __init__(self) -> None:
        self._moment: Moment | None = None
        self._reading: asyncio.Task[Estate] | None = None
        self._told: list[Told] = []

    def forget(self) -> None:
        """Give up what is being read, and what was."""
        if self._reading is not None and not self._reading.done():
            self._reading.cancel()
        self._reading = None
        self._moment = None
        self._told.clear()

    async def estate(self, resources: ResourcesPart, moment: Moment, tell: Told) -> Estate:
        """What was there at a moment; `tell` is told how far the reading is. Raises `Problem`."""
        if self._reading is None or moment != self._moment or _failed(self._reading):
            self.forget()
            self._moment = moment
            self._reading = asyncio.create_task(resources.estate(moment, self._report), name="reading what was there")
            self._reading.add_done_callback(_failed)  # one that nobody waits for any more fails unheard
        self._told.append(tell)
        try:
            return await asyncio.shield(self._reading)
        finally:
            if tell in self._told:
                self._told.remove(tell)

    async def session(self, now: Session, moment: Moment, tell: Told) -> tuple[Session, Estate | None]:
        """The session of a moment, and the estate that it is answered from. Raises `Problem`."""
        from backend.client.then import session_then  # not needed before anybody looks back

        if now.as_of is not None:
            return now.as_of(moment), None  # files need nothing put together
        if now.resources is None:
            return now, None
        estate = await self.estate(now.resources, moment, tell)
        return session_then(now, estate), estate

    def _report(self, done: int, total: int, what: str) -> None:
        if done % 20 and done != total:
            return
        for tell in self._told:
            tell(f"reading what was there: {done:,}{f' of {total:,}' if total else ''} {what}")


def _failed(reading: asyncio.Task[Estate]) -> bool:
    return reading.done() and (reading.cancelled() or reading.exception() is not None)

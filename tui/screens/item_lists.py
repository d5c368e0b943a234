"""What is linked to a resource, how it is judged and who called on it, as of a moment: three lists of its page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from backend.model.item import Relationship, ResourceKey
from backend.model.moment import Moment
from backend.model.problem import Problem
from tui.glyphs import Glyphs
from tui.panes.links import links_of
from tui.screens.item_tables import call_table, link_table, verdict_table
from tui.widgets.table import BigTable
from tui.workspace import Workspace

if TYPE_CHECKING:
    from backend.client.session import Session

Row = TypeVar("Row")


class ItemLists:
    """The lists, of one resource and one moment at a time."""

    def __init__(self, workspace: Workspace, signs: Glyphs) -> None:
        self._workspace = workspace
        self._key: ResourceKey | None = None
        self.moment: Moment | None = None
        """The moment that the lists tell of; None for now."""
        self.links = link_table(workspace, signs)
        self.verdicts = verdict_table(workspace, signs)
        self.calls = call_table(workspace)

    def turn_to(self, key: ResourceKey | None, moment: Moment | None) -> None:
        """Tell of another resource or moment; until it is loaded nothing is told of the one before."""
        self._key, self.moment = key, moment
        for table in (self.links, self.verdicts, self.calls):
            table.set_empty("…")
            table.set_list(())

    async def load(self) -> None:
        """Fetch all three; what fails is said in its list."""
        session, key = self._workspace.session, self._key
        if session is None or key is None:
            return
        await asyncio.gather(
            self._fetch(self.links, self._load_links(session, key)),
            self._fetch(self.verdicts, self._load_verdicts(session, key)),
            self._fetch(self.calls, self._load_calls(session, key)),
        )

    async def _fetch(self, table: BigTable[Any], loading: Awaitable[None]) -> None:
        """What fails in one list is said there, and the others go on."""
        asked = (self._key, self.moment)
        try:
            await loading
        except Problem as problem:
            self._workspace.remember("Resource page", problem)
            if asked == (self._key, self.moment):
                table.set_empty(str(problem))
                table.set_list(())

    async def _load_links(self, session: Session, key: ResourceKey) -> None:
        moment = self.moment
        links: tuple[Relationship, ...] = ()
        if moment is not None and session.resources is not None:
            item = await session.resources.as_of(key, moment)
            links = links_of(item) if item is not None else ()
        elif session.relationships is not None:
            links = await session.relationships.neighbours(key)
        none = "Nothing is linked to this resource." if moment is None else "Nothing was linked to this resource then."
        self._fill(key, moment, self.links, list(links), none)

    async def _load_verdicts(self, session: Session, key: ResourceKey) -> None:
        moment = self.moment
        if moment is not None:
            session, _ = await self._workspace.then.session(session, moment, self.verdicts.set_empty)
        found = await session.compliance.of_resource(key) if session.compliance is not None else []
        none = "No rule has judged this resource." if moment is None else "No verdict of then was recorded."
        if session.compliance is None or session.recorded:
            none = "The files hold no verdict on this resource."
        self._fill(key, moment, self.verdicts, found, none)

    async def _load_calls(self, session: Session, key: ResourceKey) -> None:
        moment = self.moment
        calls = await session.trail.lookup(resource=key.resource_id, later=moment) if session.trail is not None else []
        none = f"The trail knows no call about this resource{'' if moment is None else ' until then'}."
        self._fill(key, moment, self.calls, calls, none if session.trail is not None else "A file holds no trail.")

    def _fill(
        self, key: ResourceKey, moment: Moment | None, table: BigTable[Row], rows: Sequence[Row], none: str
    ) -> None:
        """Show what was fetched, unless another resource or moment is looked at by now."""
        if (key, moment) == (self._key, self.moment):
            table.set_empty(none)
            table.set_list(rows)

"""A pane over the inventory: what it asks the session for, when, and how that comes into the rows.

A listing tells types, ids and names only. Tags, states and verdicts are read from the items and rules, once, as soon as
what is looked at asks for them. What is on the screen is the business of `snapshots`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from backend.model.moment import SECOND, Moment
from backend.model.problem import Problem
from tui import jobs, times
from tui.jobs import Job
from tui.panes.inventory import AT_ONCE, Inventory
from tui.panes.inventory_reading import read_changes, read_gaps, read_items, read_rules
from tui.panes.listing import Entry
from tui.panes.pane import Pane
from tui.panes.spelling import size
from tui.work import begin
from tui.workspace import Workspace

if TYPE_CHECKING:
    from backend.client.session import ResourcesPart, Session

WHOLE = 5_000
"""Up to this many resources of an account all are listed; beyond it only those of the chosen type."""
WHOLE_FILE = 200_000
"""The same for files, where a listing costs no calls."""
UNASKED = 500
"""Up to this many resources of an account on AWS the items are read without being asked for: five calls."""
UNASKED_HERE = 5_000
"""The same for a local world and for files."""
TOLD_EVERY = 0.5
"""Seconds between two looks at what is still coming in: each sorts and filters all of it."""
FIRST_CHOSEN = "AWS::EC2::Instance"
"""Of this type, if there is one, is the resource chosen at the start: it has links to show."""
READING = "reading the newest items"
"""The name of the job."""


class InventoryPane(Pane):
    """Lists the resources and learns what else there is to know of them."""

    def __init__(self, workspace: Workspace, pane_id: str, name: str, number: int) -> None:
        super().__init__(workspace, pane_id, name, number)
        self.counts: Mapping[str, int] = {}
        self._moment: Moment | None = None
        """The moment that `inventory` is of; None for now."""
        self._of_now: Inventory | None = None
        self._asked: Session | None = None
        """The session that `inventory` is read from: that of now, or as it was then."""
        self.inventory = Inventory()
        self.shown: Sequence[Entry] = ()
        self.chosen_columns: tuple[str, ...] = ()
        """The columns that the person chose; without a choice the usual ones."""
        self._listed: str | None = None
        self._complete: Inventory | None = None
        """The inventory that holds all that files tell of the listed type, once they are read."""
        self._refused = False
        """True when the items cannot be read, or their reading was ended: not begun again until asked anew."""

    def show(self) -> None:
        """Show what is looked at, as far as it is known."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self.set_interval(TOLD_EVERY, self._tell_reading)

    def _tell_reading(self) -> None:
        """Say how far the reading of files is."""
        reading = self._asked.reading() if self._asked is not None else None
        if reading is None:
            return
        part = f", {100 * reading.done // reading.size} %" if reading.size else ""
        left = f", about {times.length(round(reading.left) * SECOND)} left" if reading.left is not None else ""
        rate = f", {size(round(reading.rate))}/s"
        self.notice.wait(f"reading: {reading.items:,} items{part}{rate}{left}; esc ends it, what is read stays")

    # Loading

    async def load(self, session: Session) -> None:
        if session.resources is None:
            return
        self._asked = session
        self._turn_to(self.workspace.selection.moment)
        early = session.reading() is not None
        self.counts = {} if early else await session.resources.counts()
        flaw = await self._list_type(session.resources, self._wanted_type(), early=early)
        if early:
            self.counts = await session.resources.counts()
            if self._wanted_type() != self._listed:
                flaw = await self._list_type(session.resources, self._wanted_type())
        if self.inventory.items_known and self._moment is None and self.workspace.circumstances.has_account:
            await read_changes(session, self.inventory, late=self.workspace.clock is None)
        if self.inventory.rules_known and self._wants_rules():
            await read_rules(session, self.inventory)
        await self._renewed()
        self._ask()
        if flaw is not None:
            raise flaw

    def reload(self, *, anew: bool = False) -> None:
        """Load again; `anew` also tries once more to read what was refused or ended."""
        self._refused = self._refused and not anew
        self.inventory.gaps_known = self.inventory.gaps_known and not anew
        super().reload(anew=anew)

    def _turn_to(self, moment: Moment | None) -> None:
        """What is known of now says nothing of then: each moment has an inventory of its own, that of now is kept."""
        if moment == self._moment:
            return
        looked = self.inventory.looked
        if self._moment is None:
            self._of_now = self.inventory
        self.inventory = self._of_now if moment is None and self._of_now is not None else Inventory()
        self.inventory.looked = looked
        self._moment = moment
        self._refused = False

    def _wanted_type(self) -> str | None:
        """The type to ask for: None asks for all."""
        if self._lists_whole():
            return None
        return self.inventory.looked.group or next(iter(sorted(self.counts)), None)

    def _lists_whole(self) -> bool:
        """True when all resources are listed, and not only those of the chosen type."""
        most = WHOLE if self.workspace.circumstances.has_account else WHOLE_FILE
        return sum(self.counts.values()) <= most or self.inventory.items_known

    async def _list_type(self, resources: ResourcesPart, wanted: str | None, *, early: bool = False) -> Problem | None:
        """List again, showing the first rows as they come when nothing is shown yet.

        Listed `early`, while a file is read, nobody knows how many there will be: too many are not listed at once.
        What ends a listing early is given back: a file that is cut off has resources all the same.
        """
        inventory, names = self.inventory, self.workspace.names
        of_files = not self.workspace.circumstances.has_account
        if of_files and self._complete is inventory and wanted == self._listed:
            return None  # what was read stays as it is
        known = {row.key: row for row in inventory.rows} if wanted == self._listed else {}
        first = not known or wanted != self._listed
        found: list[Entry] = []
        told, pause = time.monotonic(), TOLD_EVERY
        flaw: Problem | None = None
        whole = True
        try:
            async for batch in resources.listing(wanted):
                for summary in batch:
                    row = known.get(summary.key)
                    found.append(row if row is not None and row.summary == summary else inventory.entry(summary, names))
                if early and len(found) > WHOLE_FILE:
                    whole = False
                    break  # type by type, as soon as they are counted
                if first and time.monotonic() - told > pause:
                    began = time.monotonic()
                    await self._take(list(found), wanted)
                    told = time.monotonic()
                    pause = max(TOLD_EVERY, 4 * (told - began))
                await asyncio.sleep(0)  # a file has all its batches at once
        except Problem as problem:
            if not found:
                raise
            flaw = problem
        rows = inventory.rows
        if flaw is not None and not first and len(found) < len(rows):
            return flaw  # what was listed before says more
        if first or len(found) != len(rows) or any(one is not other for one, other in zip(found, rows, strict=True)):
            await self._take(found, wanted)
        if of_files and whole and flaw is None and self._asked is not None and self._asked.reading() is None:
            self._complete = inventory
        if self.workspace.resource is None and self.shown:
            chosen = next((row for row in self.shown if row.summary.resource_type == FIRST_CHOSEN), self.shown[0])
            self.workspace.selection.choose(chosen.key, passing=True)
        return flaw

    async def _take(self, found: list[Entry], wanted: str | None) -> None:
        self._listed = wanted
        self.inventory.put(found)
        named = {row.key: row.summary.resource_name for row in found if row.summary.resource_name}
        self.workspace.learn_names({key: name for key, name in named.items() if key not in self.workspace.names})
        await self.inventory.prepare()
        self.show()

    # Names, tags and states, which no listing tells: they are read from the items, once

    def _wants_rules(self) -> bool:
        return self.inventory.wants_rules(self.chosen_columns)

    def _missing(self) -> bool:
        """True when what is looked at asks for what is not read yet."""
        inventory, here = self.inventory, self.workspace.clock is not None
        unasked = UNASKED_HERE if here or not self.workspace.circumstances.has_account else UNASKED
        wanted = inventory.wants_items(self.chosen_columns) or sum(self.counts.values()) <= unasked
        return (
            (wanted and not inventory.items_known)
            or (self._wants_rules() and not inventory.rules_known)
            or (inventory.view.needs_gaps and not inventory.gaps_known)
        )

    def _ask(self, *, anew: bool = False) -> None:
        """Read what is missing for what is looked at, telling how far it is; esc ends it, what was read stays."""
        self._refused = self._refused and not anew
        session, running = self._asked, jobs.of(self.app)
        if session is None or session.resources is None or running is None or self._refused or not self._missing():
            return
        if not any(job.name == READING for job in running.running):
            running.run(READING, lambda job: self._read(session, job))

    async def _read(self, session: Session, job: Job) -> None:
        inventory, total = self.inventory, sum(self.counts.values())
        told = time.monotonic()

        def tell(done: int) -> None:
            nonlocal told
            job.report(done, total, "items")
            if time.monotonic() - told > TOLD_EVERY:
                told = time.monotonic()
                self._renew()

        self._refused = True
        try:
            if self._wants_rules() and not inventory.rules_known:
                await read_rules(session, inventory)
            if not inventory.items_known:
                await read_items(session, inventory, tell)
                if self._listed is not None:
                    super().reload(anew=True)
            if inventory.view.needs_gaps and not inventory.gaps_known:
                await read_gaps(session, inventory, self.workspace.now())
            self._refused = False
        except Problem as problem:
            if inventory.wants_items(self.chosen_columns) or self._wants_rules():
                raise
            self.workspace.remember(self.pane_name, problem)  # nobody has asked for it: names stay as they are
        finally:
            self._renew()

    def _renew(self) -> None:
        """Show what has become known, as soon as it can be done."""
        if len(self.inventory.rows) > AT_ONCE:
            begin(self, self._renewed, "resources-renewed")
            return
        self._learn_names()
        self.inventory.renew(self.workspace.names)
        self.show()

    async def _renewed(self) -> None:
        """Bring into the list what has become known, without holding the screen."""
        self._learn_names()
        await self.inventory.renew_gently(self.workspace.names)
        await self.inventory.prepare()
        self.show()

    def _learn_names(self) -> None:
        named = self.inventory.take_names()
        if named:
            self.workspace.learn_names(named)

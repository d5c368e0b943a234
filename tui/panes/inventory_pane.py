"""A pane over the inventory: what it asks the session for, when, and how that comes into the rows.

A listing tells types, ids and names only. Tags, states and verdicts are read from the items and rules, once, as soon as
what is looked at asks for them. What is on the screen is the business of `snapshots`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
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
    from backend.files.table import Table

WHOLE = 5_000
"""Up to this many resources of an account all are listed; beyond it only those of the chosen type."""
UNASKED = 500
"""Up to this many resources of an account on AWS the items are read without being asked for: five calls."""
UNASKED_HERE = 5_000
"""The same for a local world."""
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
        if session.table is not None:
            await self._load_files(session, session.table)
            return
        self._turn_to(self.workspace.selection.moment)
        self.counts = await session.resources.counts()
        await self._list_type(session.resources, self._wanted_type())
        if self.inventory.items_known and self._moment is None and self.workspace.circumstances.has_account:
            await read_changes(session, self.inventory, late=self.workspace.clock is None)
        if self.inventory.rules_known and self._wants_rules():
            await read_rules(session, self.inventory)
        await self._renewed()
        self._ask()

    async def _load_files(self, session: Session, table: Callable[[], Table]) -> None:
        """Show what is read by now, again and again until all is; what ends the reading early is raised then."""
        from tui.panes.inventory_table import TableInventory

        known = self.inventory
        if not isinstance(known, TableInventory):
            known = TableInventory(table(), self.workspace.names, self.workspace.now())
            known.looked = self.inventory.looked
            self.inventory = known
        waited = session.reading() is not None
        while True:
            reading = session.reading() is not None
            began = time.monotonic()
            known.grown(table())
            await known.prepare()
            self.show()
            self._choose_first()
            if not reading:
                break
            await asyncio.sleep(max(TOLD_EVERY, 3 * (time.monotonic() - began)))
        if waited:
            self.workspace.data_changed.publish(None)  # what others have answered from a part is asked again
        await session.settled()

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
        return sum(self.counts.values()) <= WHOLE or self.inventory.items_known

    async def _list_type(self, resources: ResourcesPart, wanted: str | None) -> None:
        """List again, showing the first rows as they come when nothing is shown yet."""
        inventory, names = self.inventory, self.workspace.names
        known = {row.key: row for row in inventory.rows} if wanted == self._listed else {}
        first = not known or wanted != self._listed
        found: list[Entry] = []
        told = time.monotonic()
        async for batch in resources.listing(wanted):
            for summary in batch:
                row = known.get(summary.key)
                found.append(row if row is not None and row.summary == summary else inventory.entry(summary, names))
            if first and time.monotonic() - told > TOLD_EVERY:
                await self._take(list(found), wanted)
                told = time.monotonic()
            await asyncio.sleep(0)  # a local world has all its batches at once
        rows = inventory.rows
        if first or len(found) != len(rows) or any(one is not other for one, other in zip(found, rows, strict=True)):
            await self._take(found, wanted)
        self._choose_first()

    def _choose_first(self) -> None:
        if self.workspace.resource is None and self.shown:
            some = self.shown[:AT_ONCE]
            chosen = self.inventory.first_of(some, FIRST_CHOSEN) or some[0]
            self.workspace.selection.choose(chosen.key, passing=True)

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
        unasked = UNASKED_HERE if here else UNASKED
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
        if session is None or session.resources is None or session.table is not None:
            return  # of files all is known, or found out when it is arranged
        if running is None or self._refused or not self._missing():
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

"""How the inventory comes to know more than a listing tells: the newest items, the verdicts, and what is missing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress

from backend.client.session import Session
from backend.model.coverage import why_not
from backend.model.derived import VERDICTS
from backend.model.item import ResourceKey, ResourceSummary
from backend.model.moment import MINUTE, Moment
from backend.model.problem import Refused
from backend.model.standing import Standing
from tui.panes.inventory import Inventory
from tui.panes.inventory_views import gaps

LATE = 10 * MINUTE
"""By how much the answers of AWS may lag behind; so far back is asked again for what changed."""

READERS = 4
"""Rules asked for their verdicts at the same time."""

Told = Callable[[int], None]
"""Told how much is read so far."""


async def read_items(session: Session, inventory: Inventory, told: Told) -> None:
    """Read how every resource stands, batch by batch; what is read stays when it is ended early."""
    assert session.resources is not None
    done = 0
    async with aclosing(_closable(session.resources.standings())) as batches:
        async for batch in batches:
            inventory.learn(batch)
            done += len(batch)
            told(done)
    inventory.items_known = True


async def read_changes(session: Session, inventory: Inventory, *, late: bool) -> None:
    """Read the items that came since; `late` where answers lag behind."""
    newest = inventory.newest
    if session.resources is None or newest is None:
        return
    async with aclosing(_closable(session.resources.standings(newest - LATE if late else newest))) as batches:
        async for batch in batches:
            inventory.learn(batch)


async def read_rules(session: Session, inventory: Inventory) -> None:
    """Read which rules each resource breaks."""
    if session.compliance is None:
        inventory.rules_known = True
        return
    failing = [rule.name for rule in await session.compliance.rules() if rule.compliance == "NON_COMPLIANT"]
    broken: dict[ResourceKey, list[str]] = {}
    for start in range(0, len(failing), READERS):
        names = failing[start : start + READERS]
        for name, verdicts in zip(
            names, await asyncio.gather(*(session.compliance.details(name) for name in names)), strict=True
        ):
            for verdict in verdicts:
                broken.setdefault(ResourceKey(verdict.resource_type, verdict.resource_id), []).append(name)
    inventory.broken = {key: tuple(sorted(names)) for key, names in broken.items()}
    inventory.rules_known = True


async def read_gaps(session: Session, inventory: Inventory, now: Moment) -> None:
    """Find out what is not recorded: asks for deleted resources and for types that the recorder passes over."""
    resources = session.resources
    assert resources is not None
    recorder = await session.recorder.get() if session.recorder is not None else None
    supported = await resources.types() if session.recorder is not None else ()
    rows = [row.summary for row in inventory.rows]
    linked = {link.resource_type for standing in inventory.standings.values() for link in standing.links}
    types = {row.resource_type for row in rows} | linked.intersection(supported)
    types.update(recorder.group.excluded_types if recorder is not None else ())
    # What Config keeps of its own verdicts is no resource that anybody misses.
    kinds = sorted(one for one in types if not one.startswith(VERDICTS))
    deleted = [row async for batch in resources.deleted(kinds) for row in batch]
    passed: list[ResourceSummary] = []
    for resource_type in sorted(types):
        if recorder is not None and why_not(recorder, resource_type):
            with suppress(Refused):  # of a type that is not known in this region there is nothing
                passed += [row async for batch in resources.listing(resource_type) for row in batch]
    over = {row.key for row in passed}
    kept = [row for row in rows if row.deletion_time is None and row.key not in over]
    folded = frozenset(one.casefold() for one in supported)
    standings = list(inventory.standings.values())
    inventory.set_gaps(await asyncio.to_thread(gaps, kept, standings, deleted, passed, recorder, folded, now))


async def _closable(batches: AsyncIterator[list[Standing]]) -> AsyncGenerator[list[Standing]]:
    """An iterator as a generator, so that leaving it early ends what is still asked."""
    async for batch in batches:
        yield batch

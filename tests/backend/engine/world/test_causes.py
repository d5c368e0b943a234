"""Who did it: every item of the world's life has a call in the trail that names its resource (INV-07)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backend.engine.config import items
from backend.engine.engine import Engine
from backend.engine.store import loads
from backend.engine.world import kinds
from backend.model.item import Document
from backend.model.moment import DAY, MINUTE, SECOND, parse
from tests.backend.engine.world.conftest import START

_SET_UP = START - 14 * DAY + 6 * MINUTE
"""When everything that was there had been discovered."""


def lived_items(engine: Engine) -> Iterator[tuple[Document, int]]:
    """The items since the set-up, each with the moment of the one before it (0 when there is none)."""
    before: dict[tuple[str, str, str], int] = {}
    for row in engine.store.all("SELECT region, type, id, captured, document FROM items ORDER BY captured"):
        key = (row["region"], row["type"], row["id"])
        if row["captured"] > _SET_UP:
            yield loads(row["document"]), before.get(key, 0)
        before[key] = row["captured"]


def calls_of(engine: Engine, name: str, begin: int, end: int) -> list[str]:
    rows = engine.store.all(
        "SELECT e.name FROM trail_events e JOIN trail_resources r USING (seq)"
        " WHERE r.name = ? AND e.at BETWEEN ? AND ? AND NOT e.read_only",
        (name, begin, end),
    )
    return [row["name"] for row in rows]


@pytest.mark.requirement("INV-07")
def test_every_item_of_two_weeks_has_a_call_that_names_its_resource(lived: Engine) -> None:
    without = []
    seen = 0
    for item, before in lived_items(lived):
        if item["resourceType"].startswith("AWS::Config::"):
            continue
        seen += 1
        captured = parse(item["configurationItemCaptureTime"])
        begin = max(captured - 15 * MINUTE, before // SECOND * SECOND)
        if not calls_of(lived, item["resourceId"], begin, captured):
            without.append((item["resourceType"], item["resourceId"], item["configurationItemStatus"]))
    assert seen > 200
    assert without == []


@pytest.mark.requirement("INV-12", "INV-13", "INV-14", "INV-17")
def test_the_software_of_managed_machines_changes_by_the_calls_of_their_agents(lived: Engine) -> None:
    changed = [item for item, _ in lived_items(lived) if item["resourceType"] == kinds.INVENTORY]
    assert changed
    for item in changed:
        captured = parse(item["configurationItemCaptureTime"])
        assert "PutInventory" in calls_of(lived, item["resourceId"], captured - MINUTE, captured)


def test_the_collection_of_inventory_is_on_from_the_beginning(lived: Engine) -> None:
    ctx = lived.context()
    nodes = [item["resourceId"] for item in items.live(ctx, kinds.INVENTORY)]
    assert len([node for node in nodes if node.startswith("mi-")]) == 2
    assert len([node for node in nodes if node.startswith("i-")]) == 2

"""The views of the inventory: everything, what nobody seems to need, what matters for security, what is not recorded.

Each says what it is and what to do with it, and gives its rows a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from backend.model.coverage import why_not
from backend.model.derived import VERDICTS
from backend.model.item import ResourceKey, ResourceSummary
from backend.model.moment import Moment
from backend.model.recorder import Recorder
from backend.model.security import is_security_type
from backend.model.spelling import fold
from backend.model.standing import Standing
from tui import times
from tui.panes.listing import Entry, Order
from tui.panes.spelling import counted, kind

NOT_IN_FILE = "not in this file"


@dataclass(frozen=True)
class View:
    """One view. `rows` picks its rows out of all resources and of what is not recorded."""

    id: str
    name: str
    says: str
    """What it is, and what to do about it."""
    empty: str
    """What it says when it has no rows."""
    rows: Callable[[Sequence[Entry], Sequence[Entry]], Iterable[Entry]]
    order: Order = field(default_factory=Order)
    needs_items: bool = False
    needs_rules: bool = False
    needs_gaps: bool = False
    why: str = ""
    """The title of the column that tells why a row is listed; empty when there is none."""


def _all(rows: Sequence[Entry], _gaps: Sequence[Entry]) -> Iterable[Entry]:
    return rows


def _idle(rows: Sequence[Entry], _gaps: Sequence[Entry]) -> Iterable[Entry]:
    return (_noted(row, row.standing.idle) for row in rows if row.standing is not None and row.standing.idle)


def _security(rows: Sequence[Entry], _gaps: Sequence[Entry]) -> Iterable[Entry]:
    for row in rows:
        exposed = row.standing.exposed if row.standing is not None else ""
        if row.broken or exposed or is_security_type(row.summary.resource_type):
            breaks = f"breaks {', '.join(row.broken)}" if row.broken else ""
            yield _noted(row, "; ".join(filter(None, (breaks, exposed))))


def _gaps(_rows: Sequence[Entry], gaps: Sequence[Entry]) -> Iterable[Entry]:
    return gaps


def _noted(row: Entry, note: str) -> Entry:
    return Entry(row.summary, row.name, row.standing, row.broken, note)


VIEWS: Mapping[str, View] = {
    view.id: view
    for view in (
        View("all", "all", "", "No resources.", _all),
        View(
            "idle",
            "idle candidates",
            "By their own items nothing uses them. Ask the owner (u: who uses it), then remove: they cost money.",
            "Nothing looks idle: no stopped instance, unattached volume, unused address or the like.",
            _idle,
            Order("note"),
            needs_items=True,
            why="why",
        ),
        View(
            "security",
            "security",
            "First what breaks rules, then what its settings leave open, then doors, identities and keys. "
            "x: what a change affects.",
            "No resource breaks a rule, and there are no doors, identities or keys.",
            _security,
            Order("finding"),
            needs_items=True,
            needs_rules=True,
            why="finding",
        ),
        View(
            "unrecorded",
            "not recorded",
            "What others are linked to but has no item, and what is deleted or passed over but kept. "
            "1 Recorder: record its type.",
            "No gaps: whatever is linked to is recorded, and no deleted resource is kept.",
            _gaps,
            Order("note"),
            needs_items=True,
            needs_gaps=True,
            why="why",
        ),
    )
}


def gaps(
    rows: Sequence[ResourceSummary],
    standings: Iterable[Standing],
    deleted: Iterable[ResourceSummary],
    passed_over: Iterable[ResourceSummary],
    recorder: Recorder | None,
    supported: frozenset[str],
    now: Moment,
) -> list[Entry]:
    """What is not recorded, with the reason.

    `passed_over` are resources that are listed though their type is not recorded; `supported` are the types that
    AWS Config could record, empty when that is not known.
    """
    known = {fold(row.key) for row in rows}
    known |= {fold(ResourceKey(row.resource_type, row.resource_name)) for row in rows if row.resource_name}
    found: dict[ResourceKey, Entry] = {}
    for gone in deleted:
        found[fold(gone.key)] = deleted_entry(gone, now)
    for row in passed_over:
        found[fold(row.key)] = Entry(row, note="its type is not recorded; the last item is old")
    referring: dict[ResourceKey, list[Standing]] = {}
    spelled: dict[ResourceKey, ResourceKey] = {}
    for standing in standings:
        for target in standing.links:
            wanted = target.resource_id and not standing.key.resource_type.startswith(VERDICTS)
            if wanted and fold(target) not in known and fold(target) not in found:
                referring.setdefault(fold(target), []).append(standing)
                spelled.setdefault(fold(target), target)
    for key, by in referring.items():
        target = spelled[key]
        found[key] = missing_entry(target, by[0], len(by), _why(target.resource_type, recorder, supported))
    return list(found.values())


def deleted_entry(gone: ResourceSummary, now: Moment) -> Entry:
    """The row of a resource that is deleted and whose items are kept."""
    when = "" if gone.deletion_time is None else f" {times.ago(gone.deletion_time, now)}"
    return Entry(gone, note=f"deleted{when}; its items are kept")


def missing_entry(target: ResourceKey, first: Standing, count: int, why: str = NOT_IN_FILE) -> Entry:
    """The row of a resource without an item; so many are linked to it, one of them `first`."""
    who = f"{first.name} ({kind(first.key.resource_type)})"
    more = f" and {counted(count - 1, 'other')}" if count > 1 else ""
    summary = ResourceSummary(resource_type=target.resource_type, resource_id=target.resource_id, region=first.region)
    return Entry(summary, note=f"{why}; linked to by {who}{more}")


def _why(resource_type: str, recorder: Recorder | None, supported: frozenset[str]) -> str:
    """Why there is no item of a resource of this type."""
    if supported and resource_type.casefold() not in supported:
        return "Config does not support its type"
    if recorder is None:
        return NOT_IN_FILE if not supported else "there is no recorder"
    if why_not(recorder, resource_type):
        return "its type is not recorded"
    return "no item: deleted before it was recorded, or of another account or region"

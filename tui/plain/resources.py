"""`configscope resources`: the inventory as lines, filtered and counted as in the explorer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from backend.client.session import Session
from backend.connect import Connection
from backend.model.item import Json
from backend.model.moment import Moment, to_iso
from backend.model.problem import BadInput, Missing
from backend.model.spelling import same_type
from tui import times
from tui.filtering import Filter, read_filter
from tui.names import FileNames
from tui.panes.inventory import Inventory
from tui.panes.inventory_reading import read_gaps, read_items, read_rules
from tui.panes.listing import GROUPINGS, TOLD, Entry, Order, counts_of, text_of
from tui.plain.naming import now_of, resources_of
from tui.plain.output import Format, write_json, write_rows

if TYPE_CHECKING:
    from backend.files.table import Table

_COLUMNS = ("type", "id", "name", "region")


@dataclass(frozen=True)
class Asked:
    """What the command line asked for."""

    form: Format
    resource_type: str | None = None
    wanted: str = ""
    """The filter, in the syntax of `tui.filtering`."""
    view: str = "all"
    columns: tuple[str, ...] = ()
    """What is told besides type, id, name and region."""
    by: str = ""
    """What is counted by; empty lists the resources."""


async def resources(connection: Connection, asked: Asked) -> int:
    """Print the resources by type and id, or how many there are of each group."""
    session = connection.session
    if session.resources is None:
        raise BadInput("There is no inventory to list")
    _check(asked, paths=session.table is not None)
    rows = await selected(session, asked, await now_of(connection))
    if asked.by:
        counts = counts_of(rows, asked.by)
        if asked.form is Format.JSON:
            write_json([{asked.by: group, "count": count} for group, count in counts.items()])
        else:
            write_rows(asked.form, (asked.by, "count"), [(group, str(count)) for group, count in counts.items()])
    else:
        _print(rows, asked)
    return 0


def _check(asked: Asked, *, paths: bool) -> None:
    """Raises `BadInput` for columns and groups that there are not; of files they may be counted by a path."""
    for word, known in ((asked.by, GROUPINGS), *((column, TOLD) for column in asked.columns)):
        if paths and known is GROUPINGS and "." in word.strip("."):
            continue
        if word and word not in known and not (word.startswith("tag:") and word != "tag:"):
            raise BadInput(f"There is no {word}", remedy=f"There are {', '.join(known)} and tag:Key")


async def selected(session: Session, asked: Asked, now: Moment) -> Sequence[Entry]:
    """The resources asked for, by type and id. Raises `BadInput` for a filter that means nothing, and `Missing`."""
    wanted = read_filter(asked.wanted, now)
    if wanted.problem:
        raise BadInput("The filter cannot be understood", wanted.problem)
    part, inventory = resources_of(session), Inventory()
    resource_type = asked.resource_type
    if resource_type is not None:
        resource_type = _known(resource_type, await part.counts())
    if session.table is not None:
        return await _of_files(session, session.table, replace(asked, resource_type=resource_type), wanted, now)
    if wanted.needs_bodies:
        raise BadInput("Only files can be looked through for a text or a path", remedy="Name a file with --file")
    inventory.look(view=asked.view, by=asked.by or "type", order=Order("type"), wanted=wanted)
    rows = [inventory.entry(summary, {}) async for batch in part.listing(resource_type) for summary in batch]
    inventory.put(rows)
    if inventory.wants_items(asked.columns):
        await read_items(session, inventory, lambda _: None)
    if inventory.wants_rules(asked.columns):
        await read_rules(session, inventory)
    if inventory.view.needs_gaps:
        await read_gaps(session, inventory, now)
    inventory.renew({})
    return sorted(inventory.shown(), key=lambda row: row.key)


async def _of_files(
    session: Session, table: Callable[[], Table], asked: Asked, wanted: Filter, now: Moment
) -> Sequence[Entry]:
    """The same of files, by columns. Raises `BadInput` for files that could not be read to their end."""
    from tui.panes.inventory_table import Rows, TableInventory

    await session.settled()
    inventory = TableInventory(table(), FileNames(table), now)
    inventory.look(view=asked.view, wanted=wanted)
    await inventory.prepare()
    shown = inventory.shown()
    if isinstance(shown, Rows):
        return shown.by_key(asked.resource_type)
    kept = (row for row in shown if asked.resource_type in (None, row.summary.resource_type))
    return sorted(kept, key=lambda row: row.key)


def _known(wanted: str, counts: dict[str, int]) -> str:
    """The type as AWS spells it. Raises `Missing` for one of which there is nothing."""
    for resource_type in counts:
        if same_type(resource_type, wanted):
            return resource_type
    near = [resource_type for resource_type in counts if wanted.casefold() in resource_type.casefold()]
    remedy = f"Did you mean {near[0]}?" if near else "`configscope resources` lists all there are"
    raise Missing(f"There are no resources of the type {wanted}", remedy=remedy)


def _print(rows: Sequence[Entry], asked: Asked) -> None:
    why = ("why",) if asked.view != "all" else ()
    if asked.form is Format.JSON:
        write_json([_document(row, asked, bool(why)) for row in rows])
        return
    columns = (*_COLUMNS, *asked.columns, *why)
    write_rows(asked.form, columns, [_cells(row, asked, bool(why)) for row in rows])


def _cells(row: Entry, asked: Asked, why: bool) -> tuple[str, ...]:
    summary = row.summary
    fixed = (summary.resource_type, summary.resource_id, summary.resource_name or "", summary.region)
    told = (text_of(row, column, times.UTC) for column in asked.columns)
    return (*fixed, *told, *((row.note,) if why else ()))


def _document(row: Entry, asked: Asked, why: bool) -> dict[str, Json]:
    summary = row.summary
    return {
        "type": summary.resource_type,
        "id": summary.resource_id,
        "name": summary.resource_name,
        "region": summary.region,
        "deleted": to_iso(summary.deletion_time) if summary.deletion_time is not None else None,
        **{column: text_of(row, column, times.UTC) for column in asked.columns},
        **({"why": row.note} if why else {}),
    }

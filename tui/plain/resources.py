"""`configscope resources`: the inventory as lines."""

from __future__ import annotations

from backend.connect import Connection
from backend.model.item import ResourceSummary
from backend.model.moment import to_iso
from backend.model.problem import BadInput, Missing
from backend.model.spelling import same_type
from tui.plain.output import Format, write_json, write_rows

_COLUMNS = ("type", "id", "name", "region")


async def resources(connection: Connection, form: Format, resource_type: str | None, wanted: str | None) -> int:
    """Print the live resources, by type and id; `wanted` is looked for in type, id and name, in any case."""
    part = connection.session.resources
    if part is None:
        raise BadInput("There is no inventory to list")
    if resource_type is not None:
        resource_type = _known(resource_type, await part.counts())
    found = [summary async for batch in part.listing(resource_type) for summary in batch if _matches(summary, wanted)]
    found.sort(key=lambda summary: summary.key)
    if form is Format.JSON:
        write_json([_document(summary) for summary in found])
    else:
        write_rows(form, _COLUMNS, [_row(summary) for summary in found])
    return 0


def _known(wanted: str, counts: dict[str, int]) -> str:
    """The type as AWS spells it. Raises `Missing` for one of which there is nothing."""
    for resource_type in counts:
        if same_type(resource_type, wanted):
            return resource_type
    near = [resource_type for resource_type in counts if wanted.casefold() in resource_type.casefold()]
    remedy = f"Did you mean {near[0]}?" if near else "`configscope resources` lists all there are"
    raise Missing(f"There are no resources of the type {wanted}", remedy=remedy)


def _matches(summary: ResourceSummary, wanted: str | None) -> bool:
    if not wanted:
        return True
    text = f"{summary.resource_type}\n{summary.resource_id}\n{summary.resource_name or ''}"
    return wanted.casefold() in text.casefold()


def _row(summary: ResourceSummary) -> tuple[str, str, str, str]:
    return summary.resource_type, summary.resource_id, summary.resource_name or "", summary.region


def _document(summary: ResourceSummary) -> dict[str, str | None]:
    return {
        "type": summary.resource_type,
        "id": summary.resource_id,
        "name": summary.resource_name,
        "region": summary.region,
        "deleted": to_iso(summary.deletion_time) if summary.deletion_time is not None else None,
    }
